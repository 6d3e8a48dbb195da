"""Scopes side by side in one entry, which are added, changed and removed without a reload."""

from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import contextmanager
from typing import Any

from aiohttp import web
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    SubentryFlowContext,
    SubentryFlowResult,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
import pytest

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.diagnostics import async_get_config_entry_diagnostics
from custom_components.pushwire.lorawan.api.cadence import Listening
from custom_components.pushwire.vendors.element.api import scopes
from custom_components.pushwire.vendors.element.api.model import MAX_RECENT_IDS, RecentIds, tag_path
from custom_components.pushwire.wire.stream import ConnectionState
from custom_components.pushwire.wire.values import NotUnderstood
from simulators import ElementSimulator
from simulators.element.access import Key
from tests.common import held_response, run_pending_updates, set_up, start_reauth, start_reconfigure, wait_until
from tests.element.conftest import wait_primed

BOTH = ["readings", "packets"]
TEMPERATURE = "sensor.gebaude_klima_buro_temperature"


@contextmanager
def first_scope(scope: str, *ids: str, sources: Iterable[str] = BOTH) -> Generator[None]:
    """Let the set-up use a scope; the IDs are those of the platform, or readable keys."""
    patch = pytest.MonkeyPatch()

    def steps(sim: ElementSimulator) -> list[dict[str, Any]]:
        data = {"scope": scope, "ids": [sim.resolve(key) for key in ids], "sources": list(sources)}
        return [{"step_id": "element_scope", "data": data}]

    patch.setattr(ElementSimulator, "steps", property(steps))
    yield
    patch.undo()


async def set_up_scope(hass: HomeAssistant, sim: ElementSimulator, scope: str, *ids: str, **options: Any) -> Any:
    """Return an entry of a scope."""
    with first_scope(scope, *ids, **options):
        entry = await set_up(hass, sim)
    await wait_primed(hass, entry)
    return entry


async def start_scope(hass: HomeAssistant, entry: ConfigEntry[Any], subentry_id: str = "") -> SubentryFlowResult:
    """Start the flow that adds or changes a scope."""
    context = (
        SubentryFlowContext(source=SOURCE_RECONFIGURE, subentry_id=subentry_id)
        if subentry_id
        else SubentryFlowContext(source=SOURCE_USER)
    )
    form = await hass.config_entries.subentries.async_init((entry.entry_id, "scope"), context=context)
    assert (form["type"], form["errors"]) == (FlowResultType.FORM, {})
    return form


async def submit(
    hass: HomeAssistant, form: SubentryFlowResult, sim: ElementSimulator, scope: str, *ids: str, sources: Any = None
) -> SubentryFlowResult:
    """Submit the form of a scope."""
    data = {"scope": scope, "ids": [sim.resolve(key) for key in ids], "sources": sources or BOTH}
    return await hass.config_entries.subentries.async_configure(form["flow_id"], data)


async def add_scope(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], scope: str, *ids: str, sources: Any = None
) -> str:
    """Add a scope to an entry; return the ID of its subentry."""
    known = set(entry.subentries)
    result = await submit(hass, await start_scope(hass, entry), sim, scope, *ids, sources=sources)
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    await settle(hass, entry)
    (subentry_id,) = set(entry.subentries) - known
    return subentry_id


async def settle(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Wait until the sockets of an entry are those of its scopes, and all are live."""
    coordinator = entry.runtime_data

    def is_settled() -> bool:
        return (
            set(coordinator._wanted_sockets()) == coordinator._streams.keys()
            and not coordinator._scopes_lock.locked()
            and all(stream.state is ConnectionState.LIVE for stream in coordinator.streams)
            and coordinator.devices.keys() <= coordinator._primed
        )

    await wait_until(hass, is_settled)
    await run_pending_updates(hass)


def names(hass: HomeAssistant, entry: ConfigEntry[Any]) -> set[str | None]:
    """Return the names of the devices of an entry, without the account and the gateways."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {device.name for device in devices if device.model != "LoRaWAN gateway"} - {entry.title}


def in_folder(sim: ElementSimulator, *keys: str) -> set[str]:
    """Return the names of the devices in some folders."""
    folders = [sim.resolve(key) for key in keys]
    return {item["name"] for item in sim.world["devices"].values() if sim.in_folder(item["id"], folders)}


def connects(entry: ConfigEntry[Any]) -> dict[str, int]:
    """Return the number of connections of each socket."""
    return {stream.name: stream.statistics.connects for stream in entry.runtime_data.streams}


@pytest.fixture(autouse=True)
async def unloaded(hass: HomeAssistant, sim: ElementSimulator) -> AsyncGenerator[None]:
    """Unload the entries before the simulator ends."""
    yield
    for entry in hass.config_entries.async_entries(DOMAIN):
        await hass.config_entries.async_unload(entry.entry_id)


# Adding, changing and removing


async def test_all_kinds_of_scopes_side_by_side(hass: HomeAssistant, sim: ElementSimulator) -> None:
    entry = await set_up_scope(hass, sim, "tag", "cellar")
    coordinator = entry.runtime_data
    assert names(hass, entry) == in_folder(sim, "cellar")
    first = connects(entry)

    await add_scope(hass, sim, entry, "device", "weather", "soil", sources=["readings"])
    assert names(hass, entry) == in_folder(sim, "cellar") | {"Wetterstation Rathaus", "Stadtbaum 12"}
    await add_scope(hass, sim, entry, "stream", "stream")
    sim.uplink("parking", {"occupied": True})
    await wait_until(hass, lambda: "Parkplatz 7" in names(hass, entry))
    await add_scope(hass, sim, entry, "mandate")
    await wait_until(hass, lambda: names(hass, entry) == {item["name"] for item in sim.world["devices"].values()})

    # The entry was neither reloaded, nor were its other sockets opened again.
    assert entry.runtime_data is coordinator
    assert connects(entry) | first == connects(entry)
    assert set(connects(entry).values()) == {1}
    assert sim.open_sockets == len(coordinator.streams) == 2 + 2 + 2 + 2
    # Devices belong to the entry.
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert all(device.config_subentry_id is None for device in devices)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert entities
    assert all(entity.config_subentry_id is None for entity in entities)


@pytest.mark.usefixtures("all_enabled")
async def test_a_device_in_two_scopes_counts_its_frames_once(hass: HomeAssistant, sim: ElementSimulator) -> None:
    entry = await set_up_scope(hass, sim, "mandate")
    await add_scope(hass, sim, entry, "tag", "building")
    await add_scope(hass, sim, entry, "device", "climate")
    written: list[str] = []
    hass.bus.async_listen("state_changed", callback(lambda event: written.append(event.data["entity_id"])))
    seen = entry.runtime_data.frame_log.seen
    sim.uplink("climate", {"temperature": 33.25}, frame_count_up=100)
    # Each of the three scopes sends a packet and a reading.
    await wait_until(hass, lambda: entry.runtime_data.frame_log.seen >= seen + 6)
    await hass.async_block_till_done()
    assert hass.states.is_state(TEMPERATURE, "33.25")
    assert written.count(TEMPERATURE) == 1
    assert written.count("event.gebaude_klima_buro_uplink") == 1
    assert len([name for name in names(hass, entry) if name == "Klima Büro"]) == 1


async def test_a_removed_scope_removes_devices_that_are_in_no_other_scope(
    hass: HomeAssistant, sim: ElementSimulator
) -> None:
    entry = await set_up_scope(hass, sim, "device", "climate")
    subentry_id = await add_scope(hass, sim, entry, "tag", "building")
    assert names(hass, entry) == in_folder(sim, "building")
    registry = er.async_get(hass)
    registry.async_update_entity(TEMPERATURE, name="Mine")
    first = {name: count for name, count in connects(entry).items() if sim.resolve("climate") in name}

    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await settle(hass, entry)
    assert names(hass, entry) == {"Klima Büro"}
    assert sim.open_sockets == 2
    assert connects(entry) == first
    assert (entity := registry.async_get(TEMPERATURE)) is not None
    assert entity.name == "Mine"
    assert not any("kellertur" in state.entity_id for state in hass.states.async_all())
    sim.uplink("climate", {"temperature": 12.75})
    await wait_until(hass, lambda: hass.states.is_state(TEMPERATURE, "12.75"))


async def test_a_changed_scope_keeps_the_devices_of_both(hass: HomeAssistant, sim: ElementSimulator) -> None:
    entry = await set_up_scope(hass, sim, "device", "weather")
    subentry_id = await add_scope(hass, sim, entry, "tag", "cellar")
    registry = er.async_get(hass)
    before = {entity.entity_id: entity.id for entity in er.async_entries_for_config_entry(registry, entry.entry_id)}
    kept = [entity_id for entity_id in before if "wasserzahler" in entity_id]
    assert kept
    removed: list[str] = []
    hass.bus.async_listen("entity_registry_updated", callback(lambda event: removed.append(event.data["action"])))

    form = await start_scope(hass, entry, subentry_id)
    result = await submit(hass, form, sim, "device", "water")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await settle(hass, entry)
    assert names(hass, entry) == {"Wetterstation Rathaus", "Wasserzähler Keller"}
    assert {entity_id: registry.async_get(entity_id).id for entity_id in kept} == {
        entity_id: before[entity_id] for entity_id in kept
    }
    assert "remove" in removed
    assert "create" not in removed


async def test_what_is_sent_while_a_scope_is_changed_is_not_lost(hass: HomeAssistant, sim: ElementSimulator) -> None:
    """The sockets of the old scope are closed before those of the new one are open."""
    entry = await set_up_scope(hass, sim, "device", "weather")
    subentry_id = await add_scope(hass, sim, entry, "tag", "building")
    sim.uplink("climate", {"temperature": 20.0})
    await wait_until(hass, lambda: hass.states.is_state(TEMPERATURE, "20.0"))
    form = await start_scope(hass, entry, subentry_id)
    with sim.lose_frames():
        result = await submit(hass, form, sim, "device", "climate")
        assert result["reason"] == "reconfigure_successful"
        sim.uplink("climate", {"temperature": 21.5})
    await settle(hass, entry)
    await wait_until(hass, lambda: hass.states.is_state(TEMPERATURE, "21.5"))


async def test_a_scope_that_cannot_be_opened_is_tried_again_and_harms_no_other(
    hass: HomeAssistant, sim: ElementSimulator, quick_links: None
) -> None:
    entry = await set_up_scope(hass, sim, "device", "weather")
    form = await start_scope(hass, entry)
    result = await submit(hass, form, sim, "tag", "cellar")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    tag = sim.resolve("cellar")
    sim.refuse(503, path=f"/api/v1/tags/{tag}/readings/socket")
    coordinator = entry.runtime_data
    await wait_until(hass, lambda: any(stream.statistics.last_error for stream in coordinator.streams))
    others = [stream for stream in coordinator.streams if stream.name != f"readings {tag}"]
    await wait_until(hass, lambda: all(stream.state is ConnectionState.LIVE for stream in others))
    sim.uplink("weather", {"air_temperature": 3.5})
    await wait_until(hass, lambda: hass.states.is_state("sensor.stadt_wetterstation_rathaus_air_temperature", "3.5"))
    sim.allow()
    await settle(hass, entry)
    assert names(hass, entry) == in_folder(sim, "cellar") | {"Wetterstation Rathaus"}


async def test_an_added_scope_leaves_the_connection_as_it_is(hass: HomeAssistant, sim: ElementSimulator) -> None:
    entry = await set_up_scope(hass, sim, "device", "weather")
    coordinator = entry.runtime_data
    states: set[ConnectionState] = set()
    lost: list[float | None] = []

    def note() -> None:
        states.add(coordinator.connection_state)
        lost.append(coordinator.listening.lost_at)

    coordinator.subscribe_connection(note)
    subentry_id = await add_scope(hass, sim, entry, "tag", "cellar")
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await settle(hass, entry)
    assert states == {ConnectionState.LIVE}
    assert set(lost) == {None}


async def test_a_removed_scope_that_was_lost_restores_the_connection(
    hass: HomeAssistant, sim: ElementSimulator, quick_links: None
) -> None:
    entry = await set_up_scope(hass, sim, "device", "weather")
    subentry_id = await add_scope(hass, sim, entry, "tag", "cellar")
    coordinator = entry.runtime_data
    sim.refuse(503, path=f"/api/v1/tags/{sim.resolve('cellar')}/readings/socket")
    await sim.drop()
    await wait_until(hass, lambda: coordinator.seconds_lost > 0)
    weather = coordinator.devices[sim.resolve("weather")]
    await wait_until(hass, lambda: weather.listening.lost_at is None)
    gaps = list(weather.listening.gaps)
    reconnects = sum(item.reconnects for item in coordinator.statistics())
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await wait_until(hass, lambda: coordinator.connection_state is ConnectionState.LIVE)
    await settle(hass, entry)
    assert coordinator.seconds_lost == 0
    # The other device was heard all the time.
    assert weather.listening.gaps == gaps
    assert coordinator.listening is weather.listening
    # Reconnects of a removed socket still count.
    assert sum(item.reconnects for item in coordinator.statistics()) >= reconnects


async def test_devices_of_a_lost_scope_are_not_heard_but_those_of_others_are(
    hass: HomeAssistant, sim: ElementSimulator, quick_links: None
) -> None:
    entry = await set_up_scope(hass, sim, "device", "weather", "water")
    await add_scope(hass, sim, entry, "tag", "cellar")

    def listening(key: str) -> Listening:
        periods: Listening = entry.runtime_data.devices[sim.resolve(key)].listening
        return periods

    sim.refuse(403, path=f"/api/v1/tags/{sim.resolve('cellar')}/readings/socket")
    await sim.drop()
    # Water is in the lost scope and in another one.
    heard = ("weather", "water")
    await wait_until(
        hass, lambda: listening("heat").lost_at is not None and all(listening(key).lost_at is None for key in heard)
    )
    lost_at = listening("heat").lost_at
    assert [listening(key).lost_at for key in heard] == [None, None]

    await hass.config_entries.async_reload(entry.entry_id)
    await wait_until(hass, lambda: all(listening(key).lost_at is None for key in heard))
    assert listening("heat").lost_at == lost_at
    sim.allow()
    await settle(hass, entry)
    assert listening("heat").lost_at is None
    assert listening("heat").gaps[-1][0] == lost_at
    assert listening("weather").gaps[-1][0] != lost_at


async def test_another_change_of_the_entry_leaves_the_sockets_alone(hass: HomeAssistant, sim: ElementSimulator) -> None:
    entry = await set_up_scope(hass, sim, "device", "weather")
    subentry_id = await add_scope(hass, sim, entry, "tag", "cellar")
    before = connects(entry)
    hass.config_entries.async_update_entry(entry, title="Mine")
    hass.config_entries.async_update_subentry(entry, entry.subentries[subentry_id], title="Mine")
    await hass.async_block_till_done()
    assert connects(entry) == before
    assert sim.open_sockets == len(before)


async def test_packets_that_are_no_longer_followed(hass: HomeAssistant, sim: ElementSimulator) -> None:
    entry = await set_up_scope(hass, sim, "mandate", sources=["readings"])
    registry = er.async_get(hass)
    assert registry.async_get("event.gebaude_klima_buro_uplink") is None
    subentry_id = await add_scope(hass, sim, entry, "device", "climate", sources=["packets"])
    assert registry.async_get("event.gebaude_klima_buro_uplink") is not None
    assert registry.async_get("event.stadt_stadtbaum_12_uplink") is None
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await settle(hass, entry)
    assert registry.async_get("event.gebaude_klima_buro_uplink") is None
    assert registry.async_get(TEMPERATURE) is not None
    # The readings are the only sign of an uplink again.
    before = hass.states.get("sensor.gebaude_klima_buro_last_uplink")
    sim.uplink("climate", {"temperature": 12.75})
    await wait_until(hass, lambda: hass.states.get("sensor.gebaude_klima_buro_last_uplink") is not before)


async def test_the_scope_of_the_set_up_is_changed_without_losing_an_entity(
    hass: HomeAssistant, sim: ElementSimulator
) -> None:
    entry = await set_up_scope(hass, sim, "mandate")
    registry = er.async_get(hass)
    registry.async_update_entity(TEMPERATURE, name="Mine")
    before = {item.entity_id: item.id for item in er.async_entries_for_config_entry(registry, entry.entry_id)}
    created: list[str] = []
    stop = hass.bus.async_listen(
        "entity_registry_updated",
        callback(lambda event: created.append(event.data["entity_id"]) if event.data["action"] == "create" else None),
    )
    for scope, key in (("tag", "building"), ("device", "climate")):
        form = await start_reconfigure(hass, entry)
        data = {"host": sim.url, "scope": scope, "ids": [sim.resolve(key)], "sources": BOTH}
        done = await hass.config_entries.flow.async_configure(form["flow_id"], data)
        assert done["reason"] == "reconfigure_successful"
        await hass.async_block_till_done()
        await settle(hass, entry)
    stop()
    assert created == []
    left = {item.entity_id: item.id for item in er.async_entries_for_config_entry(registry, entry.entry_id)}
    assert left.items() <= before.items()
    assert names(hass, entry) == {"Klima Büro"}
    entity = registry.async_get(TEMPERATURE)
    assert entity is not None
    assert entity.name == "Mine"
    sim.uplink("climate", {"temperature": 12.75})
    await wait_until(hass, lambda: hass.states.is_state(TEMPERATURE, "12.75"))


async def test_readings_include_their_packets_once_packets_are_not_followed(
    hass: HomeAssistant, sim: ElementSimulator
) -> None:
    entry = await set_up_scope(hass, sim, "device", "weather")
    subentry_id = await add_scope(hass, sim, entry, "device", "climate")
    sim.uplink("climate", {"temperature": 20.0})
    await wait_until(hass, lambda: hass.states.is_state(TEMPERATURE, "20.0"))
    form = await start_scope(hass, entry, subentry_id)
    with sim.lose_frames():
        result = await submit(hass, form, sim, "device", "climate", sources=["readings"])
        assert result["reason"] == "reconfigure_successful"
        packet = sim.uplink("climate", {"temperature": 21.5})[0]
    await settle(hass, entry)
    await wait_until(hass, lambda: hass.states.is_state(TEMPERATURE, "21.5"))
    assert entry.runtime_data.devices[sim.resolve("climate")].payload == packet["payload"].lower()
    assert {name: count for name, count in connects(entry).items() if sim.resolve("weather") in name} == {
        f"readings {sim.resolve('weather')}": 1,
        f"packets {sim.resolve('weather')}": 1,
    }


# Streams


async def test_devices_of_a_stream_that_the_platform_lists(hass: HomeAssistant, sim: ElementSimulator) -> None:
    """Devices of a stream that have not sent anything for a day are known as well."""
    sim.lists_streams = True
    sim.world["readings"].clear()
    sim.world["packets"].clear()
    entry = await set_up_scope(hass, sim, "stream", "stream")
    members = {sim.world["devices"][ident]["name"] for ident in sim.world["streams"][sim.resolve("stream")]["devices"]}
    assert names(hass, entry) == members
    sim.world["streams"][sim.resolve("stream")]["devices"].remove(sim.resolve("parking"))
    await entry.runtime_data._fetch_inventory()
    assert names(hass, entry) == members - {"Parkplatz 7"}


async def test_devices_of_a_removed_stream_are_remembered_over_a_restart(
    hass: HomeAssistant, sim: ElementSimulator
) -> None:
    entry = await set_up_scope(hass, sim, "tag", "cellar")
    subentry_id = await add_scope(hass, sim, entry, "stream", "stream")
    await wait_until(hass, lambda: {"Klima Büro", "Parkplatz 7"} <= names(hass, entry))
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass, entry)
    assert names(hass, entry) == in_folder(sim, "cellar") | {"Klima Büro", "Parkplatz 7"}
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await settle(hass, entry)
    assert names(hass, entry) == in_folder(sim, "cellar")


async def test_devices_may_be_in_a_stream_that_is_new(
    hass: HomeAssistant, sim: ElementSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The platform does not list the devices of a stream, and a device may send once a day."""
    entry = await set_up_scope(hass, sim, "mandate")
    everything = names(hass, entry)
    registry = er.async_get(hass)
    registry.async_update_entity("sensor.stadt_stadtbaum_12_soil_moisture", name="Mine")
    form = await start_reconfigure(hass, entry)
    data = {"host": sim.url, "scope": "stream", "ids": [sim.resolve("stream")], "sources": BOTH}
    done = await hass.config_entries.flow.async_configure(form["flow_id"], data)
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    await settle(hass, entry)
    assert names(hass, entry) == everything
    # A device that does not exist any more is not in the stream.
    sim.delete("button")
    await entry.runtime_data._fetch_inventory()
    assert names(hass, entry) == everything - {"Rufknopf"}
    monkeypatch.setattr(scopes, "LEARNING_TIME", 0)
    await entry.runtime_data._fetch_inventory()
    members = {sim.world["devices"][ident]["name"] for ident in sim.world["streams"][sim.resolve("stream")]["devices"]}
    assert names(hass, entry) == members


# Keys and permissions


async def test_a_scope_that_the_key_may_not_read(hass: HomeAssistant, sim: ElementSimulator) -> None:
    sim.limit_key("building", role="read_only")
    entry = await set_up_scope(hass, sim, "tag", "cellar")
    form = await start_scope(hass, entry)
    for scope, *ids in (("mandate",), ("tag", "city"), ("device", "weather"), ("stream", "stream")):
        form = await submit(hass, form, sim, scope, *ids)
        assert form["errors"] == {"scope": "scope_forbidden"}
    result = await submit(hass, form, sim, "device", "climate")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await settle(hass, entry)
    assert names(hass, entry) == in_folder(sim, "cellar") | {"Klima Büro"}


async def test_errors_of_a_further_scope_can_be_corrected(hass: HomeAssistant, sim: ElementSimulator) -> None:
    entry = await set_up_scope(hass, sim, "tag", "cellar")
    form = await start_scope(hass, entry)
    form = await submit(hass, form, sim, "tag")
    assert form["errors"] == {"ids": "ids_missing"}
    # A device was selected from the list, but the scope is another one.
    form = await submit(hass, form, sim, "tag", "climate")
    assert form["errors"] == {"ids": "ids_mismatch"}
    sim.refuse(503)
    form = await submit(hass, form, sim, "device", "climate")
    assert form["errors"] == {"base": "not_ready"}
    sim.allow()
    result = await submit(hass, form, sim, "tag", "cellar", sources=["readings"])
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_what_can_be_followed_is_listed_by_name(hass: HomeAssistant, sim: ElementSimulator) -> None:
    sim.lists_streams = True
    sim.delete("soil", soft=True)
    entry = await set_up_scope(hass, sim, "tag", "cellar")
    form = await start_scope(hass, entry)
    field = next(field for field in form["data_schema"].schema if field == "ids")
    options = form["data_schema"].schema[field].config["options"]
    labels = {option["value"]: option["label"] for option in options}
    assert labels[sim.resolve("cellar")] == "Tags (folders): Gebäude / Keller"
    assert labels[sim.resolve("stream")] == "Streams: Auswahl"
    assert labels[sim.resolve("climate")] == "Devices: Klima Büro"
    assert sim.resolve("soil") not in labels
    result = await submit(hass, form, sim, "device", "climate", "weather")
    assert result["title"] == "Devices: Klima Büro, Wetterstation Rathaus"
    await settle(hass, entry)


@pytest.mark.parametrize("forbidden,scope,key", [("tags", "device", "climate"), ("devices", "tag", "building")])
async def test_ids_can_be_typed_if_a_list_is_forbidden(
    hass: HomeAssistant, sim: ElementSimulator, forbidden: str, scope: str, key: str
) -> None:
    entry = await set_up_scope(hass, sim, "tag", "cellar")
    sim.refuse(403, path=f"/api/v1/{forbidden}")
    form = await start_scope(hass, entry)
    result = await submit(hass, form, sim, scope, key)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    sim.allow()
    await settle(hass, entry)
    assert "Klima Büro" in names(hass, entry)


async def test_a_read_key_is_exchanged_for_a_write_key(hass: HomeAssistant, sim: ElementSimulator) -> None:
    sim.limit_key(role="read_only")
    entry = await set_up_scope(hass, sim, "mandate")
    await add_scope(hass, sim, entry, "tag", "cellar")
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    before = {entity.entity_id: entity.id for entity in entities}
    sim.keys["write"] = Key("admin")
    form = await start_reconfigure(hass, entry)
    data = {"host": sim.url, "api_key": "write", "scope": "mandate", "ids": [], "sources": BOTH}
    done = await hass.config_entries.flow.async_configure(form["flow_id"], data)
    assert done["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    await settle(hass, entry)
    assert entry.data["api_key"] == "write"
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert {entity.entity_id: entity.id for entity in entities} == before


async def test_a_key_without_access_to_a_further_scope_is_refused(hass: HomeAssistant, sim: ElementSimulator) -> None:
    entry = await set_up_scope(hass, sim, "tag", "cellar")
    subentry_id = await add_scope(hass, sim, entry, "tag", "city")
    sim.keys["limited"] = Key("read_only", frozenset({sim.resolve("building")}))
    form = await start_reauth(hass, entry)
    wrong = await hass.config_entries.flow.async_configure(form["flow_id"], {"api_key": "limited"})
    assert wrong["errors"] == {"api_key": "further_scope_forbidden"}
    # A scope that does not exist any more must not prevent another key.
    del sim.world["tags"][sim.resolve("city")]
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {"api_key": "limited"})
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await settle(hass, entry)


async def test_a_scope_without_access_does_not_prevent_the_start(
    hass: HomeAssistant, sim: ElementSimulator, quick_links: None
) -> None:
    entry = await set_up_scope(hass, sim, "tag", "cellar")
    await add_scope(hass, sim, entry, "tag", "city")
    expected = names(hass, entry)
    sim.limit_key("building")
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    sim.uplink("water", {"register_value": 500.5})
    await wait_until(hass, lambda: any("500.5" in item.state for item in hass.states.async_all("sensor")))
    # Nobody knows which devices the scope has at the moment, so none is removed.
    assert names(hass, entry) == expected
    issue_id = f"scope_lost_{entry.entry_id}"
    await wait_until(hass, lambda: ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is not None)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    assert issue.translation_placeholders == {"name": entry.title, "scopes": "Tags (folders): Stadt"}
    sim.limit_key()
    await settle(hass, entry)
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None
    # A removed scope does not have to be connected.
    sim.limit_key("building")
    await sim.drop()
    await wait_until(hass, lambda: ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is not None)
    (subentry_id,) = entry.subentries
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await settle(hass, entry)
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None
    sim.limit_key("tracker")
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY


async def test_a_lost_mandate_has_the_name_of_the_entry(
    hass: HomeAssistant, sim: ElementSimulator, quick_links: None
) -> None:
    entry = await set_up_scope(hass, sim, "mandate")
    sim.limit_key("building")
    await sim.drop()
    issue_id = f"scope_lost_{entry.entry_id}"
    await wait_until(hass, lambda: ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is not None)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    assert issue.translation_placeholders == {"name": entry.title, "scopes": entry.title}
    await hass.config_entries.async_unload(entry.entry_id)
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None


async def test_diagnostics_show_the_scopes(hass: HomeAssistant, sim: ElementSimulator) -> None:
    entry = await set_up_scope(hass, sim, "tag", "cellar")
    await add_scope(hass, sim, entry, "device", "climate", sources=["readings"])
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    (subentry,) = diagnostics["subentries"]
    assert (subentry["type"], subentry["data"]["scope"]) == ("scope", "device")
    assert sim.api_key not in str(diagnostics)


async def test_another_mandate_takes_over_the_devices_of_all_scopes(hass: HomeAssistant, sim: ElementSimulator) -> None:
    """A scope that does not exist in the other mandate, or must not be read, is left out."""
    async with ElementSimulator(rate=5000) as other:
        other.world["mandate"]["id"] = "another"
        del other.world["tags"][other.resolve("cellar")]
        entry = await set_up_scope(hass, sim, "device", "climate")
        await add_scope(hass, sim, entry, "tag", "cellar")
        await add_scope(hass, sim, entry, "device", "weather")
        assert er.async_get(hass).async_get(TEMPERATURE) is not None
        form = await start_reconfigure(hass, entry)
        data = {"host": other.url, "api_key": other.api_key, "scope": "device", "sources": BOTH}
        menu = await hass.config_entries.flow.async_configure(
            form["flow_id"], {**data, "ids": [sim.resolve("climate")]}
        )
        result = await hass.config_entries.flow.async_configure(menu["flow_id"], {"next_step_id": "take_over_confirm"})
        assert result["reason"] == "taken_over"
        await wait_until(hass, lambda: entry.state is ConfigEntryState.LOADED)
        entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        moved = {entity.device_id for entity in entities if entity.unique_id.startswith("another/")}
        devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        moved_names = {device.name for device in devices if device.id in moved}
        assert moved_names >= {"Klima Büro", "Wetterstation Rathaus"}
        await hass.config_entries.async_unload(entry.entry_id)


# Names, lists and stored data


def test_paths_of_tags() -> None:
    tags: dict[str, dict[str, Any]] = {
        "a": {"id": "a", "name": "City", "path": []},
        "b": {"id": "b", "name": "North", "path": ["a"]},
        "c": {"id": "c", "name": "North / Park", "path": ["a", "b", "c"]},
        "d": {"id": "d", "name": None, "path": ["a", "forbidden"]},
    }
    assert [tag_path(tag, tags) for tag in tags.values()] == ["City", "City / North", "North / Park", "City / d"]


def test_the_same_slug_of_a_tag_and_a_device() -> None:
    """A slug is unique only among the objects of its kind."""
    sockets = [*scopes.sockets_of("tag", ["roof"], ["readings"]), *scopes.sockets_of("device", ["roof"], ["readings"])]
    assert len({socket.name for socket in sockets}) == 2


@pytest.mark.parametrize("data", [None, 7, {}, {"stream": "s"}, {"since": 1.0}])
def test_stored_streams_of_another_shape(data: Any) -> None:
    with pytest.raises(NotUnderstood):
        scopes.stored_members(data)


def test_a_stored_stream_that_is_no_longer_followed() -> None:
    known = scopes.Scopes()
    known.set_sockets(scopes.sockets_of("stream", ["s"], ["readings"]), 0.0)
    known.restore([scopes.stored_members({"stream": "t", "since": 1.0, "devices": ["d", None]})])
    assert known.to_stored() == [{"stream": "s", "since": 0.0, "devices": []}]
    known.restore([scopes.stored_members({"stream": "s", "since": 1.0, "devices": ["d", None]})])
    assert known.to_stored() == [{"stream": "s", "since": 1.0, "devices": ["d"]}]


def test_items_are_remembered_longer_with_several_scopes() -> None:
    recent = RecentIds()
    recent.limit = 3
    assert all(recent.add(str(index)) for index in range(3))
    assert not recent.add("0")
    assert recent.add("3")
    assert recent.add("0")


async def test_a_socket_remembers_what_another_one_sent_in_a_long_replay(
    hass: HomeAssistant, sim: ElementSimulator
) -> None:
    entry = await set_up_scope(hass, sim, "mandate")
    recent = entry.runtime_data._recent_ids["readings"]
    assert recent.limit == MAX_RECENT_IDS
    subentry_id = await add_scope(hass, sim, entry, "device", "climate")
    assert recent.limit > 5 * MAX_RECENT_IDS
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await settle(hass, entry)
    assert recent.limit == MAX_RECENT_IDS


@pytest.mark.parametrize(
    "status,body",
    [
        (401, None),
        (403, None),
        (404, None),
        (500, None),
        (200, "<html>"),
        (200, {"ok": True, "body": [{"id": "rule"}]}),
    ],
)
async def test_an_undocumented_route_may_answer_anything(
    hass: HomeAssistant, sim: ElementSimulator, status: int, body: object
) -> None:
    """No page has a route that lists the devices of a stream."""
    sim.refuse(status, body=body, path=f"/api/v1/streams/{sim.resolve('stream')}/devices")
    entry = await set_up_scope(hass, sim, "stream", "stream")
    members = {sim.world["devices"][ident]["name"] for ident in sim.world["streams"][sim.resolve("stream")]["devices"]}
    await wait_until(hass, lambda: names(hass, entry) == members)


async def test_a_forbidden_list_of_all_devices_harms_no_other_scope(
    hass: HomeAssistant, sim: ElementSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it, only the names of the stream's devices that are sent with items are known."""
    entry = await set_up_scope(hass, sim, "tag", "cellar")
    await add_scope(hass, sim, entry, "stream", "stream")
    await wait_until(hass, lambda: "Klima Büro" in names(hass, entry))
    everything = names(hass, entry)
    handle = sim.handle

    async def forbid(request: web.Request, body: bytes) -> web.StreamResponse:
        if request.path == "/api/v1/devices":
            return web.json_response(sim.error_body(403), status=403)
        return await handle(request, body)

    monkeypatch.setattr(sim, "handle", forbid)
    sim.rename("water", "Anders")
    await entry.runtime_data._fetch_inventory()
    assert names(hass, entry) == everything - {"Wasserzähler Keller"} | {"Anders"}


async def test_a_change_while_the_entry_is_set_up(hass: HomeAssistant, sim: ElementSimulator) -> None:
    entry = await set_up_scope(hass, sim, "device", "weather")
    subentry_id = await add_scope(hass, sim, entry, "device", "climate")
    await hass.config_entries.async_unload(entry.entry_id)
    async with held_response(sim, f"/api/v1/devices/{sim.resolve('weather')}") as is_held:
        setup = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
        await wait_until(hass, is_held)
        hass.config_entries.async_remove_subentry(entry, subentry_id)
    await setup
    await settle(hass, entry)
    assert names(hass, entry) == {"Wetterstation Rathaus"}
    assert sim.open_sockets == 2
