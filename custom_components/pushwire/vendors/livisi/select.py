"""Select platform for LIVISI."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, override

from homeassistant.components.select import SelectEntity
from homeassistant.const import EntityCategory

from ...wire.values import as_text
from .api.model import THERMOSTAT, Resource
from .entity import LivisiEntity

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

# The hub's words by option.
MODES: Final = {"auto": "Auto", "manual": "Manu"}
DISPLAYS: Final = {"actual_temperature": "ActualTemperature", "target_temperature": "TargetTemperature"}
# Item of a thermostat's configuration.
DISPLAY: Final = "displayCurrentTemperature"


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiEntity]:
    """Yield the mode of each thermostat of a device, and what its display shows."""
    for resource in coordinator.model.resources_of(device_id):
        if resource.type == THERMOSTAT:
            yield ModeSelect(coordinator, resource)
        if _option(DISPLAYS, resource.config.get(DISPLAY)) is not None:
            yield DisplaySelect(coordinator, resource)


def _option(words: dict[str, str], value: object) -> str | None:
    """Return the option of the hub's word, whose case may differ."""
    word = (as_text(value) or "").lower()
    return next((option for option, own in words.items() if own.lower() == word), None)


class ModeSelect(LivisiEntity, SelectEntity):
    """Mode of a thermostat: the hub's schedule or manual control."""

    _attr_translation_key = "operation_mode"
    _attr_entity_category = EntityCategory.CONFIG
    _attr_options = list(MODES)

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, source, "operation_mode", "operationMode")

    @override
    def _update_attrs(self) -> None:
        """Update the option."""
        self._attr_current_option = _option(MODES, self.reported("operationMode"))

    @override
    async def async_select_option(self, option: str) -> None:
        """Set the mode."""
        await self.async_execute("SetState", operationMode=MODES[option])


class DisplaySelect(LivisiEntity, SelectEntity):
    """Temperature on the display of a thermostat."""

    _attr_translation_key = "displayed_temperature"
    _attr_entity_category = EntityCategory.CONFIG
    _attr_options = list(DISPLAYS)

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, source, DISPLAY, DISPLAY)

    @override
    def _update_attrs(self) -> None:
        """Update the option."""
        self._attr_current_option = _option(DISPLAYS, self.source.config.get(DISPLAY))

    @override
    async def async_select_option(self, option: str) -> None:
        """Change the configuration."""
        await self.async_configure(**{DISPLAY: DISPLAYS[option]})
