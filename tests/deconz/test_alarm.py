"""Alarm systems and keypads: states, commands and events."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from simulators import DeconzSimulator
from simulators.deconz.world import alarm_system
from tests.common import set_up, wait_reconnected, wait_until
from tests.deconz.common import call, writes

PANEL = "alarm_control_panel.phoscon_gw_alarm_system"
SYSTEM: dict[str, Any] = {"t": "event", "e": "changed", "r": "alarmsystems"}

pytestmark = pytest.mark.usefixtures("quick_links")


@pytest.mark.parametrize(
    "given,shown",
    [
        ("disarmed", "disarmed"),
        ("armed_away", "armed_away"),
        ("armed_stay", "armed_home"),
        ("armed_night", "armed_night"),
        ("arming_away", "arming"),
        ("arming_stay", "arming"),
        ("arming_night", "arming"),
        ("exit_delay", "arming"),
        ("entry_delay", "pending"),
        ("in_alarm", "triggered"),
        ("dancing", "unknown"),
        (None, "unknown"),
        ([], "unknown"),
    ],
)
async def test_an_exit_delay_is_arming_and_not_pending(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any], given: Any, shown: str
) -> None:
    sim.push({**SYSTEM, "id": "1", "state": {"armstate": "armed_away" if given == "disarmed" else "disarmed"}})
    sim.push({**SYSTEM, "id": "1", "state": {"armstate": given, "seconds_remaining": 9}})
    sim.set_sensor_state("pressure", pressure=1001)
    await wait_until(hass, lambda: hass.states.is_state("sensor.klima_bad_atmospheric_pressure", "1001"))
    assert hass.states.is_state(PANEL, shown)


@pytest.mark.parametrize(
    "action,path,shown",
    [
        ("alarm_arm_away", "arm_away", "armed_away"),
        ("alarm_arm_home", "arm_stay", "armed_home"),
        ("alarm_arm_night", "arm_night", "armed_night"),
        ("alarm_disarm", "disarm", "disarmed"),
    ],
)
async def test_command(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any], action: str, path: str, shown: str
) -> None:
    sim.tick_seconds = 0.001
    shows: list[str] = []
    hass.bus.async_listen("state_changed", callback(lambda event: shows.append(state_of(event))))
    await call(hass, "alarm_control_panel", action, PANEL, code="1234")
    assert writes(sim) == [(f"/alarmsystems/1/{path}", {"code0": "1234"})]
    await wait_until(hass, lambda: hass.states.is_state(PANEL, shown))
    assert [state for state in shows if state] == ([] if shown == "disarmed" else ["arming", shown])


def state_of(event: Event[EventStateChangedData]) -> str:
    """Return the panel's new state, or nothing for another entity."""
    new = event.data["new_state"]
    return new.state if new is not None and new.entity_id == PANEL else ""


@pytest.mark.parametrize("code,error", [("4321", "code_refused"), ("", "code_missing"), (None, "code_missing")])
async def test_a_wrong_code_is_reported_without_the_code(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any], code: str | None, error: str
) -> None:
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, "alarm_control_panel", "alarm_disarm", PANEL, **({} if code is None else {"code": code}))
    assert raised.value.translation_key == error
    assert "4321" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert len(writes(sim)) == (error == "code_refused")


async def test_another_refusal_is_reported_unchanged(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.refuse(500)
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "alarm_control_panel", "alarm_disarm", PANEL, code="1234")
    assert raised.value.translation_key == "cannot_connect"


async def test_the_seconds_of_a_delay_write_no_panel_state(
    hass: HomeAssistant, all_enabled: None, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.push({**SYSTEM, "id": "1", "state": {"armstate": "exit_delay", "seconds_remaining": 60}})
    await wait_until(hass, lambda: hass.states.is_state(PANEL, "arming"))
    before = hass.states.get(PANEL).last_reported
    for left in range(59, 49, -1):
        sim.push({**SYSTEM, "id": "1", "state": {"armstate": "exit_delay", "seconds_remaining": left}})
    await wait_until(hass, lambda: hass.states.is_state("sensor.phoscon_gw_time_remaining", "50"))
    assert hass.states.get(PANEL).last_reported == before


async def test_delays(hass: HomeAssistant, all_enabled: None, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    names = {
        "disarmed_entry_delay": "entry_delay_when_disarmed",
        "disarmed_exit_delay": "exit_delay_when_disarmed",
        **{
            f"armed_{mode}_{key}": f"{name}_when_armed_{shown}"
            for mode, shown in (("away", "away"), ("stay", "home"), ("night", "night"))
            for key, name in (
                ("entry_delay", "entry_delay"),
                ("exit_delay", "exit_delay"),
                ("trigger_duration", "alarm_duration"),
            )
        },
    }
    for value, (key, name) in enumerate(names.items(), 10):
        entity_id = f"number.phoscon_gw_{name}"
        await call(hass, "number", "set_value", entity_id, value=value)
        assert writes(sim)[-1] == ("/alarmsystems/1/config", {key: value})
        await wait_until(hass, lambda: hass.states.is_state(entity_id, str(value)))  # noqa: B023
    assert len(writes(sim)) == 11
    with pytest.raises(ServiceValidationError):
        await call(hass, "number", "set_value", "number.phoscon_gw_exit_delay_when_disarmed", value=256)


async def test_a_system_armed_during_a_disconnect(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    # The ETag has not changed, since it covers only lights, sensors and groups.
    with sim.lose_frames():
        sim.world["alarmsystems"]["1"]["state"]["armstate"] = "armed_away"
    await sim.drop()
    await wait_reconnected(hass, entry)
    await wait_until(hass, lambda: hass.states.is_state(PANEL, "armed_away"))
    del sim.world["alarmsystems"]["1"]
    await sim.drop()
    await wait_reconnected(hass, entry, 2)
    await wait_until(hass, lambda: hass.states.get(PANEL) is None)


async def test_alarm_systems_are_added_and_removed(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    # No resource of the gateway is left afterwards.
    sim.delete("sensors", "daylight")
    entry = await set_up(hass, sim)
    assert hass.states.get(PANEL).name == "Phoscon-GW Alarm system"
    sim.world["alarmsystems"]["2"] = {**alarm_system(), "name": "Garage"}
    sim.push({**SYSTEM, "id": "2", "state": {"armstate": "disarmed"}})
    second = "alarm_control_panel.phoscon_gw_garage"
    await wait_until(hass, lambda: hass.states.is_state(second, "disarmed"))
    delay = er.async_get(hass).async_get("number.phoscon_gw_garage_exit_delay_when_disarmed")
    assert delay is not None
    await call(hass, "alarm_control_panel", "alarm_arm_away", second, code="1234")
    assert writes(sim) == [("/alarmsystems/2/arm_away", {"code0": "1234"})]
    sim.push({**SYSTEM, "id": "1", "attr": {"name": "Haus"}})
    await wait_until(hass, lambda: hass.states.get(PANEL).name == "Phoscon-GW Haus")
    for gone, left in (("1", {second}), ("2", set())):
        del sim.world["alarmsystems"][gone]
        with sim.lose_frames():
            sim.set_sensor_state("pressure", pressure=1000 + int(gone))
        await sim.drop()
        await wait_reconnected(hass, entry, int(gone))
        await wait_until(hass, lambda: set(hass.states.async_entity_ids("alarm_control_panel")) == left)  # noqa: B023
    await hass.config_entries.async_unload(entry.entry_id)


KEYPAD = "event.bedienfeld_keypad"


@pytest.mark.parametrize("notify_all", [True, False])
async def test_each_action_at_a_keypad_fires_once(hass: HomeAssistant, *, notify_all: bool) -> None:
    async with DeconzSimulator(notify_all=notify_all) as sim:
        entry = await set_up(hass, sim)
        fired: list[str] = []

        @callback
        def look(event: Event[EventStateChangedData]) -> None:
            new = event.data["new_state"]
            if new is not None and new.entity_id == KEYPAD and (kind := new.attributes.get("event_type")) is not None:
                fired.append(kind)

        hass.bus.async_listen("state_changed", look)
        sim.use_keypad("emergency")
        sim.use_keypad("emergency")
        sim.set_sensor_state("keypad", tampered=True)
        for left in (3, 2, 1):
            sim.set_sensor_state("keypad", panel="exit_delay", seconds_remaining=left)
        sim.use_keypad("invalid_code")
        sim.use_keypad("armed_away", panel="armed_away", seconds_remaining=0)
        sim.set_sensor_config("keypad", battery=12)
        sim.use_keypad("waved")
        await wait_until(hass, lambda: len(fired) >= 5)
        assert hass.states.get(KEYPAD).attributes["action"] == "waved"
        with sim.lose_frames():
            sim.use_keypad("panic")
        await sim.drop()
        await wait_reconnected(hass, entry)
        sim.use_keypad("disarmed", panel="disarmed")
        await wait_until(hass, lambda: len(fired) >= 6)
        assert fired == ["emergency", "emergency", "invalid_code", "armed_away", "other", "disarmed"]
        sim.set_reachable("sensors", "keypad", False)
        await wait_until(hass, lambda: hass.states.is_state(KEYPAD, "unavailable"))
        await hass.config_entries.async_unload(entry.entry_id)
