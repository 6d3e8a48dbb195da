"""A LIVISI hub's measured values: a row a property."""

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

from . import binary_sensor
from .api.frames import moment
from .api.model import Resource
from .entity import LivisiEntity, leftovers, number, spoken

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

MEASUREMENT = SensorStateClass.MEASUREMENT
TOTAL_INCREASING = SensorStateClass.TOTAL_INCREASING
DIAGNOSTIC = EntityCategory.DIAGNOSTIC
EURO = "EUR"
# The longest state that Home Assistant takes.
LONGEST: Final = 255


def label(value: Any) -> str | None:
    """Return a short text."""
    return value[:LONGEST] if isinstance(value, str) and value else None


def _any(_resource: Resource) -> bool:
    return True


def _water(resource: Resource) -> bool:
    return "water" in resource.type.lower()


def _gas(resource: Resource) -> bool:
    return not _water(resource)


@dataclass(frozen=True, kw_only=True)
class PropertySensorDescription(SensorEntityDescription):
    """A property of a device or a capability.

    Attributes:
        item: Name of the property.
        convert: From the hub's value.
        fits: Whether it means this on a resource.

    """

    item: str
    convert: Callable[[Any], Any] = number
    fits: Callable[[Resource], bool] = _any


def _energy(key: str, item: str) -> PropertySensorDescription:
    """Describe energy in kWh; what counts a day or a month begins anew at 0."""
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
    """Describe money, of which no statistics are kept: it begins anew without saying when."""
    return PropertySensorDescription(
        key=key,
        item=item,
        translation_key=key,
        device_class=SensorDeviceClass.MONETARY,
        native_unit_of_measurement=EURO,
        suggested_display_precision=2,
    )


def _volume(key: str, item: str, unit: UnitOfVolume) -> Iterable[PropertySensorDescription]:
    """Describe gas or water, which the meter's type tells apart."""
    for device_class, fits in ((SensorDeviceClass.GAS, _gas), (SensorDeviceClass.WATER, _water)):
        yield PropertySensorDescription(
            key=key,
            item=item,
            translation_key=key,
            device_class=device_class,
            native_unit_of_measurement=unit,
            state_class=TOTAL_INCREASING,
            fits=fits,
        )


def _load(key: str, item: str) -> PropertySensorDescription:
    """Describe how busy the hub is, in percent."""
    return PropertySensorDescription(
        key=key,
        item=item,
        translation_key=key,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=MEASUREMENT,
        entity_category=DIAGNOSTIC,
        suggested_display_precision=1,
    )


def _word(key: str, item: str, *, enabled: bool = False) -> PropertySensorDescription:
    """Describe a word of the hub's own."""
    return PropertySensorDescription(
        key=key,
        item=item,
        translation_key=key,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=enabled,
        convert=label,
    )


def _time(key: str, item: str, *, enabled: bool = True, category: EntityCategory | None = None) -> Any:
    """Describe a moment."""
    return PropertySensorDescription(
        key=key,
        item=item,
        translation_key=key,
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=category,
        entity_registry_enabled_default=enabled,
        convert=moment,
    )


SENSORS: tuple[PropertySensorDescription, ...] = (
    PropertySensorDescription(
        key="temperature",
        item="temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
    ),
    PropertySensorDescription(
        key="humidity",
        item="humidity",
        device_class=SensorDeviceClass.HUMIDITY,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
    ),
    PropertySensorDescription(
        key="luminance",
        item="luminance",
        translation_key="luminance",
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=MEASUREMENT,
    ),
    PropertySensorDescription(
        key="valve_position",
        item="valvePosition",
        translation_key="valve_position",
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
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
    _energy("energy", "absoluteEnergyConsumption"),
    _energy("energy", "totalEnergy"),
    _energy("energy_day", "energyConsumptionDayKWh"),
    _energy("energy_day", "energyPerDayInKWh"),
    _energy("energy_month", "energyConsumptionMonthKWh"),
    _energy("energy_month", "energyPerMonthInKWh"),
    _cost("cost_day", "energyConsumptionDayEuro"),
    _cost("cost_day", "energyPerDayInEuro"),
    _cost("cost_month", "energyConsumptionMonthEuro"),
    _cost("cost_month", "energyPerMonthInEuro"),
    *(
        PropertySensorDescription(
            key="power",
            item=item,
            device_class=SensorDeviceClass.POWER,
            native_unit_of_measurement=UnitOfPower.WATT,
            state_class=MEASUREMENT,
        )
        for item in ("powerConsumptionWatt", "powerInWatt")
    ),
    # The hub's own spelling first.
    *_volume("volume_day", "supplyValueInCubicMetterPerDay", UnitOfVolume.CUBIC_METERS),
    *_volume("volume_day", "supplyValueInCubicMeterPerDay", UnitOfVolume.CUBIC_METERS),
    *_volume("volume_month", "supplyValueInCubicMetterPerMonth", UnitOfVolume.CUBIC_METERS),
    *_volume("volume_month", "supplyValueInCubicMeterPerMonth", UnitOfVolume.CUBIC_METERS),
    *_volume("litres_day", "supplyValueInLitrePerDay", UnitOfVolume.LITERS),
    *_volume("litres_month", "supplyValueInLitrePerMonth", UnitOfVolume.LITERS),
    _cost("cost_day", "supplyValueInCurrencyPerDay"),
    _cost("cost_month", "supplyValueInCurrencyPerMonth"),
    _time("next_sunrise", "nextSunrise"),
    _time("next_sunset", "nextSunset"),
    _time("next_time_event", "nextTimeEvent", enabled=False),
    _load("cpu_usage", "cpuUsage"),
    _load("cpu_usage", "CPULoad"),
    _load("memory_usage", "memoryUsage"),
    _load("memory_usage", "memoryLoad"),
    _load("disk_usage", "diskUsage"),
    _word("operation_status", "operationStatus", enabled=True),
    _word("operation_status", "OSState", enabled=True),
    _time("last_reboot", "lastReboot", category=DIAGNOSTIC),
    _word("inclusion_state", "deviceInclusionState"),
    _word("configuration_state", "deviceConfigurationState"),
    PropertySensorDescription(
        key="carbon_dioxide",
        item="carbonDioxideLevel",
        device_class=SensorDeviceClass.CO2,
        native_unit_of_measurement=UnitOfRatio.PARTS_PER_MILLION,
        state_class=MEASUREMENT,
    ),
    PropertySensorDescription(
        key="sound_pressure",
        item="noiseLevel",
        device_class=SensorDeviceClass.SOUND_PRESSURE,
        native_unit_of_measurement=UnitOfSoundPressure.DECIBEL,
        state_class=MEASUREMENT,
    ),
    PropertySensorDescription(
        key="pressure",
        item="atmosphericPressure",
        device_class=SensorDeviceClass.ATMOSPHERIC_PRESSURE,
        native_unit_of_measurement=UnitOfPressure.MBAR,
        state_class=MEASUREMENT,
    ),
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
)

MESSAGES = SensorEntityDescription(key="unread_messages", translation_key="unread_messages")

KNOWN: Final = binary_sensor.KNOWN | {description.item for description in SENSORS}


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiEntity]:
    """Build a sensor for each known property of a device, and for unknown ones."""
    if device_id == coordinator.hub_id:
        yield MessagesSensor(coordinator)
    for resource in coordinator.model.resources_of(device_id):
        for description in SENSORS:
            if description.item in resource.state and description.fits(resource):
                yield LivisiSensor(coordinator, resource, description)
    for resource, name, value in leftovers(coordinator, device_id, KNOWN):
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            yield LivisiSensor(coordinator, resource, _unknown(name))


def _unknown(name: str) -> PropertySensorDescription:
    return PropertySensorDescription(
        key=name,
        item=name,
        name=spoken(name),
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        convert=lambda value: label(value) if isinstance(value, str) else number(value),
    )


class LivisiSensor(LivisiEntity, SensorEntity):
    """A property that is measured or told."""

    entity_description: PropertySensorDescription

    def __init__(
        self,
        coordinator: LivisiCoordinator,
        source: Resource,
        description: PropertySensorDescription,
    ) -> None:
        """Follow the property."""
        super().__init__(coordinator, source, description.key, description.item)
        self.entity_description = description

    @override
    def _update_attrs(self) -> None:
        """Read the property."""
        description = self.entity_description
        self._attr_native_value = description.convert(self.value(description.item))


class MessagesSensor(LivisiEntity, SensorEntity):
    """How many of the hub's messages nobody has read."""

    def __init__(self, coordinator: LivisiCoordinator) -> None:
        """Belong to the hub."""
        hub = coordinator.model.devices[coordinator.hub_id]
        super().__init__(coordinator, hub, MESSAGES.key, "messages")
        self.entity_description = MESSAGES

    @override
    def _update_attrs(self) -> None:
        """Count them."""
        self._attr_native_value = self.coordinator.model.unread
