"""Expected values, timers, shutters, thermostats' settings and alerts."""

from datetime import timedelta
from typing import Any

from homeassistant.components.event import DOMAIN as EVENT
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_FRIENDLY_NAME, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.livisi.api.model import DEVICE_PROBLEMS, HUB_PROBLEMS, HUB_UPDATES
from custom_components.pushwire.vendors.livisi.binary_sensor import problem_key
from custom_components.pushwire.vendors.livisi.commands import CONFIRM_SECONDS
from custom_components.pushwire.vendors.livisi.cover import MOVEMENT_SECONDS
from custom_components.pushwire.vendors.livisi.sensor import estimated_lux
from simulators import LivisiSimulator
from tests.common import held_response, set_up, wait_until
from tests.livisi.test_commands import actions, call
from tests.livisi.test_events import watch
from tests.livisi.test_reported_faults import registered
from tests.livisi.test_resilience import advance

pytestmark = pytest.mark.usefixtures("quick_hub")
BOTH = pytest.mark.parametrize("version", ["v1", "v2"])

PLUG = "switch.kuche_kaffeemaschine"
LAMP = "light.wohnzimmer_deckenlampe"
HORN = "siren.flur_rauchmelder_horn"
COVER = "cover.wohnzimmer_rollladen"


def hub_device(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], key: str = "hub") -> str:
    """Return the registry ID of a device."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, sim.resolve(key)), entry.entry_id)
    assert device is not None
    return device.id


async def pushwire(hass: HomeAssistant, name: str, /, **data: Any) -> None:
    """Call an action of the integration."""
    await hass.services.async_call(DOMAIN, name, data, blocking=True)


# Expected values


@BOTH
async def test_a_command_without_an_event_is_confirmed_by_reading(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    with sim.lose_frames():
        await call(hass, "switch", "turn_on", PLUG)
    sim.sequence -= 1
    assert hass.states.is_state(PLUG, "on")
    seen = len(sim.requests)
    await advance(hass, CONFIRM_SECONDS + 1)
    capability = f"/capability/{sim.resolve('coffee.SwitchActuator')}/state"
    await sim.wait_request(lambda request: request.path == capability, since=seen)
    assert hass.states.is_state(PLUG, "on")


@BOTH
async def test_a_command_that_had_no_effect_is_corrected(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.refuse(200, times=1, path="/action", body={"resultCode": "Success"})
    await call(hass, "switch", "turn_on", PLUG)
    assert hass.states.is_state(PLUG, "on")
    await advance(hass, CONFIRM_SECONDS + 1)
    await wait_until(hass, lambda: hass.states.is_state(PLUG, "off"))


@BOTH
async def test_an_older_value_does_not_undo_a_command(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    states = watch(hass, PLUG)
    with sim.lose_frames():
        await call(hass, "switch", "turn_on", PLUG)
    sim.sequence -= 1
    source = f"/capability/{sim.resolve('coffee.SwitchActuator')}"
    sim.push_event("StateChanged", source, {"onState": False})
    sim.push_event("StateChanged", source, {"onState": True})
    sim.set_state("spots.SwitchActuator", onState=True)
    await wait_until(hass, lambda: hass.states.is_state("light.bad_spots", "on"))
    assert hass.states.is_state(PLUG, "on")
    assert len(states) == 1
    sim.set_state("coffee.SwitchActuator", onState=False)
    await wait_until(hass, lambda: hass.states.is_state(PLUG, "off"))


async def test_a_refused_command_changes_nothing(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.action_result = "UnexpectedFailure"
    with sim.lose_frames(), pytest.raises(HomeAssistantError, match="UnexpectedFailure"):
        await call(hass, "switch", "turn_on", PLUG)
    assert hass.states.is_state(PLUG, "off")


# Timers


TIMED = [
    (PLUG, "coffee.SwitchActuator", {}, "SwitchOnWithOffTimer", {}, {"onState": True}, {"onState": False}),
    ("light.bad_spots", "spots.SwitchActuator", {}, "SwitchOnWithOffTimer", {}, {"onState": True}, {"onState": False}),
    (
        LAMP,
        "ceiling.DimmerActuator",
        {"brightness": 51},
        "SoftSwitchWithOffTimer",
        {"dimLevel": 20, "rampOnTime": 0, "rampOffTime": 0},
        {"dimLevel": 20},
        {"dimLevel": 0},
    ),
]


@BOTH
@pytest.mark.parametrize("entity_id,capability,data,kind,params,on,off", TIMED)
async def test_turn_on_with_timer(
    hass: HomeAssistant,
    sim: LivisiSimulator,
    entry: ConfigEntry[Any],
    entity_id: str,
    capability: str,
    data: dict[str, Any],
    kind: str,
    params: dict[str, Any],
    on: dict[str, Any],
    off: dict[str, Any],
) -> None:
    await pushwire(hass, "turn_on_with_timer", entity_id=entity_id, duration={"minutes": 5}, **data)
    if sim.version == "v1":
        assert [(item[0], item[3]) for item in actions(sim)] == [(kind, {**params, "switchOffDelayTime": 3000})]
        return
    assert [(item[0], item[3]) for item in actions(sim)] == [("SetState", on)], "no unit of v2 is known"
    await wait_until(hass, lambda: hass.states.is_state(entity_id, "on"))
    await advance(hass, 299)
    assert len(actions(sim)) == 1
    await advance(hass, 301)
    await wait_until(hass, lambda: len(actions(sim)) == 2)
    assert actions(sim)[1][3] == off


async def test_the_timer_of_a_variable(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    await pushwire(hass, "turn_on_with_timer", entity_id="switch.urlaub", duration=60)
    await advance(hass, 61)
    await wait_until(hass, lambda: len(actions(sim)) == 2)
    assert [item[3] for item in actions(sim)] == [{"value": True}, {"value": False}]


@pytest.mark.parametrize("ends", ["command", "event"])
async def test_a_timer_ends_with_the_device(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], ends: str
) -> None:
    await pushwire(hass, "turn_on_with_timer", entity_id=PLUG, duration=60)
    if ends == "command":
        await call(hass, "switch", "turn_off", PLUG)
    else:
        sim.set_state("coffee.SwitchActuator", onState=False)
    await wait_until(hass, lambda: hass.states.is_state(PLUG, "off"))
    count = len(actions(sim))
    await call(hass, "switch", "turn_on", PLUG)
    await advance(hass, 61)
    await hass.async_block_till_done()
    assert len(actions(sim)) == count + 1
    assert not entry.runtime_data.off_timers.data_to_store()


async def test_a_timer_survives_a_restart(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    await pushwire(hass, "turn_on_with_timer", entity_id=PLUG, duration=60)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.is_state(PLUG, "on")
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=61))
    await wait_until(hass, lambda: hass.states.is_state(PLUG, "off"))
    assert not entry.runtime_data.off_timers.data_to_store()


async def test_a_timer_is_tried_again(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    await pushwire(hass, "turn_on_with_timer", entity_id=PLUG, duration=60)
    sim.refuse(503, times=1, path="/action")
    await advance(hass, 61)
    await wait_until(hass, lambda: bool(entry.runtime_data.frame_log.unknown["off timer hub_busy"]))
    await advance(hass, 80)
    await wait_until(hass, lambda: hass.states.is_state(PLUG, "off"))


async def test_a_timer_for_something_else(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await pushwire(hass, "turn_on_with_timer", entity_id="switch.bad_heizkorper_bad_child_lock", duration=60)
    assert refused.value.translation_key == "timer_not_supported"


@BOTH
async def test_the_horn_sounds_for_a_duration(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    await call(hass, "siren", "turn_on", HORN, duration=5)
    kind, _, _, params = actions(sim)[0]
    if sim.version == "v1":
        assert (kind, params) == ("SwitchOnWithOffTimer", {"switchOffDelayTime": 50})
        return
    assert (kind, params) == ("SetState", {"onState": True})
    await advance(hass, 6)
    await wait_until(hass, lambda: hass.states.is_state(HORN, "off"))


async def test_a_dimmer_returns_to_its_last_level_after_a_restart(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    await call(hass, "light", "turn_off", LAMP)
    await wait_until(hass, lambda: hass.states.is_state(LAMP, "off"))
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    await call(hass, "light", "turn_on", LAMP)
    assert actions(sim)[-1][3] == {"dimLevel": 60}


# Shutters


@BOTH
async def test_the_movement_of_a_shutter(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    with sim.lose_frames():
        await call(hass, "cover", "set_cover_position", COVER, position=40)
    sim.sequence -= 1
    assert hass.states.is_state(COVER, "closing")
    sim.set_state("shutter.RollerShutterActuator", shutterLevel=39)
    await wait_until(hass, lambda: hass.states.is_state(COVER, "open"))
    with sim.lose_frames():
        await call(hass, "cover", "open_cover", COVER)
    sim.sequence -= 1
    assert hass.states.is_state(COVER, "opening")
    await call(hass, "cover", "stop_cover", COVER)
    assert hass.states.is_state(COVER, "open")
    with sim.lose_frames():
        await call(hass, "cover", "close_cover", COVER)
    sim.sequence -= 1
    assert hass.states.is_state(COVER, "closing")
    await advance(hass, MOVEMENT_SECONDS + 1)
    assert hass.states.is_state(COVER, "open")


@BOTH
async def test_an_inverted_shutter(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    hass.config_entries.async_update_entry(
        entry, options={"inverted_shutters": [sim.resolve("shutter.RollerShutterActuator")]}
    )
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.is_state(COVER, "closed")
    await call(hass, "cover", "set_cover_position", COVER, position=30)
    await call(hass, "cover", "open_cover", COVER)
    assert [item[3] for item in actions(sim)] == [{"shutterLevel": 70}, {"shutterLevel": 0}]
    await wait_until(hass, lambda: hass.states.is_state(COVER, "open"))


@BOTH
async def test_the_buttons_of_a_shutter(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    for name, level in (("up", 100), ("down", 0)):
        await call(hass, "button", "press", f"button.wohnzimmer_rollladen_step_{name}")
        kind, _, _, params = actions(sim)[-1]
        assert kind == "SetStateWithBehavior"
        assert params == {"shutterLevel": level, "shutterControlBehavior": "Inverted", "stepDriveTime": 5}
    capability = sim.resolve("shutter.RollerShutterActuator")
    for key in ("start_calibration", "stop_calibration", "reset_calibration"):
        button = registered(hass, entry, capability, key)
        assert button is not None
        assert button.disabled_by is er.RegistryEntryDisabler.INTEGRATION


# Thermostats


@BOTH
async def test_settings_of_a_thermostat(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    ident = sim.resolve("bath_radiator.ThermostatActuator")
    before = dict(sim.world["capabilities"][ident])
    await call(hass, "switch", "turn_on", "switch.bad_heizkorper_bad_child_lock")
    await call(hass, "number", "set_value", "number.bad_heizkorper_bad_temperature_with_open_window", value=8.5)
    await call(
        hass,
        "select",
        "select_option",
        "select.bad_heizkorper_bad_displayed_temperature",
        option="target_temperature",
    )
    assert sim.world["capabilities"][ident] == {
        **before,
        "config": {
            **before["config"],
            "childLock": True,
            "windowOpenTemperature": 8.5,
            "displayCurrentTemperature": "TargetTemperature",
        },
    }
    assert hass.states.is_state("switch.bad_heizkorper_bad_child_lock", "on")
    assert hass.states.is_state("number.bad_heizkorper_bad_temperature_with_open_window", "8.5")
    await call(hass, "switch", "turn_on", "switch.bad_heizkorper_bad_child_lock")
    await call(hass, "select", "select_option", "select.bad_heizkorper_bad_mode", option="manual")
    await wait_until(hass, lambda: hass.states.is_state("select.bad_heizkorper_bad_mode", "manual"))


@BOTH
@pytest.mark.parametrize("kind", ["SaveConfigError", "CommitConfigError", "LicensingError"])
async def test_a_setting_that_the_hub_cannot_apply(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], kind: str
) -> None:
    path = f"/capability/{sim.resolve('bath_radiator.ThermostatActuator')}"
    async with held_response(sim, path) as is_held:
        writes = [
            hass.async_create_task(call(hass, "switch", f"turn_{value}", "switch.bad_heizkorper_bad_child_lock"))
            for value in ("on", "off")
        ]
        await wait_until(hass, is_held)
        assert len([request for request in sim.requests if request.path == path]) == 1, "one write at a time"
    await writes[0]
    await writes[1]
    sim.change_configuration = lambda **_entities: sim.push_event(  # type: ignore[method-assign]
        kind, sim.hub_link, {"errorReason": "Locked by the app", "configurationVersion": 779}
    )
    with pytest.raises(HomeAssistantError, match="Locked by the app") as refused:
        await call(hass, "switch", "turn_on", "switch.bad_heizkorper_bad_child_lock")
    assert refused.value.translation_key == "configuration_refused"
    assert hass.states.is_state("switch.bad_heizkorper_bad_child_lock", "off")


async def test_a_setting_that_the_hub_does_not_confirm(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.pushwire.vendors.livisi.commands.CONFIGURATION_SECONDS", 0.01)
    with sim.lose_frames(), pytest.raises(HomeAssistantError) as refused:
        await call(hass, "switch", "turn_on", "switch.bad_heizkorper_bad_child_lock")
    assert refused.value.translation_key == "configuration_unconfirmed"


async def test_a_climate_for_each_thermostat(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    hass.config_entries.async_update_entry(entry, options={"thermostat_climates": True})
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    climate = "climate.wohnzimmer_heizkorper"
    assert hass.states.get(climate).attributes["temperature"] == 21.5
    await call(hass, "climate", "set_temperature", climate, temperature=18)
    target = f"/capability/{sim.resolve('living_radiator.ThermostatActuator')}"
    assert [item[2:] for item in actions(sim)] == [(target, {"pointTemperature": 18})]


# Lights of the Hue driver


@pytest.fixture
async def hue(hass: HomeAssistant, sim: LivisiSimulator) -> Any:
    """Set up a hub whose ceiling light belongs to the Hue driver; yield its capability."""
    device, capability = sim.resolve("ceiling"), sim.resolve("ceiling.DimmerActuator")
    sim.world["devices"][device] |= {"type": "ExtendedColorLight", "product": "Hue.Philips"}
    sim.world["capabilities"][capability]["type"] = "HueActuator"
    state = {"onOff": True, "brightness": 40, "hue": 120, "saturation": 50, "colorTemperature": 250}
    sim.world["capability_states"][capability] = {name: {"value": value} for name, value in state.items()}
    entry = await set_up(hass, sim)
    yield capability
    await hass.config_entries.async_unload(entry.entry_id)


@BOTH
async def test_a_hue_light(hass: HomeAssistant, sim: LivisiSimulator, hue: str) -> None:
    state = hass.states.get(LAMP)
    assert state.state == "on"
    assert (state.attributes["brightness"], state.attributes["hs_color"]) == (102, (120.0, 50.0))
    assert state.attributes["supported_color_modes"] == ["color_temp", "hs"]
    sim.refuse(200, path="/action", body={"resultCode": "Success"})
    await call(hass, "light", "turn_on", LAMP, brightness=255, hs_color=[30, 80])
    await call(hass, "light", "turn_on", LAMP, color_temp_kelvin=2500)
    await call(hass, "light", "turn_off", LAMP)
    assert [item[3] for item in actions(sim)] == [
        {"hue": 30},
        {"saturation": 80},
        {"brightness": 100},
        {"onOff": True},
        {"colorTemperature": 400},
        {"onOff": True},
        {"onOff": False},
    ]
    assert {(item[0], item[2]) for item in actions(sim)} == {("SetState", f"/capability/{hue}")}


@pytest.mark.parametrize(
    "state,modes",
    [({"brightness": 40}, ["brightness"]), ({"brightness": 40, "colorTemperature": 3000}, ["color_temp"])],
)
async def test_a_hue_light_with_fewer_properties(
    hass: HomeAssistant, sim: LivisiSimulator, state: dict[str, Any], modes: list[str]
) -> None:
    device, capability = sim.resolve("ceiling"), sim.resolve("ceiling.DimmerActuator")
    sim.world["devices"][device] |= {"type": "ExtendedColorLight", "product": "Hue.Philips"}
    sim.world["capabilities"][capability]["type"] = "HueActuator"
    sim.world["capability_states"][capability] = {name: {"value": value} for name, value in state.items()}
    entry = await set_up(hass, sim)
    assert hass.states.get(LAMP).attributes["supported_color_modes"] == modes
    sim.refuse(200, path="/action", body={"resultCode": "Success"})
    await call(hass, "light", "turn_on", LAMP)
    await call(hass, "light", "turn_off", LAMP)
    assert [item[3] for item in actions(sim)] == [{"brightness": 100}, {"brightness": 0}]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_hue_light_that_the_hub_does_not_control(hass: HomeAssistant, sim: LivisiSimulator, hue: str) -> None:
    with pytest.raises(HomeAssistantError, match="not supported"):
        await call(hass, "light", "turn_off", LAMP)
    assert hass.states.is_state(LAMP, "on")


# Alerts


@BOTH
@pytest.mark.parametrize("kind", DEVICE_PROBLEMS)
async def test_problems_of_a_device(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], kind: str
) -> None:
    ident = sim.create_message(kind, "coffee")
    await wait_until(hass, lambda: registered(hass, entry, sim.resolve("coffee"), problem_key(kind)) is not None)
    problem = registered(hass, entry, sim.resolve("coffee"), problem_key(kind))
    assert problem is not None
    await wait_until(hass, lambda: hass.states.is_state(problem.entity_id, "on"))
    assert hass.states.get(problem.entity_id).attributes[ATTR_FRIENDLY_NAME] != "Kaffeemaschine Problem"
    sim.delete_message(ident)
    await wait_until(hass, lambda: hass.states.is_state(problem.entity_id, "off"))
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.is_state(problem.entity_id, "off")


@BOTH
async def test_problems_of_the_hub(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    problem = "binary_sensor.smarthome_problem"
    sim.create_message("ShcNoConnectionToBackend")
    sim.set_state("coffee.SwitchActuator", onState=True)
    await wait_until(hass, lambda: hass.states.is_state(PLUG, "on"))
    assert hass.states.is_state(problem, "off"), "the cloud is gone for good"
    for kind in sorted(HUB_PROBLEMS):
        ident = sim.create_message(kind)
        await wait_until(hass, lambda: hass.states.is_state(problem, "on"))
        assert hass.states.get(problem).attributes["problems"] == [kind]
        sim.delete_message(ident)
        await wait_until(hass, lambda: hass.states.is_state(problem, "off"))


@BOTH
@pytest.mark.parametrize(
    "kind,key,entity_id",
    [
        ("SmokeDetected", "smoke", "binary_sensor.flur_rauchmelder_smoke"),
        ("DeviceFreeze", "living_wall", "binary_sensor.wohnzimmer_wandthermostat_frost_warning"),
        ("DeviceMold", "living_wall", "binary_sensor.wohnzimmer_wandthermostat_mold_warning"),
        *((kind, None, "binary_sensor.smarthome_update") for kind in sorted(HUB_UPDATES)),
    ],
)
async def test_alerts_feed_the_entities_that_exist(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], kind: str, key: str | None, entity_id: str
) -> None:
    ident = sim.create_message(kind, key)
    await wait_until(hass, lambda: hass.states.is_state(entity_id, "on"))
    sim.delete_message(ident)
    await wait_until(hass, lambda: not hass.states.is_state(entity_id, "on"))


# Options


@pytest.mark.parametrize("luminance,lux", [(0, 0), (25, 9), (50, 99), (100, 9999), (101, None), ("NaN", None)])
def test_the_estimate_in_lux(luminance: Any, lux: int | None) -> None:
    assert estimated_lux(luminance) == lux


async def test_options(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    hass.config_entries.async_update_entry(
        entry,
        options={
            "estimated_lux": True,
            "motion_hold": 5,
            "as_light": [sim.resolve("coffee.SwitchActuator")],
            "as_switch": [sim.resolve("spots.SwitchActuator")],
        },
    )
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.is_state("sensor.flur_bewegung_flur_estimated_illuminance", "29")
    assert hass.states.is_state("light.kuche_kaffeemaschine", "off")
    assert hass.states.is_state("switch.bad_spots", "off")
    sim.detect_motion("hall_motion.MotionDetectionSensor")
    motion = "binary_sensor.flur_bewegung_flur_motion"
    await wait_until(hass, lambda: hass.states.is_state(motion, "on"))
    await advance(hass, 6)
    assert hass.states.is_state(motion, "off")


# Scenarios, messages, raw actions, new devices


@BOTH
async def test_scenarios(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    await call(hass, "button", "press", "button.smarthome_abendlicht")
    hub = f"/device/{sim.resolve('hub')}"
    assert actions(sim) == [("TriggerRule", "core.RWE", hub, {"ruleId": sim.resolve("rule.evening")})]
    scenario = sim.world["interactions"][sim.resolve("interaction.evening")]
    scenario["name"] = "Nachtlicht"
    second = {**scenario, "id": "2" * 32, "rules": [{"id": "a"}, {"id": "b"}]}
    sim.world["interactions"][second["id"]] = second
    sim.change_configuration(interactions=[scenario, second])
    await wait_until(
        hass,
        lambda: (
            (state := hass.states.get("button.smarthome_abendlicht")) is not None
            and state.attributes[ATTR_FRIENDLY_NAME] == "SmartHome Nachtlicht 1"
        ),
    )
    await wait_until(hass, lambda: hass.states.get("button.smarthome_nachtlicht_2") is not None)
    sim.action_result = "UnexpectedFailure"
    with pytest.raises(HomeAssistantError, match="UnexpectedFailure"):
        await call(hass, "button", "press", "button.smarthome_nachtlicht_2")
    assert [item[3] for item in actions(sim)[1:]] == [{"ruleId": "a"}, {"ruleId": "b"}]
    del sim.world["interactions"][second["id"]]
    sim.change_configuration(deleted=[f"/interaction/{second['id']}"])
    await wait_until(hass, lambda: hass.states.get("button.smarthome_nachtlicht_2") is None)


@BOTH
async def test_messages(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    hub = hub_device(hass, sim, entry)
    unread = "sensor.smarthome_unread_messages"
    first, second, third = (sim.create_message("RuleExecutionFailed") for _ in range(3))
    await wait_until(hass, lambda: hass.states.is_state(unread, "3"))
    await pushwire(hass, "mark_message_read", device_id=hub, message_id=first)
    await wait_until(hass, lambda: hass.states.is_state(unread, "2"))
    await pushwire(hass, "delete_message", device_id=hub, message_id=second)
    await wait_until(hass, lambda: hass.states.is_state(unread, "1"))
    assert second not in sim.world["messages"]
    await call(hass, "button", "press", "button.smarthome_mark_all_messages_as_read")
    await wait_until(hass, lambda: hass.states.is_state(unread, "0"))
    assert sim.world["messages"][third]["read"]
    for action in ("mark_message_read", "delete_message"):
        with pytest.raises(HomeAssistantError) as refused:
            await pushwire(hass, action, device_id=hub, message_id="../device")
        assert refused.value.translation_key == "message_not_found"


@BOTH
async def test_a_raw_action(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    sim.set_state("coffee", isReachable=False)
    await wait_until(hass, lambda: hass.states.is_state(PLUG, STATE_UNAVAILABLE))
    plug = f"/capability/{sim.resolve('coffee.SwitchActuator')}"
    data = {
        "device_id": hub_device(hass, sim, entry, "coffee"),
        "action": "SetState",
        "target": plug,
        "params": {"onState": True},
    }
    answer = await hass.services.async_call(DOMAIN, "perform_action", data, blocking=True, return_response=True)
    assert answer == {"result_code": "Success", "properties": {}}
    assert actions(sim) == [("SetState", "core.RWE", plug, {"onState": True})]
    await pushwire(hass, "perform_action", device_id=hub_device(hass, sim, entry), action="GetLocalAccessState")
    assert actions(sim)[-1][2] == f"/device/{sim.resolve('hub')}"
    await pushwire(
        hass,
        "perform_action",
        device_id=hub_device(hass, sim, entry),
        action="Toggle",
        namespace="VariableActuator.RWE",
        target=f"/capability/{sim.resolve('holiday.BooleanStateActuator')}",
    )
    assert actions(sim)[-1][1] == "VariableActuator.RWE"


@pytest.mark.parametrize(
    "action",
    [
        "FactoryReset",
        "factoryreset",
        " FACTORYRESET ",
        "DeleteAllDevices",
        "deletealldevices",
        "Factory\u200bReset",
        "\uff26actoryReset",
        "FactoryRe\u017fet",
        "Factory Reset",
    ],
)
async def test_a_dangerous_action_is_never_sent(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], action: str
) -> None:
    with pytest.raises(HomeAssistantError) as refused:
        await pushwire(hass, "perform_action", device_id=hub_device(hass, sim, entry), action=action)
    assert refused.value.translation_key == "action_forbidden"
    assert not actions(sim)


@BOTH
async def test_a_found_device_is_accepted(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    hub = hub_device(hass, sim, entry)
    found = watch(hass, f"{EVENT}.smarthome_found_devices")
    await call(hass, "switch", "turn_on", "switch.smarthome_device_discovery")
    await wait_until(hass, lambda: len(found) == 1)
    ident = found[0]["device_id"]
    body = sim.world["found"][ident]
    await pushwire(hass, "accept_device", device_id=hub, found_id=ident, name="Gäste da")
    request = next(request for request in sim.requests if request.method == "POST" and request.path == "/device")
    assert request.body == {**body, "config": {**body["config"], "name": "Gäste da"}}
    await wait_until(hass, lambda: hass.states.is_state("switch.gaste_da", "off"))
    with pytest.raises(HomeAssistantError) as refused:
        await pushwire(hass, "accept_device", device_id=hub, found_id=ident)
    assert refused.value.translation_key == "found_device_unknown"
