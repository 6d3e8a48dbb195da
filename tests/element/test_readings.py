"""States and events of readings and packets."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
import random
from time import time
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
import orjson
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.core.storage import SAVE_DELAY
from custom_components.pushwire.vendors.element import coordinator as element_coordinator
from custom_components.pushwire.vendors.element.api.model import to_timestamp
from simulators import ElementSimulator
from tests.common import (
    assert_unchanged_after_reload,
    held_response,
    run_pending_updates,
    set_up,
    wait_for_state,
    wait_reconnected,
    wait_until,
)
from tests.element.conftest import assert_values_shown, wait_primed

CLIMATE = "sensor.gebaude_klima_buro"


def device_of(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], key: str) -> dr.DeviceEntry | None:
    """Return a device of the simulator from the registry."""
    return dr.async_get(hass).async_get_device_by_identifier((DOMAIN, sim.resolve(key)), entry.entry_id)


def count_events(hass: HomeAssistant, entity_id: str) -> list[str]:
    """Return a list to which each event of an entity is added."""
    fired: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        if event.data["entity_id"] != entity_id or new is None or not new.attributes.get("event_type"):
            return
        # A restart restores the last event as a state. Two events of the same millisecond
        # differ in their payload.
        if new.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN):
            fired.extend({f"{new.state} {new.attributes['payload']}"} - {*fired})

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    return fired


@pytest.mark.usefixtures("all_enabled", "entry")
async def test_an_uplink_updates_values_and_reception(hass: HomeAssistant, sim: ElementSimulator) -> None:
    items = sim.uplink("climate", {"temperature": 37.200732433051044, "humidity": 41.5, "battery_voltage": 3.02})
    await wait_until(hass, lambda: hass.states.get(f"{CLIMATE}_temperature").state.startswith("37.2007324330"))
    await hass.async_block_till_done()
    state = hass.states.get(f"{CLIMATE}_temperature")
    assert (state.attributes["device_class"], state.attributes["unit_of_measurement"]) == ("temperature", "°C")
    assert state.attributes["state_class"] == "measurement"
    assert er.async_get(hass).async_get(state.entity_id).options["sensor"]["suggested_display_precision"] == 1
    packet = items[0]
    best = packet["meta"]["gateway_stats"][0]
    shown = {key: hass.states.get(f"{CLIMATE}_{key}").state for key in ("rssi", "snr", "last_uplink", "payload")}
    uplink_time = datetime.fromisoformat(packet["transceived_at"]).replace(microsecond=0)
    assert shown == {
        "rssi": str(float(best["rssi"])),
        "snr": str(best["snr"]),
        "last_uplink": uplink_time.isoformat(),
        "payload": packet["payload"].lower(),
    }


async def test_every_key_of_the_inventory_has_an_entity(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    """The newest readings have entities before anything is pushed."""
    registry = er.async_get(hass)
    unique_ids = {item.unique_id for item in er.async_entries_for_config_entry(registry, entry.entry_id)}
    for device_id in sim.world["devices"]:
        assert entry.runtime_data.unique_id(device_id, "last_uplink") in unique_ids
        for key, value in sim.newest_data(device_id).items():
            is_unit = key == "unit" or key.endswith("_unit")
            invalid = "_error_value_" in key
            kinds = {entry.runtime_data.unique_id(device_id, f"{kind}-{key}") for kind in ("value", "flag", "press")}
            nested = isinstance(value, dict)
            # Coordinates are one location.
            is_nothing = value is None or str(value).startswith("invalid") or key in ("gps_lat", "gps_lon")
            # A number, a flag and a press are different entities, of which a key has one.
            assert len(kinds & unique_ids) == (0 if is_unit or invalid or nested or is_nothing else 1), key
    assert entry.runtime_data.unique_id(sim.resolve("gas"), "value-details.battery.voltage") in unique_ids
    assert entry.runtime_data.unique_id(sim.resolve("tracker"), "value-location") in unique_ids
    assert_values_shown(hass, sim, entry)


async def test_device_registry(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    water = device_of(hass, sim, entry, "water")
    assert water is not None
    assert (water.name, water.manufacturer, water.model) == ("Wasserzähler Keller", "Simulated", "Water")
    assert water.serial_number == "SN-water"
    hub = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, entry.runtime_data.hub_id), entry.entry_id)
    assert water.via_device_id == hub.id
    assert hub.entry_type is dr.DeviceEntryType.SERVICE


async def test_the_newest_reading_of_a_packet_is_shown(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    values = [{"1_8_0": 9200.0 - back, "unit": "kWh", "mode": 3} for back in range(4)]
    sim.uplink("profile", values)
    shown = "sensor.stadt_lastgang_hallenbad_energy_import"
    await wait_until(hass, lambda: hass.states.is_state(shown, "9200.0"))
    await hass.async_block_till_done()
    assert hass.states.is_state(shown, "9200.0")
    assert hass.states.get(shown).attributes["unit_of_measurement"] == "kWh"
    assert_values_shown(hass, sim, entry)


async def test_readings_with_different_keys_keep_all_values(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.uplink("water", {"register_value": 500.5, "medium": "water_m3"})
    sim.uplink("water", {"battery": 3611, "type": "status"})
    battery = "sensor.keller_wasserzahler_keller_battery_voltage"
    await wait_until(hass, lambda: hass.states.get(battery) is not None and hass.states.is_state(battery, "3611"))
    register = hass.states.get("sensor.keller_wasserzahler_keller_register_value")
    assert register.state == "500.5"
    assert (register.attributes["device_class"], register.attributes["unit_of_measurement"]) == ("water", "m³")
    assert hass.states.get(battery).attributes["unit_of_measurement"] == "mV"
    assert_values_shown(hass, sim, entry)


async def test_an_older_reading_changes_nothing(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    now = datetime.now(UTC)
    sim.uplink("climate", {"temperature": 20.5}, measured_at=now)
    sim.uplink("climate", {"temperature": 10.5, "humidity": 99.5}, measured_at=now - timedelta(days=2))
    sim.uplink("climate", {"battery_voltage": 2.5}, measured_at=now)
    await wait_until(hass, lambda: hass.states.is_state(f"{CLIMATE}_battery_voltage", "2.5"))
    assert hass.states.is_state(f"{CLIMATE}_temperature", "20.5")
    assert not hass.states.is_state(f"{CLIMATE}_humidity", "99.5")
    assert_values_shown(hass, sim, entry)


@pytest.mark.usefixtures("entry")
async def test_a_clock_that_is_ahead_does_not_block_later_values(hass: HomeAssistant, sim: ElementSimulator) -> None:
    sim.uplink("climate", {"temperature": 1.5}, measured_at=datetime.now(UTC) + timedelta(days=3650))
    await wait_until(hass, lambda: hass.states.is_state(f"{CLIMATE}_temperature", "1.5"))
    sim.uplink("climate", {"temperature": 2.5}, measured_at=datetime.now(UTC) + timedelta(seconds=1))
    await wait_until(hass, lambda: hass.states.is_state(f"{CLIMATE}_temperature", "2.5"))


@pytest.mark.usefixtures("entry")
async def test_a_packet_parsed_again_corrects_its_values(hass: HomeAssistant, sim: ElementSimulator) -> None:
    reading = sim.uplink("climate", {"temperature": 201.5})[1]
    await wait_until(hass, lambda: hass.states.is_state(f"{CLIMATE}_temperature", "201.5"))
    sim.reparse(reading["id"], {"temperature": 20.15})
    await wait_until(hass, lambda: hass.states.is_state(f"{CLIMATE}_temperature", "20.15"))


@pytest.mark.usefixtures("entry")
async def test_a_null_is_shown_as_unknown(hass: HomeAssistant, sim: ElementSimulator) -> None:
    sim.uplink("climate", {"temperature": None, "humidity": 44.5})
    await wait_until(hass, lambda: hass.states.is_state(f"{CLIMATE}_humidity", "44.5"))
    assert hass.states.is_state(f"{CLIMATE}_temperature", STATE_UNKNOWN)
    # A text is not a valid state of a numeric sensor.
    sim.uplink("climate", {"temperature": "fault", "humidity": True})
    await wait_until(hass, lambda: hass.states.is_state(f"{CLIMATE}_humidity", "1"))
    assert hass.states.is_state(f"{CLIMATE}_temperature", STATE_UNKNOWN)


@pytest.mark.usefixtures("entry")
async def test_binary_values_in_every_spelling(hass: HomeAssistant, sim: ElementSimulator) -> None:
    door = "binary_sensor.keller_kellertur_opening"
    for value, state in (
        (True, "on"),
        ("false", "off"),
        (1, "on"),
        ("closed", "off"),
        ("OPEN", "on"),
        ("?", "unknown"),
    ):
        sim.uplink("contact", {"open": value})
        await wait_for_state(hass, door, state)
    assert hass.states.get(door).attributes["device_class"] == "opening"


@pytest.mark.usefixtures("entry")
async def test_the_location_of_a_reading_is_shown(hass: HomeAssistant, sim: ElementSimulator) -> None:
    tracker = "device_tracker.stadt_kehrmaschine_location"

    def position() -> tuple[float | None, float | None]:
        attributes = hass.states.get(tracker).attributes
        return attributes.get("latitude"), attributes.get("longitude")

    sim.uplink("tracker", {"gps_lat": 53.5, "gps_lon": 10.25})
    await wait_until(hass, lambda: position() == (53.5, 10.25))
    # Without a fix, the last location stays.
    sim.uplink("tracker", {"gps_lat": 0, "gps_lon": 0, "speed": 33})
    await wait_until(hass, lambda: hass.states.is_state("sensor.stadt_kehrmaschine_speed", "33"))
    assert position() == (53.5, 10.25)
    assert not [item for item in hass.states.async_entity_ids("sensor") if "latitude" in item or "longitude" in item]


async def test_the_location_of_a_device_that_does_not_measure_it(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    tracker = "device_tracker.gebaude_klima_buro_location"
    assert hass.states.get(tracker).attributes["latitude"] == 53.551086
    sim.world["devices"][sim.resolve("climate")].update(
        location={"type": "Point", "coordinates": [9.5, 53.25]}, updated_at=to_timestamp(time() + 1)
    )
    entry.runtime_data._refresh_inventory(None)
    await wait_until(hass, lambda: hass.states.get(tracker).attributes["latitude"] == 53.25)


@pytest.mark.usefixtures("all_enabled", "entry")
async def test_an_amended_packet_updates_the_reception(hass: HomeAssistant, sim: ElementSimulator) -> None:
    # Entities disabled by default are enabled only for new devices.
    sim.add_device("fresh", "Frisch")
    uplinks = count_events(hass, "event.gebaude_frisch_uplink")
    items = sim.uplink("fresh", {"temperature": 5.5})
    await wait_until(hass, lambda: hass.states.get("sensor.gebaude_frisch_gateways") is not None)
    await wait_until(hass, lambda: len(uplinks) == 1)
    assert hass.states.is_state("sensor.gebaude_frisch_gateways", "1")
    sim.update_packet(items[0]["id"])
    await wait_until(hass, lambda: hass.states.is_state("sensor.gebaude_frisch_gateways", "2"))
    stats = sim.world["packets"][-1]["meta"]["gateway_stats"]
    best = max(stats, key=lambda item: item["snr"])
    assert float(hass.states.get("sensor.gebaude_frisch_rssi").state) == best["rssi"]
    # The amended packet belongs to the same uplink.
    assert len(uplinks) == 1
    # An amended packet that is not the newest changes nothing.
    sim.uplink("fresh", {"temperature": 6.5})
    await wait_until(hass, lambda: hass.states.is_state("sensor.gebaude_frisch_gateways", "1"))
    sim.update_packet(items[0]["id"])
    sim.uplink("climate", {"temperature": 7.25})
    await wait_until(hass, lambda: hass.states.is_state(f"{CLIMATE}_temperature", "7.25"))
    assert hass.states.is_state("sensor.gebaude_frisch_gateways", "1")


async def test_an_amended_packet_of_a_deleted_device_is_ignored(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    items = sim.uplink("climate", {"temperature": 6.25})
    await wait_until(hass, lambda: hass.states.is_state(f"{CLIMATE}_temperature", "6.25"))
    sim.delete("climate", soft=True)
    entry.runtime_data._refresh_inventory(dt_util.utcnow())
    await wait_until(hass, lambda: device_of(hass, sim, entry, "climate") is None)
    sim.update_packet(items[0]["id"])
    sim.uplink("climate", {"temperature": 8.25})
    sim.uplink("soil", {"soil_moisture": 21.5})
    await wait_until(hass, lambda: hass.states.is_state("sensor.stadt_stadtbaum_12_soil_moisture", "21.5"))
    assert device_of(hass, sim, entry, "climate") is None
    assert not entry.runtime_data.frame_log.failures


async def test_a_new_device_is_added_at_once(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.add_device("fresh", "Frischer Fühler", "cellar")
    sim.uplink("fresh", {"temperature": 4.5})
    await wait_until(hass, lambda: hass.states.get("sensor.keller_frischer_fuhler_temperature") is not None)
    await run_pending_updates(hass)
    assert hass.states.is_state("sensor.keller_frischer_fuhler_temperature", "4.5")
    assert device_of(hass, sim, entry, "fresh").name == "Frischer Fühler"
    # A new key adds an entity.
    sim.uplink("fresh", {"temperature": 4.75, "humidity": 80})
    await wait_until(hass, lambda: hass.states.get("sensor.keller_frischer_fuhler_humidity") is not None)
    await assert_unchanged_after_reload(hass, entry)


async def test_items_without_their_device(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    """Items received while the device is read are applied afterwards."""
    sim.add_device("fresh", "Frisch")
    with sim.lose_frames():
        items = [sim.uplink("fresh", {"temperature": float(value), f"key_{value}": value})[1] for value in (1, 2, 3)]
    reads = len([request for request in sim.requests if request.path.endswith(sim.resolve("fresh"))])
    for item in items:
        sim.push([{"event": "reading_added", "body": item}])
    await wait_until(hass, lambda: hass.states.get("sensor.gebaude_frisch_key_3") is not None)
    await run_pending_updates(hass)
    assert hass.states.is_state("sensor.gebaude_frisch_temperature", "3.0")
    assert hass.states.is_state("sensor.gebaude_frisch_key_1", "1")
    assert len([request for request in sim.requests if request.path.endswith(sim.resolve("fresh"))]) == reads + 1
    # A device that does not exist is only counted.
    sim.push([{"event": "reading_added", "body": {**items[0], "id": "x", "device_id": "unknown"}}])
    frame_log = entry.runtime_data.frame_log
    await wait_until(hass, lambda: frame_log.unknown["device scope_forbidden"] == 1)
    assert not frame_log.failures


async def test_a_new_name_is_applied_with_the_next_item(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.rename("climate", "Klima Flur")
    sim.uplink("climate", {"temperature": 9.5})
    await wait_until(hass, lambda: device_of(hass, sim, entry, "climate").name == "Klima Flur")


@pytest.mark.usefixtures("quick_links", "all_enabled")
async def test_new_names_and_deletions_are_applied_with_the_inventory(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.rename("climate", "Klima Flur")
    sim.delete("soil")
    sim.delete("parking", soft=True)
    sim.add_device("fresh", "Frisch")
    later = dt_util.utcnow() + element_coordinator.INVENTORY_INTERVAL + timedelta(seconds=1)
    async_fire_time_changed(hass, later)
    await wait_until(hass, lambda: device_of(hass, sim, entry, "climate").name == "Klima Flur")
    await hass.async_block_till_done()
    assert device_of(hass, sim, entry, "soil") is None
    assert device_of(hass, sim, entry, "parking") is None
    assert hass.states.get("sensor.stadt_stadtbaum_12_soil_moisture") is None
    assert device_of(hass, sim, entry, "fresh") is not None
    # A restored device gets its entities again.
    sim.device("parking")["deleted_at"] = None
    # The platform closed the sockets during the simulated hour.
    await wait_reconnected(hass, entry, 0)
    packet = sim.uplink("parking", {"occupied": True})[0]
    await wait_until(hass, lambda: hass.states.is_state("binary_sensor.stadt_parkplatz_7_occupancy", "on"))
    payload = "sensor.stadt_parkplatz_7_payload"
    await wait_until(hass, lambda: hass.states.is_state(payload, packet["payload"].lower()))
    await assert_unchanged_after_reload(hass, entry)


async def test_a_device_added_while_the_inventory_is_read_is_kept(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    coordinator = entry.runtime_data
    async with held_response(sim, "/api/v1/devices") as is_held:
        reading = hass.async_create_task(coordinator._fetch_inventory())
        await wait_until(hass, is_held)
        sim.add_device("fresh", "Frisch")
        sim.uplink("fresh", {"temperature": 5.5})
        await wait_until(hass, lambda: sim.resolve("fresh") in coordinator.devices)
    await reading
    assert device_of(hass, sim, entry, "fresh") is not None


@pytest.mark.parametrize("status,kind", [(503, "not_ready"), (403, "scope_forbidden")])
async def test_a_failed_inventory_changes_nothing(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], status: int, kind: str
) -> None:
    sim.refuse(status, path="/api/v1/devices")
    entry.runtime_data._refresh_inventory(dt_util.utcnow())
    await wait_until(hass, lambda: entry.runtime_data.frame_log.unknown[f"inventory {kind}"] == 1)
    sim.allow()
    await assert_unchanged_after_reload(hass, entry)


async def test_failed_priming_is_repeated(hass: HomeAssistant, sim: ElementSimulator) -> None:
    climate = sim.resolve("climate")
    sim.refuse(503, path=f"/api/v1/devices/{climate}/readings")
    water = sim.resolve("water")
    sim.refuse(200, path=f"/api/v1/devices/{water}/packets", body={"ok": True, "body": [{}, 7]})
    sim.refuse(200, path=f"/api/v1/devices/{sim.resolve('soil')}/readings", body={"ok": True, "body": {}})
    entry = await set_up(hass, sim)
    unknown = entry.runtime_data.frame_log.unknown
    await wait_until(hass, lambda: len(entry.runtime_data._primed) == 12)
    assert unknown["prime not_ready"] == 1
    assert (unknown["event None"], unknown["json int"]) == (1, 1)
    assert hass.states.get(f"{CLIMATE}_temperature") is None
    sim.allow()
    entry.runtime_data._refresh_inventory(dt_util.utcnow())
    await wait_primed(hass, entry)
    await wait_until(hass, lambda: hass.states.get(f"{CLIMATE}_temperature") is not None)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_an_overdue_device_is_unavailable(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    device = entry.runtime_data.devices[sim.resolve("climate")]
    # The interval is 15 minutes, so the device is overdue after two hours.
    device.last_uplink = time() - 2 * 3600 + 60
    entry.runtime_data._check_overdue(None)
    assert not hass.states.is_state(f"{CLIMATE}_temperature", STATE_UNAVAILABLE)
    device.last_uplink -= 120
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=61))
    await hass.async_block_till_done()
    assert hass.states.is_state(f"{CLIMATE}_temperature", STATE_UNAVAILABLE)
    # The last uplink and the other devices stay available.
    assert not hass.states.is_state(f"{CLIMATE}_last_uplink", STATE_UNAVAILABLE)
    assert not hass.states.is_state("sensor.keller_warmemengenzahler_0_0_0_energy_current_value_kwh", STATE_UNAVAILABLE)
    sim.uplink("climate", {"temperature": 11.5})
    await wait_until(hass, lambda: hass.states.is_state(f"{CLIMATE}_temperature", "11.5"))


class StateRecorder:
    """Recorder of all numeric states of some entities."""

    def __init__(self, hass: HomeAssistant, entity_ids: list[str]) -> None:
        """Initialize the recorder."""
        self.seen: dict[str, list[float]] = defaultdict(list)
        self._watched = entity_ids
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._note)

    @callback
    def _note(self, event: Event[EventStateChangedData]) -> None:
        new, entity_id = event.data["new_state"], event.data["entity_id"]
        if entity_id in self._watched and new is not None and new.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN):
            self.seen[entity_id].append(float(new.state))


@pytest.mark.usefixtures("quick_links")
@pytest.mark.parametrize("outage", ["dropped", "restarted"])
async def test_no_state_is_replaced_by_an_older_one(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], outage: str
) -> None:
    """A replay contains shuffled and backdated readings, whose values are their minutes."""
    keys = ("odd", "even")
    shown = {key: f"sensor.keller_wasserzahler_keller_{key}" for key in keys}
    begin = datetime.now(UTC) - timedelta(minutes=500)
    sim.uplink("water", dict.fromkeys(keys, 0), measured_at=begin)
    await wait_until(hass, lambda: all(hass.states.get(entity_id) is not None for entity_id in shown.values()))
    watched = StateRecorder(hass, list(shown.values()))
    if outage == "restarted":
        await hass.config_entries.async_unload(entry.entry_id)
    minutes = list(range(1, 60))
    rng = random.Random(7)
    rng.shuffle(minutes)
    with sim.lose_frames():
        for minute in minutes:
            sim.uplink("water", {keys[minute % 2 == 0]: minute}, measured_at=begin + timedelta(minutes=minute))
    if outage == "dropped":
        await sim.drop()
        await wait_reconnected(hass, entry, 2)
    else:
        await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state is ConfigEntryState.LOADED
    # The live reading is older than the replayed ones.
    sim.uplink("water", {"odd": 31, "even": 30}, measured_at=begin + timedelta(minutes=30))
    sim.uplink("water", {"even": 60}, measured_at=begin + timedelta(minutes=60))
    await wait_until(hass, lambda: hass.states.is_state(shown["even"], "60"))
    await run_pending_updates(hass)
    assert hass.states.is_state(shown["odd"], "59")
    for entity_id in shown.values():
        seen = watched.seen[entity_id]
        assert seen == sorted(seen), entity_id
        assert len(seen) < 20, "intermediate states of a replay are published"


@pytest.mark.usefixtures("quick_links", "all_enabled")
async def test_each_uplink_fires_one_event(hass: HomeAssistant, sim: ElementSimulator) -> None:
    entry = await set_up(hass, sim)
    await wait_primed(hass, entry)
    uplinks = count_events(hass, "event.gebaude_klima_buro_uplink")
    items = [sim.uplink("climate", {"temperature": float(value)}) for value in (1, 2)]
    await wait_until(hass, lambda: len(uplinks) == 2)
    # Both sockets repeat these items, and the platform may send an item twice.
    sim.announce(items[0][0])
    sim.announce(items[0][1])
    with sim.lose_frames():
        missed = sim.uplink("climate", {"temperature": 3.0})
    await sim.drop()
    await wait_reconnected(hass, entry, 2)
    await wait_until(hass, lambda: len(uplinks) == 3)
    await hass.config_entries.async_unload(entry.entry_id)
    # After a restart, the replay starts with the item at the cursor.
    since = len(sim.requests)
    with sim.lose_frames():
        sim.uplink("climate", {"temperature": 4.0})
    await hass.config_entries.async_setup(entry.entry_id)
    query = next(request.query for request in sim.requests[since:] if request.path == "/api/v1/packets/socket")
    assert query["after"] == missed[0]["inserted_at"]
    await wait_until(hass, lambda: len(uplinks) == 4)
    await run_pending_updates(hass)
    assert hass.states.is_state(f"{CLIMATE}_temperature", "4.0")
    # Without a missed item, no event is fired.
    await hass.config_entries.async_reload(entry.entry_id)
    await wait_until(hass, lambda: entry.runtime_data.frame_log.seen >= 2)
    await run_pending_updates(hass)
    assert len(uplinks) == 4
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("quick_links", "all_enabled")
async def test_old_items_fire_no_events(hass: HomeAssistant, sim: ElementSimulator) -> None:
    entry = await set_up(hass, sim)
    await wait_primed(hass, entry)
    uplinks = count_events(hass, "event.gebaude_klima_buro_uplink")
    sim.uplink("climate", {"temperature": 1.5}, inserted_at=datetime.now(UTC) - timedelta(seconds=900))
    sim.uplink("climate", {"temperature": 2.5})
    await wait_until(hass, lambda: hass.states.is_state(f"{CLIMATE}_temperature", "2.5"))
    await wait_until(hass, lambda: bool(uplinks))
    assert len(uplinks) == 1
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("quick_links")
async def test_a_socket_without_items_is_replayed_from_its_first_opening(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    with sim.lose_frames():
        sim.uplink("climate", {"temperature": 12.5})
    await sim.drop()
    await wait_reconnected(hass, entry, 2)
    await run_pending_updates(hass)
    await wait_until(hass, lambda: hass.states.is_state(f"{CLIMATE}_temperature", "12.5"))
    await hass.config_entries.async_unload(entry.entry_id)
    with sim.lose_frames():
        sim.uplink("climate", {"temperature": 13.5})
    await hass.config_entries.async_setup(entry.entry_id)
    await run_pending_updates(hass)
    await wait_until(hass, lambda: hass.states.is_state(f"{CLIMATE}_temperature", "13.5"))


@pytest.mark.usefixtures("all_enabled")
async def test_overlapping_scopes_fire_each_event_once(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both sockets send the items of a folder within a folder."""
    async with ElementSimulator(rate=5000) as sim:
        ids = [sim.resolve("building"), sim.resolve("cellar")]
        data = {"scope": "tag", "ids": ids, "sources": ["readings", "packets"]}
        monkeypatch.setattr(ElementSimulator, "steps", property(lambda _: [{"step_id": "element_scope", "data": data}]))
        entry = await set_up(hass, sim)
        await wait_primed(hass, entry)
        assert sim.open_sockets == 4
        uplinks = count_events(hass, "event.keller_kellertur_uplink")
        seen = entry.runtime_data.frame_log.seen
        for count in (1001, 1002):
            sim.uplink("contact", {"count": count})
            await wait_for_state(hass, "sensor.keller_kellertur_count", str(count))
        await wait_until(hass, lambda: entry.runtime_data.frame_log.seen >= seen + 8)
        assert len(uplinks) == 2
        assert_values_shown(hass, sim, entry, all_devices=False)
        await hass.config_entries.async_unload(entry.entry_id)


async def test_stored_data_of_another_shape_is_dropped(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], hass_storage: dict[str, Any]
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    data = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]
    data["devices"][0] = {"id": "x"}
    data["devices"][1]["readings"] = []
    data["devices"][2]["reception"] = 7
    data["cursors"] = [{"socket": "readings", "replay_from": 7}, None]
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    await wait_primed(hass, entry)
    assert set(entry.runtime_data.devices) == set(sim.world["devices"])
    assert_values_shown(hass, sim, entry)


async def test_the_newest_values_are_read_after_a_long_outage(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], hass_storage: dict[str, Any]
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    data = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]
    for cursor in data["cursors"]:
        cursor["time"] -= element_coordinator.REPLAY_LIMIT
    with sim.lose_frames():
        sim.uplink("climate", {"temperature": 14.5})
    since = len(sim.requests)
    await hass.config_entries.async_setup(entry.entry_id)
    await wait_until(hass, lambda: hass.states.is_state(f"{CLIMATE}_temperature", "14.5"))
    assert all("after" not in request.query for request in sim.requests[since:] if request.status == 101)


async def test_a_device_with_nothing_but_a_location_is_read_again(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], hass_storage: dict[str, Any]
) -> None:
    before = hass.states.get(f"{CLIMATE}_temperature").state
    # The sockets are replayed from here, after the newest values of the device.
    sim.uplink("co2", {"co2": 777})
    await wait_until(hass, lambda: any(state.state == "777" for state in hass.states.async_all("sensor")))
    await hass.config_entries.async_unload(entry.entry_id)
    devices = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["devices"]
    climate = next(item for item in devices if item["id"] == sim.resolve("climate"))
    # The newest values could not be read before Home Assistant stopped.
    climate["readings"] = {"location": climate["readings"]["location"]}
    climate["heard_at"] = None
    await hass.config_entries.async_setup(entry.entry_id)
    await wait_until(hass, lambda: hass.states.is_state(f"{CLIMATE}_temperature", before))


async def test_readings_that_arrive_together_show_each_value(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    with sim.lose_frames():
        readings = [sim.uplink("climate", {"temperature": value})[1] for value in (14.5, 15.5, 16.5)]
    shown: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is not None:
            shown.append(state.state)

    cancel = async_track_state_change_event(hass, f"{CLIMATE}_temperature", note)
    for reading in readings:
        entry.runtime_data.apply_frame(orjson.dumps([{"event": "reading_added", "body": reading}]))
    await hass.async_block_till_done()
    cancel()
    assert shown == ["14.5", "15.5", "16.5"]


async def test_data_is_stored_while_frames_are_received(
    hass: HomeAssistant,
    sim: ElementSimulator,
    entry: ConfigEntry[Any],
    hass_storage: dict[str, Any],
) -> None:
    """The cursor must survive a power failure even while frames arrive without a pause."""
    now = dt_util.utcnow()
    for second in range(0, 40, 5):
        sim.uplink("climate", {"temperature": 100.0 + second})
        await wait_for_state(hass, f"{CLIMATE}_temperature", str(100.0 + second))
    async_fire_time_changed(hass, now + timedelta(seconds=SAVE_DELAY + 1))
    await hass.async_block_till_done()
    data = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]
    climate = next(item for item in data["devices"] if item["id"] == sim.resolve("climate"))
    assert climate["readings"]["temperature"]["reading"] >= 110.0


async def test_the_rate_limit_is_respected(hass: HomeAssistant) -> None:
    """A large set-up waits instead of exceeding the rate limit."""
    async with ElementSimulator(rate=20, rate_window=0.2) as sim:
        entry = await set_up(hass, sim)
        await wait_primed(hass, entry)
        asked = [request for request in sim.requests if request.status == 200]
        assert len(asked) > 20
        assert sim.rate_limited == 0
        # The form lists the devices, the sockets share one inventory, and the newest items of
        # each device are read once for each source.
        assert len([request for request in asked if request.path == "/api/v1/devices"]) == 2
        paths = [request.path for request in asked if request.path.endswith(("/readings", "/packets"))]
        assert len(paths) == len(set(paths)) == 26
        await hass.config_entries.async_unload(entry.entry_id)
        assert sim.rate_limited == 0
