"""Button platform for LIVISI."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, override

from homeassistant.components.button import ButtonDeviceClass, ButtonEntity
from homeassistant.const import EntityCategory

from .entity import LivisiEntity

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[RestartButton]:
    """Yield the restart button of the hub."""
    if device_id == coordinator.hub_id:
        yield RestartButton(coordinator)


class RestartButton(LivisiEntity, ButtonEntity):
    """Button that restarts the hub."""

    _attr_device_class = ButtonDeviceClass.RESTART
    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, coordinator: LivisiCoordinator) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, coordinator.model.devices[coordinator.hub_id], "restart")

    @override
    async def async_press(self) -> None:
        """Restart the hub."""
        await self.async_command(self.coordinator.async_restart())
