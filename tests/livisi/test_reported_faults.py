"""Faults that owners of hubs and other clients have reported."""

from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.livisi.binary_sensor import MOTION_OFF_DELAY
from custom_components.pushwire.vendors.livisi.coordinator import DEVICES_PER_SNAPSHOT
from simulators import LivisiSimulator
from tests.common import held_response, set_up, start_flow, wait_reconnected, wait_until
from tests.livisi.test_commands import actions, call
from tests.livisi.test_events import watch
from tests.livisi.test_resilience import advance

pytestmark = pytest.mark.usefixtures("quick_hub")
BOTH = pytest.mark.parametrize("version", ["v1", "v2"])


def registered(hass: HomeAssistant, entry: ConfigEntry[Any], resource: str, key: str = "") -> er.RegistryEntry | None:
    """Return the registered entity of a resource."""
    unique_id = entry.runtime_data.unique_id(resource, key)
    return next(
        (
            entity
            for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
            if entity.unique_id == unique_id
        ),
        None,
    )


# Lost sessions


@BOTH
@pytest.mark.parametrize("status,code", [(409, 2006), (424, 2012), (400, 2000)])
async def test_a_handshake_without_a_session_leads_to_one_login(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], status: int, code: int
) -> None:
    logins = sim.logins
    sim.refuse(status, times=1, path="/events", body={"errorcode": code, "description": "session", "messages": []})
    await sim.drop()
    await wait_reconnected(hass, entry)
    assert sim.logins == logins + 1
    last = next(request for request in reversed(sim.requests) if request.path == "/auth/token")
    assert last.body["grant_type"] == "password", "a refreshed token belongs to the same session"


@BOTH
async def test_a_handshake_that_stays_refused_causes_no_login_storm(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    logins = sim.logins
    sim.refuse(409, path="/events", body={"errorcode": 2006, "description": "session", "messages": []})
    await sim.drop()
    seen = len(sim.requests)
    await sim.wait(lambda: len([request for request in sim.requests[seen:] if request.path == "/events"]) > 5)
    assert sim.logins == logins + 1
    sim.allow()
    await wait_reconnected(hass, entry)


@BOTH
async def test_a_starting_hub_rejects_every_token(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.pushwire.vendors.livisi.api.client.LOGIN_PAUSE", 0.2)
    logins = sim.logins
    fault = {"errorcode": 2007, "description": "expired", "messages": []}
    sim.refuse(200, path="/device", body=fault)
    await sim.drop()
    await wait_until(hass, entry.runtime_data.client._is_login_paused)
    assert sim.logins <= logins + 3
    seen = len(sim.requests)
    await sim.wait(lambda: len([request for request in sim.requests[seen:] if request.path == "/device"]) > 1)
    assert sim.logins <= logins + 5
    sim.allow()
    await wait_reconnected(hass, entry)
    assert hass.states.is_state("switch.terrasse_brunnen", "on")


# Presses and motion


@pytest.mark.parametrize(
    "properties,kind",
    [
        ({"index": 2, "keyPressCounter": 9}, "press_end"),
        ({"index": 2}, "press_end"),
        ({"index": {"value": 2}, "type": {"value": "LongPress"}}, "long_press_end"),
        ({"index": 2, "type": "longpress"}, "long_press_end"),
        ({"index": "2", "type": "Short", "keyPressCounter": "9"}, "press_end"),
        ({"lastPressedButtonIndex": 2, "eventType": "LongPress"}, "long_press_end"),
    ],
)
async def test_a_press_that_does_not_report_everything(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], properties: dict[str, Any], kind: str
) -> None:
    fired = watch(hass, "event.fernbedienung_button_3")
    source = f"/capability/{sim.resolve('remote.PushButtonSensor')}"
    sim.push_event("ButtonPressed", source, properties)
    await wait_until(hass, lambda: len(fired) == 1)
    assert fired[0]["event_type"] == kind


async def test_a_press_without_a_button_fires_nothing(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    source = f"/capability/{sim.resolve('remote.PushButtonSensor')}"
    unknown = entry.runtime_data.frame_log.unknown
    for properties in ({}, {"type": "ShortPress"}, {"index": -1}, {"index": True}, {"index": "x"}):
        sim.push_event("ButtonPressed", source, properties)
    await wait_until(hass, lambda: unknown["press without a button"] == 5)
    assert all(hass.states.is_state(f"event.fernbedienung_button_{number}", "unknown") for number in range(1, 9))


async def test_a_counter_that_starts_again(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fired = watch(hass, "event.fernbedienung_button_1")
    press = {"index": 0, "type": "ShortPress", "keyPressCounter": 1}
    source = f"/capability/{sim.resolve('remote.PushButtonSensor')}"
    sim.push_event("ButtonPressed", source, press)
    sim.push_event("ButtonPressed", source, press)
    await wait_until(hass, lambda: len(fired) == 1)
    monkeypatch.setattr("custom_components.pushwire.vendors.livisi.api.buttons.REPEAT_SECONDS", 0.0)
    sim.push_event("ButtonPressed", source, press)
    await wait_until(hass, lambda: len(fired) == 2)


@BOTH
@pytest.mark.parametrize(
    "reports,detections",
    [
        ([("StateChanged", 13)], 1),
        ([("StateChanged", 13), ("StateChanged", 14)], 2),
        ([("MotionDetected", 13), ("StateChanged", 13)], 1),
        ([("StateChanged", 13), ("MotionDetected", 13)], 1),
        ([("MotionDetected", None), ("StateChanged", 13)], 1),
        ([("MotionDetected", 13), ("MotionDetected", 13)], 1),
        ([("MotionDetected", 12)], 1),
        ([("StateChanged", 12)], 0),
        ([("StateChanged", 1)], 1),
    ],
)
async def test_motion_by_event_and_by_count(
    hass: HomeAssistant,
    sim: LivisiSimulator,
    entry: ConfigEntry[Any],
    reports: list[tuple[str, int | None]],
    detections: int,
) -> None:
    fired = watch(hass, "event.flur_bewegung_flur_motion_detection")
    source = f"/capability/{sim.resolve('hall_motion.MotionDetectionSensor')}"
    for kind, count in reports:
        value = {"value": count} if sim.version == "v1" else count
        sim.push_event(kind, source, {} if count is None else {"motionDetectedCount": value})
    sim.set_state("coffee.SwitchActuator", onState=True)
    await wait_until(hass, lambda: hass.states.is_state("switch.kuche_kaffeemaschine", "on"))
    assert len(fired) == detections
    assert hass.states.is_state("binary_sensor.flur_bewegung_flur_motion", "on" if detections else "off")
    await advance(hass, MOTION_OFF_DELAY + 1)


# Configuration


@BOTH
@pytest.mark.parametrize("kind", ["ConfigChanged", "device/SHC.RWE/1.0/event/ConfigChanged", "ConfigurationChanged"])
async def test_every_name_of_a_changed_configuration(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], kind: str
) -> None:
    with sim.lose_frames():
        sim.rename_device("coffee", "Espresso")
    sim.sequence -= 1
    sim.push_event(kind, "/desc/device/SHC.RWE/1.0", {"configurationVersion": 780})
    await wait_until(hass, lambda: hass.states.get("switch.kuche_kaffeemaschine").name == "Espresso")


# Lists that the hub cannot provide


@BOTH
@pytest.mark.parametrize("path", ["/message", "/location", "/capability/states", "/device/states"])
@pytest.mark.parametrize("status,code", [(400, 1007), (400, 1005), (403, 2011), (404, 3000), (500, 1000)])
async def test_a_list_that_fails_costs_only_its_content(
    hass: HomeAssistant, sim: LivisiSimulator, path: str, status: int, code: int
) -> None:
    sim.refuse(status, path=path, body={"errorcode": code, "description": "not supported", "messages": []})
    entry = await set_up(hass, sim)
    await hass.async_block_till_done()
    plug = hass.states.get("switch.kaffeemaschine" if path == "/location" else "switch.kuche_kaffeemaschine")
    assert plug.state == ("unknown" if path == "/capability/states" else "off")
    window = "binary_sensor.fenster_bad_window" if path == "/location" else "binary_sensor.bad_fenster_bad_window"
    assert hass.states.get(window) is not None
    sim.set_state("coffee.SwitchActuator", onState=True)
    await wait_until(hass, lambda: hass.states.is_state(plug.entity_id, "on"))
    await hass.config_entries.async_unload(entry.entry_id)


@BOTH
@pytest.mark.parametrize("status,code", [(400, 1007), (403, 2011), (412, 5003), (412, 1008), (503, 1006), (500, 1000)])
async def test_the_reason_of_a_failed_setup_is_a_sentence(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], status: int, code: int
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    sim.refuse(status, path="/device", body={"errorcode": code, "description": "a reason", "messages": []})
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key
    assert entry.reason
    assert "{" not in entry.reason
    sim.allow()
    await hass.config_entries.async_reload(entry.entry_id)


@pytest.mark.parametrize("version", ["v1"])
async def test_device_states_one_by_one_are_not_read_at_every_snapshot(
    hass: HomeAssistant, sim: LivisiSimulator
) -> None:
    sim.device_states_broken = True
    entry = await set_up(hass, sim)
    ids = set(sim.world["devices"])

    def single(since: int) -> set[str]:
        parts = [request.path.split("/") for request in sim.requests[since:]]
        return {part[2] for part in parts if part[1] == "device" and part[-1] == "state" and len(part) == 4}

    await wait_until(hass, lambda: single(0) == ids)
    await wait_until(hass, lambda: not entry.runtime_data._is_reading_devices)
    for _ in range(3):
        seen = len(sim.requests)
        await sim.drop()
        await sim.wait_request(lambda request: request.path == "/message", since=seen)
        await wait_until(hass, lambda: not entry.runtime_data._is_reading_devices)
        assert len(single(seen)) <= DEVICES_PER_SNAPSHOT
    await wait_reconnected(hass, entry)
    assert sim.max_parallel_requests == 1
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("version", ["v1"])
async def test_a_command_overtakes_reads(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    coordinator = entry.runtime_data
    async with held_response(sim, "/capability/states") as is_held:
        coordinator._resync(gap=False)
        await wait_until(hass, is_held)
        coordinator._poll_hub(None)
        await wait_until(hass, lambda: bool(coordinator.client._gate._reads))
        seen = len(sim.requests)
        command = hass.async_create_task(call(hass, "switch", "turn_on", "switch.kuche_kaffeemaschine"))
        await wait_until(hass, lambda: bool(coordinator.client._gate._commands))
    await command
    assert sim.requests[seen].path == "/action"
    await sim.wait_request(lambda request: request.path == "/message", since=seen)
    assert sim.max_parallel_requests == 1


# Messages


@BOTH
async def test_messages_of_an_outage_are_reported_once(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    fired = watch(hass, "event.smarthome_message")
    with sim.lose_frames():
        ident = sim.create_message("RuleExecutionFailed")
    for reconnects in (1, 2):
        await sim.drop()
        await wait_reconnected(hass, entry, reconnects)
    assert [(item["event_type"], item["message_id"]) for item in fired] == [("created", ident)]


@BOTH
async def test_a_message_before_its_event_is_reported_once(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    fired = watch(hass, "event.smarthome_message")
    with sim.lose_frames():
        ident = sim.create_message("MemoryShortage")
    sim.push_event("NewMessageReceived", sim.hub_link)
    await wait_until(hass, lambda: len(fired) == 1)
    sim.push_event("MessageCreated", sim.hub_link, {}, data=sim.world["messages"][ident])
    sim.read_message(ident)
    await wait_until(hass, lambda: len(fired) == 2)
    assert [item["event_type"] for item in fired] == ["created", "updated"]


# Names and batteries


@BOTH
async def test_room_climates_with_the_same_name(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    for key in ("bath_climate", "living_climate"):
        sim.world["devices"][sim.resolve(key)]["config"]["name"] = "Climate"
    entry = await set_up(hass, sim)
    registry = dr.async_get(hass)
    names = {
        registry.async_get_device_by_identifier((DOMAIN, sim.resolve(key)), entry.entry_id).name
        for key in ("bath_climate", "living_climate")
    }
    assert names == {"Climate Bad", "Climate Wohnzimmer"}
    sim.rename_room("bath", "Bad oben")
    await wait_until(
        hass,
        lambda: (
            registry.async_get_device_by_identifier((DOMAIN, sim.resolve("bath_climate")), entry.entry_id).name
            == "Climate Bad oben"
        ),
    )
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("kind", ["BT-WDS", "BT-WS", "BT-Shock", "BT-Motion", "WSC2", "RST2"])
async def test_batteries_that_the_hub_does_not_report(hass: HomeAssistant, sim: LivisiSimulator, kind: str) -> None:
    device = sim.resolve("bath_window")
    sim.world["devices"][device]["type"] = kind
    sim.world["device_states"][device] = {"isReachable": {"value": True}}
    entry = await set_up(hass, sim)
    battery = registered(hass, entry, device, "battery")
    assert battery is not None
    assert hass.states.is_state(battery.entity_id, "off")
    sim.create_message("DeviceLowBattery", "bath_window")
    await wait_until(hass, lambda: hass.states.is_state(battery.entity_id, "on"))
    await hass.config_entries.async_unload(entry.entry_id)


# Commands


@BOTH
@pytest.mark.parametrize("product", ["core.RWE", "CosipDevices.RWE", ""])
async def test_the_namespace_of_stop(hass: HomeAssistant, sim: LivisiSimulator, product: str) -> None:
    sim.world["devices"][sim.resolve("shutter")]["product"] = product
    entry = await set_up(hass, sim)
    await call(hass, "cover", "stop_cover", "cover.wohnzimmer_rollladen")
    assert [(kind, namespace) for kind, namespace, _, _ in actions(sim)] == [("StopRamp", "CosipDevices.RWE")]
    await hass.config_entries.async_unload(entry.entry_id)


@BOTH
async def test_a_thermostat_that_refuses_does_not_keep_the_others(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    refused = {"resultCode": "UnexpectedFailure"}
    sim.refuse(200, times=1, path="/action", body=refused)
    with pytest.raises(HomeAssistantError, match="UnexpectedFailure"):
        await call(hass, "climate", "set_hvac_mode", "climate.wohnzimmer_wohnzimmer", hvac_mode="heat")
    assert [target[12:] for _, _, target, _ in actions(sim)] == [
        sim.resolve("living_radiator.ThermostatActuator"),
        sim.resolve("living_wall.ThermostatActuator"),
    ]
    sim.refuse(200, times=1, path="/action", body=refused)
    with pytest.raises(HomeAssistantError, match="UnexpectedFailure"):
        await call(hass, "climate", "set_temperature", "climate.bad_bad", temperature=19, hvac_mode="heat")
    setpoint = "pointTemperature" if sim.version == "v1" else "setpointTemperature"
    assert actions(sim)[-1][3] == {setpoint: 19}


# Set-up


@pytest.mark.parametrize("status,answers", [(200, True), (302, True), (None, False)])
async def test_local_access_that_is_turned_off(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, *, status: int | None, answers: bool
) -> None:
    async with LivisiSimulator() as page, LivisiSimulator() as hub:
        page.refuse(status or 200, body="<html>SmartHome</html>")
        monkeypatch.setattr("custom_components.pushwire.vendors.livisi.api.client.PAGE_PORT", page.port)
        await hub.close()
        if not answers:
            await page.close()
        flow_id = await start_flow(hass, "livisi")
        result = await hass.config_entries.flow.async_configure(flow_id, hub.user_input)
        assert result["errors"] == {"host": "local_access_off" if answers else "cannot_connect"}


# Meters


@BOTH
async def test_drawn_and_fed_energy_have_different_names(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    for direction, total in (("drawn", "9120.4"), ("fed_in", "4210.7")):
        state = hass.states.get(f"sensor.terrasse_solarzahler_energy_{direction}")
        assert state.state == total
        assert (
            state.attributes["device_class"],
            state.attributes["state_class"],
            state.attributes["unit_of_measurement"],
        ) == (
            "energy",
            "total_increasing",
            "kWh",
        )


async def test_the_same_property_of_two_capabilities(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    station = sim.resolve("station")
    for kind in ("OutdoorModule", "RainGauge"):
        ident = f"{kind:0<32}"
        sim.world["devices"][station]["capabilities"].append(f"/capability/{ident}")
        sim.world["capabilities"][ident] = {"id": ident, "type": kind, "device": f"/device/{station}", "config": {}}
        sim.world["capability_states"][ident] = {"temperature": {"value": 7}, "isRaining": {"value": False}}
    entry = await set_up(hass, sim)
    names = {
        entity.original_name
        for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        if entity.unique_id.endswith(("temperature", "isRaining"))
        and entity.device_id
        and "station" not in entity.unique_id
        and ("OutdoorModule" in entity.unique_id or "RainGauge" in entity.unique_id)
    }
    assert names == {
        "Temperature (Outdoor module)",
        "Temperature (Rain gauge)",
        "Is raining (Outdoor module)",
        "Is raining (Rain gauge)",
    }
    await hass.config_entries.async_unload(entry.entry_id)
