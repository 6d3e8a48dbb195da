"""Sirens: who reports the state, which tones and durations the gateway accepts."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from simulators import DeconzSimulator
from simulators.deconz.world import make_light, make_sensor
from tests.common import set_up, wait_until
from tests.deconz.common import call, writes

SIREN = "siren.alarmanlage"
NEO = {"manufacturername": "_TZE200_d0yu2xgi", "modelid": "TS0601"}
TUYA = {"manufacturername": "_TYST11_d0yu2xgi", "modelid": "0yu2xgi"}
HEIMAN = {"manufacturername": "Heiman", "modelid": "WarningDevice-EF-3.0"}


async def one_siren(hass: HomeAssistant, sim: DeconzSimulator, maker: dict[str, Any]) -> tuple[Any, str]:
    """Set up a gateway with one more siren; return the entry and the siren's ID."""
    state = {"alert": "none", "reachable": True}
    number = sim.add("lights", make_light(240, "Alarmanlage", "Warning device", state, **maker))
    return await set_up(hass, sim), number


async def later(hass: HomeAssistant, seconds: float) -> None:
    """Let time pass."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done()


@pytest.mark.parametrize("maker", [NEO, TUYA, HEIMAN])
async def test_a_siren_that_reports_its_state_is_believed(
    hass: HomeAssistant, sim: DeconzSimulator, maker: dict[str, Any]
) -> None:
    entry, number = await one_siren(hass, sim, maker)
    assert hass.states.is_state(SIREN, "off")
    assert hass.states.get(SIREN).attributes["assumed_state"]
    # By its own thresholds, or by another app.
    for _ in range(2):
        sim.set_light(number, alert="lselect")
        await wait_until(hass, lambda: hass.states.is_state(SIREN, "on"))
        assert "assumed_state" not in hass.states.get(SIREN).attributes
        sim.set_light(number, alert="none")
        await wait_until(hass, lambda: hass.states.is_state(SIREN, "off"))
    # The end of an assumed duration does not silence what still sounds.
    await call(hass, "siren", "turn_on", SIREN)
    sim.set_light(number, alert="lselect")
    await wait_until(hass, lambda: entry.runtime_data.model.find("lights", number).state["alert"] == "lselect")
    await later(hass, 302)
    assert hass.states.is_state(SIREN, "on")
    sim.set_light(number, alert="none")
    await wait_until(hass, lambda: hass.states.is_state(SIREN, "off"))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_other_reports_do_not_end_an_assumed_state(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry, number = await one_siren(hass, sim, HEIMAN)
    await call(hass, "siren", "turn_on", SIREN)
    # Most sirens always report "none".
    sim.push({"t": "event", "e": "changed", "r": "lights", "id": number, "state": {"alert": "none", "reachable": True}})
    sim.set_reachable("lights", number, False)
    await wait_until(hass, lambda: hass.states.is_state(SIREN, "unavailable"))
    sim.set_reachable("lights", number, True)
    await wait_until(hass, lambda: hass.states.is_state(SIREN, "on"))
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("maker", [NEO, TUYA])
async def test_a_duration_that_the_gateway_refuses_is_ended_by_a_command(
    hass: HomeAssistant, sim: DeconzSimulator, maker: dict[str, Any]
) -> None:
    entry, number = await one_siren(hass, sim, maker)
    path = f"/lights/{number}/state"
    await call(hass, "siren", "turn_on", SIREN, duration=10)
    assert writes(sim) == [(path, {"alert": "lselect"})]
    assert hass.states.is_state(SIREN, "on")
    await later(hass, 8)
    assert len(writes(sim)) == 1
    await later(hass, 12)
    await wait_until(hass, lambda: writes(sim)[1:] == [(path, {"alert": "none"})])
    assert hass.states.is_state(SIREN, "off")
    # Neither a sound without a duration nor one that was turned off is stopped later.
    await call(hass, "siren", "turn_on", SIREN, duration=10)
    await call(hass, "siren", "turn_on", SIREN)
    await later(hass, 302)
    assert hass.states.is_state(SIREN, "off")
    await call(hass, "siren", "turn_on", SIREN, duration=10)
    await call(hass, "siren", "turn_off", SIREN)
    await later(hass, 302)
    assert [body["alert"] for _, body in writes(sim)[2:]] == ["lselect", "lselect", "lselect", "none"]
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("maker,tones", [(NEO, None), (TUYA, None), (HEIMAN, ["alarm", "chirp", "blink"])])
async def test_tones(hass: HomeAssistant, sim: DeconzSimulator, maker: dict[str, Any], tones: list[str] | None) -> None:
    entry, number = await one_siren(hass, sim, maker)
    assert hass.states.get(SIREN).attributes.get("available_tones") == tones
    for tone, body in (
        ("blink", {"alert": "blink", "ontime": 20}),
        ("alarm", {"alert": "lselect", "ontime": 20}),
        ("chirp", {"alert": "select"}),
    ):
        if tones is None:
            break
        await call(hass, "siren", "turn_on", SIREN, tone=tone, duration=20)
        assert writes(sim)[-1] == (f"/lights/{number}/state", body)
        assert hass.states.is_state(SIREN, "on")
    await hass.config_entries.async_unload(entry.entry_id)


LIMITS = {
    "humiditymaxthreshold": 80,
    "humidityminthreshold": 20,
    "temperaturemaxthreshold": 30,
    "temperatureminthreshold": 10,
}


async def test_limits_at_which_a_siren_sounds(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    config = {**LIMITS, "preset": "off", "melody": 5}
    number = sim.add(
        "sensors", make_sensor(241, "Sirene Neo", "ZHAAlarm", "0502", {"alarm": False}, config=config, **NEO)
    )
    entry = await set_up(hass, sim)
    names = ("upper_humidity", "lower_humidity", "upper_temperature", "lower_temperature")
    for name, (item, value) in zip(names, LIMITS.items(), strict=True):
        limit = f"number.sirene_neo_{name}_limit"
        assert float(hass.states.get(limit).state) == value
        await call(hass, "number", "set_value", limit, value=value - 2)
        assert writes(sim)[-1] == (f"/sensors/{number}/config", {item: value - 2})
        await wait_until(hass, lambda: float(hass.states.get(limit).state) == value - 2)  # noqa: B023
    preset = "select.sirene_neo_monitored_limits"
    assert hass.states.get(preset).attributes["options"] == ["both", "humidity", "off", "temperature"]
    await call(hass, "select", "select_option", preset, option="both")
    assert writes(sim)[-1] == (f"/sensors/{number}/config", {"preset": "both"})
    await hass.config_entries.async_unload(entry.entry_id)
