"""Entities of LoRaWAN devices, the same for ELEMENT and ResIOT."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, override

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
from homeassistant.const import (
    MAX_LENGTH_STATE_STATE,
    SIGNAL_STRENGTH_DECIBELS,
    SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
    EntityCategory,
    UnitOfFrequency,
)

from ..core.entity import PushEntity
from .api.model import LorawanDevice, Value
from .coordinator import LorawanCoordinator


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


def device_sensors(coordinator: LorawanCoordinator, device_id: str) -> Iterable[LorawanEntity]:
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


def device_binary_sensors(coordinator: LorawanCoordinator, device_id: str) -> Iterable[LorawanEntity]:
    """Build an end device's measured yes-or-no values."""
    if (device := coordinator.devices.get(device_id)) is None:
        return
    for key, value in list(device.values.items()):
        if value.meaning.platform == "binary_sensor":
            yield ValueBinarySensor(coordinator, device, key, value)


class LorawanEntity(PushEntity[LorawanCoordinator]):
    """Belongs to an end device, and stays while that keeps to its interval."""

    # A sensor that speaks once an hour is not gone because the server is.
    needs_link = False

    def __init__(
        self,
        coordinator: LorawanCoordinator,
        device: LorawanDevice,
        key: str,
        *properties: str,
    ) -> None:
        """Follow properties of the device."""
        self.device = device
        super().__init__(
            coordinator,
            device.device_id,
            device.device_id,
            key,
            properties=frozenset((*properties, "available")),
        )

    @override
    def reachable(self) -> bool:
        """Say whether the device has been heard lately."""
        return not self.device.overdue


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
    def reachable(self) -> bool:
        """Stay: these figures tell why a device is missed."""
        return True

    @override
    def refresh(self) -> None:
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
    def refresh(self) -> None:
        """Read the payload."""
        payload = self.device.payload or ""
        self._attr_native_value = payload[:MAX_LENGTH_STATE_STATE]
        self._attr_extra_state_attributes = {
            "payload": payload,
            "port": self.device.radio.port,
        }


class _ValueEntity(LorawanEntity):
    """A measured value under the vendor's own key."""

    def __init__(
        self,
        coordinator: LorawanCoordinator,
        device: LorawanDevice,
        key: str,
        value: Value,
    ) -> None:
        """Take name and category from key and meaning."""
        super().__init__(coordinator, device, f"value-{key}", key)
        self.value = value
        meaning = value.meaning
        self._attr_name = spoken(key)
        self._attr_entity_registry_enabled_default = meaning.enabled
        if meaning.diagnostic:
            self._attr_entity_category = EntityCategory.DIAGNOSTIC


class ValueSensor(_ValueEntity, SensorEntity):
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
    def refresh(self) -> None:
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


class ValueBinarySensor(_ValueEntity, BinarySensorEntity):
    """A measured yes or no."""

    def __init__(
        self,
        coordinator: LorawanCoordinator,
        device: LorawanDevice,
        key: str,
        value: Value,
    ) -> None:
        """Take the class from the meaning."""
        super().__init__(coordinator, device, key, value)
        if (device_class := value.meaning.device_class) is not None:
            self._attr_device_class = BinarySensorDeviceClass(device_class)

    @override
    def refresh(self) -> None:
        """Read the value."""
        value = self.value.value
        self._attr_is_on = None if value is None else bool(value)


ABBREVIATIONS = {
    word.lower(): word
    for word in ("CO", "CO2", "GPS", "ID", "PH", "PM1", "PM10", "PM2.5", "RSSI", "SNR", "TVOC", "VOC")
} | {"ph": "pH"}


def spoken(key: str) -> str:
    """Return a key as a name: ``air_temperature`` becomes ``Air temperature``."""
    words = [ABBREVIATIONS.get(word.lower(), word) for word in key.replace("_", " ").replace(".", " ").split()]
    text = " ".join(words)
    return text[:1].upper() + text[1:]
