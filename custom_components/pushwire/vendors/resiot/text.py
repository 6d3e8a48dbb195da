"""Text platform for ResIOT."""

from collections.abc import Iterable
from typing import override

from homeassistant.components.text import TextEntity

from .api.nodes import MAX_TEXT_LENGTH, TagKind
from .coordinator import ResiotCoordinator
from .entity import TagEntity, tags_of


def entities(coordinator: ResiotCoordinator, device_id: str) -> Iterable[TagText]:
    """Yield the tags of an end device that hold texts."""
    for tag in tags_of(coordinator, device_id, TagKind.TEXT):
        yield TagText(coordinator, device_id, tag)


class TagText(TagEntity, TextEntity):
    """Tag that holds a text."""

    _attr_native_max = MAX_TEXT_LENGTH

    @override
    def _update_attrs(self) -> None:
        """Update the text."""
        tag = self.tag
        self._attr_native_value = None if tag is None or tag.kind is None else str(tag.value)

    @override
    async def async_set_value(self, value: str) -> None:
        """Write the text."""
        await self.async_write(value)
