"""Base of event entities."""

from typing import TYPE_CHECKING, Any, override

from homeassistant.components.event import EventEntity
from homeassistant.core import callback

from ..wire.events import PushEvent
from .entity import PushEntity

if TYPE_CHECKING:
    from .coordinator import PushCoordinator


class PushEventEntity[CoordinatorT: PushCoordinator](PushEntity[CoordinatorT], EventEntity):
    """Event entity that fires for the events of its resource."""

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to the events."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.dispatcher.subscribe_events(self.resource, self._handle_event))

    def accepts(self, event: PushEvent) -> bool:
        """Return whether the entity fires for an event of its resource."""
        return event.kind in self.event_types

    def event_attributes(self, event: PushEvent) -> dict[str, Any]:
        """Return the attributes of an event."""
        return dict(event.attributes)

    @callback
    def _handle_event(self, event: PushEvent) -> None:
        if self.accepts(event):
            self._trigger_event(event.kind, self.event_attributes(event))
            self.async_write_ha_state()
