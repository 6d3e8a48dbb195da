"""Sensor platform for the account of ELEMENT."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime

from ...core.entity import PushEntity
from .coordinator import KEY_EXPIRES, REPLAY_LAG, REQUESTS_LEFT, UNDECODED_PACKETS, ElementCoordinator


@dataclass(frozen=True, kw_only=True)
class AccountSensorDescription(SensorEntityDescription):
    """Description of a sensor of the account.

    Attributes:
        value_fn: Returns the state.
        exists_fn: Returns whether the account has the sensor.

    """

    value_fn: Callable[[ElementCoordinator], Any]
    exists_fn: Callable[[ElementCoordinator], bool] = lambda _coordinator: True


def _expiry(coordinator: ElementCoordinator) -> datetime | None:
    expires = coordinator.key_expires
    return None if expires is None else datetime.fromtimestamp(expires, UTC)


ACCOUNT_SENSORS: tuple[AccountSensorDescription, ...] = (
    AccountSensorDescription(
        key=KEY_EXPIRES,
        translation_key="key_expires",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=_expiry,
        exists_fn=lambda coordinator: coordinator.key_expires is not None,
    ),
    AccountSensorDescription(
        key=REPLAY_LAG,
        translation_key="replay_lag",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda coordinator: coordinator.replay_lag,
    ),
    AccountSensorDescription(
        key=REQUESTS_LEFT,
        translation_key="requests_left",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda coordinator: coordinator.requests_left,
    ),
    AccountSensorDescription(
        key=UNDECODED_PACKETS,
        translation_key="undecoded_packets",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda coordinator: coordinator.undecoded.count,
        exists_fn=lambda coordinator: len(coordinator.scopes.sources) > 1,
    ),
)


def entities(coordinator: ElementCoordinator, device_id: str) -> Iterable[AccountSensor]:
    """Yield the sensors of the account."""
    if device_id == coordinator.hub_id:
        for description in ACCOUNT_SENSORS:
            if description.exists_fn(coordinator):
                yield AccountSensor(coordinator, description)


class AccountSensor(PushEntity[ElementCoordinator], SensorEntity):
    """Sensor of the account, its key, or what the key receives."""

    entity_description: AccountSensorDescription
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    requires_connection = False

    def __init__(self, coordinator: ElementCoordinator, description: AccountSensorDescription) -> None:
        """Initialize the entity."""
        hub_id = coordinator.hub_id
        super().__init__(coordinator, hub_id, hub_id, description.key, properties=frozenset({description.key}))
        self.entity_description = description

    @override
    def _update_attrs(self) -> None:
        """Update the state."""
        self._attr_native_value = self.entity_description.value_fn(self.coordinator)
