"""Behavior of the sockets as documented by the vendor, tested with real sockets."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.element import coordinator as element_coordinator
from custom_components.pushwire.vendors.element.api.client import SOURCES, ElementClient
from simulators import ElementSimulator
from tests.common import run_pending_updates, set_up, stored_data, wait_reconnected, wait_until
from tests.element.conftest import wait_primed

# The payload is disabled by default.
pytestmark = pytest.mark.usefixtures("all_enabled")

PATHS = {
    "mandate": ["/api/v1/{source}/socket"],
    "stream": ["/api/v1/streams/{stream}/{source}/socket"],
    "tag": ["/api/v1/tags/{building}/{source}/socket", "/api/v1/tags/{city}/{source}/socket"],
    "device": ["/api/v1/devices/{climate}/{source}/socket", "/api/v1/devices/{water}/{source}/socket"],
}


@pytest.mark.parametrize("sources", [["readings"], ["packets"], ["readings", "packets"]])
@pytest.mark.parametrize("scope", list(PATHS))
async def test_each_scope_opens_its_sockets(
    hass: HomeAssistant, scope: Any, sources: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ElementSimulator(scope=scope, rate=5000) as sim:
        steps = [{"step_id": "element_scope", "data": {**sim.steps[0]["data"], "sources": sources}}]
        monkeypatch.setattr(ElementSimulator, "steps", property(lambda _: steps))
        entry = await set_up(hass, sim)
        await wait_primed(hass, entry)
        wanted = {path.format(**sim.world["ids"], source=source) for path in PATHS[scope] for source in sources}
        # The config flow opens each socket once to check the key.
        opened = [request for request in sim.requests if request.status == 101]
        assert sorted(request.path for request in opened) == sorted([*wanted, *wanted])
        assert {request.query["auth"] for request in opened} == {sim.api_key}
        assert sim.open_sockets == len(wanted)

        # Uplinks within the scope are shown with any combination of sources.
        items = sim.uplink("climate", {"temperature": 33.25, "humidity": 40})
        if "readings" in sources:
            shown = "sensor.gebaude_klima_buro_temperature"
            await wait_until(hass, lambda: hass.states.get(shown) is not None and hass.states.is_state(shown, "33.25"))
        shown = "sensor.gebaude_klima_buro_payload"
        payload = items[0]["payload"].lower()
        await wait_until(hass, lambda: hass.states.get(shown) is not None and hass.states.is_state(shown, payload))
        await hass.async_block_till_done()
        rssi = items[0]["meta"]["gateway_stats"][0]["rssi"]
        assert float(hass.states.get("sensor.gebaude_klima_buro_rssi").state) == rssi
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("scope", ["stream", "tag", "device"])
async def test_devices_outside_the_scope_are_not_added(hass: HomeAssistant, scope: Any) -> None:
    async with ElementSimulator(scope=scope, rate=5000) as sim:
        entry = await set_up(hass, sim)
        await wait_primed(hass, entry)
        inside = {
            "stream": set(sim.world["streams"][sim.resolve("stream")]["devices"]),
            "tag": {device["id"] for device in sim.world["devices"].values()},
            "device": {sim.resolve("climate"), sim.resolve("water")},
        }[scope]
        assert set(entry.runtime_data.devices) == inside
        outside = sim.world["devices"].keys() - inside
        for device_id in outside:
            sim.uplink(device_id, {"temperature": 1.0})
        sim.uplink("climate", {"temperature": 34.5})
        await wait_until(hass, lambda: hass.states.is_state("sensor.gebaude_klima_buro_temperature", "34.5"))
        assert set(entry.runtime_data.devices) == inside
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def short_pings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the ping interval."""
    policy = replace(element_coordinator.POLICY, ping_interval=0.05)
    monkeypatch.setattr(element_coordinator, "POLICY", policy)


def test_pings_are_sent_well_within_the_documented_minute() -> None:
    assert element_coordinator.POLICY.ping_interval <= 30
    assert element_coordinator.POLICY.text_ping == "ping"


@pytest.mark.usefixtures("short_pings")
@pytest.mark.parametrize("answers_ping", [True, False])
async def test_an_idle_socket_stays_open(hass: HomeAssistant, *, answers_ping: bool) -> None:
    """The platform closes a socket without pings, which must not affect ours."""
    async with ElementSimulator(rate=5000, idle_timeout=1.5) as sim:
        # Behind a proxy that drops ping frames, the text ping is enough.
        sim.answers_ping = answers_ping
        entry = await set_up(hass, sim)
        pings = len(sim.received)
        # Longer than the platform waits for a ping on each of the two sockets.
        await sim.wait(lambda: len(sim.received) >= pings + 80)
        assert set(sim.received) == {"ping"}
        assert sim.open_sockets == 2
        assert [stream.statistics.reconnects for stream in entry.runtime_data.streams] == [0, 0]
        # The answers are not counted as unknown frames.
        assert not entry.runtime_data.frame_log.unknown
        assert entry.runtime_data.frame_log.seen > 0
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("quick_links")
async def test_a_replay_starts_at_the_last_item(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    reading = sim.uplink("climate", {"temperature": 30.0})[1]
    await wait_until(hass, lambda: hass.states.is_state("sensor.gebaude_klima_buro_temperature", "30.0"))
    since = len(sim.requests)
    with sim.lose_frames():
        sim.uplink("climate", {"temperature": 31.0})
        sim.uplink("soil", {"soil_moisture": 12.5})
    await sim.drop()
    await wait_reconnected(hass, entry, 2)
    opened = {request.path: request.query for request in sim.requests[since:] if request.status == 101}
    assert opened["/api/v1/readings/socket"]["after"] == reading["inserted_at"]
    assert opened["/api/v1/packets/socket"]["after"] == reading["inserted_at"]
    assert {query["preload"] for query in opened.values()} == {"device"}
    await run_pending_updates(hass)
    assert hass.states.is_state("sensor.gebaude_klima_buro_temperature", "31.0")
    assert hass.states.is_state("sensor.stadt_stadtbaum_12_soil_moisture", "12.5")


@pytest.mark.usefixtures("quick_links")
async def test_a_time_with_a_plus_is_escaped(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    """A plus in a query means a space, as the documentation warns."""
    item = sim.uplink("climate", {"temperature": 30.0})[1]
    plus = (datetime.fromisoformat(item["inserted_at"]) + timedelta(milliseconds=1)).isoformat()
    assert plus.endswith("+00:00")
    sim.announce({**item, "id": "with-a-plus", "inserted_at": plus, "data": {"temperature": 30.5}})
    await wait_until(hass, lambda: hass.states.is_state("sensor.gebaude_klima_buro_temperature", "30.5"))
    since = len(sim.requests)
    await sim.drop()
    await wait_reconnected(hass, entry, 2)
    query = next(request.query for request in sim.requests[since:] if request.path == "/api/v1/readings/socket")
    assert query["after"] == plus


async def test_readings_without_a_packet_socket_include_their_packets(
    hass: HomeAssistant, sim: ElementSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [{"step_id": "element_scope", "data": {"scope": "mandate", "ids": [], "sources": ["readings"]}}]
    monkeypatch.setattr(ElementSimulator, "steps", property(lambda _: steps))
    entry = await set_up(hass, sim)
    await wait_primed(hass, entry)
    assert sim.requests[-1].query.get("preload", "device,packet") == "device,packet"
    items = sim.uplink("weather", {"air_temperature": 3.5})
    await wait_until(hass, lambda: hass.states.is_state("sensor.stadt_wetterstation_rathaus_air_temperature", "3.5"))
    await hass.async_block_till_done()
    snr = items[0]["meta"]["gateway_stats"][0]["snr"]
    assert float(hass.states.get("sensor.stadt_wetterstation_rathaus_snr").state) == snr
    await asyncio.sleep(0)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("quick_links")
@pytest.mark.parametrize("scope", list(PATHS))
async def test_each_socket_replays_what_it_missed(hass: HomeAssistant, scope: Any) -> None:
    """The effect of `after` on all eight sockets."""
    async with ElementSimulator(scope=scope, rate=5000) as sim:
        entry = await set_up(hass, sim)
        await wait_primed(hass, entry)
        sim.uplink("climate", {"temperature": 30.0})
        await wait_until(hass, lambda: hass.states.is_state("sensor.gebaude_klima_buro_temperature", "30.0"))
        since = len(sim.requests)
        with sim.lose_frames():
            packet, _ = sim.uplink("climate", {"temperature": 31.0})
        await sim.drop()
        await wait_reconnected(hass, entry, len(entry.runtime_data.streams))
        opened = [request for request in sim.requests[since:] if request.status == 101]
        wanted = {path.format(**sim.world["ids"], source=source) for path in PATHS[scope] for source in SOURCES}
        assert {request.path for request in opened} == wanted
        assert all(datetime.fromisoformat(request.query["after"]) for request in opened)
        await run_pending_updates(hass)
        # The reading and the packet come from different sockets.
        assert hass.states.is_state("sensor.gebaude_klima_buro_temperature", "31.0")
        assert hass.states.is_state("sensor.gebaude_klima_buro_payload", packet["payload"].lower())
        await hass.config_entries.async_unload(entry.entry_id)


PRELOADS = [
    ("packets", "device"),
    ("packets", "device.fields"),
    ("packets", "device.interfaces"),
    ("readings", "device"),
    ("readings", "device.fields"),
    ("readings", "device.interfaces"),
    ("readings", "packet"),
    ("readings", "packet.interface"),
]


@pytest.mark.parametrize("source,preload", PRELOADS)
async def test_effect_of_each_preload(
    hass: HomeAssistant, source: str, preload: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an item holds besides itself is shown, whichever of the documented values was requested."""
    open_socket = ElementClient.open_socket

    async def open_with_preload(*args: Any, after: str | None = None, **_: Any) -> Any:
        return await open_socket(*args, after=after, preload=(preload,))

    monkeypatch.setattr(ElementClient, "open_socket", open_with_preload)
    steps = [{"step_id": "element_scope", "data": {"scope": "mandate", "ids": [], "sources": [source]}}]
    monkeypatch.setattr(ElementSimulator, "steps", property(lambda _: steps))
    async with ElementSimulator(rate=5000) as sim:
        entry = await set_up(hass, sim)
        await wait_primed(hass, entry)
        before = _shown(hass, entry, sim)
        device = sim.device("climate")
        device["fields"] = {"gerateinformation": {"hersteller": "Another"}}
        device["interfaces"][0]["opts"]["device_eui"] = "0102030405060708"
        sim.rename("climate", "Renamed")
        packet = sim.uplink("climate", {"temperature": 33.25})[0]
        payload = packet["payload"].lower()
        if source == "readings":
            await wait_until(hass, lambda: hass.states.is_state("sensor.gebaude_klima_buro_temperature", "33.25"))
        else:
            await wait_until(hass, lambda: hass.states.is_state("sensor.gebaude_klima_buro_payload", payload))
        await hass.async_block_till_done()
        expected = {
            "name": "Renamed" if preload.startswith("device") else before["name"],
            "maker": "Another" if preload == "device.fields" else before["maker"],
            "eui": "0102030405060708" if preload == "device.interfaces" else before["eui"],
            "payload": payload if source == "packets" or preload.startswith("packet") else before["payload"],
        }
        assert _shown(hass, entry, sim) == expected
        assert "SECRET" not in str(stored_data(entry.runtime_data))
        await hass.config_entries.async_unload(entry.entry_id)


def _shown(hass: HomeAssistant, entry: ConfigEntry[Any], sim: ElementSimulator) -> dict[str, Any]:
    """Return what an item's preloaded objects may change."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, sim.resolve("climate")), entry.entry_id)
    assert device is not None
    payload = hass.states.get("sensor.gebaude_klima_buro_payload")
    return {
        "name": device.name,
        "maker": device.manufacturer,
        "eui": entry.runtime_data.devices[sim.resolve("climate")].dev_eui,
        "payload": payload.state if payload else None,
    }
