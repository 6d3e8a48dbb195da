"""Examples of the vendor's pages, sent through a real WebSocket."""

from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import orjson
import pytest

from custom_components.pushwire.const import DOMAIN
from simulators import LivisiSimulator
from tests.common import wait_reconnected, wait_until

FIXTURES = Path(__file__).parent / "fixtures"

pytestmark = pytest.mark.usefixtures("quick_hub")
BOTH = pytest.mark.parametrize("version", ["v1", "v2"])


def example(name: str) -> str:
    """Return an example as printed on the vendor's page."""
    return (FIXTURES / f"{name}.json").read_text()


async def test_state_of_the_hub(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    sim.push(example("state_changed_hub"))
    await wait_until(hass, lambda: hass.states.is_state("sensor.smarthome_cpu_usage", "4"))
    assert hass.states.is_state("sensor.smarthome_disk_usage", "57")
    assert hass.states.is_state("sensor.smarthome_memory_usage", "43")


@BOTH
async def test_state_of_a_capability(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    sim.set_state("bath_radiator.TemperatureSensor", temperature=5)
    await wait_until(hass, lambda: hass.states.is_state("sensor.bad_heizkorper_bad_temperature", "5"))
    # The gap to the example's sequence number makes the client read the state again.
    sim.world["capability_states"][sim.resolve("bath_radiator.TemperatureSensor")]["temperature"]["value"] = 20.9
    sim.push(example("state_changed_temperature"))
    await wait_until(hass, lambda: hass.states.is_state("sensor.bad_heizkorper_bad_temperature", "20.9"))


@BOTH
async def test_device_found(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    sim.push(example("device_found"))
    name = "event.smarthome_found_devices"
    await wait_until(hass, lambda: not hass.states.is_state(name, "unknown"))
    attributes = hass.states.get(name).attributes
    assert {key: attributes[key] for key in ("event_type", "device_id", "device_name", "device_type", "product")} == {
        "event_type": "device_found",
        "device_id": "36e3701a37cd4394a1e72c38cfe81138",
        "device_name": "State Variable",
        "device_type": "VariableActuator",
        "product": "VariableActuator.RWE",
    }
    # The device has been found, but not included.
    assert "36e3701a37cd4394a1e72c38cfe81138" not in entry.runtime_data.model.devices


@BOTH
async def test_message_created(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    battery = "binary_sensor.bad_heizkorper_bad_battery"
    sim.delete_message("4e811d4134324ed4aa74914e250e9d60")
    await wait_until(hass, lambda: hass.states.is_state(battery, "off"))
    sim.push(example("message_created"))
    await wait_until(hass, lambda: hass.states.is_state(battery, "on"))
    attributes = hass.states.get("event.smarthome_message").attributes
    names = ("event_type", "message_id", "class", "type", "read", "device_name", "location", "devices", "timestamp")
    assert {key: attributes[key] for key in names} == {
        "event_type": "created",
        "message_id": "4e811d4134324ed4aa74914e250e9d60",
        "class": "alert",
        "type": "DeviceLowBattery",
        "read": True,
        "device_name": "Radiator Thermostat",
        "location": "Bathroom",
        "devices": ["Heizkörper Bad"],
        "timestamp": "2020-02-08T10:02:27.951955Z",
    }
    assert hass.states.is_state("sensor.smarthome_unread_messages", "0")


@BOTH
async def test_message_created_in_its_event(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    message = {**orjson.loads(example("message_created")), "id": "f" * 32, "read": False}
    sim.push_event("MessageCreated", sim.hub_link, {}, data=message)
    await wait_until(hass, lambda: hass.states.is_state("sensor.smarthome_unread_messages", "1"))
    assert hass.states.get("event.smarthome_message").attributes["event_type"] == "created"


@BOTH
async def test_message_deleted(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    ident = orjson.loads(example("message_deleted"))["data"]["id"]
    message = {**orjson.loads(example("message_created")), "id": ident, "devices": [f"/device/{sim.resolve('remote')}"]}
    sim.push_event("MessageCreated", sim.hub_link, {}, data=message)
    await wait_until(hass, lambda: hass.states.is_state("binary_sensor.fernbedienung_battery", "on"))
    sim.push(example("message_deleted"))
    await wait_until(hass, lambda: hass.states.is_state("binary_sensor.fernbedienung_battery", "off"))
    attributes = hass.states.get("event.smarthome_message").attributes
    assert (attributes["event_type"], attributes["message_id"]) == ("deleted", ident)


@BOTH
async def test_message_updated(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    message = orjson.loads(example("message_updated"))["data"]
    sim.world["messages"][message["id"]] = message
    sim.push_event("MessageCreated", sim.hub_link, {}, data={**message, "read": False})
    await wait_until(hass, lambda: hass.states.is_state("sensor.smarthome_unread_messages", "1"))
    sim.push(example("message_updated"))
    await wait_until(hass, lambda: hass.states.is_state("sensor.smarthome_unread_messages", "0"))
    attributes = hass.states.get("event.smarthome_message").attributes
    assert (attributes["event_type"], attributes["type"], attributes["read"]) == ("updated", "ShcOptionalUpdate", True)


@BOTH
async def test_configuration_changed(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    device = orjson.loads(example("configuration_changed"))["data"]["devices"][0]
    identifier = (DOMAIN, device["id"])
    registry = dr.async_get(hass)
    assert registry.async_get_device_by_identifier(identifier, entry.entry_id).name == "Spots"
    sim.world["devices"][device["id"]] = device
    seen = len(sim.requests)
    connections = sim.connections
    sim.push(example("configuration_changed"))
    await wait_until(
        hass, lambda: registry.async_get_device_by_identifier(identifier, entry.entry_id).name == "Spotlights"
    )
    await sim.wait_request(lambda request: request.path == "/message", since=seen)
    await hass.async_block_till_done()
    assert registry.async_get_device_by_identifier(identifier, entry.entry_id).name == "Spotlights"
    assert hass.states.get("light.bad_spots").name == "Spotlights"
    assert sim.connections == connections


@BOTH
async def test_heartbeat(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    sim.answers_ping = False
    await sim.wait(lambda: sim.received.count('{"hbeat":"ping"}') > 5)
    assert entry.runtime_data.streams[0].statistics.reconnects == 0
    assert not entry.runtime_data.frame_log.unknown


@BOTH
async def test_no_answer_to_the_heartbeat_ends_the_socket(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    before = sim.connections
    sim.silence()
    await sim.wait(lambda: sim.connections > before)
    sim.allow()
    await wait_reconnected(hass, entry)


@BOTH
async def test_initialization(sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    handshakes = [request for request in sim.requests if request.path == "/events"]
    assert handshakes[-1].query["token"] in sim.access_tokens
    assert {"+", "/", "="} <= set(handshakes[-1].query["token"])
    assert sim.open_sockets == 1
