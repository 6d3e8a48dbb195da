"""Diagnostic entities of the account: rate limit, replay, packets without readings, and the key."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.element.api import undecoded
from custom_components.pushwire.vendors.element.api.frames import Packet, Reading, read_packet, read_reading
from custom_components.pushwire.vendors.element.api.undecoded import READING_TIME, UndecodedPackets
from custom_components.pushwire.vendors.element.coordinator import ACCOUNT_INTERVAL, BULK_ITEMS, INVENTORY_INTERVAL
from simulators import ElementSimulator
from simulators.element.access import Key
from tests.common import run_pending_updates, set_up, wait_reconnected, wait_until
from tests.element.conftest import wait_primed

LEFT = "sensor.stadtwerke_muster_requests_left"
LAG = "sensor.stadtwerke_muster_replay_lag"
UNDECODED = "sensor.stadtwerke_muster_undecoded_packets"
EXPIRY = "sensor.stadtwerke_muster_api_key_expiry"


async def pass_time(hass: HomeAssistant, interval: timedelta) -> None:
    """Run what is due within an interval."""
    async_fire_time_changed(hass, dt_util.utcnow() + interval)
    await hass.async_block_till_done()


def requests(sim: ElementSimulator, path: str) -> int:
    """Return the number of requests that have been answered."""
    return len([request for request in sim.requests if request.path == path and request.status])


# Rate limit


async def test_what_is_left_of_the_rate_limit(hass: HomeAssistant) -> None:
    async with ElementSimulator(rate=5000, rate_window=3600) as sim:
        entry = await set_up(hass, sim)
        await wait_primed(hass, entry)
        await wait_until(hass, lambda: requests(sim, "/api/v1/api_keys") == 1)
        await pass_time(hass, ACCOUNT_INTERVAL)
        # Handshakes of sockets do not count.
        rest = [request for request in sim.requests if not request.path.endswith("/socket")]
        assert hass.states.get(LEFT).state == str(5000 - len(rest))
        await entry.runtime_data.client.mandate()
        await pass_time(hass, ACCOUNT_INTERVAL)
        assert hass.states.get(LEFT).state == str(4999 - len(rest))
        await hass.config_entries.async_unload(entry.entry_id)


async def test_the_limit_is_whole_after_its_window(hass: HomeAssistant) -> None:
    async with ElementSimulator(rate=77, rate_window=0) as sim:
        entry = await set_up(hass, sim)
        await pass_time(hass, ACCOUNT_INTERVAL)
        assert hass.states.get(LEFT).state == "77"
        await hass.config_entries.async_unload(entry.entry_id)


# Replay


@pytest.mark.usefixtures("quick_links")
async def test_the_lag_of_a_replay(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    assert hass.states.is_state(LAG, "0.0")
    shown: list[float] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        shown.append(float(event.data["new_state"].state))

    stop = async_track_state_change_event(hass, LAG, note)
    now = datetime.now(UTC)
    since = now - timedelta(hours=2)
    for cursor in entry.runtime_data._cursors.values():
        cursor.after, cursor.inserted_at = since.isoformat(), since.timestamp()
    with sim.lose_frames():
        for index in range(BULK_ITEMS):
            at = now - timedelta(hours=1) + timedelta(seconds=index)
            sim.uplink("climate", {"temperature": float(index)}, inserted_at=at)
    await sim.drop()
    await wait_reconnected(hass, entry, 2)
    await wait_until(hass, lambda: bool(shown))
    # The first item is an hour old, and so is what follows it in the next second.
    assert 3400 < shown[0] < 3700
    await wait_until(hass, lambda: not entry.runtime_data._backlog)
    await pass_time(hass, timedelta(seconds=1))
    assert 3400 < float(hass.states.get(LAG).state) < 3700
    await run_pending_updates(hass)
    assert hass.states.is_state(LAG, "0.0")
    stop()


async def test_a_late_measurement_is_no_lag(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    late = datetime.now(UTC) - timedelta(hours=1)
    seen = entry.runtime_data.frame_log.seen
    sim.uplink("climate", {"temperature": 3.5}, measured_at=late)
    await wait_until(hass, lambda: entry.runtime_data.frame_log.seen >= seen + 2)
    assert hass.states.is_state(LAG, "0.0")


# Packets without readings


def packet_of(**changes: Any) -> Packet:
    """Return a packet."""
    body = {"id": "p", "device_id": "d", "packet_type": "up", "payload_encoding": "binary", "payload": "0102"}
    times = {"transceived_at": "2026-10-01T12:00:00Z", "inserted_at": "2026-10-01T12:00:00Z"}
    return read_packet({**body, **times, "meta": {"frame_port": 2}, **changes})


def reading_of(packet_id: str | None) -> Reading:
    """Return the reading of a packet."""
    return read_reading({"id": "r", "device_id": "d", "packet_id": packet_id, "measured_at": "2026-10-01T12:00:00Z"})


def count(*items: Reading | Packet) -> int:
    """Return the number of packets without a reading."""
    counter = UndecodedPackets()
    for item in items:
        counter.note(item, 0.0)
    counter.check(READING_TIME - 1)
    assert counter.count == 0
    counter.check(READING_TIME)
    counter.check(READING_TIME * 9)
    return counter.count


def test_a_packet_without_a_reading_is_counted_once() -> None:
    assert count(packet_of()) == 1
    # The platform sends a packet again after it has completed it.
    assert count(packet_of(), packet_of(meta={"updated": True})) == 1
    assert count(packet_of(), reading_of(None)) == 1
    assert count(packet_of(), packet_of(id="q"), reading_of("q")) == 1
    # Other drivers have no port, and payloads of other kinds.
    assert count(packet_of(meta=None, payload={"a": 1}, payload_encoding="json")) == 1


def test_a_packet_with_a_reading_is_not_counted_in_any_order() -> None:
    assert count(packet_of(), reading_of("p")) == 0
    assert count(reading_of("p"), packet_of()) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"packet_type": "down"},
        {"skip_parsers": True},
        {"is_meta": True},
        {"payload": None},
        {"payload": ""},
        {"meta": {"frame_port": 0}},
    ],
)
def test_packets_that_no_parser_is_meant_to_understand(changes: dict[str, Any]) -> None:
    assert count(packet_of(**changes)) == 0


async def test_packets_that_no_parser_understood_are_counted(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undecoded, "READING_TIME", 0.0)
    assert hass.states.is_state(UNDECODED, "0")
    seen = entry.runtime_data.frame_log.seen
    sim.uplink("climate", {"temperature": 3.5})
    sim.uplink("climate", [])
    packet = sim.uplink("soil", [])[0]
    await wait_until(hass, lambda: entry.runtime_data.frame_log.seen >= seen + 4)
    await pass_time(hass, ACCOUNT_INTERVAL)
    assert hass.states.is_state(UNDECODED, "2")
    # The platform completes a packet later, and sends it again.
    seen = entry.runtime_data.frame_log.seen
    sim.update_packet(packet["id"])
    await wait_until(hass, lambda: entry.runtime_data.frame_log.seen > seen)
    await pass_time(hass, ACCOUNT_INTERVAL)
    assert hass.states.is_state(UNDECODED, "2")
    await hass.config_entries.async_reload(entry.entry_id)
    assert hass.states.is_state(UNDECODED, "2")


async def test_without_readings_nobody_knows_which_packets_were_decoded(
    hass: HomeAssistant, sim: ElementSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [{"step_id": "element_scope", "data": {"scope": "mandate", "ids": [], "sources": ["packets"]}}]
    monkeypatch.setattr(ElementSimulator, "steps", property(lambda _: steps))
    entry = await set_up(hass, sim)
    assert hass.states.get(UNDECODED) is None
    await hass.config_entries.async_unload(entry.entry_id)


# Key


def issue_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> ir.IssueEntry | None:
    """Return the issue of a key that expires soon."""
    return ir.async_get(hass).async_get_issue(DOMAIN, f"key_expires_{entry.entry_id}")


async def test_a_key_that_expires_soon(hass: HomeAssistant, sim: ElementSimulator) -> None:
    expires = datetime(2030, 5, 17, 11, 30, tzinfo=UTC)
    sim.keys[sim.api_key].valid_until = expires
    # Other keys of the mandate expire earlier.
    sim.keys |= {f"another-{index}": Key(valid_until=datetime.now(UTC)) for index in range(8)}
    entry = await set_up(hass, sim)
    await wait_until(hass, lambda: hass.states.get(EXPIRY) is not None)
    assert hass.states.is_state(EXPIRY, expires.isoformat())
    assert issue_of(hass, entry) is None

    sim.keys[sim.api_key].valid_until = soon = datetime.now(UTC) + timedelta(days=13, hours=23)
    await pass_time(hass, INVENTORY_INTERVAL)
    await wait_until(hass, lambda: issue_of(hass, entry) is not None)
    issue = issue_of(hass, entry)
    assert issue is not None
    assert issue.translation_placeholders == {
        "name": "Stadtwerke Muster",
        "date": dt_util.as_local(soon).date().isoformat(),
    }
    await wait_until(
        hass, lambda: hass.states.get(EXPIRY).state == soon.replace(microsecond=0).isoformat(timespec="seconds")
    )

    # The administrator extends the key.
    sim.keys[sim.api_key].valid_until = datetime.now(UTC) + timedelta(days=14, hours=1)
    await pass_time(hass, INVENTORY_INTERVAL)
    await wait_until(hass, lambda: issue_of(hass, entry) is None)
    sim.keys[sim.api_key].valid_until = None
    await pass_time(hass, INVENTORY_INTERVAL)
    await wait_until(hass, lambda: hass.states.is_state(EXPIRY, "unknown"))
    assert "another" not in str(entry.runtime_data.diagnostics())
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("role", ["read_only", "admin"])
async def test_a_key_whose_expiry_cannot_be_read(hass: HomeAssistant, sim: ElementSimulator, role: str) -> None:
    sim.limit_key(role=role)
    if role == "admin":
        sim.refuse(404, path="/api/v1/api_keys")
    entry = await set_up(hass, sim)
    await wait_primed(hass, entry)
    await wait_until(hass, lambda: requests(sim, "/api/v1/api_keys") == 1)
    await pass_time(hass, INVENTORY_INTERVAL)
    # The inventory is read in the same moment.
    await wait_until(hass, lambda: requests(sim, "/api/v1/devices") == 3)
    await hass.async_block_till_done()
    assert er.async_get(hass).async_get(EXPIRY) is None
    assert issue_of(hass, entry) is None
    # The key is not asked for again.
    assert requests(sim, "/api/v1/api_keys") == 1
    await hass.config_entries.async_unload(entry.entry_id)
