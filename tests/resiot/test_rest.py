"""What REST reports of the nodes, and what it can write."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events, async_fire_time_changed

from custom_components.pushwire import async_remove_config_entry_device
from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.diagnostics import async_get_config_entry_diagnostics
from custom_components.pushwire.vendors.resiot import inventory
from custom_components.pushwire.vendors.resiot.api import rest
from custom_components.pushwire.vendors.resiot.inventory import READ_INTERVAL
from custom_components.pushwire.wire.errors import ResourceNotFound
from simulators import ResiotSimulator
from simulators.resiot.rest import RestForm
from simulators.resiot.world import go_time
from tests.common import add_codec, set_up, wait_for_state, wait_reconnected, wait_until

OFFICE = "0732227a557d8601"
VALVE = "0732227a557d8608"
REST = "sensor.resiot_127_0_0_1_rest_interface"
LATITUDE, LONGITUDE = 45.412345, 11.876543


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read without pauses."""
    monkeypatch.setattr(inventory, "ADD_PAUSE", 0)
    monkeypatch.setattr(inventory, "NODE_PAUSE", 0)
    monkeypatch.setattr(inventory, "MIN_PAUSE", 0)


@pytest.fixture
async def sim() -> AsyncGenerator[ResiotSimulator]:
    """Return a running server with REST."""
    async with ResiotSimulator(rest=True) as simulator:
        yield simulator


async def wait_read(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Wait until everything has been read."""
    await wait_until(hass, lambda: not entry.runtime_data.inventory.is_reading)
    await hass.async_block_till_done()


async def start(hass: HomeAssistant, sim: ResiotSimulator) -> ConfigEntry[Any]:
    """Set up the server, and wait until everything has been read."""
    entry = await set_up(hass, sim)
    await wait_read(hass, entry)
    return entry


async def read_again(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Let the time of the next reading come."""
    async_fire_time_changed(hass, dt_util.utcnow() + READ_INTERVAL + timedelta(seconds=1))
    assert entry.runtime_data.inventory.is_reading
    await wait_read(hass, entry)


def ago(**time: float) -> str:
    """Return a time of the past as REST writes it."""
    return go_time(datetime.now(UTC) - timedelta(**time))


def last_message(payload: str, sent: str, **further: Any) -> dict[str, Any]:
    """Return the last message of a node."""
    return {"date": sent, "Port": "2", "Payload": payload, "Extra": {"rssi": "-81", "seqno": "7"}, **further}


def count(sim: ResiotSimulator, ending: str) -> int:
    """Return the number of requests for paths with an ending."""
    return sum(request.path.endswith(ending) for request in sim.requests)


def results(hass: HomeAssistant) -> dict[str, str]:
    """Return the result of each kind of request, without those that were never sent."""
    attributes = hass.states.get(REST).attributes
    return {kind: attributes[kind] for kind in rest.RequestKind if attributes[kind] != "not_requested"}


WORKING = dict.fromkeys(("gateways", "applications", "nodes", "tags", "commands"), "works")


# Nodes


@pytest.mark.parametrize("form", ["result", "list", "lower"])
async def test_nodes_are_devices_before_their_first_frame(
    hass: HomeAssistant, sim: ResiotSimulator, form: RestForm
) -> None:
    sim.rest_api.form = form
    sim.world["nodes"][OFFICE]["description"] = {"Model": "Climate 2", "Manufacturer": "Workshop"}
    events = async_capture_events(hass, "state_changed")
    entry = await start(hass, sim)
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier((DOMAIN, OFFICE), entry.entry_id)
    assert device is not None
    assert (device.name, device.model, device.manufacturer) == ("Büro Klima", "Climate 2", "Workshop")
    assert len(entry.runtime_data.devices) == 8
    assert hass.states.is_state("sensor.buro_klima_last_uplink", STATE_UNKNOWN)
    assert not [event for event in events if event.data["entity_id"] == "event.buro_klima_uplink"]
    # The downlink does not wait for the first uplink either.
    answer = await hass.services.async_call(
        DOMAIN,
        "send_downlink",
        {"device_id": device.id, "payload": "00", "port": 1},
        blocking=True,
        return_response=True,
    )
    assert answer is not None
    assert answer["result"] == "accepted"
    # A new name is followed, and a name that a person has chosen stays.
    registry.async_update_device(device.id, name_by_user="Mine")
    sim.world["nodes"][OFFICE]["name"] = "Büro 2"
    sim.add_node("new", "0732227a557d8699", "Neu")
    await read_again(hass, entry)
    renamed = registry.async_get(device.id)
    assert isinstance(renamed, dr.DeviceEntry)
    assert (renamed.name, renamed.name_by_user) == ("Büro 2", "Mine")
    assert hass.states.get("sensor.neu_last_uplink") is not None
    sim.uplink_lpp("office", [(1, "temperature", 21.5)])
    await wait_for_state(hass, "sensor.mine_temperature_1", "21.5")
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("ignores_offset", [False, True])
async def test_lists_of_several_pages(hass: HomeAssistant, sim: ResiotSimulator, *, ignores_offset: bool) -> None:
    sim.rest_api.ignores_offset = ignores_offset
    sim.rest_api.max_limit = 10
    for number in range(15):
        sim.add_node(f"node {number}", f"0732227a557d87{number:02}", f"Node {number}")
    entry = await start(hass, sim)
    assert len(entry.runtime_data.devices) == (10 if ignores_offset else 23)
    assert count(sim, "/nodes") == (2 if ignores_offset else 3)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_number_of_nodes_and_of_their_requests_is_limited(
    hass: HomeAssistant, sim: ResiotSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "MAX_NODES", 5)
    monkeypatch.setattr(inventory, "MAX_NODES_READ", 3)
    entry = await start(hass, sim)
    assert len(entry.runtime_data.devices) == 5
    assert count(sim, "/tag") == 3
    # Those that have waited come first.
    await read_again(hass, entry)
    paths = [request.path for request in sim.requests if request.path.endswith("/tag")]
    assert (len(paths), len(set(paths))) == (6, 5)
    # Commands are read once.
    assert count(sim, "/commands") == 5
    await hass.config_entries.async_unload(entry.entry_id)


async def test_neither_the_setup_nor_frames_wait_for_the_nodes(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    handle = sim.handle
    held = asyncio.Event()

    async def hold(request: Any, body: bytes) -> Any:
        if "application" in request.path:
            await held.wait()
        return await handle(request, body)

    sim.handle = hold  # type: ignore[method-assign]
    entry = await set_up(hass, sim)
    sim.uplink_lpp("office", [(1, "temperature", 21.5)])
    await wait_for_state(hass, f"sensor.{OFFICE}_temperature_1", "21.5")
    assert entry.runtime_data.inventory.is_reading
    held.set()
    await wait_read(hass, entry)
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, OFFICE), entry.entry_id)
    assert device is not None
    assert device.name == "Büro Klima"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_deleted_device_comes_back_as_long_as_the_server_lists_it(
    hass: HomeAssistant, sim: ResiotSimulator
) -> None:
    entry = await start(hass, sim)
    registry = dr.async_get(hass)
    for eui in (OFFICE, VALVE):
        device = registry.async_get_device_by_identifier((DOMAIN, eui), entry.entry_id)
        assert device is not None
        assert await async_remove_config_entry_device(hass, entry, device)
        registry.async_remove_device(device.id)
    sim.delete("office")
    await read_again(hass, entry)
    assert registry.async_get_device_by_identifier((DOMAIN, OFFICE), entry.entry_id) is None
    assert registry.async_get_device_by_identifier((DOMAIN, VALVE), entry.entry_id) is not None
    await hass.config_entries.async_unload(entry.entry_id)


# Last messages


async def test_the_last_message_shows_values_before_the_first_frame(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    sent = datetime.now(UTC) - timedelta(minutes=50)
    sim.world["nodes"][OFFICE]["last"] = last_message(
        "016700d7", go_time(sent), nodetags={"battery_voltage": {"Value": "3.61"}}
    )
    sim.world["nodes"][VALVE]["last"] = {"date": "0001-01-01 00:00:00 +0000 UTC", "Payload": "00"}
    events = async_capture_events(hass, "state_changed")
    entry = await start(hass, sim)
    assert hass.states.is_state("sensor.buro_klima_last_uplink", sent.replace(microsecond=0).isoformat())
    assert hass.states.is_state("sensor.buro_klima_rssi", "-81.0")
    assert hass.states.is_state("sensor.buro_klima_battery_voltage", "3.61")
    assert entry.runtime_data.devices[OFFICE].payload == "016700d7"
    assert hass.states.is_state("sensor.ventil_last_uplink", STATE_UNKNOWN)
    # A message of the past is no event.
    fired = [event.data for event in events if event.data["entity_id"].startswith("event.buro_klima")]
    assert {event["new_state"].state for event in fired} == {STATE_UNKNOWN}
    # It counts as one of the two payloads that show Cayenne LPP.
    sim.uplink_lpp("office", [(1, "temperature", 21.6)], introduce=False)
    await wait_for_state(hass, "sensor.buro_klima_temperature_1", "21.6")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_device_whose_last_message_is_old_is_unavailable(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    sim.world["nodes"][OFFICE]["last"] = last_message("", ago(days=30), nodetags={"battery_voltage": {"Value": 3.6}})
    entry = await start(hass, sim)
    assert hass.states.is_state("sensor.buro_klima_battery_voltage", STATE_UNAVAILABLE)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_last_message_fires_no_press(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    code = "function decodeUplink() { return { data: { button: 'single', volume: 5 } }; }"
    sim.world["nodes"][OFFICE]["last"] = last_message("01", ago(minutes=5))
    entry = await start(hass, sim)
    # Neither a new codec nor the last message reports a press.
    add_codec(hass, entry, "javascript", code, OFFICE)
    await wait_until(hass, lambda: hass.states.get("event.buro_klima_button") is not None)
    sim.world["nodes"][OFFICE]["last"] = last_message("02", ago(minutes=4))
    await sim.drop()
    await wait_reconnected(hass, entry)
    await wait_read(hass, entry)
    device = entry.runtime_data.devices[OFFICE]
    await wait_until(hass, lambda: device.values["volume"].measured_at == device.last_uplink)
    assert device.payload == "02"
    assert hass.states.is_state("event.buro_klima_button", STATE_UNKNOWN)
    sim.uplink("office", "03")
    await wait_until(hass, lambda: not hass.states.is_state("event.buro_klima_button", STATE_UNKNOWN))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_last_message_that_is_not_newer_changes_nothing(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    entry = await start(hass, sim)
    sim.nodetags = True
    node = sim.world["nodes"][OFFICE]
    node["values"] = {"battery_voltage": "3.5"}
    sim.uplink("office", "affe")
    await wait_for_state(hass, "sensor.buro_klima_battery_voltage", "3.5")
    at = entry.runtime_data.devices[OFFICE].last_uplink
    # The same message, whose time REST writes with fewer digits, and an older one.
    for seconds, value in ((0.0005, "9.1"), (-60, "9.2")):
        sent = go_time(datetime.fromtimestamp(at + seconds, UTC))
        node["last"] = last_message("affe", sent, nodetags={"battery_voltage": {"Value": value}})
        await hass.config_entries.async_reload(entry.entry_id)
        await wait_read(hass, entry)
        assert hass.states.is_state("sensor.buro_klima_battery_voltage", "3.5")
        assert entry.runtime_data.devices[OFFICE].last_uplink == at
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_later_message_comes_by_the_socket(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    sim.world["nodes"][OFFICE]["last"] = last_message("00", ago(minutes=5))
    entry = await start(hass, sim)
    with sim.lose_frames():
        sim.uplink("office", "affe")
    await read_again(hass, entry)
    assert entry.runtime_data.devices[OFFICE].payload == "00"
    # After a new connection, it is one that was missed.
    await sim.drop()
    await wait_reconnected(hass, entry)
    await wait_read(hass, entry)
    assert entry.runtime_data.devices[OFFICE].payload == "affe"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_message_since_the_connection_comes_by_the_socket_alone(
    hass: HomeAssistant, sim: ResiotSimulator
) -> None:
    # The clock of the server is a little ahead.
    sim.world["nodes"][OFFICE]["last"] = last_message("affe", ago(seconds=-30))
    entry = await start(hass, sim)
    assert hass.states.is_state("sensor.buro_klima_last_uplink", STATE_UNKNOWN)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("sent", [{"hours": -1}, {"days": -2}])
async def test_what_comes_from_the_future_is_left_out(
    hass: HomeAssistant, sim: ResiotSimulator, sent: dict[str, float]
) -> None:
    sim.world["nodes"][OFFICE]["last"] = last_message("affe", ago(**sent))
    sim.world["nodes"][OFFICE]["tags"] = {"battery_voltage": {"value": "3.6", "at": ago(**sent)}}
    entry = await start(hass, sim)
    assert hass.states.is_state("sensor.buro_klima_last_uplink", STATE_UNKNOWN)
    assert hass.states.get("sensor.buro_klima_battery_voltage") is None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_times_of_a_wrong_clock_wait_until_it_is_known(
    hass: HomeAssistant, sim: ResiotSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server is two hours behind, in all of its times.
    monkeypatch.setattr(rest, "time", lambda: datetime.now(UTC).timestamp() + 7200)
    sim.world["nodes"][OFFICE]["last"] = last_message("affe", ago(hours=2, minutes=10))
    sim.world["nodes"][OFFICE]["tags"] = {"battery_voltage": {"value": "3.6", "at": ago(hours=2, minutes=10)}}
    entry = await start(hass, sim)
    assert hass.states.is_state("sensor.buro_klima_last_uplink", STATE_UNKNOWN)
    assert hass.states.get("sensor.buro_klima_battery_voltage") is None
    behind = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    for _ in range(2):
        sim.push_frame("comm_gwalive", gateways=["218000AC0000a05f"], DT=behind)
    await wait_until(hass, lambda: entry.runtime_data._clock.is_known)
    await read_again(hass, entry)
    state = hass.states.get("sensor.buro_klima_last_uplink").state
    age = datetime.now(UTC) - datetime.fromisoformat(state)
    assert timedelta(minutes=9) < age < timedelta(minutes=11)
    assert hass.states.is_state("sensor.buro_klima_battery_voltage", "3.6")
    await hass.config_entries.async_unload(entry.entry_id)


# Tags


async def test_tags_are_values(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    node = sim.world["nodes"][OFFICE]
    node["tags"] |= {
        "temperature": {"value": "21.5", "at": ago(minutes=5)},
        "energy_kwh": {"value": 812.5, "at": ago(minutes=5)},
        "humidity": {"value": "55"},
        "battery_voltage": {"value": "3.6", "at": None},
        "co2": {"value": "", "at": ago(minutes=5)},
    }
    entry = await start(hass, sim)
    await wait_for_state(hass, "sensor.buro_klima_temperature", "21.5")
    state = hass.states.get("sensor.buro_klima_energy")
    assert (state.state, state.attributes["state_class"]) == ("812.5", "total_increasing")
    # Never set, of an unknown time, and empty.
    for name in ("humidity", "battery_voltage", "carbon_dioxide"):
        assert hass.states.get(f"sensor.buro_klima_{name}") is None, name
    # Nobody has ever set the position.
    assert hass.states.async_entity_ids("device_tracker") == []
    node["tags"]["temperature"] |= {"value": "22.5", "at": ago(minutes=1)}
    # Older than what is known.
    node["tags"]["energy_kwh"] |= {"value": 900, "at": ago(minutes=9)}
    # A value without a time that has changed since it was read.
    node["tags"]["battery_voltage"]["value"] = "3.5"
    await read_again(hass, entry)
    assert hass.states.is_state("sensor.buro_klima_temperature", "22.5")
    assert hass.states.is_state("sensor.buro_klima_energy", "812.5")
    assert hass.states.is_state("sensor.buro_klima_battery_voltage", "3.5")
    assert not entry.runtime_data.frame_log.failures
    await hass.config_entries.async_unload(entry.entry_id)


async def test_tags_without_times_have_that_of_the_last_uplink(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    sent = datetime.now(UTC) - timedelta(minutes=50)
    node = sim.world["nodes"][OFFICE]
    node["last"] = last_message("affe", go_time(sent))
    node["tags"] = {"temperature": {"value": "21.5", "at": None}}
    entry = await start(hass, sim)
    await wait_for_state(hass, "sensor.buro_klima_temperature", "21.5")
    device = entry.runtime_data.devices[OFFICE]
    assert device.values["temperature"].measured_at == pytest.approx(sent.timestamp(), abs=1)
    # A frame has the newer value, and REST the one before.
    sim.nodetags = True
    node["values"] = {"temperature": "22.5"}
    sim.uplink("office", "affe")
    await wait_for_state(hass, "sensor.buro_klima_temperature", "22.5")
    await read_again(hass, entry)
    assert hass.states.is_state("sensor.buro_klima_temperature", "22.5")
    # Reading again adds nothing to the statistics of the hour.
    assert device.values["temperature"].history is None or len(device.values["temperature"].history.late) <= 2
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_position_is_a_tracker_and_nothing_else(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    node = sim.world["nodes"][OFFICE]
    node["tags"] = {
        "Latitude": {"value": str(LATITUDE), "at": ago(minutes=5, seconds=1)},
        "Longitude": {"value": LONGITUDE, "at": ago(minutes=5)},
        "Altitude": {"value": "12", "at": ago(minutes=5)},
        "place": {"value": f"{LATITUDE}, {LONGITUDE}", "at": ago(minutes=5), "Writable": True},
        "lat_2": {"value": "45.45", "Writable": True},
    }
    entry = await start(hass, sim)
    (tracker,) = hass.states.async_all("device_tracker")
    assert (tracker.attributes["latitude"], tracker.attributes["longitude"]) == (LATITUDE, LONGITUDE)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert not [entity.entity_id for entity in entities if "/tag-" in entity.unique_id or "-tag-" in entity.unique_id]
    text = str(await async_get_config_entry_diagnostics(hass, entry))
    for secret in (str(LATITUDE), str(LONGITUDE), sim.rest_token):
        assert secret not in text
    # One coordinate alone moves the device.
    node["tags"]["Latitude"] |= {"value": "45.5", "at": ago(minutes=1)}
    await read_again(hass, entry)
    (tracker,) = hass.states.async_all("device_tracker")
    assert (tracker.attributes["latitude"], tracker.attributes["longitude"]) == (45.5, LONGITUDE)
    # An older one does not.
    node["tags"]["Latitude"] |= {"value": "45.6", "at": ago(minutes=3)}
    node["tags"]["Longitude"] |= {"at": ago(minutes=3)}
    await read_again(hass, entry)
    (tracker,) = hass.states.async_all("device_tracker")
    assert tracker.attributes["latitude"] == 45.5
    await hass.config_entries.async_unload(entry.entry_id)


async def test_tags_can_be_written(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    node = sim.world["nodes"][VALVE]
    node["tags"] = {
        "Setpoint": {"value": "20", "Writable": True},
        "Boost": {"value": "False", "Writable": True},
        "Mode": {"value": "auto", "ReadOnly": False},
        "Serial": {"value": "A17", "ReadOnly": True},
        "Interval": {"value": "15"},
    }
    for tag in node["tags"].values():
        tag["at"] = ago(minutes=1)
    entry = await start(hass, sim)
    registry = er.async_get(hass)
    number, switch, text = "number.ventil_setpoint", "switch.ventil_boost", "text.ventil_mode"
    assert [hass.states.get(entity_id).state for entity_id in (number, switch, text)] == ["20.0", "off", "auto"]
    # Where the server does not report whether a tag can be written, a person decides.
    interval = registry.async_get("number.ventil_interval")
    assert interval is not None
    assert interval.disabled
    assert registry.async_get("text.ventil_serial") is None

    async def call(domain: str, action: str, entity_id: str, **data: Any) -> None:
        await hass.services.async_call(domain, action, {"entity_id": entity_id, **data}, blocking=True)

    await call("number", "set_value", number, value=21.5)
    await call("switch", "turn_on", switch)
    await call("text", "set_value", text, value="off / 5 %")
    writes = [(request.path.split("/tag/")[1], request.body) for request in sim.requests if request.method == "PUT"]
    assert writes == [
        ("Setpoint/value", {"value": "21.5"}),
        ("Boost/value", {"value": "True"}),
        ("Mode/value", {"value": "off / 5 %"}),
    ]
    assert [hass.states.get(entity_id).state for entity_id in (number, switch, text)] == ["21.5", "on", "off / 5 %"]
    # One entity shows the tag.
    for sensor in ("sensor.ventil_setpoint", "binary_sensor.ventil_boost", "sensor.ventil_mode"):
        disabled = registry.async_get(sensor)
        assert disabled is not None
        assert disabled.disabled
    assert entry.runtime_data.devices[VALVE].values["Setpoint"].value == 21.5
    await call("switch", "turn_off", switch)
    assert node["tags"]["Boost"]["value"] == "False"
    # What is written by others, and of another kind.
    node["tags"]["Setpoint"]["value"] = "manual"
    del node["tags"]["Mode"]
    await read_again(hass, entry)
    assert hass.states.is_state(number, STATE_UNKNOWN)
    assert hass.states.is_state("text.ventil_setpoint", "manual")
    assert hass.states.is_state(text, STATE_UNAVAILABLE)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_sensor_of_a_writable_tag(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    sim.world["nodes"][VALVE]["tags"] = {
        "loop.opening": {"value": "40", "at": ago(minutes=1), "Writable": True},
        "program": {"value": "x" * 300, "at": ago(minutes=1), "Writable": True},
    }
    entry = await start(hass, sim)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    found = {
        (entity.domain, name): entity.disabled
        for entity in entities
        for name in ("opening", "program")
        if name in entity.unique_id
    }
    # A text that no entity can write is shown by a sensor.
    assert found == {("number", "opening"): False, ("sensor", "opening"): True, ("sensor", "program"): False}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_tag_that_a_person_enables(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    sim.world["nodes"][VALVE]["tags"] = {"Interval": {"value": "15", "at": ago(minutes=1)}}
    entry = await start(hass, sim)
    er.async_get(hass).async_update_entity("number.ventil_interval", disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    await wait_read(hass, entry)
    await wait_for_state(hass, "number.ventil_interval", "15.0")
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "status,error",
    [
        (401, "rest_token_forbidden"),
        (403, "rest_token_forbidden"),
        (404, "rest_not_offered"),
        (405, "rest_not_offered"),
        (200, "rest_not_offered"),
        (400, "command_failed"),
        (429, "not_ready"),
        (500, "cannot_connect"),
    ],
)
async def test_a_refused_write_changes_nothing(
    hass: HomeAssistant, sim: ResiotSimulator, status: int, error: str
) -> None:
    node = sim.world["nodes"][VALVE]
    node["tags"] = {"Setpoint": {"value": "20", "at": ago(minutes=1), "Writable": True}}
    entry = await start(hass, sim)
    sim.rest_api.statuses["PUT value"] = status
    data = {"entity_id": "number.ventil_setpoint", "value": 25}
    with pytest.raises(HomeAssistantError) as raised:
        await hass.services.async_call("number", "set_value", data, blocking=True)
    assert raised.value.translation_key == error
    assert hass.states.is_state("number.ventil_setpoint", "20.0")
    assert sim.rest_token not in str(raised.value)
    assert results(hass)["write_tag"] != "works"
    assert not hass.config_entries.flow.async_progress()
    # The next one is sent all the same.
    del sim.rest_api.statuses["PUT value"]
    await hass.services.async_call("number", "set_value", data, blocking=True)
    assert hass.states.is_state("number.ventil_setpoint", "25.0")
    assert results(hass)["write_tag"] == "works"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_tags_that_were_read_before_a_write_are_not_shown_after_it(
    hass: HomeAssistant, sim: ResiotSimulator
) -> None:
    sim.world["nodes"][VALVE]["tags"] = {"Setpoint": {"value": "20", "at": ago(minutes=1), "Writable": True}}
    entry = await start(hass, sim)
    handle = sim.handle
    held = asyncio.Event()
    waiting: list[web.Request] = []

    async def hold_first(request: web.Request, data: bytes) -> web.StreamResponse:
        response = await handle(request, data)
        if request.path.endswith(f"{VALVE}/tag") and not waiting:
            waiting.append(request)
            await held.wait()
        return response

    sim.handle = hold_first  # type: ignore[assignment, method-assign]
    async_fire_time_changed(hass, dt_util.utcnow() + READ_INTERVAL + timedelta(seconds=1))
    await wait_until(hass, lambda: bool(waiting))
    data = {"entity_id": "number.ventil_setpoint", "value": 25}
    await hass.services.async_call("number", "set_value", data, blocking=True)
    assert hass.states.is_state("number.ventil_setpoint", "25.0")
    held.set()
    await wait_read(hass, entry)
    assert hass.states.is_state("number.ventil_setpoint", "25.0")
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "status,body,error,details",
    [
        (200, b"", None, ""),
        (200, b"{}", None, ""),
        (204, b"", None, ""),
        (200, b'{"result": "Success"}', None, ""),
        (200, b'{"error": "Out of range"}', "command_failed", "Out of range"),
        (200, b'{"Result": "Fail", "Details": "Locked"}', "command_failed", "Locked"),
        (200, b'{"Result": "Fail"}', "command_failed", "Fail"),
        (422, b'{"message": "No number"}', "command_failed", "No number"),
        (400, b"<html>", "command_failed", "HTTP 400"),
        (400, b'{"error": "not with rest-v3-token"}', "command_failed", "HTTP 400"),
        (302, b"", "command_failed", "HTTP 302"),
    ],
)
async def test_answers_to_a_write(
    hass: HomeAssistant, sim: ResiotSimulator, status: int, body: bytes, error: str | None, details: str
) -> None:
    sim.world["nodes"][VALVE]["tags"] = {"Setpoint": {"value": "20", "at": ago(minutes=1), "Writable": True}}
    entry = await start(hass, sim)
    handle = sim.handle

    async def answer(request: web.Request, data: bytes) -> web.StreamResponse:
        return await handle(request, data) if request.method == "GET" else web.Response(status=status, body=body)

    sim.handle = answer  # type: ignore[assignment, method-assign]
    data = {"entity_id": "number.ventil_setpoint", "value": 25}
    if error is None:
        await hass.services.async_call("number", "set_value", data, blocking=True)
    else:
        with pytest.raises(HomeAssistantError) as raised:
            await hass.services.async_call("number", "set_value", data, blocking=True)
        assert raised.value.translation_key == error
        assert raised.value.translation_placeholders == {"details": details}
    # The server has not changed the value, and it is read again.
    assert hass.states.is_state("number.ventil_setpoint", "20.0")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_times_of_a_server_whose_clock_is_unknown(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    handle = sim.handle

    async def answer(request: web.Request, data: bytes) -> web.StreamResponse:
        response = await handle(request, data)
        response.headers["Date"] = "now"
        return response

    sim.handle = answer  # type: ignore[assignment, method-assign]
    sim.world["nodes"][OFFICE]["last"] = last_message("affe", ago(minutes=10))
    entry = await start(hass, sim)
    assert hass.states.is_state("sensor.buro_klima_last_uplink", STATE_UNKNOWN)
    sim.gateway_alive()
    await wait_until(hass, lambda: entry.runtime_data._clock.is_known)
    await read_again(hass, entry)
    assert entry.runtime_data.devices[OFFICE].payload == "affe"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_written_value_that_cannot_be_read_is_unknown(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    node = sim.world["nodes"][VALVE]
    node["tags"] = {"Setpoint": {"value": "20", "at": ago(minutes=1), "Writable": True}}
    entry = await start(hass, sim)
    sim.rest_api.statuses["GET tag"] = 500
    await hass.services.async_call(
        "number", "set_value", {"entity_id": "number.ventil_setpoint", "value": 25}, blocking=True
    )
    assert hass.states.is_state("number.ventil_setpoint", STATE_UNAVAILABLE)
    sim.rest_api.statuses.clear()
    await read_again(hass, entry)
    assert hass.states.is_state("number.ventil_setpoint", "25.0")
    # The node does not exist any more.
    entry.runtime_data.inventory.forget(VALVE)
    with pytest.raises(ResourceNotFound):
        await entry.runtime_data.async_write_tag(VALVE, "Setpoint", "1")
    await hass.config_entries.async_unload(entry.entry_id)


# Commands

COMMANDS = [
    {"Name": "Reset", "Tag": "reset", "Inputs": []},
    {"Name": "Set interval", "Tag": "interval", "Inputs": ["[num]Minutes(15)Time", "[bool]Now(false)At once"]},
    {"Name": "Twice", "Tag": "one", "Inputs": ["[str]Word()"]},
    {"Name": "Twice", "Tag": "two", "Inputs": ["[str]Word()"]},
]


async def run_command(hass: HomeAssistant, entry: ConfigEntry[Any], command: str, **inputs: Any) -> None:
    """Run a command of the valve."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, VALVE), entry.entry_id)
    assert device is not None
    data = {"device_id": device.id, "command": command, "inputs": inputs}
    await hass.services.async_call(DOMAIN, "run_node_command", data, blocking=True)


async def test_commands_of_nodes(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    sim.world["nodes"][VALVE]["commands"] = COMMANDS
    entry = await start(hass, sim)
    buttons = [entity_id for entity_id in hass.states.async_entity_ids("button") if "ventil" in entity_id]
    assert buttons == ["button.ventil_reset"]
    await hass.services.async_call("button", "press", {"entity_id": buttons[0]}, blocking=True)
    await run_command(hass, entry, "interval", minutes=5)
    await run_command(hass, entry, "Set interval", Now=True)
    assert [(started["tag"], started["inputs"]) for started in sim.world["started"]] == [
        ("reset", {}),
        ("interval", {"Minutes": "5", "Now": "false"}),
        ("interval", {"Minutes": "15", "Now": "true"}),
    ]
    sim.world["started"].clear()
    for command, inputs, error in (
        ("Twice", {"Word": "a"}, "node_command_unknown"),
        ("other", {}, "node_command_unknown"),
        ("one", {}, "node_command_bad_input"),
        ("reset", {"a": 1}, "node_command_bad_input"),
    ):
        with pytest.raises(ServiceValidationError) as raised:
            await run_command(hass, entry, command, **inputs)
        assert raised.value.translation_key == error
    assert sim.world["started"] == []
    sim.rest_api.statuses["POST command"] = 404
    with pytest.raises(HomeAssistantError) as refused:
        await run_command(hass, entry, "reset")
    assert refused.value.translation_key == "rest_not_offered"
    with pytest.raises(HomeAssistantError):
        await hass.services.async_call("button", "press", {"entity_id": buttons[0]}, blocking=True)
    # It has worked before, so this node alone lacks it.
    assert results(hass)["run_command"] == "works"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_device_without_commands(hass: HomeAssistant) -> None:
    async with ResiotSimulator() as sim:
        entry = await set_up(hass, sim)
        sim.uplink("valve", "00")
        await wait_until(hass, lambda: VALVE in entry.runtime_data.devices)
        with pytest.raises(ServiceValidationError) as raised:
            await run_command(hass, entry, "reset")
        assert raised.value.translation_key == "node_command_unknown"
        assert hass.states.get(REST) is None
        await hass.config_entries.async_unload(entry.entry_id)


# What works


async def test_what_works_is_shown(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    for node in sim.world["nodes"].values():
        node["last"] = last_message("affe", ago(minutes=5))
    entry = await start(hass, sim)
    assert hass.states.is_state(REST, "works")
    assert results(hass) == WORKING | {"last_messages": "works"}
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    assert diagnostics["model"]["rest"]["nodes"] == "works"
    assert not entry.runtime_data.frame_log.unknown
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("status", [404, 405, 501, 200])
async def test_what_the_server_does_not_have_is_not_requested_again(
    hass: HomeAssistant, sim: ResiotSimulator, status: int
) -> None:
    kinds = ("GET application", "GET tag", "GET lastmessage", "GET commands")
    sim.rest_api.statuses = dict.fromkeys(kinds, status)
    # A node that has been received does not need the list of applications.
    entry = await set_up(hass, sim)
    for key in ("office", "valve", "door", "tank"):
        sim.uplink(key, "affe")
    await wait_until(hass, lambda: len(entry.runtime_data.devices) == 4)
    await wait_read(hass, entry)
    await read_again(hass, entry)
    assert results(hass) == {
        "gateways": "works",
        "applications": "not_available",
        "nodes": "works",
        "tags": "not_available",
        "last_messages": "not_available",
        "commands": "not_available",
    }
    assert hass.states.is_state(REST, "partly")
    assert len(entry.runtime_data.devices) == 8
    sent = len(sim.requests)
    await read_again(hass, entry)
    # Only the list of the nodes is left; several nodes were tried where one of them might lack something.
    assert [request.path.rpartition("/")[2] for request in sim.requests[sent:]] == ["nodes"]
    assert count(sim, "/application") == 1
    for ending in ("/tag", "/lastmessage", "/commands"):
        assert count(sim, ending) == (1 if status in (405, 501) else rest.MAX_MISSING), ending
    await hass.config_entries.async_unload(entry.entry_id)


async def test_nothing_but_gateways(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    sim.rest_api.statuses = dict.fromkeys(("GET application", "GET nodes", "GET tag", "GET commands"), 404)
    sim.world["nodes"][VALVE]["tags"] = {"Setpoint": {"value": "20", "at": ago(minutes=1)}}
    entry = await start(hass, sim)
    sim.uplink("valve", "affe")
    await wait_until(hass, lambda: VALVE in entry.runtime_data.devices)
    # The tags of a node that has been received are readable without any list.
    del sim.rest_api.statuses["GET tag"]
    await read_again(hass, entry)
    assert hass.states.is_state(f"sensor.{VALVE}_setpoint", "20")
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("status,result", [(401, "refused"), (403, "refused"), (500, "failed"), (429, "failed")])
async def test_what_is_refused_is_tried_again_later(
    hass: HomeAssistant, sim: ResiotSimulator, status: int, result: str
) -> None:
    sim.rest_api.statuses["GET tag"] = status
    entry = await start(hass, sim)
    assert results(hass)["tags"] == result
    assert hass.states.is_state(REST, "partly")
    # No further node is tried at once, and the credentials of the entry are not refused.
    assert count(sim, "/tag") == 1
    assert entry.state is ConfigEntryState.LOADED
    flows = hass.config_entries.flow.async_progress()
    assert not [flow for flow in flows if flow["context"]["source"] == SOURCE_REAUTH]
    assert (
        sum(number for word, number in entry.runtime_data.frame_log.unknown.items() if word.startswith("rest tags"))
        == 1
    )
    sim.rest_api.statuses.clear()
    await read_again(hass, entry)
    assert results(hass)["tags"] == "works"
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("token,state", [("another", "refused"), (None, "failed")])
async def test_nothing_works(hass: HomeAssistant, sim: ResiotSimulator, token: str | None, state: str) -> None:
    entry = await start(hass, sim)
    await hass.config_entries.async_unload(entry.entry_id)
    if token is None:
        kinds = ("GET gateways", "GET application", "GET nodes", "GET tag", "GET lastmessage", "GET commands")
        sim.rest_api.statuses = dict.fromkeys(kinds, 500)
    else:
        sim.rest_token = token
    await hass.config_entries.async_setup(entry.entry_id)
    await wait_read(hass, entry)
    await wait_for_state(hass, REST, state)
    assert entry.state is ConfigEntryState.LOADED
    sim.uplink_lpp("office", [(1, "temperature", 21.5)])
    await wait_for_state(hass, "sensor.buro_klima_temperature_1", "21.5")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_readings_do_not_overlap(
    hass: HomeAssistant, sim: ResiotSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "MIN_PAUSE", 60)
    entry = await start(hass, sim)
    await sim.drop()
    await wait_reconnected(hass, entry)
    # Some servers close every connection soon.
    assert not entry.runtime_data.inventory.is_reading
    assert count(sim, "/application") == 1
    sim.max_parallel_requests = 0
    await read_again(hass, entry)
    assert sim.max_parallel_requests == 1
    await hass.config_entries.async_unload(entry.entry_id)
