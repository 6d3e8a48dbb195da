"""Sensor platform for deCONZ."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.sensor import (
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

from ...core.entity import PushEntity
from ...wire.values import as_datetime, as_dict, as_text, number
from .api.convert import HUNDREDTHS, THOUSANDTHS, Convert, length, lux, temperature, to_snake_case
from .api.model import Resource
from .entity import (
    DeconzEntity,
    GatewayEntity,
    always,
    configurable_resources,
    gateway_config,
    has_none_of,
    is_rule_state,
    pick_registered,
    resources,
    type_in,
    with_different_names,
)
from .measured_value import MEASURED_ITEM, MeasuredValue, read_measured_value

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator


@dataclass(frozen=True, kw_only=True)
class ItemSensorDescription(SensorEntityDescription):
    """Description of a sensor that reads one item.

    Attributes:
        item: ``section.name`` of the item.
        convert: Converts the gateway's value; returns None for an unusable one.
        supported_fn: Returns whether a resource with the item gets the sensor.

    """

    item: str
    convert: Convert = number
    supported_fn: Callable[[Resource], bool] = always


def _coordinate(index: int) -> Convert:
    """Return a conversion to one number of a list."""

    def convert(value: Any) -> float | None:
        return number(value[index]) if isinstance(value, list) and len(value) > index else None

    return convert


def _error_code(value: Any) -> str | None:
    """Return an error code, which may be a number or a word."""
    if value is None or isinstance(value, bool | list | dict):
        return None
    code = str(value)
    return code if len(code) <= MAX_LENGTH_STATE_STATE else None


def _local_time(value: Any) -> datetime | None:
    """Return a device's own time, which is in Home Assistant's time zone."""
    return as_datetime(value, dt_util.get_default_time_zone())


def _setpoint_source(value: Any) -> str | None:
    """Return the source of a setpoint change, which Zigbee numbers."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return SETPOINT_SOURCES.get(value) if is_number else to_snake_case(value)


def _nested(name: str, convert: Convert) -> Convert:
    """Return a conversion of a value below an item."""
    return lambda value: convert(as_dict(value).get(name))


def _window(value: Any) -> str | None:
    """Return the state of a window, from a boolean or one of the spellings of devices."""
    if isinstance(value, bool):
        return "open" if value else "closed"
    # A device may report what its own detection found, and what it was notified of.
    parts = [to_snake_case(part) or "" for part in (as_text(value) or "").split(",")]
    opened = [part for part in parts if part.startswith("open") or part == "true"]
    if opened:
        return "open_external" if all("external" in part for part in opened) else "open"
    if any(part.startswith("close") or part == "false" for part in parts):
        return "closed"
    return parts[0]


def _is_pulse_meter(resource: Resource) -> bool:
    """Return whether a meter counts gas or water."""
    return number(resource.get("config.interfacemode")) in PULSE_METERS


def _is_electricity_meter(resource: Resource) -> bool:
    return not _is_pulse_meter(resource)


def _is_separate_battery(resource: Resource, others: Iterable[Resource]) -> bool:
    """Return whether a resource is a part of its device, such as a room, with a battery of its own."""
    return resource.type in WITH_OWN_BATTERY and any(
        other.type == resource.type and other.endpoint != resource.endpoint for other in others
    )


MEASUREMENT = SensorStateClass.MEASUREMENT
DIAGNOSTIC = EntityCategory.DIAGNOSTIC

# The gateway's numbers of the phases of the day.
DAY_PHASES = {
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

SETPOINT_SOURCES = {0: "manual", 1: "schedule", 2: "external"}
SETPOINT_SOURCE_WORDS: Final = [*SETPOINT_SOURCES.values(), "zigbee"]
# Values of ``config.interfacemode`` of meters that count pulses of gas and water; their unit is not known.
PULSE_METERS: Final = frozenset({2, 3})
# Types of which a device may have several, each with a battery.
WITH_OWN_BATTERY: Final = frozenset({"ZHABattery", "ZHAThermostat"})
# States of a keypad's display.
PANEL_STATES = [
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
        key="last_announced",
        item="attr.lastannounced",
        translation_key="last_announced",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        convert=as_datetime,
    ),
    ItemSensorDescription(
        key="last_seen",
        item="attr.lastseen",
        translation_key="last_seen",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        convert=as_datetime,
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
        key="filterlifetime",
        item="config.filterlifetime",
        translation_key="filterlifetime",
        device_class=SensorDeviceClass.DURATION,
        # The gateway counts minutes.
        native_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_unit_of_measurement=UnitOfTime.DAYS,
        suggested_display_precision=0,
        entity_category=DIAGNOSTIC,
    ),
    ItemSensorDescription(
        key="pending",
        item="config.pending",
        translation_key="pending",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
        convert=length,
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
        convert=temperature,
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
        convert=to_snake_case,
    ),
    ItemSensorDescription(
        key="carbon_dioxide",
        item="state.airquality_co2_density",
        device_class=SensorDeviceClass.CO2,
        native_unit_of_measurement=UnitOfRatio.PARTS_PER_MILLION,
        state_class=MEASUREMENT,
    ),
    ItemSensorDescription(
        key="formaldehyde",
        item="state.airquality_formaldehyde_density",
        translation_key="formaldehyde",
        device_class=SensorDeviceClass.VOLATILE_ORGANIC_COMPOUNDS,
        native_unit_of_measurement=UnitOfDensity.MICROGRAMS_PER_CUBIC_METER,
        state_class=MEASUREMENT,
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
        key="battery",
        item="state.battery",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=MEASUREMENT,
        entity_category=DIAGNOSTIC,
    ),
    ItemSensorDescription(
        key="energy",
        item="state.consumption",
        translation_key="meter_reading",
        supported_fn=_is_pulse_meter,
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    ItemSensorDescription(
        key="energy",
        item="state.consumption",
        supported_fn=_is_electricity_meter,
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        convert=THOUSANDTHS,
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
        key="current",
        item="state.current",
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.MILLIAMPERE,
        state_class=MEASUREMENT,
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
        key="distance",
        item="state.distance",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.CENTIMETERS,
        state_class=MEASUREMENT,
    ),
    ItemSensorDescription(
        key="error_code",
        item="state.errorcode",
        translation_key="error_code",
        entity_category=DIAGNOSTIC,
        convert=_error_code,
    ),
    ItemSensorDescription(
        key="floor_temperature",
        item="state.floortemperature",
        translation_key="floor_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
        convert=temperature,
    ),
    ItemSensorDescription(
        key="flow",
        item="state.flow",
        device_class=SensorDeviceClass.VOLUME_FLOW_RATE,
        native_unit_of_measurement=UnitOfVolumeFlowRate.LITERS_PER_HOUR,
        state_class=MEASUREMENT,
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
    *(
        ItemSensorDescription(
            key="lastchange_amount",
            item=item,
            translation_key="lastchange_amount",
            device_class=SensorDeviceClass.TEMPERATURE_DELTA,
            native_unit_of_measurement=UnitOfTemperature.CELSIUS,
            entity_category=DIAGNOSTIC,
            entity_registry_enabled_default=False,
            suggested_display_precision=1,
            convert=convert,
        )
        for item, convert in (
            ("config.lastchange", _nested("amount", HUNDREDTHS)),
            ("state.lastchange_amount", HUNDREDTHS),
        )
    ),
    *(
        ItemSensorDescription(
            key="lastchange_source",
            item=item,
            translation_key="lastchange_source",
            device_class=SensorDeviceClass.ENUM,
            options=SETPOINT_SOURCE_WORDS,
            entity_category=DIAGNOSTIC,
            entity_registry_enabled_default=False,
            convert=convert,
        )
        for item, convert in (
            ("config.lastchange", _nested("source", _setpoint_source)),
            ("state.lastchange_source", _setpoint_source),
        )
    ),
    *(
        ItemSensorDescription(
            key="lastchange_time",
            item=item,
            translation_key="lastchange_time",
            device_class=SensorDeviceClass.TIMESTAMP,
            entity_category=DIAGNOSTIC,
            entity_registry_enabled_default=False,
            convert=convert,
        )
        for item, convert in (
            ("config.lastchange", _nested("time", as_datetime)),
            ("state.lastchange_time", as_datetime),
        )
    ),
    *(
        ItemSensorDescription(
            key=item,
            item=f"state.{item}",
            translation_key=item,
            supported_fn=type_in("ZHATime", "CLIPDaylightOffset"),
            device_class=SensorDeviceClass.TIMESTAMP,
            entity_category=DIAGNOSTIC,
            entity_registry_enabled_default=False,
            convert=convert,
        )
        for item, convert in (("lastset", as_datetime), ("utc", as_datetime), ("localtime", _local_time))
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
        supported_fn=has_none_of("state.lightlevel"),
        device_class=SensorDeviceClass.ILLUMINANCE,
        native_unit_of_measurement=LIGHT_LUX,
        state_class=MEASUREMENT,
        suggested_display_precision=0,
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
    *(
        ItemSensorDescription(
            key=f"orientation_{axis}",
            item="state.orientation",
            translation_key=f"orientation_{axis}",
            native_unit_of_measurement=DEGREE,
            state_class=MEASUREMENT,
            entity_category=DIAGNOSTIC,
            entity_registry_enabled_default=False,
            convert=_coordinate(index),
        )
        for index, axis in enumerate("xyz")
    ),
    ItemSensorDescription(
        key="panel",
        item="state.panel",
        translation_key="panel",
        device_class=SensorDeviceClass.ENUM,
        options=PANEL_STATES,
        entity_category=DIAGNOSTIC,
        convert=to_snake_case,
    ),
    ItemSensorDescription(
        key="pm25",
        item="state.pm2_5",
        device_class=SensorDeviceClass.PM25,
        native_unit_of_measurement=UnitOfDensity.MICROGRAMS_PER_CUBIC_METER,
        state_class=MEASUREMENT,
    ),
    ItemSensorDescription(
        key="power",
        item="state.power",
        supported_fn=_is_electricity_meter,
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=MEASUREMENT,
    ),
    ItemSensorDescription(
        key="pressure",
        item="state.pressure",
        device_class=SensorDeviceClass.ATMOSPHERIC_PRESSURE,
        native_unit_of_measurement=UnitOfPressure.HPA,
        state_class=MEASUREMENT,
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
    ItemSensorDescription(
        key="seconds_remaining",
        item="state.seconds_remaining",
        translation_key="seconds_remaining",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        # Reported every second during a delay.
        entity_registry_enabled_default=False,
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
        key="status",
        item="state.status",
        translation_key="status",
        supported_fn=is_rule_state,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    ItemSensorDescription(
        key="sun",
        item="state.status",
        translation_key="sun",
        supported_fn=type_in("Daylight"),
        device_class=SensorDeviceClass.ENUM,
        options=list(DAY_PHASES.values()),
        entity_registry_enabled_default=False,
        convert=lambda value: DAY_PHASES.get(value) if isinstance(value, int) else None,
    ),
    ItemSensorDescription(
        key="sunrise",
        item="state.sunrise",
        translation_key="sunrise",
        supported_fn=type_in("Daylight"),
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_registry_enabled_default=False,
        convert=as_datetime,
    ),
    ItemSensorDescription(
        key="sunset",
        item="state.sunset",
        translation_key="sunset",
        supported_fn=type_in("Daylight"),
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_registry_enabled_default=False,
        convert=as_datetime,
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
        key="temperature",
        item="state.temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=MEASUREMENT,
        suggested_display_precision=1,
        convert=temperature,
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
        key="voltage",
        item="state.voltage",
        device_class=SensorDeviceClass.VOLTAGE,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        state_class=MEASUREMENT,
    ),
    ItemSensorDescription(
        key="window",
        item="state.windowopen",
        translation_key="window_detection",
        device_class=SensorDeviceClass.ENUM,
        options=["quarantine", "closed", "hold", "open", "open_external"],
        convert=_window,
    ),
)

GATEWAY_SENSORS: Final = (
    SensorEntityDescription(
        key="fwversion",
        translation_key="fwversion",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SensorEntityDescription(key="zigbeechannel", translation_key="zigbeechannel", entity_category=DIAGNOSTIC),
)
NETWORK_OPEN_UNTIL: Final = SensorEntityDescription(
    key="open_until",
    translation_key="open_until",
    device_class=SensorDeviceClass.TIMESTAMP,
    entity_category=DIAGNOSTIC,
)
# Each resource of a device reports these, although they apply to the whole device.
BATTERY: Final = "battery"
PER_DEVICE: Final = frozenset({BATTERY, "last_announced", "last_seen"})


@with_different_names
def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[PushEntity[DeconzCoordinator]]:
    """Yield the sensors of a device or the gateway."""
    yield from _item_sensors(coordinator, device_id)
    for resource in resources(coordinator, device_id, "sensors"):
        if (measured := read_measured_value(resource)) is not None:
            yield DeconzSensor(coordinator, resource, _measured_description(measured))
    if config := gateway_config(coordinator, device_id):
        yield NetworkOpenUntilSensor(coordinator, NETWORK_OPEN_UNTIL)
        for description in GATEWAY_SENSORS:
            if description.key in config:
                yield GatewaySensor(coordinator, description)


def _item_sensors(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzSensor]:
    candidates: dict[tuple[str, str], list[tuple[Resource, ItemSensorDescription]]] = {}
    resources_of_device = tuple(configurable_resources(coordinator, device_id))
    for description in SENSORS:
        for resource in resources_of_device:
            if not resource.has(description.item) or not description.supported_fn(resource):
                continue
            if description.key not in PER_DEVICE:
                yield DeconzSensor(coordinator, resource, description)
                continue
            is_separate = description.key == BATTERY and _is_separate_battery(resource, resources_of_device)
            part = resource.endpoint if is_separate else ""
            candidates.setdefault((description.key, part), []).append((resource, description))
    for (key, part), options in candidates.items():
        picked = pick_registered(coordinator, Platform.SENSOR, key, options)
        yield DeconzSensor(coordinator, *picked, of_device=not part)


def _measured_description(measured: MeasuredValue) -> ItemSensorDescription:
    return ItemSensorDescription(
        key="measured_value",
        item=MEASURED_ITEM,
        translation_key=measured.translation_key,
        device_class=measured.device_class,
        native_unit_of_measurement=measured.unit,
        state_class=MEASUREMENT,
        convert=measured.convert,
    )


class DeconzSensor(DeconzEntity, SensorEntity):
    """Sensor that reads one item."""

    entity_description: ItemSensorDescription

    def __init__(
        self,
        coordinator: DeconzCoordinator,
        resource: Resource,
        description: ItemSensorDescription,
        *,
        of_device: bool = False,
    ) -> None:
        """Initialize the entity, of one resource or of the whole device."""
        super().__init__(coordinator, resource, description.key, description.item)
        self.entity_description = description
        self._items, self._item = resource.place_of(description.item)
        self.has_sibling = self.has_sibling and not of_device

    @property
    @override
    def native_value(self) -> Any:
        """Value of the item, or None for a word that is not an option."""
        description = self.entity_description
        value = description.convert(self._items.get(self._item))
        return value if description.options is None or value in description.options else None

    # Most messages are about sensors; their value is read when the state is written.
    _on_change = SensorEntity.async_write_ha_state


class GatewaySensor(GatewayEntity, SensorEntity):
    """Word or number of the gateway's configuration."""

    @override
    def _update_attrs(self) -> None:
        """Update the value."""
        value = self.config_value
        self._attr_native_value = value if isinstance(value, str | int) else None


class NetworkOpenUntilSensor(GatewayEntity, SensorEntity):
    """End of the time during which new devices may join."""

    @override
    def _update_attrs(self) -> None:
        """Update the time; None while the network is closed or open without a limit."""
        self._attr_native_value = self.coordinator.network.network_open_until
