"""What a LIVISI hub can be told to do once."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, override

from homeassistant.components.button import ButtonDeviceClass, ButtonEntity
from homeassistant.const import EntityCategory

from .entity import LivisiEntity

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[RestartButton]:
    """Build the button that restarts the hub."""
    if device_id == coordinator.hub_id:
        yield RestartButton(coordinator)


class RestartButton(LivisiEntity, ButtonEntity):
    """Restarts the hub."""

    _attr_device_class = ButtonDeviceClass.RESTART
    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, coordinator: LivisiCoordinator) -> None:
        """Belong to the hub."""
        super().__init__(coordinator, coordinator.model.devices[coordinator.hub_id], "restart")

    @override
    async def async_press(self) -> None:
        """Restart it."""
        await self.async_command(self.coordinator.async_restart())
