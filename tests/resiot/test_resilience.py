"""Recovery after interruptions during which data is lost."""

import asyncio
from datetime import timedelta
import logging
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.resiot import inventory
from simulators import ResiotSimulator
from tests.common import assert_unchanged_after_reload, run_pending_updates, set_up, wait_reconnected, wait_until

pytestmark = pytest.mark.usefixtures("quick_links")

TEMPERATURE = "sensor.0732227a557d8602_temperature_1"
OFFICE = "sensor.0732227a557d8601_temperature_1"
LINK = "binary_sensor.resiot_127_0_0_1_connection"


async def measure_and_wait(
    hass: HomeAssistant, sim: ResiotSimulator, value: float, entity_id: str = TEMPERATURE
) -> None:
    """Send a measurement, and wait for its state."""
    for _ in range(2):
        node = "greenhouse" if entity_id == TEMPERATURE else "office"
        sim.uplink_lpp(node, [(1, "temperature", value)], introduce=False)
    await wait_until(
        hass, lambda: hass.states.get(entity_id) is not None and hass.states.is_state(entity_id, str(value))
    )


def change_data(sim: ResiotSimulator) -> None:
    """Change data that the server does not send again."""
    for _ in range(40):
        sim.step()
    sim.uplink_lpp("greenhouse", [(1, "temperature", 33.5)])
    sim.join("valve")


async def assert_recovered(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    """Check that new data is shown, and no data from before."""
    await wait_reconnected(hass, entry)
    # The server keeps no history, so the last state from before the interruption is shown.
    assert hass.states.is_state(TEMPERATURE, "20.5")
    await measure_and_wait(hass, sim, 21.5)
    await measure_and_wait(hass, sim, 11.5, OFFICE)
    sim.join("valve")
    await wait_until(hass, lambda: hass.states.get("event.0732227a557d8608_join") is not None)
    await run_pending_updates(hass)
    assert set(entry.runtime_data.devices) == {"0732227a557d8601", "0732227a557d8602", "0732227a557d8608"}
    assert not entry.runtime_data.frame_log.failures
    await assert_unchanged_after_reload(hass, entry)


async def test_a_dropped_connection(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    await measure_and_wait(hass, sim, 20.5)
    with sim.lose_frames():
        change_data(sim)
    await sim.drop()
    await assert_recovered(hass, sim, entry)


async def test_nothing_waits_for_the_names_of_the_gateways_after_a_reconnect(
    hass: HomeAssistant, sim: ResiotSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "NODE_PAUSE", 0)
    sim.rest = True
    sim.world["nodes"]["0732227a557d8608"]["name"] = "0732227A557D8608"
    sim.world["nodes"]["0732227a557d8602"]["name"] = "0732227A557D8602"
    entry = await set_up(hass, sim)
    sim.join("valve")
    join = "event.0732227a557d8608_join"
    await wait_until(hass, lambda: hass.states.get(join) is not None)
    first = hass.states.get(join).state
    await measure_and_wait(hass, sim, 20.5)
    held = sim.response_hold = asyncio.Event()
    await sim.drop()
    await sim.wait_socket()
    sim.uplink_lpp("greenhouse", [(1, "temperature", 21.5)])
    sim.join("valve")
    await wait_until(hass, lambda: not hass.states.is_state(join, first))
    assert hass.states.is_state(TEMPERATURE, "21.5")
    state = hass.states.get(join).state
    held.set()
    await wait_reconnected(hass, entry)
    await run_pending_updates(hass)
    assert hass.states.is_state(join, state)
    await assert_unchanged_after_reload(hass, entry, is_read=lambda: not entry.runtime_data.inventory.is_reading)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_silent_connection(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    await measure_and_wait(hass, sim, 20.5)
    sim.silence()
    # New connections are refused as well.
    sim.refuse(503)
    change_data(sim)
    await wait_until(hass, lambda: not sim.open_sockets)
    sim.allow()
    await assert_recovered(hass, sim, entry)


@pytest.mark.parametrize("status", [404, 429, 500, 503])
async def test_connections_refused_for_a_while(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], status: int
) -> None:
    await measure_and_wait(hass, sim, 20.5)
    sim.refuse(status, times=3)
    with sim.lose_frames():
        change_data(sim)
    await sim.drop()
    await assert_recovered(hass, sim, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


async def test_sensors_stay_available_without_a_connection(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    await measure_and_wait(hass, sim, 20.5)
    sim.gateway_alive()
    gateway = "binary_sensor.218000ac0000a05f_connectivity"
    await wait_until(hass, lambda: hass.states.get(gateway) is not None)
    sim.refuse(503)
    await sim.drop()
    await wait_until(hass, lambda: hass.states.is_state(LINK, "off"))
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    await wait_until(hass, lambda: not entry.runtime_data.available)
    await hass.async_block_till_done()
    assert hass.states.is_state(TEMPERATURE, "20.5")
    # The connectivity of a gateway is unknown without a connection.
    assert hass.states.is_state(gateway, "unavailable")
    sim.allow()
    await wait_until(hass, lambda: hass.states.is_state(gateway, "on"))


@pytest.mark.parametrize("status", [401, 403])
async def test_a_revoked_address_starts_one_reauth(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], status: Any
) -> None:
    await measure_and_wait(hass, sim, 20.5)
    sim.refusal_status = status
    sim.change_token("another-token")
    logins = sim.logins
    await sim.drop()
    await wait_until(hass, lambda: bool(hass.config_entries.flow.async_progress_by_handler(DOMAIN)))
    await run_pending_updates(hass)
    assert sim.logins == logins + 1
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]
    done = await hass.config_entries.flow.async_configure(flows[0]["flow_id"], {"url": sim.socket_url})
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert hass.states.is_state(TEMPERATURE, "20.5")
    await measure_and_wait(hass, sim, 21.5)


async def test_setup_is_retried_if_the_server_is_not_ready(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    entry = await set_up(hass, sim)
    await hass.config_entries.async_unload(entry.entry_id)
    sim.refuse(503)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    sim.allow()
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def test_garbage_changes_nothing(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], caplog: pytest.LogCaptureFixture
) -> None:
    await measure_and_wait(hass, sim, 20.5)
    caplog.set_level(logging.DEBUG, "custom_components.pushwire")
    for _ in range(2):
        sim.garbage()
    await measure_and_wait(hass, sim, 21.5)
    frame_log = entry.runtime_data.frame_log
    assert not frame_log.failures
    assert sum(frame_log.unknown.values()) > 40
    lines = [record.message for record in caplog.records if "cannot use frames" in record.message]
    assert len(lines) == len(set(lines)) == len(frame_log.unknown)
    assert entry.runtime_data.streams[0].statistics.reconnects == 0
    await assert_unchanged_after_reload(hass, entry)


async def test_a_usable_document_between_unusable_ones(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    """The documents of a text frame are independent of each other."""
    sim.push('nonsense\n{"CommType":7}\n{"CommType":"comm_gwalive","GatewayEUIs":["AA"]}\n[]')
    await wait_until(hass, lambda: hass.states.get("binary_sensor.aa_connectivity") is not None)
    assert dict(entry.runtime_data.frame_log.unknown) == {"not json": 1, "no type": 1, "json list": 1}


async def test_removal_deletes_everything(
    hass: HomeAssistant, sim: ResiotSimulator, hass_storage: dict[str, Any]
) -> None:
    entry = await set_up(hass, sim)
    await measure_and_wait(hass, sim, 20.5)
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    await sim.wait(lambda: sim.open_sockets == 0)
    # Device trackers need zones, which stay.
    assert set(hass.states.async_entity_ids()) <= {"zone.home"}
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage
