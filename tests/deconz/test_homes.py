"""Sensors as owners of real devices reported them."""

from typing import Any

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.pushwire.const import DOMAIN
from simulators import DeconzSimulator
from simulators.deconz.world import ieee, make_sensor
from tests.common import set_up, wait_until


@pytest.mark.parametrize(
    "reported,shown",
    [
        ("open (external), closed (internal)", "open_external"),
        ("closed (external), open (internal)", "open"),
        ("Open (external)", "open_external"),
        ("open (external), open (internal)", "open"),
        ("closed (internal)", "closed"),
        ("Closed", "closed"),
        ("close", "closed"),
        ("true", "open"),
        ("false", "closed"),
        (True, "open"),
        (False, "closed"),
        ("Quarantine", "quarantine"),
        ("hold", "hold"),
        ("ajar", STATE_UNKNOWN),
        (None, STATE_UNKNOWN),
    ],
)
async def test_spellings_of_an_open_window(
    hass: HomeAssistant, sim: DeconzSimulator, reported: Any, shown: str
) -> None:
    sim.add("sensors", make_sensor(90, "Ally", "ZHAThermostat", "0201", {"windowopen": reported}))
    entry = await set_up(hass, sim)
    assert hass.states.is_state("sensor.ally_window_detection", shown)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "source,shown", [("zigbee", "zigbee"), ("schedule", "schedule"), (0, "manual"), ("moon", STATE_UNKNOWN)]
)
async def test_the_last_change_of_a_setpoint(
    hass: HomeAssistant, sim: DeconzSimulator, all_enabled: None, source: Any, shown: str
) -> None:
    change = {"amount": 150, "source": source, "time": "2026-11-20T17:00:00Z"}
    rid = sim.add("sensors", make_sensor(90, "Eco", "ZHAThermostat", "0201", {}, config={"lastchange": change}))
    entry = await set_up(hass, sim)
    assert hass.states.is_state("sensor.eco_setpoint_change_amount", "1.5")
    assert hass.states.is_state("sensor.eco_setpoint_change_source", shown)
    assert hass.states.is_state("sensor.eco_setpoint_change_time", "2026-11-20T17:00:00+00:00")
    sim.set_sensor_config(rid, lastchange={**change, "amount": -50})
    await wait_until(hass, lambda: hass.states.is_state("sensor.eco_setpoint_change_amount", "-0.5"))
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("kind", ["ZHAThermostat", "ZHABattery"])
async def test_a_battery_in_each_room(hass: HomeAssistant, sim: DeconzSimulator, kind: str) -> None:
    for endpoint, battery in ((1, 70), (2, 86), (3, 12)):
        for part, cluster in ((kind, "0201"), ("ZHATime", "000a")):
            sensor = make_sensor(90, "Icon", part, cluster, {"on": False}, config={"battery": battery})
            sim.add("sensors", {**sensor, "uniqueid": f"{ieee(90)}-{endpoint:02}-{cluster}"})
    entry = await set_up(hass, sim)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    found = {
        entity.unique_id.split("-")[1]: hass.states.get(entity.entity_id).state
        for entity in entities
        if ieee(90) in entity.unique_id and entity.unique_id.endswith("0201-battery")
    }
    assert found == {"01": "70", "02": "86", "03": "12"}
    assert len({entity.entity_id for entity in entities}) == len(entities)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("value,shown", [(-8000, STATE_UNKNOWN), (-32768, STATE_UNKNOWN), (-1500, "-15.0")])
async def test_no_external_temperature(hass: HomeAssistant, sim: DeconzSimulator, value: int, shown: str) -> None:
    config = {"heatsetpoint": 2000, "externalsensortemp": value}
    sim.add("sensors", make_sensor(90, "Ally", "ZHAThermostat", "0201", {}, config=config))
    entry = await set_up(hass, sim)
    numbers = [state for state in hass.states.async_all("number") if state.entity_id.startswith("number.ally_ext")]
    assert [state.state for state in numbers] == [shown]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_temperature_that_does_not_exist(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    state = {"temperature": -32768, "floortemperature": -32768}
    sim.add("sensors", make_sensor(90, "Boden", "ZHAThermostat", "0201", state))
    entry = await set_up(hass, sim)
    for entity_id in ("sensor.boden_temperature", "sensor.boden_floor_temperature"):
        assert hass.states.is_state(entity_id, STATE_UNKNOWN)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "kind,state,config,model,device_class",
    [
        ("ZHAPresence", {"presence": True}, {"triggerdistance": "3"}, "TS0601", "occupancy"),
        ("ZHAPresence", {"presence": True}, {"fadingtime": 30}, "TS0601", "occupancy"),
        ("ZHAPresence", {"presence": True}, {"delay": 30, "sensitivity": 1}, "SML001", "motion"),
        ("ZHAFire", {"fire": True}, {}, "lumi.sensor_natgas", "gas"),
        ("ZHAFire", {"fire": True}, {}, "GASSensor-EN", "gas"),
        ("ZHAFire", {"fire": True}, {}, "TS0204", "gas"),
        ("ZHAFire", {"fire": True}, {}, "lumi.sensor_smoke", "smoke"),
    ],
)
async def test_class_of_a_detector(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    kind: str,
    state: dict[str, Any],
    config: dict[str, Any],
    model: str,
    device_class: str,
) -> None:
    sim.add("sensors", make_sensor(90, "Melder", kind, "0500", state, config=config, modelid=model))
    entry = await set_up(hass, sim)
    found = {
        entity.attributes.get("device_class"): entity.state
        for entity in hass.states.async_all("binary_sensor")
        if entity.entity_id.startswith("binary_sensor.melder")
    }
    assert found == {device_class: "on"}
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("mode,unit,device_class", [(1, "kWh", "energy"), (2, None, None), (3, None, None)])
async def test_a_meter_of_pulses(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    all_enabled: None,
    mode: int,
    unit: str | None,
    device_class: str | None,
) -> None:
    state = {"consumption": 5000, "power": 3}
    config = {"interfacemode": mode}
    sim.add("sensors", make_sensor(90, "Zähler", "ZHAConsumption", "0702", state, config=config))
    entry = await set_up(hass, sim)
    registry = er.async_get(hass)
    entity_id = registry.async_get_entity_id("sensor", DOMAIN, f"00212EFFFF012345/{ieee(90)}-01-0702-energy")
    meter = hass.states.get(str(entity_id))
    attributes = meter.attributes.get("unit_of_measurement"), meter.attributes.get("device_class")
    assert attributes == (unit, device_class)
    assert meter.state == ("5.0" if unit else "5000")
    power = registry.async_get_entity_id("sensor", DOMAIN, f"00212EFFFF012345/{ieee(90)}-01-0702-power")
    assert (power is not None) is (unit is not None)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_state_of_a_rule_of_phoscon(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    rule = make_sensor(90, "FSM_STATE Motion stair", "CLIPGenericStatus", "0000", {"status": 2})
    rule |= {"manufacturername": "Phoscon", "modelid": "PHOSCON_FSM_STATE", "uniqueid": "fsm-state-1520195376277"}
    sim.add("sensors", rule)
    own = make_sensor(91, "Zähler", "CLIPGenericStatus", "0000", {"status": 2})
    sim.add("sensors", {**own, "modelid": "counter", "uniqueid": "own"})
    entry = await set_up(hass, sim)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    rules = [entity for entity in entities if "fsm-state" in entity.unique_id]
    assert rules
    assert all(entity.disabled for entity in rules)
    assert "number" not in {entity.domain for entity in rules}
    assert hass.states.is_state("number.zahler_status", "2")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_lifetime_of_a_filter_cannot_be_set(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry = await set_up(hass, sim)
    lifetime = hass.states.get("sensor.luftreiniger_filter_lifetime")
    assert (lifetime.state, lifetime.attributes["unit_of_measurement"]) == ("180.0", "d")
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert not [one for one in entities if one.domain in ("number", "button") and "filter" in one.unique_id]
    await hass.config_entries.async_unload(entry.entry_id)
