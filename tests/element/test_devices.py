"""Presses, details, gateways and radio of the devices of the simulated mandate."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from freezegun import freeze_time
from homeassistant.components.device_automation import DeviceAutomationType, async_get_device_automations
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.core.coordinator import trigger_signal
from custom_components.pushwire.lorawan.api.downlink import DOWNLINK_EVENTS
from custom_components.pushwire.lorawan.api.model import LorawanDevice
from custom_components.pushwire.wire.events import ButtonPress
from simulators import ElementSimulator
from tests.common import assert_unchanged_after_reload, run_pending_updates, set_up, wait_reconnected, wait_until
from tests.element.conftest import wait_primed

BUTTON = "event.gebaude_rufknopf_button"


def device_of(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], key: str) -> dr.DeviceEntry:
    """Return a device of the simulator from the registry."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, sim.resolve(key)), entry.entry_id)
    assert device is not None
    return device


def watch(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], key: str) -> list[str]:
    """Return a list to which the kind of each press of a device is added.

    Two presses of the same millisecond are one state of an event entity, so its states are not counted.
    """
    fired: list[str] = []

    @callback
    def note(press: ButtonPress) -> None:
        fired.append(press.kind)

    async_dispatcher_connect(hass, trigger_signal(device_of(hass, sim, entry, key).id), note)
    return fired


async def applied(hass: HomeAssistant, sim: ElementSimulator) -> None:
    """Wait until everything that was sent has been applied."""
    sim.uplink("soil", {"soil_moisture": float(len(sim.world["packets"]) % 90)})
    value = str(float((len(sim.world["packets"]) - 1) % 90))
    await wait_until(hass, lambda: hass.states.is_state("sensor.stadt_stadtbaum_12_soil_moisture", value))
    await hass.async_block_till_done()


async def test_each_press_fires_once(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    # The presses before the start were read, but fire nothing.
    assert hass.states.is_state(BUTTON, STATE_UNKNOWN)
    fired = watch(hass, sim, entry, "button")
    items = [sim.uplink("button", {"button": "long", "count": count}) for count in (1, 1, 2)]
    await applied(hass, sim)
    assert fired == ["long_press"] * 3
    state = hass.states.get(BUTTON)
    assert state is not None
    assert (state.attributes["button"], state.attributes["event_type"]) == ("button", "long_press")
    # The platform sends a reading twice, and parses a packet again.
    sim.announce(items[2][1])
    sim.reparse(items[2][1]["id"], {"button": "long", "count": 3})
    await applied(hass, sim)
    assert fired == ["long_press"] * 3
    assert hass.states.get("sensor.gebaude_rufknopf_button") is None
    await hass.config_entries.async_reload(entry.entry_id)
    await run_pending_updates(hass)
    assert fired == ["long_press"] * 3


@pytest.mark.usefixtures("quick_links")
async def test_a_press_during_an_interruption_fires_once(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    fired = watch(hass, sim, entry, "button")
    with sim.lose_frames():
        old = datetime.now(UTC) - timedelta(minutes=3)
        sim.uplink("button", {"button": "double", "count": 1}, inserted_at=old)
        sim.uplink("button", {"button": "short", "count": 1})
    await sim.drop()
    await wait_reconnected(hass, entry, 2)
    await applied(hass, sim)
    assert fired == ["short_press"]


async def test_the_first_press_of_a_device_fires(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.uplink("climate", {"temperature": 21.5, "button_1": 1})
    entity_id = "event.gebaude_klima_buro_button_1"
    await wait_until(hass, lambda: hass.states.get(entity_id) is not None)
    await applied(hass, sim)
    assert hass.states.get(entity_id).attributes["event_type"] == "press"
    assert hass.states.get(entity_id).attributes["event_types"] == ["press"]
    # A further kind needs no restart.
    fired = watch(hass, sim, entry, "climate")
    sim.uplink("climate", {"temperature": 21.5, "button_1": "long"})
    await applied(hass, sim)
    assert fired == ["long_press"]
    assert hass.states.get(entity_id).attributes["event_types"] == ["press", "long_press"]


async def test_a_message_of_an_alarm(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    entity_id = "event.keller_wasserzahler_keller_message"
    assert hass.states.get(entity_id) is None
    sim.uplink("water", {"type": "alarm", "qualifier": "leak"})
    await wait_until(hass, lambda: hass.states.get(entity_id) is not None)
    await applied(hass, sim)
    assert hass.states.get(entity_id).attributes["event_type"] == "alarm"
    entities = er.async_entries_for_device(er.async_get(hass), device_of(hass, sim, entry, "water").id)
    names = [entity.name or entity.original_name for entity in entities]
    assert len(set(names)) == len(names)


async def test_device_triggers(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    for kind in ("short", "long", "double"):
        sim.uplink("button", {"button": kind, "count": 1})
    await applied(hass, sim)
    device = device_of(hass, sim, entry, "button")
    automations = await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, [device.id])
    triggers = {(item["type"], item["subtype"]) for item in automations[device.id] if item["domain"] == DOMAIN}
    presses = {(kind, "button") for kind in ("short_press", "long_press", "double_press")}
    assert triggers == presses | {(kind, "downlink") for kind in DOWNLINK_EVENTS}
    trigger = {"platform": "device", "domain": DOMAIN, "device_id": device.id}
    trigger |= {"type": "double_press", "subtype": "button"}
    run: list[Any] = []
    hass.services.async_register("test", "run", run.append)
    config = {"automation": {"triggers": [trigger], "actions": [{"action": "test.run"}]}}
    assert await async_setup_component(hass, "automation", config)
    await hass.async_block_till_done()
    sim.uplink("button", {"button": "short", "count": 1})
    sim.uplink("button", {"button": "double", "count": 1})
    await wait_until(hass, lambda: bool(run))
    await applied(hass, sim)
    assert len(run) == 1
    # The account has no buttons.
    hub = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, entry.runtime_data.hub_id), entry.entry_id)
    assert hub is not None
    automations = await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, [hub.id])
    assert not [item for item in automations[hub.id] if item["domain"] == DOMAIN]


def entity_id_of(hass: HomeAssistant, entry: ConfigEntry[Any], platform: str, resource: str, key: str) -> str:
    """Return the ID of an entity."""
    unique_id = entry.runtime_data.unique_id(resource, key)
    entity_id = er.async_get(hass).async_get_entity_id(platform, DOMAIN, unique_id)
    assert entity_id is not None
    return entity_id


def state_of(hass: HomeAssistant, entry: ConfigEntry[Any], resource: str, key: str, platform: str = "sensor") -> str:
    """Return the state of an entity."""
    state = hass.states.get(entity_id_of(hass, entry, platform, resource, key))
    assert state is not None
    return state.state


async def test_details_of_a_device(hass: HomeAssistant, sim: ElementSimulator) -> None:
    # Without a profile, the parser's name is the model, and the DevEUI the serial number.
    sim.device("climate")["fields"] = {}
    sim.device("climate")["profile_data"] = []
    # A profile may stand in the other place only.
    sim.device("soil")["fields"] = {}
    entry = await set_up(hass, sim)
    await wait_primed(hass, entry)
    water = device_of(hass, sim, entry, "water")
    assert (water.manufacturer, water.model, water.serial_number) == ("Simulated", "Water", "SN-water")
    assert device_of(hass, sim, entry, "soil").serial_number == "SN-soil"
    area = ar.async_get(hass).async_get_area(water.area_id or "")
    assert area is not None
    assert area.name == "Keller"
    climate = device_of(hass, sim, entry, "climate")
    assert climate.model == "Simulierter Klimafühler"
    assert climate.serial_number == sim.device("climate")["interfaces"][0]["opts"]["device_eui"].lower()
    # The name is known before the parser is read again.
    sim.refuse(503, path=f"/api/v1/parsers/{sim.device('climate')['parser_id']}")
    await hass.config_entries.async_reload(entry.entry_id)
    assert device_of(hass, sim, entry, "climate").model == "Simulierter Klimafühler"
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_enabled")
async def test_statistics_of_the_platform(hass: HomeAssistant, sim: ElementSimulator) -> None:
    stats = sim.device("climate")["stats"]
    sim.device("soil")["stats"] = {}
    entry = await set_up(hass, sim)
    await wait_primed(hass, entry)
    climate, soil = sim.resolve("climate"), sim.resolve("soil")
    assert state_of(hass, entry, climate, "missed_frames") == "17"
    assert state_of(hass, entry, climate, "uplinks_missing", "binary_sensor") == "off"
    assert state_of(hass, entry, climate, "expected_interval") == "15.0"
    assert state_of(hass, entry, climate, "airtime") == "61.696"
    # What the platform does not report has no entity.
    registry = er.async_get(hass)
    unique_id = entry.runtime_data.unique_id(soil, "missed_frames")
    assert registry.async_get_entity_id("sensor", DOMAIN, unique_id) is None
    stats |= {"nominally_sending": False, "missed_up_frames": "19"}
    stats["packet_interval"] = {"months": 0, "days": 0, "secs": 600, "microsecs": 0}
    sim.device("soil")["stats"] = dict(stats)
    sim.uplink("climate", {"temperature": 20.5})
    sim.uplink("soil", {"soil_moisture": 20.5})
    await wait_until(hass, lambda: state_of(hass, entry, climate, "missed_frames") == "19")
    await applied(hass, sim)
    assert state_of(hass, entry, climate, "uplinks_missing", "binary_sensor") == "on"
    assert state_of(hass, entry, climate, "expected_interval") == "10.0"
    assert state_of(hass, entry, soil, "missed_frames") == "19"
    await assert_unchanged_after_reload(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_installation_date_of_the_profile(hass: HomeAssistant, sim: ElementSimulator) -> None:
    sim.device("water")["fields"]["gerateinformation"]["Einbaudatum"] = "1970-01-01"
    sim.device("soil")["fields"]["gerateinformation"]["einbaudatum"] = "unbekannt"
    entry = await set_up(hass, sim)
    await wait_primed(hass, entry)
    climate, water, soil = sim.resolve("climate"), sim.resolve("water"), sim.resolve("soil")
    assert state_of(hass, entry, climate, "installation_date") == "2023-05-04"
    registry = er.async_get(hass)
    for device_id in (water, soil):
        unique_id = entry.runtime_data.unique_id(device_id, "installation_date")
        assert registry.async_get_entity_id("sensor", DOMAIN, unique_id) is None
    # Entered later.
    sim.device("water")["fields"]["gerateinformation"]["Einbaudatum"] = "2024-11-30"
    await hass.config_entries.async_reload(entry.entry_id)
    await wait_primed(hass, entry)
    assert state_of(hass, entry, water, "installation_date") == "2024-11-30"
    # It is known before the platform is read.
    stored = entry.runtime_data.devices[water].to_stored()
    assert LorawanDevice.from_stored(stored).installation_date == date(2024, 11, 30)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_changes_with_each_frame_is_disabled(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    registry = er.async_get(hass)
    entities = er.async_entries_for_device(
        registry, device_of(hass, sim, entry, "climate").id, include_disabled_entities=True
    )
    enabled = {entity.unique_id.rpartition("-")[2] for entity in entities if not entity.disabled}
    disabled = {entity.unique_id.rpartition("-")[2] for entity in entities if entity.disabled}
    assert {"last_uplink", "rssi", "snr", "lost_frames", "uplinks_missing"} <= enabled
    assert {"payload", "port", "frame_counter", "airtime", "frequency", "spreading_factor"} <= disabled
    assert {"gateway_count", "missed_frames", "expected_interval", "uplink"} <= disabled


async def test_gateways_and_what_they_hear(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    eui, other = "0000024b0b03173d", "0000024b0b031f00"
    gateway = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, eui), entry.entry_id)
    assert gateway is not None
    assert (gateway.name, gateway.serial_number) == ("Gateway 0000024B0B03173D", eui)
    assert dr.async_get(hass).async_get_device_by_identifier((DOMAIN, other), entry.entry_id) is None
    # A device is heard by many gateways, so it is not connected through one of them.
    hub = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, entry.runtime_data.hub_id), entry.entry_id)
    assert hub is not None
    assert device_of(hass, sim, entry, "climate").via_device_id == gateway.via_device_id == hub.id
    assert state_of(hass, entry, eui, "packets_per_hour") == STATE_UNKNOWN
    heard = entry.runtime_data.heard.by_eui
    known = heard[eui].packets
    packet = sim.uplink("climate", {"temperature": 20.5})[0]
    packet["meta"]["gateway_stats"][0]["rssi"] = -31
    # The platform sends the packet again with a further gateway, and a reading for each of its values.
    sim.update_packet(packet["id"])
    sim.announce(packet)
    await wait_until(hass, lambda: other in heard)
    await applied(hass, sim)
    assert (heard[eui].packets, heard[other].packets) == (known + 2, 1)
    entry.runtime_data.heard.since -= 3600
    coordinator = entry.runtime_data
    coordinator._update_gateways(dt_util.utcnow())
    await hass.async_block_till_done()
    assert state_of(hass, entry, eui, "packets_per_hour") == str(known + 2)
    assert state_of(hass, entry, other, "packets_per_hour") == "1"
    shown = dt_util.parse_datetime(state_of(hass, entry, other, "last_packet"))
    assert shown is not None
    assert shown == dt_util.parse_datetime(packet["transceived_at"]).replace(microsecond=0)
    await assert_unchanged_after_reload(hass, entry)
    assert entry.runtime_data.heard.by_eui[eui].packets == known + 2
    # Diagnostics show what a gateway hears, and a gateway that hears nothing any more is removed.
    assert entry.runtime_data.device_diagnostics_data(eui)["eui"] == eui
    with freeze_time(dt_util.utcnow() + timedelta(days=31)):
        entry.runtime_data._update_gateways(dt_util.utcnow())
    assert dr.async_get(hass).async_get_device_by_identifier((DOMAIN, eui), entry.entry_id) is None


async def test_a_deleted_gateway_comes_back(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    eui = "0000024b0b03173d"
    entry.runtime_data.forget_device(eui)
    assert eui not in entry.runtime_data.device_ids()
    sim.uplink("climate", {"temperature": 20.5})
    await wait_until(hass, lambda: eui in entry.runtime_data.device_ids())
