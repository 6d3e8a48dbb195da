"""Exact requests of commands, and the errors of refused ones."""

from datetime import timedelta
from typing import Any

from homeassistant.components.light import DOMAIN as LIGHT
from homeassistant.components.scene import DOMAIN as SCENE
from homeassistant.components.switch import DOMAIN as SWITCH
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from simulators import DeconzSimulator
from simulators.deconz.world import make_light, make_sensor
from tests.common import set_up, wait_until
from tests.deconz.common import call, writes


@pytest.mark.parametrize(
    "action,data,body",
    [
        ("turn_on", {}, {"on": True}),
        ("turn_on", {"brightness": 255}, {"on": True, "bri": 254}),
        ("turn_on", {"brightness": 100, "transition": 2}, {"on": True, "bri": 100, "transitiontime": 20}),
        ("turn_on", {"color_temp_kelvin": 4000}, {"on": True, "ct": 250}),
        ("turn_on", {"xy_color": [0.3, 0.4]}, {"on": True, "xy": [0.3, 0.4]}),
        ("turn_on", {"hs_color": [120, 50]}, {"on": True, "hue": 21845, "sat": 128}),
        ("turn_on", {"effect": "colorloop"}, {"on": True, "effect": "colorloop"}),
        ("turn_on", {"effect": "off"}, {"on": True, "effect": "none"}),
        ("turn_on", {"flash": "short"}, {"on": True, "alert": "select"}),
        ("turn_on", {"flash": "long"}, {"on": True, "alert": "lselect"}),
        ("turn_off", {}, {"on": False}),
        ("turn_off", {"transition": 1}, {"on": False, "transitiontime": 10, "bri": 0}),
        ("turn_off", {"flash": "short"}, {"on": False, "alert": "select"}),
    ],
)
async def test_light(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    entry: ConfigEntry[Any],
    action: str,
    data: dict[str, Any],
    body: dict[str, Any],
) -> None:
    sim.set_light("ceiling", on=True)
    number = sim.resolve("lights", "ceiling")
    await call(hass, LIGHT, action, "light.wohnzimmer_decke", **data)
    assert writes(sim) == [(f"/lights/{number}/state", body)]


async def test_the_state_follows_the_command(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    await call(hass, LIGHT, "turn_on", "light.wohnzimmer_decke", brightness=42)
    await wait_until(hass, lambda: hass.states.get("light.wohnzimmer_decke").attributes.get("brightness") == 42)


async def test_group_switch_and_scene(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    await call(hass, LIGHT, "turn_on", "light.wohnzimmer", brightness=99)
    await call(hass, SWITCH, "turn_on", "switch.steckdose_garten")
    await call(hass, SWITCH, "turn_off", "switch.steckdose_garten")
    await call(hass, SCENE, "turn_on", "scene.wohnzimmer_kino")
    plug = sim.resolve("lights", "plug_out")
    scene = next(item["id"] for item in sim.world["groups"]["1"]["scenes"] if item["name"] == "Kino")
    assert writes(sim) == [
        ("/groups/1/action", {"on": True, "bri": 99}),
        (f"/lights/{plug}/state", {"on": True}),
        (f"/lights/{plug}/state", {"on": False}),
        (f"/groups/1/scenes/{scene}/recall", {}),
    ]
    await wait_until(hass, lambda: hass.states.is_state("switch.steckdose_garten", "off"))


async def test_an_unreachable_device_is_named(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    with sim.lose_frames():
        sim.set_reachable("lights", "ceiling", False)
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, LIGHT, "turn_on", "light.wohnzimmer_decke")
    assert raised.value.translation_key == "device_unreachable"


@pytest.mark.parametrize("status,key", [(403, "invalid_auth"), (429, "not_ready"), (500, "cannot_connect")])
async def test_a_refusal_by_the_gateway_is_reported(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    entry: ConfigEntry[Any],
    status: int,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("custom_components.pushwire.vendors.deconz.api.client._RETRY_PAUSE", 0)
    sim.refuse(status)
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, LIGHT, "turn_on", "light.wohnzimmer_decke")
    assert raised.value.translation_key == key


async def test_a_request_to_a_busy_gateway_is_repeated(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.pushwire.vendors.deconz.api.client._RETRY_PAUSE", 0)
    sim.refuse(503, times=2)
    await call(hass, LIGHT, "turn_on", "light.wohnzimmer_decke")
    await wait_until(hass, lambda: hass.states.is_state("light.wohnzimmer_decke", "on"))


BLIND = "cover.jalousie"
FAN = "fan.ventilator"
BATH = "climate.thermostat_bad"


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize(
    "action,entity_id,data,path,body",
    [
        ("open_cover", BLIND, {}, "lights/blind/state", {"open": True}),
        ("close_cover", BLIND, {}, "lights/blind/state", {"open": False}),
        ("stop_cover", BLIND, {}, "lights/blind/state", {"stop": True}),
        ("set_cover_position", BLIND, {"position": 30}, "lights/blind/state", {"lift": 70}),
        ("open_cover_tilt", BLIND, {}, "lights/blind/state", {"tilt": 0}),
        ("close_cover_tilt", BLIND, {}, "lights/blind/state", {"tilt": 100}),
        ("set_cover_tilt_position", BLIND, {"tilt_position": 25}, "lights/blind/state", {"tilt": 75}),
        ("lock", "lock.haustur", {}, "lights/door/state", {"on": True}),
        ("unlock", "lock.haustur", {}, "lights/door/state", {"on": False}),
        ("lock", "lock.nebentur", {}, "sensors/lock/config", {"lock": True}),
        ("unlock", "lock.nebentur", {}, "sensors/lock/config", {"lock": False}),
        ("turn_on", "siren.sirene", {}, "lights/siren/state", {"alert": "lselect"}),
        ("turn_on", "siren.sirene", {"duration": 20}, "lights/siren/state", {"alert": "lselect", "ontime": 20}),
        ("turn_on", "siren.sirene", {"tone": "chirp"}, "lights/siren/state", {"alert": "select"}),
        ("turn_off", "siren.sirene", {}, "lights/siren/state", {"alert": "none"}),
        ("turn_on", FAN, {}, "lights/fan/state", {"speed": 2}),
        ("turn_on", FAN, {"percentage": 100}, "lights/fan/state", {"speed": 4}),
        ("turn_on", FAN, {"preset_mode": "auto"}, "lights/fan/state", {"speed": 5}),
        ("turn_off", FAN, {}, "lights/fan/state", {"speed": 0}),
        ("set_percentage", FAN, {"percentage": 25}, "lights/fan/state", {"speed": 1}),
        ("set_percentage", FAN, {"percentage": 0}, "lights/fan/state", {"speed": 0}),
        ("set_preset_mode", FAN, {"preset_mode": "comfort_breeze"}, "lights/fan/state", {"speed": 6}),
        ("set_temperature", BATH, {"temperature": 20.5}, "sensors/thermostat/config", {"heatsetpoint": 2050}),
        (
            "set_temperature",
            BATH,
            {"temperature": 19, "hvac_mode": "heat"},
            "sensors/thermostat/config",
            {"mode": "heat", "heatsetpoint": 1900},
        ),
        ("set_hvac_mode", BATH, {"hvac_mode": "heat"}, "sensors/thermostat/config", {"mode": "heat"}),
        ("turn_off", BATH, {}, "sensors/thermostat/config", {"mode": "off"}),
        ("turn_on", BATH, {}, "sensors/thermostat/config", {"mode": "auto"}),
        (
            "set_value",
            "number.klima_bad_temperature_offset",
            {"value": -1.5},
            "sensors/temperature/config",
            {"offset": -150},
        ),
        ("set_value", "number.bewegung_flur_delay", {"value": 30}, "sensors/motion/config", {"delay": 30}),
        ("turn_on", "switch.thermostat_bad_child_lock", {}, "sensors/thermostat/config", {"locked": True}),
        ("turn_off", "switch.luftreiniger_led_indication", {}, "sensors/purifier/config", {"ledindication": False}),
        (
            "select_option",
            "select.wohnzimmer_decke_power_on_behavior",
            {"option": "off"},
            "lights/ceiling/config",
            {"on": {"startup": False}},
        ),
        (
            "select_option",
            "select.prasenz_wohnzimmer_trigger_distance",
            {"option": "near"},
            "sensors/presence/config",
            {"triggerdistance": "near"},
        ),
    ],
)
async def test_command(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    entry: ConfigEntry[Any],
    action: str,
    entity_id: str,
    data: dict[str, Any],
    path: str,
    body: dict[str, Any],
) -> None:
    await call(hass, entity_id.partition(".")[0], action, entity_id, **data)
    kind, key, section = path.split("/")
    assert writes(sim) == [(f"/{kind}/{sim.resolve(kind, key)}/{section}", body)]


async def test_a_cover_of_an_older_gateway(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    state = {"on": False, "bri": 64, "sat": 254, "reachable": True}
    number = sim.add("lights", make_light(70, "Alt", "Window covering controller", state))
    odd = {"open": None, "lift": "50", "tilt": None, "reachable": True}
    sim.add("lights", make_light(71, "Neu", "Level controllable output", odd))
    entry = await set_up(hass, sim)
    shown = hass.states.get("cover.alt")
    assert (shown.state, shown.attributes["device_class"]) == ("open", "shade")
    assert (shown.attributes["current_position"], shown.attributes["current_tilt_position"]) == (75, 0)
    damper = hass.states.get("cover.neu")
    assert (damper.state, damper.attributes["device_class"]) == ("open", "damper")
    assert damper.attributes["current_position"] == 50
    await call(hass, "cover", "open_cover", "cover.alt")
    await call(hass, "cover", "close_cover", "cover.alt")
    await call(hass, "cover", "set_cover_position", "cover.alt", position=50)
    await call(hass, "cover", "set_cover_tilt_position", "cover.alt", tilt_position=50)
    await call(hass, "cover", "stop_cover", "cover.alt")
    bodies = [body for path, body in writes(sim) if path == f"/lights/{number}/state"]
    assert bodies == [{"on": False}, {"on": True}, {"bri": 127}, {"sat": 127}, {"bri_inc": 0}]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_siren_sounds_for_the_given_duration(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    assert hass.states.is_state("siren.sirene", "off")
    for data, seconds in (({"duration": 20}, 20), ({}, 300)):
        await call(hass, "siren", "turn_on", "siren.sirene", **data)
        assert hass.states.is_state("siren.sirene", "on")
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds - 2))
        assert hass.states.is_state("siren.sirene", "on")
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds + 2))
        await wait_until(hass, lambda: hass.states.is_state("siren.sirene", "off"))
    await call(hass, "siren", "turn_on", "siren.sirene")
    await call(hass, "siren", "turn_off", "siren.sirene")
    assert hass.states.is_state("siren.sirene", "off")


async def test_speed_and_presets_of_a_fan(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    expected = {0: (0, None), 1: (25, None), 4: (100, None), 5: (None, "auto"), 6: (None, "comfort_breeze")}
    for speed, shown in expected.items():
        sim.set_light("fan", speed=speed)
        await wait_until(hass, lambda: fan_shows(hass) == shown)  # noqa: B023
    sim.set_light("fan", speed="fast")
    await wait_until(hass, lambda: fan_shows(hass) == (None, None))


def fan_shows(hass: HomeAssistant) -> tuple[int | None, str | None]:
    """Return the percentage and the preset of the fan."""
    attributes = hass.states.get(FAN).attributes
    return attributes["percentage"], attributes["preset_mode"]


async def test_state_of_locks(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    for word, shown in (("unlocked", "unlocked"), ("not fully locked", "jammed"), ("undefined", "unknown")):
        sim.set_sensor_state("lock", lockstate=word)
        await wait_until(hass, lambda: hass.states.is_state("lock.nebentur", shown))  # noqa: B023
    sim.set_light("door", on=False)
    await wait_until(hass, lambda: hass.states.is_state("lock.haustur", "unlocked"))


async def test_odd_devices_and_devices_with_many_resources(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    ceiling_fan = {"on": True, "bri": 9, "speed": 1, "reachable": True}
    sim.add("lights", make_light(73, "Deckenventilator", "Dimmable light", ceiling_fan))
    sim.add("lights", make_light(74, "Ohne Stufen", "Fan", {"on": True, "reachable": True}))
    sim.add("lights", make_light(75, "Ohne alles", "Window covering device", {"reachable": True}))
    for endpoint in ("01", "02"):
        relay = make_light(72, "Relais", "On/Off output", {"on": False, "reachable": True})
        probe = make_sensor(72, "Relais", "ZHATemperature", "0402", {"temperature": 2000})
        identifier = relay["uniqueid"].partition("-")[0]
        sim.add("lights", {**relay, "name": f"Relais {endpoint}", "uniqueid": f"{identifier}-{endpoint}"})
        sim.add("sensors", {**probe, "uniqueid": f"{identifier}-{endpoint}-0402"})
    entry = await set_up(hass, sim)
    names = {hass.states.get(entity_id).name for entity_id in hass.states.async_entity_ids() if "relais" in entity_id}
    assert hass.states.get("fan.deckenventilator_fan") is not None
    assert hass.states.get("light.deckenventilator") is not None
    assert hass.states.is_state("cover.ohne_alles", "unknown")
    assert {"Relais 01 Relais 02", "Relais 01 Temperature 1", "Relais 01 Temperature 2"} <= names
    await hass.config_entries.async_unload(entry.entry_id)


async def test_an_air_conditioner(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    config = {
        "heatsetpoint": 2000,
        "coolsetpoint": 2600,
        "mode": "cool",
        "preset": "turbo",
        "fanmode": "low",
        "swingmode": "half open",
        "controlsequence": 4,
    }
    number = sim.add(
        "sensors", make_sensor(80, "Klima", "ZHAThermostat", "0201", {"on": True, "temperature": 2210}, config=config)
    )
    entry = await set_up(hass, sim)
    shown = hass.states.get("climate.klima")
    assert shown.state == "cool"
    wanted = {
        "hvac_modes": ["off", "heat", "cool", "heat_cool"],
        "hvac_action": "cooling",
        "temperature": 26,
        "current_temperature": 22.1,
        "preset_mode": "turbo",
        "fan_mode": "low",
        "swing_mode": "half_open",
        "min_temp": 7,
        "max_temp": 35,
    }
    assert {key: shown.attributes[key] for key in wanted} == wanted
    await call(hass, "climate", "set_temperature", "climate.klima", temperature=25)
    await call(hass, "climate", "set_preset_mode", "climate.klima", preset_mode="eco")
    await call(hass, "climate", "set_fan_mode", "climate.klima", fan_mode="high")
    await call(hass, "climate", "set_swing_mode", "climate.klima", swing_mode="fully_open")
    await call(hass, "climate", "set_temperature", "climate.klima", temperature=21, hvac_mode="heat")
    path = f"/sensors/{number}/config"
    assert writes(sim) == [
        (path, {"coolsetpoint": 2500}),
        (path, {"preset": "eco"}),
        (path, {"fanmode": "high"}),
        (path, {"swingmode": "fully open"}),
        (path, {"mode": "heat", "heatsetpoint": 2100}),
    ]
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "state,config,shown,action,modes",
    [
        ({"on": False}, {"heatsetpoint": 2000, "on": True}, "heat", "idle", ["heat"]),
        ({"heating": True}, {"heatsetpoint": 2000, "on": False}, "heat", "heating", ["heat"]),
        ({"heating": True}, {"heatsetpoint": "2000", "on": ...}, "heat", "heating", ["heat"]),
        ({}, {"heatsetpoint": None, "coolsetpoint": 2500, "controlsequence": 0, "on": ...}, "cool", None, ["cool"]),
        ({"on": True}, {"heatsetpoint": 2000, "mode": "dry"}, "dry", "drying", ["off", "heat", "auto", "dry"]),
        ({"on": True}, {"heatsetpoint": 2000, "mode": "dancing"}, "heat", "heating", ["off", "heat", "auto"]),
        ({"on": None}, {"heatsetpoint": 2000, "mode": 5, "preset": 7}, "unknown", None, ["off", "heat", "auto"]),
    ],
)
async def test_thermostats_of_every_kind(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    state: dict[str, Any],
    config: dict[str, Any],
    shown: str,
    action: str | None,
    modes: list[str],
) -> None:
    sim.add("sensors", make_sensor(81, "Heizung", "ZHAThermostat", "0201", state, config=config))
    entry = await set_up(hass, sim)
    climate = hass.states.get("climate.heizung")
    assert (climate.state, climate.attributes.get("hvac_action"), climate.attributes["hvac_modes"]) == (
        shown,
        action,
        modes,
    )
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_enabled")
async def test_settings_follow_the_device(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    assert hass.states.get("number.waschmaschine_sensitivity").attributes["max"] == 21
    select = "select.schreibtisch_power_on_behavior"
    assert hass.states.is_state(select, "previous")
    for startup, shown in ((True, "on"), ("odd", "unknown"), (False, "off"), ([], "unknown")):
        frame = {"t": "event", "e": "changed", "r": "lights", "id": sim.resolve("lights", "desk")}
        sim.push({**frame, "config": {"on": {"startup": startup}}})
        await wait_until(hass, lambda: hass.states.is_state(select, shown))  # noqa: B023
    sim.set_sensor_config("temperature", offset="odd")
    await wait_until(hass, lambda: hass.states.is_state("number.klima_bad_temperature_offset", "unknown"))
