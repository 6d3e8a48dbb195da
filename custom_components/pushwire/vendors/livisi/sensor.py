"""Sensor platform for LIVISI."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    LIGHT_LUX,
    MAX_LENGTH_STATE_STATE,
    SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
    EntityCategory,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfPrecipitationDepth,
    UnitOfPressure,
    UnitOfRatio,
    UnitOfSoundPressure,
    UnitOfTemperature,
    UnitOfVolume,
)

from ...wire.values import as_text, number
from .api.frames import datetime_unless_never
from .api.model import DRAWN_ENERGY, FED_ENERGY, Resource
from .binary_sensor import BINARY_SENSOR_PROPERTIES
from .const import CONF_ESTIMATED_LUX
from .entity import LivisiEntity, RestoredEntity, always, has_property, humanize, label_among, unknown_properties

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

MEASUREMENT: Final = SensorStateClass.MEASUREMENT
TOTAL_INCREASING: Final = SensorStateClass.TOTAL_INCREASING
DIAGNOSTIC: Final = EntityCategory.DIAGNOSTIC
EURO: Final = "EUR"
LUMINANCE: Final = "luminance"
# Highest luminance in percent.
FULL: Final = 100
# Operation statuses of v1 and v2 that are translated.
_STATUSES: Final = frozenset(
    {
        "active",
        "downloading",
        "initializing",
        "normal",
        "rebooted",
        "rebooting",
        "shuttingdown",
        "updated",
        "updating",
    }
)


def short_text(value: Any) -> str | None:
    """Return a text that is short enough for a state."""
    text = as_text(value)
    return None if text is None else text[:MAX_LENGTH_STATE_STATE]


def _negative(value: Any) -> float | None:
    """Return a level in dBm; a hub without Wi-Fi reports 0."""
    level = number(value)
    return level if level is not None and level < 0 else None


def _number_or_text(value: Any) -> float | str | None:
    return short_text(value) if isinstance(value, str) else number(value)


def _is_water_meter(resource: Resource) -> bool:
    return "water" in resource.type.lower()


def _is_gas_meter(resource: Resource) -> bool:
    return not _is_water_meter(resource)


@dataclass(frozen=True, kw_only=True)
class PropertySensorDescription(SensorEntityDescription):
    """Description of a sensor that reads one property.

    Attributes:
        item: Name of the property.
        convert: Converts the hub's value; returns None for an unusable one.
        supported_fn: Returns whether a resource with the property gets the sensor.

    """

    item: str
    convert: Callable[[Any], Any] = number
    supported_fn: Callable[[Resource], bool] = always


def _energy(key: str, item: str) -> PropertySensorDescription:
    """Return the description of an energy in kWh; daily and monthly ones are reset to 0."""
    return PropertySensorDescription(
        key=key,
        item=item,
        translation_key=key if key != "energy" else None,
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=TOTAL_INCREASING,
        suggested_display_precision=2,
    )


def _cost(key: str, item: str) -> PropertySensorDescription:
    """Return the description of a cost, without statistics because the time of a reset is unknown."""
    return PropertySensorDescription(
        key=key,
        item=item,
        translation_key=key,
        device_class=SensorDeviceClass.MONETARY,
        native_unit_of_measurement=EURO,
        suggested_display_precision=2,
    )


def _power(item: str) -> PropertySensorDescription:
    """Return the description of a power in W."""
    return PropertySensorDescription(
        key="power",
        item=item,
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=MEASUREMENT,
    )


def _volume(key: str, item: str, unit: UnitOfVolume) -> Iterable[PropertySensorDescription]:
    """Yield the descriptions of a volume of gas and of water, which depends on the meter's type."""
    for device_class, supported_fn in (
        (SensorDeviceClass.GAS, _is_gas_meter),
        (SensorDeviceClass.WATER, _is_water_meter),
    ):
        yield PropertySensorDescription(
            key=key,
            item=item,
            translation_key=key,
            device_class=device_class,
            native_unit_of_measurement=unit,
            state_class=TOTAL_INCREASING,
            supported_fn=supported_fn,
        )


def _usage(key: str, item: str) -> PropertySensorDescription:
    """Return the description of a resource usage of the hub, in percent."""
    return PropertySensorDescription(
        key=key,
        item=item,
        translation_key=key,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=MEASUREMENT,
        entity_category=DIAGNOSTIC,
        suggested_display_precision=1,
    )


def _status(value: Any) -> str | None:
    """Return an operation status; the translated ones in lower case, as their translation keys."""
    text = short_text(value)
    return text.lower() if text is not None and text.lower() in _STATUSES else text


def _text(
    key: str, item: str, *, enabled: bool = False, convert: Callable[[Any], str | None] = short_text
) -> PropertySensorDescription:
    """Return the description of a text."""
    return PropertySensorDescription(
        key=key,
        item=item,
        translation_key=key,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=enabled,
        convert=convert,
    )


def _timestamp(
    key: str, item: str, *, enabled: bool = True, category: EntityCategory | None = None
) -> PropertySensorDescription:
    """Return the description of a time."""
    return PropertySensorDescription(
        key=key,
        item=item,
        translation_key=key,
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=category,
        entity_registry_enabled_default=enabled,
        convert=datetime_unless_never,
    )


# Rows with the same key are different names of one value, depending on the hub or the device.
SENSORS: Final[tuple[PropertySensorDescription, ...]] = (
    _energy("energy", "absoluteEnergyConsumption"),
    PropertySensorDescription(
        key="pressure",
        item="atmosphericPressure",
        device_class=SensorDeviceClass.ATMOSPHERIC_PRESSURE,
        native_unit_of_measurement=UnitOfPressure.MBAR,
        state_class=MEASUREMENT,
    ),
    PropertySensorDescription(
        key="battery_level",
        item="batteryLevel",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=MEASUREMENT,
        entity_category=DIAGNOSTIC,
    ),
    PropertySensorDescription(
        key="carbon_dioxide",
        item="carbonDioxideLevel",
        device_class=SensorDeviceClass.CO2,
        native_unit_of_measurement=UnitOfRatio.PARTS_PER_MILLION,
        state_class=MEASUREMENT,
    ),
    _usage("cpu_usage", "CPULoad"),
    _usage("cpu_usage", "cpuUsage"),
    _text("configuration_state", "deviceConfigurationState"),
    _text("inclusion_state", "deviceInclusionState"),
    _usage("disk_usage", "diskUsage"),
    _cost("cost_day", "energyConsumptionDayEuro"),
    _energy("energy_day", "energyConsumptionDayKWh"),
    _cost("cost_month", "energyConsumptionMonthEuro"),
    _energy("energy_month", "energyConsumptionMonthKWh"),
    _cost("cost_day", "energyPerDayInEuro"),
    _energy("energy_day", "energyPerDayInKWh"),
    _cost("cost_month", "energyPerMonthInEuro"),
    _energy("energy_month", "energyPerMonthInKWh"),
    PropertySensorDescription(
        key="humidity",
        item="humidity",
        device_class=SensorDeviceClass.HUMIDITY,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
    ),
    _timestamp("last_reboot", "lastReboot", category=DIAGNOSTIC),
    PropertySensorDescription(
        key="luminance",
        item="luminance",
        translation_key="luminance",
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=MEASUREMENT,
    ),
    _usage("memory_usage", "memoryLoad"),
    _usage("memory_usage", "memoryUsage"),
    _timestamp("next_sunrise", "nextSunrise"),
    _timestamp("next_sunset", "nextSunset"),
    _timestamp("next_time_event", "nextTimeEvent", enabled=False),
    PropertySensorDescription(
        key="sound_pressure",
        item="noiseLevel",
        device_class=SensorDeviceClass.SOUND_PRESSURE,
        native_unit_of_measurement=UnitOfSoundPressure.DECIBEL,
        state_class=MEASUREMENT,
    ),
    _text("operation_status", "operationStatus", enabled=True, convert=_status),
    _text("operation_status", "OSState", enabled=True, convert=_status),
    _power("powerConsumptionWatt"),
    _power("powerInWatt"),
    PropertySensorDescription(
        key="rainfall",
        item="rainfall",
        device_class=SensorDeviceClass.PRECIPITATION,
        native_unit_of_measurement=UnitOfPrecipitationDepth.MILLIMETERS,
    ),
    PropertySensorDescription(
        key="signal_strength",
        item="signalStrength",
        device_class=SensorDeviceClass.SIGNAL_STRENGTH,
        native_unit_of_measurement=SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
        state_class=MEASUREMENT,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    *_volume("volume_day", "supplyValueInCubicMeterPerDay", UnitOfVolume.CUBIC_METERS),
    *_volume("volume_month", "supplyValueInCubicMeterPerMonth", UnitOfVolume.CUBIC_METERS),
    # "Metter" is the hub's spelling.
    *_volume("volume_day", "supplyValueInCubicMetterPerDay", UnitOfVolume.CUBIC_METERS),
    *_volume("volume_month", "supplyValueInCubicMetterPerMonth", UnitOfVolume.CUBIC_METERS),
    _cost("cost_day", "supplyValueInCurrencyPerDay"),
    _cost("cost_month", "supplyValueInCurrencyPerMonth"),
    *_volume("litres_day", "supplyValueInLitrePerDay", UnitOfVolume.LITERS),
    *_volume("litres_month", "supplyValueInLitrePerMonth", UnitOfVolume.LITERS),
    PropertySensorDescription(
        key="temperature",
        item="temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
    ),
    _energy("energy", "totalEnergy"),
    PropertySensorDescription(
        key="valve_position",
        item="valvePosition",
        translation_key="valve_position",
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=MEASUREMENT,
    ),
    PropertySensorDescription(
        key="wifi_signal",
        item="wifiSignalStrength",
        translation_key="wifi_signal",
        device_class=SensorDeviceClass.SIGNAL_STRENGTH,
        native_unit_of_measurement=SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
        state_class=MEASUREMENT,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        convert=_negative,
    ),
)
# Direction of the energy by type of capability; a meter has both.
_DIRECTIONS: Final = {DRAWN_ENERGY: "drawn", FED_ENERGY: "fed"}
MESSAGES: Final = SensorEntityDescription(key="unread_messages", translation_key="unread_messages")
# Properties for which there is a description, here or in the binary sensors.
_DESCRIBED: Final = BINARY_SENSOR_PROPERTIES | {description.item for description in SENSORS}


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiEntity]:
    """Yield a sensor for each described property of a device, and for each unknown one."""
    if device_id == coordinator.hub_id:
        yield MessagesSensor(coordinator)
    for resource in coordinator.model.resources_of(device_id):
        for description in SENSORS:
            if has_property(resource, description.item) and description.supported_fn(resource):
                yield LivisiSensor(coordinator, resource, description)
    if coordinator.entry.options.get(CONF_ESTIMATED_LUX, False):
        for capability in coordinator.model.capabilities_of(device_id):
            if has_property(capability, LUMINANCE):
                yield LuxSensor(coordinator, capability)
    for resource, name, value in unknown_properties(coordinator, device_id, _DESCRIBED):
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            yield LivisiSensor(coordinator, resource, _unknown(name))


def _unknown(name: str) -> PropertySensorDescription:
    return PropertySensorDescription(
        key=name,
        item=name,
        name=humanize(name),
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        convert=_number_or_text,
    )


class LivisiSensor(RestoredEntity, SensorEntity):
    """Sensor that reads one property."""

    entity_description: PropertySensorDescription

    def __init__(
        self,
        coordinator: LivisiCoordinator,
        source: Resource,
        description: PropertySensorDescription,
    ) -> None:
        """Initialize the entity."""
        # A reachability or a load of an earlier run says nothing.
        self.restored_item = "" if description.entity_category is DIAGNOSTIC else description.item
        super().__init__(coordinator, source, description.key, description.item)
        self.entity_description = description
        if (direction := _DIRECTIONS.get(source.type)) is not None:
            self._attr_translation_key = f"{direction}_{description.key}"
        else:
            items = {row.item for row in SENSORS if row.key == description.key} | {description.item}
            self.label = label_among(coordinator, source, items)

    @property
    @override
    def native_value(self) -> Any:
        """Value of the property, or None for an unusable one."""
        description = self.entity_description
        # Read with every state; a call of ``reported`` would cost as much as the rest.
        return description.convert(self.source.state.get(description.item))

    # The value is read when the state is written.
    _on_change = SensorEntity.async_write_ha_state


class LuxSensor(RestoredEntity, SensorEntity):
    """Illuminance that is estimated from the luminance in percent, see docs/livisi.md."""

    _attr_translation_key = "estimated_illuminance"
    _attr_device_class = SensorDeviceClass.ILLUMINANCE
    _attr_native_unit_of_measurement = LIGHT_LUX
    _attr_state_class = MEASUREMENT
    _attr_suggested_display_precision = 0
    restored_item = LUMINANCE

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, source, "estimated_illuminance", LUMINANCE)

    @override
    def _update_attrs(self) -> None:
        """Update the estimate."""
        self._attr_native_value = estimated_lux(self.reported(LUMINANCE))


def estimated_lux(luminance: Any) -> int | None:
    """Return the illuminance in lx for a luminance in percent, or None for an unusable one.

    The detectors' scale is not linear and not documented. The estimate assumes a
    logarithmic one that ends at 10,000 lx, and may be wrong by a factor of three.
    """
    percent = number(luminance)
    if percent is None or not 0 <= percent <= FULL:
        return None
    return round(10 ** (percent / 25) - 1)


class MessagesSensor(LivisiEntity, SensorEntity):
    """Number of the hub's unread messages."""

    def __init__(self, coordinator: LivisiCoordinator) -> None:
        """Initialize the entity."""
        hub = coordinator.model.devices[coordinator.hub_id]
        super().__init__(coordinator, hub, MESSAGES.key, "messages")
        self.entity_description = MESSAGES

    @override
    def _update_attrs(self) -> None:
        """Update the number."""
        self._attr_native_value = self.coordinator.model.unread_count
