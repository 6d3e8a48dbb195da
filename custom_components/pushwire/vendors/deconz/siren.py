"""Siren platform for deCONZ."""

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
# Seconds for which a siren sounds without a given duration.
DEFAULT_DURATION: Final = 300
ALARM: Final = "alarm"
CHIRP: Final = "chirp"


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzSiren]:
    """Yield the sirens of a device."""
    for resource in resources(coordinator, device_id, "lights"):
        if resource.type.lower() == TYPE:
            yield DeconzSiren(coordinator, resource)


class DeconzSiren(DeconzEntity, SirenEntity):
    """Siren.

    The gateway always reports ``alert`` as ``none``, so the state is assumed from the
    last command and its duration.
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
        """Initialize the entity."""
        super().__init__(coordinator, resource)
        self._cancel_timer: CALLBACK_TYPE | None = None

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Cancel the timer."""
        self._cancel()

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn on, for a duration in seconds if one is given."""
        duration = kwargs.get(ATTR_DURATION)
        if kwargs.get(ATTR_TONE) == CHIRP:
            # A chirp is too short for a state.
            await self.async_put("state", alert="select")
            return
        body: dict[str, Any] = {"alert": "lselect"}
        if duration is not None:
            # In seconds; only lights use tenths of a second.
            body["ontime"] = duration
        await self.async_put("state", **body)
        if not self.added:
            return
        self._cancel()
        self._cancel_timer = async_call_later(self.hass, duration or DEFAULT_DURATION, self._handle_end)
        self._write(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn off."""
        await self.async_put("state", alert="none")
        self._cancel()
        self._write(on=False)

    @callback
    def _handle_end(self, _now: datetime) -> None:
        self._cancel_timer = None
        self._write(on=False)

    @callback
    def _write(self, *, on: bool) -> None:
        self._attr_is_on = on
        self.async_write_ha_state()

    @callback
    def _cancel(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None
