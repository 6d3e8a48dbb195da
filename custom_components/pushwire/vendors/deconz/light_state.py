"""Capabilities and state of lights, and the bodies of their commands."""

from collections.abc import Iterable, Mapping, Sequence, Set as AbstractSet
from typing import Any, Final

from homeassistant.components.light import (
    ATTR_BRIGHTNESS,
    ATTR_COLOR_TEMP_KELVIN,
    ATTR_EFFECT,
    ATTR_FLASH,
    ATTR_HS_COLOR,
    ATTR_TRANSITION,
    ATTR_XY_COLOR,
    EFFECT_OFF,
    FLASH_LONG,
    FLASH_SHORT,
    ColorMode,
)
from homeassistant.util.color import (
    color_hs_to_xy,
    color_temperature_kelvin_to_mired,
    color_temperature_mired_to_kelvin,
    color_xy_to_hs,
)

from ...wire.values import number
from .api.convert import as_on_off
from .api.model import Resource

MIREDS: Final = (140, 650)
DEFAULT_MIREDS: Final = (153, 500)
MAX_BRIGHTNESS: Final = 254
MAX_HUE: Final = 65535
MAX_SAT: Final = 255
# Older gateways write the coordinates as integers.
MAX_XY: Final = 65535
POINT: Final = 2

ITEMS: Final = (
    "state.on",
    "state.bri",
    "state.ct",
    "state.hue",
    "state.sat",
    "state.xy",
    "state.colormode",
    "state.effect",
    "state.gradient",
    "state.alert",
)
# Items from which the color is computed.
COLOR_ITEMS: Final = ("ct", "hue", "sat", "xy")
# Items with the capabilities of a light, which may become known later.
CAPABILITY_ITEMS: Final = (
    "capabilities.alerts",
    "capabilities.bri",
    "capabilities.color",
    "attr.colorcapabilities",
    "attr.ctmin",
    "attr.ctmax",
    "attr.manufacturername",
    "attr.modelid",
)
# While an effect runs, ``colormode`` is "effect", which is not a color mode.
COLOR_MODES: Final = {
    "ct": ColorMode.COLOR_TEMP,
    "gradient": ColorMode.XY,
    "hs": ColorMode.HS,
    "xy": ColorMode.XY,
}
# Names of these modes in ``capabilities.color.modes``, and their bits in ``colorcapabilities``,
# which older gateways report.
MODE_BITS: Final = {"ct": 0x10, "hs": 0x03, "xy": 0x08}
COLOR_LOOP_BIT: Final = 0x04
# Items that a light needs for each mode.
MODE_ITEMS: Final = {"ct": ("ct",), "hs": ("hue", "sat"), "xy": ("xy",)}
COLOR_LOOP: Final = "colorloop"
# Modes of a light that shows any color.
COLOR: Final = frozenset({ColorMode.HS, ColorMode.XY})
NO_EFFECT: Final = "none"
# Some lights report the number of the effect.
NO_EFFECTS: Final = frozenset({"", NO_EFFECT, "0"})
COLORS: Final = frozenset({"ct", "xy", "hue", "sat", "gradient"})
# Values of ``alert`` by kind of flash, the preferred one first.
FLASHES: Final = {
    FLASH_SHORT: ("select", "blink", "okay"),
    FLASH_LONG: ("lselect", "breathe", "channelchange"),
}
# IKEA firmware ignores commands received during a transition.
IKEA: Final = "ikea of sweden"
# Effects that the gateway accepts for lights of some makers; older releases do not list them.
MUELLER: Final = "mli"
MUELLER_EFFECTS: Final = (COLOR_LOOP, "sunset", "party", "worklight", "campfire", "romance", "nightlight")
# Strip by LIDL, which the gateway controls in its own way: by hue and saturation, without
# transitions and alerts.
LIDL_STRIP_MAKER: Final = "_TZE200_s8gkrkxk"
LIDL_STRIP_MODEL: Final = "HG06467"
LIDL_STRIP_EFFECTS: Final = (
    "steady",
    "snow",
    "rainbow",
    "snake",
    "twinkle",
    "fireworks",
    "flag",
    "waves",
    "updown",
    "vintage",
    "fading",
    "collide",
    "strobe",
    "sparkles",
    "carnival",
    "glow",
)


def _is_lidl_strip(resource: Resource) -> bool:
    return resource.attr.get("manufacturername") == LIDL_STRIP_MAKER or resource.attr.get("modelid") == LIDL_STRIP_MODEL


def _reported_modes(resource: Resource) -> frozenset[str]:
    """Return the names of the color modes that the device supports, or none if the gateway does not report them."""
    # Releases of the gateway report a list, or the bits of the device.
    for reported in (_color_capabilities(resource).get("modes"), resource.attr.get("colorcapabilities")):
        if isinstance(reported, list):
            return frozenset(mode for mode in reported if mode in MODE_BITS)
        if (bits := _bits(reported)) is not None:
            return frozenset(mode for mode, mask in MODE_BITS.items() if bits & mask)
    return frozenset()


def _bits(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def color_modes(resource: Resource) -> set[ColorMode]:
    """Return the color modes of a light.

    A gateway lists the items of all modes for some lights that support only one.
    """
    state = resource.state
    names = {name for name, items in MODE_ITEMS.items() if all(item in state for item in items)}
    reported = frozenset({"hs"}) if _is_lidl_strip(resource) else _reported_modes(resource)
    modes = {COLOR_MODES[name] for name in names & reported or names}
    if not modes:
        modes.add(ColorMode.BRIGHTNESS if "bri" in state else ColorMode.ONOFF)
    return modes


def common_color_modes(lights: Iterable[Resource]) -> set[ColorMode]:
    """Return the color modes of several lights.

    A color is sent in one way to all of them, so a way that only some of the color lights
    support is left out if there is another one.
    """
    of_lights = [color_modes(light) for light in lights]
    colors = [modes & COLOR for modes in of_lights if modes & COLOR]
    common = set.intersection(*colors) if colors else set()
    every: set[ColorMode] = set().union(*of_lights)
    return every - COLOR | common if common else every


def supports_transitions(resource: Resource) -> bool:
    """Return whether the gateway accepts a transition time for a light."""
    return "bri" in resource.state and not _is_lidl_strip(resource)


def richest_mode(modes: set[ColorMode]) -> ColorMode:
    """Return the color mode of a light that does not report one."""
    for mode in (ColorMode.XY, ColorMode.HS, ColorMode.COLOR_TEMP, ColorMode.BRIGHTNESS):
        if mode in modes:
            return mode
    return ColorMode.ONOFF


def mode_of(state: Mapping[str, Any]) -> ColorMode | None:
    """Return the color mode that a light reports, or None."""
    return COLOR_MODES.get(str(state.get("colormode")))


def mode_among(state: Mapping[str, Any], modes: AbstractSet[ColorMode]) -> ColorMode | None:
    """Return which of the modes of a group a light reports; a color counts as one, in whichever way it is reported."""
    mode = mode_of(state)
    if mode in COLOR and mode not in modes:
        mode = next(iter(COLOR & modes), None)
    return mode if mode in modes else None


def color_as_xy(resource: Resource) -> tuple[float, float] | None:
    """Return the color of a light in CIE xy, whichever way it is reported in."""
    hs = hs_of(resource.state)
    if mode_of(resource.state) is ColorMode.HS and hs is not None and ColorMode.HS in color_modes(resource):
        return color_hs_to_xy(*hs)
    return xy_of(resource.state)


def color_as_hs(resource: Resource) -> tuple[float, float] | None:
    """Return the color of a light as hue and saturation, whichever way it is reported in."""
    xy = xy_of(resource.state)
    if mode_of(resource.state) is ColorMode.XY and xy is not None:
        return color_xy_to_hs(*xy)
    return hs_of(resource.state)


def xy_point(value: Any) -> tuple[float, float] | None:
    """Return a color in CIE xy, from a pair of fractions or of 16-bit integers."""
    if not isinstance(value, list) or len(value) != POINT:
        return None
    x, y = number(value[0]), number(value[1])
    if x is None or y is None:
        return None
    if x > 1 or y > 1:
        return round(x / MAX_XY, 4), round(y / MAX_XY, 4)
    return float(x), float(y)


def xy_of(state: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the color in CIE xy."""
    return xy_point(state.get("xy"))


def hs_of(state: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return hue in degrees and saturation in percent."""
    hue, sat = number(state.get("hue")), number(state.get("sat"))
    if hue is None or sat is None:
        return None
    return round(hue / MAX_HUE * 360, 3), round(min(sat / MAX_SAT, 1) * 100, 3)


def kelvin_of(state: Mapping[str, Any]) -> int | None:
    """Return the color temperature in K."""
    mireds = number(state.get("ct"))
    return color_temperature_mired_to_kelvin(mireds) if mireds is not None and mireds > 0 else None


def brightness_of(state: Mapping[str, Any]) -> int | None:
    """Return the brightness, from 0 to 255."""
    bri = number(state.get("bri"))
    return None if bri is None else min(max(round(bri), 0), 255)


def effect_of(state: Mapping[str, Any]) -> str:
    """Return the effect that runs, whether or not it is in the list of effects."""
    effect = state.get("effect")
    return effect if isinstance(effect, str) and effect.lower() not in NO_EFFECTS else EFFECT_OFF


def _color_capabilities(resource: Resource) -> Mapping[str, Any]:
    color = resource.capabilities.get("color")
    return color if isinstance(color, dict) else {}


def mired_range(resource: Resource) -> tuple[int, int]:
    """Return the lowest and highest color temperature of a light in mireds."""
    ct = _color_capabilities(resource).get("ct")
    limits = ct if isinstance(ct, dict) else {}
    low = number(limits.get("min", resource.attr.get("ctmin")))
    high = number(limits.get("max", resource.attr.get("ctmax")))
    lowest = round(min(max(low or DEFAULT_MIREDS[0], MIREDS[0]), MIREDS[1]))
    highest = round(min(max(high or DEFAULT_MIREDS[1], MIREDS[0]), MIREDS[1]))
    return (lowest, highest) if lowest < highest else DEFAULT_MIREDS


def widest_mired_range(lights: Iterable[Resource]) -> tuple[int, int]:
    """Return the lowest and highest color temperature of several lights in mireds."""
    ranges = [mired_range(light) for light in lights] or [DEFAULT_MIREDS]
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def effects_of(resource: Resource) -> list[str]:
    """Return the effects of a light: those that it reports, those of its maker, or the one of all color lights."""
    named = _color_capabilities(resource).get("effects")
    effects: Sequence[str]
    if isinstance(named, list):
        effects = [item for item in named if isinstance(item, str) and item.lower() not in NO_EFFECTS]
    elif "effect" not in resource.state:
        effects = ()
    elif _is_lidl_strip(resource):
        effects = LIDL_STRIP_EFFECTS
    elif str(resource.attr.get("manufacturername")).lower() == MUELLER:
        effects = MUELLER_EFFECTS
    else:
        bits = _bits(resource.attr.get("colorcapabilities"))
        effects = () if bits is not None and not bits & COLOR_LOOP_BIT else (COLOR_LOOP,)
    return [EFFECT_OFF, *effects] if effects else []


def group_effects_of(lights: Iterable[Resource]) -> list[str]:
    """Return the effects of a group, for which the gateway accepts only the color loop."""
    return [EFFECT_OFF, COLOR_LOOP] if any(COLOR_LOOP in effects_of(light) for light in lights) else []


def alerts_of(resource: Resource) -> dict[str, str]:
    """Return the value of ``alert`` by kind of flash, for the kinds that a light supports."""
    if "alert" not in resource.state or _is_lidl_strip(resource):
        return {}
    named = resource.capabilities.get("alerts")
    if not isinstance(named, list):
        return {flash: words[0] for flash, words in FLASHES.items()}
    return {
        flash: word
        for flash, words in FLASHES.items()
        if (word := next((word for word in words if word in named), None)) is not None
    }


def gradient_capabilities(resource: Resource) -> Mapping[str, Any] | None:
    """Return the gradient capabilities of a light, or None for a light without gradients."""
    capabilities = _color_capabilities(resource).get("gradient")
    if isinstance(capabilities, dict):
        return capabilities
    return {} if "gradient" in resource.state else None


def gradient_of(state: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the current gradient of a light."""
    gradient = state.get("gradient")
    if state.get("colormode") != "gradient" or not isinstance(gradient, dict):
        return None
    points = gradient.get("points")
    layout = {key: gradient[key] for key in ("style", "segments", "offset") if key in gradient}
    colors = [point for item in (points if isinstance(points, list) else ()) if (point := xy_point(item))]
    return {"points": colors, **layout}


def supports_fade_out(resource: Resource) -> bool:
    """Return whether a light turns off when its brightness fades to 0.

    Any other light would stay on at its lowest brightness, and turn on with that again.
    """
    bri = resource.capabilities.get("bri")
    turns_off = bri.get("move_with_onoff") if isinstance(bri, dict) else None
    return supports_transitions(resource) and turns_off is not False


def _blocks_during_transition(resource: Resource) -> bool:
    return resource.capabilities.get("transition_block") is True


def _drops_during_transition(resource: Resource) -> bool:
    return str(resource.attr.get("manufacturername")).lower() == IKEA or _blocks_during_transition(resource)


def turn_on_body(wanted: Mapping[str, Any], lights: Sequence[Resource]) -> dict[str, Any]:
    """Return the body that turns on one light or a group.

    Args:
        wanted: Attributes of Home Assistant's ``light.turn_on``.
        lights: The light, or the members of the group.

    """
    body: dict[str, Any] = {"on": True}
    if ATTR_BRIGHTNESS in wanted:
        body["bri"] = max(1, min(wanted[ATTR_BRIGHTNESS], MAX_BRIGHTNESS))
    if ATTR_COLOR_TEMP_KELVIN in wanted:
        low, high = widest_mired_range(lights)
        body["ct"] = min(max(round(color_temperature_kelvin_to_mired(wanted[ATTR_COLOR_TEMP_KELVIN])), low), high)
    _add_color(body, wanted, common_color_modes(lights))
    if ATTR_EFFECT in wanted:
        effect = wanted[ATTR_EFFECT]
        body["effect"] = NO_EFFECT if effect == EFFECT_OFF else effect
    else:
        end_effect(body, lights)
    _add_transition(body, wanted, lights)
    _add_flash(body, wanted, lights)
    return body


def _add_color(body: dict[str, Any], wanted: Mapping[str, Any], modes: AbstractSet[ColorMode]) -> None:
    """Add a color in a way that the lights support; Home Assistant does not convert the color of a scene."""
    xy: Any = wanted.get(ATTR_XY_COLOR)
    hs: Any = wanted.get(ATTR_HS_COLOR)
    if xy is not None and ColorMode.XY not in modes and ColorMode.HS in modes:
        xy, hs = None, color_xy_to_hs(*xy)
    elif hs is not None and ColorMode.HS not in modes and ColorMode.XY in modes:
        xy, hs = color_hs_to_xy(*hs), None
    if xy is not None:
        body["xy"] = list(xy)
    if hs is not None:
        body["hue"] = round(hs[0] / 360 * MAX_HUE)
        body["sat"] = round(hs[1] / 100 * MAX_SAT)


def end_effect(body: dict[str, Any], lights: Sequence[Resource]) -> None:
    """Add the end of a running effect to a body with a color, which the gateway would refuse otherwise."""
    if COLORS & body.keys() and any(effect_of(light.state) != EFFECT_OFF for light in lights):
        body["effect"] = NO_EFFECT


def _add_transition(body: dict[str, Any], wanted: Mapping[str, Any], lights: Sequence[Resource]) -> None:
    """Add the transition time; without one the gateway uses its own default."""
    if not any(map(supports_transitions, lights)):
        return
    several = "bri" in body and bool(COLORS & body.keys())
    if several and any(map(_blocks_during_transition, lights)):
        # The first transition would block the second change.
        body["transitiontime"] = 0
    elif ATTR_TRANSITION in wanted:
        body["transitiontime"] = round(wanted[ATTR_TRANSITION] * 10)
    elif several and any(map(_drops_during_transition, lights)):
        body["transitiontime"] = 0


def _add_flash(body: dict[str, Any], wanted: Mapping[str, Any], lights: Sequence[Resource]) -> None:
    flash = wanted.get(ATTR_FLASH)
    word = next((words[flash] for light in lights if flash in (words := alerts_of(light))), None)
    if word is not None:
        body["alert"] = word


def turn_off_body(wanted: Mapping[str, Any], lights: Sequence[Resource]) -> dict[str, Any]:
    """Return the body that turns off one light or a group.

    Args:
        wanted: Attributes of Home Assistant's ``light.turn_off``.
        lights: The light, or the members of the group.

    """
    body: dict[str, Any] = {"on": False}
    # A light that is off refuses a brightness.
    if ATTR_TRANSITION in wanted and any(
        supports_fade_out(light) and as_on_off(light.state.get("on")) for light in lights
    ):
        body |= {"bri": 0, "transitiontime": round(wanted[ATTR_TRANSITION] * 10)}
    _add_flash(body, wanted, lights)
    return body
