"""Sirens of a deCONZ gateway."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.siren import ATTR_DURATION, ATTR_TONE, SirenEntity, SirenEntityFeature
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_call_later

from .api.model import Resource
from .entity import DeconzEntity, resources

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

TYPE: Final = "warning device"
# How long the gateway has a siren sound when no time is given, in seconds.
DEFAULT_DURATION: Final = 300
ALARM: Final = "alarm"
CHIRP: Final = "chirp"


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzSiren]:
    """Build a siren for each warning device."""
    for resource in resources(coordinator, device_id, "lights"):
        if resource.type.lower() == TYPE:
            yield DeconzSiren(coordinator, resource)


class DeconzSiren(DeconzEntity, SirenEntity):
    """A siren.

    The gateway always reports ``alert`` as ``none``, so whether it sounds is assumed
    from what it was told here and for how long.
    """

    _attr_name = None
    _attr_assumed_state = True
    _attr_is_on = False
    _attr_available_tones = [ALARM, CHIRP]
    _attr_supported_features = (
        SirenEntityFeature.TURN_ON
        | SirenEntityFeature.TURN_OFF
        | SirenEntityFeature.DURATION
        | SirenEntityFeature.TONES
    )

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Follow nothing but whether it can be reached."""
        super().__init__(coordinator, resource)
        self._ending: CALLBACK_TYPE | None = None

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Stop to wait for its end."""
        self._cancel()

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Sound it, for some seconds if a duration is given."""
        duration = kwargs.get(ATTR_DURATION)
        if kwargs.get(ATTR_TONE) == CHIRP:
            # Over before it could be shown.
            await self.async_put("state", alert="select")
            return
        body: dict[str, Any] = {"alert": "lselect"}
        if duration is not None:
            # Seconds for a siren; only for lights are they tenths.
            body["ontime"] = duration
        await self.async_put("state", **body)
        if not self.added:
            return
        self._cancel()
        self._ending = async_call_later(self.hass, duration or DEFAULT_DURATION, self._on_ended)
        self._show(sounds=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Silence it."""
        await self.async_put("state", alert="none")
        self._cancel()
        self._show(sounds=False)

    @callback
    def _on_ended(self, _now: datetime) -> None:
        self._ending = None
        self._show(sounds=False)

    @callback
    def _show(self, *, sounds: bool) -> None:
        self._attr_is_on = sounds
        self.async_write_ha_state()

    @callback
    def _cancel(self) -> None:
        if self._ending is not None:
            self._ending()
            self._ending = None
