"""Recovery from disconnects, restarts and lost events."""

from collections.abc import Callable
import logging
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.diagnostics import async_get_config_entry_diagnostics
from custom_components.pushwire.vendors.livisi.coordinator import HUB_LOAD_INTERVAL, RESYNC_PAUSE, SAFETY_INTERVAL
from simulators import LivisiSimulator
from tests.common import assert_unchanged_after_reload, set_up, start_reauth, wait_reconnected, wait_until

pytestmark = pytest.mark.usefixtures("quick_hub")
BOTH = pytest.mark.parametrize("version", ["v1", "v2"])


def change_home(sim: LivisiSimulator) -> None:
    """Change the home so much that a client without the changes shows wrong states."""
    for _ in range(60):
        sim.step()
    sim.set_state("coffee.SwitchActuator", onState=True)
    sim.set_state("bath_radiator.TemperatureSensor", temperature=12.3)
    sim.rename_device("ceiling", "Kronleuchter")
    sim.rename_room("hall", "Diele")
    sim.remove_device("meter")
    sim.add_switch("fresh", "Frische Dose")
    sim.set_battery_low("remote")
    sim.set_reachable("fountain", False)


def assert_home_changed(hass: HomeAssistant) -> None:
    """Assert that the entities show the result of ``change_home``."""
    assert hass.states.is_state("switch.kuche_kaffeemaschine", "on")
    assert hass.states.is_state("sensor.bad_heizkorper_bad_temperature", "12.3")
    assert hass.states.get("light.wohnzimmer_deckenlampe").name == "Kronleuchter"
    assert hass.states.get("sensor.flur_stromzahler_power") is None
    assert hass.states.is_state("switch.kuche_frische_dose", "off")
    assert hass.states.is_state("binary_sensor.fernbedienung_battery", "on")
    assert hass.states.is_state("switch.terrasse_brunnen", STATE_UNAVAILABLE)


async def advance(hass: HomeAssistant, seconds: float) -> None:
    """Run the timers that are due within a number of seconds."""
    async_fire_time_changed(hass, dt_util.utcnow() + dt_util.dt.timedelta(seconds=seconds))
    await hass.async_block_till_done()


@BOTH
async def test_a_disconnect(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    with sim.lose_frames():
        change_home(sim)
    await sim.drop()
    await wait_reconnected(hass, entry)
    assert_home_changed(hass)
    await assert_unchanged_after_reload(hass, entry)


@BOTH
async def test_a_silent_connection(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    sim.silence()
    change_home(sim)
    await wait_until(hass, lambda: not sim.open_sockets)
    sim.allow()
    await wait_reconnected(hass, entry)
    assert_home_changed(hass)
    await assert_unchanged_after_reload(hass, entry)


@BOTH
@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
async def test_rejected_requests(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], status: int
) -> None:
    sim.refuse(status, times=3)
    with sim.lose_frames():
        change_home(sim)
    await sim.drop()
    await wait_reconnected(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert_home_changed(hass)
    await assert_unchanged_after_reload(hass, entry)


@BOTH
async def test_a_restart(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    with sim.lose_frames():
        change_home(sim)
    await sim.restart(down=0.1)
    await wait_reconnected(hass, entry)
    assert_home_changed(hass)
    await assert_unchanged_after_reload(hass, entry)


@BOTH
async def test_a_reboot(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    await sim.reboot(starting=True)
    with sim.lose_frames():
        change_home(sim)
    sleepy = sim.world["capability_states"][sim.resolve("bath_window.WindowDoorSensor")]
    sleepy["isOpen"] = {"lastChanged": "1970-01-01T00:00:00Z"}
    refused = len(sim.requests)
    await sim.wait(lambda: len(sim.requests) > refused + 2)
    sim.finish_start()
    await wait_reconnected(hass, entry)
    assert_home_changed(hass)
    # The hub has no value of the sleeping sensor yet, so the last one stays.
    assert hass.states.is_state("binary_sensor.bad_fenster_bad_window", "off")
    sim.set_state("bath_window.WindowDoorSensor", isOpen=True)
    await wait_until(hass, lambda: hass.states.is_state("binary_sensor.bad_fenster_bad_window", "on"))
    await assert_unchanged_after_reload(hass, entry)


async def test_a_hub_without_its_device_list(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.refuse(200, path="/device", body=[], times=2)
    await sim.drop()
    await wait_reconnected(hass, entry)
    assert hass.states.is_state("switch.terrasse_brunnen", "on")
    await assert_unchanged_after_reload(hass, entry)


@BOTH
async def test_a_gap(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    connections = sim.connections
    sim.set_state("spots.SwitchActuator", onState=True)
    await wait_until(hass, lambda: hass.states.is_state("light.bad_spots", "on"))
    with sim.lose_frames():
        change_home(sim)
    sim.set_state("spots.SwitchActuator", onState=False)
    await wait_until(hass, lambda: hass.states.is_state("switch.kuche_kaffeemaschine", "on"))
    await wait_until(hass, lambda: hass.states.get("switch.kuche_frische_dose") is not None)
    await hass.async_block_till_done()
    assert_home_changed(hass)
    assert sim.connections == connections
    assert entry.runtime_data.streams[0].statistics.gaps >= 1
    await assert_unchanged_after_reload(hass, entry)


async def test_many_gaps_lead_to_two_snapshots(
    hass: HomeAssistant, sim: LivisiSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.pushwire.vendors.livisi.coordinator.RESYNC_PAUSE", 30.0)
    entry = await set_up(hass, sim)
    entry.runtime_data._last_resync -= 60
    sim.set_hub_load(1, 1)
    seen = len(sim.requests)

    def reads() -> int:
        return len([request for request in sim.requests[seen:] if request.path == "/message"])

    for number in range(20):
        sim.skip_sequence()
        sim.set_hub_load(number, 2)
    await sim.wait(lambda: reads() == 1)
    with sim.lose_frames():
        sim.set_state("coffee.SwitchActuator", onState=True)
    sim.set_hub_load(50, 3)
    await wait_until(hass, lambda: hass.states.is_state("sensor.smarthome_cpu_usage", "50"))
    assert hass.states.is_state("switch.kuche_kaffeemaschine", "off")
    await advance(hass, 31)
    await wait_until(hass, lambda: hass.states.is_state("switch.kuche_kaffeemaschine", "on"))
    assert reads() == 2
    assert not [request for request in sim.requests[seen:] if request.path in ("/device", "/capability")]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_pause_between_snapshots(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.pushwire.vendors.livisi.coordinator.RESYNC_PAUSE", RESYNC_PAUSE)
    coordinator = entry.runtime_data
    resyncs: list[float] = []
    timers: list[tuple[float, Callable[[], None]]] = []
    now = 1000.0
    monkeypatch.setattr(hass.loop, "time", lambda: now)
    monkeypatch.setattr(coordinator._stream, "resync", lambda: resyncs.append(now))
    monkeypatch.setattr(
        coordinator.background, "call_later", lambda delay, action: timers.append((now + delay, action))
    )
    coordinator._last_resync = float("-inf")
    for second in range(100):
        now = 1000.0 + second
        while timers and timers[0][0] <= now:
            timers.pop(0)[1]()
        coordinator._resync_soon(gap=bool(second % 2))
        assert len(timers) <= 1
    assert resyncs == [1000, 1030, 1060, 1090]
    # A snapshot for another reason begins the pause as well.
    timers.clear()
    coordinator._resync_scheduled = False
    now = 2000.0
    await coordinator._take_snapshot()
    now = 2029.0
    coordinator._resync_soon()
    assert [at for at, _ in timers] == [2030]
    monkeypatch.undo()


async def test_sequence_numbers_that_start_from_the_beginning(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.set_hub_load(1, 1)
    await wait_until(hass, lambda: hass.states.is_state("sensor.smarthome_cpu_usage", "1"))
    with sim.lose_frames():
        change_home(sim)
    sim.sequence = 0
    sim.set_hub_load(2, 2)
    await wait_until(hass, lambda: hass.states.get("switch.kuche_frische_dose") is not None)
    await hass.async_block_till_done()
    assert_home_changed(hass)
    await assert_unchanged_after_reload(hass, entry)


async def test_the_hub_reports_lost_events(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    with sim.lose_frames():
        sim.set_state("coffee.SwitchActuator", onState=True)
    sim.push_event("EventDeliveryError", sim.hub_link, {}, sequence=-1)
    await wait_until(hass, lambda: hass.states.is_state("switch.kuche_kaffeemaschine", "on"))


@BOTH
async def test_a_device_is_read_again_when_it_becomes_reachable(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.set_reachable("coffee", False)
    await wait_until(hass, lambda: hass.states.is_state("switch.kuche_kaffeemaschine", STATE_UNAVAILABLE))
    with sim.lose_frames():
        sim.set_state("coffee.SwitchActuator", onState=True)
    sim.sequence -= 1
    sim.set_reachable("coffee", True)
    await wait_until(hass, lambda: hass.states.is_state("switch.kuche_kaffeemaschine", "on"))


@BOTH
async def test_unnoticed_losses_are_corrected_regularly(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    with sim.lose_frames():
        change_home(sim)
    await advance(hass, SAFETY_INTERVAL.total_seconds() + 1)
    await wait_until(hass, lambda: hass.states.get("switch.kuche_frische_dose") is not None)
    await hass.async_block_till_done()
    assert_home_changed(hass)
    await assert_unchanged_after_reload(hass, entry)


@pytest.mark.parametrize("version", ["v1"])
async def test_the_load_of_v1_is_polled(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    sim.set_hub_load(77, 88)
    await advance(hass, HUB_LOAD_INTERVAL.total_seconds() + 1)
    await wait_until(hass, lambda: hass.states.is_state("sensor.smarthome_cpu_usage", "77"))
    sim.refuse(500, times=1)
    await advance(hass, 2 * HUB_LOAD_INTERVAL.total_seconds() + 2)
    await wait_until(hass, lambda: bool(entry.runtime_data.frame_log.unknown["hub load hub_fault"]))
    sim.change_password("other")
    await advance(hass, 3 * HUB_LOAD_INTERVAL.total_seconds() + 3)
    await wait_until(hass, lambda: bool(hass.config_entries.flow.async_progress_by_handler(DOMAIN)))


@BOTH
async def test_a_change_during_the_snapshot_is_applied(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.latency = 0.02
    await sim.drop()
    await sim.wait_socket()
    sim.set_state("coffee.SwitchActuator", onState=True)
    sim.set_state("bath_radiator.TemperatureSensor", temperature=1)
    sim.set_state("bath_radiator.TemperatureSensor", temperature=7.7)
    sim.press("remote.PushButtonSensor", 0)
    await wait_reconnected(hass, entry)
    await wait_until(hass, lambda: hass.states.is_state("sensor.bad_heizkorper_bad_temperature", "7.7"))
    assert hass.states.is_state("switch.kuche_kaffeemaschine", "on")
    assert not hass.states.is_state("event.fernbedienung_button_1", "unknown")
    sim.latency = 0


async def test_an_event_with_an_old_time_is_applied_after_the_snapshot(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    seen = len(sim.requests)
    entry.runtime_data.streams[0].resync()
    await sim.wait_request(lambda request: request.path == "/message", since=seen)
    # A snapshot read while the connection is open must also leave no times behind.
    await wait_until(hass, lambda: not entry.runtime_data.model._snapshot_times)
    event = {"type": "StateChanged", "timestamp": "2000-01-01T00:00:00Z", "properties": {"onState": True}}
    sim.push({**event, "source": f"/capability/{sim.resolve('coffee.SwitchActuator')}"})
    await wait_until(hass, lambda: hass.states.is_state("switch.kuche_kaffeemaschine", "on"))


async def test_a_press_between_two_snapshots_is_not_lost(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.latency = 0.02
    stream = entry.runtime_data.streams[0]
    stream.resync()
    sim.press("remote.PushButtonSensor", 0)
    seen = len(sim.requests)
    await sim.wait(lambda: len(sim.requests) > seen)
    stream.resync()
    sim.latency = 0
    await wait_until(hass, lambda: not hass.states.is_state("event.fernbedienung_button_1", "unknown"))


async def test_a_short_disconnect_makes_nothing_unavailable(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "custom_components.pushwire")
    sim.refuse(500)
    await sim.drop()
    await wait_until(hass, lambda: hass.states.is_state("binary_sensor.smarthome_connection", "off"))
    assert hass.states.is_state("switch.terrasse_brunnen", "on")
    await advance(hass, 31)
    await wait_until(hass, lambda: hass.states.is_state("switch.terrasse_brunnen", STATE_UNAVAILABLE))
    sim.allow()
    await wait_reconnected(hass, entry)
    assert hass.states.is_state("switch.terrasse_brunnen", "on")
    lines = [
        record.message
        for record in caplog.records
        if record.name.startswith("custom_components.pushwire") and record.levelno == logging.INFO
    ]
    assert len(lines) == 2, lines


@BOTH
async def test_a_changed_password_starts_one_reauthentication(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    logins = sim.logins
    sim.change_password("another one")
    await sim.drop()
    await wait_until(hass, lambda: bool(hass.config_entries.flow.async_progress_by_handler(DOMAIN)))
    await advance(hass, 600)
    assert sim.logins - logins == 2, "refresh token and password, once each"
    assert not sim.locked
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]
    done = await hass.config_entries.flow.async_configure(flows[0]["flow_id"], {"password": "another one"})
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    await assert_unchanged_after_reload(hass, entry)


@BOTH
async def test_an_expired_token_is_renewed(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    logins = sim.logins
    sim.expire_tokens(refresh=True)
    await sim.drop()
    await wait_reconnected(hass, entry)
    assert sim.logins - logins == 2, "refresh token and password, once each"
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    await assert_unchanged_after_reload(hass, entry)


async def test_an_open_socket_outlives_its_token(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.expire_tokens()
    sim.set_state("coffee.SwitchActuator", onState=True)
    await wait_until(hass, lambda: hass.states.is_state("switch.kuche_kaffeemaschine", "on"))
    assert entry.runtime_data.streams[0].statistics.reconnects == 0


async def test_a_reconnect_needs_no_login(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    logins = sim.logins
    for number in range(1, 6):
        await sim.drop()
        await wait_reconnected(hass, entry, number)
    assert sim.logins == logins


async def test_no_login_while_the_account_is_locked(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    logins = sim.logins
    sim.revoke_tokens()
    sim.lock_account()
    await sim.drop()
    await wait_until(hass, lambda: entry.runtime_data.streams[0].statistics.last_error == "account_locked")
    await sim.wait(lambda: sim.logins == logins + 2)
    for _ in range(3):
        with pytest.raises(HomeAssistantError):
            await hass.services.async_call(
                "switch", "turn_on", {"entity_id": "switch.kuche_kaffeemaschine"}, blocking=True
            )
    assert sim.logins == logins + 2, "refresh token and password, once each"
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


async def test_no_login_at_startup_while_the_account_is_locked(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    entry = await set_up(hass, sim)
    await hass.config_entries.async_unload(entry.entry_id)
    sim.lock_account()
    logins = sim.logins
    for _ in range(5):
        await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_RETRY
    assert sim.logins == logins + 1
    sim.change_password("another one")
    sim.lock_account(False)
    form = await start_reauth(hass, entry)
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {"password": "another one"})
    assert done["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def test_another_hub_at_the_address(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    serial = sim.world["status"]["serialNumber"]
    sim.world["status"]["serialNumber"] = "914999999999"
    await sim.drop()
    await wait_until(hass, lambda: entry.runtime_data.streams[0].statistics.last_error == "not_this_vendor")
    sim.world["status"]["serialNumber"] = serial
    await wait_reconnected(hass, entry)


@BOTH
async def test_garbage_does_no_harm(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "custom_components.pushwire")
    for _ in range(2):
        sim.garbage()
    sim.set_state("bath_radiator.TemperatureSensor", temperature=9.9)
    await wait_until(hass, lambda: hass.states.is_state("sensor.bad_heizkorper_bad_temperature", "9.9"))
    frame_log = entry.runtime_data.frame_log
    assert not frame_log.failures
    assert sum(frame_log.unknown.values()) > 20
    lines = [record.message for record in caplog.records if "cannot use frames" in record.message]
    assert len(lines) == len(set(lines)) == len(frame_log.unknown)
    assert sum(stream.statistics.reconnects for stream in entry.runtime_data.streams) == 0
    await assert_unchanged_after_reload(hass, entry)


@BOTH
async def test_a_large_frame_in_fragments(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    sim.world["devices"][sim.resolve("coffee")]["config"]["note"] = "ü" * 20_000
    sim.rename_device("coffee", "Käffchen")
    await wait_until(hass, lambda: hass.states.get("switch.kuche_kaffeemaschine").name == "Käffchen")


async def test_setup_is_retried_while_the_hub_starts(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    entry = await set_up(hass, sim)
    await hass.config_entries.async_unload(entry.entry_id)
    sim.starting = True
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    sim.finish_start()
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_wrong_password_at_startup(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    entry = await set_up(hass, sim)
    await hass.config_entries.async_unload(entry.entry_id)
    sim.change_password("other")
    logins = sim.logins
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert sim.logins == logins + 1
    assert len(hass.config_entries.flow.async_progress_by_handler(DOMAIN)) == 1


async def test_removal_leaves_nothing(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    entry = await set_up(hass, sim)
    sim.skip_sequence(3)
    sim.set_hub_load(1, 1)
    sim.rename_device("coffee", "Espresso")
    await wait_until(hass, lambda: hass.states.get("switch.kuche_kaffeemaschine").name == "Espresso")
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    await sim.wait(lambda: sim.open_sockets == 0)
    assert hass.states.async_all() == []


@BOTH
async def test_diagnostics_hold_no_secret(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    sim.create_message("ShcRemoteRebooted", properties={"requesterInfo": "a.person@example.org"})
    sim.push({"type": "Odd", "access_token": "verbatim", "note": entry.runtime_data.client._token})
    await wait_until(hass, lambda: hass.states.is_state("sensor.smarthome_unread_messages", "1"))
    diagnostics = str(await async_get_config_entry_diagnostics(hass, entry))
    hidden = [
        sim.password,
        *sim.access_tokens,
        sim.serial_number,
        "a.person@example.org",
        "verbatim",
        "192.168.1.20",
        "02:00:00:00",
        sim.world["devices"][sim.resolve("coffee")]["serialNumber"],
    ]
    assert not [secret for secret in hidden if secret in diagnostics]
    assert "Kaffeemaschine" in str(entry.runtime_data.device_diagnostics_data(sim.resolve("coffee")))
