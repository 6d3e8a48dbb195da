"""Cover platform for LIVISI."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.cover import (
    ATTR_POSITION,
    CoverDeviceClass,
    CoverEntity,
    CoverEntityFeature,
)

from ...wire.values import number
from .api.model import RAMP_NAMESPACE, SHUTTER, Resource
from .entity import LivisiEntity

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

# Levels of the hub, which are positions in Home Assistant.
OPEN: Final = 100
CLOSED: Final = 0


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiShutter]:
    """Yield the shutters of a device."""
    for capability in coordinator.model.capabilities_of(device_id):
        if capability.type == SHUTTER:
            yield LivisiShutter(coordinator, capability)


class LivisiShutter(LivisiEntity, CoverEntity):
    """Roller shutter."""

    _attr_name = None
    _attr_device_class = CoverDeviceClass.SHUTTER
    _attr_supported_features = (
        CoverEntityFeature.OPEN | CoverEntityFeature.CLOSE | CoverEntityFeature.STOP | CoverEntityFeature.SET_POSITION
    )

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, source, "", "shutterLevel")

    @override
    def _update_attrs(self) -> None:
        """Update the position."""
        level = number(self.value("shutterLevel"))
        self._attr_current_cover_position = None if level is None else round(level)
        self._attr_is_closed = None if level is None else round(level) == CLOSED

    @override
    async def async_open_cover(self, **kwargs: Any) -> None:
        """Open the shutter."""
        await self.async_execute("SetState", shutterLevel=OPEN)

    @override
    async def async_close_cover(self, **kwargs: Any) -> None:
        """Close the shutter."""
        await self.async_execute("SetState", shutterLevel=CLOSED)

    @override
    async def async_set_cover_position(self, **kwargs: Any) -> None:
        """Move the shutter to a position."""
        await self.async_execute("SetState", shutterLevel=kwargs[ATTR_POSITION])

    @override
    async def async_stop_cover(self, **kwargs: Any) -> None:
        """Stop the shutter."""
        await self.async_command(self.coordinator.async_execute("StopRamp", self.source, RAMP_NAMESPACE))
