"""Sensor platform of all vendors, and the sensors of the connection."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_time_interval

from .core.connection import ConnectionEntity
from .core.coordinator import PushCoordinator, PushwireConfigEntry

PARALLEL_UPDATES = 0

# A home may push several messages a second, which would fill the database.
LAST_MESSAGE_INTERVAL = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class ConnectionSensorDescription(SensorEntityDescription):
    """Description of a statistic of the connection.

    Attributes:
        value_fn: Returns the statistic.

    """

    value_fn: Callable[[PushCoordinator], int | datetime | None]


def _last_message(coordinator: PushCoordinator) -> datetime | None:
    times = [item.last_frame for item in coordinator.statistics() if item.last_frame is not None]
    return datetime.fromtimestamp(max(times), UTC) if times else None


CONNECTION_SENSORS = (
    ConnectionSensorDescription(
        key="gaps",
        translation_key="gaps",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_registry_enabled_default=False,
        value_fn=lambda coordinator: sum(statistics.gaps for statistics in coordinator.statistics()),
    ),
    ConnectionSensorDescription(
        key="reconnects",
        translation_key="reconnects",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda coordinator: sum(statistics.reconnects for statistics in coordinator.statistics()),
    ),
)
LAST_MESSAGE = ConnectionSensorDescription(
    key="last_message",
    translation_key="last_message",
    device_class=SensorDeviceClass.TIMESTAMP,
    entity_registry_enabled_default=False,
    value_fn=_last_message,
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: PushwireConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the platform."""
    entry.runtime_data.add_platform(Platform.SENSOR, async_add_entities, connection_sensors)


def connection_sensors(coordinator: PushCoordinator, device_id: str) -> Iterable[ConnectionSensor]:
    """Yield the sensors of the connection for the hub's device."""
    if device_id == coordinator.hub_id:
        for description in CONNECTION_SENSORS:
            yield ConnectionSensor(coordinator, description)
        yield LastMessageSensor(coordinator, LAST_MESSAGE)


class ConnectionSensor(ConnectionEntity, SensorEntity):
    """Statistic of the connection."""

    entity_description: ConnectionSensorDescription

    def __init__(self, coordinator: PushCoordinator, description: ConnectionSensorDescription) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, description.key)
        self.entity_description = description

    @override
    def _update_attrs(self) -> None:
        """Update the statistic."""
        self._attr_native_value = self.entity_description.value_fn(self.coordinator)


class LastMessageSensor(ConnectionSensor):
    """Time of the last message, updated once a minute."""

    @override
    async def async_added_to_hass(self) -> None:
        """Start the updates."""
        await super().async_added_to_hass()
        self.async_on_remove(async_track_time_interval(self.hass, self._handle_interval, LAST_MESSAGE_INTERVAL))

    @callback
    def _handle_interval(self, _now: datetime) -> None:
        self._on_change()
