"""Inference of descriptions from keys, values and units of real parsers."""

from typing import Any

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.sensor import DEVICE_CLASS_STATE_CLASSES, DEVICE_CLASS_UNITS, SensorDeviceClass
import pytest

from custom_components.pushwire.lorawan.api import inference
from custom_components.pushwire.lorawan.api.inference import as_flag, infer, tokens
from custom_components.pushwire.lorawan.api.model import ValueDescription
from custom_components.pushwire.lorawan.api.quantities import SENSOR_RULES
from custom_components.pushwire.lorawan.api.units import UNITS, unit_of

# Key, value and delivered unit, then the expected device class, unit and state class.
SENSORS: list[tuple[str, Any, str | None, str | None, str | None, str | None]] = [
    # Words in English and German
    ("temperature", 21.5, None, "temperature", "°C", "measurement"),
    ("airTemperature", 21.5, None, "temperature", "°C", "measurement"),
    ("temperature1", 21.5, None, "temperature", "°C", "measurement"),
    ("vorlauf_temperatur", 61.5, None, "temperature", "°C", "measurement"),
    ("soil_temperature", 9.5, None, "temperature", "°C", "measurement"),
    ("temperature_1", 21.5, "C", "temperature", "°C", "measurement"),
    ("humidity", 44, None, "humidity", "%", "measurement"),
    ("luftfeuchte", 44, None, "humidity", "%", "measurement"),
    ("soil_moisture", 33.5, None, "moisture", "%", "measurement"),
    ("co2", 612, None, "carbon_dioxide", "ppm", "measurement"),
    ("co", 3, None, "carbon_monoxide", "ppm", "measurement"),
    ("tvoc", 120, None, None, None, "measurement"),
    ("tvoc", 120, "ppb", "volatile_organic_compounds_parts", "ppb", "measurement"),
    ("pm10", 12, None, "pm10", "μg/m³", "measurement"),
    ("pm10", 12, "\u00b5g/m³", "pm10", "μg/m³", "measurement"),
    ("pm1", 12, "ug/m3", "pm1", "μg/m³", "measurement"),
    ("pm2_5", 12, None, "pm25", "μg/m³", "measurement"),
    ("pm25", 12, None, "pm25", "μg/m³", "measurement"),
    ("luftdruck", 1013.2, None, "atmospheric_pressure", "hPa", "measurement"),
    ("pressure", 1013.2, "mbar", "atmospheric_pressure", "mbar", "measurement"),
    ("pressure", 3.2, "bar", "pressure", "bar", "measurement"),
    ("lux", 800, None, "illuminance", "lx", "measurement"),
    ("helligkeit", 800, "Lux", "illuminance", "lx", "measurement"),
    ("spannung", 229.8, None, "voltage", "V", "measurement"),
    ("current", 1.2, None, None, None, "measurement"),
    ("strom", 120, "mA", "current", "mA", "measurement"),
    ("power", 812, None, None, None, "measurement"),
    ("leistung", 1.2, "kW", "power", "kW", "measurement"),
    ("energie", 812.5, None, None, None, "measurement"),
    ("heat_kwh", 812.5, None, "energy", "kWh", "total_increasing"),
    ("total_energy_consumption_kwh", 812.5, None, "energy", "kWh", "total_increasing"),
    ("durchfluss", 0.4, None, None, None, "measurement"),
    ("flow", 12, "l/min", "volume_flow_rate", "L/min", "measurement"),
    ("distance", 412, None, None, None, "measurement"),
    ("pegel", 2.4, "m", "distance", "m", "measurement"),
    ("niederschlag", 4.2, None, "precipitation", "mm", "total_increasing"),
    ("wind_speed", 4.2, None, "wind_speed", "m/s", "measurement"),
    ("gust", 4.2, "km/h", "wind_speed", "km/h", "measurement"),
    ("wind_direction", 270, None, "wind_direction", "°", "measurement_angle"),
    ("speed", 31, None, None, None, "measurement"),
    ("gps_lat", 53.5, None, None, "°", None),
    ("gewicht", 12.5, None, None, None, "measurement"),
    ("ph", 7.1, None, "ph", None, "measurement"),
    ("ec", 410, None, None, None, "measurement"),
    ("conductivity", 0.4, "dS/m", "conductivity", "mS/cm", "measurement"),
    ("laeq", 55.2, None, "sound_pressure", "dB", "measurement"),
    ("pulse_count", 4711, None, None, None, "total_increasing"),
    ("wind_counter", 4711, None, None, None, "total_increasing"),
    # Batteries: percent, volts and millivolts under the same name
    ("battery", 96, None, "battery", "%", "measurement"),
    ("battery", 3.66, None, "voltage", "V", "measurement"),
    ("battery", 3, None, None, None, "measurement"),
    ("battery", 400, None, None, None, "measurement"),
    ("battery", 3659, None, "voltage", "mV", "measurement"),
    ("batteryVoltage", 3.02, None, "voltage", "V", "measurement"),
    ("battery_voltage", 3659, None, "voltage", "mV", "measurement"),
    ("vbat", 3.3, None, "voltage", "V", "measurement"),
    # Meters: OBIS codes, wM-Bus bridge, German names
    ("1-0:1.8.0", 18234.5, None, "energy", "kWh", "total_increasing"),
    ("1-0:2.8.0", 211.25, None, "energy", "kWh", "total_increasing"),
    ("1_8_0", 9120.0, "kWh", "energy", "kWh", "total_increasing"),
    ("1_29_0", 9120.0, None, "energy", "kWh", "total_increasing"),
    ("16.7.0", 612, None, "power", "W", "measurement"),
    # A delivered unit overrides the unit of the OBIS code.
    ("1_8_0", 9120000, "Wh", "energy", "Wh", "total_increasing"),
    ("0_0_0_energy_current_value_kWh", 5120, None, "energy", "kWh", "total_increasing"),
    ("3_0_0_energy_current_value_kWh", 4980, None, "energy", "kWh", None),
    ("0_0_0_volume_current_value_m³", 210.12, None, "volume", "m³", "total_increasing"),
    ("0_0_0_flow_temperature_current_value_°C", 51.5, None, "temperature", "°C", "measurement"),
    ("0_0_0_volume_flow_current_value_m³/h", 0.213, None, "volume_flow_rate", "m³/h", "measurement"),
    ("0_0_0_battery_remaining_current_value_days", 3650, None, "duration", "d", "measurement"),
    ("zahlerstand_m_3", 7719.42, None, "volume", "m³", "total_increasing"),
    ("register_value", 412.337, None, None, None, "measurement"),
    ("register2_value", 412.337, None, None, None, "measurement"),
    # Unit without a known word
    ("channel_a", 21.5, "°C", "temperature", "°C", "measurement"),
    ("channel_a", 21.5, "kWh", "energy", "kWh", "total_increasing"),
    ("channel_a", 21.5, "hPa", "pressure", "hPa", "measurement"),
    # A unit that is not known is shown as it is.
    ("channel_a", 21.5, "NTU", None, "NTU", "measurement"),
    ("channel_a", 21.5, "bool", None, None, "measurement"),
    # Neither unit nor known word
    ("channel_a", 21.5, None, None, None, "measurement"),
    ("sensor_m", 21.5, None, None, None, "measurement"),
    # Units in other spellings, and units that differ in capitals alone
    ("power", 3300, "mW", "power", "mW", "measurement"),
    ("power", 3.3, "MW", "power", "MW", "measurement"),
    ("wind_speed", 2.5, "m⋅s⁻¹", "wind_speed", "m/s", "measurement"),
    ("radiation", 310, "W⋅m⁻²", "irradiance", "W/m²", "measurement"),
    ("volume_flow", 3, "l/s", "volume_flow_rate", "L/s", "measurement"),
    ("soll_leistung_W", 300, None, "power", "W", "measurement"),
    # An unknown unit may belong to any quantity.
    ("temperature", 71.3, "°Ra", None, "°Ra", "measurement"),
    # Quantities in several units, of which none is known
    ("energy", 1101, None, None, None, "measurement"),
    ("power_consumption", 14211, None, None, None, "measurement"),
    ("wasserverbrauch_volume", 12.5, None, None, None, "total_increasing"),
    ("vapor_pressure", 9.5, None, None, None, "measurement"),
    ("runtime", 60, None, None, None, "measurement"),
    # The value chooses the unit of the air pressure.
    ("barometric_pressure", 101.2, None, "atmospheric_pressure", "kPa", "measurement"),
    ("atmospheric_pressure", 101200, None, "atmospheric_pressure", "Pa", "measurement"),
    ("temp_f", 70.5, None, "temperature", "°F", "measurement"),
    ("windSpeedMph", 12, None, "wind_speed", "mph", "measurement"),
    ("wind_kmh", 12, None, "wind_speed", "km/h", "measurement"),
    ("rain_rate", 1.2, None, None, None, "measurement"),
    ("light_level", 3, None, None, None, "measurement"),
    ("people_count", 4, None, None, None, "measurement"),
    ("target_m3", 120.5, None, "volume", "m³", None),
    # German compound words
    ("batteriespannung", 3.6, None, "voltage", "V", "measurement"),
    ("aussentemperatur", -3.5, None, "temperature", "°C", "measurement"),
    # Flags, steps and settings of a quantity
    ("temperature_threshold2", 25, None, None, None, None),
    ("battery_status", 2, None, None, None, None),
    ("co2_step", 3, None, None, None, "measurement"),
    # Meters of other media, by OBIS code
    ("6-0:1.0.0", 4711.5, None, "energy", "kWh", "total_increasing"),
    # Values that are impossible for the quantity
    ("pressure", 999802, "hPa", None, None, "measurement"),
    ("humidity", 655.35, None, None, None, "measurement"),
    ("temperature", 3276.7, None, None, None, "measurement"),
    ("ph", 71, None, None, None, "measurement"),
    ("weight", 12, "°C", "temperature", "°C", "measurement"),
    ("temperature_difference", 12.5, None, None, None, "measurement"),
    ("power_factor", 0.98, None, None, None, "measurement"),
    ("value", 4711, "°C", None, None, "measurement"),
]


@pytest.mark.parametrize("key,value,unit,device_class,shown,state_class", SENSORS)
def test_description_of_a_number(
    key: str, value: Any, unit: str | None, device_class: str | None, shown: str | None, state_class: str | None
) -> None:
    description = infer(key, value, unit=unit)
    assert description.platform == "sensor"
    assert (description.device_class, description.unit, description.state_class) == (device_class, shown, state_class)


@pytest.mark.parametrize(
    "key,value,device_class",
    [
        ("open", "true", "opening"),
        ("door", "closed", "door"),
        ("fenster", True, "window"),
        ("reed_contact", 1, "opening"),
        ("pir", 0, "motion"),
        ("occupied", "free", "occupancy"),
        ("water_leak", False, "moisture"),
        ("tamper", False, "tamper"),
        ("rauch", 1, "smoke"),
        ("error", "false", "problem"),
        ("charging", True, None),
        ("battery_low", 1, "battery"),
        ("low_batt", False, "battery"),
        # Changes of a quantity are not the quantity.
        ("humidity_changed", 0, None),
        ("light_brighter", 1, None),
        # Closed is the opposite of open.
        ("door_closed", 1, None),
        ("magnet", "open", "opening"),
        ("leckage", True, "moisture"),
        ("co_alarm", 0, "carbon_monoxide"),
        ("gas_alarm", False, "gas"),
    ],
)
def test_description_of_a_binary_value(key: str, value: Any, device_class: str | None) -> None:
    description = infer(key, value)
    assert (description.platform, description.device_class) == ("binary_sensor", device_class)
    assert description.diagnostic is (device_class in ("battery", "tamper", "problem"))


@pytest.mark.parametrize(
    "key,value",
    [
        ("open_count", 1),
        ("motion_total", 0),
        ("leak_duration", 0),
        ("gas", 1),
        ("co", 0),
        ("door_open_times", 1),
        ("door", 7),
        ("state", "open?"),
    ],
)
def test_values_that_are_not_binary(key: str, value: Any) -> None:
    assert infer(key, value).platform == "sensor"


@pytest.mark.parametrize(
    "key,value",
    [("protocol_version", 2), ("meter_id", "8ZRI"), ("message_index", 3), ("temperature_1_offset", 0), ("limit", 7)],
)
def test_metadata_is_disabled_by_default(key: str, value: Any) -> None:
    description = infer(key, value)
    assert description.diagnostic
    assert not description.enabled
    assert description.state_class is None


def test_texts_have_a_plain_description() -> None:
    assert infer("button", "short") == ValueDescription()
    assert infer("button", None) == ValueDescription()


@pytest.mark.parametrize(
    "context,device_class",
    [
        (["water_m3"], "water"),
        (["Kaltwasser"], "water"),
        (["Wasserzähler Keller"], "water"),
        (["Gaszähler NB-IoT"], "gas"),
        (["Gaszähler", "gas"], "gas"),
        (["Keller"], "volume"),
        ([], "volume"),
    ],
)
def test_the_context_determines_the_medium_of_a_volume(context: list[str], device_class: str) -> None:
    description = infer("volume", 12.5, unit="m3", context=context)
    assert (description.device_class, description.unit) == (device_class, "m³")


def test_the_medium_may_name_the_unit_of_a_register() -> None:
    description = infer("register_value", 412.3, context=["Keller", "water_m3"])
    assert (description.device_class, description.unit) == ("water", "m³")


def test_rssi_is_disabled_by_default() -> None:
    description = infer("rssi", -91)
    assert (description.device_class, description.unit, description.diagnostic, description.enabled) == (
        "signal_strength",
        "dBm",
        True,
        False,
    )


def all_descriptions() -> list[ValueDescription]:
    """Return the descriptions of all combinations of known words, units and contexts."""
    units = [None, *sorted(set(UNITS.values()))]
    words = [word for rule in SENSOR_RULES for word in rule.words]
    words += [word for rule, _ in inference._BINARY_RULES for word in rule]
    values = (True, 0, 0.5, 1, 50, 500, 5000, 10**6, -3)
    return [
        infer(word, value, unit=unit, context=context)
        for word in [*words, "x", "1_8_0", "16.7.0", "3_0_0_volume_m³"]
        for value in values
        for unit in units
        for context in ((), ("water",), ("gas",))
    ]


def test_home_assistant_accepts_every_description() -> None:
    """Home Assistant logs a warning for a unit or state class that does not fit the device class."""
    for description in set(all_descriptions()):
        if description.device_class is None:
            continue
        if description.platform == "binary_sensor":
            BinarySensorDeviceClass(description.device_class)
            continue
        device_class = SensorDeviceClass(description.device_class)
        assert description.unit in DEVICE_CLASS_UNITS[device_class], description
        assert description.state_class is None or description.state_class in DEVICE_CLASS_STATE_CLASSES[device_class], (
            description
        )


@pytest.mark.parametrize(
    "value,state",
    [
        (True, True),
        (0, False),
        (1, True),
        (2, None),
        ("On", True),
        (" no ", False),
        ("?", None),
        (0.0, None),
        (None, None),
    ],
)
def test_binary_states(value: Any, state: bool | None) -> None:  # noqa: FBT001
    assert as_flag(value) is state


def test_tokens_and_units() -> None:
    assert tokens("airTemperature_2-m³/h") == ["air", "temperature", "2", "m³/h"]
    assert unit_of(" KWH ") == "kWh"
    assert unit_of("parsec") is None
    assert unit_of(7) is None
