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
ALERT: Final = "state.alert"
# Seconds for which a siren sounds without a given duration.
DEFAULT_DURATION: Final = 300
# Tones, and the value of ``alert`` for each. The first one is the default.
ALARM: Final = "alarm"
CHIRP: Final = "chirp"
BLINK: Final = "blink"
ALERTS: Final = {ALARM: "lselect", CHIRP: "select", BLINK: "blink"}
# Values of ``alert`` while a siren sounds or blinks.
ACTIVE: Final = ("lselect", "blink")
# Makers whose sirens the gateway controls with the commands of Tuya.
TUYA: Final = ("_tze200_", "_tze204_", "_tze284_", "_tyst11_", "tuya_c_")


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzSiren]:
    """Yield the sirens of a device."""
    for resource in resources(coordinator, device_id, "lights"):
        if resource.type.lower() == TYPE:
            yield DeconzSiren(coordinator, resource)


class DeconzSiren(DeconzEntity, SirenEntity):
    """Siren.

    Most sirens do not report whether they sound: the gateway always reports ``alert`` as
    ``none``, and the state is assumed from the last command and its duration. A siren that
    has once reported that it sounds is believed from then on.

    The gateway knows only two commands for the sirens of Tuya: start and stop. It refuses a
    duration, so the sound is stopped here, and takes every other value of ``alert`` for stop.
    """

    _attr_name = None
    _attr_assumed_state = True
    _attr_is_on = False

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, "", ALERT)
        self._cancel_timer: CALLBACK_TYPE | None = None
        # Whether the sound must be stopped at the end of its duration.
        self._is_stopped_here = False
        self._is_tuya = str(resource.attr.get("manufacturername")).lower().startswith(TUYA)
        features = SirenEntityFeature.TURN_ON | SirenEntityFeature.TURN_OFF | SirenEntityFeature.DURATION
        if not self._is_tuya:
            features |= SirenEntityFeature.TONES
            self._attr_available_tones = list(ALERTS)
        self._attr_supported_features = features

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Cancel the timer."""
        self._cancel()

    @override
    def _update_attrs(self) -> None:
        """Update the state, if the siren reports it."""
        if self.read(ALERT) in ACTIVE:
            self._attr_assumed_state = False
            self._attr_is_on = True
        elif not self._attr_assumed_state:
            self._cancel()
            self._attr_is_on = False

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn on, for a duration in seconds if one is given."""
        duration = kwargs.get(ATTR_DURATION)
        tone = kwargs.get(ATTR_TONE, ALARM)
        body: dict[str, Any] = {"alert": ALERTS[tone]}
        if tone == CHIRP:
            # A chirp is too short for a state.
            await self.async_put("state", **body)
            return
        if duration is not None and not self._is_tuya:
            # In seconds; only lights use tenths of a second.
            body["ontime"] = duration
        await self.async_put("state", **body)
        if not self.added:
            return
        self._cancel()
        self._is_stopped_here = self._is_tuya and duration is not None
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
        if self._is_stopped_here:
            put = self.coordinator.async_put(f"{self.source.path}/state", {"alert": "none"})
            self.coordinator.background.read(put, "siren")
        # A siren that reports its state may sound for another reason as well.
        self._write(on=self.read(ALERT) in ACTIVE)

    @callback
    def _write(self, *, on: bool) -> None:
        self._attr_is_on = on
        self.async_write_ha_state()

    @callback
    def _cancel(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None
