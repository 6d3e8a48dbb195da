"""Scenes: created, renamed, stored and deleted, by Home Assistant or by others."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
import voluptuous as vol

from custom_components.pushwire.const import DOMAIN
from simulators import DeconzSimulator
from tests.common import set_up, wait_reconnected, wait_until
from tests.deconz.common import call

LIGHT = "light.wohnzimmer"
KINO = "scene.wohnzimmer_kino"


def sent(sim: DeconzSimulator, since: int = 0) -> list[tuple[str, str, Any]]:
    """Return method, path below the key and body of every request since then."""
    return [
        (request.method, request.path.removeprefix(f"/api/{sim.api_key}"), request.body)
        for request in sim.requests[since:]
        if not request.path.endswith(("introspect", "ddf"))
    ]


async def test_store_a_scene(
    hass: HomeAssistant, all_enabled: None, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.set_light("ceiling", on=True, bri=17)
    seen = len(sim.requests)
    await call(hass, "button", "press", "button.wohnzimmer_store_scene_kino")
    assert sent(sim, seen) == [("PUT", "/groups/1/scenes/2/store", {})]
    sim.set_light("ceiling", bri=200)
    await call(hass, "scene", "turn_on", KINO)
    assert sim.light("ceiling")["state"]["bri"] == 17


async def test_create_and_delete(
    hass: HomeAssistant, all_enabled: None, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    seen = len(sim.requests)
    await call(hass, DOMAIN, "create_scene", LIGHT, name=" Lesen ")
    await hass.async_block_till_done()
    assert sent(sim, seen) == [
        ("POST", "/groups/1/scenes", {"name": "Lesen"}),
        ("GET", "/groups/1", None),
    ]
    assert hass.states.is_state("scene.wohnzimmer_lesen", "unknown")
    assert hass.states.get("button.wohnzimmer_store_scene_lesen") is not None
    seen = len(sim.requests)
    await call(hass, DOMAIN, "delete_scene", "scene.wohnzimmer_lesen")
    await hass.async_block_till_done()
    assert [item[:2] for item in sent(sim, seen)] == [("DELETE", "/groups/1/scenes/3"), ("GET", "/groups/1")]
    registry = er.async_get(hass)
    for entity_id in ("scene.wohnzimmer_lesen", "button.wohnzimmer_store_scene_lesen"):
        assert hass.states.get(entity_id) is None
        assert registry.async_get(entity_id) is None
    assert hass.states.get(KINO) is not None
    # The gateway reuses the ID for another scene, and Home Assistant restores the old entity ID.
    await call(hass, DOMAIN, "create_scene", LIGHT, name="Essen")
    await hass.async_block_till_done()
    assert hass.states.get("scene.wohnzimmer_lesen").name == "Wohnzimmer Essen"


@pytest.mark.parametrize(
    "look,body",
    [
        ({}, {"on": True}),
        ({"turned_on": False, "brightness": 9}, {"on": False}),
        ({"turned_on": False, "transition": 2}, {"on": False, "transitiontime": 20}),
        ({"brightness": 127.5, "color_temp_kelvin": 2500.5}, {"on": True, "bri": 127, "ct": 400}),
        ({"brightness": 255, "transition": 1.5}, {"on": True, "bri": 254, "transitiontime": 15}),
        ({"brightness": 40, "color_temp_kelvin": 2500}, {"on": True, "bri": 40, "ct": 400}),
        ({"rgb_color": [255, 0, 0]}, {"on": True, "xy": [0.701, 0.299]}),
        ({"xy_color": [0.2, 0.3]}, {"on": True, "xy": [0.2, 0.3]}),
    ],
)
async def test_set_a_light_in_a_scene(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    entry: ConfigEntry[Any],
    look: dict[str, Any],
    body: dict[str, Any],
) -> None:
    # The current effect of the light does not matter for the scene.
    sim.set_light("ceiling", on=True, effect="colorloop")
    await hass.async_block_till_done()
    shown = dict(sim.light("ceiling")["state"])
    light = sim.resolve("lights", "ceiling")
    seen = len(sim.requests)
    await call(hass, DOMAIN, "set_scene_light", KINO, light="light.wohnzimmer_decke", **look)
    assert sent(sim, seen) == [("PUT", f"/groups/1/scenes/2/lights/{light}/state", body)]
    assert sim.light("ceiling")["state"] == shown
    assert sim.world["scenes"]["1"]["2"][light].items() >= body.items()


async def test_create_by_device(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, f"{entry.runtime_data.hub_id}/groups/2"), entry.entry_id
    )
    await hass.services.async_call(DOMAIN, "create_scene", {"device_id": device.id, "name": "Nacht"}, blocking=True)
    await hass.async_block_till_done()
    assert hass.states.get("scene.buro_nacht") is not None


@pytest.mark.parametrize(
    "action,entity_id,data,key",
    [
        ("create_scene", "light.wohnzimmer_decke", {"name": "Lesen"}, "not_a_group"),
        ("create_scene", LIGHT, {"name": "  "}, "scene_bad_name"),
        ("create_scene", LIGHT, {"name": "x" * 33}, "scene_bad_name"),
        ("set_scene_light", KINO, {"light": "light.flur"}, "scene_without_light"),
        ("set_scene_light", KINO, {"light": "light.of_nobody"}, "scene_without_light"),
        ("set_scene_light", KINO, {"light": "sensor.klima_bad_temperature"}, "scene_without_light"),
    ],
)
async def test_invalid_scene_actions(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    entry: ConfigEntry[Any],
    action: str,
    entity_id: str,
    data: dict[str, Any],
    key: str,
) -> None:
    seen = len(sim.requests)
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, DOMAIN, action, entity_id, **data)
    assert raised.value.translation_key == key
    # The action identifies a light by its entity ID.
    assert "00:" not in str(raised.value)
    assert not sent(sim, seen)


@pytest.mark.parametrize("transition,time", [({}, {}), ({"transition": 5}, {"transitiontime": 50})])
async def test_a_scene_fades_as_given(
    hass: HomeAssistant, sim: DeconzSimulator, transition: dict[str, Any], time: dict[str, Any]
) -> None:
    # Lights of this maker get no transition when several values change at once.
    sim.light("ceiling")["manufacturername"] = "IKEA of Sweden"
    entry = await set_up(hass, sim)
    seen = len(sim.requests)
    look = {"brightness": 40, "color_temp_kelvin": 2500, **transition}
    await call(hass, DOMAIN, "set_scene_light", KINO, light="light.wohnzimmer_decke", **look)
    assert [request.body for request in sim.requests[seen:] if request.method == "PUT"] == [
        {"on": True, "bri": 40, "ct": 400, **time}
    ]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_scene_accepts_one_color(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    seen = len(sim.requests)
    with pytest.raises(vol.Invalid):
        await call(
            hass,
            DOMAIN,
            "set_scene_light",
            KINO,
            light="light.wohnzimmer_decke",
            rgb_color=[1, 2, 3],
            color_temp_kelvin=3000,
        )
    assert not sent(sim, seen)


async def test_a_refusal_changes_nothing(hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]) -> None:
    with sim.lose_frames():
        sim.delete_scene("living", "2")
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, DOMAIN, "delete_scene", KINO)
    assert raised.value.translation_key == "resource_missing"
    assert hass.states.get(KINO) is not None


async def test_changes_by_others_are_found_by_the_next_poll(
    hass: HomeAssistant, all_enabled: None, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.rename_scene("living", "1", "Sehr hell")
    new = sim.add_scene("living", "Neu")
    sim.delete_scene("living", "2")
    await sim.drop()
    await wait_reconnected(hass, entry)
    assert hass.states.get("scene.wohnzimmer_hell").name == "Wohnzimmer Sehr hell"
    assert hass.states.get("button.wohnzimmer_store_scene_hell").name == "Wohnzimmer Store scene Sehr hell"
    assert hass.states.get("scene.wohnzimmer_neu") is not None
    assert new == "3"
    assert er.async_get(hass).async_get("button.wohnzimmer_store_scene_kino") is None
    assert hass.states.get(KINO) is None


async def test_a_scene_deleted_during_a_disconnect(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    sim.delete_scene("living", "2")
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    registry = er.async_get(hass)
    assert registry.async_get(KINO) is None
    assert registry.async_get("button.wohnzimmer_store_scene_kino") is None
    assert registry.async_get("scene.wohnzimmer_hell") is not None


async def test_a_call_of_an_unknown_scene_reads_its_group_once(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    sid = sim.add_scene("living", "Neu")
    seen = len(sim.requests)
    sim.recall_by_remote("living", sid)
    await wait_until(hass, lambda: hass.states.get("scene.wohnzimmer_neu") is not None)
    assert sent(sim, seen) == [("GET", "/groups/1", None)]
    await wait_until(hass, lambda: not hass.states.is_state("scene.wohnzimmer_neu", "unknown"))
    called = "event.phoscon_gw_scene_called"
    assert hass.states.get(called).attributes["scene"] == "Neu"
    # A call of a scene that the gateway does not know fires an event, and the group is not read again.
    for group in ("1", "0", "1", "0"):
        before = hass.states.get(called).state
        sim.push({"e": "scene-called", "gid": group, "r": "scenes", "scid": "99", "t": "event"})
        await wait_until(hass, lambda: hass.states.get(called).state != before)  # noqa: B023
        assert hass.states.get(called).attributes["scene"] is None
    # The group of all lights is not included without the option.
    assert sent(sim, seen) == [("GET", "/groups/1", None)] * 2
