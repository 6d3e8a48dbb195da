"""Diagnostic entities of the link itself, the same for every vendor."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
)
from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory
from homeassistant.core import callback
from homeassistant.helpers.event import async_track_time_interval

from .core.coordinator import PushCoordinator
from .core.entity import PushEntity
from .wire.stream import LinkState

# Coarse on purpose: a house may push several times a second.
LAST_MESSAGE_INTERVAL = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class LinkSensorDescription(SensorEntityDescription):
    """A figure of the link."""

    value_fn: Callable[[PushCoordinator], int | datetime | None]


def _last_message(coordinator: PushCoordinator) -> datetime | None:
    times = [stream.statistics.last_frame for stream in coordinator.streams if stream.statistics.last_frame is not None]
    return datetime.fromtimestamp(max(times), UTC) if times else None


LAST_MESSAGE = LinkSensorDescription(
    key="last_message",
    translation_key="last_message",
    device_class=SensorDeviceClass.TIMESTAMP,
    entity_registry_enabled_default=False,
    value_fn=_last_message,
)

COUNTERS = (
    LinkSensorDescription(
        key="reconnects",
        translation_key="reconnects",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda coordinator: sum(stream.statistics.reconnects for stream in coordinator.streams),
    ),
    LinkSensorDescription(
        key="gaps",
        translation_key="gaps",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_registry_enabled_default=False,
        value_fn=lambda coordinator: sum(stream.statistics.gaps for stream in coordinator.streams),
    ),
)


def link_sensors(coordinator: PushCoordinator, device_id: str) -> Iterable[LinkSensor]:
    """Build the figures of the link, which stand on the hub's device."""
    if device_id == coordinator.hub_id:
        for description in COUNTERS:
            yield LinkSensor(coordinator, description)
        yield LastMessageSensor(coordinator, LAST_MESSAGE)


def link_binary_sensors(coordinator: PushCoordinator, device_id: str) -> Iterable[LinkBinarySensor]:
    """Build the state of the link, which stands on the hub's device."""
    if device_id == coordinator.hub_id:
        yield LinkBinarySensor(coordinator)


class LinkEntity(PushEntity[PushCoordinator]):
    """What is known of the link even while it is down."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    needs_link = False

    def __init__(self, coordinator: PushCoordinator, key: str) -> None:
        """Belong to the hub's device."""
        hub = coordinator.hub_id
        super().__init__(coordinator, hub, f"{hub}-link", key)

    @override
    @callback
    def _on_link(self) -> None:
        self._on_change()


class LinkBinarySensor(LinkEntity, BinarySensorEntity):
    """Whether the link is live; shows a drop at once, without grace."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_translation_key = "link"

    def __init__(self, coordinator: PushCoordinator) -> None:
        """Name it."""
        super().__init__(coordinator, "state")

    @override
    def refresh(self) -> None:
        """Read the state of the link."""
        state = self.coordinator.link_state
        self._attr_is_on = state is LinkState.LIVE
        self._attr_extra_state_attributes = {"link_state": state.value}


class LinkSensor(LinkEntity, SensorEntity):
    """A counter of the link."""

    entity_description: LinkSensorDescription

    def __init__(self, coordinator: PushCoordinator, description: LinkSensorDescription) -> None:
        """Name it."""
        super().__init__(coordinator, description.key)
        self.entity_description = description

    @override
    def refresh(self) -> None:
        """Read the counter."""
        self._attr_native_value = self.entity_description.value_fn(self.coordinator)


class LastMessageSensor(LinkSensor):
    """When the last frame came, brought up to date once a minute."""

    @override
    async def async_added_to_hass(self) -> None:
        """Start to look at the time."""
        await super().async_added_to_hass()
        self.async_on_remove(async_track_time_interval(self.hass, self._on_tick, LAST_MESSAGE_INTERVAL))

    @callback
    def _on_tick(self, _now: datetime) -> None:
        self._on_change()
