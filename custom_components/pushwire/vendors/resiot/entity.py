"""Bases of the entities of tags, which a person can write, and of commands."""

from collections.abc import Iterator
from typing import override

from homeassistant.const import EntityCategory

from ...core.entity import PushEntity
from ...lorawan.api.names import name_parts
from ...wire.text import shorten
from .api.nodes import Tag, TagKind
from .coordinator import TAGS, ResiotCoordinator


def tags_of(coordinator: ResiotCoordinator, device_id: str, kind: TagKind) -> Iterator[Tag]:
    """Yield the tags of an end device that can be written and have a kind."""
    if (node := coordinator.node_of(device_id)) is not None:
        yield from (tag for tag in node.tags.values() if tag.kind is kind)


class TagEntity(PushEntity[ResiotCoordinator]):
    """Entity that shows and writes a tag; disabled by default unless the server calls the tag writable."""

    def __init__(self, coordinator: ResiotCoordinator, device_id: str, tag: Tag) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, device_id, device_id, f"tag-{tag.name}", properties=frozenset({TAGS}))
        self._tag_name = tag.name
        self._attr_name = shorten(name_parts(tag.name)[0].text)
        if tag.is_writable is None:
            self._attr_entity_registry_enabled_default = False
            self._attr_entity_category = EntityCategory.CONFIG

    @property
    def tag(self) -> Tag | None:
        """Tag as it was last read, or None if it does not exist any more."""
        node = self.coordinator.node_of(self.device_id)
        return None if node is None else node.tags.get(self._tag_name)

    @override
    def device_available(self) -> bool:
        """Return whether the tag exists."""
        return self.tag is not None

    async def async_write(self, value: str) -> None:
        """Write the tag.

        Raises:
            HomeAssistantError: The server refused the value, or cannot be reached.

        """
        await self.async_command(self.coordinator.async_write_tag(self.device_id, self._tag_name, value))
