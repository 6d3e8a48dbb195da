"""Properties of hubs that break clients: a table with the tests of each, and the tests that stand nowhere else."""

import ast
from functools import partial
from http import HTTPStatus
from pathlib import Path
import tomllib
from typing import Any

import aiohttp
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from simulators import LivisiSimulator
from tests.common import set_up, wait_until
from tests.livisi.test_commands import actions, call

HERE = Path(__file__).parent
TRAPS: list[dict[str, Any]] = tomllib.loads((HERE / "traps.toml").read_text())["trap"]
BOTH = pytest.mark.parametrize("version", ["v1", "v2"])
ROOM = "climate.bad_bad"


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap["property"][:40])
def test_each_property_has_its_tests(trap: dict[str, Any]) -> None:
    for test in trap["tests"]:
        file, _, name = test.partition("::")
        defined = {
            node.name
            for node in ast.parse((HERE / file).read_text()).body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert name in defined, test


def test_the_table_is_complete() -> None:
    assert len(TRAPS) == 18


@pytest.mark.parametrize("version", ["v1"])
async def test_the_exact_content_type(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    headers = {
        "Authorization": f"Bearer {sim.hand_out_token()}",
        "Content-Type": "application/json; charset=utf-8",
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sim.url}/action", data=b"{}", headers=headers) as response,
    ):
        assert response.status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    await call(hass, "switch", "turn_on", "switch.kuche_kaffeemaschine")
    await wait_until(hass, lambda: hass.states.is_state("switch.kuche_kaffeemaschine", "on"))


@BOTH
async def test_a_capability_of_no_device(hass: HomeAssistant, sim: LivisiSimulator) -> None:
    coffee = sim.world["devices"][sim.resolve("coffee")]
    capability = sim.world["capabilities"][sim.resolve("coffee.SwitchActuator")]
    # The device does not list the capability, and another one has no device.
    coffee["capabilities"] = []
    stray = {**capability, "id": "f" * 32}
    del stray["device"]
    sim.world["capabilities"][stray["id"]] = stray
    entry = await set_up(hass, sim)
    sim.set_state("coffee.SwitchActuator", onState=True)
    await wait_until(hass, lambda: hass.states.is_state("switch.kuche_kaffeemaschine", "on"))
    assert not entry.runtime_data.frame_log.failures
    await hass.config_entries.async_unload(entry.entry_id)


@BOTH
@pytest.mark.parametrize("place", ["id", "Id", "source"])
async def test_the_id_of_a_message_in_every_place(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], place: str
) -> None:
    ident = sim.create_message("SmokeDetected", "smoke")
    unread = "sensor.smarthome_unread_messages"
    await wait_until(hass, lambda: hass.states.is_state(unread, "1"))
    if place == "source":
        sim.push_event("MessageDeleted", f"/message/{ident}", {})
    else:
        sim.push_event("MessageDeleted", sim.hub_link, data={place: ident})
    await wait_until(hass, lambda: hass.states.is_state(unread, "0"))


@pytest.mark.parametrize("version,name", [("v1", "setpointTemperature"), ("v2", "pointTemperature")])
async def test_the_setpoint_that_the_state_contains(hass: HomeAssistant, sim: LivisiSimulator, name: str) -> None:
    state = sim.world["capability_states"][sim.resolve("bath_climate.RoomSetpoint")]
    state[name] = state.pop(sim.setpoint)
    sim.setpoint = name
    entry = await set_up(hass, sim)
    await call(hass, "climate", "set_temperature", ROOM, temperature=19)
    assert actions(sim)[-1][3] == {name: 19}
    await wait_until(hass, lambda: hass.states.get(ROOM).attributes["temperature"] == 19)
    await hass.config_entries.async_unload(entry.entry_id)


@BOTH
async def test_an_available_update_in_every_form(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    update = "binary_sensor.smarthome_update"
    forms = ((True, "on"), (False, "off"), ("1.2.34", "on"), ("", "off"), ("true", "on"), ("false", "off"))
    for value, shown in forms:
        sim.set_state("hub", updateAvailable=value)
        await wait_until(hass, partial(hass.states.is_state, update, shown))


@BOTH
async def test_a_temperature_without_decimals(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    def is_current(temperature: float) -> bool:
        return bool(hass.states.get(ROOM).attributes["current_temperature"] == pytest.approx(temperature))

    for value, shown in ((20, 20), (20.5, 20.5), ("21.5", 21.5)):
        sim.set_state("bath_climate.RoomTemperature", temperature=value)
        await wait_until(hass, partial(is_current, shown))
