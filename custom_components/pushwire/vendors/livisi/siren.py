"""Siren platform for LIVISI."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.siren import (
    ATTR_DURATION,
    ATTR_TONE,
    SirenEntity,
    SirenEntityFeature,
)

from .api.model import ALARM, SIREN, Resource
from .entity import LivisiEntity, OnStateEntity

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

SILENT: Final = "None"
# In milliseconds.
MAX_DURATION: Final = 120_000
# The hub's channels by tone.
CHANNELS: Final = {"alarm": "Alarm", "notification": "Notification", "feedback": "Feedback"}
_ON_OFF: Final = SirenEntityFeature.TURN_ON | SirenEntityFeature.TURN_OFF


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiEntity]:
    """Yield the sirens and horns of a device."""
    for capability in coordinator.model.capabilities_of(device_id):
        if capability.type == SIREN:
            yield LivisiSiren(coordinator, capability)
        elif capability.type == ALARM:
            yield LivisiHorn(coordinator, capability)


class LivisiSiren(LivisiEntity, SirenEntity):
    """Siren with three channels, which are tones in Home Assistant."""

    _attr_name = None
    _attr_available_tones = list(CHANNELS)
    _attr_supported_features = _ON_OFF | SirenEntityFeature.TONES | SirenEntityFeature.DURATION

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, source, "", "activeChannel")

    @override
    def _update_attrs(self) -> None:
        """Update the state."""
        channel = self.reported("activeChannel")
        self._attr_is_on = channel != SILENT if isinstance(channel, str) else None

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn on a tone, for a duration in seconds if one is given."""
        channel = CHANNELS[kwargs.get(ATTR_TONE, "alarm")]
        if (duration := kwargs.get(ATTR_DURATION)) is not None:
            await self.async_execute(
                "ActivateSiren",
                expected={"activeChannel": channel},
                channel=channel,
                offTimer=min(duration * 1000, MAX_DURATION),
            )
        else:
            await self.async_execute("SetState", activeChannel=channel)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn off."""
        await self.async_execute("SetState", activeChannel=SILENT)


class LivisiHorn(OnStateEntity, SirenEntity):
    """Horn of a smoke detector."""

    _attr_translation_key = "horn"
    _attr_supported_features = _ON_OFF | SirenEntityFeature.DURATION

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn on, for a duration in seconds if one is given."""
        if (duration := kwargs.get(ATTR_DURATION)) is not None:
            await self.async_turn_on_on_hub(duration)
        else:
            await super().async_turn_on()
