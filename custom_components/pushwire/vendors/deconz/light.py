"""Lights and groups of a deCONZ gateway."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import mean
from typing import TYPE_CHECKING, Any, ClassVar, override

from homeassistant.components.light import (
    ATTR_EFFECT,
    EFFECT_OFF,
    ColorMode,
    LightEntity,
    LightEntityFeature,
)
from homeassistant.const import Platform
from homeassistant.util.color import color_temperature_mired_to_kelvin

from ...core.entity import invalid
from ...core.features import Gradient, GradientLight, SceneGroup
from .api.convert import number, switched
from .api.model import Resource
from .entity import DeconzEntity, resources
from .group import GroupEntity
from .light_state import (
    ABILITIES,
    ITEMS,
    alerts_of,
    best_of,
    brightness_of,
    color_modes,
    effect_of,
    effects_of,
    end_effect,
    gradient_abilities,
    gradient_of,
    hs_of,
    kelvin_of,
    mode_of,
    off_body,
    on_body,
    widest_mireds,
    xy_of,
)
from .placement import group_shown_on, is_light

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[_DeconzLight]:
    """Build a light for each lamp of a device, or for a group of lamps."""
    for resource in resources(coordinator, device_id, "lights"):
        if is_light(coordinator, resource):
            yield DeconzLight(coordinator, resource)
    for group in resources(coordinator, device_id, "groups"):
        if group_shown_on(coordinator, group) is Platform.LIGHT:
            yield DeconzGroup(coordinator, group)


class _DeconzLight(DeconzEntity, LightEntity):
    """What a lamp and a group share: the commands, and what is possible."""

    _attr_name = None
    target: ClassVar[str] = "state"
    # The lamps as they were when what they can do was looked at.
    _shapes: Sequence[tuple[Resource, int]] = ()

    @property
    def lamps(self) -> Sequence[Resource]:
        """Return the lamps that a command goes to."""
        raise NotImplementedError

    def look_at_abilities(self) -> None:
        """Take what the lamps can do, which some tell only some time after they are paired."""
        lamps = self.lamps
        shapes = [(lamp, lamp.shape) for lamp in lamps]
        if shapes == self._shapes:
            return
        self._shapes = shapes
        modes: set[ColorMode] = set().union(*map(color_modes, lamps))
        colored = modes - {ColorMode.BRIGHTNESS, ColorMode.ONOFF}
        self._attr_supported_color_modes = colored or modes - {ColorMode.ONOFF} or {ColorMode.ONOFF}
        low, high = widest_mireds(lamp for lamp in lamps if "ct" in lamp.state)
        self._attr_min_color_temp_kelvin = color_temperature_mired_to_kelvin(high)
        self._attr_max_color_temp_kelvin = color_temperature_mired_to_kelvin(low)
        features = LightEntityFeature(0)
        if any("bri" in lamp.state for lamp in lamps):
            features |= LightEntityFeature.TRANSITION
        if any(map(alerts_of, lamps)):
            features |= LightEntityFeature.FLASH
        effects = list(dict.fromkeys(effect for lamp in lamps for effect in effects_of(lamp)))
        if effects:
            features |= LightEntityFeature.EFFECT
        self._attr_effect_list = effects or None
        self._attr_supported_features = features

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch on, at once with everything else that is wanted."""
        effect = kwargs.get(ATTR_EFFECT)
        if effect is not None and effect not in (self.effect_list or ()):
            raise invalid("effect_not_supported", details=effect)
        await self.async_put(self.target, **on_body(kwargs, self.lamps))

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch off, or fade out."""
        await self.async_put(self.target, **off_body(kwargs, self.lamps))


class DeconzLight(_DeconzLight, GradientLight):
    """A lamp."""

    _unrecorded_attributes = frozenset({"gradient"})

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Follow what it shows and what it can do."""
        super().__init__(coordinator, resource, "", *ITEMS, *ABILITIES)
        self._colored: ColorMode | None = None
        self.look_at_abilities()

    @property
    @override
    def lamps(self) -> Sequence[Resource]:
        """Return the lamp itself."""
        return (self.source,)

    @override
    def refresh(self) -> None:
        """Read the lamp's state."""
        self.look_at_abilities()
        state = self.source.state
        self._attr_is_on = switched(state.get("on"))
        self._attr_brightness = brightness_of(state)
        modes = self._attr_supported_color_modes or set()
        if (mode := mode_of(state)) in modes:
            self._colored = mode
        # While an effect runs, the mode before it says best what can be set.
        self._attr_color_mode = self._colored if self._colored in modes else best_of(modes)
        # Only the colour of the present mode is true; the others are left over.
        self._attr_hs_color = hs_of(state)
        self._attr_xy_color = xy_of(state)
        self._attr_color_temp_kelvin = kelvin_of(state)
        self._attr_effect = effect_of(state)
        if gradient_abilities(self.source) is not None:
            self._attr_extra_state_attributes = {"gradient": gradient_of(state) if self._attr_is_on else None}

    @override
    async def async_set_gradient(self, gradient: Gradient) -> None:
        """Show a gradient, if the lamp can."""
        abilities = gradient_abilities(self.source)
        if abilities is None:
            raise invalid("gradient_not_supported")
        styles = abilities.get("styles")
        if isinstance(styles, list) and gradient.style is not None and gradient.style not in styles:
            raise invalid("gradient_bad_style", details=", ".join(map(str, styles)))
        most = number(abilities.get("max_segments"))
        for value in (len(gradient.points), gradient.segments, gradient.offset):
            if most is not None and value is not None and value > most:
                raise invalid("gradient_too_long", details=str(round(most)))
        told = {
            name: value
            for name, value in (
                ("style", gradient.style),
                ("segments", gradient.segments),
                ("offset", gradient.offset),
            )
            if value is not None
        }
        body: dict[str, Any] = {
            "on": True,
            "gradient": {"points": [list(point) for point in gradient.points], **told},
        }
        end_effect(body, self.lamps)
        await self.async_put(self.target, **body)


class DeconzGroup(GroupEntity, _DeconzLight, SceneGroup):
    """A group of lamps, whose state is that of its members.

    The gateway tells only whether any and all are on; brightness and colour are
    those of the members that are on.
    """

    target = "action"

    def __init__(self, coordinator: DeconzCoordinator, group: Resource) -> None:
        """Follow the group and its members."""
        super().__init__(coordinator, group, *ITEMS, *ABILITIES)
        self.look_at_abilities()

    @override
    def counts(self, member: Resource) -> bool:
        """Say whether a member is a lamp."""
        return is_light(self.coordinator, member)

    @property
    @override
    def lamps(self) -> Sequence[Resource]:
        """Return the lamps of the group."""
        return self.members

    @override
    def refresh(self) -> None:
        """Compute the state from the members."""
        self.look_at_abilities()
        there = [member for member in self.members if member.reachable]
        states = [member.state for member in there if switched(member.state.get("on"))]
        self._attr_is_on = bool(states)
        bris = [bri for state in states if (bri := brightness_of(state)) is not None]
        self._attr_brightness = round(mean(bris)) if bris else None
        modes = self._attr_supported_color_modes or set()
        mode = _most([mode for state in states if (mode := mode_of(state)) in modes]) or best_of(modes)
        self._attr_color_mode = mode
        of_mode = [state for state in states if mode_of(state) is mode]
        kelvins = [kelvin for state in of_mode if (kelvin := kelvin_of(state))]
        self._attr_color_temp_kelvin = round(mean(kelvins)) if kelvins else None
        xys = [xy for state in of_mode if (xy := xy_of(state))]
        self._attr_xy_color = _middle(xys)
        hss = [hs for state in of_mode if (hs := hs_of(state))]
        # Hues have no mean: the first member stands for all.
        self._attr_hs_color = hss[0] if hss else None
        self._attr_effect = _most([effect_of(state) for state in states if "effect" in state]) or EFFECT_OFF
        self._attr_extra_state_attributes = {"all_on": bool(there) and len(states) == len(there)}

    @override
    async def async_create_scene(self, name: str) -> None:
        """Keep what the members show under a new name."""
        await self.async_command(self.coordinator.async_create_scene(self.source, name))


def _most[T](found: list[T]) -> T | None:
    """Return what is there most often, the first of several."""
    return Counter(found).most_common(1)[0][0] if found else None


def _middle(points: list[tuple[float, float]]) -> tuple[float, float] | None:
    if not points:
        return None
    return (
        round(mean(x for x, _ in points), 4),
        round(mean(y for _, y in points), 4),
    )
