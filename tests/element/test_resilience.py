"""Recovery after interruptions during which the platform's data changes."""

import asyncio
from datetime import timedelta
import logging
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.element.api.client import ElementClient
from simulators import ElementSimulator
from tests.common import assert_unchanged_after_reload, run_pending_updates, set_up, wait_reconnected, wait_until
from tests.element.conftest import assert_values_shown, wait_primed

pytestmark = pytest.mark.usefixtures("quick_links")

CLIMATE = "sensor.gebaude_klima_buro_temperature"


def change_data(sim: ElementSimulator) -> None:
    """Change data of many devices."""
    for _ in range(60):
        sim.step()
    sim.uplink("climate", {"temperature": 12.5, "brand_new": 7.5})
    sim.rename("co2", "Neuer Name")
    sim.delete("soil")
    sim.add_device("fresh", "Frisch")
    sim.uplink("fresh", {"temperature": 3.5})


async def assert_recovered(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    """Check that all states are those of the platform, before and after a reload."""
    await wait_reconnected(hass, entry, 2)
    await run_pending_updates(hass)
    await wait_until(hass, lambda: hass.states.is_state(CLIMATE, "12.5"))
    fresh = "sensor.gebaude_frisch_temperature"
    await wait_until(hass, lambda: hass.states.get(fresh) is not None and hass.states.is_state(fresh, "3.5"))
    assert hass.states.get("sensor.stadt_stadtbaum_12_soil_moisture") is None
    await wait_primed(hass, entry)
    assert_values_shown(hass, sim, entry)
    assert not entry.runtime_data.frame_log.failures
    await assert_unchanged_after_reload(hass, entry)


async def test_a_dropped_connection(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    with sim.lose_frames():
        change_data(sim)
    await sim.drop()
    await assert_recovered(hass, sim, entry)


async def test_nothing_waits_for_the_inventory_after_a_reconnect(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    uplink = "event.gebaude_klima_buro_uplink"
    er.async_get(hass).async_update_entity(uplink, disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    held = sim.response_hold = asyncio.Event()
    await sim.drop()
    await sim.wait_socket(2)
    sim.rename("climate", "Neuer Name")
    sim.uplink("climate", {"temperature": 12.5})
    await wait_until(hass, lambda: hass.states.is_state(CLIMATE, "12.5"))
    await wait_until(hass, lambda: hass.states.get(uplink).attributes["event_type"] == "uplink")
    state = hass.states.get(uplink).state
    held.set()
    await wait_reconnected(hass, entry, 2)
    await hass.async_block_till_done()
    # The inventory was read before the device was renamed.
    device_id = er.async_get(hass).async_get(uplink).device_id
    assert device_id is not None
    assert dr.async_get(hass).async_get(device_id).name == "Neuer Name"
    assert hass.states.is_state(uplink, state)
    await wait_primed(hass, entry)
    await assert_unchanged_after_reload(hass, entry)


async def test_a_silent_connection(hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]) -> None:
    sim.silence()
    # New connections are refused as well.
    sim.refuse(503)
    change_data(sim)
    await wait_until(hass, lambda: not sim.open_sockets)
    sim.allow()
    await assert_recovered(hass, sim, entry)


@pytest.mark.parametrize("status", [403, 429, 500, 503])
async def test_connections_refused_for_a_while(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], status: int
) -> None:
    sim.refuse(status, times=6)
    with sim.lose_frames():
        change_data(sim)
    await sim.drop()
    await assert_recovered(hass, sim, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


async def test_sensors_stay_available_without_a_connection(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    """A disconnect from the platform does not affect a sensor with an interval of 15 minutes."""
    before = hass.states.get(CLIMATE).state
    sim.refuse(503)
    await sim.drop()
    link = "binary_sensor.stadtwerke_muster_connection"
    await wait_until(hass, lambda: hass.states.is_state(link, "off"))
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    await wait_until(hass, lambda: not entry.runtime_data.available)
    await hass.async_block_till_done()
    assert hass.states.is_state(CLIMATE, before)
    sim.allow()
    await wait_until(hass, lambda: hass.states.is_state(link, "on"))


async def test_an_expired_key_starts_one_reauth(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.keys["fresh"] = type(sim.keys[sim.api_key])()
    logins = sim.logins
    await sim.expire_key()
    await wait_until(hass, lambda: bool(hass.config_entries.flow.async_progress_by_handler(DOMAIN)))
    await run_pending_updates(hass)
    # Each socket makes one attempt.
    await wait_until(hass, lambda: sim.logins == logins + 2)
    await run_pending_updates(hass)
    assert sim.logins == logins + 2
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]
    change_data(sim)
    done = await hass.config_entries.flow.async_configure(flows[0]["flow_id"], {"api_key": "fresh"})
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    await run_pending_updates(hass)
    await wait_until(hass, lambda: hass.states.is_state(CLIMATE, "12.5"))
    await wait_primed(hass, entry)
    assert_values_shown(hass, sim, entry)


async def test_an_expired_key_is_detected_while_the_sockets_are_open(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.refuse_key()
    entry.runtime_data._refresh_inventory(dt_util.utcnow())
    await wait_until(hass, lambda: bool(hass.config_entries.flow.async_progress_by_handler(DOMAIN)))
    assert sim.open_sockets == 2


async def test_an_expired_key_at_startup(hass: HomeAssistant, sim: ElementSimulator) -> None:
    entry = await set_up(hass, sim)
    await hass.config_entries.async_unload(entry.entry_id)
    sim.refuse_key()
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.SETUP_ERROR
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]


async def test_setup_is_retried_if_the_server_is_not_ready(hass: HomeAssistant, sim: ElementSimulator) -> None:
    entry = await set_up(hass, sim)
    await hass.config_entries.async_unload(entry.entry_id)
    sim.refuse(503)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    sim.allow()
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def test_an_unusable_inventory_is_requested_again(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any]
) -> None:
    with sim.lose_frames():
        change_data(sim)
    devices = [7, {"id": None}, *sim.world["devices"].values()]
    sim.refuse(200, path="/api/v1/devices", times=1, body={"ok": True, "body": {"a": 1}})
    sim.refuse(200, path="/api/v1/devices", times=1, body={"ok": True, "body": devices})
    await sim.drop()
    await assert_recovered(hass, sim, entry)


async def test_a_deleted_device_of_the_scope_does_not_hide_others(hass: HomeAssistant) -> None:
    async with ElementSimulator(scope="device", rate=5000) as sim:
        entry = await set_up(hass, sim)
        await wait_primed(hass, entry)
        client = entry.runtime_data.client
        ids = [sim.resolve("climate"), sim.resolve("water")]
        sim.delete("water")
        assert [body["id"] for body in await client.devices("device", ids)] == ids[:1]
        entry.runtime_data._refresh_inventory(dt_util.utcnow())
        await wait_until(hass, lambda: set(entry.runtime_data.devices) == {ids[0]})
        assert hass.states.get(CLIMATE) is not None
        await hass.config_entries.async_unload(entry.entry_id)


async def test_all_pages_are_read(hass: HomeAssistant, sim: ElementSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.pushwire.vendors.element.api.client.PAGE_SIZE", 4)
    entry = await set_up(hass, sim)
    assert set(entry.runtime_data.devices) == set(sim.world["devices"])
    client: ElementClient = entry.runtime_data.client
    sim.refuse(200, path="/api/v1/devices/x", body={"ok": True, "body": [1]})
    with pytest.raises(Exception, match="not_this_vendor"):
        await client.device("x")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_garbage_changes_nothing(
    hass: HomeAssistant, sim: ElementSimulator, entry: ConfigEntry[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "custom_components.pushwire")
    for _ in range(2):
        sim.garbage()
    sim.uplink("climate", {"temperature": 12.5})
    await wait_until(hass, lambda: hass.states.is_state(CLIMATE, "12.5"))
    frame_log = entry.runtime_data.frame_log
    await wait_until(hass, lambda: frame_log.unknown["event reading_exploded"] == 4)
    assert not frame_log.failures
    assert sum(frame_log.unknown.values()) > 60
    lines = [record.message for record in caplog.records if "cannot use frames" in record.message]
    assert len(lines) == len(set(lines)) == len(frame_log.unknown)
    assert sum(stream.statistics.reconnects for stream in entry.runtime_data.streams) == 0
    await run_pending_updates(hass)
    await assert_unchanged_after_reload(hass, entry)


async def test_removal_deletes_everything(
    hass: HomeAssistant, sim: ElementSimulator, hass_storage: dict[str, Any]
) -> None:
    entry = await set_up(hass, sim)
    sim.uplink("climate", {"temperature": 12.5})
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    await sim.wait(lambda: sim.open_sockets == 0)
    # Device trackers need zones, which stay.
    assert set(hass.states.async_entity_ids()) <= {"zone.home"}
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage


async def test_unload_while_the_inventory_is_read(hass: HomeAssistant, sim: ElementSimulator) -> None:
    entry = await set_up(hass, sim)
    await wait_primed(hass, entry)
    sim.latency = 5
    await sim.drop()
    sim.latency = 0.1
    await wait_until(hass, lambda: entry.runtime_data._inventory is not None)
    entry.runtime_data._refresh_inventory(dt_util.utcnow())
    await hass.config_entries.async_unload(entry.entry_id)
    assert hass.states.is_state(CLIMATE, STATE_UNAVAILABLE)
