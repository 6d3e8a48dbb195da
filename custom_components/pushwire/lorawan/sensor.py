"""Sensor platform for LoRaWAN devices."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import time
from typing import Any, override

from homeassistant.components.sensor import (
    DEVICE_CLASS_UNITS,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    MAX_LENGTH_STATE_STATE,
    SIGNAL_STRENGTH_DECIBELS,
    SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
    EntityCategory,
    UnitOfFrequency,
    UnitOfTime,
)
from homeassistant.helpers.typing import StateType
from homeassistant.util.enum import try_parse_enum

from ..core.entity import PushEntity
from .api.gateways import HeardGateways
from .api.model import LorawanDevice, Value
from .coordinator import LorawanCoordinator
from .entity import LorawanEntity, ValueEntity


@dataclass(frozen=True, kw_only=True)
class DeviceSensorDescription(SensorEntityDescription):
    """Description of a sensor of the device itself.

    Attributes:
        value_fn: Returns the state.
        properties: Further properties of the device that the state depends on.
        is_optional: Whether only some platforms report the value.

    """

    value_fn: Callable[[LorawanDevice], Any]
    properties: tuple[str, ...] = ()
    is_optional: bool = False


@dataclass(frozen=True, kw_only=True)
class GatewaySensorDescription(SensorEntityDescription):
    """Description of a sensor of a gateway.

    Attributes:
        value_fn: Returns the state at a Unix time.

    """

    value_fn: Callable[[HeardGateways, str, float], Any]


def _as_utc(timestamp: float | None) -> datetime | None:
    return None if timestamp is None else datetime.fromtimestamp(timestamp, UTC)


DEVICE_SENSORS: tuple[DeviceSensorDescription, ...] = (
    DeviceSensorDescription(
        key="airtime",
        translation_key="airtime",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda device: device.radio.airtime,
        is_optional=True,
    ),
    DeviceSensorDescription(
        key="expected_interval",
        translation_key="expected_interval",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda device: device.interval,
        properties=("last_uplink", "server_interval"),
    ),
    DeviceSensorDescription(
        key="frame_counter",
        translation_key="frame_counter",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda device: device.radio.frame_counter,
    ),
    DeviceSensorDescription(
        key="frequency",
        translation_key="frequency",
        device_class=SensorDeviceClass.FREQUENCY,
        native_unit_of_measurement=UnitOfFrequency.MEGAHERTZ,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda device: device.radio.frequency,
    ),
    DeviceSensorDescription(
        key="gateway_count",
        translation_key="gateway_count",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda device: device.radio.gateway_count,
    ),
    DeviceSensorDescription(
        key="installation_date",
        translation_key="installation_date",
        device_class=SensorDeviceClass.DATE,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda device: device.installation_date,
        is_optional=True,
    ),
    DeviceSensorDescription(
        key="last_uplink",
        translation_key="last_uplink",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda device: _as_utc(device.last_uplink),
    ),
    DeviceSensorDescription(
        key="lost_frames",
        translation_key="lost_frames",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda device: None if device.radio.frame_counter is None else device.lost_frames,
        properties=("frame_counter",),
    ),
    DeviceSensorDescription(
        key="missed_frames",
        translation_key="missed_frames",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda device: device.missed_frames,
        is_optional=True,
    ),
    DeviceSensorDescription(
        key="port",
        translation_key="port",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda device: device.radio.port,
    ),
    DeviceSensorDescription(
        key="rssi",
        translation_key="rssi",
        device_class=SensorDeviceClass.SIGNAL_STRENGTH,
        native_unit_of_measurement=SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda device: device.radio.rssi,
    ),
    DeviceSensorDescription(
        key="snr",
        translation_key="snr",
        device_class=SensorDeviceClass.SIGNAL_STRENGTH,
        native_unit_of_measurement=SIGNAL_STRENGTH_DECIBELS,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda device: device.radio.snr,
    ),
    DeviceSensorDescription(
        key="spreading_factor",
        translation_key="spreading_factor",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda device: device.radio.spreading_factor,
    ),
)
GATEWAY_SENSORS: tuple[GatewaySensorDescription, ...] = (
    GatewaySensorDescription(
        key="best_rssi",
        translation_key="best_rssi",
        device_class=SensorDeviceClass.SIGNAL_STRENGTH,
        native_unit_of_measurement=SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda heard, eui, _: heard.by_eui[eui].best_rssi,
    ),
    GatewaySensorDescription(
        key="last_packet",
        translation_key="last_packet",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda heard, eui, _: _as_utc(heard.by_eui[eui].last_packet),
    ),
    GatewaySensorDescription(
        key="packets_per_hour",
        translation_key="packets_per_hour",
        native_unit_of_measurement="1/h",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda heard, eui, now: heard.packets_of(eui, now),
    ),
)


def entities(
    coordinator: LorawanCoordinator, device_id: str
) -> Iterable[DeviceSensor | PayloadSensor | ValueSensor | GatewaySensor]:
    """Yield the sensors of a gateway or of an end device: uplinks and reception, payload, and measured values."""
    if device_id in coordinator.heard.by_eui:
        for row in GATEWAY_SENSORS:
            yield GatewaySensor(coordinator, device_id, row)
    if (device := coordinator.devices.get(device_id)) is None:
        return
    for description in DEVICE_SENSORS:
        if not description.is_optional or description.value_fn(device) is not None:
            yield DeviceSensor(coordinator, device, description)
    if device.payload is not None:
        yield PayloadSensor(coordinator, device)
    for key, value in list(device.values.items()):
        if value.description.platform == "sensor":
            yield ValueSensor(coordinator, device, key, value)


class DeviceSensor(LorawanEntity, SensorEntity):
    """Sensor of the device itself."""

    entity_description: DeviceSensorDescription

    def __init__(
        self,
        coordinator: LorawanCoordinator,
        device: LorawanDevice,
        description: DeviceSensorDescription,
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, device, description.key, description.key, *description.properties)
        self.entity_description = description

    @override
    def device_available(self) -> bool:
        """Return True: these values explain why a device is overdue."""
        return True

    @override
    def _update_attrs(self) -> None:
        """Update the state."""
        self._attr_native_value = self.entity_description.value_fn(self.device)


class GatewaySensor(PushEntity[LorawanCoordinator], SensorEntity):
    """Sensor of what a gateway hears."""

    entity_description: GatewaySensorDescription
    requires_connection = False

    def __init__(self, coordinator: LorawanCoordinator, eui: str, description: GatewaySensorDescription) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, eui, eui, description.key)
        self.entity_description = description

    @override
    def _update_attrs(self) -> None:
        """Update the state."""
        self._attr_native_value = self.entity_description.value_fn(self.coordinator.heard, self.resource, time())


class PayloadSensor(LorawanEntity, SensorEntity):
    """Last payload in hex; the state is truncated, the attribute is complete."""

    _attr_translation_key = "payload"
    _attr_entity_registry_enabled_default = False
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _unrecorded_attributes = frozenset({"payload"})

    def __init__(self, coordinator: LorawanCoordinator, device: LorawanDevice) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, device, "payload", "payload", "port")

    @override
    def _update_attrs(self) -> None:
        """Update the state and the attributes."""
        payload = self.device.payload or ""
        self._attr_native_value = payload[:MAX_LENGTH_STATE_STATE]
        self._attr_extra_state_attributes = {
            "payload": payload,
            "port": self.device.radio.port,
        }


class ValueSensor(ValueEntity, SensorEntity):
    """Measured number, text or time."""

    def __init__(
        self,
        coordinator: LorawanCoordinator,
        device: LorawanDevice,
        key: str,
        value: Value,
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, device, key, value)
        description = value.description
        device_class = try_parse_enum(SensorDeviceClass, description.device_class)
        if device_class is not None and description.unit not in DEVICE_CLASS_UNITS.get(
            device_class, {description.unit}
        ):
            # An older release of Home Assistant does not know the unit.
            device_class = None
        self._attr_device_class = device_class
        self._is_time = device_class is SensorDeviceClass.TIMESTAMP
        self._attr_state_class = try_parse_enum(SensorStateClass, description.state_class)
        self._attr_native_unit_of_measurement = description.unit
        self._attr_suggested_display_precision = description.precision

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Value; not cached, since it is nearly always new when it is read."""
        value = self.value.value
        if self._is_time:
            return _as_utc(value) if isinstance(value, int | float) else None
        if isinstance(value, str):
            # The state of a numeric sensor cannot be a text.
            is_numeric = self._attr_state_class is not None or self._attr_native_unit_of_measurement is not None
            return None if is_numeric else value[:MAX_LENGTH_STATE_STATE]
        # A numeric value that briefly arrives as a boolean is still shown as a number.
        return int(value) if isinstance(value, bool) else value
