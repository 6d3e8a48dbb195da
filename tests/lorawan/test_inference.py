"""What readings mean: keys, values and units as parsers give them in the field."""

from typing import Any

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.sensor import DEVICE_CLASS_STATE_CLASSES, DEVICE_CLASS_UNITS, SensorDeviceClass
import pytest

from custom_components.pushwire.lorawan.api import inference
from custom_components.pushwire.lorawan.api.inference import (
    as_flag,
    companions,
    flatten,
    infer,
    is_companion,
    readable,
    take_values,
    tokens,
    unit_of,
)
from custom_components.pushwire.lorawan.api.meaning import Meaning
from custom_components.pushwire.lorawan.api.model import LorawanDevice

# Key, value, unit beside it, and then device class, unit and state class.
SENSORS: list[tuple[str, Any, str | None, str | None, str | None, str | None]] = [
    # Plain words, English and German
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
    ("tvoc", 120, None, "volatile_organic_compounds_parts", "ppb", "measurement"),
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
    ("current", 1.2, None, "current", "A", "measurement"),
    ("strom", 120, "mA", "current", "mA", "measurement"),
    ("power", 812, None, "power", "W", "measurement"),
    ("leistung", 1.2, "kW", "power", "kW", "measurement"),
    ("energie", 812.5, None, "energy", "kWh", "total_increasing"),
    ("heat_kwh", 812.5, None, "energy", "kWh", "total_increasing"),
    ("total_energy_consumption_kwh", 812.5, None, "energy", "kWh", "total_increasing"),
    ("durchfluss", 0.4, None, "volume_flow_rate", "m³/h", "measurement"),
    ("flow", 12, "l/min", "volume_flow_rate", "L/min", "measurement"),
    ("distance", 412, None, "distance", "mm", "measurement"),
    ("pegel", 2.4, "m", "distance", "m", "measurement"),
    ("niederschlag", 4.2, None, "precipitation", "mm", "total_increasing"),
    ("wind_speed", 4.2, None, "wind_speed", "m/s", "measurement"),
    ("gust", 4.2, "km/h", "wind_speed", "km/h", "measurement"),
    ("wind_direction", 270, None, None, "°", "measurement"),
    ("speed", 31, None, "speed", "m/s", "measurement"),
    ("gps_lat", 53.5, None, None, "°", None),
    ("gewicht", 12.5, None, "weight", "kg", "measurement"),
    ("ph", 7.1, None, "ph", None, "measurement"),
    ("ec", 410, None, "conductivity", "μS/cm", "measurement"),
    ("conductivity", 0.4, "dS/m", "conductivity", "mS/cm", "measurement"),
    ("laeq", 55.2, None, "sound_pressure", "dB", "measurement"),
    ("pulse_count", 4711, None, None, None, "total_increasing"),
    ("wind_counter", 4711, None, None, None, "total_increasing"),
    # Batteries: percent, volt and millivolt under one name
    ("battery", 96, None, "battery", "%", "measurement"),
    ("battery", 3659, None, "voltage", "mV", "measurement"),
    ("batteryVoltage", 3.02, None, "voltage", "V", "measurement"),
    ("battery_voltage", 3659, None, "voltage", "mV", "measurement"),
    ("vbat", 3.3, None, "voltage", "V", "measurement"),
    # Meters: OBIS, wM-Bus bridge, German
    ("1-0:1.8.0", 18234.5, None, "energy", "kWh", "total_increasing"),
    ("1-0:2.8.0", 211.25, None, "energy", "kWh", "total_increasing"),
    ("1_8_0", 9120.0, "kWh", "energy", "kWh", "total_increasing"),
    ("1_29_0", 9120.0, None, "energy", "kWh", "total_increasing"),
    ("16.7.0", 612, None, "power", "W", "measurement"),
    # A unit beside it overrules what the code says.
    ("1_8_0", 9120000, "Wh", "energy", "Wh", "total_increasing"),
    ("0_0_0_energy_current_value_kWh", 5120, None, "energy", "kWh", "total_increasing"),
    ("3_0_0_energy_current_value_kWh", 4980, None, "energy", "kWh", None),
    ("0_0_0_volume_current_value_m³", 210.12, None, "volume", "m³", "total_increasing"),
    ("0_0_0_flow_temperature_current_value_°C", 51.5, None, "temperature", "°C", "measurement"),
    ("0_0_0_volume_flow_current_value_m³/h", 0.213, None, "volume_flow_rate", "m³/h", "measurement"),
    ("0_0_0_battery_remaining_current_value_days", 3650, None, None, "d", "measurement"),
    ("zahlerstand_m_3", 7719.42, None, "volume", "m³", "total_increasing"),
    ("register_value", 412.337, None, None, None, "total_increasing"),
    ("register2_value", 412.337, None, None, None, "total_increasing"),
    # A unit without any word
    ("channel_a", 21.5, "°C", "temperature", "°C", "measurement"),
    ("channel_a", 21.5, "kWh", "energy", "kWh", "total_increasing"),
    ("channel_a", 21.5, "hPa", "pressure", "hPa", "measurement"),
    ("channel_a", 21.5, "NTU", None, None, "measurement"),
    # Nothing known
    ("channel_a", 21.5, None, None, None, "measurement"),
    ("sensor_m", 21.5, None, None, None, "measurement"),
    # What the quantity cannot have vetoes the guess
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
def test_a_number(
    key: str, value: Any, unit: str | None, device_class: str | None, shown: str | None, state_class: str | None
) -> None:
    meaning = infer(key, value, unit=unit)
    assert meaning.platform == "sensor"
    assert (meaning.device_class, meaning.unit, meaning.state_class) == (device_class, shown, state_class)


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
    ],
)
def test_a_yes_or_no(key: str, value: Any, device_class: str | None) -> None:
    meaning = infer(key, value)
    assert (meaning.platform, meaning.device_class) == ("binary_sensor", device_class)
    assert meaning.diagnostic is (device_class in ("tamper", "problem"))


@pytest.mark.parametrize("key,value", [("open_count", 1), ("motion_total", 0), ("door", 7), ("state", "open?")])
def test_no_yes_or_no(key: str, value: Any) -> None:
    assert infer(key, value).platform == "sensor"


@pytest.mark.parametrize(
    "key,value",
    [("protocol_version", 2), ("meter_id", "8ZRI"), ("message_index", 3), ("temperature_1_offset", 0), ("limit", 7)],
)
def test_housekeeping_is_off_by_default(key: str, value: Any) -> None:
    meaning = infer(key, value)
    assert meaning.diagnostic
    assert not meaning.enabled
    assert meaning.state_class is None


def test_words_are_shown_as_they_are() -> None:
    assert infer("button", "short") == Meaning()
    assert infer("button", None) == Meaning()


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
def test_a_volume_is_of_what_the_context_says(context: list[str], device_class: str) -> None:
    meaning = infer("volume", 12.5, context=context)
    assert (meaning.device_class, meaning.unit) == (device_class, "m³")


def test_rssi_is_off_by_default() -> None:
    meaning = infer("rssi", -91)
    assert (meaning.device_class, meaning.unit, meaning.diagnostic, meaning.enabled) == (
        "signal_strength",
        "dBm",
        True,
        False,
    )


def all_meanings() -> list[Meaning]:
    """Return whatever a key with a unit can come to mean."""
    units = [None, *inference._UNITS]
    words = [word for rule in inference._SENSOR_RULES for word in rule.words]
    words += [word for rule, _ in inference._BINARY_RULES for word in rule]
    values = (True, 0, 0.5, 1, 50, 500, 5000, 10**6, -3)
    return [
        infer(word, value, unit=unit, context=context)
        for word in [*words, "x", "1_8_0", "16.7.0", "3_0_0_volume_m³"]
        for value in values
        for unit in units
        for context in ((), ("water",), ("gas",))
    ]


def test_home_assistant_knows_every_meaning() -> None:
    """A unit or state class that a device class cannot have would be a warning in somebody's log."""
    for meaning in set(all_meanings()):
        if meaning.device_class is None:
            continue
        if meaning.platform == "binary_sensor":
            BinarySensorDeviceClass(meaning.device_class)
            continue
        device_class = SensorDeviceClass(meaning.device_class)
        assert meaning.unit in DEVICE_CLASS_UNITS[device_class], meaning
        assert meaning.state_class is None or meaning.state_class in DEVICE_CLASS_STATE_CLASSES[device_class], meaning


@pytest.mark.parametrize(
    "value,flag",
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
def test_as_flag(value: Any, flag: bool | None) -> None:  # noqa: FBT001
    assert as_flag(value) is flag


def test_tokens_and_units() -> None:
    assert tokens("airTemperature_2-m³/h") == ["air", "temperature", "2", "m³/h"]
    assert unit_of(" KWH ") == "kWh"
    assert unit_of("parsec") is None
    assert unit_of(7) is None


def test_nested_readings_become_flat() -> None:
    nested: dict[str, Any] = {
        "a": {"b": {"c": 1}, "d": [1, {"e": "x"}]},
        "": 7,
        "f": None,
        "samples": list(range(17)),
        "odd": object(),
    }
    assert flatten(nested) == {"a.b.c": 1, "a.d.0": 1, "a.d.1.e": "x", "f": None}
    deep: Any = 1
    for _ in range(900):
        deep = {"x": [deep]}
    assert flatten({"deep": deep}) == {}


def test_units_that_stand_in_readings_of_their_own() -> None:
    assert companions({"temperature": 1, "temperature_unit": "C"}) == {"temperature": "C"}
    assert companions({"1_8_0": 1.5, "mode": 3, "unit": "kWh"}) == {"1_8_0": "kWh"}
    # Of two numbers nobody knows which is meant.
    assert companions({"a": 1.5, "b": 3, "unit": "kWh"}) == {}
    assert companions({"unit": 7, "a_unit": 7}) == {}
    assert is_companion("unit")
    assert is_companion("a_unit")
    assert not is_companion("unity")


def test_invalid_values_of_a_meter_are_left_out() -> None:
    assert not readable("1_0_0_volume_error_value_m³")
    device = LorawanDevice(device_id="x", name="x")
    data = {"1_0_0_volume_error_value_m³": 0, "a": None, "b_unit": "V", "b": 2, "open": "true"}
    assert take_values(device, data, 10.0) == {"b", "open"}
    assert device.values["b"].meaning.unit == "V"
    assert device.values["open"].value is True


def test_a_meaning_stays_once_it_is_known() -> None:
    """Statistics break when a unit changes."""
    device = LorawanDevice(device_id="x", name="x")
    take_values(device, {"battery": 96}, 10.0)
    take_values(device, {"battery": 3659}, 20.0)
    value = device.values["battery"]
    assert (value.value, value.meaning.unit) == (3659, "%")
