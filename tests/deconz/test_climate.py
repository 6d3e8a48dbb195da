"""Thermostats: states and exact requests."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from simulators import DeconzSimulator
from simulators.deconz.world import make_sensor
from tests.common import set_up, wait_until
from tests.deconz.common import call, writes

HEATING = "climate.heizung"


async def set_up_heating(
    hass: HomeAssistant, sim: DeconzSimulator, state: dict[str, Any], config: dict[str, Any]
) -> tuple[Any, str]:
    """Set up a gateway with one more thermostat; return the entry and the thermostat's ID."""
    rid = sim.add("sensors", make_sensor(81, "Heizung", "ZHAThermostat", "0201", state, config=config))
    return await set_up(hass, sim), rid


BOTH = {"heatsetpoint": 2000, "coolsetpoint": 2600}


@pytest.mark.parametrize(
    "config,action,data,body",
    [
        ({"mode": "heat"}, "set_temperature", {"temperature": 31.5}, {"heatsetpoint": 3150}),
        ({"mode": "heat"}, "set_temperature", {"temperature": 5}, {"heatsetpoint": 500}),
        ({**BOTH, "mode": "cool"}, "set_temperature", {"temperature": 34.5}, {"coolsetpoint": 3450}),
        (
            {**BOTH, "mode": "auto"},
            "set_temperature",
            {"target_temp_low": 19.5, "target_temp_high": 24},
            {"heatsetpoint": 1950, "coolsetpoint": 2400},
        ),
        (
            {**BOTH, "mode": "heat"},
            "set_temperature",
            {"target_temp_low": 18, "target_temp_high": 25, "hvac_mode": "heat_cool"},
            {"mode": "auto", "heatsetpoint": 1800, "coolsetpoint": 2500},
        ),
        ({**BOTH, "mode": "heat"}, "set_hvac_mode", {"hvac_mode": "heat_cool"}, {"mode": "auto"}),
        ({**BOTH, "mode": "auto"}, "set_hvac_mode", {"hvac_mode": "cool"}, {"mode": "cool"}),
        ({**BOTH, "mode": "off"}, "turn_on", {}, {"mode": "heat"}),
        ({**BOTH, "mode": "auto"}, "turn_on", {}, {"mode": "auto"}),
        ({"mode": "auto"}, "set_hvac_mode", {"hvac_mode": "heat"}, {"mode": "heat"}),
        ({"mode": "fan only"}, "set_hvac_mode", {"hvac_mode": "fan_only"}, {"mode": "fan only"}),
        ({"mode": "dry"}, "set_hvac_mode", {"hvac_mode": "dry"}, {"mode": "dry"}),
        ({"mode": "sleep"}, "set_preset_mode", {"preset_mode": "none"}, {"mode": "heat"}),
        ({"mode": "sleep"}, "set_preset_mode", {"preset_mode": "sleep"}, {"mode": "sleep"}),
        (
            {"mode": "emergency heating", "preset": "eco"},
            "set_preset_mode",
            {"preset_mode": "emergency_heating"},
            {"mode": "emergency heating"},
        ),
        ({"mode": "heat", "preset": "none"}, "set_preset_mode", {"preset_mode": "none"}, {"preset": "none"}),
        ({"mode": "heat", "preset": "eco"}, "set_preset_mode", {"preset_mode": "program"}, {"preset": "program"}),
        ({"mode": "cool", "fanmode": "smart"}, "set_fan_mode", {"fan_mode": "high"}, {"fanmode": "high"}),
        (
            {"mode": "cool", "swingmode": "fully open"},
            "set_swing_mode",
            {"swing_mode": "quarter_open"},
            {"swingmode": "quarter open"},
        ),
        (
            {"mode": "cool", "swingmode": "Round About"},
            "set_swing_mode",
            {"swing_mode": "round_about"},
            {"swingmode": "Round About"},
        ),
    ],
)
async def test_command(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    config: dict[str, Any],
    action: str,
    data: dict[str, Any],
    body: dict[str, Any],
) -> None:
    entry, rid = await set_up_heating(hass, sim, {"on": False, "temperature": 2100}, {"heatsetpoint": 2000, **config})
    await call(hass, "climate", action, HEATING, **data)
    assert writes(sim) == [(f"/sensors/{rid}/config", body)]
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "state,config,shown",
    [
        ({"on": True}, {"mode": "heat"}, {"state": "heat", "temperature": 20, "min_temp": 5, "max_temp": 32}),
        (
            {"on": True, "temperature": 2700},
            {**BOTH, "mode": "auto"},
            {
                "state": "heat_cool",
                "temperature": None,
                "target_temp_low": 20,
                "target_temp_high": 26,
                "min_temp": 5,
                "max_temp": 35,
                "hvac_action": "cooling",
            },
        ),
        ({"on": True, "temperature": 1900}, {**BOTH, "mode": "auto"}, {"hvac_action": "heating"}),
        ({"on": True}, {**BOTH, "mode": "cool"}, {"temperature": 26, "min_temp": 7, "hvac_action": "cooling"}),
        ({"on": None, "valve": 30}, {"mode": "auto"}, {"state": "auto", "hvac_action": "heating"}),
        ({"on": None, "valve": 0}, {"mode": "auto"}, {"hvac_action": "idle"}),
        ({"on": False}, {"mode": "auto", "preset": "boost"}, {"preset_mode": "boost", "hvac_action": "heating"}),
        ({"on": True}, {"mode": "sleep"}, {"state": "heat", "preset_mode": "sleep", "preset_modes": ["none", "sleep"]}),
        (
            {"on": True},
            {"mode": "sleep", "heatsetpoint": ..., "coolsetpoint": 2500},
            {"state": "cool", "preset_mode": "sleep", "hvac_action": "cooling"},
        ),
        ({"on": True}, {"mode": "precooling", **BOTH}, {"state": "cool", "preset_mode": "precooling"}),
        ({"on": True}, {"mode": "emergency heating"}, {"state": "heat", "preset_mode": "emergency_heating"}),
        ({"on": True}, {"mode": "fan only"}, {"state": "fan_only", "hvac_action": "fan"}),
        ({"on": True}, {**BOTH, "on": True}, {"state": "heat_cool", "hvac_modes": ["heat_cool"]}),
        # Setting ``on`` to False takes the sensor out of the gateway's rules and turns nothing off.
        ({"on": True}, {"on": False}, {"state": "heat", "hvac_modes": ["heat"], "hvac_action": "heating"}),
        # A word of the maker.
        (
            {"on": True},
            {"mode": "away", "preset": ...},
            {"state": "heat", "preset_mode": "away", "preset_modes": ["none", "away"]},
        ),
        # A device that is heating, whatever the setpoint of the other season.
        ({"on": True, "temperature": 2450}, {**BOTH, "coolsetpoint": 2400, "mode": "heat"}, {"hvac_action": "heating"}),
        (
            {"on": True, "temperature": 2450},
            {"heatsetpoint": 2600, "coolsetpoint": 2400, "mode": "auto"},
            {"hvac_action": None},
        ),
        ({"on": True, "temperature": 2560}, {**BOTH, "mode": "auto"}, {"hvac_action": "cooling"}),
        (
            {"on": True},
            {**BOTH, "mode": "auto", "controlsequence": 2},
            {"state": "auto", "temperature": 20, "hvac_action": "heating"},
        ),
        ({"on": True}, {**BOTH, "mode": "heat", "controlsequence": 2}, {"hvac_modes": ["off", "heat", "auto"]}),
        ({"on": True}, {**BOTH, "mode": "cool", "controlsequence": 1}, {"hvac_modes": ["off", "cool", "auto"]}),
    ],
)
async def test_state_of_a_thermostat(
    hass: HomeAssistant, sim: DeconzSimulator, state: dict[str, Any], config: dict[str, Any], shown: dict[str, Any]
) -> None:
    entry, _ = await set_up_heating(hass, sim, {"temperature": 2100, **state}, {"heatsetpoint": 2000, **config})
    climate = hass.states.get(HEATING)
    found = {"state": climate.state, **climate.attributes}
    assert {key: found.get(key) for key in shown} == shown
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_mode_reported_later_becomes_an_option(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry, rid = await set_up_heating(hass, sim, {"on": True}, {"heatsetpoint": 2000, "mode": "heat"})
    assert "preset_modes" not in hass.states.get(HEATING).attributes
    for mode, shown in (("dry", None), ("sleep", "sleep"), ("heat", "none")):
        sim.set_sensor_config(rid, mode=mode)
        await wait_until(hass, lambda: hass.states.get(HEATING).attributes.get("preset_mode") == shown)  # noqa: B023
    assert hass.states.is_state(HEATING, "heat")
    attributes = hass.states.get(HEATING).attributes
    assert attributes["hvac_modes"] == ["off", "heat", "auto", "dry"]
    assert (attributes["preset_modes"], attributes["preset_mode"]) == (["none", "sleep"], "none")
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "words,config,modes,action,data,body",
    [
        ({"off": 0, "heat": 1}, {"mode": "off"}, ["off", "heat"], "turn_on", {}, {"mode": "heat"}),
        ({"off": 0, "auto": 1, "heat": 4}, {"mode": "off"}, ["off", "auto", "heat"], "turn_on", {}, {"mode": "auto"}),
        # The setpoint for cooling is listed, and not used.
        (
            {"auto": 1},
            {**BOTH, "mode": "auto"},
            ["auto"],
            "set_temperature",
            {"temperature": 21},
            {"heatsetpoint": 2100},
        ),
        ({"Off": 0, "Heat": 1}, {"mode": "Off"}, ["off", "heat"], "turn_on", {}, {"mode": "Heat"}),
        (
            {"off": 0, "cool": 3, "heat": 4},
            {**BOTH, "mode": "off"},
            ["off", "cool", "heat"],
            "set_hvac_mode",
            {"hvac_mode": "cool"},
            {"mode": "cool"},
        ),
        (
            {"off": 0, "heat": 1, "Frost Guard": 2},
            {"mode": "heat"},
            ["off", "heat"],
            "set_preset_mode",
            {"preset_mode": "frost_guard"},
            {"mode": "Frost Guard"},
        ),
    ],
)
async def test_described_modes(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    words: dict[str, int],
    config: dict[str, Any],
    modes: list[str],
    action: str,
    data: dict[str, Any],
    body: dict[str, Any],
) -> None:
    sim.words["heater", "ZHAThermostat"] = {"config/mode": words}
    thermostat = make_sensor(81, "Heizung", "ZHAThermostat", "0201", {"on": False, "temperature": 2100})
    thermostat["config"] |= {"heatsetpoint": 2000, **config}
    rid = sim.add("sensors", {**thermostat, "modelid": "heater"})
    entry = await set_up(hass, sim)
    await wait_until(hass, lambda: hass.states.get(HEATING).attributes["hvac_modes"] == modes)
    await call(hass, "climate", action, HEATING, **data)
    assert writes(sim) == [(f"/sensors/{rid}/config", body)]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_turning_on_restores_the_previous_mode(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry, rid = await set_up_heating(hass, sim, {"on": True}, {"heatsetpoint": 2000, "mode": "auto"})
    await call(hass, "climate", "turn_off", HEATING)
    await wait_until(hass, lambda: hass.states.is_state(HEATING, "off"))
    await call(hass, "climate", "turn_on", HEATING)
    assert writes(sim)[-1] == (f"/sensors/{rid}/config", {"mode": "auto"})
    await hass.config_entries.async_unload(entry.entry_id)
