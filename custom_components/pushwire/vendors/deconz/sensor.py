"""deCONZ's measured values: a row an item."""

from collections.abc import Iterable
from dataclasses import dataclass
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
    EntityCategory,
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

from .convert import Convert, lux, moment, number, scaled, word
from .entity import DeconzEntity, resources
from .model import Resource

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator


@dataclass(frozen=True, kw_only=True)
class ItemSensorDescription(SensorEntityDescription):
    """An item of a resource.

    Attributes:
        item: ``section.name`` of the item.
        convert: From the gateway's scale.
        types: Resource types it means this on, or None for all.

    """

    item: str
    convert: Convert = number
    types: frozenset[str] | None = None


def _joined(value: Any) -> str | None:
    """Return a word of the gateway as Home Assistant writes one."""
    told = word(value)
    return None if told is None else "_".join(told.lower().replace("(", "").replace(")", "").split())


def _part(index: int) -> Convert:
    """Return a conversion that takes one number out of several."""

    def convert(value: Any) -> float | None:
        return number(value[index]) if isinstance(value, list) and len(value) > index else None

    return convert


def _code(value: Any) -> str | None:
    """Return an error's code, which may be a number or a word."""
    return None if value is None or isinstance(value, bool | list | dict) else str(value)


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

SENSORS: tuple[ItemSensorDescription, ...] = (
    ItemSensorDescription(
        key="temperature",
        item="state.temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
        convert=scaled(0.01, 2),
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
        convert=scaled(0.01, 2),
    ),
    ItemSensorDescription(
        key="humidity",
        item="state.humidity",
        device_class=SensorDeviceClass.HUMIDITY,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
        convert=scaled(0.01, 2),
    ),
    ItemSensorDescription(
        key="moisture",
        item="state.moisture",
        device_class=SensorDeviceClass.MOISTURE,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
        convert=scaled(0.01, 2),
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
        key="energy",
        item="state.consumption",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        convert=scaled(0.001, 3),
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
        convert=_joined,
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
        key="status",
        item="state.status",
        translation_key="status",
        types=frozenset({"CLIPGenericStatus"}),
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
        convert=scaled(0.001, 3),
    ),
    ItemSensorDescription(
        key="production",
        item="state.production",
        translation_key="production",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        convert=scaled(0.001, 3),
    ),
    *(
        ItemSensorDescription(
            key=f"current_{phase}",
            item=f"state.current_P{phase}",
            translation_key=f"current_{phase}",
            device_class=SensorDeviceClass.CURRENT,
            native_unit_of_measurement=UnitOfElectricCurrent.MILLIAMPERE,
            state_class=MEASUREMENT,
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
        convert=scaled(0.01, 2),
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
        convert=_joined,
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
_BESIDE: Final = frozenset({"state.temperature", "state.humidity", "state.pm2_5"})


def measured_description(resource: Resource) -> ItemSensorDescription | None:
    """Return how a resource's ``measured_value`` is to be read, by what the gateway says of it."""
    if not resource.has("state.measured_value") or any(resource.has(item) for item in _BESIDE):
        return None
    block = resource.get("capabilities.measured_value")
    told = block if isinstance(block, dict) else {}
    substance = word(told.get("substance")) or SUBSTANCES.get(resource.type, "")
    unit = UNITS.get(word(told.get("unit")) or "")
    convert: Convert = number
    if substance == "CO2":
        # Home Assistant knows carbon dioxide in ppm alone.
        if unit == UnitOfRatio.PARTS_PER_BILLION:
            convert = scaled(0.001, 3)
        if unit in (None, UnitOfRatio.PARTS_PER_BILLION):
            unit = UnitOfRatio.PARTS_PER_MILLION
    known = [item for item in CLASSES.get(substance, ()) if unit in DEVICE_CLASS_UNITS.get(item, ())]
    named = _NAMED.get(substance) if known else "measured_value"
    return ItemSensorDescription(
        key="measured_value",
        item="state.measured_value",
        translation_key=named,
        device_class=known[0] if known else None,
        native_unit_of_measurement=unit,
        state_class=MEASUREMENT,
        convert=convert,
    )


# What a device has once, though each of its resources tells of it.
_ONCE = frozenset({"battery", "last_seen"})


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzSensor]:
    """Build a sensor for each known item of a device's resources."""
    for description in SENSORS:
        for resource in resources(coordinator, device_id, "sensors", "lights"):
            if not _fits(description, resource):
                continue
            yield DeconzSensor(coordinator, resource, description)
            if description.key in _ONCE:
                break
    for resource in resources(coordinator, device_id, "sensors"):
        if (measured := measured_description(resource)) is not None:
            yield DeconzSensor(coordinator, resource, measured)


def _fits(description: ItemSensorDescription, resource: Resource) -> bool:
    return resource.has(description.item) and (description.types is None or resource.type in description.types)


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
        # Looked up once, for sensors are most of what a gateway tells of.
        section, _, self._item = description.item.partition(".")
        self._items = resource.section(section)
        self._convert = description.convert
        self._options = description.options

    @override
    def refresh(self) -> None:
        """Read the item."""
        value = self._convert(self._items.get(self._item))
        if self._options is not None and value not in self._options:
            value = None
        self._attr_native_value = value
