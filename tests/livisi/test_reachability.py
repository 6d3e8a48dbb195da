"""What decides whether a device is available: everything that speaks for it."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from simulators import LivisiSimulator
from simulators.livisi.world import NEVER
from tests.common import assert_unchanged_after_reload, held_response, set_up, wait_reconnected, wait_until
from tests.livisi.test_events import watch
from tests.livisi.test_reported_faults import registered

pytestmark = pytest.mark.usefixtures("quick_hub")
BOTH = pytest.mark.parametrize("version", ["v1", "v2"])

PLUG = "switch.kuche_kaffeemaschine"
WINDOW = "binary_sensor.bad_fenster_bad_window"


def call_unreachable(sim: LivisiSimulator, key: str, *, by: str) -> str:
    """Let the hub call a device unreachable, by its property, by a message, or by both; return the message's ID."""
    if by != "message":
        sim.set_state(key, isReachable=False)
    return sim.create_message("DeviceUnreachable", key) if by != "property" else ""


async def wait_unavailable(hass: HomeAssistant, entity_id: str, *, unavailable: bool = True) -> None:
    """Wait until an entity is unavailable, or available again."""
    await wait_until(hass, lambda: hass.states.is_state(entity_id, STATE_UNAVAILABLE) is unavailable)


@BOTH
@pytest.mark.parametrize("forgotten", [{"isReachable": {"lastChanged": NEVER}}, {}, None, "missing"])
async def test_a_hub_that_no_longer_knows_the_reachability(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], forgotten: Any
) -> None:
    sim.set_state("coffee", isReachable=False)
    await wait_unavailable(hass, PLUG)
    if forgotten == "missing":
        del sim.world["device_states"][sim.resolve("coffee")]
    else:
        sim.world["device_states"][sim.resolve("coffee")] = forgotten
    await sim.drop()
    await wait_reconnected(hass, entry)
    assert not hass.states.is_state(PLUG, STATE_UNAVAILABLE)
    await assert_unchanged_after_reload(hass, entry)


async def test_an_unknown_value_after_a_command_proves_nothing(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    coordinator = entry.runtime_data
    plug = coordinator.model.capabilities[sim.resolve("coffee.SwitchActuator")]
    plug.state["onState"] = None
    sim.set_state("coffee", isReachable=False)
    await wait_unavailable(hass, PLUG)
    with sim.lose_frames():
        await coordinator.async_execute("SetState", plug, onState=True)
    sim.sequence -= 1
    sim.push_event("StateChanged", plug.link, {"onState": None})
    sim.set_state("spots.SwitchActuator", onState=True)
    await wait_until(hass, lambda: hass.states.is_state("light.bad_spots", "on"))
    assert hass.states.is_state(PLUG, STATE_UNAVAILABLE)


@BOTH
@pytest.mark.parametrize("by", ["message", "property", "both"])
async def test_a_device_that_the_hub_calls_unreachable(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], by: str
) -> None:
    ident = call_unreachable(sim, "coffee", by=by)
    await wait_unavailable(hass, PLUG)
    await assert_unchanged_after_reload(hass, entry)
    await sim.drop()
    await wait_reconnected(hass, entry)
    assert hass.states.is_state(PLUG, STATE_UNAVAILABLE)
    if by != "message":
        sim.set_state("coffee", isReachable=True)
    if ident:
        sim.delete_message(ident)
    await wait_unavailable(hass, PLUG, unavailable=False)
    await assert_unchanged_after_reload(hass, entry)


@BOTH
async def test_a_message_about_a_capability(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    capability = f"/capability/{sim.resolve('coffee.SwitchActuator')}"
    ident = "1" * 32
    message = {"id": ident, "class": "alert", "type": "DeviceUnreachable", "capabilities": [capability]}
    sim.push_event("MessageCreated", sim.hub_link, {}, data=message)
    await wait_unavailable(hass, PLUG)
    sim.push_event("MessageDeleted", sim.hub_link, data={"id": ident})
    await wait_unavailable(hass, PLUG, unavailable=False)


@BOTH
async def test_a_deleted_message_brings_the_device_back_and_its_state_is_read(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    assert hass.states.is_state(PLUG, "off")
    ident = call_unreachable(sim, "coffee", by="both")
    await wait_unavailable(hass, PLUG)
    with sim.lose_frames():
        sim.set_state("coffee", isReachable=True)
        sim.set_state("coffee.SwitchActuator", onState=True)
    sim.sequence -= 2
    seen = len(sim.requests)
    sim.delete_message(ident)
    await wait_until(hass, lambda: hass.states.is_state(PLUG, "on"))
    assert len(sim.requests) - seen <= 2
    await assert_unchanged_after_reload(hass, entry)


@BOTH
@pytest.mark.parametrize("by", ["message", "property", "both"])
async def test_a_value_proves_that_the_device_is_there(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], by: str
) -> None:
    call_unreachable(sim, "bath_window", by=by)
    await wait_unavailable(hass, WINDOW)
    states = watch(hass, WINDOW)
    sim.set_state("bath_window.WindowDoorSensor", isOpen=True)
    await wait_until(hass, lambda: hass.states.is_state(WINDOW, "on"))
    assert len(states) == 1, "the earlier value must not be shown in between"
    await sim.drop()
    await wait_reconnected(hass, entry)
    assert hass.states.is_state(WINDOW, "on"), "the hub repeats what it said before the value"
    await assert_unchanged_after_reload(hass, entry)
    call_unreachable(sim, "bath_window", by=by)
    await wait_unavailable(hass, WINDOW)


@BOTH
async def test_a_press_and_a_motion_prove_that_the_device_is_there(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    unavailable = {"remote": "event.fernbedienung_button_1", "hall_motion": "event.flur_bewegung_flur_motion_detection"}
    for key, entity_id in unavailable.items():
        sim.set_state(key, isReachable=False)
        await wait_unavailable(hass, entity_id)
    sim.press("remote.PushButtonSensor", 0)
    sim.detect_motion("hall_motion.MotionDetectionSensor")
    await wait_unavailable(hass, "event.fernbedienung_button_2", unavailable=False)
    await wait_unavailable(hass, "sensor.flur_bewegung_flur_brightness", unavailable=False)


async def test_an_event_without_a_value_proves_nothing(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.set_state("bath_window", isReachable=False)
    await wait_unavailable(hass, WINDOW)
    source = f"/capability/{sim.resolve('bath_window.WindowDoorSensor')}"
    sim.push_event("StateChanged", source, {"isOpen": {"lastChanged": NEVER}})
    sim.set_state("coffee.SwitchActuator", onState=True)
    await wait_until(hass, lambda: hass.states.is_state(PLUG, "on"))
    assert hass.states.is_state(WINDOW, STATE_UNAVAILABLE)


@BOTH
@pytest.mark.parametrize("spoke", [True, False])
async def test_the_times_of_a_snapshot_decide(hass: HomeAssistant, sim: LivisiSimulator, *, spoke: bool) -> None:
    earlier, later = "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"
    state = sim.world["device_states"][sim.resolve("bath_window")]
    state["isReachable"] = {"value": False, "lastChanged": earlier if spoke else later}
    values = sim.world["capability_states"][sim.resolve("bath_window.WindowDoorSensor")]
    values["isOpen"] = {"value": True, "lastChanged": later if spoke else earlier}
    entry = await set_up(hass, sim)
    assert hass.states.is_state(WINDOW, "on" if spoke else STATE_UNAVAILABLE)
    await hass.config_entries.async_unload(entry.entry_id)


@BOTH
async def test_a_device_that_is_back_is_read_at_once(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.set_state("fountain", isReachable=False)
    await wait_unavailable(hass, "switch.terrasse_brunnen")
    with sim.lose_frames():
        sim.set_state("fountain.SwitchActuator", onState=False)
    sim.sequence -= 1
    seen = len(sim.requests)
    sim.set_state("fountain", isReachable=True)
    await wait_until(hass, lambda: hass.states.is_state("switch.terrasse_brunnen", "off"))
    paths = {request.path for request in sim.requests[seen:]}
    device = f"/device/{sim.resolve('fountain')}"
    assert paths == {f"{device}/state", f"{device}/capability/state"}


@BOTH
async def test_a_hub_that_lists_no_states_of_one_device(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.set_state("fountain", isReachable=False)
    await wait_unavailable(hass, "switch.terrasse_brunnen")
    with sim.lose_frames():
        sim.set_state("fountain.SwitchActuator", onState=False)
    sim.sequence -= 1
    sim.refuse(404, path=f"/device/{sim.resolve('fountain')}/capability")
    sim.set_state("fountain", isReachable=True)
    await wait_until(hass, lambda: hass.states.is_state("switch.terrasse_brunnen", "off"))


@BOTH
async def test_many_devices_that_are_back_are_read_together(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    keys = ("coffee", "fountain", "spots", "heater", "ceiling", "bedside", "shutter", "siren")
    for key in keys:
        sim.set_state(key, isReachable=False)
    await wait_unavailable(hass, "siren.flur_sirene")
    seen = len(sim.requests)
    async with held_response(sim, f"/device/{sim.resolve('coffee')}/state") as is_held:
        for key in keys:
            sim.set_state(key, isReachable=True)
        await wait_until(hass, is_held)
    await sim.wait_request(lambda request: request.path == "/message", since=seen)
    single = [request for request in sim.requests[seen:] if request.path.endswith("/state")]
    assert len(single) <= 2


# Values of earlier runs


@BOTH
async def test_the_last_value_is_shown_until_the_hub_knows_one(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.set_state("bath_window.WindowDoorSensor", isOpen=True)
    sim.set_state("bath_radiator.TemperatureSensor", temperature=17.5)
    await wait_until(hass, lambda: hass.states.is_state("sensor.bad_heizkorper_bad_temperature", "17.5"))
    sim.world["capability_states"][sim.resolve("bath_window.WindowDoorSensor")] = {}
    del sim.world["capability_states"][sim.resolve("bath_radiator.TemperatureSensor")]
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.is_state(WINDOW, "on")
    assert hass.states.is_state("sensor.bad_heizkorper_bad_temperature", "17.5")
    sim.set_state("bath_window.WindowDoorSensor", isOpen=False)
    await wait_until(hass, lambda: hass.states.is_state(WINDOW, "off"))


@BOTH
async def test_an_earlier_reachability_says_nothing(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    reachable = registered(hass, entry, sim.resolve("coffee"), "reachable")
    assert reachable is not None
    er.async_get(hass).async_update_entity(reachable.entity_id, disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    sim.set_state("coffee", isReachable=False)
    await wait_until(hass, lambda: hass.states.is_state(reachable.entity_id, "off"))
    sim.world["device_states"][sim.resolve("coffee")] = {}
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.is_state(reachable.entity_id, "on")
    assert not hass.states.is_state(PLUG, STATE_UNAVAILABLE)
