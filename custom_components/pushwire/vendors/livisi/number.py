"""Number platform for LIVISI."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, override

from homeassistant.components.number import NumberDeviceClass, NumberEntity
from homeassistant.const import EntityCategory, UnitOfTemperature

from ...wire.values import number
from .api.model import Resource
from .entity import LivisiEntity

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

# Item of a thermostat's configuration: its target while a window is open.
WINDOW_OPEN: Final = "windowOpenTemperature"


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[WindowOpenNumber]:
    """Yield the temperature of each thermostat of a device for open windows."""
    for capability in coordinator.model.capabilities_of(device_id):
        if number(capability.config.get(WINDOW_OPEN)) is not None:
            yield WindowOpenNumber(coordinator, capability)


class WindowOpenNumber(LivisiEntity, NumberEntity):
    """Target temperature of a thermostat while a window is open."""

    _attr_translation_key = "window_open_temperature"
    _attr_device_class = NumberDeviceClass.TEMPERATURE
    _attr_entity_category = EntityCategory.CONFIG
    _attr_native_unit_of_measurement = UnitOfTemperature.CELSIUS
    _attr_native_min_value = 6.0
    _attr_native_max_value = 30.0
    _attr_native_step = 0.5

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, source, WINDOW_OPEN, WINDOW_OPEN)

    @override
    def _update_attrs(self) -> None:
        """Update the value."""
        self._attr_native_value = number(self.source.config.get(WINDOW_OPEN))

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Change the configuration."""
        await self.async_configure(**{WINDOW_OPEN: value})
