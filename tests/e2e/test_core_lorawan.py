"""What Home Assistant's own LoRaWAN integration, and that of SenseCAP, make of the devices of ResIOT and ELEMENT.

Its name sorts before that of the demo's tests, which stop the home.
"""

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from scripts.hass_process import settled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scripts.hass_process import Client, Json, Simulator

    from .conftest import Home

RESIOT_EUI = "2cf7f1c0443000a1"
# Example of Seeed's user guide of the S2101: 26.8 °C and 62.6 % at the first channel.
PAYLOAD = "010110B068000001021088F400008CFF"
PORT = 2
BRAND, MODEL = 744, "fc455aa2-01cf-492b-9359-a5d8c9a0e1b3"
VALUES = {"temperature": ("26.8", "°C"), "humidity": ("62.6", "%")}


async def _call(simulator: Simulator, method: str, **arguments: Any) -> Any:
    """Return the result of a method of a simulator."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{simulator.url}/_sim/call", json={"method": method, "args": arguments}) as response,
    ):
        assert response.ok, await response.text()
        return (await response.json())["result"]


async def _world(simulator: Simulator) -> Any:
    async with aiohttp.ClientSession() as session, session.get(f"{simulator.url}/_sim/world") as response:
        return await response.json()


async def _until[ResultT](read: Callable[[], Awaitable[ResultT]], is_reached: Callable[[ResultT], bool]) -> ResultT:
    """Return what is read once a condition is met."""
    async with asyncio.timeout(60):
        while True:
            if is_reached(result := await read()):
                return result
            await asyncio.sleep(0.2)


async def _listed(client: Client) -> dict[str, Json]:
    """Return the devices of Home Assistant's LoRaWAN list by DevEUI."""
    return {device["dev_eui"]: device for device in (await client.call("lorawan/devices/list"))["devices"]}


async def _name_model(client: Client, entry_id: str, device: str) -> None:
    """Name brand and model of a device in the options, as a person does."""
    path = "/api/config/config_entries/options/flow"
    form = await client.request("POST", path, {"handler": entry_id})
    for answer in ({"next_step_id": "identity"}, {"devices": [device]}, {"brand": BRAND, "model": MODEL}):
        form = await client.request("POST", f"{path}/{form['flow_id']}", answer)
    assert form["type"] == "create_entry", form


@pytest.fixture(scope="session")
async def probes(home: Home) -> dict[str, str]:
    """Add a SenseCAP S2101 to both vendors; return the DevEUIs by the vendors' IDs."""
    await settled(home.client, limit=120)
    by_vendor = {simulator.vendor: simulator for simulator in home.simulators}
    await _call(by_vendor["resiot"], "add_node", key="sensecap", deveui=RESIOT_EUI)
    element_id = await _call(by_vendor["element"], "add_device", key="sensecap", name="SenseCAP Keller")
    device = (await _world(by_vendor["element"]))["devices"][element_id]
    return {RESIOT_EUI: RESIOT_EUI, element_id: device["interfaces"][0]["opts"]["device_eui"].lower()}


async def _send(home: Home) -> None:
    for simulator in home.simulators:
        if simulator.vendor == "resiot":
            await _call(simulator, "uplink", key="sensecap", payload=PAYLOAD, port=PORT)
        elif simulator.vendor == "element":
            await _call(simulator, "uplink", key="sensecap", data={"note": 1}, payload=PAYLOAD, frame_port=PORT)


async def test_the_lorawan_list_shows_the_devices_of_both(home: Home, probes: dict[str, str]) -> None:
    await _send(home)
    listed = await _until(
        lambda: _listed(home.client),
        lambda devices: all(eui in devices and devices[eui]["last_uplink"] for eui in probes.values()),
    )
    entries = {entry["entry_id"]: entry["title"] for entry in await home.client.entries()}
    by_entry: dict[str, set[str]] = {}
    for eui, device in listed.items():
        assert device["connection"]["domain"] == "pushwire"
        assert device["connection"]["title"] == entries[device["connection"]["entry_id"]]
        # As long as no person has named a model, nothing is guessed.
        assert device["support"] == "missing_identity"
        by_entry.setdefault(device["connection"]["entry_id"], set()).add(eui)
    assert len(by_entry) == 2
    by_vendor = {simulator.vendor: simulator for simulator in home.simulators}
    element = (await _world(by_vendor["element"]))["devices"].values()
    expected = {
        interface["opts"]["device_eui"].lower(): device["name"]
        for device in element
        for interface in device["interfaces"]
        if not device["deleted_at"] and "device_eui" in interface["opts"]
    }
    assert {eui: listed[eui]["name"] for eui in expected} == expected
    nodes = set((await _world(by_vendor["resiot"]))["nodes"])
    assert listed.keys() - expected.keys() <= nodes
    assert RESIOT_EUI in listed.keys() - expected.keys()
    for eui in probes.values():
        receptions = listed[eui]["receptions"]
        assert receptions
        assert all(reception["rssi"] < 0 for reception in receptions), receptions


async def test_sensecap_makes_entities_of_an_uplink_and_of_a_packet(home: Home, probes: dict[str, str]) -> None:
    client = home.client
    listed = await _listed(client)
    for device, eui in probes.items():
        await _name_model(client, listed[eui]["connection"]["entry_id"], device)

    async def discovered() -> list[Json]:
        flows = await client.call("config_entries/flow/progress")
        return [flow for flow in flows if flow["handler"] == "sensecap_lorawan"]

    (flow,) = await _until(discovered, bool)
    path = f"/api/config/config_entries/flow/{flow['flow_id']}"
    result = await client.request("POST", path, {})
    assert result["type"] == "create_entry", result

    await _until(
        lambda: _listed(client),
        lambda devices: all(devices.get(eui, {}).get("support") == "supported" for eui in probes.values()),
    )
    await _send(home)
    found = await _until(lambda: _states(client), lambda states: len(states) == len(probes) * len(VALUES))
    for eui in probes.values():
        assert {key: found[eui, key] for key in VALUES} == VALUES


async def _states(client: Client) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the values of SenseCAP's entities with their units, by DevEUI and measurement."""
    states = {state["entity_id"]: state for state in await client.call("get_states")}
    found = {}
    for row in await client.call("config/entity_registry/list"):
        state = states.get(row["entity_id"])
        if row["platform"] != "sensecap_lorawan" or state is None or state["state"] in ("unknown", "unavailable"):
            continue
        # The list lacks the unique ID, which has the parts network, DevEUI and measurement.
        entity = await client.call("config/entity_registry/get", entity_id=row["entity_id"])
        _, eui, key = entity["unique_id"].split(":")
        found[eui, key] = (state["state"], state["attributes"]["unit_of_measurement"])
    return found
