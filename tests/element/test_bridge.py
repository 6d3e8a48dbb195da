"""Devices of ELEMENT in Home Assistant's own LoRaWAN integration."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from lorawan_connection import AckEvent, Downlink, DownlinkError, EventType, UplinkEvent
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.lorawan.api.model import Radio
from custom_components.pushwire.vendors.element.api.frames import Packet
from custom_components.pushwire.vendors.element.api.model import RecentIds
from custom_components.pushwire.vendors.element.api.repetitions import PassedOn
from simulators import ElementSimulator
from tests.common import run_pending_updates, set_up, wait_reconnected, wait_until
from tests.lorawan.core import Core, collect_uplinks, provide_core

from .conftest import wait_primed

# Temperature and humidity of a SenseCAP S2101, as Seeed's user guide shows them.
PAYLOAD = "010110B068000001021088F400008CFF"


@pytest.fixture
def core(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Core:
    """Return Home Assistant's integration."""
    return provide_core(hass, monkeypatch)


@pytest.fixture
async def entry(hass: HomeAssistant, core: Core, sim: ElementSimulator) -> AsyncGenerator[ConfigEntry[Any]]:
    """Return an entry of the mandate, which is unloaded before the simulator ends."""
    entry = await set_up(hass, sim)
    await wait_until(hass, lambda: entry.entry_id in core.connections)
    await wait_primed(hass, entry)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


def eui_of(entry: ConfigEntry[Any], device_id: str) -> str:
    """Return the DevEUI of a device."""
    return str(entry.runtime_data.devices[device_id].dev_eui)


async def uplinks(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], core: Core, key: str
) -> list[UplinkEvent]:
    """Return the uplinks of a device once all frames have been applied."""
    seen = entry.runtime_data.frame_log.seen
    sim.uplink("soil", {"soil_moisture": 41.5})
    await wait_until(hass, lambda: entry.runtime_data.frame_log.seen > seen and not entry.runtime_data._backlog)
    await run_pending_updates(hass)
    await collect_uplinks(hass)
    return core.uplinks(eui_of(entry, sim.resolve(key)))


async def test_all_devices_with_an_eui_are_listed(sim: ElementSimulator, entry: ConfigEntry[Any], core: Core) -> None:
    expected = {
        device["interfaces"][0]["opts"]["device_eui"].lower(): device["name"]
        for device in sim.world["devices"].values()
        if not device["deleted_at"] and "device_eui" in device["interfaces"][0]["opts"]
    }
    assert {eui: found.name for eui, found in core.devices.items()} == expected
    assert len(expected) < len(entry.runtime_data.devices)
    assert {(found.stack, found.brand_id) for found in core.devices.values()} == {("element", None)}
    assert core.urls == [sim.url]
    # The newest packets that REST has returned are no uplinks of now.
    assert not core.of_type(EventType.UPLINK)


async def test_an_uplink_with_all_gateways(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    (packet, *_) = sim.uplink("climate", payload=PAYLOAD)
    completed = sim.update_packet(packet["id"])
    (event,) = await uplinks(hass, sim, entry, core, "climate")
    assert (event.data, event.f_port) == (bytes.fromhex(PAYLOAD), 2)
    assert event.received_at == datetime.fromisoformat(packet["transceived_at"])
    stats = completed["meta"]["gateway_stats"]
    assert [(item.gateway_id, item.rssi, item.snr) for item in event.receptions] == [
        (item["router_id_hex"].lower(), item["rssi"], item["snr"]) for item in stats
    ]
    assert len(stats) > 1


async def test_a_frame_under_two_packet_ids_is_one_uplink(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    for _ in range(2):
        sim.uplink("climate", payload=PAYLOAD, frame_count_up=900)
    assert len(await uplinks(hass, sim, entry, core, "climate")) == 1
    # It is reported again after the uplink has been delivered.
    sim.uplink("climate", payload=PAYLOAD, frame_count_up=900)
    assert len(await uplinks(hass, sim, entry, core, "climate")) == 1
    sim.uplink("climate", payload=PAYLOAD, frame_count_up=901)
    assert len(await uplinks(hass, sim, entry, core, "climate")) == 2


def packet(identifier: str, counter: int | None) -> Packet:
    """Return a packet."""
    return Packet(identifier, "d", "up", 0.0, 0.0, "", PAYLOAD, Radio(port=2, frame_counter=counter))


def test_repetitions() -> None:
    passed_on = PassedOn()
    assert passed_on.add("d", packet("a", 7), 1000)
    assert not passed_on.add("d", packet("a", 7), 1000)
    assert not passed_on.add("d", packet("b", 7), 1299)
    # A device that has started again may send the same, and another device anyway.
    assert passed_on.add("d", packet("c", 7), 1700)
    assert passed_on.add("e", packet("d", 7), 1700)
    # Without a counter, equal payloads are different uplinks.
    assert passed_on.add("d", packet("e", None), 1701)
    assert passed_on.add("d", packet("f", None), 1702)
    assert isinstance(passed_on._packets, RecentIds)


async def test_what_is_late_or_no_payload_of_the_application_is_held_back(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    old = datetime.now(UTC) - timedelta(minutes=3)
    sim.uplink("climate", payload=PAYLOAD, inserted_at=old)
    (packet, *_) = sim.uplink("climate", payload=PAYLOAD, frame_port=0)
    for changes in (
        {"transceived_at": old.isoformat()},
        {"skip_parsers": True},
        {"packet_type": "down"},
        {"payload_encoding": "utf8"},
    ):
        sim.announce(
            {**packet, "id": f"copy-{next(iter(changes))}", "meta": {**packet["meta"], "frame_port": 2}} | changes
        )
    assert not await uplinks(hass, sim, entry, core, "climate")


async def test_a_replay_is_held_back(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    sim.refuse(503)
    await sim.drop()
    sim.uplink("climate", payload="01", inserted_at=datetime.now(UTC) - timedelta(minutes=10))
    sim.allow()
    await wait_reconnected(hass, entry)
    sim.uplink("climate", payload="02")
    assert [event.data.hex() for event in await uplinks(hass, sim, entry, core, "climate")] == ["02"]


async def test_without_packets_the_packet_of_the_readings_counts(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, "sources": ["readings"]})
    assert await hass.config_entries.async_reload(entry.entry_id)
    await wait_until(hass, lambda: entry.entry_id in core.connections)
    await wait_primed(hass, entry)
    sim.uplink("climate", [{"air_temperature": 20.5}, {"air_temperature": 20.4}], payload=PAYLOAD)
    (event,) = await uplinks(hass, sim, entry, core, "climate")
    assert event.data == bytes.fromhex(PAYLOAD)


async def test_a_lost_scope_does_not_affect_the_devices_of_others(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    entry.runtime_data.availability.disconnected("packets of another scope")
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    await hass.async_block_till_done()
    assert not entry.runtime_data.available
    assert entry.entry_id in core.connections
    sim.uplink("climate", payload=PAYLOAD)
    assert len(await uplinks(hass, sim, entry, core, "climate")) == 1


async def test_devices_come_change_and_go(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    new = sim.add_device("cellar", "Keller")
    sim.uplink("cellar", {"air_temperature": 12.5})
    # The socket preloads a device without its DevEUI.
    await wait_until(hass, lambda: "Keller" in {found.name for found in core.devices.values()})
    eui = eui_of(entry, new)
    await collect_uplinks(hass)
    assert len(core.uplinks(eui)) == 1
    sim.rename("cellar", "Gewölbe")
    await entry.runtime_data._fetch_inventory()
    assert core.devices[eui].name == "Gewölbe"
    sim.delete("cellar")
    await entry.runtime_data._fetch_inventory()
    assert eui not in core.devices
    assert core.events[-1].type is EventType.REMOVED


async def test_a_confirmed_downlink(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], core: Core
) -> None:
    connection = core.connections[entry.entry_id]
    eui = eui_of(entry, sim.resolve("climate"))
    reference = await connection.async_send_downlink(Downlink(eui, 7, b"\xaf\xfe", confirmed=True))
    sim.uplink("climate", payload="01")
    await wait_until(hass, lambda: any("sent" in item.steps for item in entry.runtime_data._downlinks.items))
    assert not core.of_type(EventType.ACK)
    sim.uplink("climate", payload="02")
    await wait_until(hass, lambda: bool(core.of_type(EventType.ACK)))
    (ack,) = core.of_type(EventType.ACK)
    assert isinstance(ack, AckEvent)
    assert (ack.queue_item_id, ack.acknowledged, ack.dev_eui) == (reference, True, eui)
    (action,) = sim.world["actions"].values()
    assert (action["opts"]["payload"].lower(), action["opts"]["port"], action["opts"]["acknowledge"]) == (
        "affe",
        7,
        True,
    )


@pytest.mark.parametrize("state", ["cancelled", "failed", "expired"])
async def test_a_downlink_that_the_platform_gives_up(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], core: Core, state: str
) -> None:
    connection = core.connections[entry.entry_id]
    eui = eui_of(entry, sim.resolve("climate"))
    await connection.async_send_downlink(Downlink(eui, 7, b"\xaf\xfe", confirmed=True))
    (action,) = sim.world["actions"]
    sim.end_action(action, state)
    await entry.runtime_data._read_actions(list(entry.runtime_data._downlinks.items))
    (ack,) = core.of_type(EventType.ACK)
    assert isinstance(ack, AckEvent)
    assert not ack.acknowledged


async def test_a_downlink_that_the_key_may_not_send(sim: ElementSimulator, entry: ConfigEntry[Any], core: Core) -> None:
    sim.action_forbidden = True
    connection = core.connections[entry.entry_id]
    eui = eui_of(entry, sim.resolve("climate"))
    with pytest.raises(DownlinkError):
        await connection.async_send_downlink(Downlink(eui, 7, b"\xaf\xfe", confirmed=True))
    with pytest.raises(DownlinkError):
        await connection.async_send_downlink(
            Downlink(eui, 7, b"\xaf\xfe", expires_at=datetime.now(UTC) + timedelta(hours=1))
        )
    assert not sim.world["actions"]
    assert not core.of_type(EventType.ACK)
