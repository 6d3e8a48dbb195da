"""What reaches the gateway, to the letter, and what a person is told when it refuses."""

from typing import Any

from homeassistant.components.light import DOMAIN as LIGHT
from homeassistant.components.scene import DOMAIN as SCENE
from homeassistant.components.switch import DOMAIN as SWITCH
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from simulators import DeconzSimulator
from tests.common import until


async def call(hass: HomeAssistant, domain: str, action: str, entity_id: str, **data: Any) -> None:
    """Call an action as an automation would."""
    await hass.services.async_call(domain, action, {"entity_id": entity_id, **data}, blocking=True)


def writes(sim: DeconzSimulator) -> list[tuple[str, Any]]:
    """Return path below the key and body of everything written."""
    return [
        (request.path.removeprefix(f"/api/{sim.api_key}"), request.body)
        for request in sim.requests
        if request.method == "PUT"
    ]


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
        ("turn_off", {"flash": "short"}, {"alert": "select"}),
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
    await until(hass, lambda: hass.states.get("light.wohnzimmer_decke").attributes.get("brightness") == 42)


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
    await until(hass, lambda: hass.states.is_state("switch.steckdose_garten", "off"))


async def test_an_unreachable_device_is_named(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    with sim.losing():
        sim.reachable("lights", "ceiling", False)
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, LIGHT, "turn_on", "light.wohnzimmer_decke")
    assert raised.value.translation_key == "device_unreachable"


@pytest.mark.parametrize("status,key", [(403, "invalid_auth"), (429, "not_ready"), (500, "cannot_connect")])
async def test_a_refusing_gateway_is_told(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    entry: ConfigEntry[Any],
    status: int,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("custom_components.pushwire.vendors.deconz.client._RETRY_PAUSE", 0)
    sim.refuse(status)
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, LIGHT, "turn_on", "light.wohnzimmer_decke")
    assert raised.value.translation_key == key


async def test_a_busy_gateway_is_asked_again(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.pushwire.vendors.deconz.client._RETRY_PAUSE", 0)
    sim.refuse(503, times=2)
    await call(hass, LIGHT, "turn_on", "light.wohnzimmer_decke")
    await until(hass, lambda: hass.states.is_state("light.wohnzimmer_decke", "on"))
