"""Examples of the vendor's documentation, sent through a real socket."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import orjson
import pytest

from custom_components.pushwire.const import DOMAIN
from simulators import ResiotSimulator
from tests.common import set_up, wait_until

# The payload is disabled by default.
pytestmark = pytest.mark.usefixtures("all_enabled")

# Time of the examples.
THEN = datetime(2017, 6, 15, 7, 41, 10, tzinfo=UTC)

GATEWAY_ALIVE = """{
    "CommType": "comm_gwalive",
    "Connector": "69643d3139",
    "AppEui":"",
    "DevEui":"",
    "Port":"",
    "GatewayEUIs":["218000AC0000a05f"],
    "Payload":"",
    "Extra":{},
    "DT":"2017-06-15T09:17:11.2072656+02:00"
}"""
JOIN = """{
    "CommType":"comm_join",
    "Connector":"636f6e313332",
    "AppEui":"006c3b194374ac7f",
    "DevEui":"0732227a557d8679",
    "Port":"",
    "GatewayEUIs":[],
    "Payload":"",
    "Extra":{},
    "DT":"2017-06-15T09:36:20.6935937+02:00"
}"""
RX = """{
    "CommType":"comm_rx",
    "Connector":"636f6e313332",
    "AppEui":"006c3b194374ac7f",
    "DevEui":"0732227a557d8679",
    "Port":"128",
    "GatewayEUIs":["218000AC0000a05f"],
    "Payload":"9b690291010f1b2401ce01c0",
    "Extra":{
        "adr":"true",
        "channel":"4",
        "duplicate":"false",
        "frequency":"867.3",
        "modBW":"125",
        "rssi":"-18",
        "seqno":"1953",
        "sf":"7",
        "snr":"9.5"
    },
    "DT":"2017-06-15T09:36:46.5295312+02:00"
}"""
TX = """{
    "CommType":"comm_tx",
    "Connector":"636f6e313332",
    "AppEui":"006c3b194374ac7f",
    "DevEui":"0732227a557d8679",
    "Port":"1",
    "Payload":"2525",
    "Command":"",
    "Reference":"",
    "Confirmation":false,
    "Extra":{
        "priority":0,
        "window":"BOTH"
    },
    "DT":"2017-06-15T09:41:09.6691796+02:00"
}"""

FORMS = ("as documented", "MsgType", "array", "null", "other case")


def in_form(example: str, form: str) -> str:
    """Return an example in a form that the documentation describes differently elsewhere."""
    frame = orjson.loads(example)
    match form:
        case "as documented":
            return example
        case "MsgType":
            frame["MsgType"] = frame.pop("CommType")
        case "array":
            frame["Extra"] = [{"fieldname": name, "fieldvalue": value} for name, value in frame["Extra"].items()]
        case "null":
            # "Some of the fields can be empty or nil."
            frame = {key: value or None for key, value in frame.items()}
        case "other case":
            frame = {key.lower(): value for key, value in frame.items()}
    return orjson.dumps(frame).decode()


@pytest.fixture
async def entry(
    hass: HomeAssistant, sim: ResiotSimulator, freezer: FrozenDateTimeFactory
) -> AsyncGenerator[ConfigEntry[Any]]:
    """Return an entry at the time of the examples."""
    freezer.move_to(THEN)
    entry = await set_up(hass, sim)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize("form", FORMS)
async def test_gateway_alive(hass: HomeAssistant, sim: ResiotSimulator, form: str) -> None:
    sim.push(in_form(GATEWAY_ALIVE, form))
    await wait_until(hass, lambda: hass.states.is_state("binary_sensor.218000ac0000a05f_connectivity", "on"))
    await hass.async_block_till_done()
    assert hass.states.get("sensor.218000ac0000a05f_last_alive").state == "2017-06-15T07:17:11+00:00"


@pytest.mark.parametrize("form", FORMS)
async def test_join(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], form: str) -> None:
    # The join is the first communication of the device.
    sim.push(in_form(JOIN, form))
    await wait_until(hass, lambda: hass.states.get("event.0732227a557d8679_join") is not None)
    await hass.async_block_till_done()
    state = hass.states.get("event.0732227a557d8679_join")
    assert state.attributes["event_type"] == "join"
    assert state.state.startswith("2017-06-15T07:41:10")
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "0732227a557d8679"), entry.entry_id)
    assert device.serial_number == "0732227a557d8679"


@pytest.mark.usefixtures("entry", "all_enabled")
@pytest.mark.parametrize("form", FORMS)
async def test_rx(hass: HomeAssistant, sim: ResiotSimulator, form: str) -> None:
    sim.push(in_form(RX, form))
    await wait_until(hass, lambda: hass.states.get("sensor.0732227a557d8679_payload") is not None)
    await hass.async_block_till_done()
    shown = {
        key: hass.states.get(f"sensor.0732227a557d8679_{key}").state
        for key in (
            "payload",
            "last_uplink",
            "rssi",
            "snr",
            "spreading_factor",
            "frequency",
            "port",
            "frame_counter",
            "gateways",
            "lost_frames",
        )
    }
    assert shown == {
        "payload": "9b690291010f1b2401ce01c0",
        "last_uplink": "2017-06-15T07:36:46+00:00",
        "rssi": "-18.0",
        "snr": "9.5",
        "spreading_factor": "7",
        "frequency": "867.3",
        "port": "128",
        "frame_counter": "1953",
        "gateways": "1",
        "lost_frames": "0",
    }
    event = hass.states.get("event.0732227a557d8679_uplink").attributes
    assert (event["event_type"], event["port"], event["payload"]) == ("uplink", 128, "9b690291010f1b2401ce01c0")
    # A payload in an unknown format adds no values.
    values = [state.entity_id for state in hass.states.async_all("sensor") if "8679" in state.entity_id]
    assert len(values) == 11
    assert hass.states.is_state("binary_sensor.218000ac0000a05f_connectivity", "on")


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize("form", FORMS)
async def test_tx(hass: HomeAssistant, sim: ResiotSimulator, form: str) -> None:
    sim.push(in_form(TX, form))
    await wait_until(hass, lambda: hass.states.get("event.0732227a557d8679_downlink") is not None)
    await hass.async_block_till_done()
    event = hass.states.get("event.0732227a557d8679_downlink").attributes
    assert event["event_type"] == "requested"
    assert (event["port"], event["payload"], event["reference"], event["confirmed"]) == (1, "2525", "", False)


async def test_the_command_and_its_answer(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    """The documentation sends "HI!" to port 50 with a confirmation and a reference."""
    sim.add_node("page", "0987654321ABCDEF", appeui="abcdef1234567890")
    hello = orjson.loads(RX) | {"AppEui": "ABCDEF1234567890", "DevEui": "0987654321ABCDEF", "Payload": ""}
    sim.push(hello)
    await wait_until(hass, lambda: hass.states.get("event.0987654321abcdef_downlink") is not None)
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "0987654321abcdef"), entry.entry_id)
    answer = await hass.services.async_call(
        DOMAIN,
        "send_downlink",
        {
            "device_id": device.id,
            "payload": "HI!",
            "format": "text",
            "port": 50,
            "reference": "abcdefgh",
            "confirmed": True,
        },
        blocking=True,
        return_response=True,
    )
    assert answer == {"result": "accepted", "reference": "abcdefgh"}
    # The documentation describes hex as an equivalent form.
    assert orjson.loads(sim.received[-1]) == {
        "function": "TX",
        "Payload": "484921",
        "AppEui": "ABCDEF1234567890",
        "DevEui": "0987654321ABCDEF",
        "Connector": "",
        "Port": 50,
        "WSCommand": "",
        "Reference": "abcdefgh",
        "Raw": False,
        "Confirm": True,
    }


async def test_a_wrong_server_clock_makes_nothing_overdue(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(datetime(2026, 11, 1, tzinfo=UTC))
    sim.push(GATEWAY_ALIVE)
    sim.push(RX)
    await wait_until(hass, lambda: hass.states.get("sensor.0732227a557d8679_payload") is not None)
    entry.runtime_data._check_overdue(None)
    assert hass.states.is_state("binary_sensor.218000ac0000a05f_connectivity", "on")
    assert hass.states.is_state("sensor.0732227a557d8679_payload", "9b690291010f1b2401ce01c0")
    assert hass.states.get("sensor.0732227a557d8679_last_uplink").state.startswith("2026-11-01T00:00:0")


async def test_a_name_set_by_the_user_is_kept(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    """The DevEUI is the name of a device until the user changes the name."""
    sim.push(RX)
    await wait_until(hass, lambda: hass.states.get("sensor.0732227a557d8679_payload") is not None)
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier((DOMAIN, "0732227a557d8679"), entry.entry_id)
    assert device.name == "0732227A557D8679"
    registry.async_update_device(device.id, name_by_user="Zähler")
    sim.push(RX.replace("9b69", "0000"))
    await wait_until(hass, lambda: hass.states.is_state("sensor.0732227a557d8679_payload", "00000291010f1b2401ce01c0"))
    assert registry.async_get(device.id).name_by_user == "Zähler"
    assert er.async_get(hass).async_get("sensor.0732227a557d8679_payload").unique_id == entry.runtime_data.unique_id(
        "0732227a557d8679", "payload"
    )
