"""Meaning and shapes of readings, from a frame to a state.

Each shape and each doubt has two instances: the second one has other words.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.pushwire.const import DOMAIN
from simulators import ElementSimulator
from tests.common import wait_until

SENSOR = "sensor"
FLAG = "binary_sensor"


async def receive(
    hass: HomeAssistant,
    sim: ElementSimulator,
    entry: ConfigEntry[Any],
    *readings: Mapping[str, Any],
    name: str = "Fühler",
    measured: tuple[datetime, ...] = (),
) -> dict[str, State]:
    """Send readings of a new device one after the other; return the states of its values by key."""
    coordinator = entry.runtime_data

    def is_applied(identifier: str) -> bool:
        is_known = device_id in coordinator.devices and device_id not in coordinator._pending_items
        return is_known and identifier in coordinator._recent_ids["readings"]._ids

    if "probe" not in sim.world["ids"]:
        sim.add_device("probe", name)
    device_id = sim.resolve("probe")
    for number, reading in enumerate(readings):
        items = sim.uplink("probe", dict(reading), measured_at=measured[number] if measured else None)
        await wait_until(hass, partial(is_applied, str(items[-1]["id"])))
        await hass.async_block_till_done()
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, device_id), entry.entry_id)
    assert device is not None
    entities = er.async_entries_for_device(er.async_get(hass), device.id)
    states = {}
    for entity in entities:
        state = hass.states.get(entity.entity_id)
        if state is not None and "key" in state.attributes:
            assert state.attributes["key"] not in states, "two entities of one key"
            states[state.attributes["key"]] = state
    return states


def meaning(state: State) -> tuple[str, str | None, str | None, str]:
    """Return platform, device class, unit and state."""
    return (
        state.domain,
        state.attributes.get("device_class"),
        state.attributes.get("unit_of_measurement"),
        state.state,
    )


CASES: list[tuple[str, list[dict[str, Any]], dict[str, tuple[str, str | None, str | None, str]]]] = [
    ("battery in volts", [{"battery": 3.66}], {"battery": (SENSOR, "voltage", "V", "3.66")}),
    ("battery in volts", [{"Batt": 3.58}], {"Batt": (SENSOR, "voltage", "V", "3.58")}),
    (
        "flag named after a quantity",
        [{"battery_low": 1, "temperature_changed": 0}],
        {"battery_low": (FLAG, "battery", None, "on"), "temperature_changed": (FLAG, None, None, "off")},
    ),
    (
        "flag named after a quantity",
        [{"low_batt": 0, "humidity_invalid": 1}],
        {"low_batt": (FLAG, "battery", None, "off"), "humidity_invalid": (FLAG, None, None, "on")},
    ),
    (
        "unit of an M-Bus record",
        [
            {
                "energy": 1616000,
                "unit": "Wh",
                "function_field": "current_value",
                "memory_address": 0,
                "sub_device": 0,
                "tariff": 0,
            }
        ],
        {"energy": (SENSOR, "energy", "Wh", "1616000")},
    ),
    (
        "unit of an M-Bus record",
        [{"power": 230, "unit": "W", "storage_number": 0, "sub_device": 0, "tariff": 1}],
        {"0_0_1_power": (SENSOR, "power", "W", "230")},
    ),
    (
        "value and unit in one object",
        [{"atmospheric_pressure": {"displayName": "Atmospheric pressure", "unit": "kPa", "value": 95.96}}],
        # Home Assistant shows the pressure of the air in hPa.
        {"atmospheric_pressure": (SENSOR, "atmospheric_pressure", "hPa", "959.6")},
    ),
    (
        "value and unit in one object",
        [{"heating": {"room_temperature": {"value": "21.5", "unit": "°C"}}}],
        {"heating.room_temperature": (SENSOR, "temperature", "°C", "21.5")},
    ),
    (
        "typed measurements in a list",
        [
            {
                "messages": [
                    {"measurementValue": 18.9, "measurementId": "4097", "type": "Air Temperature"},
                    {"measurementValue": 61, "measurementId": "4098", "type": "Air Humidity"},
                ]
            },
            {
                "messages": [
                    {"measurementValue": 61, "measurementId": "4098", "type": "Air Humidity"},
                    {"measurementValue": 18.9, "measurementId": "4097", "type": "Air Temperature"},
                ]
            },
        ],
        {
            "Air Temperature 4097": (SENSOR, "temperature", "°C", "18.9"),
            "Air Humidity 4098": (SENSOR, "humidity", "%", "61"),
        },
    ),
    (
        "typed measurements in a list",
        [
            {"data": {"samples": [{"label": "Temperature", "value": 20.5}, {"label": "CO2", "value": 612}]}},
            {"data": {"samples": [{"label": "CO2", "value": 613}, {"label": "Temperature", "value": 20.25}]}},
        ],
        {
            "data.Temperature": (SENSOR, "temperature", "°C", "20.25"),
            "data.CO2": (SENSOR, "carbon_dioxide", "ppm", "613"),
        },
    ),
    (
        "samples with times of their own",
        [
            {
                "temperature": 20.0,
                "history": [
                    {"timestamp": 1795500000, "temperature": 5.0},
                    {"timestamp": 1795503600, "temperature": 6.0},
                ],
            }
        ],
        {"temperature": (SENSOR, "temperature", "°C", "20.0")},
    ),
    (
        "samples with times of their own",
        [{"co2": 700, "log": [{"time": "2026-11-24T10:00:00Z", "co2": 500}, {"time": "yesterday", "co2": 400}]}],
        {"co2": (SENSOR, "carbon_dioxide", "ppm", "700")},
    ),
    ("numbers as text", [{"temperature": "21.5"}], {"temperature": (SENSOR, "temperature", "°C", "21.5")}),
    ("numbers as text", [{"Hum_SHT": "44,5"}], {"Hum_SHT": (SENSOR, "humidity", "%", "44.5")}),
    (
        "a number that turns to text",
        [{"temperature": 21.5}, {"temperature": "22.5"}],
        {"temperature": (SENSOR, "temperature", "°C", "22.5")},
    ),
    (
        "a number that turns to text",
        [{"co2": 612}, {"co2": "613 ppm"}],
        {"co2": (SENSOR, "carbon_dioxide", "ppm", "613")},
    ),
    (
        "the first value decides for good",
        [{"pressure": 0}, {"pressure": 1013.2}],
        {"pressure": (SENSOR, "atmospheric_pressure", "hPa", "1013.2")},
    ),
    (
        "the first value decides for good",
        [{"battery": 0}, {"battery": 3605}],
        {"battery": (SENSOR, "voltage", "mV", "3605")},
    ),
    ("a count that begins with 0", [{"motion": 0}, {"motion": 6}], {"motion": (SENSOR, None, None, "6")}),
    ("a count that begins with 0", [{"door": 1}, {"door": 2}], {"door": (SENSOR, None, None, "2")}),
    ("closed means the opposite", [{"door_closed": 0}], {"door_closed": (FLAG, None, None, "off")}),
    ("closed means the opposite", [{"fenster_geschlossen": 1}], {"fenster_geschlossen": (FLAG, None, None, "on")}),
    (
        "a register with its medium",
        [{"register_value": 1234.5, "medium": "electricity_kwh"}],
        {"register_value": (SENSOR, "energy", "kWh", "1234.5")},
    ),
    (
        "a register with its medium",
        [{"register2_value": 88.5, "medium": "hotwater_m3"}],
        {"register2_value": (SENSOR, "water", "m³", "88.5")},
    ),
    ("an error value", [{"temperature": -327.68, "humidity": 44}], {"humidity": (SENSOR, "humidity", "%", "44")}),
    ("an error value", [{"co2": 612}, {"co2": 65535}], {"co2": (SENSOR, "carbon_dioxide", "ppm", "unknown")}),
    (
        "two keys in one entity",
        [{"a.b": 1.5, "a": {"b": 2.5}}],
        {"a..b": (SENSOR, None, None, "1.5"), "a.b": (SENSOR, None, None, "2.5")},
    ),
    ("booleans as text", [{"charging": "true"}], {"charging": (FLAG, None, None, "on")}),
    ("a flag and its fault", [{"open": True}, {"open": "?"}], {"open": (FLAG, "opening", None, "unknown")}),
    (
        "texts instead of numbers",
        [{"mode_value": 5}, {"mode_value": "eco"}],
        {"mode_value": (SENSOR, None, None, "eco")},
    ),
    (
        "one text may be a fault",
        [{"temperature": 21.5}, {"temperature": "broken wire"}],
        {"temperature": (SENSOR, "temperature", "°C", "unknown")},
    ),
    (
        "a text that is a number after all",
        [{"level": "starting"}, {"level": 12.5}],
        {"level": (SENSOR, None, None, "12.5")},
    ),
]


@pytest.mark.parametrize("name,readings,expected", CASES, ids=[f"{case[0]} {next(iter(case[2]))}" for case in CASES])
@pytest.mark.usefixtures("all_enabled")
async def test_meaning_of_readings(
    hass: HomeAssistant,
    sim: ElementSimulator,
    entry: ConfigEntry[Any],
    name: str,
    readings: list[dict[str, Any]],
    expected: dict[str, tuple[str, str | None, str | None, str]],
) -> None:
    states = await receive(hass, sim, entry, *readings)
    shown = {key: meaning(state) for key, state in states.items() if key in expected}
    assert shown == expected, name
    # What describes the message is not a measurement.
    for key in states.keys() - expected.keys():
        assert states[key].attributes.get("device_class") is None, key


@pytest.mark.parametrize(
    "name,key,value,expected",
    [
        ("Stromzähler Keller", "zaehlerstand", 12345.67, ("energy", "kWh", "total_increasing")),
        ("Wasserzähler Garten", "zählerstand", 456.78, ("water", "m³", "total_increasing")),
        # A register has no usual unit, and no unit is better than a wrong one.
        ("Power Meter 3", "register_value", 4711, (None, None, "total_increasing")),
        ("Keller", "register_value", 4711, (None, None, "measurement")),
    ],
)
async def test_the_name_of_a_device_says_what_its_register_counts(
    hass: HomeAssistant,
    sim: ElementSimulator,
    entry: ConfigEntry[Any],
    name: str,
    key: str,
    value: float,
    expected: tuple[str | None, str | None, str],
) -> None:
    states = await receive(hass, sim, entry, {key: value}, name=name)
    attributes = states[key].attributes
    shown = tuple(attributes.get(field) for field in ("device_class", "unit_of_measurement", "state_class"))
    assert shown == expected


async def test_values_of_earlier_times_are_no_states_of_now(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    now = datetime.now(UTC)
    samples = [{"timestamp": (now - timedelta(hours=back)).timestamp(), "temperature": back} for back in (3, 2, 1)]
    states = await receive(hass, sim, entry, {"temperature": 20.5, "humidity": 40, "history": samples})
    assert states.keys() == {"temperature", "humidity", "location"}
    assert states["temperature"].state == "20.5"


async def test_a_correction_replaces_the_entity_and_is_recorded(
    hass: HomeAssistant,
    sim: ElementSimulator,
    entry: ConfigEntry[Any],
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "custom_components.pushwire"):
        first = await receive(hass, sim, entry, {"motion": 0})
        assert first["motion"].domain == FLAG
        second = await receive(hass, sim, entry, {"motion": 6})
    assert meaning(second["motion"]) == (SENSOR, None, None, "6")
    # The wrong entity is removed, not left unknown.
    assert er.async_get(hass).async_get(first["motion"].entity_id) is None
    assert "motion of Fühler is shown as sensor measurement instead of binary_sensor motion (not_a_flag)" in caplog.text
    diagnostics = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    device = next(item for item in diagnostics["model"] if "motion" in item["readings"])
    corrected = device["meanings"]["motion"]["corrected"]
    assert (corrected["reason"], corrected["was_shown_as"]["platform"]) == ("not_a_flag", FLAG)
    assert device["readings"]["motion"]["shown_as"]["decided_by"] == "value"


async def test_a_meaning_is_corrected_once(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    states = await receive(hass, sim, entry, {"battery": 87}, {"battery": 3605}, {"battery": 91})
    # It was a percentage, then a voltage; a third value does not turn it back.
    assert meaning(states["battery"])[1:3] == ("voltage", "mV")


async def test_another_unit_beside_the_value(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    states = await receive(
        hass,
        sim,
        entry,
        {"temperature": 21.5, "consumption": 4.5, "consumption_unit": "kWh"},
        # The unit of the temperature was assumed, that of the consumption was stated and only differs by a factor.
        {"temperature": 70.7, "temperature_unit": "°F", "consumption": 4600, "consumption_unit": "Wh"},
    )
    assert meaning(states["consumption"]) == (SENSOR, "energy", "kWh", "4.6")
    state = states["temperature"]
    # Home Assistant shows it in the unit of the house.
    assert (state.attributes["unit_of_measurement"], round(float(state.state), 1)) == ("°C", 21.5)
    assert entry.runtime_data.devices[sim.resolve("probe")].values["temperature"].description.unit == "°F"


async def test_a_meaning_is_not_corrected_for_an_older_reading(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    now = datetime.now(UTC)
    states = await receive(
        hass,
        sim,
        entry,
        {"x": 5, "battery": 0},
        {"x": 7, "battery": 3605},
        measured=(now, now - timedelta(minutes=30)),
    )
    # The older value decides the meaning, not the state.
    assert states["x"].state == "5"
    assert meaning(states["battery"]) == (SENSOR, "voltage", "mV", "unknown")


@pytest.mark.parametrize(
    "reading",
    [
        {"gps_lat": 53.123457, "gps_lon": 9.876543},
        {"latitudeDeg": 53.123457, "place": {"breitengrad": "53.123457", "längengrad": 9.876543}},
        {"x": 53.123457, "y": 9.876543},
        {"where": "53.123457, 9.876543", "p": ["53.123457", "9.876543"]},
        {"lat": 531234570, "lon": 98765430},
    ],
)
async def test_no_exact_place_in_diagnostics(
    hass: HomeAssistant,
    sim: ElementSimulator,
    entry: ConfigEntry[Any],
    hass_client: ClientSessionGenerator,
    reading: dict[str, Any],
) -> None:
    await receive(hass, sim, entry, reading)
    diagnostics = str(await get_diagnostics_for_config_entry(hass, hass_client, entry))
    for part in ("53.1234", "9.8765", "53123457", "9876543", "531234570", "98765430"):
        assert part not in diagnostics, part
    # The same holds for the place of the device itself.
    assert "53.551086" not in diagnostics
    assert "9.993682" not in diagnostics


@pytest.mark.usefixtures("all_enabled")
async def test_the_fields_of_the_parser_decide_before_words(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], hass_client: ClientSessionGenerator
) -> None:
    sim.world["parsers"]["p1"] = {
        "id": "p1",
        "name": "Pumpe",
        "code": PARSER,
        "mandate_id": sim.world["mandate"]["id"],
    }
    sim.add_device("probe", "Pumpe 1")
    sim.device("probe")["parser_id"] = "p1"
    # The first uplink reveals the device, whose parser is read once.
    await receive(hass, sim, entry, {"lift": 1.0})
    await wait_until(hass, lambda: entry.runtime_data.devices[sim.resolve("probe")].parser_name == "Pumpe")
    states = await receive(hass, sim, entry, {"energy": 12.5, "battery": 3659, "drehzahl": 900, "lift": 2.0})
    assert meaning(states["energy"]) == (SENSOR, "energy", "kWh", "12.5")
    # A battery has no power: the declaration is not plausible.
    assert meaning(states["battery"]) == (SENSOR, "voltage", "mV", "3659")
    assert meaning(states["drehzahl"]) == (SENSOR, None, "rpm", "900")
    assert meaning(states["lift"]) == (SENSOR, "distance", "m", "2.0")
    assert states["drehzahl"].attributes["friendly_name"] == "Pumpe 1 Drehzahl der Pumpe"
    requests = [request.path for request in sim.requests if request.path.endswith("/parsers/p1")]
    assert len(requests) == 1
    diagnostics = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    device = next(item for item in diagnostics["model"] if "drehzahl" in item["readings"])
    sources = {
        key: reading["shown_as"]["decided_by"] for key, reading in device["readings"].items() if key != "location"
    }
    assert sources == {
        "energy": "parser_fields",
        "battery": "words",
        "drehzahl": "parser_fields",
        "lift": "parser_fields",
    }


PARSER = """
defmodule Parser do
  # def fields, do: [%{field: "energy", unit: "Wh"}]
  def fields() do
    [
      %{field: "energy", display: "Energie", unit: "kWh"},
      # %{field: "energy", display: "Energie", unit: "MWh"},
      %{"field" => "battery", "display" => "Batterie", "unit" => "mW"},
      %{:field => "drehzahl", :display => "Drehzahl der Pumpe", :unit => "rpm"},
      %{field: "lift", unit: "m"},
    ] ++ Enum.map(1..3, fn n -> %{field: "sensor#{n}", unit: "V"} end)
  end

  def parse(_payload, _meta), do: %{field: "energy", unit: "J"}
end
"""


async def test_a_key_without_access_to_parsers(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.add_device("probe", "Pumpe 1")
    sim.device("probe")["parser_id"] = "unknown"
    states = await receive(hass, sim, entry, {"temperature": 12.5})
    assert meaning(states["temperature"]) == (SENSOR, "temperature", "°C", "12.5")
    await hass.async_block_till_done()
    assert entry.runtime_data.devices[sim.resolve("probe")].fields == {}


async def test_without_a_recorder_nothing_is_asked(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    await receive(hass, sim, entry, {"battery": 87})
    entry.runtime_data.devices[sim.resolve("probe")].meanings["battery"].since -= 86400
    states = await receive(hass, sim, entry, {"battery": 3605})
    entity_id = states["battery"].entity_id

    def unit() -> str | None:
        state = hass.states.get(entity_id)
        return None if state is None else state.attributes.get("unit_of_measurement")

    await wait_until(hass, lambda: unit() == "mV")
    assert hass.states.is_state(entity_id, "3605")


async def test_an_entity_of_another_form_is_removed_at_the_start(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    states = await receive(hass, sim, entry, {"motion": 6})
    registry = er.async_get(hass)
    unique_id = entry.runtime_data.unique_id(sim.resolve("probe"), "flag-motion")
    stale = registry.async_get_or_create("binary_sensor", DOMAIN, unique_id, config_entry=entry)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert registry.async_get(stale.entity_id) is None
    assert hass.states.is_state(states["motion"].entity_id, "6")
