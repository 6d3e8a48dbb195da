"""Number platform for ResIOT."""

from collections.abc import Iterable
from typing import override

from homeassistant.components.number import NumberEntity, NumberMode

from .api.nodes import TagKind, number_text
from .coordinator import ResiotCoordinator
from .entity import TagEntity, tags_of

# The server does not report a range.
MAX_NUMBER = 1e9
STEP = 0.001


def entities(coordinator: ResiotCoordinator, device_id: str) -> Iterable[TagNumber]:
    """Yield the tags of an end device that hold numbers."""
    for tag in tags_of(coordinator, device_id, TagKind.NUMBER):
        yield TagNumber(coordinator, device_id, tag)


class TagNumber(TagEntity, NumberEntity):
    """Tag that holds a number."""

    _attr_mode = NumberMode.BOX
    _attr_native_min_value = -MAX_NUMBER
    _attr_native_max_value = MAX_NUMBER
    _attr_native_step = STEP

    @override
    def _update_attrs(self) -> None:
        """Update the number."""
        self._attr_native_value = None if self.tag is None else self.tag.number

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Write the number."""
        await self.async_write(number_text(value))
