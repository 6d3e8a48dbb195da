"""Action that sends a downlink to a LoRaWAN device."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
import orjson
import pytest
import voluptuous as vol

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.lorawan.api.downlink import Downlink, DownlinkFailed, FieldNotSupported
from custom_components.pushwire.lorawan.downlink_queue import PAUSE
from custom_components.pushwire.vendors.resiot import coordinator as resiot_coordinator
from simulators import DeconzSimulator, ElementSimulator, ResiotSimulator
from simulators.resiot import APP, CONNECTOR, GATEWAY
from tests.common import set_up, wait_until

VALVE = "0732227a557d8608"
OFFICE = "0732227a557d8601"


@pytest.fixture
async def sim() -> AsyncGenerator[ResiotSimulator]:
    """Return a running server."""
    async with ResiotSimulator() as simulator:
        yield simulator


@pytest.fixture
async def entry(hass: HomeAssistant, sim: ResiotSimulator) -> AsyncGenerator[ConfigEntry[Any]]:
    """Return an entry of the server whose valve and office sensor have sent an uplink."""
    entry = await set_up(hass, sim)
    sim.uplink("valve", "00")
    sim.uplink_lpp("office", [(1, "temperature", 21.5)])
    await wait_until(hass, lambda: hass.states.get(f"event.{OFFICE}_downlink") is not None)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


def device_of(hass: HomeAssistant, entry: ConfigEntry[Any], device_id: str) -> str:
    """Return the device registry's ID of a device."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, device_id), entry.entry_id)
    assert device is not None
    return device.id


async def send(hass: HomeAssistant, device: str | list[str], **data: Any) -> Any:
    """Return the response of the action."""
    return await hass.services.async_call(
        DOMAIN,
        "send_downlink",
        {"device_id": device, "payload": "2525", "port": 50, **data},
        blocking=True,
        return_response=True,
    )


@pytest.mark.parametrize(
    "data,payload",
    [
        ({"payload": "48 49 21"}, "484921"),
        ({"payload": "0x484921", "format": "hex"}, "484921"),
        ({"payload": "SEkh", "format": "base64"}, "484921"),
        ({"payload": "HI!", "format": "text"}, "484921"),
        ({"payload": ""}, ""),
        ({"payload": "01", "port": 1}, "01"),
        ({"payload": "01", "port": 223.0}, "01"),
    ],
)
async def test_the_payload_reaches_the_server(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], data: dict[str, Any], payload: str
) -> None:
    answer = await send(hass, device_of(hass, entry, VALVE), **data)
    assert answer["result"] == "accepted"
    assert sim.world["downlinks"] == [
        {
            "deveui": VALVE,
            "payload": payload,
            "port": int(data.get("port", 50)),
            "confirm": False,
            "reference": answer["reference"],
        }
    ]
    assert orjson.loads(sim.received[-1])["AppEui"] == APP


async def test_every_field_reaches_the_server_and_every_stage_is_reported(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    data = {"confirmed": True, "reference": "mine", "connector": CONNECTOR, "command": "open"}
    assert await send(hass, device_of(hass, entry, VALVE), **data) == {"result": "accepted", "reference": "mine"}
    sent = orjson.loads(sim.received[-1])
    assert (sent["Confirm"], sent["Reference"], sent["Connector"], sent["WSCommand"]) == (
        True,
        "mine",
        CONNECTOR,
        "open",
    )
    event = f"event.{VALVE}_downlink"
    await wait_until(hass, lambda: hass.states.get(event).attributes["event_type"] == "acknowledged")
    assert hass.states.get(event).attributes["reference"] == "mine"


async def test_without_a_response(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    data = {"device_id": device_of(hass, entry, VALVE), "payload": "01", "port": 2}
    await hass.services.async_call(DOMAIN, "send_downlink", data, blocking=True)
    assert len(sim.world["downlinks"]) == 1


async def test_answers_in_a_different_order(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    sim.downlinks.result = "late"
    sim.downlinks.result_delay = 1
    slow = asyncio.create_task(send(hass, device_of(hass, entry, VALVE), reference="slow"))
    await sim.wait(lambda: len(sim.received) == 1)
    sim.downlinks.result = "fail"
    with pytest.raises(HomeAssistantError) as caught:
        await send(hass, device_of(hass, entry, OFFICE), reference="quick")
    assert caught.value.translation_key == "downlink_failed"
    assert not slow.done()
    assert await slow == {"result": "accepted", "reference": "slow"}


async def test_answers_with_another_reference_are_ignored(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.downlinks.result = "other_first"
    assert (await send(hass, device_of(hass, entry, VALVE)))["result"] == "accepted"


@pytest.mark.parametrize(
    "data,key",
    [
        ({"payload": "zz"}, "downlink_bad_payload"),
        ({"payload": "123"}, "downlink_bad_payload"),
        ({"payload": "SEk", "format": "base64"}, "downlink_bad_payload"),
        ({"payload": "00" * 243}, "downlink_bad_payload"),
        ({"port": 0}, "downlink_bad_port"),
        ({"port": 224}, "downlink_bad_port"),
        ({"port": -1}, "downlink_bad_port"),
    ],
)
async def test_invalid_input_is_not_sent(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], data: dict[str, Any], key: str
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await send(hass, device_of(hass, entry, VALVE), **data)
    assert (caught.value.translation_domain, caught.value.translation_key) == (DOMAIN, key)
    assert sim.received == []


@pytest.mark.parametrize("data", [{"format": "octal"}, {"port": "x"}, {"port": 5.5}, {"color": "red"}])
async def test_input_of_another_schema_is_not_sent(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], data: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await send(hass, device_of(hass, entry, VALVE), **data)
    assert sim.received == []


async def test_devices_that_cannot_receive_downlinks(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.gateway_alive()
    # A node of another network has no AppEUI, which a downlink requires.
    sim.add_node("sigfox", "1111", appeui="")
    sim.uplink("sigfox", "affe")
    await wait_until(hass, lambda: hass.states.get("sensor.1111_last_uplink") is not None)
    async with DeconzSimulator() as other:
        deconz = await set_up(hass, other)
        light = dr.async_entries_for_config_entry(dr.async_get(hass), deconz.entry_id)[0]
        devices = {
            "unknown": "0123456789abcdef",
            "sigfox": device_of(hass, entry, "1111"),
            "gateway": device_of(hass, entry, GATEWAY.lower()),
            "hub": device_of(hass, entry, entry.runtime_data.hub_id),
            "another vendor": light.id,
        }
        seen = len(other.requests)
        for name, device in devices.items():
            with pytest.raises(ServiceValidationError) as caught:
                await send(hass, device)
            assert caught.value.translation_key == "downlink_unknown_device", name
        assert len(other.requests) == seen
        await hass.config_entries.async_unload(deconz.entry_id)
    assert sim.received == []


async def test_a_refusal_is_shown_with_the_reason_of_the_server(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.downlinks.result = "fail"
    sim.downlinks.fail_details = "Gateway has no downlink slot"
    with pytest.raises(HomeAssistantError) as caught:
        await send(hass, device_of(hass, entry, VALVE))
    assert caught.value.translation_key == "downlink_failed"
    assert caught.value.translation_placeholders == {"details": "Gateway has no downlink slot"}
    assert "Gateway has no downlink slot" in str(caught.value)
    assert sim.world["downlinks"] == []


async def test_a_missing_answer_is_an_error(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resiot_coordinator, "ANSWER_TIMEOUT", 0.05)
    sim.downlinks.result = "never"
    with pytest.raises(HomeAssistantError) as caught:
        await send(hass, device_of(hass, entry, VALVE), reference="mine")
    assert caught.value.translation_key == "downlink_timeout"
    # A late or repeated answer is ignored, and the reference can be used again.
    sim.push({"Result": "Success", "Reference": "mine"})
    sim.downlinks.result = "success"
    assert (await send(hass, device_of(hass, entry, VALVE), reference="mine"))["reference"] == "mine"
    assert not entry.runtime_data._pending


async def test_a_reference_in_use_is_refused(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.downlinks.result = "late"
    sim.downlinks.result_delay = 1
    first = asyncio.create_task(send(hass, device_of(hass, entry, VALVE), reference="mine"))
    await sim.wait(lambda: len(sim.received) == 1)
    with pytest.raises(HomeAssistantError) as caught:
        await send(hass, device_of(hass, entry, VALVE), reference="mine")
    assert caught.value.translation_key == "downlink_failed"
    assert (await first)["result"] == "accepted"
    assert len(sim.received) == 1


@pytest.mark.usefixtures("quick_links")
async def test_downlinks_fail_while_disconnected(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    entry = await set_up(hass, sim)
    sim.uplink("valve", "00")
    await wait_until(hass, lambda: hass.states.get(f"event.{VALVE}_downlink") is not None)
    device = device_of(hass, entry, VALVE)
    sim.refuse(503)
    await sim.drop()
    await wait_until(hass, lambda: hass.states.is_state("binary_sensor.resiot_127_0_0_1_connection", "off"))
    with pytest.raises(HomeAssistantError) as caught:
        await send(hass, device)
    assert caught.value.translation_key == "not_connected"
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError) as unloaded:
        await send(hass, device)
    assert unloaded.value.translation_key == "entry_not_loaded"
    assert sim.received == []


@pytest.fixture
async def platform() -> AsyncGenerator[ElementSimulator]:
    """Return a running platform of ELEMENT."""
    async with ElementSimulator(rate=5000) as simulator:
        yield simulator


@pytest.mark.usefixtures("all_enabled")
async def test_element_sends_downlinks_by_rest(hass: HomeAssistant, platform: ElementSimulator) -> None:
    entry = await set_up(hass, platform)
    device = device_of(hass, entry, platform.resolve("climate"))
    answer = await send(hass, device, payload="HI!", format="text", port=7, confirmed=True)
    action = platform.world["actions"][answer["reference"]]
    assert answer["result"] == "accepted"
    assert action["opts"] == {"port": 7, "payload": "484921", "acknowledge": True}
    assert action["device_id"] == platform.resolve("climate")
    # The downlink to a class A device is sent after its next uplink and reported as a packet.
    platform.uplink("climate", {"temperature": 5.5})
    event = "event.gebaude_klima_buro_downlink"
    await wait_until(hass, lambda: hass.states.get(event).attributes["event_type"] == "sent")
    attributes = hass.states.get(event).attributes
    assert (attributes["port"], attributes["payload"]) == (7, "484921")
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "status,data,key",
    [
        (403, {}, "scope_forbidden"),
        (422, {}, "command_failed"),
        (429, {}, "not_ready"),
        (500, {}, "cannot_connect"),
        (None, {"connector": "x"}, "downlink_not_supported"),
        (None, {"command": "x"}, "downlink_not_supported"),
        (None, {"port": 224}, "downlink_bad_port"),
    ],
)
async def test_element_errors_are_translated(
    hass: HomeAssistant, platform: ElementSimulator, status: int | None, data: dict[str, Any], key: str
) -> None:
    entry = await set_up(hass, platform)
    device = device_of(hass, entry, platform.resolve("climate"))
    if status == 403:
        platform.action_forbidden = True
    elif status is not None:
        platform.refuse(status, path=f"/api/v1/devices/{platform.resolve('climate')}/actions")
    with pytest.raises(HomeAssistantError) as caught:
        await send(hass, device, **data)
    assert (caught.value.translation_domain, caught.value.translation_key) == (DOMAIN, key)
    assert isinstance(caught.value, ServiceValidationError) is (status is None)
    assert platform.world["actions"] == {}
    with pytest.raises(ServiceValidationError) as hub:
        await send(hass, device_of(hass, entry, entry.runtime_data.hub_id))
    assert hub.value.translation_key == "downlink_unknown_device"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_options_of_the_queue(hass: HomeAssistant) -> None:
    async with ElementSimulator(rate=5000) as sim:
        entry = await set_up(hass, sim)
        registry = dr.async_get(hass)
        climate, gas = (
            registry.async_get_device_by_identifier((DOMAIN, sim.resolve(key)), entry.entry_id)
            for key in ("climate", "gas")
        )
        assert climate is not None
        assert gas is not None
        data = {"device_id": climate.id, "payload": "affe", "port": 1, "immediately": True, "retries": 3}
        await hass.services.async_call(DOMAIN, "send_downlink", data, blocking=True, return_response=True)
        (action,) = sim.world["actions"].values()
        assert (action["opts"]["immediately"], action["opts"]["retries"]) == (True, 3)
        with pytest.raises(vol.Invalid):
            await hass.services.async_call(DOMAIN, "send_downlink", {**data, "retries": -1}, blocking=True)
        # A device of another network is not offered, and refused.
        assert (climate.model_id, gas.model_id) == ("LoRaWAN", "Receive only")
        with pytest.raises(HomeAssistantError) as err:
            await hass.services.async_call(DOMAIN, "send_downlink", {**data, "device_id": gas.id}, blocking=True)
        assert err.value.translation_key == "downlink_not_possible"
        assert len(sim.world["actions"]) == 1
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("options", [{"immediately": True}, {"retries": 0}])
async def test_resiot_has_no_options_of_the_queue(hass: HomeAssistant, options: dict[str, Any]) -> None:
    async with ResiotSimulator() as sim:
        entry = await set_up(hass, sim)
        coordinator = entry.runtime_data
        device = next(iter(coordinator.devices.values()), None)
        if device is None:
            device = coordinator.get_or_add("0011223344556677", "x")
        device.app_eui = "70b3d50000000000"
        with pytest.raises(FieldNotSupported):
            await coordinator.async_send_downlink(device.device_id, Downlink(payload=b"", port=1, **options))
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a list to which the pauses between downlinks are added, which take no time."""
    pauses: list[float] = []
    pause = asyncio.sleep

    async def note(seconds: float) -> None:
        pauses.append(seconds)
        await pause(0)

    monkeypatch.setattr("custom_components.pushwire.lorawan.downlink_queue.asyncio.sleep", note)
    return pauses


async def test_several_devices(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], pauses: list[float]
) -> None:
    devices = [device_of(hass, entry, device_id) for device_id in (VALVE, OFFICE)]
    answer = await send(hass, [*devices, devices[0]], reference="all")
    assert answer == {
        "devices": {
            devices[0]: {"result": "accepted", "reference": "all-1"},
            devices[1]: {"result": "accepted", "reference": "all-2"},
        }
    }
    assert [(item["deveui"], item["reference"]) for item in sim.world["downlinks"]] == [
        (VALVE, "all-1"),
        (OFFICE, "all-2"),
    ]
    assert pauses == [PAUSE]


async def test_one_of_several_devices_fails(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    coordinator = entry.runtime_data
    send_downlink = coordinator.async_send_downlink

    async def refuse(device_id: str, downlink: Downlink) -> Any:
        if device_id == OFFICE:
            raise DownlinkFailed("queue full")
        return await send_downlink(device_id, downlink)

    coordinator.downlink_queue._send = refuse
    devices = [device_of(hass, entry, device_id) for device_id in (OFFICE, VALVE)]
    answers = (await send(hass, devices))["devices"]
    assert answers[devices[0]]["result"] == "failed"
    assert "queue full" in answers[devices[0]]["error"]
    assert answers[devices[1]]["result"] == "accepted"
    # Without a response, nobody would notice the failure.
    data = {"device_id": devices, "payload": "01", "port": 2}
    with pytest.raises(HomeAssistantError, match="queue full"):
        await hass.services.async_call(DOMAIN, "send_downlink", data, blocking=True)
    assert len(sim.world["downlinks"]) == 2


async def test_bad_input_for_one_of_several_devices_sends_nothing(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    hub = device_of(hass, entry, entry.runtime_data.hub_id)
    async with DeconzSimulator() as other:
        light = await set_up(hass, other)
        foreign = next(iter(dr.async_entries_for_config_entry(dr.async_get(hass), light.entry_id))).id
        for bad in (hub, foreign):
            with pytest.raises(HomeAssistantError):
                await send(hass, [device_of(hass, entry, VALVE), bad])
        await hass.config_entries.async_unload(light.entry_id)
    with pytest.raises(vol.Invalid):
        await send(hass, [])
    assert not sim.world["downlinks"]


@pytest.mark.parametrize(
    "length,spreading_factor,frequency,limit",
    [
        (51, 12, 868.1, None),
        (52, 12, 868.1, 51),
        (116, 9, 867.3, 115),
        (222, 7, 868.5, None),
        (223, 7, 868.5, 222),
        (242, None, 868.5, None),
        # The data rates of other regions differ between both directions.
        (100, 10, 904.3, None),
        (100, 10, None, None),
    ],
)
async def test_a_payload_that_is_too_long_for_the_last_data_rate(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    length: int,
    spreading_factor: int | None,
    frequency: float | None,
    limit: int | None,
) -> None:
    device = entry.runtime_data.devices[VALVE]
    device.radio = replace(device.radio, spreading_factor=spreading_factor, frequency=frequency)
    answer = await send(hass, device_of(hass, entry, VALVE), payload="00" * length)
    expected = f"{length} bytes are more than the {limit} that the device can receive at SF{spreading_factor}"
    assert answer.get("warning") == (None if limit is None else expected)
    assert len(sim.world["downlinks"]) == 1
