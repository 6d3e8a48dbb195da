"""Presses: each once, none that was not, and as device triggers."""

import random
from typing import Any

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.components.device_automation import DeviceAutomationType
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_get_device_automations, async_mock_service

from custom_components.pushwire.const import DOMAIN
from simulators import DeconzSimulator
from tests.common import live_again, set_up, until

pytestmark = pytest.mark.usefixtures("quick_links")


def collect(hass: HomeAssistant, entity_id: str) -> list[tuple[str, str]]:
    """Gather button and kind of every event that an entity fires."""
    fired: list[tuple[str, str]] = []

    @callback
    def look(event: Event[EventStateChangedData]) -> None:
        new: State | None = event.data["new_state"]
        kind = new.attributes.get("event_type") if new is not None else None
        if event.data["entity_id"] == entity_id and new is not None and kind is not None:
            fired.append((new.attributes["button"], kind))

    hass.bus.async_listen("state_changed", look)
    return fired


KINDS = {0: "press_start", 1: "long_press_start", 2: "press_end", 3: "long_press_end", 4: "multi_press_end"}


@pytest.mark.parametrize("notify_all", [True, False])
async def test_no_ghost_and_no_lost_press(hass: HomeAssistant, *, notify_all: bool) -> None:
    async with DeconzSimulator(notify_all=notify_all) as sim:
        entry = await set_up(hass, sim)
        fired = collect(hass, "event.hue_dimmer_buttons")
        truth: list[tuple[str, str]] = []
        chance = random.Random(7)
        for round_number in range(4):
            for _ in range(150):
                match chance.randrange(6):
                    case 0 | 1:
                        button, action = chance.randrange(1, 5), chance.choice(list(KINDS))
                        sim.press("dimmer_switch", button * 1000 + action)
                        truth.append((f"button_{button}", KINDS[action]))
                    case 2:
                        sim.set_sensor_state("dimmer_switch", lowbattery=chance.random() < 0.5)
                    case 3:
                        sim.lastseen("sensors", "dimmer_switch")
                    case 4:
                        sim.set_sensor_config("dimmer_switch", battery=chance.randrange(100))
                    case _:
                        sim.set_light("desk", bri=chance.randrange(1, 254))
            await until(hass, lambda: len(fired) >= len(truth))
            with sim.losing():
                sim.press("dimmer_switch", 1002)
            await sim.drop()
            await live_again(hass, entry, round_number + 1)
        others = [item for item in fired if item not in truth]
        assert not others
        assert fired == truth
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("notify_all", [True, False])
async def test_a_press_while_the_snapshot_is_read_is_kept(hass: HomeAssistant, *, notify_all: bool) -> None:
    async with DeconzSimulator(notify_all=notify_all) as sim:
        entry = await set_up(hass, sim)
        fired = collect(hass, "event.hue_dimmer_buttons")
        sim.latency = 0.05
        await sim.drop()
        await sim.wait_socket()
        sim.press("dimmer_switch", 2002)
        await live_again(hass, entry)
        await until(hass, lambda: bool(fired))
        sim.press("dimmer_switch", 2002)
        await until(hass, lambda: len(fired) == 2)
        assert fired == [("button_2", "press_end")] * 2
        await hass.config_entries.async_unload(entry.entry_id)


async def test_cube_and_rotary(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    cube = collect(hass, "event.wurfel_buttons")
    sim.press("cube", 6000, gesture=2, angle=0)
    await until(hass, lambda: bool(cube))
    assert cube == [("cube", "drop")]
    sim.rotate("rotary", -75)
    await until(
        hass, lambda: any("rotate" in str(state.attributes.get("event_type")) for state in hass.states.async_all())
    )
    turned = next(state for state in hass.states.async_all() if "rotate" in str(state.attributes.get("event_type")))
    assert turned.attributes["event_type"] == "rotate_counterclockwise"
    assert turned.attributes["rotation"] == -75


async def test_device_triggers_run_and_outlive_a_reload(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, sim.sensor("dimmer_switch")["uniqueid"].partition("-")[0]), entry.entry_id
    )
    triggers = await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, device.id)
    wanted = {"type": "press_end", "subtype": "button_3"}
    chosen = [item for item in triggers if item["domain"] == DOMAIN and wanted.items() <= item.items()]
    assert len(chosen) == 1
    calls = async_mock_service(hass, "test", "pressed")
    config = {
        AUTOMATION: {
            "triggers": chosen[0],
            "actions": {"action": "test.pressed", "data": {"what": "{{ trigger.description }}"}},
        }
    }
    assert await async_setup_component(hass, AUTOMATION, config)
    await hass.async_block_till_done()
    sim.press("dimmer_switch", 1002)
    sim.press("dimmer_switch", 3002)
    await until(hass, lambda: len(calls) == 1)
    assert calls[0].data == {"what": "button_3 press_end"}
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    sim.press("dimmer_switch", 3002)
    await until(hass, lambda: len(calls) == 2)


async def test_scene_called_by_a_remote(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    gid = next(gid for gid, group in sim.world["groups"].items() if group["scenes"])
    scene = sim.world["groups"][gid]["scenes"][0]
    sim.recall_by_remote(gid, scene["id"])
    await until(hass, lambda: not hass.states.is_state("event.phoscon_gw_scene_called", "unknown"))
    assert hass.states.get("event.phoscon_gw_scene_called").attributes["scene"] == scene["name"]
    recalled = [state for state in hass.states.async_all("scene") if state.state != "unknown"]
    assert len(recalled) == 1
