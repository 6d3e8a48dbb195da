"""deCONZ's measured values: a row an item."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.sensor import (
    DEVICE_CLASS_UNITS,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    DEGREE,
    LIGHT_LUX,
    MAX_LENGTH_STATE_STATE,
    EntityCategory,
    Platform,
    UnitOfDensity,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfLength,
    UnitOfPower,
    UnitOfPressure,
    UnitOfRatio,
    UnitOfTemperature,
    UnitOfTime,
    UnitOfVolumeFlowRate,
)
from homeassistant.util import dt as dt_util

from .api.convert import HUNDREDTHS, THOUSANDTHS, Convert, count, joined, lux, moment, number, word
from .api.model import Resource
from .entity import DeconzEntity, once, resources

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator


@dataclass(frozen=True, kw_only=True)
class ItemSensorDescription(SensorEntityDescription):
    """An item of a resource.

    Attributes:
        item: ``section.name`` of the item.
        convert: From the gateway's scale.
        types: Resource types it means this on, or None for all.
        without: Item that says the same better; where there is one, this is left out.

    """

    item: str
    convert: Convert = number
    types: frozenset[str] | None = None
    without: str | None = None


def _part(index: int) -> Convert:
    """Return a conversion that takes one number out of several."""

    def convert(value: Any) -> float | None:
        return number(value[index]) if isinstance(value, list) and len(value) > index else None

    return convert


def _code(value: Any) -> str | None:
    """Return an error's code, which may be a number or a word."""
    if value is None or isinstance(value, bool | list | dict):
        return None
    code = str(value)
    return code if len(code) <= MAX_LENGTH_STATE_STATE else None


def _local(value: Any) -> datetime | None:
    """Return a time that a device shows as its own, which is that of the house."""
    return moment(value, dt_util.get_default_time_zone())


def _source(value: Any) -> str | None:
    """Return who changed a setpoint; ZigBee has a number for each."""
    return SOURCES.get(value) if isinstance(value, int) and not isinstance(value, bool) else joined(value)


MEASUREMENT = SensorStateClass.MEASUREMENT
DIAGNOSTIC = EntityCategory.DIAGNOSTIC

# The gateway's phases of the day.
SUN = {
    100: "nadir",
    110: "night_end",
    120: "nautical_dawn",
    130: "dawn",
    140: "sunrise_start",
    150: "sunrise_end",
    160: "golden_hour_1",
    170: "solar_noon",
    180: "golden_hour_2",
    190: "sunset_start",
    200: "sunset_end",
    210: "dusk",
    220: "nautical_dusk",
    230: "night_start",
}

SOURCES = {0: "manual", 1: "schedule", 2: "external"}
# What the display of a keypad shows.
PANEL = [
    "disarmed",
    "armed_away",
    "armed_stay",
    "armed_night",
    "arming_away",
    "arming_stay",
    "arming_night",
    "exit_delay",
    "entry_delay",
    "not_ready",
    "in_alarm",
]

SENSORS: tuple[ItemSensorDescription, ...] = (
    ItemSensorDescription(
        key="temperature",
        item="state.temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
        convert=HUNDREDTHS,
    ),
    ItemSensorDescription(
        key="internal_temperature",
        item="config.temperature",
        translation_key="internal_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=MEASUREMENT,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=1,
        convert=HUNDREDTHS,
    ),
    ItemSensorDescription(
        key="humidity",
        item="state.humidity",
        device_class=SensorDeviceClass.HUMIDITY,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
        convert=HUNDREDTHS,
    ),
    ItemSensorDescription(
        key="moisture",
        item="state.moisture",
        device_class=SensorDeviceClass.MOISTURE,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
        convert=HUNDREDTHS,
    ),
    ItemSensorDescription(
        key="pressure",
        item="state.pressure",
        device_class=SensorDeviceClass.ATMOSPHERIC_PRESSURE,
        native_unit_of_measurement=UnitOfPressure.HPA,
        state_class=MEASUREMENT,
    ),
    ItemSensorDescription(
        key="illuminance",
        item="state.lightlevel",
        device_class=SensorDeviceClass.ILLUMINANCE,
        native_unit_of_measurement=LIGHT_LUX,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
        convert=lux,
    ),
    ItemSensorDescription(
        key="illuminance",
        item="state.lux",
        without="state.lightlevel",
        device_class=SensorDeviceClass.ILLUMINANCE,
        native_unit_of_measurement=LIGHT_LUX,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
    ),
    *(
        ItemSensorDescription(
            key=f"spectral_{axis}",
            item=f"state.spectral_{axis}",
            translation_key=f"spectral_{axis}",
            state_class=MEASUREMENT,
        )
        for axis in "xyz"
    ),
    ItemSensorDescription(
        key="energy",
        item="state.consumption",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        convert=THOUSANDTHS,
    ),
    ItemSensorDescription(
        key="power",
        item="state.power",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=MEASUREMENT,
    ),
    ItemSensorDescription(
        key="voltage",
        item="state.voltage",
        device_class=SensorDeviceClass.VOLTAGE,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        state_class=MEASUREMENT,
    ),
    ItemSensorDescription(
        key="current",
        item="state.current",
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.MILLIAMPERE,
        state_class=MEASUREMENT,
    ),
    ItemSensorDescription(
        key="air_quality",
        item="state.airquality",
        translation_key="air_quality",
        device_class=SensorDeviceClass.ENUM,
        options=[
            "excellent",
            "good",
            "moderate",
            "poor",
            "unhealthy",
            "out_of_scale",
        ],
        convert=joined,
    ),
    ItemSensorDescription(
        key="air_quality_ppb",
        item="state.airqualityppb",
        translation_key="air_quality_ppb",
        device_class=SensorDeviceClass.VOLATILE_ORGANIC_COMPOUNDS_PARTS,
        native_unit_of_measurement=UnitOfRatio.PARTS_PER_BILLION,
        state_class=MEASUREMENT,
    ),
    ItemSensorDescription(
        key="pm25",
        item="state.pm2_5",
        device_class=SensorDeviceClass.PM25,
        native_unit_of_measurement=UnitOfDensity.MICROGRAMS_PER_CUBIC_METER,
        state_class=MEASUREMENT,
    ),
    ItemSensorDescription(
        key="carbon_dioxide",
        item="state.airquality_co2_density",
        device_class=SensorDeviceClass.CO2,
        native_unit_of_measurement=UnitOfRatio.PARTS_PER_MILLION,
        state_class=MEASUREMENT,
    ),
    ItemSensorDescription(
        key="battery",
        item="config.battery",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=MEASUREMENT,
        entity_category=DIAGNOSTIC,
    ),
    ItemSensorDescription(
        key="battery",
        item="state.battery",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=MEASUREMENT,
        entity_category=DIAGNOSTIC,
    ),
    ItemSensorDescription(
        key="valve",
        item="state.valve",
        translation_key="valve",
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=MEASUREMENT,
        convert=number,
    ),
    ItemSensorDescription(
        key="vibration_strength",
        item="state.vibrationstrength",
        translation_key="vibration_strength",
        state_class=MEASUREMENT,
        entity_registry_enabled_default=False,
    ),
    ItemSensorDescription(
        key="tilt_angle",
        item="state.tiltangle",
        translation_key="tilt_angle",
        native_unit_of_measurement=DEGREE,
        state_class=MEASUREMENT,
        entity_registry_enabled_default=False,
    ),
    ItemSensorDescription(
        key="distance",
        item="state.distance",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.CENTIMETERS,
        state_class=MEASUREMENT,
    ),
    ItemSensorDescription(
        key="sun",
        item="state.status",
        translation_key="sun",
        types=frozenset({"Daylight"}),
        device_class=SensorDeviceClass.ENUM,
        options=list(SUN.values()),
        entity_registry_enabled_default=False,
        convert=lambda value: SUN.get(value) if isinstance(value, int) else None,
    ),
    ItemSensorDescription(
        key="energy_2",
        item="state.consumption_2",
        translation_key="energy_2",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        convert=THOUSANDTHS,
    ),
    ItemSensorDescription(
        key="production",
        item="state.production",
        translation_key="production",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        convert=THOUSANDTHS,
    ),
    *(
        ItemSensorDescription(
            key=f"{what}_{phase}",
            item=f"state.{what}_P{phase}",
            translation_key=f"{what}_{phase}",
            device_class=device_class,
            native_unit_of_measurement=unit,
            state_class=MEASUREMENT,
        )
        for what, device_class, unit in (
            ("current", SensorDeviceClass.CURRENT, UnitOfElectricCurrent.MILLIAMPERE),
            ("power", SensorDeviceClass.POWER, UnitOfPower.WATT),
            ("voltage", SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT),
        )
        for phase in (1, 2, 3)
    ),
    ItemSensorDescription(
        key="flow",
        item="state.flow",
        device_class=SensorDeviceClass.VOLUME_FLOW_RATE,
        native_unit_of_measurement=UnitOfVolumeFlowRate.LITERS_PER_HOUR,
        state_class=MEASUREMENT,
    ),
    ItemSensorDescription(
        key="floor_temperature",
        item="state.floortemperature",
        translation_key="floor_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
        convert=HUNDREDTHS,
    ),
    ItemSensorDescription(
        key="error_code",
        item="state.errorcode",
        translation_key="error_code",
        entity_category=DIAGNOSTIC,
        convert=_code,
    ),
    *(
        ItemSensorDescription(
            key=f"orientation_{axis}",
            item="state.orientation",
            translation_key=f"orientation_{axis}",
            native_unit_of_measurement=DEGREE,
            state_class=MEASUREMENT,
            entity_category=DIAGNOSTIC,
            entity_registry_enabled_default=False,
            convert=_part(index),
        )
        for index, axis in enumerate("xyz")
    ),
    ItemSensorDescription(
        key="window",
        item="state.windowopen",
        translation_key="window_detection",
        device_class=SensorDeviceClass.ENUM,
        options=["quarantine", "closed", "hold", "open", "open_external"],
        convert=joined,
    ),
    ItemSensorDescription(
        key="formaldehyde",
        item="state.airquality_formaldehyde_density",
        translation_key="formaldehyde",
        device_class=SensorDeviceClass.VOLATILE_ORGANIC_COMPOUNDS,
        native_unit_of_measurement=UnitOfDensity.MICROGRAMS_PER_CUBIC_METER,
        state_class=MEASUREMENT,
    ),
    *(
        ItemSensorDescription(
            key=key,
            item=item,
            translation_key=key,
            device_class=SensorDeviceClass.DURATION,
            # The gateway counts minutes.
            native_unit_of_measurement=UnitOfTime.MINUTES,
            suggested_unit_of_measurement=UnitOfTime.HOURS,
            suggested_display_precision=0,
            entity_category=DIAGNOSTIC,
        )
        for key, item in (("filter_runtime", "state.filterruntime"), ("device_runtime", "state.deviceruntime"))
    ),
    ItemSensorDescription(
        key="target_distance",
        item="state.targetdistance",
        translation_key="target_distance",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.CENTIMETERS,
        state_class=MEASUREMENT,
    ),
    ItemSensorDescription(
        key="sunrise",
        item="state.sunrise",
        translation_key="sunrise",
        types=frozenset({"Daylight"}),
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_registry_enabled_default=False,
        convert=moment,
    ),
    ItemSensorDescription(
        key="sunset",
        item="state.sunset",
        translation_key="sunset",
        types=frozenset({"Daylight"}),
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_registry_enabled_default=False,
        convert=moment,
    ),
    *(
        ItemSensorDescription(
            key=item,
            item=f"state.{item}",
            translation_key=item,
            types=frozenset({"ZHATime", "CLIPDaylightOffset"}),
            device_class=SensorDeviceClass.TIMESTAMP,
            entity_category=DIAGNOSTIC,
            entity_registry_enabled_default=False,
            convert=convert,
        )
        for item, convert in (("lastset", moment), ("utc", moment), ("localtime", _local))
    ),
    ItemSensorDescription(
        key="lastchange_amount",
        item="state.lastchange_amount",
        translation_key="lastchange_amount",
        device_class=SensorDeviceClass.TEMPERATURE_DELTA,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        suggested_display_precision=1,
        convert=HUNDREDTHS,
    ),
    ItemSensorDescription(
        key="lastchange_source",
        item="state.lastchange_source",
        translation_key="lastchange_source",
        device_class=SensorDeviceClass.ENUM,
        options=list(SOURCES.values()),
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        convert=_source,
    ),
    ItemSensorDescription(
        key="lastchange_time",
        item="state.lastchange_time",
        translation_key="lastchange_time",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        convert=moment,
    ),
    ItemSensorDescription(
        key="seconds_remaining",
        item="state.seconds_remaining",
        translation_key="seconds_remaining",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        # Told anew every second of a delay.
        entity_registry_enabled_default=False,
    ),
    ItemSensorDescription(
        key="panel",
        item="state.panel",
        translation_key="panel",
        device_class=SensorDeviceClass.ENUM,
        options=PANEL,
        entity_category=DIAGNOSTIC,
        convert=joined,
    ),
    ItemSensorDescription(
        key="pending",
        item="config.pending",
        translation_key="pending",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        convert=count,
    ),
    ItemSensorDescription(
        key="last_announced",
        item="attr.lastannounced",
        translation_key="last_announced",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        convert=moment,
    ),
    ItemSensorDescription(
        key="last_seen",
        item="attr.lastseen",
        translation_key="last_seen",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        convert=moment,
    ),
)

# ``capabilities.measured_value`` names a unit and often a substance: both decide.
UNITS: Final = {
    "ug/m^3": UnitOfDensity.MICROGRAMS_PER_CUBIC_METER,
    "mg/m^3": UnitOfDensity.MILLIGRAMS_PER_CUBIC_METER,
    "ppm": UnitOfRatio.PARTS_PER_MILLION,
    "ppb": UnitOfRatio.PARTS_PER_BILLION,
    "degC": UnitOfTemperature.CELSIUS,
    "%": UnitOfRatio.PERCENTAGE,
}
# The substance where the block names none, by resource type.
SUBSTANCES: Final = {
    "ZHACarbonDioxide": "CO2",
    "ZHAFormaldehyde": "Formaldehyde",
    "ZHAParticulateMatter": "PM2.5",
}
# What a type measures where the block does not say it.
USUAL_UNITS: Final[dict[str, str]] = {
    "ZHATemperature": UnitOfTemperature.CELSIUS,
    "ZHAHumidity": UnitOfRatio.PERCENTAGE,
}
TYPE_CLASSES: Final[dict[str, tuple[SensorDeviceClass, ...]]] = {
    "ZHATemperature": (SensorDeviceClass.TEMPERATURE,),
    "ZHAHumidity": (SensorDeviceClass.HUMIDITY,),
}
_ORGANIC: Final = (
    SensorDeviceClass.VOLATILE_ORGANIC_COMPOUNDS_PARTS,
    SensorDeviceClass.VOLATILE_ORGANIC_COMPOUNDS,
)
# The classes a substance may have; the first that takes the unit is it.
CLASSES: Final[dict[str, tuple[SensorDeviceClass, ...]]] = {
    "CO": (SensorDeviceClass.CO,),
    "CO2": (SensorDeviceClass.CO2,),
    "PM1": (SensorDeviceClass.PM1,),
    "PM2.5": (SensorDeviceClass.PM25,),
    "PM10": (SensorDeviceClass.PM10,),
    "tVOC": _ORGANIC,
    "Formaldehyde": _ORGANIC,
}
# Names for what no class of its own names.
_NAMED: Final = {"Formaldehyde": "formaldehyde"}
# The plain item beside a measured value, which already says the same.
_BESIDE: Final = {
    SensorDeviceClass.TEMPERATURE: "state.temperature",
    SensorDeviceClass.HUMIDITY: "state.humidity",
    SensorDeviceClass.PM25: "state.pm2_5",
    SensorDeviceClass.CO2: "state.airquality_co2_density",
}


def measured_description(resource: Resource) -> ItemSensorDescription | None:
    """Return how a resource's ``measured_value`` is to be read, by what the gateway says of it."""
    if not resource.has("state.measured_value"):
        return None
    block = resource.get("capabilities.measured_value")
    told = block if isinstance(block, dict) else {}
    substance = word(told.get("substance")) or SUBSTANCES.get(resource.type, "")
    unit = UNITS.get(word(told.get("unit")) or "", USUAL_UNITS.get(resource.type))
    factor = 1.0
    if substance == "CO2":
        # Home Assistant knows carbon dioxide in ppm alone.
        if unit == UnitOfRatio.PARTS_PER_BILLION:
            factor = 0.001
        if unit in (None, UnitOfRatio.PARTS_PER_BILLION):
            unit = UnitOfRatio.PARTS_PER_MILLION
    wanted = CLASSES.get(substance, TYPE_CLASSES.get(resource.type, ()))
    known = [item for item in wanted if unit in DEVICE_CLASS_UNITS.get(item, ())]
    device_class = known[0] if known else None
    # Of a value that nothing is said of, any of them may be the same.
    beside = [item for of, item in _BESIDE.items() if of is device_class or not (device_class or told)]
    if unit == UnitOfRatio.PARTS_PER_BILLION and substance == "tVOC":
        beside.append("state.airqualityppb")
    if any(resource.has(item) for item in beside):
        return None
    return ItemSensorDescription(
        key="measured_value",
        item="state.measured_value",
        translation_key=_NAMED.get(substance) if known else "measured_value",
        device_class=device_class,
        native_unit_of_measurement=unit,
        state_class=MEASUREMENT,
        convert=_within(number(told.get("min")), number(told.get("max")), factor),
    )


def _within(least: float | None, most: float | None, factor: float) -> Convert:
    """Return a conversion of what a device can measure; beyond that stands what it could not."""

    def convert(value: Any) -> float | None:
        plain = number(value)
        if plain is None or (least is not None and plain < least) or (most is not None and plain > most):
            return None
        return plain if factor == 1 else round(plain * factor, 3)

    return convert


# What a device has once, though each of its resources tells of it.
ONCE: Final = frozenset({"battery", "last_seen", "last_announced"})


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzSensor]:
    """Build a sensor for each known item of a device's resources."""
    parts = tuple(resources(coordinator, device_id, "sensors", "lights", "alarmsystems"))
    shared: dict[str, list[tuple[Resource, ItemSensorDescription]]] = {}
    for description in SENSORS:
        for resource in parts:
            if not _fits(description, resource):
                continue
            if description.key in ONCE:
                shared.setdefault(description.key, []).append((resource, description))
            else:
                yield DeconzSensor(coordinator, resource, description)
    for key, candidates in shared.items():
        yield DeconzSensor(coordinator, *once(coordinator, Platform.SENSOR, key, candidates))
    for resource in resources(coordinator, device_id, "sensors"):
        if (measured := measured_description(resource)) is not None:
            yield DeconzSensor(coordinator, resource, measured)


def _fits(description: ItemSensorDescription, resource: Resource) -> bool:
    return (
        resource.has(description.item)
        and (description.types is None or resource.type in description.types)
        and (description.without is None or not resource.has(description.without))
    )


class DeconzSensor(DeconzEntity, SensorEntity):
    """An item of a resource."""

    entity_description: ItemSensorDescription

    def __init__(
        self,
        coordinator: DeconzCoordinator,
        resource: Resource,
        description: ItemSensorDescription,
    ) -> None:
        """Follow the item."""
        super().__init__(coordinator, resource, description.key, description.item)
        self.entity_description = description
        section, _, self._item = description.item.partition(".")
        self._items = resource.section(section)
        self.twin = self.twin and description.key not in ONCE
        if description.key == "pending":
            self.tell_apart(description.item)

    @property
    @override
    def native_value(self) -> Any:
        """Read the item; a word that is none of its own is no value."""
        description = self.entity_description
        value = description.convert(self._items.get(self._item))
        return value if description.options is None or value in description.options else None

    # Sensors are most of what a gateway tells of, and what they show is read when it is written.
    _on_change = SensorEntity.async_write_ha_state
