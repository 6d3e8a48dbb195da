"""Switch platform for ResIOT."""

from collections.abc import Iterable
from typing import override

from ...core.switch import BooleanSwitchEntity
from .api.nodes import Tag, TagKind
from .coordinator import ResiotCoordinator
from .entity import TagEntity, tags_of


def entities(coordinator: ResiotCoordinator, device_id: str) -> Iterable[TagSwitch]:
    """Yield the tags of an end device that hold booleans."""
    for tag in tags_of(coordinator, device_id, TagKind.SWITCH):
        yield TagSwitch(coordinator, device_id, tag)


class TagSwitch(TagEntity, BooleanSwitchEntity):
    """Tag that holds a boolean."""

    @override
    def _update_attrs(self) -> None:
        """Update the state."""
        self._attr_is_on = None if self.tag is None else self.tag.flag

    @override
    async def async_set_on(self, *, on: bool) -> None:
        """Write the boolean."""
        await self.async_write((self.tag or Tag(self._tag_name, None)).flag_text(on=on))
