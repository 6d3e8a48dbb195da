"""Commands as they reach the hub, and the errors that a person sees."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.pushwire.const import DOMAIN
from simulators import LivisiSimulator
from tests.common import wait_until


async def call(hass: HomeAssistant, domain: str, action: str, entity_id: str, **data: Any) -> None:
    """Call an action of Home Assistant for an entity."""
    await hass.services.async_call(domain, action, {"entity_id": entity_id, **data}, blocking=True)


def actions(sim: LivisiSimulator) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Return type, namespace, target and parameters of each action that the hub received."""
    received = []
    for request in sim.requests:
        if request.path == "/action":
            body = request.body
            assert len(body["id"]) == 32
            assert request.headers["Content-Type"] == "application/json"
            assert all(param["type"] == "Constant" for param in body["params"].values())
            params = {name: param["value"] for name, param in body["params"].items()}
            received.append((body["type"], body["namespace"], body["target"], params))
    return received


SET = "SetState"
CASES = [
    ("switch", "turn_on", "switch.kuche_kaffeemaschine", {}, "coffee.SwitchActuator", SET, {"onState": True}),
    ("switch", "turn_off", "switch.terrasse_brunnen", {}, "fountain.SwitchActuator", SET, {"onState": False}),
    ("switch", "turn_on", "switch.urlaub", {}, "holiday.BooleanStateActuator", SET, {"value": True}),
    ("light", "turn_on", "light.bad_spots", {}, "spots.SwitchActuator", SET, {"onState": True}),
    ("light", "turn_off", "light.bad_spots", {}, "spots.SwitchActuator", SET, {"onState": False}),
    ("light", "turn_on", "light.schlafzimmer_nachtlicht", {}, "bedside.DimmerActuator", SET, {"dimLevel": 100}),
    ("light", "turn_on", "light.wohnzimmer_deckenlampe", {}, "ceiling.DimmerActuator", SET, {"dimLevel": 60}),
    (
        "light",
        "turn_on",
        "light.wohnzimmer_deckenlampe",
        {"brightness": 51},
        "ceiling.DimmerActuator",
        SET,
        {"dimLevel": 20},
    ),
    (
        "light",
        "turn_on",
        "light.wohnzimmer_deckenlampe",
        {"brightness": 1},
        "ceiling.DimmerActuator",
        SET,
        {"dimLevel": 1},
    ),
    ("light", "turn_off", "light.wohnzimmer_deckenlampe", {}, "ceiling.DimmerActuator", SET, {"dimLevel": 0}),
    (
        "cover",
        "close_cover",
        "cover.wohnzimmer_rollladen",
        {},
        "shutter.RollerShutterActuator",
        SET,
        {"shutterLevel": 0},
    ),
    (
        "cover",
        "open_cover",
        "cover.wohnzimmer_rollladen",
        {},
        "shutter.RollerShutterActuator",
        SET,
        {"shutterLevel": 100},
    ),
    (
        "cover",
        "set_cover_position",
        "cover.wohnzimmer_rollladen",
        {"position": 40},
        "shutter.RollerShutterActuator",
        SET,
        {"shutterLevel": 40},
    ),
    ("siren", "turn_on", "siren.flur_sirene", {}, "siren.SirenActuator", SET, {"activeChannel": "Alarm"}),
    (
        "siren",
        "turn_on",
        "siren.flur_sirene",
        {"tone": "notification"},
        "siren.SirenActuator",
        SET,
        {"activeChannel": "Notification"},
    ),
    (
        "siren",
        "turn_on",
        "siren.flur_sirene",
        {"tone": "feedback", "duration": 5},
        "siren.SirenActuator",
        "ActivateSiren",
        {"channel": "Feedback", "offTimer": 5000},
    ),
    (
        "siren",
        "turn_on",
        "siren.flur_sirene",
        {"duration": 600},
        "siren.SirenActuator",
        "ActivateSiren",
        {"channel": "Alarm", "offTimer": 120_000},
    ),
    ("siren", "turn_off", "siren.flur_sirene", {}, "siren.SirenActuator", SET, {"activeChannel": "None"}),
    ("siren", "turn_on", "siren.flur_rauchmelder_horn", {}, "smoke.AlarmActuator", SET, {"onState": True}),
    ("siren", "turn_off", "siren.flur_rauchmelder_horn", {}, "smoke.AlarmActuator", SET, {"onState": False}),
    (
        "climate",
        "set_temperature",
        "climate.bad_bad",
        {"temperature": 22.5},
        "bath_climate.RoomSetpoint",
        SET,
        {"setpointTemperature": 22.5},
    ),
    (
        "climate",
        "set_hvac_mode",
        "climate.bad_bad",
        {"hvac_mode": "heat"},
        "bath_radiator.ThermostatActuator",
        SET,
        {"operationMode": "Manu"},
    ),
]


@pytest.mark.parametrize("domain,action,entity_id,data,target,kind,params", CASES)
async def test_action(
    hass: HomeAssistant,
    sim: LivisiSimulator,
    entry: ConfigEntry[Any],
    domain: str,
    action: str,
    entity_id: str,
    data: dict[str, Any],
    target: str,
    kind: str,
    params: dict[str, Any],
) -> None:
    await call(hass, domain, action, entity_id, **data)
    assert actions(sim) == [(kind, "core.RWE", f"/capability/{sim.resolve(target)}", params)]


@pytest.mark.parametrize("version", ["v1"])
async def test_v1_has_another_name_for_the_setpoint_of_a_room(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    await call(hass, "climate", "set_temperature", "climate.bad_bad", temperature=19)
    target = f"/capability/{sim.resolve('bath_climate.RoomSetpoint')}"
    assert actions(sim) == [(SET, "core.RWE", target, {"pointTemperature": 19})]
    await wait_until(hass, lambda: hass.states.get("climate.bad_bad").attributes["temperature"] == 19)


@pytest.mark.parametrize("version,name", [("v1", "pointTemperature"), ("v2", "setpointTemperature")])
async def test_a_room_without_a_setpoint(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], name: str
) -> None:
    room = entry.runtime_data.model.capabilities[sim.resolve("bath_climate.RoomSetpoint")]
    room.state.clear()
    await call(hass, "climate", "set_temperature", "climate.bad_bad", temperature=19)
    assert actions(sim)[0][3] == {name: 19}


async def test_the_mode_of_a_room_is_set_at_all_its_thermostats(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    await call(hass, "climate", "set_temperature", "climate.wohnzimmer_wohnzimmer", temperature=20, hvac_mode="heat")
    assert [(target, params) for _, _, target, params in actions(sim)] == [
        (f"/capability/{sim.resolve('living_radiator.ThermostatActuator')}", {"operationMode": "Manu"}),
        (f"/capability/{sim.resolve('living_wall.ThermostatActuator')}", {"operationMode": "Manu"}),
        (f"/capability/{sim.resolve('living_climate.RoomSetpoint')}", {"setpointTemperature": 20}),
    ]
    await wait_until(hass, lambda: hass.states.is_state("climate.wohnzimmer_wohnzimmer", "heat"))


async def test_a_shutter_stops(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    await call(hass, "cover", "stop_cover", "cover.wohnzimmer_rollladen")
    target = f"/capability/{sim.resolve('shutter.RollerShutterActuator')}"
    assert actions(sim) == [("StopRamp", "CosipDevices.RWE", target, {})]


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_the_state_comes_back_as_an_event(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    await call(hass, "switch", "turn_on", "switch.kuche_kaffeemaschine")
    await wait_until(hass, lambda: hass.states.is_state("switch.kuche_kaffeemaschine", "on"))
    await call(hass, "cover", "set_cover_position", "cover.wohnzimmer_rollladen", position=30)
    await wait_until(hass, lambda: hass.states.get("cover.wohnzimmer_rollladen").attributes["current_position"] == 30)
    await call(hass, "light", "turn_on", "light.schlafzimmer_nachtlicht", brightness=128)
    await wait_until(hass, lambda: hass.states.get("light.schlafzimmer_nachtlicht").attributes["brightness"] == 128)
    await call(hass, "siren", "turn_on", "siren.flur_sirene", tone="alarm", duration=100)
    await wait_until(hass, lambda: hass.states.is_state("siren.flur_sirene", "on"))


async def test_the_discovery_switch(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    await call(hass, "switch", "turn_on", "switch.smarthome_device_discovery")
    assert actions(sim) == [(SET, "core.RWE", f"/device/{sim.resolve('hub')}", {"discoveryActive": True})]
    await wait_until(hass, lambda: hass.states.is_state("switch.smarthome_device_discovery", "on"))


@pytest.mark.usefixtures("quick_hub")
@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_a_restart_without_a_response(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    sim.expire_tokens()
    await call(hass, "button", "press", "button.smarthome_restart")
    restarts = [item for item in actions(sim) if item[0] == "Restart"]
    assert restarts[-1] == (
        "Restart",
        "core.RWE",
        f"/device/{sim.resolve('hub')}",
        {"reason": "User request"},
    )


async def test_a_refused_action_raises_an_error(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.action_result = "UnexpectedFailure"
    with pytest.raises(HomeAssistantError) as refused:
        await call(hass, "switch", "turn_on", "switch.kuche_kaffeemaschine")
    assert refused.value.translation_key == "command_failed"
    assert refused.value.translation_placeholders == {"details": "UnexpectedFailure"}


async def test_a_command_is_repeated_only_for_an_expired_token(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.expire_tokens()
    await call(hass, "switch", "turn_on", "switch.kuche_kaffeemaschine")
    assert [request.status for request in sim.requests if request.path == "/action"] == [401, 200]
    sim.refuse(500, path="/action")
    with pytest.raises(HomeAssistantError):
        await call(hass, "switch", "turn_on", "switch.kuche_kaffeemaschine")
    assert [request.status for request in sim.requests if request.path == "/action"] == [401, 200, 500]


@pytest.mark.usefixtures("quick_hub")
async def test_a_command_for_an_unknown_id_reloads_the_topology(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    with sim.lose_frames():
        sim.remove_device("coffee")
    with pytest.raises(HomeAssistantError):
        await call(hass, "switch", "turn_on", "switch.kuche_kaffeemaschine")
    await wait_until(hass, lambda: hass.states.get("switch.kuche_kaffeemaschine") is None)


async def test_a_changed_password_starts_one_reauthentication(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.change_password("other")
    logins = sim.logins
    for _ in range(3):
        with pytest.raises(HomeAssistantError) as refused:
            await call(hass, "switch", "turn_on", "switch.kuche_kaffeemaschine")
        assert refused.value.translation_key == "invalid_auth"
    assert sim.logins - logins == 2, "refresh token and password, once each"
    assert len(hass.config_entries.flow.async_progress_by_handler(DOMAIN)) == 1
