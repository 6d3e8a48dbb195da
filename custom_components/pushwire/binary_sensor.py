"""Binary sensor platform of all vendors, and the binary sensor of the connection."""

from collections.abc import Iterable
from typing import override

from homeassistant.components.binary_sensor import BinarySensorDeviceClass, BinarySensorEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.connection import ConnectionEntity
from .core.coordinator import PushCoordinator, PushwireConfigEntry
from .wire.stream import ConnectionState

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: PushwireConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the platform."""
    entry.runtime_data.add_platform(Platform.BINARY_SENSOR, async_add_entities, connection_binary_sensors)


def connection_binary_sensors(coordinator: PushCoordinator, device_id: str) -> Iterable[ConnectionBinarySensor]:
    """Yield the binary sensor of the connection for the hub's device."""
    if device_id == coordinator.hub_id:
        yield ConnectionBinarySensor(coordinator)


class ConnectionBinarySensor(ConnectionEntity, BinarySensorEntity):
    """Whether the connection is live; reports a disconnect without delay."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_translation_key = "link"

    def __init__(self, coordinator: PushCoordinator) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, "state")

    @override
    def _update_attrs(self) -> None:
        """Update the connection state."""
        state = self.coordinator.connection_state
        self._attr_is_on = state is ConnectionState.LIVE
        self._attr_extra_state_attributes = {"link_state": state.value}
