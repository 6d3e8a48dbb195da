"""Valves, which the gateway reports as relays."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from simulators import DeconzSimulator
from simulators.deconz.world import dim_state, make_light, on_state
from tests.common import set_up, wait_until
from tests.deconz.common import call, writes

SWV = {"manufacturername": "SONOFF", "modelid": "SWV"}


@pytest.mark.parametrize(
    "extra,device_class",
    [
        (SWV, "water"),
        ({"manufacturername": "SONOFF", "modelid": "SWV-BSP"}, "water"),
        ({"manufacturername": "_TZ3000_5ucujjts", "modelid": "TS0001", "productname": "Water valve"}, "water"),
        ({"manufacturername": "LUMI", "modelid": "lumi.valve.agl001"}, "water"),
        ({"manufacturername": "_TZE200_x", "modelid": "TS0601", "productname": "Gas Valve Controller"}, "gas"),
    ],
)
async def test_a_valve_opens_and_closes(
    hass: HomeAssistant, sim: DeconzSimulator, extra: dict[str, Any], device_class: str
) -> None:
    number = sim.add("lights", make_light(250, "Hahn", "On/Off output", on_state(), **extra))
    entry = await set_up(hass, sim)
    valve = "valve.hahn"
    shown = hass.states.get(valve)
    assert (shown.state, shown.attributes["device_class"]) == ("closed", device_class)
    assert hass.states.get("switch.hahn") is None
    await call(hass, "valve", "open_valve", valve)
    await wait_until(hass, lambda: hass.states.is_state(valve, "open"))
    await call(hass, "valve", "close_valve", valve)
    await wait_until(hass, lambda: hass.states.is_state(valve, "closed"))
    assert writes(sim) == [(f"/lights/{number}/state", {"on": on}) for on in (True, False)]
    sim.set_light(number, on=None)
    await wait_until(hass, lambda: hass.states.is_state(valve, "unknown"))
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "kind,state,extra,platform",
    [
        ("Smart plug", on_state(), {"modelid": "S60ZBTPF"}, "switch"),
        ("Dimmable light", dim_state(), SWV, "light"),
    ],
)
async def test_what_is_no_valve(
    hass: HomeAssistant, sim: DeconzSimulator, kind: str, state: dict[str, Any], extra: dict[str, Any], platform: str
) -> None:
    sim.add("lights", make_light(251, "Ding", kind, state, **extra))
    entry = await set_up(hass, sim)
    assert hass.states.get(f"{platform}.ding") is not None
    assert not hass.states.async_entity_ids("valve")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_relay_becomes_a_valve_once_its_model_is_known(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    number = sim.add("lights", make_light(252, "Hahn", "On/Off output", on_state(), modelid=""))
    entry = await set_up(hass, sim)
    assert hass.states.get("switch.hahn") is not None
    sim.push({"t": "event", "e": "changed", "r": "lights", "id": number, "attr": {"modelid": "SWV"}})
    await wait_until(hass, lambda: hass.states.get("valve.hahn") is not None)
    assert hass.states.get("switch.hahn") is None
    await hass.config_entries.async_unload(entry.entry_id)
