"""Life of a downlink: events, the action's answer, and the commands at the server."""

import asyncio
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.util.yaml import parse_yaml
import orjson
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.lorawan import downlinks
from custom_components.pushwire.vendors.resiot import coordinator as resiot
from simulators import ResiotSimulator
from tests.common import add_codec, run_pending_updates, wait_reconnected, wait_until

VALVE = "0732227a557d8608"
DOWNLINK = f"event.{VALVE}_downlink"
pytestmark = pytest.mark.usefixtures("all_enabled")

DELIVERED = ["requested", "queued", "sent", "handled"]


@pytest.fixture
async def steps(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> list[str]:
    """Return the steps of all downlinks of a device that has been heard."""
    sim.uplink("valve", "00")
    await wait_until(hass, lambda: hass.states.get(DOWNLINK) is not None)
    await run_pending_updates(hass)
    fired: list[str] = []

    @callback
    def note(event: Any) -> None:
        new = event.data["new_state"]
        if event.data["entity_id"] == DOWNLINK and new is not None and new.attributes.get("event_type"):
            fired.append(new.attributes["event_type"])

    hass.bus.async_listen("state_changed", note)
    return fired


async def send(hass: HomeAssistant, entry: ConfigEntry[Any], **data: Any) -> Any:
    """Return the answer of the action."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, VALVE), entry.entry_id)
    assert device is not None
    fields = {"device_id": device.id, "payload": "2525", "port": 50, "reference": "abc", **data}
    return await hass.services.async_call(
        DOMAIN,
        "send_downlink",
        {key: value for key, value in fields.items() if value is not None},
        blocking=True,
        return_response=True,
    )


@pytest.mark.parametrize(
    "confirmed,error,confirms,expected",
    [
        (False, "", True, DELIVERED),
        (True, "", True, [*DELIVERED, "acknowledged"]),
        (True, "", False, DELIVERED),
        (True, "TOO_LATE", True, ["requested", "queued", "failed"]),
    ],
)
async def test_accepted(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    steps: list[str],
    confirmed: bool,  # noqa: FBT001
    error: str,
    confirms: bool,  # noqa: FBT001
    expected: list[str],
) -> None:
    sim.downlinks.radio_error, sim.downlinks.device_confirms = error, confirms
    assert await send(hass, entry, confirmed=confirmed) == {"result": "accepted", "reference": "abc"}
    await wait_until(hass, lambda: len(steps) == len(expected))
    await run_pending_updates(hass)
    assert steps == expected
    assert len(sim.world["downlinks"]) == 1
    # The device acknowledges with its next uplink, which may be lost.
    sim.uplink("valve", "01")
    sim.uplink("valve", "02")
    sim.uplink("valve", "03")
    await wait_until(hass, lambda: hass.states.is_state(f"sensor.{VALVE}_payload", "03"))
    await run_pending_updates(hass)
    assert steps[len(expected) :] == (["not_confirmed"] if confirmed and not confirms else [])


async def test_refused(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], steps: list[str]) -> None:
    sim.downlinks.result = "fail"
    with pytest.raises(HomeAssistantError, match="Connector not reachable"):
        await send(hass, entry)
    # Once in each spelling of the vendor's page.
    commands = list(map(orjson.loads, sim.received))
    assert ["DevEui" in command for command in commands] == [True, False]
    assert [command.get("DevEUI") for command in commands] == [None, VALVE]
    await wait_until(hass, lambda: steps == ["failed"])
    assert not sim.world["downlinks"]


async def test_the_answer_is_lost(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    steps: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resiot, "ANSWER_TIMEOUT", 0.1)
    sim.downlinks.result = "never"
    with pytest.raises(HomeAssistantError):
        await send(hass, entry, confirmed=True)
    await wait_until(hass, lambda: "acknowledged" in steps)
    assert steps == [*DELIVERED, "acknowledged"]
    assert len(sim.world["downlinks"]) == 1


async def test_two_at_once(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], steps: list[str]
) -> None:
    await asyncio.gather(send(hass, entry, reference="one"), send(hass, entry, reference="two", payload="26"))
    await wait_until(hass, lambda: len(steps) == 8)
    assert sorted(steps) == sorted(DELIVERED * 2)
    assert [item["payload"] for item in sim.world["downlinks"]] == ["2525", "26"]


async def test_the_connection_drops_in_the_middle(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], steps: list[str]
) -> None:
    sim.downlinks.step_delay = 3600
    await send(hass, entry, confirmed=True)
    await wait_until(hass, lambda: steps == ["requested"])
    await sim.drop()
    await wait_reconnected(hass, entry)
    sim.push_frame("comm_txsendack", deveui=VALVE, Reference="abc", Error="")
    sim.push_frame("comm_txsendack", deveui=VALVE, Reference="abc", Error="")
    sim.push_frame("comm_txconfirm", deveui=VALVE, Reference="abc")
    await wait_until(hass, lambda: "acknowledged" in steps)
    assert steps == ["requested", "sent", "acknowledged"]
    assert len(sim.world["downlinks"]) == 1


async def test_home_assistant_restarts_in_the_middle(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], steps: list[str]
) -> None:
    sim.downlinks.step_delay = 3600
    await send(hass, entry, confirmed=True)
    await wait_until(hass, lambda: steps == ["requested"])
    await hass.config_entries.async_reload(entry.entry_id)
    del steps[:]
    sim.push_frame("comm_tx", deveui=VALVE, Reference="abc")
    sim.push_frame("comm_gwtx", deveui=VALVE, Reference="abc")
    await wait_until(hass, lambda: "queued" in steps)
    assert steps == ["queued"]
    sim.uplink("valve", "01")
    sim.uplink("valve", "02")
    await wait_until(hass, lambda: "not_confirmed" in steps)


async def test_a_day_without_an_acknowledgment(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    steps: list[str],
    freezer: FrozenDateTimeFactory,
) -> None:
    sim.downlinks.step_delay = 10 * 86400
    await send(hass, entry, confirmed=True)
    await wait_until(hass, lambda: steps == ["requested"])
    freezer.tick(86300)
    entry.runtime_data._check_overdue(None)
    assert steps == ["requested"]
    freezer.tick(101)
    entry.runtime_data._check_overdue(None)
    await hass.async_block_till_done()
    assert steps == ["requested", "not_confirmed"]
    # It is forgotten.
    assert not entry.runtime_data._downlinks.items


async def test_downlinks_of_the_platform_without_a_reference(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], steps: list[str]
) -> None:
    for payload in ("2525", "2626"):
        sim.report_downlink("valve", payload, 50)
    await wait_until(hass, lambda: steps == ["requested", "requested"])


@pytest.mark.parametrize(
    "wait_for,confirmed,error,confirms,answer",
    [
        ("sent", False, "", True, {"result": "sent"}),
        ("sent", False, "TOO_LATE", True, {"result": "failed", "error": "TOO_LATE"}),
        ("confirmed", True, "", True, {"result": "acknowledged"}),
        ("confirmed", True, "TOO_LATE", True, {"result": "failed", "error": "TOO_LATE"}),
        ("confirmed", True, "", False, {"result": "not_confirmed"}),
    ],
)
async def test_the_action_waits_for_the_outcome(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    steps: list[str],
    wait_for: str,
    confirmed: bool,  # noqa: FBT001
    error: str,
    confirms: bool,  # noqa: FBT001
    answer: dict[str, str],
) -> None:
    sim.downlinks.radio_error, sim.downlinks.device_confirms = error, confirms
    call = hass.async_create_task(send(hass, entry, wait_for=wait_for, confirmed=confirmed, reference=""))
    if not confirms:
        await wait_until(hass, lambda: "handled" in steps)
        sim.uplink("valve", "01")
        sim.uplink("valve", "02")
    result = await call
    assert result.pop("reference").startswith("ha-")
    assert result == answer
    assert len(sim.world["downlinks"]) == 1


async def test_a_server_that_does_not_report_the_steps(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    steps: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(downlinks, "_LIMITS", {downlinks.WaitFor.SENT: 0.1})
    sim.downlinks.step_delay = 3600
    assert (await send(hass, entry, wait_for="sent"))["result"] == "requested"


async def test_a_call_that_expires(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    steps: list[str],
    freezer: FrozenDateTimeFactory,
) -> None:
    sim.downlinks.step_delay = 10 * 86400
    # Home Assistant does not wait for a background task.
    sending = send(hass, entry, confirmed=True, wait_for="confirmed", expires={"seconds": 10})
    call = hass.async_create_background_task(sending, "call")
    await wait_until(hass, lambda: steps == ["requested"])
    for seconds, expected in ((9, ["requested"]), (1.5, ["requested", "not_confirmed"])):
        freezer.tick(seconds)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
        assert steps == expected
    assert (await call)["result"] == "not_confirmed"


@pytest.mark.parametrize(
    "data,key",
    [
        ({"payload": None}, "downlink_no_payload"),
        ({"port": None}, "downlink_bad_port"),
        ({"wait_for": "confirmed"}, "downlink_not_confirmed"),
        ({"payload": None, "data": {"x": 1}}, "downlink_no_encoder"),
    ],
)
async def test_input_that_cannot_be_sent(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    steps: list[str],
    data: dict[str, Any],
    key: str,
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await send(hass, entry, **data)
    assert error.value.translation_key == key
    assert not sim.received
    assert not steps


async def test_fields_that_a_codec_encodes(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], steps: list[str]
) -> None:
    code = """
    function decodeUplink() { return { data: {} } }
    function encodeDownlink(input) {
      if (input.data.minutes > 255) return { errors: ["too long"] };
      return { bytes: new Array(input.data.length || 1).fill(input.data.minutes), fPort: 7 };
    }"""
    add_codec(hass, entry, "javascript", code, VALVE)
    coordinator = entry.runtime_data
    await wait_until(hass, lambda: coordinator.codecs.find(coordinator.devices[VALVE]) is not None)
    await send(hass, entry, payload=None, port=None, data={"minutes": 10})
    # An automation is written as YAML.
    await send(hass, entry, payload=None, data=parse_yaml("minutes: 11"), reference="def")
    assert [(item["payload"], item["port"]) for item in sim.world["downlinks"]] == [("0a", 7), ("0b", 50)]
    for data, key in (({"minutes": 256}, "encoding_failed"), ({"minutes": 1, "length": 243}, "bad_payload")):
        with pytest.raises(ServiceValidationError) as error:
            await send(hass, entry, payload=None, data=data)
        assert error.value.translation_key == f"downlink_{key}"
    assert len(sim.world["downlinks"]) == 2
