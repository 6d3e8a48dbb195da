"""Messages that arrive while the full state is being read."""

from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from simulators import DeconzSimulator
from tests.common import assert_unchanged_after_reload, held_response, set_up, wait_reconnected, wait_until

pytestmark = pytest.mark.usefixtures("quick_links")

REMOTE = "event.hue_dimmer_on"
BUTTONS = "event.hue_dimmer_"
SCENE = "event.phoscon_gw_scene_called"
TEMPERATURE = "sensor.klima_bad_temperature"


def record_events(hass: HomeAssistant, entity_id: str) -> list[tuple[str | None, str]]:
    """Record the state before each event of event entities, and the type of the event.

    Args:
        hass: Home Assistant.
        entity_id: Beginning of the IDs of the entities.

    """
    fired: list[tuple[str | None, str]] = []
    times: set[tuple[str, str]] = set()

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if not event.data["entity_id"].startswith(entity_id) or new is None:
            return
        # An entity that becomes available again keeps the time of its last event.
        time = (new.entity_id, new.state)
        if new.state not in (STATE_UNAVAILABLE, "unknown") and time not in times:
            times.add(time)
            fired.append((None if old is None else old.state, new.attributes["event_type"]))

    hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    return fired


@pytest.mark.parametrize("reads", ["poll", "resync"])
async def test_nothing_waits_for_a_snapshot_on_a_live_connection(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any], reads: str
) -> None:
    presses = record_events(hass, BUTTONS)
    scenes = record_events(hass, SCENE)
    sim.set_sensor_state("motion", presence=False)
    sim.set_sensor_state("window", open=False)
    with sim.lose_frames():
        sim.rename("lights", "desk", "Anderer Name")
    async with held_response(sim, f"/api/{sim.api_key}") as is_held:
        if reads == "poll":
            async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=6))
        else:
            entry.runtime_data.streams[0].resync()
        await wait_until(hass, is_held)
        sim.press("dimmer_switch", 1002)
        sim.recall_by_remote("1", "1")
        for opened in (True, False):
            # Both states of the door are shown.
            sim.set_sensor_state("window", open=opened)
            await wait_until(
                hass,
                lambda: hass.states.is_state("binary_sensor.fenster_bad_opening", "on" if opened else "off"),  # noqa: B023
            )
        sim.set_sensor_state("motion", presence=True)
        sim.set_light("desk", on=True, bri=33)
        await wait_until(hass, lambda: hass.states.is_state("binary_sensor.bewegung_flur_motion", "on"))
        await wait_until(hass, lambda: hass.states.get("light.schreibtisch").attributes.get("brightness") == 33)
        assert [kind for _, kind in presses] == ["press_end"]
        assert [kind for _, kind in scenes] == ["scene_called"]
    await wait_until(hass, lambda: hass.states.get("light.schreibtisch").name == "Anderer Name")
    assert hass.states.get("light.schreibtisch").attributes["brightness"] == 33
    assert hass.states.is_state("binary_sensor.bewegung_flur_motion", "on")
    assert len(presses) == len(scenes) == 1
    await assert_unchanged_after_reload(hass, entry)


async def test_events_after_a_reconnect(hass: HomeAssistant) -> None:
    async with DeconzSimulator(notify_all=False) as sim:
        entry = await set_up(hass, sim)
        presses = record_events(hass, BUTTONS)
        scenes = record_events(hass, SCENE)
        sim.set_sensor_state("temperature", temperature=1000)
        await wait_until(hass, lambda: hass.states.is_state(TEMPERATURE, "10.0"))
        sim.press("dimmer_switch", 1002)
        await wait_until(hass, lambda: len(presses) == 1)
        async with held_response(sim, f"/api/{sim.api_key}") as is_held:
            await sim.drop()
            await wait_until(hass, is_held)
            sim.set_sensor_state("temperature", temperature=2000)
            sim.recall_by_remote("1", "1")
            await wait_until(hass, lambda: len(scenes) == 1)
            # The button is in the message, so this is a press.
            sim.press("dimmer_switch", 2002)
            await wait_until(hass, lambda: len(presses) == 2)
            # Without the button, only the snapshot can tell which one it was.
            sim.press("dimmer_switch", 2002)
            sim.press("dimmer_switch", 3002)
            sim.set_light("desk", bri=200)
            await hass.async_block_till_done()
            assert hass.states.is_state(TEMPERATURE, "10.0")
        await wait_reconnected(hass, entry)
        await wait_until(hass, lambda: hass.states.is_state(TEMPERATURE, "20.0"))
        assert [kind for _, kind in presses] == ["press_end"] * 4
        assert hass.states.get("event.hue_dimmer_dim_down").attributes["event_type"] == "press_end"
        assert len(scenes) == 1
        await assert_unchanged_after_reload(hass, entry)
        await hass.config_entries.async_unload(entry.entry_id)


async def test_a_repetition_waits_for_the_snapshot(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    """A gateway that sends all items repeats the last press with other changes."""
    presses = record_events(hass, BUTTONS)
    async with held_response(sim, f"/api/{sim.api_key}") as is_held:
        await sim.drop()
        await wait_until(hass, is_held)
        sim.press("dimmer_switch", 2002)
        sim.recall_by_remote("1", "1")
        await wait_until(hass, lambda: not hass.states.is_state(SCENE, "unknown"))
        assert presses == []
    await wait_reconnected(hass, entry)
    await wait_until(hass, lambda: len(presses) == 1)


async def test_an_event_entity_is_available_before_its_event(hass: HomeAssistant) -> None:
    async with DeconzSimulator(notify_all=False) as sim:
        button = "event.hue_dimmer_dim_down"
        entry = await set_up(hass, sim)
        presses = record_events(hass, BUTTONS)
        sim.refuse(503)
        await sim.drop()
        await wait_until(hass, lambda: hass.states.is_state("binary_sensor.phoscon_gw_connection", "off"))
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=2))
        await wait_until(hass, lambda: hass.states.is_state(button, STATE_UNAVAILABLE))
        async with held_response(sim, f"/api/{sim.api_key}") as is_held:
            sim.allow()
            await wait_until(hass, is_held)
            sim.press("dimmer_switch", 3002)
            await wait_until(hass, lambda: len(presses) == 1)
            assert hass.states.is_state(TEMPERATURE, STATE_UNAVAILABLE)
            # If the snapshot fails, nothing can be received again.
            sim.refuse(503)
            await sim.drop()
            await wait_until(hass, lambda: hass.states.is_state(button, STATE_UNAVAILABLE))
        sim.allow()
        await wait_reconnected(hass, entry, 2)
        assert presses == [("unknown", "press_end")]
        assert not hass.states.is_state(button, STATE_UNAVAILABLE)
        await hass.config_entries.async_unload(entry.entry_id)


async def test_a_remote_that_seemed_unreachable_is_pressed(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    presses = record_events(hass, BUTTONS)
    sim.set_reachable("sensors", "dimmer_switch", False)
    await wait_until(hass, lambda: hass.states.is_state(REMOTE, STATE_UNAVAILABLE))
    sim.press("dimmer_switch", 1002)
    await wait_until(hass, lambda: len(presses) == 1)
    assert presses == [("unknown", "press_end")]
    sim.set_reachable("sensors", "dimmer_switch", True)
    sim.set_reachable("sensors", "dimmer_switch", False)
    await wait_until(hass, lambda: hass.states.is_state(REMOTE, STATE_UNAVAILABLE))


async def test_the_first_event_of_a_new_remote_is_not_its_first_state(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    events: list[tuple[str | None, str]] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if new is not None and new.entity_id.startswith("event.neuer_taster") and new.attributes.get("event_type"):
            events.append((None if old is None else old.state, new.attributes["event_type"]))

    hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    template = sim.sensor("dimmer_switch")
    unique_id = template["uniqueid"].replace(template["uniqueid"][:8], "aa:bb:cc")
    identifier = sim.add("sensors", {**template, "name": "Neuer Taster", "uniqueid": unique_id})
    sim.press(identifier, 1002)
    await wait_until(hass, lambda: bool(events))
    await hass.async_block_till_done()
    assert events == [("unknown", "press_end")]
