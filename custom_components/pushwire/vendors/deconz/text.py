"""Text platform for deCONZ."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, override

from homeassistant.components.text import TextEntity, TextEntityDescription
from homeassistant.const import MAX_LENGTH_STATE_STATE

from ...core.entity import validation_error
from ...wire.values import as_text
from .api.model import Resource
from .entity import SettingEntity, configurable_resources, has_setting, with_different_names

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

# Value of a remote's ``group`` that lets the gateway choose.
AUTO: Final = "auto"


@dataclass(frozen=True, kw_only=True)
class DeconzTextDescription(TextEntityDescription):
    """Description of a text setting.

    Attributes:
        item: Path below ``config``.

    """

    item: str


TEXTS: Final = (
    DeconzTextDescription(key="group", item="group", translation_key="group", entity_registry_enabled_default=False),
)


@with_different_names
def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzText]:
    """Yield the texts of a device."""
    for resource in configurable_resources(coordinator, device_id):
        for description in TEXTS:
            if has_setting(resource, description.item):
                yield DeconzText(coordinator, resource, description)


class DeconzText(SettingEntity, TextEntity):
    """Text setting."""

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource, description: DeconzTextDescription) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, description.item, description)

    @override
    def _update_attrs(self) -> None:
        """Update the text."""
        text = as_text(self.current_value)
        self._attr_native_value = text if text is None or len(text) <= MAX_LENGTH_STATE_STATE else None

    @override
    async def async_set_value(self, value: str) -> None:
        """Set the groups."""
        if not all(part.isascii() and part.isdecimal() for part in value.split(",")) and value != AUTO:
            raise validation_error("not_groups")
        await self.async_write_setting(value)
