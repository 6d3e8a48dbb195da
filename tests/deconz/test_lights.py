"""Exact commands of every kind of light, and their states."""

from copy import deepcopy
from typing import Any
from unittest.mock import patch

from homeassistant.components.light import ColorMode
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.deconz.api.model import Resource
from custom_components.pushwire.vendors.deconz.placement import Placement
from simulators import DeconzSimulator
from simulators.deconz.world import color_state, ct_state, dim_state, make_light, make_sensor, on_state
from tests.common import run_pending_updates, set_up, wait_reconnected, wait_until
from tests.deconz.common import call, writes

LIGHT = "light.lampe"
IKEA = {"manufacturername": "IKEA of Sweden"}
FADES_OFF = {"capabilities": {"bri": {"move_with_onoff": True}}}
STAYS_LOW = {"capabilities": {"bri": {"move_with_onoff": False}}}
BLOCKS = {"capabilities": {"transition_block": True}}
EFFECTS = {"capabilities": {"color": {"effects": ["none", "colorloop", "candle"], "modes": ["ct", "effect", "xy"]}}}
OFF = {"on": False}


async def one_lamp(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    state: dict[str, Any],
    extra: dict[str, Any] | None = None,
    kind: str = "Lamp",
) -> tuple[ConfigEntry[Any], str]:
    """Set up a gateway with one more light; return the entry and the light's ID."""
    number = sim.add("lights", make_light(200, "Lampe", kind, state, **(extra or {})))
    return await set_up(hass, sim), number


@pytest.mark.parametrize(
    "state,extra,action,data,body",
    [
        # A light that is off stays off: a brightness would be an error, or turn it on.
        (dim_state() | OFF, {}, "turn_off", {"transition": 2}, {"on": False}),
        (dim_state() | {"on": None}, {}, "turn_off", {"transition": 2}, {"on": False}),
        (dim_state(), {}, "turn_off", {"transition": 2}, {"on": False, "bri": 0, "transitiontime": 20}),
        (dim_state(), FADES_OFF, "turn_off", {"transition": 2}, {"on": False, "bri": 0, "transitiontime": 20}),
        (dim_state(), STAYS_LOW, "turn_off", {"transition": 2}, {"on": False}),
        (dim_state(), {}, "turn_on", {"brightness": 0, "transition": 1}, {"on": False, "bri": 0, "transitiontime": 10}),
        (dim_state(), {}, "turn_on", {"brightness": 0}, {"on": False}),
        (dim_state(), {}, "turn_on", {"brightness_pct": 1}, {"on": True, "bri": 3}),
        (dim_state() | OFF, {}, "turn_on", {"brightness": 80}, {"on": True, "bri": 80}),
        # A light without brightness has no transition.
        (on_state(on=True), {}, "turn_off", {"transition": 2}, {"on": False}),
        (on_state(), {}, "turn_on", {"transition": 2, "brightness": 90}, {"on": True}),
        # The firmware drops commands during a transition, even during the gateway's default of 0.4 s.
        (
            ct_state(),
            IKEA,
            "turn_on",
            {"brightness": 90, "color_temp_kelvin": 4000},
            {"on": True, "bri": 90, "ct": 250, "transitiontime": 0},
        ),
        (ct_state(), IKEA, "turn_on", {"brightness": 90}, {"on": True, "bri": 90}),
        (
            ct_state(),
            IKEA,
            "turn_on",
            {"brightness": 90, "color_temp_kelvin": 4000, "transition": 1},
            {"on": True, "bri": 90, "ct": 250, "transitiontime": 10},
        ),
        (
            ct_state(),
            BLOCKS,
            "turn_on",
            {"brightness": 90, "color_temp_kelvin": 4000, "transition": 1},
            {"on": True, "bri": 90, "ct": 250, "transitiontime": 0},
        ),
        (
            ct_state(),
            {},
            "turn_on",
            {"brightness": 90, "color_temp_kelvin": 4000},
            {"on": True, "bri": 90, "ct": 250},
        ),
        # A light uses the nearest supported value.
        (ct_state(), {"ctmin": 250, "ctmax": 454}, "turn_on", {"color_temp_kelvin": 9000}, {"on": True, "ct": 250}),
        (ct_state(), {"ctmin": 250, "ctmax": 454}, "turn_on", {"color_temp_kelvin": 2202}, {"on": True, "ct": 454}),
        # A color ends the effect; an effect may be combined with a color.
        (
            color_state() | {"effect": "colorloop"},
            EFFECTS,
            "turn_on",
            {"xy_color": [0.3, 0.4]},
            {"on": True, "xy": [0.3, 0.4], "effect": "none"},
        ),
        (color_state() | {"effect": "candle"}, EFFECTS, "turn_on", {"brightness": 9}, {"on": True, "bri": 9}),
        (
            color_state() | {"effect": "colorloop"},
            EFFECTS,
            "turn_on",
            {"hs_color": [0, 100], "effect": "candle"},
            {"on": True, "xy": [0.701, 0.299], "effect": "candle"},
        ),
        # A flash is combined with everything else.
        (
            color_state() | OFF,
            {},
            "turn_on",
            {"flash": "short", "brightness": 50, "color_temp_kelvin": 4000, "transition": 1},
            {"on": True, "bri": 50, "ct": 250, "transitiontime": 10, "alert": "select"},
        ),
        (
            dim_state(),
            {"capabilities": {"alerts": ["none", "blink", "breathe"]}},
            "turn_on",
            {"flash": "long"},
            {"on": True, "alert": "breathe"},
        ),
        (dim_state(), {"capabilities": {"alerts": ["none"]}}, "turn_on", {"flash": "long"}, {"on": True}),
        ({"on": True, "reachable": True}, {}, "turn_on", {"flash": "short"}, {"on": True}),
    ],
)
async def test_commands_of_a_light(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    state: dict[str, Any],
    extra: dict[str, Any],
    action: str,
    data: dict[str, Any],
    body: dict[str, Any],
) -> None:
    entry, number = await one_lamp(hass, sim, state, extra)
    await call(hass, "light", action, LIGHT, **data)
    assert writes(sim) == [(f"/lights/{number}/state", body)]
    assert sim.light(number)["state"]["on"] is body["on"]
    await hass.config_entries.async_unload(entry.entry_id)


COLORS = {"xy": [0.3, 0.4], "ct": 250, "hue": 21845, "sat": 255}
ALL_MODES = {"color_temp", "hs", "xy"}


@pytest.mark.parametrize(
    "extra,items,modes",
    [
        ({}, COLORS, ALL_MODES),
        ({"colorcapabilities": 31}, COLORS, ALL_MODES),
        # The gateway lists the items of all modes for a light that supports only some.
        ({"colorcapabilities": 8}, COLORS, {"xy"}),
        ({"colorcapabilities": 0x18}, COLORS, {"color_temp", "xy"}),
        ({"colorcapabilities": 2}, COLORS, {"hs"}),
        ({"colorcapabilities": ["hs", "ct"]}, COLORS, {"color_temp", "hs"}),
        ({"capabilities": {"color": {"modes": ["xy"]}}}, COLORS, {"xy"}),
        (
            {"capabilities": {"color": {"modes": ["ct", "effect", "xy"]}}, "colorcapabilities": 31},
            COLORS,
            ALL_MODES - {"hs"},
        ),
        ({"capabilities": {"color": {"modes": ["effect", "gradient", "hs"]}}}, COLORS, {"hs"}),
        # What the gateway reports does not match any item, or is unknown.
        ({"colorcapabilities": 0}, COLORS, ALL_MODES),
        ({"colorcapabilities": "all"}, COLORS, ALL_MODES),
        ({"colorcapabilities": True}, COLORS, ALL_MODES),
        ({"capabilities": {"color": {"modes": "xy"}}}, COLORS, ALL_MODES),
        ({"capabilities": {"color": {"modes": []}}}, COLORS, ALL_MODES),
        ({"colorcapabilities": 8}, {"ct": 250, "bri": 1}, {"color_temp"}),
        ({"colorcapabilities": 31}, {"bri": 1}, {"brightness"}),
    ],
)
async def test_color_modes_of_a_light(
    hass: HomeAssistant, sim: DeconzSimulator, extra: dict[str, Any], items: dict[str, Any], modes: set[str]
) -> None:
    entry, _ = await one_lamp(hass, sim, {"on": True, "reachable": True, **items}, extra)
    assert set(hass.states.get(LIGHT).attributes["supported_color_modes"]) == modes
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "extra",
    [
        {"colorcapabilities": 8, "capabilities": {"color": {"modes": ["xy"]}}},
        {"colorcapabilities": 8},
    ],
)
@pytest.mark.parametrize("color", [{"hs_color": [120, 100]}, {"rgb_color": [0, 255, 0]}, {"xy_color": [0.17, 0.7]}])
async def test_a_light_with_xy_only_gets_every_color_as_xy(
    hass: HomeAssistant, sim: DeconzSimulator, extra: dict[str, Any], color: dict[str, Any]
) -> None:
    entry, _ = await one_lamp(hass, sim, color_state(), extra)
    await call(hass, "light", "turn_on", LIGHT, **color)
    ((_, body),) = writes(sim)
    assert body.keys() == {"on", "xy"}
    assert body["xy"] == pytest.approx([0.172, 0.747], abs=0.05)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("effect", ["0", "none", "None", "", 0, None])
async def test_no_effect_in_several_spellings(hass: HomeAssistant, sim: DeconzSimulator, effect: Any) -> None:
    entry, number = await one_lamp(hass, sim, color_state() | {"effect": effect})
    assert hass.states.get(LIGHT).attributes["effect"] == "off"
    assert hass.states.get(LIGHT).attributes["effect_list"] == ["off", "colorloop"]
    await call(hass, "light", "turn_on", LIGHT, xy_color=[0.4, 0.4])
    assert writes(sim) == [(f"/lights/{number}/state", {"on": True, "xy": [0.4, 0.4]})]
    await hass.config_entries.async_unload(entry.entry_id)


LIDL_MAKER = {"manufacturername": "_TZE200_s8gkrkxk", "modelid": "TS0601"}
LIDL_MODEL = {"manufacturername": "LIDL", "modelid": "HG06467"}
STRIP_ITEMS = {"on": True, "alert": "none", "bri": 25, "colormode": "hs", "effect": "none", "hue": 53691, "sat": 141}


@pytest.mark.parametrize(
    "extra,state,effects",
    [
        (LIDL_MAKER, {}, ("snow", "glow")),
        (LIDL_MODEL, {}, ("steady", "vintage")),
        (LIDL_MODEL | {"capabilities": {"color": {"effects": ["none", "snow"]}}}, {}, ("snow",)),
        ({"manufacturername": "MLI", "modelid": "ZBT-ExtendedColor"}, {}, ("colorloop", "campfire")),
        ({"colorcapabilities": 0x1F}, {}, ("colorloop",)),
        ({"colorcapabilities": 0x0C}, {}, ("colorloop",)),
    ],
)
async def test_effects_that_the_gateway_does_not_list(
    hass: HomeAssistant, sim: DeconzSimulator, extra: dict[str, Any], state: dict[str, Any], effects: tuple[str, ...]
) -> None:
    entry, number = await one_lamp(hass, sim, {**STRIP_ITEMS, "reachable": True, **state}, extra)
    offered = hass.states.get(LIGHT).attributes["effect_list"]
    assert offered[0] == "off"
    assert ("colorloop" in offered) is ("colorloop" in effects)
    for effect in effects:
        await call(hass, "light", "turn_on", LIGHT, effect=effect)
        assert writes(sim)[-1] == (f"/lights/{number}/state", {"on": True, "effect": effect})
        await wait_until(hass, lambda: hass.states.get(LIGHT).attributes["effect"] == effect)  # noqa: B023
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_light_that_reports_no_color_loop_has_no_effects(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry, _ = await one_lamp(hass, sim, color_state(), {"colorcapabilities": 0x19})
    assert "effect_list" not in hass.states.get(LIGHT).attributes
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("extra", [LIDL_MAKER, LIDL_MODEL])
@pytest.mark.parametrize(
    "action,data,body",
    [
        ("turn_on", {"brightness": 100, "transition": 2}, {"on": True, "bri": 100}),
        ("turn_on", {"xy_color": [0.7, 0.3], "brightness": 9}, {"on": True, "bri": 9, "hue": 386, "sat": 255}),
        ("turn_on", {"flash": "short"}, {"on": True}),
        # The strip takes a brightness of 0 literally.
        ("turn_off", {"transition": 2}, {"on": False}),
        ("turn_on", {"brightness": 0}, {"on": False}),
    ],
)
async def test_commands_of_a_strip_without_transitions(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    extra: dict[str, Any],
    action: str,
    data: dict[str, Any],
    body: dict[str, Any],
) -> None:
    state = {**STRIP_ITEMS, "xy": [0.3, 0.1], "reachable": True}
    entry, number = await one_lamp(hass, sim, state, extra)
    await call(hass, "light", action, LIGHT, **data)
    assert writes(sim) == [(f"/lights/{number}/state", body)]
    assert "button.lampe_identify" not in hass.states.async_entity_ids("button")
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "kind,state,extra,alert",
    [
        ("Color light", color_state(), {}, "select"),
        ("Smart plug", on_state(), {}, "select"),
        ("Window covering device", {"alert": "none", "open": True, "reachable": True}, {}, "select"),
        ("Range extender", {"alert": "none", "reachable": True}, {}, "select"),
        ("Door Lock", {"alert": "none", "on": True, "reachable": True}, {}, "select"),
        ("Dimmable light", dim_state(), {"capabilities": {"alerts": ["none", "blink", "breathe"]}}, "blink"),
        ("Dimmable light", dim_state(), {"capabilities": {"alerts": ["none"]}}, None),
        ("Dimmable light", {"on": True, "bri": 1, "reachable": True}, {}, None),
        # A siren would sound.
        ("Warning device", {"alert": "none", "reachable": True}, {}, None),
    ],
)
async def test_identify(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    kind: str,
    state: dict[str, Any],
    extra: dict[str, Any],
    alert: str | None,
) -> None:
    entry, number = await one_lamp(hass, sim, state, extra, kind)
    button = "button.lampe_identify"
    entity = er.async_get(hass).async_get(button)
    assert (entity is not None) is (alert is not None)
    if entity is not None:
        assert (entity.original_device_class, entity.entity_category, entity.disabled) == (
            "identify",
            "diagnostic",
            False,
        )
        await call(hass, "button", "press", button)
        assert writes(sim) == [(f"/lights/{number}/state", {"alert": alert})]
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "kind,state,enabled",
    [
        ("Range extender", {"reachable": True}, True),
        ("Configuration tool", {"reachable": True}, True),
        (None, {"reachable": True, "on": True}, True),
        ("Range extender", {"reachable": True, "alert": "none"}, False),
        ("Smart plug", {"reachable": True, "on": True}, False),
        ("Window covering device", {"reachable": True}, False),
        ("Warning device", {"reachable": True}, False),
        ("Fan", {"reachable": True, "speed": 1}, False),
        ("Door Lock", {"reachable": True, "on": True}, False),
    ],
)
async def test_a_device_that_cannot_be_controlled_shows_whether_it_is_reachable(
    hass: HomeAssistant, sim: DeconzSimulator, kind: Any, state: dict[str, Any], *, enabled: bool
) -> None:
    entry, _ = await one_lamp(hass, sim, state, {"type": kind})
    registry = er.async_get(hass)
    reachable = registry.async_get("binary_sensor.lampe_connectivity")
    assert reachable is not None
    assert reachable.disabled is not enabled
    assert reachable.device_id is not None
    assert er.async_entries_for_device(registry, reachable.device_id)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_light_that_is_being_paired_is_no_device_yet(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    body = make_light(200, "Lampe", "Dimmable light", {})
    number = sim.add("lights", body)
    entry = await set_up(hass, sim)
    identifier = (DOMAIN, body["uniqueid"].partition("-")[0])
    registry = dr.async_get(hass)
    assert registry.async_get_device_by_identifier(identifier, entry.entry_id) is None
    sim.set_light(number, **dim_state())
    await wait_until(hass, lambda: hass.states.get(LIGHT) is not None)
    assert registry.async_get_device_by_identifier(identifier, entry.entry_id) is not None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_device_is_identified_once(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    relay = make_light(72, "Relais", "On/Off output", on_state())
    address = relay["uniqueid"].partition("-")[0]
    for end in "12":
        sim.add("lights", {**relay, "name": f"Relais {end}", "uniqueid": f"{address}-0{end}"})
    motion = make_sensor(72, "Relais", "ZHAPresence", "0406", {"presence": False}, config={"alert": "none"})
    sim.add("sensors", {**motion, "uniqueid": f"{address}-01-0406"})
    entry = await set_up(hass, sim)
    buttons = [item for item in hass.states.async_entity_ids("button") if item.startswith("button.relais")]
    assert [hass.states.get(button).name for button in buttons] == ["Relais 1 Identify"]
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "state,shown",
    [
        ({**COLORS, "colormode": "ct"}, ("on", "color_temp", 4000)),
        ({**COLORS, "colormode": "hs"}, ("on", "hs", (120, 100))),
        ({**COLORS, "colormode": "xy"}, ("on", "xy", (0.3, 0.4))),
        ({**COLORS, "colormode": "gradient"}, ("on", "xy", (0.3, 0.4))),
        ({**COLORS, "colormode": "effect"}, ("on", "xy", (0.3, 0.4))),
        ({**COLORS, "colormode": "odd"}, ("on", "xy", (0.3, 0.4))),
        ({**COLORS, "colormode": None}, ("on", "xy", (0.3, 0.4))),
        ({"ct": "250", "colormode": "ct"}, ("on", "color_temp", 4000)),
        ({"ct": 0, "colormode": "ct"}, ("on", "color_temp", None)),
        ({"hue": 0, "sat": "254", "colormode": "hs"}, ("on", "hs", (0, 99.608))),
        ({"xy": [19661, 26214], "colormode": "xy"}, ("on", "xy", (0.3, 0.4))),
        ({"xy": [0.3], "colormode": "xy"}, ("on", "xy", None)),
        ({"xy": ["a", 0.3], "colormode": "xy"}, ("on", "xy", None)),
        ({"bri": None}, ("on", "brightness", None)),
        ({"bri": "100"}, ("on", "brightness", None)),
        ({"on": 1, "bri": 3}, ("on", "brightness", None)),
        ({"on": "true"}, ("on", "onoff", None)),
        ({"on": 0}, ("off", None, None)),
        ({"on": "off"}, ("off", None, None)),
        ({"on": None}, ("unknown", None, None)),
        ({"on": {}}, ("unknown", None, None)),
        ({"on": 7}, ("unknown", None, None)),
    ],
)
async def test_state_of_a_light(
    hass: HomeAssistant, sim: DeconzSimulator, state: dict[str, Any], shown: tuple[Any, ...]
) -> None:
    entry, _ = await one_lamp(hass, sim, {"on": True, "reachable": True, **state})
    light = hass.states.get(LIGHT)
    mode = light.attributes.get("color_mode")
    value = {"color_temp": "color_temp_kelvin", "hs": "hs_color", "xy": "xy_color"}.get(mode or "")
    assert (light.state, mode, light.attributes.get(value) if value else None) == shown
    await hass.config_entries.async_unload(entry.entry_id)


async def test_an_effect_keeps_the_color_mode_and_a_color_ends_the_effect(
    hass: HomeAssistant, sim: DeconzSimulator
) -> None:
    entry, number = await one_lamp(hass, sim, color_state(), EFFECTS)
    assert hass.states.get(LIGHT).attributes["color_mode"] == ColorMode.COLOR_TEMP
    await call(hass, "light", "turn_on", LIGHT, effect="candle")
    await wait_until(hass, lambda: hass.states.get(LIGHT).attributes["effect"] == "candle")
    assert sim.light(number)["state"]["colormode"] == "effect"
    assert hass.states.get(LIGHT).attributes["color_mode"] == ColorMode.COLOR_TEMP
    sim.set_light(number, effect="of a newer firmware")
    await wait_until(hass, lambda: hass.states.get(LIGHT).attributes["effect"] == "of a newer firmware")
    await call(hass, "light", "turn_on", LIGHT, xy_color=[0.2, 0.2])
    await wait_until(hass, lambda: hass.states.get(LIGHT).attributes["effect"] == "off")
    assert hass.states.get(LIGHT).attributes["color_mode"] == ColorMode.XY
    seen = len(writes(sim))
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, "light", "turn_on", LIGHT, effect="disco")
    assert raised.value.translation_key == "effect_not_supported"
    assert len(writes(sim)) == seen
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_state_is_the_one_that_the_gateway_reports(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry, number = await one_lamp(hass, sim, dim_state() | OFF)
    shown: list[str] = []
    hass.bus.async_listen(
        "state_changed",
        lambda event: shown.append(event.data["new_state"].state) if event.data["entity_id"] == LIGHT else None,
    )
    with sim.lose_frames():
        await call(hass, "light", "turn_on", LIGHT)
    assert hass.states.is_state(LIGHT, "off")
    sim.push({"t": "event", "e": "changed", "r": "lights", "id": number, "state": {"on": True}})
    await wait_until(hass, lambda: hass.states.is_state(LIGHT, "on"))
    await run_pending_updates(hass)
    assert shown == ["on"]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_light_gains_capabilities(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry, number = await one_lamp(hass, sim, on_state(on=True))
    assert hass.states.get(LIGHT).attributes["supported_color_modes"] == [ColorMode.ONOFF]
    sim.set_light(number, bri=100)
    await wait_until(hass, lambda: hass.states.get(LIGHT).attributes["supported_color_modes"] == [ColorMode.BRIGHTNESS])
    sim.set_light(number, ct=300, colormode="ct", effect="none")
    await wait_until(hass, lambda: hass.states.get(LIGHT).attributes.get("max_color_temp_kelvin") == 6535)
    sim.add_capabilities(number, {"color": {"ct": {"min": 250, "max": 454}, "effects": ["none", "fire"]}})
    await wait_until(hass, lambda: hass.states.get(LIGHT).attributes["max_color_temp_kelvin"] == 4000)
    assert hass.states.get(LIGHT).attributes["effect_list"] == ["off", "fire"]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_plug_that_becomes_a_light(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    plug = make_light(73, "Ding", "Dimmable plug-in unit", {"on": True, "reachable": True})
    number = sim.add("lights", plug)
    group = sim.add_group("Dinge", [number])
    entry = await set_up(hass, sim)
    assert hass.states.is_state("switch.ding", "on")
    assert hass.states.is_state("switch.dinge", "on")
    sim.set_light(number, bri=100)
    await wait_until(
        hass, lambda: hass.states.is_state("light.ding", "on") and hass.states.is_state("light.dinge", "on")
    )
    await wait_until(hass, lambda: not hass.states.get("switch.ding") and not hass.states.get("switch.dinge"))
    await call(hass, "light", "turn_on", "light.dinge", brightness=50)
    assert writes(sim) == [(f"/groups/{group}/action", {"on": True, "bri": 50})]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_one_of_two_lights_on_a_device_is_renamed(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    relay = make_light(72, "Relais", "On/Off output", {"on": False, "reachable": True})
    address = relay["uniqueid"].partition("-")[0]
    _, second = (sim.add("lights", {**relay, "name": f"Relais {end}", "uniqueid": f"{address}-0{end}"}) for end in "12")
    entry = await set_up(hass, sim)
    switch = "switch.relais_1_relais_2"
    assert hass.states.get(switch).name == "Relais 1 Relais 2"
    sim.rename("lights", second, "Pumpe")
    await wait_until(hass, lambda: hass.states.get(switch).name == "Relais 1 Pumpe")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_light_that_is_paired_again_keeps_its_entity(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry, number = await one_lamp(hass, sim, dim_state())
    with sim.lose_frames():
        body = sim.world["lights"].pop(number)
        sim.world["lights"]["77"] = body
    await sim.drop()
    await wait_reconnected(hass, entry)
    sim.set_light("77", bri=33)
    await wait_until(hass, lambda: hass.states.get(LIGHT).attributes["brightness"] == 33)
    await call(hass, "light", "turn_off", LIGHT)
    assert writes(sim) == [("/lights/77/state", {"on": False})]
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "kind,items,platform",
    [
        ("Extended color light", {**COLORS, "bri": 1}, "light"),
        ("Color light", {"xy": [0.3, 0.4], "bri": 1}, "light"),
        ("Color temperature light", {"ct": 250, "bri": 1}, "light"),
        ("Dimmable light", {"bri": 1}, "light"),
        ("Dimmable plug-in unit", {"bri": 1}, "light"),
        ("Color dimmable plug-in unit", {"xy": [0.3, 0.4], "bri": 1}, "light"),
        ("Dimmer switch", {"bri": 1}, "light"),
        ("Level control switch", {"bri": 1}, "light"),
        ("Level control switch", {}, "switch"),
        ("On/Off light", {}, "light"),
        ("On/Off light switch", {}, "light"),
        ("On/Off output", {}, "switch"),
        ("On/Off plug-in unit", {}, "switch"),
        ("Smart plug", {}, "switch"),
        ("Smart plug", {"bri": 1}, "light"),
        ("On/Off switch", {}, "switch"),
        ("Consumption awareness device", {}, "switch"),
        ("Of tomorrow", {}, "switch"),
        ("Of tomorrow", {"bri": 1}, "light"),
        ("Of tomorrow", {"lift": 4}, "cover"),
        ("Of tomorrow", {"open": True}, "cover"),
        (None, {}, None),
        (None, {"bri": 1}, "light"),
        ("Fan", {"speed": 1}, "fan"),
        ("Window covering device", {}, "cover"),
        ("Level controllable output", {"bri": 1, "lift": 1}, "cover"),
        ("Door Lock", {}, "lock"),
        ("Door lock controller", {}, "lock"),
        ("Warning device", {"alert": "none"}, "siren"),
        ("Range extender", {"alert": "none"}, None),
        ("Configuration tool", {}, None),
    ],
)
async def test_platform_of_a_resource(
    hass: HomeAssistant, sim: DeconzSimulator, kind: Any, items: dict[str, Any], platform: str | None
) -> None:
    entry, number = await one_lamp(hass, sim, {"on": True, "reachable": True, **items}, {"type": kind})
    unique_id = entry.runtime_data.unique_id(sim.light(number)["uniqueid"])
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert {item.domain for item in entities if item.unique_id in (unique_id, f"{unique_id}-fan")} == (
        {platform} - {None}
    )
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_options_choose_between_light_and_switch(
    hass: HomeAssistant, sim: DeconzSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = sim.add_group("Stecker", ["plug", "plug_out"])
    entry = await set_up(hass, sim)
    chosen = {
        sim.light("plug")["uniqueid"]: Platform.LIGHT,
        sim.light("cellar")["uniqueid"]: Platform.SWITCH,
        sim.light("repeater")["uniqueid"]: Platform.SWITCH,
    }
    registry = er.async_get(hass)
    key = f"{entry.runtime_data.hub_id}/groups/{group}"
    assert registry.async_get_entity_id("switch", DOMAIN, key) == "switch.stecker"

    def platform_override(_self: Placement, resource: Resource) -> Platform | None:
        return chosen.get(resource.key)

    with patch.object(Placement, "platform_override", platform_override):
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        assert hass.states.is_state("light.steckdose_fernseher", "on")
        assert registry.async_get("switch.steckdose_fernseher") is None
        assert hass.states.is_state("switch.keller", "off")
        assert registry.async_get("light.keller") is None
        assert registry.async_get("switch.verstarker") is None
        assert registry.async_get("switch.stecker") is None
        assert hass.states.get("light.stecker") is not None
        await call(hass, "light", "turn_off", "light.steckdose_fernseher")
        assert writes(sim) == [(f"/lights/{sim.resolve('lights', 'plug')}/state", {"on": False})]
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert registry.async_get("light.steckdose_fernseher") is None
    assert hass.states.get("switch.steckdose_fernseher") is not None
    assert hass.states.get("light.keller") is not None
    await hass.config_entries.async_unload(entry.entry_id)


GRADIENT = {
    "capabilities": {
        "color": {
            "effects": ["none", "candle"],
            "gradient": {
                "styles": ["linear", "mirrored"],
                "max_segments": 9,
                "pixel_count": 16,
                "pixel_length": 1250,
            },
            "modes": ["ct", "effect", "xy", "gradient"],
        }
    }
}
STRIP_STATE = color_state() | {
    "colormode": "gradient",
    "gradient": {"points": [[0.1, 0.2], [0.3, 0.4], "odd"], "style": "linear", "segments": 5, "offset": 1, "odd": 3},
}


async def test_gradient(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    entry, number = await one_lamp(hass, sim, STRIP_STATE, GRADIENT)
    shown = {"points": [(0.1, 0.2), (0.3, 0.4)], "style": "linear", "segments": 5, "offset": 1}
    assert hass.states.get(LIGHT).attributes["gradient"] == shown
    assert hass.states.get(LIGHT).attributes["color_mode"] == ColorMode.XY
    await call(hass, "light", "turn_on", LIGHT, effect="candle")
    await wait_until(hass, lambda: hass.states.get(LIGHT).attributes["gradient"] is None)
    sim.set_light(number, colormode="ct")
    await wait_until(hass, lambda: hass.states.get(LIGHT).attributes["color_mode"] == ColorMode.COLOR_TEMP)
    await call(
        hass,
        DOMAIN,
        "set_gradient",
        LIGHT,
        points=[[255, 0, 0], [0.2, 0.3]],
        style="mirrored",
        segments=4,
        offset=2.0,
    )
    body = {
        "on": True,
        "gradient": {"points": [[0.701, 0.299], [0.2, 0.3]], "style": "mirrored", "segments": 4, "offset": 2},
        "effect": "none",
    }
    assert writes(sim)[-1] == (f"/lights/{number}/state", body)
    await wait_until(hass, lambda: (hass.states.get(LIGHT).attributes["gradient"] or {}).get("style") == "mirrored")
    assert hass.states.get(LIGHT).attributes["color_mode"] == ColorMode.XY
    await call(hass, DOMAIN, "set_gradient", LIGHT, points=[[0.1, 0.1], [0.2, 0.3]])
    assert writes(sim)[-1][1] == {"on": True, "gradient": {"points": [[0.1, 0.1], [0.2, 0.3]]}}
    sim.set_light(number, on=False)
    await wait_until(hass, lambda: hass.states.get(LIGHT).attributes["gradient"] is None)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "data,key",
    [
        ({"points": [[0.1, 0.2]]}, "gradient_bad_points"),
        ({"points": [[0.1, 0.2], [2, 0.2]]}, "gradient_bad_points"),
        ({"points": [[0.1, 0.2], [1, 2, 300]]}, "gradient_bad_points"),
        ({"points": [[0.1, 0.2], ["a", "b"]]}, "gradient_bad_points"),
        ({"points": [[0.1, 0.2], "red"]}, "gradient_bad_points"),
        ({"points": [[0.1, 0.2], []]}, "gradient_bad_points"),
        ({"points": [[0.1, 0.2]] * 10}, "gradient_too_long"),
        ({"points": [[0.1, 0.2]] * 2, "segments": 10}, "gradient_too_long"),
        ({"points": [[0.1, 0.2]] * 2, "offset": 10}, "gradient_too_long"),
        ({"points": [[0.1, 0.2]] * 2, "style": "dotted"}, "gradient_bad_style"),
    ],
)
async def test_invalid_gradients(hass: HomeAssistant, sim: DeconzSimulator, data: dict[str, Any], key: str) -> None:
    entry, _ = await one_lamp(hass, sim, STRIP_STATE, GRADIENT)
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, DOMAIN, "set_gradient", LIGHT, **data)
    assert raised.value.translation_key == key
    assert not writes(sim)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_gradient_requires_a_capable_light(
    hass: HomeAssistant, sim: DeconzSimulator, entry: ConfigEntry[Any]
) -> None:
    for entity_id in ("light.wohnzimmer_decke", "light.wohnzimmer"):
        with pytest.raises(ServiceValidationError) as raised:
            await call(hass, DOMAIN, "set_gradient", entity_id, points=[[0.1, 0.2], [0.2, 0.3]])
        assert raised.value.translation_key == "gradient_not_supported"
    assert not writes(sim)


CONFIG: dict[str, Any] = {
    "on": {"startup": True},
    "bri": {
        "startup": "previous",
        "on_level": 127,
        "execute_if_off": False,
        "couple_ct": True,
        "min": 1,
        "max": 254,
        "onoff_transitiontime": 4,
    },
    "color": {
        "ct": {"startup": 370},
        "xy": {"startup": "previous"},
        "execute_if_off": False,
        "gradient": {"reversed": False, "pixel_count": 20},
    },
    "locked": False,
    "reversed": False,
    "speed": 3,
}


@pytest.mark.parametrize(
    "entity_id,shown,action,data,section,body,after",
    [
        (
            "number.lampe_fixed_brightness_when_turned_on",
            "50",
            "set_value",
            {"value": 20},
            "config",
            {"bri": {"on_level": 51}},
            "20",
        ),
        (
            "select.lampe_brightness_at_power_on",
            "previous",
            "select_option",
            {"option": "fixed"},
            "config",
            {"bri": {"startup": 180}},
            "fixed",
        ),
        (
            "select.lampe_brightness_when_turned_on",
            "fixed",
            "select_option",
            {"option": "previous"},
            "config",
            {"bri": {"on_level": "previous"}},
            "previous",
        ),
        (
            "number.lampe_fixed_color_temperature_at_power_on",
            "2702",
            "set_value",
            {"value": 4000},
            "config",
            {"color": {"ct": {"startup": 250}}},
            "4000",
        ),
        (
            "select.lampe_color_temperature_at_power_on",
            "fixed",
            "select_option",
            {"option": "previous"},
            "config",
            {"color": {"ct": {"startup": "previous"}}},
            "previous",
        ),
        (
            "select.lampe_color_at_power_on",
            "previous",
            "select_option",
            {"option": "fixed"},
            "config",
            {"color": {"xy": {"startup": [0.4575, 0.4101]}}},
            "fixed",
        ),
        ("number.lampe_minimum_brightness", "1", "set_value", {"value": 10}, "config", {"bri": {"min": 25}}, "10"),
        ("number.lampe_maximum_brightness", "100", "set_value", {"value": 50}, "config", {"bri": {"max": 127}}, "50"),
        (
            "number.lampe_on_off_transition_time",
            "0.4",
            "set_value",
            {"value": 2.5},
            "config",
            {"bri": {"onoff_transitiontime": 25}},
            "2.5",
        ),
        (
            "number.lampe_number_of_pixels",
            "20",
            "set_value",
            {"value": 50},
            "config",
            {"color": {"gradient": {"pixel_count": 50}}},
            "50",
        ),
        ("number.lampe_speed", "3", "set_value", {"value": 7}, "config", {"speed": 7}, "7"),
        ("number.lampe_effect_speed", "2", "set_value", {"value": 5}, "state", {"speed": 5}, "5"),
        (
            "switch.lampe_accept_brightness_while_off",
            "off",
            "turn_on",
            {},
            "config",
            {"bri": {"execute_if_off": True}},
            "on",
        ),
        (
            "switch.lampe_accept_color_while_off",
            "off",
            "turn_on",
            {},
            "config",
            {"color": {"execute_if_off": True}},
            "on",
        ),
        (
            "switch.lampe_color_temperature_follows_brightness",
            "on",
            "turn_off",
            {},
            "config",
            {"bri": {"couple_ct": False}},
            "off",
        ),
        (
            "switch.lampe_reverse_gradient",
            "off",
            "turn_on",
            {},
            "config",
            {"color": {"gradient": {"reversed": True}}},
            "on",
        ),
        ("switch.lampe_child_lock", "off", "turn_on", {}, "config", {"locked": True}, "on"),
        ("switch.lampe_reverse_direction", "off", "turn_on", {}, "config", {"reversed": True}, "on"),
        ("switch.lampe_music_sync", "off", "turn_on", {}, "state", {"music_sync": True}, "on"),
        ("switch.lampe_music_sync", "off", "turn_off", {}, "state", {"music_sync": False}, "off"),
        (
            "select.lampe_power_on_behavior",
            "on",
            "select_option",
            {"option": "previous"},
            "config",
            {"on": {"startup": "previous"}},
            "previous",
        ),
    ],
)
@pytest.mark.parametrize("notify_all", [True, False])
async def test_settings_of_a_light(
    hass: HomeAssistant,
    all_enabled: None,
    entity_id: str,
    shown: str,
    action: str,
    data: dict[str, Any],
    section: str,
    body: dict[str, Any],
    after: str,
    *,
    notify_all: bool,
) -> None:
    state = color_state() | {"speed": 2, "music_sync": False}
    async with DeconzSimulator(notify_all=notify_all) as sim:
        # A copy, since the simulator changes the dictionary.
        config = deepcopy(CONFIG)
        entry, number = await one_lamp(hass, sim, state, {"config": config})
        assert hass.states.is_state(entity_id, shown)
        await call(hass, entity_id.partition(".")[0], action, entity_id, **data)
        assert writes(sim) == [(f"/lights/{number}/{section}", body)]
        await wait_until(hass, lambda: hass.states.is_state(entity_id, after))
        # Settings that are missing in the message stay.
        assert hass.states.is_state("number.lampe_number_of_pixels", after if "pixels" in entity_id else "20")
        await hass.config_entries.async_unload(entry.entry_id)


async def test_the_last_fixed_value_is_restored(hass: HomeAssistant, sim: DeconzSimulator, all_enabled: None) -> None:
    config: dict[str, Any] = {"bri": {"startup": 99}, "color": {"ct": {"startup": "previous"}, "xy": {"startup": None}}}
    state = {"on": False, "bri": None, "ct": None, "xy": None, "reachable": True}
    entry, number = await one_lamp(hass, sim, state, {"config": config, "ctmin": 153, "ctmax": 454})
    select = "select.lampe_brightness_at_power_on"
    await call(hass, "select", "select_option", select, option="previous")
    await wait_until(hass, lambda: hass.states.is_state(select, "previous"))
    assert hass.states.is_state("number.lampe_fixed_brightness_at_power_on", "unavailable")
    await call(hass, "select", "select_option", select, option="fixed")
    assert writes(sim)[-1] == (f"/lights/{number}/config", {"bri": {"startup": 99}})
    # A light without a current color gets the warmest white, and white as its color.
    await call(hass, "select", "select_option", "select.lampe_color_temperature_at_power_on", option="fixed")
    assert writes(sim)[-1][1] == {"color": {"ct": {"startup": 454}}}
    assert hass.states.is_state("select.lampe_color_at_power_on", "unknown")
    await call(hass, "select", "select_option", "select.lampe_color_at_power_on", option="fixed")
    assert writes(sim)[-1][1] == {"color": {"xy": {"startup": [0.3127, 0.329]}}}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_partial_refusal_is_reported(hass: HomeAssistant, sim: DeconzSimulator, all_enabled: None) -> None:
    entry, number = await one_lamp(hass, sim, dim_state(), {"config": {"bri": {"startup": 5}}})
    sim.light(number)["config"].clear()
    with pytest.raises(HomeAssistantError) as raised:
        await call(hass, "number", "set_value", "number.lampe_fixed_brightness_at_power_on", value=5)
    assert raised.value.translation_key == "not_supported"
    await hass.config_entries.async_unload(entry.entry_id)
