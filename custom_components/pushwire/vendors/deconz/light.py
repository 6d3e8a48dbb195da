"""Lights and groups of a deCONZ gateway."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import mean
from typing import TYPE_CHECKING, Any, ClassVar, Final, override

from homeassistant.components.light import (
    ATTR_BRIGHTNESS,
    ATTR_COLOR_TEMP_KELVIN,
    ATTR_EFFECT,
    ATTR_FLASH,
    ATTR_HS_COLOR,
    ATTR_TRANSITION,
    ATTR_XY_COLOR,
    EFFECT_OFF,
    FLASH_SHORT,
    ColorMode,
    LightEntity,
    LightEntityFeature,
)
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util.color import (
    color_temperature_kelvin_to_mired,
    color_temperature_mired_to_kelvin,
)

from .convert import number
from .entity import DeconzEntity, resources
from .model import Resource

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

# What is switched and is no lamp, by the gateway's word for it.
SWITCH_TYPES: Final = frozenset({"on/off plug-in unit", "on/off output", "smart plug", "on/off switch"})
# What stands among the lights and gives no light.
OTHER_TYPES: Final = frozenset(
    {
        "configuration tool",
        "door lock",
        "door lock controller",
        "door lock unit",
        "fan",
        "level controllable output",
        "range extender",
        "warning device",
        "window covering controller",
        "window covering device",
    }
)
MIREDS: Final = (140, 650)
USUAL_MIREDS: Final = (153, 500)
MAX_BRI: Final = 254
MAX_HUE: Final = 65535
MAX_SAT: Final = 255
# Older gateways write the coordinates as integers.
MAX_XY: Final = 65535

ITEMS: Final = (
    "state.on",
    "state.bri",
    "state.ct",
    "state.hue",
    "state.sat",
    "state.xy",
    "state.colormode",
    "state.effect",
)
COLOR_MODES: Final = {
    "ct": ColorMode.COLOR_TEMP,
    "hs": ColorMode.HS,
    "xy": ColorMode.XY,
}
# Members of a group answer one after the other: they are waited for.
COALESCE: Final = 0.1


def is_switch(resource: Resource) -> bool:
    """Say whether a resource among the lights is a plug or relay."""
    return resource.type.lower() in SWITCH_TYPES


def is_light(resource: Resource) -> bool:
    """Say whether a resource gives light: it can be switched and is nothing else."""
    return (
        resource.kind == "lights"
        and resource.has("state.on")
        and not is_switch(resource)
        and resource.type.lower() not in OTHER_TYPES
    )


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[_DeconzLight]:
    """Build a light for each lamp of a device, or for a group of lamps."""
    for resource in resources(coordinator, device_id, "lights"):
        if is_light(resource):
            yield DeconzLight(coordinator, resource)
    for group in resources(coordinator, device_id, "groups"):
        if any(is_light(member) for member in coordinator.model.members(group)):
            yield DeconzGroup(coordinator, group)


def color_modes(resource: Resource) -> set[ColorMode]:
    """Return the colour modes that a lamp's items allow."""
    state = resource.state
    modes = set()
    if "ct" in state:
        modes.add(ColorMode.COLOR_TEMP)
    if "hue" in state and "sat" in state:
        modes.add(ColorMode.HS)
    if "xy" in state:
        modes.add(ColorMode.XY)
    if not modes:
        modes.add(ColorMode.BRIGHTNESS if "bri" in state else ColorMode.ONOFF)
    return modes


def xy_of(state: dict[str, Any]) -> tuple[float, float] | None:
    """Return CIE xy, from either of the gateway's ways to write it."""
    xy = state.get("xy")
    if not isinstance(xy, list) or len(xy) != 2:  # noqa: PLR2004
        return None
    x, y = number(xy[0]), number(xy[1])
    if x is None or y is None:
        return None
    if x > 1 or y > 1:
        return round(x / MAX_XY, 4), round(y / MAX_XY, 4)
    return float(x), float(y)


def hs_of(state: dict[str, Any]) -> tuple[float, float] | None:
    """Return hue in degrees and saturation in percent."""
    hue, sat = number(state.get("hue")), number(state.get("sat"))
    if hue is None or sat is None:
        return None
    return round(hue / MAX_HUE * 360, 3), round(min(sat / MAX_SAT, 1) * 100, 3)


def kelvin_of(state: dict[str, Any]) -> int | None:
    """Return the colour temperature."""
    mireds = number(state.get("ct"))
    return None if not mireds else color_temperature_mired_to_kelvin(mireds)


class _DeconzLight(DeconzEntity, LightEntity):
    """What a lamp and a group share: the commands."""

    _attr_name = None
    _attr_supported_features = LightEntityFeature.TRANSITION | LightEntityFeature.FLASH
    target: ClassVar[str] = "state"

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch on, at once with everything else that is wanted."""
        body: dict[str, Any] = {"on": True}
        if ATTR_BRIGHTNESS in kwargs:
            body["bri"] = max(1, min(kwargs[ATTR_BRIGHTNESS], MAX_BRI))
        if ATTR_COLOR_TEMP_KELVIN in kwargs:
            body["ct"] = round(color_temperature_kelvin_to_mired(kwargs[ATTR_COLOR_TEMP_KELVIN]))
        if ATTR_XY_COLOR in kwargs:
            body["xy"] = list(kwargs[ATTR_XY_COLOR])
        if ATTR_HS_COLOR in kwargs:
            hue, saturation = kwargs[ATTR_HS_COLOR]
            body["hue"] = round(hue / 360 * MAX_HUE)
            body["sat"] = round(saturation / 100 * MAX_SAT)
        if ATTR_TRANSITION in kwargs:
            body["transitiontime"] = round(kwargs[ATTR_TRANSITION] * 10)
        if ATTR_EFFECT in kwargs:
            effect = kwargs[ATTR_EFFECT]
            body["effect"] = "none" if effect == EFFECT_OFF else effect
        if ATTR_FLASH in kwargs:
            body["alert"] = "select" if kwargs[ATTR_FLASH] == FLASH_SHORT else "lselect"
        await self.async_put(self.target, **body)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch off, or fade out."""
        body: dict[str, Any] = {"on": False}
        if ATTR_TRANSITION in kwargs and ColorMode.ONOFF not in (self.supported_color_modes or ()):
            body["transitiontime"] = round(kwargs[ATTR_TRANSITION] * 10)
            body["bri"] = 0
        if ATTR_FLASH in kwargs:
            body = {"alert": "select" if kwargs[ATTR_FLASH] == FLASH_SHORT else "lselect"}
        await self.async_put(self.target, **body)


class DeconzLight(_DeconzLight):
    """A lamp."""

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Take what it can do from its items and capabilities."""
        super().__init__(coordinator, resource, "", *ITEMS)
        self._attr_supported_color_modes = color_modes(resource)
        self._attr_color_mode = _only(self._attr_supported_color_modes)
        low, high = mired_range(resource)
        self._attr_min_color_temp_kelvin = color_temperature_mired_to_kelvin(high)
        self._attr_max_color_temp_kelvin = color_temperature_mired_to_kelvin(low)
        effects = effects_of(resource)
        if effects:
            self._attr_effect_list = effects
            self._attr_supported_features |= LightEntityFeature.EFFECT

    @override
    def refresh(self) -> None:
        """Read the lamp's state."""
        state = self.source.state
        on = state.get("on")
        self._attr_is_on = on if isinstance(on, bool) else None
        bri = number(state.get("bri"))
        self._attr_brightness = None if bri is None else min(round(bri), 255)
        modes = self._attr_supported_color_modes or set()
        mode = COLOR_MODES.get(str(state.get("colormode")))
        self._attr_color_mode = mode if mode in modes else _only(modes)
        # Only the colour of the present mode is true; the others are left over.
        self._attr_hs_color = hs_of(state)
        self._attr_xy_color = xy_of(state)
        self._attr_color_temp_kelvin = kelvin_of(state)
        if self._attr_effect_list:
            effect = state.get("effect")
            self._attr_effect = effect if effect in self._attr_effect_list else EFFECT_OFF


class DeconzGroup(_DeconzLight):
    """A group, whose state is that of its members.

    The gateway tells only whether any and all are on; brightness and colour are
    those of the members that are on.
    """

    target = "action"

    def __init__(self, coordinator: DeconzCoordinator, group: Resource) -> None:
        """Follow the group and its members."""
        self._members: Sequence[Resource] = ()
        self._waiting: CALLBACK_TYPE | None = None
        super().__init__(coordinator, group, "", *ITEMS, "state.any_on", "state.all_on")
        self._look_at_members()

    def _look_at_members(self) -> None:
        self._members = [member for member in self.coordinator.model.members(self.source) if is_light(member)]
        modes: set[ColorMode] = set()
        for member in self._members:
            modes |= color_modes(member)
        colored = modes - {ColorMode.BRIGHTNESS, ColorMode.ONOFF}
        dimmed = modes - {ColorMode.ONOFF}
        self._attr_supported_color_modes = colored or dimmed or {ColorMode.ONOFF}
        ranges = [mired_range(member) for member in self._members] or [USUAL_MIREDS]
        self._attr_min_color_temp_kelvin = color_temperature_mired_to_kelvin(max(high for _, high in ranges))
        self._attr_max_color_temp_kelvin = color_temperature_mired_to_kelvin(min(low for low, _ in ranges))

    @override
    def followed(self) -> tuple[str, ...]:
        """Return the group and its members."""
        return (self.resource, *(member.key for member in self._members))

    @override
    def reachable(self) -> bool:
        """Say whether any member can be reached."""
        return any(member.reachable for member in self._members)

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Stop to wait for members."""
        if self._waiting is not None:
            self._waiting()
            self._waiting = None

    @callback
    @override
    def _on_change(self) -> None:
        if self._waiting is None:
            self._waiting = async_call_later(self.hass, COALESCE, self._on_settled)

    @callback
    def _on_settled(self, _now: datetime) -> None:
        self._waiting = None
        super()._on_change()

    @override
    def refresh(self) -> None:
        """Compute the state from the members."""
        on = [member for member in self._members if member.state.get("on") is True]
        self._attr_is_on = bool(on)
        states = [member.state for member in on]
        bris = [bri for state in states if (bri := number(state.get("bri"))) is not None]
        self._attr_brightness = min(round(mean(bris)), 255) if bris else None
        modes = self._attr_supported_color_modes or set()
        wanted = [mode for state in states if (mode := COLOR_MODES.get(str(state.get("colormode")))) in modes]
        mode = max(wanted, key=wanted.count) if wanted else _only(modes)
        self._attr_color_mode = mode
        of_mode = [state for state in states if COLOR_MODES.get(str(state.get("colormode"))) is mode]
        kelvins = [kelvin for state in of_mode if (kelvin := kelvin_of(state))]
        self._attr_color_temp_kelvin = round(mean(kelvins)) if kelvins else None
        xys = [xy for state in of_mode if (xy := xy_of(state))]
        self._attr_xy_color = _middle(xys)
        hss = [hs for state in of_mode if (hs := hs_of(state))]
        # Hues have no mean: the first member stands for all.
        self._attr_hs_color = hss[0] if hss else None
        self._attr_extra_state_attributes = {"all_on": bool(self._members) and len(on) == len(self._members)}


def _only(modes: set[ColorMode]) -> ColorMode:
    """Return the mode of a lamp that does not say which it is in."""
    for mode in (
        ColorMode.XY,
        ColorMode.HS,
        ColorMode.COLOR_TEMP,
        ColorMode.BRIGHTNESS,
    ):
        if mode in modes:
            return mode
    return ColorMode.ONOFF


def _middle(points: list[tuple[float, float]]) -> tuple[float, float] | None:
    if not points:
        return None
    return (
        round(mean(x for x, _ in points), 4),
        round(mean(y for _, y in points), 4),
    )


def mired_range(resource: Resource) -> tuple[int, int]:
    """Return the lowest and highest mired value that a lamp can show."""
    color = resource.capabilities.get("color")
    ct = color.get("ct") if isinstance(color, dict) else None
    limits = ct if isinstance(ct, dict) else {}
    low = number(limits.get("min", resource.attr.get("ctmin")))
    high = number(limits.get("max", resource.attr.get("ctmax")))
    return (
        round(min(max(low or USUAL_MIREDS[0], MIREDS[0]), MIREDS[1])),
        round(min(max(high or USUAL_MIREDS[1], MIREDS[0]), MIREDS[1])),
    )


def effects_of(resource: Resource) -> list[str]:
    """Return the effects of a lamp: those it names, or the one all colours have."""
    color = resource.capabilities.get("color")
    named = color.get("effects") if isinstance(color, dict) else None
    if isinstance(named, list):
        effects = [item for item in named if isinstance(item, str) and item != "none"]
        return [EFFECT_OFF, *effects] if effects else []
    return [EFFECT_OFF, "colorloop"] if "effect" in resource.state else []
