"""Raw writes to resources."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
import voluptuous as vol

from custom_components.pushwire.const import DOMAIN
from simulators import DeconzSimulator, ElementSimulator
from tests.common import set_up

LIGHT, GROUP = "light.wohnzimmer_decke", "light.wohnzimmer"


async def write(hass: HomeAssistant, entity_id: str, data: dict[str, Any], section: str = "") -> None:
    """Call the action."""
    options = {"section": section} if section else {}
    await hass.services.async_call(DOMAIN, "write", {"entity_id": entity_id, "data": data, **options}, blocking=True)


@pytest.mark.parametrize(
    "entity_id,section,data,path",
    [
        (LIGHT, "", {"bri_inc": 20, "transitiontime": 4}, "lights/ceiling/state"),
        (LIGHT, "state", {"ct_inc": -10}, "lights/ceiling/state"),
        (LIGHT, "", {"on": True, "ontime": 100}, "lights/ceiling/state"),
        (LIGHT, "", {"effect": "colorloop", "colorloopspeed": 30}, "lights/ceiling/state"),
        (LIGHT, "", {"bri_inc": 20, "wrap": True}, "lights/ceiling/state"),
        *((LIGHT, "", {"alert": word}, "lights/ceiling/state") for word in ("blink", "breathe", "okay", "finish")),
        (LIGHT, "config", {"bri": {"startup": 200}}, "lights/ceiling/config"),
        (LIGHT, "attr", {"name": "Decke"}, "lights/ceiling"),
        (GROUP, "", {"toggle": True}, "groups/1/action"),
        (GROUP, "", {"bri": "stop"}, "groups/1/action"),
        (GROUP, "action", {"bri_inc": -30}, "groups/1/action"),
        (GROUP, "", {"ct_inc": 20, "wrap": True}, "groups/1/action"),
        (GROUP, "", {"on": True, "ontime": 50, "onoffcontrol": 1}, "groups/1/action"),
        (GROUP, "attr", {"hidden": True}, "groups/1"),
        ("cover.jalousie", "", {"lift_inc": 10}, "lights/blind/state"),
        ("sensor.klima_bad_temperature", "", {"offset": 50}, "sensors/temperature/config"),
        ("alarm_control_panel.phoscon_gw_alarm_system", "", {"armed_away_exit_delay": 5}, "alarmsystems/1/config"),
        ("alarm_control_panel.phoscon_gw_alarm_system", "", {"code0": "4321"}, "alarmsystems/1/config"),
        ("switch.phoscon_gw_permit_join", "", {"groupdelay": 60}, "config"),
    ],
)
async def test_raw_values_reach_the_gateway(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    entry: ConfigEntry[Any],
    entity_id: str,
    section: str,
    data: dict[str, Any],
    path: str,
) -> None:
    sim.set_light("ceiling", on=True)
    kind, _, rest = path.partition("/")
    key, _, tail = rest.partition("/")
    if kind in ("lights", "sensors"):
        path = "/".join(filter(None, (kind, sim.resolve(kind, key), tail)))
    await write(hass, entity_id, data, section)
    written = [(request.path, request.body) for request in sim.requests if request.method == "PUT"]
    assert written == [(f"/api/{sim.api_key}/{path}", data)]


@pytest.mark.parametrize(
    "entity_id,section,data,key",
    [
        (LIGHT, "action", {"on": True}, "not_supported"),
        (LIGHT, "../../config", {"on": True}, "not_supported"),
        ("switch.phoscon_gw_permit_join", "state", {"on": True}, "not_supported"),
        (LIGHT, "", {"shine": 5}, "not_supported"),
        (LIGHT, "", {"bri": 5000}, "invalid_value"),
        ("light.nowhere", "", {"on": True}, "write_unknown_entity"),
        ("binary_sensor.phoscon_gw_connection", "", {"on": True}, "resource_missing"),
    ],
)
async def test_refused_values(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    entry: ConfigEntry[Any],
    entity_id: str,
    section: str,
    data: dict[str, Any],
    key: str,
) -> None:
    sim.set_light("ceiling", on=True)
    with pytest.raises(HomeAssistantError) as raised:
        await write(hass, entity_id, data, section)
    assert raised.value.translation_key == key


async def test_empty_data_is_refused(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    with pytest.raises(vol.Invalid):
        await write(hass, LIGHT, {})


async def test_a_gateway_that_is_not_loaded(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(HomeAssistantError) as raised:
        await write(hass, LIGHT, {"on": True})
    assert raised.value.translation_key == "entry_not_loaded"
    await hass.config_entries.async_setup(entry.entry_id)


async def test_other_vendors_do_not_support_writing(hass: HomeAssistant) -> None:
    async with ElementSimulator() as simulator:
        entry = await set_up(hass, simulator)
        some = next(state.entity_id for state in hass.states.async_all("sensor"))
        with pytest.raises(HomeAssistantError) as raised:
            await write(hass, some, {"on": True})
        assert raised.value.translation_key == "not_supported"
        await hass.config_entries.async_unload(entry.entry_id)
