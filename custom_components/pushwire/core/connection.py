"""Base of the diagnostic entities of an entry's connection."""

from typing import override

from homeassistant.const import EntityCategory
from homeassistant.core import callback

from .coordinator import PushCoordinator
from .entity import PushEntity


class ConnectionEntity(PushEntity[PushCoordinator]):
    """Entity of the connection; available while the connection is down."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    requires_connection = False

    def __init__(self, coordinator: PushCoordinator, key: str) -> None:
        """Initialize the entity for the hub's device."""
        hub_id = coordinator.hub_id
        super().__init__(coordinator, hub_id, f"{hub_id}-link", key)

    @override
    @callback
    def _handle_connection_update(self) -> None:
        self._on_change()
