"""Events that arrive while the state of the hub is being read."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
import pytest

from custom_components.pushwire.vendors.livisi.binary_sensor import MOTION_OFF_DELAY
from custom_components.pushwire.vendors.livisi.coordinator import SAFETY_INTERVAL
from simulators import LivisiSimulator
from tests.common import assert_unchanged_after_reload, held_response, wait_reconnected, wait_until
from tests.livisi.test_events import watch
from tests.livisi.test_resilience import advance

pytestmark = pytest.mark.usefixtures("quick_hub")
BOTH = pytest.mark.parametrize("version", ["v1", "v2"])

PRESS = "event.fernbedienung_button_1"
MOTION = "event.flur_bewegung_flur_motion_detection"
MESSAGE = "event.smarthome_message"
WINDOW = "binary_sensor.bad_fenster_bad_window"
LIGHT = "light.bad_spots"


@BOTH
@pytest.mark.parametrize("reads", ["gap", "regular", "configuration"])
@pytest.mark.parametrize("path", ["/status", "/capability/states", "/message"])
async def test_nothing_waits_for_a_snapshot_on_a_live_connection(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], reads: str, path: str
) -> None:
    presses, motions, messages = watch(hass, PRESS), watch(hass, MOTION), watch(hass, MESSAGE)
    sim.set_state("spots.SwitchActuator", onState=False)
    sim.set_state("bath_window.WindowDoorSensor", isOpen=False)
    await wait_until(hass, lambda: hass.states.is_state(LIGHT, "off"))
    with sim.lose_frames():
        sim.set_state("coffee.SwitchActuator", onState=True)
    # The lost event is not to be noticed yet.
    sim.sequence -= 1
    async with held_response(sim, path) as is_held:
        if reads == "gap":
            sim.skip_sequence()
            sim.set_state("bath_radiator.TemperatureSensor", temperature=7.7)
        elif reads == "regular":
            await advance(hass, SAFETY_INTERVAL.total_seconds() + 1)
        else:
            sim.rename_room("hall", "Diele")
        await wait_until(hass, is_held)
        sim.press("remote.PushButtonSensor", 0)
        sim.detect_motion("hall_motion.MotionDetectionSensor")
        sim.create_message("MemoryShortage")
        sim.set_state("bath_window.WindowDoorSensor", isOpen=True)
        await wait_until(hass, lambda: hass.states.is_state(WINDOW, "on"))
        sim.set_state("bath_window.WindowDoorSensor", isOpen=False)
        sim.set_state("spots.SwitchActuator", onState=True)
        await wait_until(hass, lambda: hass.states.is_state(LIGHT, "on"))
        assert hass.states.is_state(WINDOW, "off")
        assert len(presses) == len(motions) == 1
        assert [message["event_type"] for message in messages] == ["created"]
    await wait_until(hass, lambda: hass.states.is_state("switch.kuche_kaffeemaschine", "on"))
    await hass.async_block_till_done()
    assert hass.states.is_state(LIGHT, "on")
    assert hass.states.is_state(WINDOW, "off")
    assert len(presses) == len(motions) == len(messages) == 1
    await advance(hass, MOTION_OFF_DELAY + 1)
    await assert_unchanged_after_reload(hass, entry)


@BOTH
async def test_after_a_reconnect_events_come_at_once_and_values_with_the_snapshot(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    presses, motions, messages = watch(hass, PRESS), watch(hass, MOTION), watch(hass, MESSAGE)
    sim.set_state("spots.SwitchActuator", onState=False)
    await wait_until(hass, lambda: hass.states.is_state(LIGHT, "off"))
    async with held_response(sim, "/capability/states") as is_held:
        await sim.drop()
        await wait_until(hass, is_held)
        sim.set_state("spots.SwitchActuator", onState=True)
        sim.press("remote.PushButtonSensor", 0)
        sim.detect_motion("hall_motion.MotionDetectionSensor")
        ident = sim.create_message("MemoryShortage")
        await wait_until(hass, lambda: len(messages) == 1)
        assert len(presses) == len(motions) == 1
        assert hass.states.is_state(LIGHT, "off")
        sim.delete_message(ident)
        await wait_until(hass, lambda: len(messages) == 2)
    await wait_reconnected(hass, entry)
    await wait_until(hass, lambda: hass.states.is_state(LIGHT, "on"))
    assert len(presses) == len(motions) == 1
    assert [message["event_type"] for message in messages] == ["created", "deleted"]
    await advance(hass, MOTION_OFF_DELAY + 1)
    await assert_unchanged_after_reload(hass, entry)


async def test_an_event_entity_is_available_before_its_event(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.refuse(500)
    await sim.drop()
    await wait_until(hass, lambda: hass.states.is_state("binary_sensor.smarthome_connection", "off"))
    await advance(hass, 31)
    await wait_until(hass, lambda: hass.states.is_state(PRESS, STATE_UNAVAILABLE))
    states: list[str] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == PRESS and (state := event.data["new_state"]) is not None:
            states.append(state.state)

    hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    async with held_response(sim, "/message") as is_held:
        sim.allow()
        await wait_until(hass, is_held)
        sim.press("remote.PushButtonSensor", 0)
        await wait_until(hass, lambda: len(states) == 2)
        assert hass.states.is_state("switch.terrasse_brunnen", STATE_UNAVAILABLE)
    await wait_reconnected(hass, entry)
    assert states[0] == "unknown"
    assert len(states) == 2


@BOTH
async def test_the_first_press_of_a_new_device_is_not_lost(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    remote = sim.world["devices"][sim.resolve("remote")]
    ident = "f" * 32
    sensor = "e" * 32
    with sim.lose_frames():
        sim.add_device(
            {
                **remote,
                "id": ident,
                "serialNumber": "914199999999",
                "config": {**remote["config"], "name": "Neuer Taster"},
                "capabilities": [f"/capability/{sensor}"],
            },
            [
                (
                    {
                        **sim.world["capabilities"][sim.resolve("remote.PushButtonSensor")],
                        "id": sensor,
                        "device": f"/device/{ident}",
                    },
                    {},
                )
            ],
        )
    sim.sequence -= 1
    properties = {"index": 0, "type": "ShortPress", "keyPressCounter": 1, "lastPressedButtonIndex": 0}
    sim.push_event("ButtonPressed", f"/capability/{sensor}", properties)
    await wait_until(hass, lambda: hass.states.get("event.neuer_taster_button_1") is not None)
    await wait_until(hass, lambda: not hass.states.is_state("event.neuer_taster_button_1", "unknown"))
    await assert_unchanged_after_reload(hass, entry)
