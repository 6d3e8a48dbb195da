"""Sirens of a LIVISI hub, and the horns of its smoke detectors."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.siren import (
    ATTR_DURATION,
    ATTR_TONE,
    SirenEntity,
    SirenEntityFeature,
)

from .api.model import ALARM, SIREN, Resource
from .entity import LivisiEntity, flag

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

SILENT = "None"
# The longest time that the hub sounds a siren for, in milliseconds.
LONGEST = 120_000
CHANNELS = {"alarm": "Alarm", "notification": "Notification", "feedback": "Feedback"}
_ON_OFF = SirenEntityFeature.TURN_ON | SirenEntityFeature.TURN_OFF


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiEntity]:
    """Build a siren for each horn of a device."""
    for actuator in coordinator.model.capabilities_of(device_id):
        if actuator.type == SIREN:
            yield LivisiSiren(coordinator, actuator)
        elif actuator.type == ALARM:
            yield LivisiHorn(coordinator, actuator)


class LivisiSiren(LivisiEntity, SirenEntity):
    """A siren with a sound for each of three channels."""

    _attr_name = None
    _attr_available_tones = list(CHANNELS)
    _attr_supported_features = _ON_OFF | SirenEntityFeature.TONES | SirenEntityFeature.DURATION

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Follow the channel that sounds."""
        super().__init__(coordinator, source, "", "activeChannel")

    @override
    def _update_attrs(self) -> None:
        """Read whether a channel sounds."""
        channel = self.value("activeChannel")
        self._attr_is_on = channel != SILENT if isinstance(channel, str) else None

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Sound a channel, for some seconds if a duration is given."""
        channel = CHANNELS[kwargs.get(ATTR_TONE, "alarm")]
        if (duration := kwargs.get(ATTR_DURATION)) is not None:
            await self.async_act("ActivateSiren", channel=channel, offTimer=min(duration * 1000, LONGEST))
        else:
            await self.async_act("SetState", activeChannel=channel)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Silence it."""
        await self.async_act("SetState", activeChannel=SILENT)


class LivisiHorn(LivisiEntity, SirenEntity):
    """The horn of a smoke detector."""

    _attr_translation_key = "horn"
    _attr_supported_features = _ON_OFF

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Follow whether it sounds."""
        super().__init__(coordinator, source, "", "onState")

    @override
    def _update_attrs(self) -> None:
        """Read whether it sounds."""
        self._attr_is_on = flag(self.value("onState"))

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Sound it."""
        await self.async_act("SetState", onState=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Silence it."""
        await self.async_act("SetState", onState=False)
