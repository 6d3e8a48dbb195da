"""Sensor platform for LoRaWAN devices."""

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
from homeassistant.const import (
    MAX_LENGTH_STATE_STATE,
    SIGNAL_STRENGTH_DECIBELS,
    SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
    EntityCategory,
    UnitOfFrequency,
)

from .api.model import LorawanDevice, Value
from .coordinator import LorawanCoordinator
from .entity import LorawanEntity, ValueEntity


@dataclass(frozen=True, kw_only=True)
class DeviceSensorDescription(SensorEntityDescription):
    """A figure of the device itself."""

    value_fn: Callable[[LorawanDevice], Any]


def _moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)


DEVICE_SENSORS: tuple[DeviceSensorDescription, ...] = (
    DeviceSensorDescription(
        key="last_uplink",
        translation_key="last_uplink",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda device: _moment(device.last_uplink),
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
        key="port",
        translation_key="port",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda device: device.radio.port,
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
        key="gateway_count",
        translation_key="gateway_count",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda device: device.radio.gateway_count,
    ),
)


def entities(coordinator: LorawanCoordinator, device_id: str) -> Iterable[LorawanEntity]:
    """Build an end device's radio figures, payload and measured values."""
    if (device := coordinator.devices.get(device_id)) is None:
        return
    for description in DEVICE_SENSORS:
        yield DeviceSensor(coordinator, device, description)
    if device.payload is not None:
        yield PayloadSensor(coordinator, device)
    for key, value in list(device.values.items()):
        if value.meaning.platform == "sensor":
            yield ValueSensor(coordinator, device, key, value)


class DeviceSensor(LorawanEntity, SensorEntity):
    """A figure of the device itself."""

    entity_description: DeviceSensorDescription

    def __init__(
        self,
        coordinator: LorawanCoordinator,
        device: LorawanDevice,
        description: DeviceSensorDescription,
    ) -> None:
        """Follow what the description names."""
        super().__init__(coordinator, device, description.key, description.key)
        self.entity_description = description

    @override
    def device_available(self) -> bool:
        """Stay: these figures tell why a device is missed."""
        return True

    @override
    def _update_attrs(self) -> None:
        """Read the figure."""
        self._attr_native_value = self.entity_description.value_fn(self.device)


class PayloadSensor(LorawanEntity, SensorEntity):
    """The last payload as hex; long ones in full as an attribute."""

    _attr_translation_key = "payload"
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _unrecorded_attributes = frozenset({"payload"})

    def __init__(self, coordinator: LorawanCoordinator, device: LorawanDevice) -> None:
        """Follow the payload, and the port that is shown with it."""
        super().__init__(coordinator, device, "payload", "payload", "port")

    @override
    def _update_attrs(self) -> None:
        """Read the payload."""
        payload = self.device.payload or ""
        self._attr_native_value = payload[:MAX_LENGTH_STATE_STATE]
        self._attr_extra_state_attributes = {
            "payload": payload,
            "port": self.device.radio.port,
        }


class ValueSensor(ValueEntity, SensorEntity):
    """A measured number, text or moment."""

    def __init__(
        self,
        coordinator: LorawanCoordinator,
        device: LorawanDevice,
        key: str,
        value: Value,
    ) -> None:
        """Take unit and class from the meaning."""
        super().__init__(coordinator, device, key, value)
        meaning = value.meaning
        self._attr_device_class = None if meaning.device_class is None else SensorDeviceClass(meaning.device_class)
        self._attr_state_class = None if meaning.state_class is None else SensorStateClass(meaning.state_class)
        self._attr_native_unit_of_measurement = meaning.unit
        self._attr_suggested_display_precision = meaning.precision

    @override
    def _update_attrs(self) -> None:
        """Read the value."""
        value = self.value.value
        if self._attr_device_class is SensorDeviceClass.TIMESTAMP:
            self._attr_native_value = _moment(value) if isinstance(value, int | float) else None
        elif isinstance(value, str):
            numeric = self._attr_state_class is not None or (self._attr_native_unit_of_measurement is not None)
            # A number's entity cannot show a word; the word stays visible elsewhere.
            self._attr_native_value = None if numeric else value[:255]
        else:
            # A number that becomes a truth value for once is still shown as a number.
            self._attr_native_value = int(value) if isinstance(value, bool) else value
