"""Entities of the gateway, and data that is not pushed."""

import asyncio
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from simulators import DeconzSimulator
from simulators.deconz.world import make_light
from tests.common import assert_unchanged_after_reload, run_pending_updates, set_up, wait_reconnected, wait_until
from tests.deconz.common import call

pytestmark = pytest.mark.usefixtures("quick_links")

PERMIT = "switch.phoscon_gw_permit_join"
UNTIL = "sensor.phoscon_gw_permit_join_until"


def done(sim: DeconzSimulator) -> list[tuple[str, str, Any]]:
    """Return method, path below the key and body of every write."""
    return [
        (request.method, request.path.removeprefix(f"/api/{sim.api_key}"), request.body)
        for request in sim.requests
        if request.method != "GET"
    ]


async def test_permit_join_counts_down_and_closes(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    assert hass.states.is_state(PERMIT, "off")
    before = dt_util.utcnow()
    await call(hass, "switch", "turn_on", PERMIT)
    assert hass.states.is_state(PERMIT, "on")
    open_until = dt_util.parse_datetime(hass.states.get(UNTIL).state)
    assert open_until is not None
    assert timedelta(seconds=55) < open_until - before < timedelta(seconds=65)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=61))
    assert hass.states.is_state(PERMIT, "off")
    assert hass.states.is_state(UNTIL, "unknown")
    await call(hass, "switch", "turn_on", PERMIT)
    await call(hass, "switch", "turn_off", PERMIT)
    assert hass.states.is_state(PERMIT, "off")
    assert done(sim) == [("PUT", "/config", {"permitjoin": seconds}) for seconds in (60, 60, 0)]


async def test_search_opens_the_network(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    await call(hass, "button", "press", "button.phoscon_gw_search_for_new_devices")
    assert done(sim) == [("POST", "/lights", {}), ("POST", "/sensors", {})]
    assert hass.states.is_state(PERMIT, "on")


async def test_a_network_opened_elsewhere_is_seen(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.put_config(permitjoin=120)
    sim.set_light("desk", bri=77)
    await entry.runtime_data.async_poll()
    assert hass.states.is_state(PERMIT, "on")


@pytest.mark.usefixtures("all_enabled")
async def test_settings_and_restarts(hass: HomeAssistant, all_enabled: None, sim: DeconzSimulator) -> None:
    entry = await set_up(hass, sim)
    await call(hass, "switch", "turn_off", "switch.phoscon_gw_zigbee_ota_updates")
    await call(hass, "switch", "turn_on", "switch.phoscon_gw_zigbee_network")
    await call(hass, "switch", "turn_on", "switch.phoscon_gw_zigbee_ota_updates")
    await call(hass, "switch", "turn_off", "switch.phoscon_gw_zigbee_network")
    await call(hass, "switch", "turn_off", "switch.phoscon_gw_zigbee_ota_updates")
    await call(hass, "number", "set_value", "number.phoscon_gw_last_seen_interval", value=300)
    await call(hass, "number", "set_value", "number.phoscon_gw_permit_join_duration", value=120)
    assert hass.states.is_state("switch.phoscon_gw_zigbee_ota_updates", "off")
    assert hass.states.is_state("number.phoscon_gw_permit_join_duration", "120")
    assert hass.states.is_state("binary_sensor.phoscon_gw_firmware_update", "off")
    await call(hass, "button", "press", "button.phoscon_gw_restart_deconz")
    await wait_reconnected(hass, entry)
    await call(hass, "button", "press", "button.phoscon_gw_restart_gateway")
    await wait_reconnected(hass, entry, 2)
    assert done(sim) == [
        ("PUT", "/config", {"otauactive": False}),
        ("PUT", "/config", {"rfconnected": True}),
        ("PUT", "/config", {"otauactive": True}),
        ("PUT", "/config", {"rfconnected": False}),
        ("PUT", "/config", {"otauactive": False}),
        ("PUT", "/config", {"lightlastseeninterval": 300}),
        ("PUT", "/config", {"networkopenduration": 120}),
        ("POST", "/config/restartapp", {}),
        ("POST", "/config/restart", {}),
    ]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_refused_setting_changes_nothing(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.pushwire.vendors.deconz.api.client._RETRY_PAUSE", 0)
    sim.refuse(503)
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "switch", "turn_on", PERMIT)
    assert raised.value.translation_key == "not_ready"
    assert hass.states.is_state(PERMIT, "off")


async def test_data_that_is_not_pushed_is_polled(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    with sim.lose_frames():
        sim.add_scene("1", "Lesen")
        sim.rename("groups", "1", "Stube")
        sim.add_group("Neue Gruppe", ["desk"])
        sim.delete("sensors", "moisture")
    sim.set_sensor_state("temperature", temperature=1111)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=6))
    await wait_until(hass, lambda: hass.states.get("light.neue_gruppe") is not None)
    assert hass.states.get("scene.wohnzimmer_lesen") or hass.states.get("scene.stube_lesen")
    assert hass.states.get("sensor.pflanze_moisture") is None
    assert sum(stream.statistics.reconnects for stream in entry.runtime_data.streams) == 0
    await assert_unchanged_after_reload(hass, entry)


async def test_a_poll_does_not_undo_pushed_changes(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.set_sensor_state("temperature", temperature=1000)
    with sim.lose_frames():
        sim.rename("groups", "1", "Stube")
    held = sim.response_hold = asyncio.Event()
    asked = len(sim.requests)
    reading = hass.async_create_task(entry.runtime_data.async_poll())
    await wait_until(hass, lambda: len(sim.requests) > asked)
    # The answer already exists, and is older than these changes.
    sim.set_sensor_state("temperature", temperature=2000)
    sim.delete("sensors", "moisture")
    sim.add_light("fresh", "Frische Lampe")
    sim.press("dimmer_switch", 1002)
    await wait_until(hass, lambda: hass.states.get("light.frische_lampe") is not None)
    # No message waits for the answer.
    assert not reading.done()
    assert hass.states.is_state("sensor.klima_bad_temperature", "20.0")
    assert hass.states.get("event.hue_dimmer_on").attributes["event_type"] == "press_end"
    held.set()
    await reading
    await run_pending_updates(hass)
    assert hass.states.is_state("sensor.klima_bad_temperature", "20.0")
    assert hass.states.get("sensor.pflanze_moisture") is None
    assert hass.states.get("light.frische_lampe") is not None
    await assert_unchanged_after_reload(hass, entry)


async def test_an_outdated_poll_is_repeated(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    held = sim.response_hold = asyncio.Event()
    sim.set_light("desk", bri=55)
    asked = len(sim.requests)
    reading = hass.async_create_task(entry.runtime_data.async_poll())
    await wait_until(hass, lambda: len(sim.requests) > asked)
    # What a message changes is left out of the poll, so the same answer must be read again.
    sim.push({"t": "event", "e": "changed", "r": "lights", "id": sim.resolve("lights", "desk"), "attr": {"x": 1}})
    await wait_until(hass, lambda: entry.runtime_data.model.pending_snapshots.active[0].has_changes)
    held.set()
    await reading
    await entry.runtime_data.async_poll()
    await entry.runtime_data.async_poll()
    whole = f"/api/{sim.api_key}"
    assert [request.status for request in sim.requests[asked:] if request.path == whole] == [200, 200, 304]


async def test_an_outdated_snapshot_does_not_undo_pushed_changes(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.set_sensor_state("temperature", temperature=1000)
    asked = len(sim.requests)
    await sim.drop()
    await sim.wait_socket()
    held = sim.response_hold = asyncio.Event()
    await wait_until(hass, lambda: f"/api/{sim.api_key}" in [request.path for request in sim.requests[asked:]])
    sim.set_sensor_state("temperature", temperature=2000)
    held.set()
    await wait_reconnected(hass, entry)
    assert hass.states.is_state("sensor.klima_bad_temperature", "20.0")
    await assert_unchanged_after_reload(hass, entry)


async def test_the_radio_and_the_daylight_sensor_share_a_unique_id(
    hass: HomeAssistant, all_enabled: None, sim: DeconzSimulator
) -> None:
    stick = make_light(1, "Configuration tool 1", "Configuration tool", {"reachable": True})
    sim.add("lights", {**stick, "uniqueid": sim.sensor("daylight")["uniqueid"]})
    entry = await set_up(hass, sim)
    assert hass.states.is_state("binary_sensor.configuration_tool_1_connectivity", "on")
    for status, shown in ((210, "dusk"), (100, "nadir")):
        with sim.lose_frames():
            sim.set_sensor_state("daylight", status=status)
        await entry.runtime_data.async_poll()
        await wait_until(hass, lambda: hass.states.is_state("sensor.phoscon_gw_sun", shown))  # noqa: B023
    assert hass.states.is_state("binary_sensor.configuration_tool_1_connectivity", "on")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_an_unchanged_state_is_not_sent_again(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    await entry.runtime_data.async_poll()
    whole = f"/api/{sim.api_key}"
    assert [request.status for request in sim.requests if request.path == whole] == [200, 304]


async def test_a_failed_poll_does_no_harm(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    sim.refuse(503)
    entry.runtime_data._poll(dt_util.utcnow())
    await hass.async_block_till_done(wait_background_tasks=False)
    await wait_until(hass, lambda: entry.runtime_data.frame_log.unknown["poll not_ready"] == 1)
    sim.allow()
    assert entry.runtime_data.frame_log.unknown["poll not_ready"] == 1
    sim.set_sensor_state("temperature", temperature=1999)
    await wait_until(hass, lambda: hass.states.is_state("sensor.klima_bad_temperature", "19.99"))
    sim.revoke_key()
    await entry.runtime_data.async_poll()
    await wait_until(hass, lambda: bool(hass.config_entries.flow.async_progress_by_handler(DOMAIN)))
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH
    await entry.runtime_data.async_poll()


async def test_the_group_of_all_lights_is_an_option(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry = await set_up(hass, sim)
    seen = len(sim.requests)
    for _ in range(2):
        for key in ("ceiling", "hall", "desk", "cellar", "strip", "plug", "plug_out"):
            sim.set_light(key, on=not sim.light(key)["state"]["on"])
    sim.push({"t": "event", "e": "changed", "r": "groups", "id": "65520", "state": {"any_on": True, "all_on": True}})
    sim.set_sensor_state("temperature", temperature=1888)
    await wait_until(hass, lambda: hass.states.is_state("sensor.klima_bad_temperature", "18.88"))
    assert hass.states.get("light.all") is None
    assert not [request for request in sim.requests[seen:] if "groups/0" in request.path]
    await choose(hass, entry, group_all=True)
    assert hass.states.is_state("light.all", "on")
    await call(hass, "light", "turn_off", "light.all")
    assert done(sim)[-1] == ("PUT", "/groups/0/action", {"on": False})
    for key in ("ceiling", "hall"):
        sim.set_light(key, on=False)
    await assert_unchanged_after_reload(hass, entry)
    await choose(hass, entry, group_all=False)
    assert hass.states.get("light.all") is None
    await hass.config_entries.async_unload(entry.entry_id)


async def choose(hass: HomeAssistant, entry: ConfigEntry[Any], **options: Any) -> None:
    """Set the options with the options flow."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    done = await hass.config_entries.options.async_configure(form["flow_id"], options)
    assert done["type"] == "create_entry"
    await hass.async_block_till_done()
    await run_pending_updates(hass)


async def test_an_issue_reports_two_integrations_for_one_gateway(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    registry = ir.async_get(hass)
    issue = DOMAIN, f"deconz_twice_{entry.entry_id}"
    assert issue not in registry.issues
    core = MockConfigEntry(domain="deconz", unique_id="00212EFFFF012345")
    core.add_to_hass(hass)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=6))
    await hass.async_block_till_done()
    assert issue in registry.issues
    await hass.config_entries.async_unload(entry.entry_id)
    assert issue not in registry.issues


async def test_a_gateway_that_closes_every_connection(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "custom_components.pushwire")
    shown: list[str] = []

    @callback
    def look(event: Event[EventStateChangedData]) -> None:
        if (new := event.data["new_state"]) is not None and new.state == "unavailable":
            shown.append(new.entity_id)

    hass.bus.async_listen("state_changed", look)
    for number in range(1, 8):
        await sim.drop()
        await wait_reconnected(hass, entry, number)
    assert not shown
    lines = [record.message for record in caplog.records if "onnection to" in record.message]
    assert len(lines) == 2, lines
    whole = [request.status for request in sim.requests if request.path == f"/api/{sim.api_key}"]
    assert whole == [200] + [304] * 7


async def test_the_port_of_the_socket_is_requested_again(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    before = sim.ws_port
    sim.ws_port, sim.requested_ws_port = 0, 0
    await sim.restart()
    await wait_reconnected(hass, entry)
    assert sim.ws_port not in (before, 0)
    sim.set_sensor_state("temperature", temperature=1777)
    await wait_until(hass, lambda: hass.states.is_state("sensor.klima_bad_temperature", "17.77"))
