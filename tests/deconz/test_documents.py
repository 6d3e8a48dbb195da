"""Examples of the vendor's page, sent through a real socket."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.components.light import ATTR_BRIGHTNESS, ATTR_XY_COLOR
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import orjson
import pytest

from custom_components.pushwire.const import DOMAIN
from simulators import DeconzSimulator
from tests.common import set_up, wait_until

LIGHT = "00:0b:57:ff:fe:9a:46:ab-01"
REMOTE = "00:0d:6f:00:10:65:8a:6e-01-1000"


@pytest.fixture
async def sim() -> AsyncGenerator[DeconzSimulator]:
    """Run a gateway with the resources of the page's examples."""
    async with DeconzSimulator() as simulator:
        world = simulator.world
        light = {
            **world["lights"]["1"],
            "uniqueid": LIGHT,
            "name": "Lamp",
            "state": {**world["lights"]["1"]["state"], "on": False, "bri": 200, "colormode": "xy"},
        }
        world["lights"] = {"1": light}
        world["groups"] = {
            "1": {
                "id": "1",
                "name": "Room",
                "type": "LightGroup",
                "lights": ["1"],
                "scenes": [],
                "action": {},
                "state": {"all_on": False, "any_on": False},
            },
        }
        remote = {
            "name": "Remote",
            "type": "ZHASwitch",
            "manufacturername": "icasa",
            "modelid": "ICZB-KPD12",
            "uniqueid": REMOTE,
            "config": {"on": True, "reachable": True},
            "state": {"buttonevent": 1002, "lastupdated": "2019-03-15T20:00:00"},
        }
        world["sensors"] = {"5": remote}
        yield simulator


@pytest.fixture
async def entry(hass: HomeAssistant, sim: DeconzSimulator) -> AsyncGenerator[ConfigEntry[Any]]:
    """Set up the gateway."""
    entry = await set_up(hass, sim)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


async def test_light_state_change(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    sim.push(
        '{"e": "changed", "id": "1", "r": "lights", "state": {"bri": 1, "on": true, "x": 65279,'
        ' "xy": [0.9961, 0.9961], "y": 65279}, "t": "event", "uniqueid": "00:0b:57:ff:fe:9a:46:ab-01"}'
    )
    await wait_until(hass, lambda: hass.states.is_state("light.lamp", "on"))
    attributes = hass.states.get("light.lamp").attributes
    assert attributes[ATTR_BRIGHTNESS] == 1
    assert attributes[ATTR_XY_COLOR] == (0.9961, 0.9961)


async def test_group_state_change(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    sim.push({"e": "changed", "id": "1", "r": "lights", "state": {"on": True}, "t": "event", "uniqueid": LIGHT})
    sim.push('{"e": "changed", "id": "1", "r": "groups", "state": {"all_on": true, "any_on": true}, "t": "event"}')
    await wait_until(hass, lambda: hass.states.is_state("light.room", "on"))
    assert hass.states.get("light.room").attributes["all_on"] is True
    group = entry.runtime_data.model.find("groups", "1")
    assert group.state == {"all_on": True, "any_on": True}


async def press_remote(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    """Press the second button of the remote, whose entity appears with the press."""
    assert hass.states.get("event.remote_button_2") is None
    sim.push(
        '{"e": "changed", "id": "5", "r": "sensors", "state": {"buttonevent": 2002,'
        ' "lastupdated": "2019-03-15T20:16:30"}, "t": "event", "uniqueid": "00:0d:6f:00:10:65:8a:6e-01-1000"}'
    )
    await wait_until(hass, lambda: hass.states.get("event.remote_button_2") is not None)
    await wait_until(hass, lambda: not hass.states.is_state("event.remote_button_2", "unknown"))


async def test_button_event(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    await press_remote(hass, sim)
    attributes = hass.states.get("event.remote_button_2").attributes
    assert (attributes["event_type"], attributes["button"], attributes["code"]) == ("press_end", "button_2", 2002)


NAME_CHANGE = (
    '{"e": "changed", "id": "10", "name": "Pulse 2", "r": "sensors", "t": "event",'
    ' "uniqueid": "00:0d:6f:00:10:65:8a:6e-01-1000"}'
)
ADDED = (
    '{"e": "added", "id": "10", "r": "sensors", "sensor": {"config": {"battery": null, "on": true, "reachable": true},'
    ' "ep": 1, "etag": "7088b28f8a8a2c786e6e48d95c547fa4", "id": "10", "manufacturername": "icasa", "mode": 1,'
    ' "modelid": "ICZB-KPD12", "name": "ICZB-KPD12 10", "state": {"buttonevent": null, "lastupdated": "none"},'
    ' "type": "ZHASwitch", "uniqueid": "00:0d:6f:00:10:65:8a:6e-01-1000"}, "t": "event",'
    ' "uniqueid": "00:0d:6f:00:10:65:8a:6e-01-1000"}'
)


async def test_sensor_added_then_renamed(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    registry = dr.async_get(hass)
    identifier = (DOMAIN, "00:0d:6f:00:10:65:8a:6e")
    sim.world["sensors"]["10"] = orjson.loads(ADDED)["sensor"]
    sim.push(ADDED)
    await wait_until(hass, lambda: entry.runtime_data.model.find("sensors", "10") is not None)
    await hass.async_block_till_done()
    device = registry.async_get_device_by_identifier(identifier, entry.entry_id)
    assert device is not None
    assert (device.name, device.manufacturer, device.model) == ("ICZB-KPD12 10", "icasa", "ICZB-KPD12")
    assert entry.runtime_data.button_triggers("00:0d:6f:00:10:65:8a:6e")

    sim.push(NAME_CHANGE)
    await wait_until(
        hass,
        lambda: registry.async_get_device_by_identifier(identifier, entry.entry_id).name == "Pulse 2",
    )


async def test_scene_recall(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    sim.push('{"e": "scene-called", "gid": "0", "r": "scenes", "scid": "2", "t": "event"}')
    await wait_until(hass, lambda: not hass.states.is_state("event.phoscon_gw_scene_called", "unknown"))
    attributes = hass.states.get("event.phoscon_gw_scene_called").attributes
    assert (attributes["event_type"], attributes["group_id"], attributes["scene_id"]) == ("scene_called", "0", "2")


async def test_deleted(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    await press_remote(hass, sim)
    sim.push({"e": "deleted", "id": "5", "r": "sensors", "t": "event", "uniqueid": REMOTE})
    await wait_until(hass, lambda: hass.states.get("event.remote_button_2") is None)
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "00:0d:6f:00:10:65:8a:6e"), entry.entry_id)
    assert device is None


async def test_the_port_is_the_advertised_one(sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    paths = [request.path for request in sim.requests]
    assert f"/api/{sim.api_key}/config" in paths
    assert sim.ws_port != sim.port
    assert sim.open_sockets == 1
