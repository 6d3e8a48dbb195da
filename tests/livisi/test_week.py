"""A week with everything that happens to a hub, and commands while a reading takes long."""

from collections.abc import Callable
from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.livisi.coordinator import SAFETY_INTERVAL
from simulators import LivisiSimulator
from simulators.livisi.world import NEVER
from tests.common import assert_unchanged_after_reload, held_response, wait_reconnected, wait_until
from tests.livisi.test_commands import call
from tests.livisi.test_resilience import advance

pytestmark = pytest.mark.usefixtures("quick_hub")
BOTH = pytest.mark.parametrize("version", ["v1", "v2"])

PLUG = "switch.kuche_kaffeemaschine"
WINDOW = "binary_sensor.bad_fenster_bad_window"
SLEEPY = ("bath_window.WindowDoorSensor", "smoke.SmokeDetectorSensor", "bath_radiator.TemperatureSensor")


def forget_states(sim: LivisiSimulator) -> None:
    """Forget the states of sleeping devices, as a hub does when it restarts."""
    for key in SLEEPY:
        state = sim.world["capability_states"][sim.resolve(key)]
        sim.world["capability_states"][sim.resolve(key)] = {name: {"lastChanged": NEVER} for name in state}
    sim.world["device_states"][sim.resolve("bath_window")] = {"isReachable": {"lastChanged": NEVER}}


@BOTH
async def test_a_week(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    logins = sim.logins
    steps = 0

    async def settle(condition: Callable[[], bool]) -> None:
        """Wait for the result of a day, and compare everything with the hub."""
        nonlocal steps
        await wait_until(hass, condition)
        steps += 1
        if steps % 2:
            await assert_unchanged_after_reload(hass, entry)

    async def reconnect() -> None:
        """Drop the connection and wait for the next one."""
        reconnects = entry.runtime_data.streams[0].statistics.reconnects
        await sim.drop()
        await wait_reconnected(hass, entry, reconnects + 1)

    for day in range(7):
        plug = "on" if day % 2 == 0 else "off"
        # The token ends, and so does the refresh token on some days.
        sim.expire_tokens(refresh=day % 3 == 0)
        with sim.lose_frames():
            sim.set_state("coffee.SwitchActuator", onState=plug == "on")
        await reconnect()
        await settle(partial(hass.states.is_state, PLUG, plug))
        # Frames are lost, which the next number or the regular reading shows, and doubled.
        with sim.lose_frames():
            sim.set_state("fountain.SwitchActuator", onState=plug == "on")
        sim.press("remote.PushButtonSensor", day)
        repeated = f"/capability/{sim.resolve('coffee.SwitchActuator')}"
        sim.push_event("StateChanged", repeated, {"onState": plug == "on"}, sequence=sim.sequence)
        await advance(hass, SAFETY_INTERVAL.total_seconds() + 1)
        await settle(partial(hass.states.is_state, "switch.terrasse_brunnen", plug))
        # The hub restarts and forgets.
        sim.set_state("bath_window.WindowDoorSensor", isOpen=plug == "on")
        await wait_until(hass, partial(hass.states.is_state, WINDOW, plug))
        forget_states(sim)
        reconnects = entry.runtime_data.streams[0].statistics.reconnects
        await sim.reboot()
        await wait_reconnected(hass, entry, reconnects + 1)
        await settle(partial(hass.states.is_state, WINDOW, plug))
        if day == 3:
            sim.change_password("another one")
            await sim.drop()
            await wait_until(hass, lambda: bool(hass.config_entries.flow.async_progress_by_handler(DOMAIN)))
            (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
            done = await hass.config_entries.flow.async_configure(flow["flow_id"], {"password": "another one"})
            assert done["reason"] == "reauth_successful"
            await hass.async_block_till_done()
            await settle(partial(hass.states.is_state, WINDOW, plug))
    assert not entry.runtime_data.frame_log.failures
    assert sim.logins - logins <= 7 * 5, "no storm of logins"
    if sim.version == "v1":
        assert sim.max_parallel_requests == 1


@BOTH
async def test_a_switch_answers_while_states_are_read(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    async with held_response(sim, "/capability/states") as is_held:
        entry.runtime_data._resync(gap=False)
        await wait_until(hass, is_held)
        command = hass.async_create_task(call(hass, "switch", "turn_on", PLUG))
        if sim.version == "v2":
            await command
            assert hass.states.is_state(PLUG, "on")
    await command
    await wait_until(hass, lambda: hass.states.is_state(PLUG, "on"))
    await hass.async_block_till_done()
    assert hass.states.is_state(PLUG, "on"), "the reading began before the command"


async def test_stored_data_is_restored(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], hass_storage: dict[str, Any]
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    plug = sim.resolve("coffee.SwitchActuator")
    hass_storage[f"{DOMAIN}.{entry.entry_id}"] = {
        "version": 1,
        "minor_version": 1,
        "key": f"{DOMAIN}.{entry.entry_id}",
        "data": {
            "version": 1,
            "off_timers": {
                plug: {"at": 1.0, "params": {"onState": False}},
                "unknown": {"at": 1.0, "params": {"onState": False}},
                "odd": {"at": "x", "params": 7},
            },
            "restarts": [1.0, "x", None],
        },
    }
    sim.set_state("coffee.SwitchActuator", onState=True)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await advance(hass, 1)
    # The time was over while Home Assistant was down.
    await wait_until(hass, lambda: sim.value("coffee.SwitchActuator", "onState") is False)
    await wait_until(hass, lambda: not entry.runtime_data.off_timers.data_to_store())
    assert not entry.runtime_data.frame_log.failures
