"""Gateways that disconnect while their world changes, and reconnect."""

import asyncio
import logging
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from simulators import DeconzSimulator
from tests.common import assert_unchanged_after_reload, set_up, wait_reconnected, wait_until

pytestmark = pytest.mark.usefixtures("quick_links")


def change_the_world(sim: DeconzSimulator) -> None:
    """Change so much that a client that missed it would be wrong."""
    for _ in range(60):
        sim.step()
    # A moving cover would change between two comparisons.
    for move in sim.light_control.moves.values():
        move.cancel()
    sim.set_light("desk", on=True, ct=300)
    sim.set_sensor_state("temperature", temperature=1234)
    sim.rename("lights", "ceiling", "Neuer Name")
    sim.delete("sensors", "moisture")
    sim.add_light("fresh", "Frische Lampe")


async def test_a_dropped_connection(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    with sim.lose_frames():
        change_the_world(sim)
    await sim.drop()
    await wait_reconnected(hass, entry)
    assert hass.states.get("sensor.klima_bad_temperature").state == "12.34"
    assert hass.states.get("light.frische_lampe") is not None
    assert hass.states.get("sensor.pflanze_moisture") is None
    await assert_unchanged_after_reload(hass, entry)


async def test_a_silent_connection(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    sim.silence()
    change_the_world(sim)
    await wait_until(hass, lambda: not sim.open_sockets)
    sim.allow()
    await wait_reconnected(hass, entry)
    assert hass.states.get("sensor.klima_bad_temperature").state == "12.34"
    await assert_unchanged_after_reload(hass, entry)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_temporary_refusal(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any], status: int
) -> None:
    sim.refuse(status, times=3)
    with sim.lose_frames():
        change_the_world(sim)
    await sim.drop()
    await wait_reconnected(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    await assert_unchanged_after_reload(hass, entry)


async def test_a_short_disconnect_makes_nothing_unavailable(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any], caplog: pytest.LogCaptureFixture
) -> None:
    sim.refuse(503)
    await sim.drop()
    await wait_until(hass, lambda: hass.states.get("binary_sensor.phoscon_gw_connection").state == "off")
    assert hass.states.get("light.wohnzimmer_decke").state != STATE_UNAVAILABLE
    async_fire_time_changed(hass, dt_util.utcnow().replace(year=dt_util.utcnow().year + 1))
    await wait_until(hass, lambda: hass.states.get("light.wohnzimmer_decke").state == STATE_UNAVAILABLE)
    assert hass.states.get("binary_sensor.phoscon_gw_connection").state == "off"
    sim.allow()
    await wait_reconnected(hass, entry)
    assert hass.states.get("light.wohnzimmer_decke").state != STATE_UNAVAILABLE
    reported = [
        record.message
        for record in caplog.records
        if record.name.startswith("custom_components.pushwire") and record.levelno == logging.INFO
    ]
    assert len(reported) == 2, reported


async def test_a_revoked_key_starts_one_reauthentication(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    seen = len(sim.requests)
    sim.revoke_key()
    await sim.drop()
    await wait_until(hass, lambda: bool(hass.config_entries.flow.async_progress_by_handler(DOMAIN)))
    asked = [request for request in sim.requests[seen:] if not request.path.endswith(("introspect", "ddf"))]
    assert len(asked) <= 2
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]
    locked = await hass.config_entries.flow.async_configure(flows[0]["flow_id"], {"api_key": ""})
    assert locked["errors"] == {"base": "link_not_unlocked"}
    sim.unlock()
    done = await hass.config_entries.flow.async_configure(flows[0]["flow_id"], {"api_key": ""})
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert hass.states.get("light.wohnzimmer_decke").state != STATE_UNAVAILABLE


async def test_garbage_does_no_harm(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "custom_components.pushwire")
    for _ in range(2):
        sim.garbage()
    # An odd setting stays until the gateway reports another one.
    sim.announce("lights", sim.resolve("lights", "ceiling"), "config", sim.light("ceiling")["config"])
    sim.set_sensor_state("temperature", temperature=999)
    await wait_until(hass, lambda: hass.states.get("sensor.klima_bad_temperature").state == "9.99")
    ledger = entry.runtime_data.frame_log
    assert not ledger.failures
    assert sum(ledger.unknown.values()) > 20
    lines = [record.message for record in caplog.records if "cannot use frames" in record.message]
    assert len(lines) == len(set(lines)) == len(ledger.unknown)
    assert sum(stream.statistics.reconnects for stream in entry.runtime_data.streams) == 0
    await assert_unchanged_after_reload(hass, entry)


async def test_a_gateway_that_is_not_ready_is_tried_again(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry = await set_up(hass, sim)
    await hass.config_entries.async_unload(entry.entry_id)
    sim.radio_not_ready = True
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    sim.radio_not_ready = False
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "action,entity_id",
    [
        ("turn_on", "switch.phoscon_gw_permit_join"),
        ("close_cover", "cover.jalousie"),
        ("turn_on", "siren.sirene"),
        ("turn_on", "light.wohnzimmer"),
    ],
)
async def test_a_command_of_a_removed_entity_leaves_nothing(
    hass: HomeAssistant, sim: DeconzSimulator, action: str, entity_id: str
) -> None:
    # A remaining timer fails the test.
    entry = await set_up(hass, sim)
    held = sim.response_hold = asyncio.Event()
    seen = len(sim.requests)
    command = hass.async_create_task(
        hass.services.async_call(entity_id.partition(".")[0], action, {"entity_id": entity_id}, blocking=True)
    )
    await wait_until(hass, lambda: len(sim.requests) > seen)
    await hass.config_entries.async_unload(entry.entry_id)
    held.set()
    await command
    assert entry.state is ConfigEntryState.NOT_LOADED


async def test_removal_leaves_nothing(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry = await set_up(hass, sim)
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    await sim.wait(lambda: sim.open_sockets == 0)
    assert hass.states.async_all() == []
