"""States and events of devices and gateways."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.device_automation import DeviceAutomationType, async_get_device_automations
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events, async_fire_time_changed

from custom_components.pushwire import async_remove_config_entry_device
from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.diagnostics import async_get_config_entry_diagnostics
from custom_components.pushwire.lorawan.api.downlink import DOWNLINK_EVENTS
from custom_components.pushwire.vendors.resiot.coordinator import ResiotCoordinator
from simulators import ResiotSimulator
from simulators.resiot import GATEWAY, GATEWAY_ROOF, encode_lpp
from tests.common import assert_unchanged_after_reload, run_pending_updates, set_up, wait_for_state, wait_until

# The payload is disabled by default.
pytestmark = pytest.mark.usefixtures("all_enabled")

OFFICE = "0732227a557d8601"
METER = "0732227a557d8679"
VALVE = "0732227a557d8608"
ONLINE = f"binary_sensor.{GATEWAY.lower()}_connectivity"


async def pass_time(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float) -> None:
    """Move the clock forward and run the timers."""
    freezer.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


async def test_two_payloads_show_cayenne(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    sim.uplink_lpp("office", [(1, "temperature", 21.5), (2, "humidity", 40)], introduce=False)
    await wait_for_state(hass, f"sensor.{OFFICE}_payload", "016700d7026850")
    assert hass.states.get(f"sensor.{OFFICE}_temperature_1") is None
    # Neither counts: one has another format, and one has no value in common with the first.
    sim.uplink("office", "ffff")
    sim.uplink_lpp("office", [(7, "illuminance", 300)], introduce=False)
    await wait_for_state(hass, f"sensor.{OFFICE}_payload", "0765012c")
    assert hass.states.get(f"sensor.{OFFICE}_temperature_1") is None
    # The second shows all values.
    sim.uplink_lpp("office", [(1, "temperature", 21.6)])
    await wait_for_state(hass, f"sensor.{OFFICE}_temperature_1", "21.6")
    await wait_for_state(hass, f"sensor.{OFFICE}_humidity_2", "40.0")
    await wait_for_state(hass, f"sensor.{OFFICE}_illuminance_7", "300")
    # A payload in another format changes nothing, and a new value adds an entity.
    sim.uplink("office", "ffff")
    sim.uplink_lpp("office", [(2, "humidity", 41), (9, "barometer", 1000.0)])
    await wait_for_state(hass, f"sensor.{OFFICE}_humidity_2", "41.0")
    await wait_for_state(hass, f"sensor.{OFFICE}_atmospheric_pressure_9", "1000.0")
    assert hass.states.is_state(f"sensor.{OFFICE}_temperature_1", "21.6")
    await assert_unchanged_after_reload(hass, entry)


async def test_the_first_of_two_payloads_survives_a_restart(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.uplink_lpp("office", [(1, "temperature", 21.5)], introduce=False)
    await wait_for_state(hass, f"sensor.{OFFICE}_payload", "016700d7")
    await hass.config_entries.async_reload(entry.entry_id)
    sim.uplink_lpp("office", [(1, "temperature", 21.6)])
    await wait_for_state(hass, f"sensor.{OFFICE}_temperature_1", "21.6")


@pytest.mark.usefixtures("entry")
async def test_an_uplink_without_payload_changes_only_the_radio(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    sim.uplink_lpp("office", [(1, "temperature", 21.5)], rssi="-80")
    sim.uplink("office", "", rssi="-90")
    await wait_for_state(hass, f"sensor.{OFFICE}_rssi", "-90.0")
    assert hass.states.is_state(f"sensor.{OFFICE}_temperature_1", "21.5")
    sim.uplink_lpp("office", [(1, "temperature", 22.5)])
    await wait_for_state(hass, f"sensor.{OFFICE}_temperature_1", "22.5")


@pytest.mark.usefixtures("all_enabled", "entry")
async def test_duplicates_are_ignored(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    sim.uplink_lpp("office", [(1, "temperature", 21.5)])
    await wait_for_state(hass, f"sensor.{OFFICE}_temperature_1", "21.5")
    await run_pending_updates(hass)
    before = hass.states.get(f"event.{OFFICE}_uplink").state
    sim.uplink_lpp("office", [(1, "temperature", 99.5)], duplicate=True, gateways=[GATEWAY_ROOF])
    # The duplicate still shows that the second gateway works.
    await wait_for_state(hass, f"binary_sensor.{GATEWAY_ROOF.lower()}_connectivity", "on")
    await run_pending_updates(hass)
    assert hass.states.is_state(f"sensor.{OFFICE}_temperature_1", "21.5")
    assert hass.states.get(f"event.{OFFICE}_uplink").state == before


async def test_a_late_uplink_changes_no_state(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.uplink_lpp("office", [(1, "temperature", 21.5)], rssi="-33")
    await wait_for_state(hass, f"sensor.{OFFICE}_temperature_1", "21.5")
    last = hass.states.get(f"sensor.{OFFICE}_last_uplink").state
    frame = sim.flood_frame(0, change=False)
    assert isinstance(frame, dict)
    old = {**frame, "Payload": encode_lpp([(1, "temperature", 5.5)])}
    at = entry.runtime_data.devices[OFFICE].last_uplink
    old["DT"] = datetime.fromtimestamp(at - 60, UTC).isoformat()
    sim.push(old)
    sim.uplink_lpp("greenhouse", [(1, "temperature", 9.5)])
    await wait_for_state(hass, "sensor.0732227a557d8602_temperature_1", "9.5")
    assert hass.states.is_state(f"sensor.{OFFICE}_temperature_1", "21.5")
    assert hass.states.get(f"sensor.{OFFICE}_last_uplink").state == last
    assert hass.states.is_state(f"sensor.{OFFICE}_rssi", "-33.0")
    assert hass.states.is_state(f"sensor.{OFFICE}_payload", encode_lpp([(1, "temperature", 21.5)]))


async def test_raw_receptions_are_not_uplinks(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    """comm_gwrx shows that a gateway works; the device may belong to another network."""
    sim.foreign_uplink()
    sim.push_frame("comm_gwrx", deveui=OFFICE, gateways=[GATEWAY_ROOF], Payload="016700d7", Port="2", Mine=True)
    await wait_for_state(hass, f"binary_sensor.{GATEWAY_ROOF.lower()}_connectivity", "on")
    await hass.async_block_till_done()
    assert hass.states.is_state(ONLINE, "on")
    assert entry.runtime_data.devices == {}
    assert not entry.runtime_data.frame_log.unknown


async def test_a_join_adds_a_device(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    join = f"event.{OFFICE}_join"
    sim.join("office")
    await wait_until(hass, lambda: hass.states.get(join) is not None and not hass.states.is_state(join, STATE_UNKNOWN))
    first = hass.states.get(join).state
    sim.join("office")
    await wait_until(hass, lambda: not hass.states.is_state(join, first))
    # A join without a DevEUI is only counted.
    sim.push({"CommType": "comm_join", "DevEui": ""})
    await wait_until(hass, lambda: entry.runtime_data.frame_log.unknown["join without DevEui"] == 1)


@pytest.mark.usefixtures("entry")
async def test_devices_of_other_networks_are_added(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    sim.add_node("sigfox", "1111", appeui="")
    sim.uplink("sigfox", "affe", 0)
    await wait_for_state(hass, "sensor.1111_payload", "affe")


def _has_seen_more(entry: ConfigEntry[Any], frames: int) -> bool:
    return bool(entry.runtime_data.frame_log.seen > frames)


@pytest.mark.parametrize("interval", [30.0, 300.0])
async def test_a_gateway_is_offline_after_missed_keep_alives(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    freezer: FrozenDateTimeFactory,
    interval: float,
) -> None:
    entry = await set_up(hass, sim)
    for _ in range(4):
        seen = entry.runtime_data.frame_log.seen
        sim.gateway_alive()
        await wait_until(hass, partial(_has_seen_more, entry, seen))
        # Receptions between keep-alives do not affect the interval.
        for _ in range(3):
            freezer.tick(interval / 4)
            sim.uplink_lpp("office", [(1, "temperature", 21.5)])
        await wait_until(hass, partial(_has_seen_more, entry, seen + 6))
        freezer.tick(interval / 4)
    sim.gateway_alive()
    await wait_until(hass, lambda: len(entry.runtime_data.gateways[GATEWAY.lower()].intervals) == 4)
    check = entry.runtime_data._check_overdue
    freezer.tick(interval * 2.9)
    check(None)
    assert hass.states.is_state(ONLINE, "on")
    freezer.tick(max(interval, 60))
    check(None)
    assert hass.states.is_state(ONLINE, "off")
    sim.gateway_alive()
    await wait_for_state(hass, ONLINE, "on")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_overdue_devices_are_checked_every_minute(
    hass: HomeAssistant, sim: ResiotSimulator, freezer: FrozenDateTimeFactory
) -> None:
    entry = await set_up(hass, sim)
    sim.gateway_alive()
    sim.uplink_lpp("office", [(1, "temperature", 21.5)])
    temperature = f"sensor.{OFFICE}_temperature_1"
    await wait_for_state(hass, temperature, "21.5")
    await hass.async_block_till_done()
    await pass_time(hass, freezer, 880)
    await pass_time(hass, freezer, 60)
    assert hass.states.is_state(ONLINE, "off")
    # While the interval of a device is unknown, one uplink a day is assumed.
    assert hass.states.is_state(temperature, "21.5")
    await pass_time(hass, freezer, 25 * 3600)
    assert hass.states.is_state(temperature, STATE_UNAVAILABLE)
    assert not hass.states.is_state(f"sensor.{OFFICE}_last_uplink", STATE_UNAVAILABLE)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("quick_links")
async def test_gateways_stay_online_while_disconnected(
    hass: HomeAssistant, sim: ResiotSimulator, freezer: FrozenDateTimeFactory
) -> None:
    entry = await set_up(hass, sim)
    sim.gateway_alive()
    await wait_for_state(hass, ONLINE, "on")
    sim.refuse(503)
    await sim.drop()
    link = "binary_sensor.resiot_127_0_0_1_connection"
    await wait_for_state(hass, link, "off")
    freezer.tick(7200)
    entry.runtime_data._check_overdue(None)
    sim.allow()
    await wait_for_state(hass, link, "on")
    await hass.async_block_till_done()
    entry.runtime_data._check_overdue(None)
    assert entry.runtime_data.gateways[GATEWAY.lower()].online
    # With a connection, the gateway can become overdue again.
    freezer.tick(901)
    entry.runtime_data._check_overdue(None)
    assert hass.states.is_state(ONLINE, "off")
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("ahead", [timedelta(minutes=50), timedelta(days=400)])
async def test_a_clock_that_was_ahead_freezes_nothing(
    hass: HomeAssistant,
    sim: ResiotSimulator,
    entry: ConfigEntry[Any],
    freezer: FrozenDateTimeFactory,
    ahead: timedelta,
) -> None:
    right = dt_util.utcnow()
    freezer.move_to(right + ahead)
    sim.gateway_alive()
    sim.uplink_lpp("office", [(1, "temperature", 21.5)])
    await wait_for_state(hass, f"sensor.{OFFICE}_temperature_1", "21.5")
    freezer.move_to(right + timedelta(seconds=1))
    sim.gateway_alive()
    sim.uplink_lpp("office", [(1, "temperature", 22.5)])
    await wait_for_state(hass, f"sensor.{OFFICE}_temperature_1", "22.5")
    heard = dt_util.parse_datetime(hass.states.get(f"sensor.{OFFICE}_last_uplink").state)
    assert heard is not None
    assert abs(heard - right) < timedelta(seconds=2)
    # Both become overdue by the right clock.
    freezer.move_to(right + timedelta(hours=1))
    entry.runtime_data._check_overdue(None)
    assert hass.states.is_state(ONLINE, "off")
    freezer.move_to(right + timedelta(days=2))
    entry.runtime_data._check_overdue(None)
    assert hass.states.is_state(f"sensor.{OFFICE}_temperature_1", "unavailable")


async def test_a_device_that_fell_silent_while_the_clock_was_ahead_becomes_overdue(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], freezer: FrozenDateTimeFactory
) -> None:
    right = dt_util.utcnow()
    freezer.move_to(right + timedelta(days=400))
    sim.uplink_lpp("office", [(1, "temperature", 21.5)])
    await wait_for_state(hass, f"sensor.{OFFICE}_temperature_1", "21.5")
    freezer.move_to(right)
    entry.runtime_data._check_overdue(None)
    assert hass.states.is_state(f"sensor.{OFFICE}_temperature_1", "21.5")
    freezer.move_to(right + timedelta(days=2))
    entry.runtime_data._check_overdue(None)
    assert hass.states.is_state(f"sensor.{OFFICE}_temperature_1", "unavailable")


async def test_a_late_uplink_is_late_also_for_a_server_whose_clock_is_ahead(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], freezer: FrozenDateTimeFactory
) -> None:
    right = dt_util.utcnow().replace(microsecond=0)
    for seconds, value in ((600, 22.5), (590, 21.5)):
        freezer.move_to(right + timedelta(seconds=seconds))
        sim.uplink_lpp("office", [(1, "temperature", value)])
        freezer.move_to(right)
        await wait_until(hass, lambda: entry.runtime_data.frame_log.seen >= 1)
    await wait_for_state(hass, f"sensor.{OFFICE}_temperature_1", "22.5")
    sim.join("valve")
    await wait_until(hass, lambda: hass.states.get(f"event.{VALVE}_join") is not None)
    assert hass.states.is_state(f"sensor.{OFFICE}_temperature_1", "22.5")


async def test_devices_of_the_first_frames_are_connected_through_the_account(
    hass: HomeAssistant, sim: ResiotSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame may be received before the set-up has registered the account."""
    take_snapshot = ResiotCoordinator._take_snapshot

    async def wait_for_frame(coordinator: ResiotCoordinator) -> Any:
        sim.gateway_alive()
        await wait_until(hass, lambda: bool(coordinator.streams[0]._waiting))
        return await take_snapshot(coordinator)

    monkeypatch.setattr(ResiotCoordinator, "_take_snapshot", wait_for_frame)
    entry = await set_up(hass, sim)
    registry = dr.async_get(hass)
    hub = registry.async_get_device_by_identifier((DOMAIN, entry.runtime_data.hub_id), entry.entry_id)
    gateway = registry.async_get_device_by_identifier((DOMAIN, GATEWAY.lower()), entry.entry_id)
    assert gateway.via_device_id == hub.id
    await hass.config_entries.async_unload(entry.entry_id)


async def test_devices_and_values_survive_a_restart(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.gateway_alive()
    sim.uplink_lpp("office", [(1, "temperature", 21.5), (2, "humidity", 40)])
    sim.uplink("meter", "affe")
    sim.join("valve")
    await wait_until(hass, lambda: hass.states.get(f"event.{VALVE}_join") is not None)
    await assert_unchanged_after_reload(hass, entry)
    assert hass.states.is_state(f"sensor.{OFFICE}_temperature_1", "21.5")
    assert hass.states.is_state(f"sensor.{METER}_payload", "affe")
    # The first frame after the restart changes only its own values.
    sim.uplink_lpp("office", [(1, "temperature", 22.5)])
    await wait_for_state(hass, f"sensor.{OFFICE}_temperature_1", "22.5")
    assert hass.states.is_state(f"sensor.{OFFICE}_humidity_2", "40.0")


async def test_stored_data_of_another_shape_is_dropped(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], hass_storage: dict[str, Any]
) -> None:
    sim.gateway_alive()
    sim.gateway_alive(GATEWAY_ROOF)
    sim.uplink_lpp("office", [(1, "temperature", 21.5)])
    sim.uplink("meter", "affe")
    await wait_for_state(hass, f"sensor.{METER}_payload", "affe")
    await hass.config_entries.async_unload(entry.entry_id)
    data = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]
    data["devices"][0]["readings"] = [1]
    data["gateways"][0]["label"] = 7
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert set(entry.runtime_data.devices) == {METER}
    assert set(entry.runtime_data.gateways) == {GATEWAY_ROOF.lower()}


async def test_a_deleted_device_is_added_again_with_new_data(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.gateway_alive()
    sim.uplink_lpp("office", [(1, "temperature", 21.5)])
    await wait_for_state(hass, f"sensor.{OFFICE}_temperature_1", "21.5")
    registry = dr.async_get(hass)
    coordinator = entry.runtime_data
    for device_id in (OFFICE, GATEWAY.lower()):
        device = registry.async_get_device_by_identifier((DOMAIN, device_id), entry.entry_id)
        assert device is not None
        assert await async_remove_config_entry_device(hass, entry, device)
        registry.async_remove_device(device.id)
    await hass.async_block_till_done()
    assert not coordinator.devices
    assert not coordinator.gateways
    assert hass.states.get(f"sensor.{OFFICE}_temperature_1") is None
    hub = registry.async_get_device_by_identifier((DOMAIN, entry.runtime_data.hub_id), entry.entry_id)
    assert hub is not None
    assert not await async_remove_config_entry_device(hass, entry, hub)
    sim.gateway_alive()
    sim.uplink_lpp("office", [(1, "temperature", 23.4)])
    sim.uplink_lpp("office", [(1, "temperature", 23.5)])
    await wait_for_state(hass, f"sensor.{OFFICE}_temperature_1", "23.5")
    await wait_for_state(hass, ONLINE, "on")


@pytest.mark.parametrize("radio_error", ["", "TOO_LATE"])
async def test_every_stage_of_a_downlink_fires_an_event(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any], radio_error: str
) -> None:
    downlink = f"event.{VALVE}_downlink"
    sim.uplink("valve", "00")
    await wait_until(hass, lambda: hass.states.get(downlink) is not None)
    changes = async_capture_events(hass, "state_changed")
    sim.report_downlink("valve", "2525", 50, reference="abc", confirm=True)
    kinds = ("comm_gwtx", "comm_txinfo", "comm_txsendack", "comm_txsendconfirm", "comm_txconfirm")
    for kind in kinds:
        sim.push_frame(kind, deveui=VALVE, gateways=[GATEWAY_ROOF], Reference="abc", Error=radio_error, Port="50")
    sim.join("valve")
    await wait_until(hass, lambda: hass.states.get(f"event.{VALVE}_join").state != STATE_UNKNOWN)
    reported = [event.data["new_state"].attributes for event in changes if event.data["entity_id"] == downlink]
    # Each step once, and nothing after a failure.
    expected = ["requested", "failed"] if radio_error else ["requested", "queued", "sent", "handled", "acknowledged"]
    assert [attributes["event_type"] for attributes in reported] == expected
    assert {attributes["reference"] for attributes in reported} == {"abc"}
    assert (reported[0]["confirmed"], reported[0]["payload"], reported[0]["port"]) == (True, "2525", 50)
    assert reported[-1].get("error", "") == radio_error
    # A request to send does not show that the gateway works.
    assert GATEWAY_ROOF.lower() not in entry.runtime_data.gateways


async def test_joins_and_downlinks_are_device_triggers(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.join("valve")
    registry = dr.async_get(hass)
    await wait_until(hass, lambda: registry.async_get_device_by_identifier((DOMAIN, VALVE), entry.entry_id) is not None)
    device = registry.async_get_device_by_identifier((DOMAIN, VALVE), entry.entry_id)
    assert device is not None
    offered = await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, [device.id])
    own = [item for item in offered[device.id] if item["domain"] == DOMAIN]
    assert {(item["type"], item["subtype"]) for item in own} == {
        ("join", "network"),
        *((step, "downlink") for step in DOWNLINK_EVENTS),
    }
    run: list[Any] = []
    hass.services.async_register("test", "run", run.append)
    chosen = [item for item in own if item["type"] in ("join", "sent")]
    action = {"action": "test.run", "data": {"type": "{{ trigger.type }}"}}
    config = {"automation": {"mode": "queued", "triggers": chosen, "actions": [action]}}
    assert await async_setup_component(hass, "automation", config)
    await hass.async_block_till_done()
    sim.join("valve")
    await wait_until(hass, lambda: len(run) == 1)
    await hass.services.async_call(
        DOMAIN, "send_downlink", {"device_id": device.id, "payload": "01", "port": 3}, blocking=True
    )
    await wait_until(hass, lambda: len(run) == 2)
    await hass.async_block_till_done()
    assert [call.data["type"] for call in run] == ["join", "sent"]


async def test_a_downlink_adds_a_device(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    sim.report_downlink("valve", "2525", 50)
    downlink = f"event.{VALVE}_downlink"
    await wait_until(hass, lambda: hass.states.get(downlink) is not None)
    await run_pending_updates(hass)
    assert hass.states.get(downlink).attributes["event_type"] == "requested"
    sim.push({"CommType": "comm_tx"})
    await wait_until(hass, lambda: entry.runtime_data.frame_log.unknown["tx without DevEui"] == 1)


@pytest.mark.usefixtures("all_enabled")
async def test_data_pushed_by_a_scene(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    entry = await set_up(hass, sim)
    push = "event.resiot_127_0_0_1_pushed_data"
    sim.push_data({"hello": [1, 2]})
    await wait_until(hass, lambda: not hass.states.is_state(push, STATE_UNKNOWN))
    assert hass.states.get(push).attributes["data"] == {"hello": [1, 2]}
    assert entry.runtime_data.devices == {}

    # A scene can push decoded values of a known or unknown device.
    sim.push_data({"deveui": METER.upper(), "tags": {"battery_voltage": 3.61, "door": "open", "note": None}})
    await wait_for_state(hass, f"sensor.{METER}_battery_voltage", "3.61")
    await wait_for_state(hass, f"binary_sensor.{METER}_door", "on")
    state = hass.states.get(f"sensor.{METER}_battery_voltage")
    assert (state.attributes["device_class"], state.attributes["unit_of_measurement"]) == ("voltage", "V")
    sim.push_data({"deveui": METER, "values": {"battery_voltage": 3.55, "temperature": 21.25}})
    await wait_for_state(hass, f"sensor.{METER}_temperature", "21.25")
    assert hass.states.is_state(f"sensor.{METER}_battery_voltage", "3.55")
    await assert_unchanged_after_reload(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_decoded_node_tags(hass: HomeAssistant) -> None:
    async with ResiotSimulator(nodetags=True) as sim:
        entry = await set_up(hass, sim)
        sim.world["nodes"][METER]["values"] = {"energy_kwh": 812.5, "Latitude": "45.4"}
        sim.uplink("meter", "affe")
        await wait_for_state(hass, f"sensor.{METER}_energy", "812.5")
        state = hass.states.get(f"sensor.{METER}_energy")
        assert (state.attributes["device_class"], state.attributes["state_class"]) == ("energy", "total_increasing")
        sim.world["nodes"][METER]["values"]["energy_kwh"] = 813.5
        sim.uplink("meter", "affe")
        await wait_for_state(hass, f"sensor.{METER}_energy", "813.5")
        await hass.config_entries.async_unload(entry.entry_id)


async def test_gateways_are_named_by_the_rest_interface(hass: HomeAssistant, sim: ResiotSimulator) -> None:
    sim.rest = True
    entry = await set_up(hass, sim)
    sim.gateway_alive()
    await wait_until(hass, lambda: hass.states.get("binary_sensor.dach_connectivity") is not None)
    registry = dr.async_get(hass)

    def name() -> str | None:
        return registry.async_get_device_by_identifier((DOMAIN, GATEWAY.lower()), entry.entry_id).name

    assert name() == "Dach"
    sim.world["gateways"][GATEWAY]["name"] = "Kirchturm"
    await hass.config_entries.async_reload(entry.entry_id)
    assert name() == "Kirchturm"
    # Without the names, the connection still works.
    sim.rest_token = "another"
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert name() == "Kirchturm"
    assert entry.runtime_data.frame_log.unknown["rest invalid_auth"] == 1
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_cayenne_time_is_shown_as_a_timestamp(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.uplink("office", "018560000000")
    sim.uplink("office", "018560000000")
    await wait_for_state(hass, f"sensor.{OFFICE}_time_1", "2021-01-14T08:25:36+00:00")
    await assert_unchanged_after_reload(hass, entry)


async def test_what_gateways_hear(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    eui, roof = GATEWAY.lower(), GATEWAY_ROOF.lower()
    sim.uplink("valve", "00", gateways=[GATEWAY])
    # The server reports the same uplink again.
    sim.uplink("valve", "00", gateways=[GATEWAY], seqno=str(sim.world["nodes"][sim.resolve("valve")]["seqno"]))
    # A report by two gateways does not say which of them has the RSSI.
    sim.uplink("office", "01", gateways=[GATEWAY, GATEWAY_ROOF])
    coordinator = entry.runtime_data
    heard = coordinator.heard.by_eui
    await wait_until(hass, lambda: roof in heard)
    assert (heard[eui].packets, heard[roof].packets) == (2, 1)
    assert heard[eui].best_rssi is not None
    assert heard[roof].best_rssi is None
    coordinator.heard.since -= 3600
    coordinator._update_gateways(dt_util.utcnow())
    await run_pending_updates(hass)
    assert hass.states.is_state(f"sensor.{eui}_packets_per_hour", "2")
    # The gateway is one device with what it hears and whether it is online.
    assert hass.states.is_state(ONLINE, "on")
    assert coordinator.device_diagnostics_data(eui)["is_online"] is True
    assert list(coordinator.device_ids()).count(eui) == 1
    await assert_unchanged_after_reload(hass, entry)


async def test_a_gateway_that_hears_nothing(hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]) -> None:
    eui, roof = GATEWAY.lower(), GATEWAY_ROOF.lower()
    sim.uplink("valve", "00", gateways=[GATEWAY, GATEWAY_ROOF])
    coordinator = entry.runtime_data
    await wait_until(hass, lambda: roof in coordinator.heard.by_eui)
    coordinator.gateways[roof].online = False
    for gateway in coordinator.heard.by_eui.values():
        gateway.last_packet -= 31 * 86400
    coordinator._update_gateways(dt_util.utcnow())
    # One that is online stays.
    assert set(coordinator.gateways) == set(coordinator.heard.by_eui) == {eui}
    registry = dr.async_get(hass)
    assert registry.async_get_device_by_identifier((DOMAIN, eui), entry.entry_id) is not None
    assert registry.async_get_device_by_identifier((DOMAIN, roof), entry.entry_id) is None


async def test_frames_are_captured_for_the_diagnostics(
    hass: HomeAssistant, sim: ResiotSimulator, entry: ConfigEntry[Any]
) -> None:
    button = er.async_get(hass).async_get_entity_id("button", DOMAIN, f"{entry.runtime_data.system_id}-capture")
    assert button is not None
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    sim.push_frame("comm_unheard", deveui=VALVE, AppKey="00112233445566778899aabbccddeeff")
    await wait_until(hass, lambda: "comm_unheard" in str(entry.runtime_data.frame_log.diagnostics_data()))
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    (captured,) = [item["frame"] for item in diagnostics["frames"]["captured"]]
    assert captured["CommType"] == "comm_unheard"
    assert captured["AppKey"] == "**REDACTED**"
    assert VALVE not in str(captured).lower()
