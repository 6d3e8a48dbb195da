"""Groups match their current members."""

import random
from statistics import mean
from typing import Any

from homeassistant.components.light import ATTR_BRIGHTNESS, ColorMode
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.pushwire.const import DOMAIN
from simulators import DeconzSimulator
from simulators.deconz.world import color_state, ct_state, dim_state, make_light, on_state
from tests.common import run_pending_updates, set_up, wait_reconnected, wait_until
from tests.deconz.common import call, writes

GROUP = "light.zimmer"
STATES = [color_state(), color_state() | {"effect": "colorloop"}, ct_state(), dim_state(), on_state(on=True)]


def a_group(sim: DeconzSimulator, states: list[dict[str, Any]], **extra: Any) -> tuple[str, list[str]]:
    """Add lights and a group of them; return the IDs."""
    lights = [
        sim.add("lights", make_light(300 + index, f"Glied {index}", "Lamp", dict(state), **extra))
        for index, state in enumerate(states)
    ]
    return sim.add_group("Zimmer", lights), lights


def truth(sim: DeconzSimulator, gid: str) -> tuple[Any, ...]:
    """Return the expected state of a group, computed from the simulator's world by the documentation alone."""
    lights = [sim.world["lights"][number]["state"] for number in sim.world["groups"][gid]["lights"]]
    there = [light for light in lights if light["reachable"]]
    if not there:
        return ("unavailable",)
    lit = [light for light in there if light["on"]]
    if not lit:
        return ("off", False, None, None, None)
    bris = [light["bri"] for light in lit if "bri" in light]
    words = [light["colormode"] for light in lit if "colormode" in light]
    every = {key for light in lights for key in light}
    mode: str = max(words, key=lambda word: (words.count(word), -words.index(word))) if words else ""
    if not mode:
        mode = next((key for key in ("xy", "hs", "ct", "bri") if key in every or (key == "hs" and "hue" in every)), "")
    kelvins = [1_000_000 // light["ct"] for light in lit if light.get("colormode") == "ct"]
    names = {"xy": "xy", "ct": "color_temp", "hs": "hs", "bri": "brightness", "": "onoff"}
    return (
        "on",
        len(lit) == len(there),
        names[mode],
        None if mode == "" else round(mean(bris)) if bris else None,
        round(mean(kelvins)) if mode == "ct" and kelvins else None,
    )


def shown(hass: HomeAssistant, entity_id: str = GROUP) -> tuple[Any, ...]:
    """Return the same values of the group's entity."""
    state = hass.states.get(entity_id)
    if state is None or state.state == "unavailable":
        return ("unavailable",)
    attributes = state.attributes
    return (
        state.state,
        attributes["all_on"],
        attributes.get("color_mode"),
        attributes.get("brightness"),
        attributes.get("color_temp_kelvin"),
    )


@pytest.mark.parametrize("notify_all", [True, False])
async def test_a_group_always_matches_its_members(hass: HomeAssistant, quick_links: None, *, notify_all: bool) -> None:
    chance = random.Random(11)
    async with DeconzSimulator(notify_all=notify_all) as sim:
        gid, lights = a_group(sim, STATES)
        entry = await set_up(hass, sim)
        drops = 0
        for _ in range(25):
            for _ in range(chance.randrange(1, 12)):
                light = chance.choice(lights)
                state = sim.light(light)["state"]
                new: dict[str, Any] = {"on": chance.random() < 0.6}
                match chance.randrange(6):
                    case 0:
                        sim.report_lastseen("lights", light)
                        continue
                    case 1:
                        sim.set_reachable("lights", light, chance.random() < 0.6)
                        continue
                    case 2 if "ct" in state:
                        new |= {"ct": chance.randrange(160, 480), "colormode": "ct"}
                    case 3 if "xy" in state:
                        new |= {"xy": [round(chance.random(), 3), 0.4], "colormode": "xy"}
                    case _ if "bri" in state:
                        new["bri"] = chance.randrange(1, 255)
                sim.set_light(light, **new)
            if chance.random() < 0.3:
                # New members are not pushed; they are found after the reconnect.
                drops += 1
                with sim.lose_frames():
                    sim.set_members(gid, chance.sample(lights, chance.randrange(1, len(lights) + 1)))
                await sim.drop()
                await wait_reconnected(hass, entry, drops)
            expected = truth(sim, gid)
            await wait_until(hass, lambda: shown(hass) == expected)  # noqa: B023
            await run_pending_updates(hass)
            assert shown(hass) == expected
        assert drops
        await hass.config_entries.async_unload(entry.entry_id)


async def test_an_invisible_change_writes_no_state(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    _, lights = a_group(sim, [dim_state(), dim_state() | {"on": False}])
    entry = await set_up(hass, sim)
    await run_pending_updates(hass)
    before = hass.states.get(GROUP).last_reported
    for light in lights:
        sim.report_lastseen("lights", light)
    # A light that is off does not count.
    sim.set_light(lights[1], bri=7)
    sim.rename("lights", lights[0], "Anders")
    await wait_until(hass, lambda: entry.runtime_data.model.find("lights", lights[0]).name == "Anders")
    await run_pending_updates(hass)
    assert hass.states.get(GROUP).last_reported == before
    sim.set_light(lights[0], bri=7)
    await wait_until(hass, lambda: hass.states.get(GROUP).attributes[ATTR_BRIGHTNESS] == 7)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_members_are_added_and_removed(hass: HomeAssistant, quick_links: None, sim: DeconzSimulator) -> None:
    gid, lights = a_group(sim, [dim_state(), dim_state()])
    entry = await set_up(hass, sim)

    def members() -> list[str]:
        attributes = hass.states.get(GROUP).attributes
        return list(attributes.get("group_entities") or attributes.get("entity_id") or [])

    assert members() == ["light.glied_0", "light.glied_1"]
    # The gateway reports the deleted light and not the group.
    sim.set_light(lights[0], on=False)
    await wait_until(hass, lambda: not hass.states.get(GROUP).attributes["all_on"])
    sim.delete("lights", lights[1])
    await wait_until(hass, lambda: members() == ["light.glied_0"] and hass.states.is_state(GROUP, "off"))
    # A new member is found by the next poll and followed from then on.
    with sim.lose_frames():
        sim.set_members(gid, [lights[0], "ceiling"])
    await sim.drop()
    await wait_reconnected(hass, entry)
    await wait_until(hass, lambda: members() == ["light.glied_0", "light.wohnzimmer_decke"])
    sim.set_light("ceiling", on=True, bri=42)
    await wait_until(hass, lambda: hass.states.get(GROUP).attributes.get(ATTR_BRIGHTNESS) == 42)
    sim.set_light("ceiling", on=False)
    await wait_until(hass, lambda: hass.states.is_state(GROUP, "off"))
    # A removed member is no longer followed.
    with sim.lose_frames():
        sim.set_members(gid, [lights[0]])
    await sim.drop()
    await wait_reconnected(hass, entry, 2)
    await wait_until(hass, lambda: members() == ["light.glied_0"])
    sim.set_light("ceiling", on=True)
    await wait_until(hass, lambda: hass.states.is_state("light.wohnzimmer_decke", "on"))
    await run_pending_updates(hass)
    assert hass.states.is_state(GROUP, "off")
    with sim.lose_frames():
        sim.set_members(gid, [])
    await sim.drop()
    await wait_reconnected(hass, entry, 3)
    await wait_until(hass, lambda: hass.states.is_state(GROUP, "unavailable"))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_group_gets_its_entity_with_its_first_light(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    gid = sim.add_group("Zimmer")
    entry = await set_up(hass, sim)
    assert hass.states.get(GROUP) is None
    with sim.lose_frames():
        number = sim.add_light("late", "Später")
        sim.set_members(gid, [number])
        state = sim.world["lights"][number].pop("state")
    await sim.drop()
    await wait_reconnected(hass, entry)
    assert hass.states.get(GROUP) is None
    # A light that is being paired reports its capabilities only later.
    sim.world["lights"][number]["state"] = state
    sim.push({"t": "event", "e": "changed", "r": "lights", "id": number, "state": state})
    await wait_until(hass, lambda: hass.states.get(GROUP) is not None)
    assert hass.states.is_state(GROUP, "on")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_renamed_member_is_renamed_in_the_group(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    a_group(sim, [dim_state()])
    entry = await set_up(hass, sim)
    er.async_get(hass).async_update_entity("light.glied_0", new_entity_id="light.anders")
    await hass.async_block_till_done()
    attributes = hass.states.get(GROUP).attributes
    assert "light.anders" in (attributes.get("group_entities") or attributes["entity_id"])
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "states,action,data,body",
    [
        (STATES, "turn_on", {}, {"on": True}),
        (STATES, "turn_on", {"brightness": 255, "transition": 3}, {"on": True, "bri": 254, "transitiontime": 30}),
        (STATES, "turn_on", {"xy_color": [0.3, 0.4]}, {"on": True, "xy": [0.3, 0.4], "effect": "none"}),
        (STATES[2:], "turn_on", {"color_temp_kelvin": 4000}, {"on": True, "ct": 250}),
        (
            STATES[:1],
            "turn_on",
            {"hs_color": [120, 50], "flash": "short"},
            {"on": True, "hue": 21845, "sat": 128, "alert": "select"},
        ),
        # Turning on lights that are on would end the effect.
        (STATES, "turn_on", {"effect": "colorloop"}, {"effect": "colorloop"}),
        (STATES, "turn_on", {"effect": "colorloop", "brightness": 9}, {"bri": 9, "effect": "colorloop"}),
        (STATES, "turn_on", {"effect": "off"}, {"effect": "none"}),
        ([color_state() | {"on": False}], "turn_on", {"effect": "colorloop"}, {"on": True, "effect": "colorloop"}),
        (STATES, "turn_on", {"flash": "long"}, {"on": True, "alert": "lselect"}),
        (STATES, "turn_off", {}, {"on": False}),
        (STATES, "turn_off", {"transition": 2}, {"on": False, "bri": 0, "transitiontime": 20}),
        (STATES[2:3], "turn_off", {"transition": 2}, {"on": False}),
        (STATES[4:], "turn_off", {"transition": 2}, {"on": False}),
    ],
)
async def test_commands_of_a_group(
    hass: HomeAssistant,
    sim: DeconzSimulator,
    states: list[dict[str, Any]],
    action: str,
    data: dict[str, Any],
    body: dict[str, Any],
) -> None:
    gid, _ = a_group(sim, states)
    entry = await set_up(hass, sim)
    await call(hass, "light", action, GROUP, **data)
    assert writes(sim) == [(f"/groups/{gid}/action", body)]
    await wait_until(hass, lambda: hass.states.is_state(GROUP, "on" if body.get("on", True) else "off"))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_one_member_that_drops_commands_is_enough(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    gid, _ = a_group(sim, STATES[2:4], manufacturername="IKEA of Sweden")
    entry = await set_up(hass, sim)
    await call(hass, "light", "turn_on", GROUP, brightness=90, color_temp_kelvin=4000)
    assert writes(sim) == [(f"/groups/{gid}/action", {"on": True, "bri": 90, "ct": 250, "transitiontime": 0})]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_group_has_no_effects_of_its_members_but_the_color_loop(
    hass: HomeAssistant, sim: DeconzSimulator
) -> None:
    _, lights = a_group(sim, [color_state(), color_state()])
    for light, effect in zip(lights, ("candle", "fire"), strict=True):
        sim.light(light)["capabilities"] = {"color": {"effects": ["none", "colorloop", effect]}}
    entry = await set_up(hass, sim)
    # The gateway refuses all others for a group.
    assert hass.states.get(GROUP).attributes["effect_list"] == ["off", "colorloop"]
    assert hass.states.get(GROUP).attributes["effect"] == "off"
    for light in lights:
        sim.set_light(light, effect="colorloop")
    await wait_until(hass, lambda: hass.states.get(GROUP).attributes["effect"] == "colorloop")
    sim.set_light(lights[0], hue=0, sat=255, effect="none", colormode="hs")
    sim.set_light(lights[1], on=False)
    await wait_until(hass, lambda: hass.states.get(GROUP).attributes["color_mode"] == ColorMode.HS)
    assert hass.states.get(GROUP).attributes["hs_color"] == (0, 100)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "effects,offered",
    [
        (["none", "candle", "fire"], None),
        (["none"], None),
        (["none", "colorloop", "candle"], ["off", "colorloop"]),
    ],
)
async def test_effects_that_a_group_cannot_start_are_refused(
    hass: HomeAssistant, sim: DeconzSimulator, effects: list[str], offered: list[str] | None
) -> None:
    a_group(sim, [color_state()], capabilities={"color": {"effects": effects}})
    entry = await set_up(hass, sim)
    assert hass.states.get(GROUP).attributes.get("effect_list") == offered
    if offered is not None:
        with pytest.raises(ServiceValidationError):
            await call(hass, "light", "turn_on", GROUP, effect="candle")
    assert not writes(sim)
    await hass.config_entries.async_unload(entry.entry_id)


XY_ONLY, HS_ONLY, BOTH = (
    {"capabilities": {"color": {"modes": modes}}} for modes in (["xy"], ["hs"], ["ct", "hs", "xy"])
)


@pytest.mark.parametrize(
    "members,modes,names",
    [
        ((BOTH, BOTH), {"color_temp", "hs", "xy"}, {"hue", "sat"}),
        ((BOTH, XY_ONLY), {"color_temp", "xy"}, {"xy"}),
        ((HS_ONLY, BOTH), {"color_temp", "hs"}, {"hue", "sat"}),
        ((XY_ONLY, XY_ONLY), {"xy"}, {"xy"}),
        ((XY_ONLY, HS_ONLY), {"hs", "xy"}, {"hue", "sat"}),
    ],
)
async def test_a_group_gets_a_color_in_the_way_that_all_members_support(
    hass: HomeAssistant, sim: DeconzSimulator, members: tuple[dict[str, Any], ...], modes: set[str], names: set[str]
) -> None:
    lights = [
        sim.add("lights", make_light(320 + index, f"Glied {index}", "Lamp", color_state(), **extra))
        for index, extra in enumerate(members)
    ]
    sim.add_group("Zimmer", lights)
    entry = await set_up(hass, sim)
    assert set(hass.states.get(GROUP).attributes["supported_color_modes"]) == modes
    await call(hass, "light", "turn_on", GROUP, hs_color=[120, 100])
    ((_, body),) = writes(sim)
    assert body.keys() == {"on", *names}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_group_shows_the_color_of_members_that_report_it_in_another_way(
    hass: HomeAssistant, sim: DeconzSimulator
) -> None:
    green = {"colormode": "hs", "hue": 21845, "sat": 255}
    lights = [
        sim.add("lights", make_light(330 + index, f"Glied {index}", "Lamp", color_state() | green, **extra))
        for index, extra in enumerate((BOTH, XY_ONLY, HS_ONLY, BOTH))
    ]
    with_xy, with_hs = sim.add_group("Zimmer", lights[:2]), sim.add_group("Bad", lights[2:])
    assert with_xy != with_hs
    entry = await set_up(hass, sim)
    # The second light reports a color in a way that it does not support: its CIE xy is the true one.
    x, y = hass.states.get(GROUP).attributes["xy_color"]
    true_x, true_y = color_state()["xy"]
    assert (x, y) == pytest.approx(((0.172 + true_x) / 2, (0.747 + true_y) / 2), abs=0.01)
    sim.set_light(lights[3], on=True, colormode="xy", xy=[0.7006, 0.2993])
    sim.set_light(lights[2], on=False)
    await wait_until(hass, lambda: hass.states.get("light.bad").attributes["hs_color"] == (0, 100))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_group_without_anything_to_show_is_no_device(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    remote = sim.add_group("Taster")
    sim.world["groups"][remote] |= {"devicemembership": ["6"], "uniqueid": "00:17:88:01:08:6d:fa:79"}
    dropped = sim.add_group("Nichts", ["repeater"])
    with_scene = sim.add_group("Szenen")
    sim.add_scene(with_scene, "Hell")
    entry = await set_up(hass, sim)
    hub_id = entry.runtime_data.hub_id
    registry = dr.async_get(hass)

    def exists(gid: str) -> bool:
        return registry.async_get_device_by_identifier((DOMAIN, f"{hub_id}/groups/{gid}"), entry.entry_id) is not None

    assert [exists(gid) for gid in (remote, dropped, with_scene)] == [False, False, True]
    with sim.lose_frames():
        sim.set_members(remote, ["hall"])
        sim.world["groups"][remote]["name"] = "Zimmer"
    await sim.drop()
    await wait_reconnected(hass, entry)
    await wait_until(hass, lambda: hass.states.get(GROUP) is not None)
    assert exists(remote)
    # A group that has become empty keeps its device, with its name and area.
    with sim.lose_frames():
        sim.set_members(remote, [])
    await sim.drop()
    await wait_reconnected(hass, entry, 2)
    await wait_until(hass, lambda: hass.states.is_state(GROUP, "unavailable"))
    assert exists(remote)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert [exists(gid) for gid in (remote, dropped)] == [True, False]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_groups_of_switches_and_covers(hass: HomeAssistant, sim: DeconzSimulator) -> None:
    second = {"lift": 50, "open": True, "reachable": True}
    other = sim.add("lights", make_light(310, "Rollo", "Window covering device", second))
    shades = sim.add_group("Schatten", ["blind", other])
    plugs = sim.add_group("Stecker", ["plug", "plug_out"])
    mixed = sim.add_group("Gemischt", ["hall", "plug", "blind"])
    odd = sim.add_group("Quer", ["hall", "repeater"])
    sim.world["groups"][odd] |= {"type": "Room", "class": "Kitchen", "hidden": True}
    entry = await set_up(hass, sim)
    registry = er.async_get(hass)
    domains = {
        gid: {
            item.domain
            for item in er.async_entries_for_config_entry(registry, entry.entry_id)
            if item.unique_id == f"{entry.runtime_data.hub_id}/groups/{gid}"
        }
        for gid in (shades, plugs, mixed, odd)
    }
    assert domains == {shades: {"cover"}, plugs: {"switch"}, mixed: {"light", "cover"}, odd: {"light"}}
    assert registry.async_get("light.quer").hidden_by is er.RegistryEntryHider.INTEGRATION
    assert registry.async_get("cover.schatten").hidden_by is None

    cover = hass.states.get("cover.schatten")
    assert (cover.state, cover.attributes["current_position"], cover.attributes["supported_features"]) == (
        "open",
        75,
        3,
    )
    await call(hass, "cover", "close_cover", "cover.schatten")
    await wait_until(hass, lambda: hass.states.is_state("cover.schatten", "closed"))
    await call(hass, "cover", "open_cover", "cover.schatten")
    await wait_until(hass, lambda: hass.states.get("cover.schatten").attributes["current_position"] == 100)

    switch = hass.states.get("switch.stecker")
    assert (switch.state, switch.attributes["all_on"]) == ("on", False)
    await call(hass, "switch", "turn_on", "switch.stecker")
    await wait_until(hass, lambda: hass.states.get("switch.stecker").attributes["all_on"])
    await call(hass, "switch", "turn_off", "switch.stecker")
    await wait_until(hass, lambda: hass.states.is_state("switch.stecker", "off"))

    assert writes(sim) == [
        (f"/groups/{shades}/action", {"open": False}),
        (f"/groups/{shades}/action", {"open": True}),
        (f"/groups/{plugs}/action", {"on": True}),
        (f"/groups/{plugs}/action", {"on": False}),
    ]
    # The entity of a mixed group follows its lights.
    sim.set_light("plug", on=True)
    sim.set_light("hall", on=False)
    await wait_until(hass, lambda: hass.states.is_state("light.gemischt", "off"))
    await hass.config_entries.async_unload(entry.entry_id)
