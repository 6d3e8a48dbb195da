"""Roller shutters of a LIVISI hub; 100 is open, as in Home Assistant."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.cover import (
    ATTR_POSITION,
    CoverDeviceClass,
    CoverEntity,
    CoverEntityFeature,
)

from .api.model import SHUTTER, Resource
from .entity import LivisiEntity, number

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

OPEN = 100
CLOSED = 0


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiShutter]:
    """Build a cover for each shutter of a device."""
    for actuator in coordinator.model.capabilities_of(device_id):
        if actuator.type == SHUTTER:
            yield LivisiShutter(coordinator, actuator)


class LivisiShutter(LivisiEntity, CoverEntity):
    """A roller shutter."""

    _attr_name = None
    _attr_device_class = CoverDeviceClass.SHUTTER
    _attr_supported_features = (
        CoverEntityFeature.OPEN | CoverEntityFeature.CLOSE | CoverEntityFeature.STOP | CoverEntityFeature.SET_POSITION
    )

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Follow the level."""
        super().__init__(coordinator, source, "", "shutterLevel")

    @override
    def _update_attrs(self) -> None:
        """Read the level."""
        level = number(self.value("shutterLevel"))
        self._attr_current_cover_position = None if level is None else round(level)
        self._attr_is_closed = None if level is None else round(level) == CLOSED

    @override
    async def async_open_cover(self, **kwargs: Any) -> None:
        """Open it wholly."""
        await self.async_act("SetState", shutterLevel=OPEN)

    @override
    async def async_close_cover(self, **kwargs: Any) -> None:
        """Close it wholly."""
        await self.async_act("SetState", shutterLevel=CLOSED)

    @override
    async def async_set_cover_position(self, **kwargs: Any) -> None:
        """Move it to a level."""
        await self.async_act("SetState", shutterLevel=kwargs[ATTR_POSITION])

    @override
    async def async_stop_cover(self, **kwargs: Any) -> None:
        """Hold it where it is."""
        # Moves are actions of the product that runs the shutter, not of the hub's core.
        product = self.coordinator.model.devices[self.device_id].product
        await self.async_command(self.coordinator.async_act("StopRamp", self.source, product or "core.RWE"))
