"""Base of event entities."""

from typing import TYPE_CHECKING, Any, override

from homeassistant.components.event import EventEntity
from homeassistant.core import callback

from ..wire.events import ButtonPress, PushEvent
from .entity import PushEntity

if TYPE_CHECKING:
    from .coordinator import PushCoordinator


class PushEventEntity[CoordinatorT: PushCoordinator](PushEntity[CoordinatorT], EventEntity):
    """Event entity that fires for the events of its resource.

    Home Assistant's triggers ignore an event that makes an entity available, so the entity
    is available before its event: whatever sends an event can be reached.
    """

    # Whether an event has come over the connection, or from the device, that is not available otherwise.
    _connection_was_heard = False
    _device_was_heard = False

    @override
    async def add_to_platform_finish(self) -> None:
        """Write the first state, then subscribe to the events, some of which may precede the entity."""
        await super().add_to_platform_finish()
        self.async_on_remove(self.coordinator.dispatcher.subscribe_events(self.resource, self._handle_event))

    def accepts(self, event: PushEvent) -> bool:
        """Return whether the entity fires for an event of its resource."""
        return event.kind in self.event_types

    def event_attributes(self, event: PushEvent) -> dict[str, Any]:
        """Return the attributes of an event."""
        return dict(event.attributes)

    @property
    @override
    def available(self) -> bool:
        """Return whether the entity is available, or has just received an event."""
        return (self._connection_was_heard or self.connection_available()) and (
            self._device_was_heard or self.device_available()
        )

    @callback
    @override
    def _on_change(self) -> None:
        # The state is the last event, so only the availability can change.
        self._device_was_heard = False
        self._handle_connection_update()

    @callback
    @override
    def _handle_connection_update(self) -> None:
        if not self.coordinator.is_receiving:
            self._connection_was_heard = False
        super()._handle_connection_update()

    @callback
    def _handle_event(self, event: PushEvent) -> bool:
        if not self.accepts(event):
            return False
        if not self._was_available:
            self._connection_was_heard = self._device_was_heard = True
            self._handle_connection_update()
        self._trigger_event(event.kind, self.event_attributes(event))
        self.async_write_ha_state()
        return True


class ButtonEventEntity[CoordinatorT: PushCoordinator](PushEventEntity[CoordinatorT]):
    """Event entity of one button, or of another part of a device that a person operates.

    Its state attribute ``button`` is the subtype of the device triggers, such as ``button_1``.
    """

    _unrecorded_attributes = frozenset({"button"})
    # See ``ButtonPress.subtype``.
    subtype: str

    @override
    def accepts(self, event: PushEvent) -> bool:
        """Return whether the event is one of the button."""
        return isinstance(event, ButtonPress) and event.subtype == self.subtype and super().accepts(event)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the button."""
        return {"button": self.subtype}
