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

from ...core.entity import validation_error
from ...core.features import Gradient, GradientLight, SceneGroup
from ...wire.values import number
from .api.convert import as_on_off
from .api.model import Resource
from .entity import DeconzEntity, resources
from .group import GroupEntity
from .light_state import (
    CAPABILITY_ITEMS,
    ITEMS,
    alerts_of,
    brightness_of,
    color_modes,
    effect_of,
    effects_of,
    end_effect,
    gradient_capabilities,
    gradient_of,
    hs_of,
    kelvin_of,
    mode_of,
    richest_mode,
    turn_off_body,
    turn_on_body,
    widest_mired_range,
    xy_of,
)

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[_DeconzLight]:
    """Build a light for each light of a device, or for a group of lights."""
    for resource in resources(coordinator, device_id, "lights"):
        if coordinator.placement.is_light(resource):
            yield DeconzLight(coordinator, resource)
    for group in resources(coordinator, device_id, "groups"):
        if coordinator.placement.platform_for(group) is Platform.LIGHT:
            yield DeconzGroup(coordinator, group)


class _DeconzLight(DeconzEntity, LightEntity):
    """What a light and a group share: the commands, and what is possible."""

    _attr_name = None
    command_section: ClassVar[str] = "state"
    # The lights as they were when what they can do was looked at.
    _revisions: Sequence[tuple[Resource, int]] = ()

    @property
    def lights(self) -> Sequence[Resource]:
        """Return the lights that a command goes to."""
        raise NotImplementedError

    def update_capabilities(self) -> None:
        """Take what the lights can do, which some tell only some time after they are paired."""
        lights = self.lights
        revisions = [(light, light.revision) for light in lights]
        if revisions == self._revisions:
            return
        self._revisions = revisions
        modes: set[ColorMode] = set().union(*map(color_modes, lights))
        colored = modes - {ColorMode.BRIGHTNESS, ColorMode.ONOFF}
        self._attr_supported_color_modes = colored or modes - {ColorMode.ONOFF} or {ColorMode.ONOFF}
        low, high = widest_mired_range(light for light in lights if "ct" in light.state)
        self._attr_min_color_temp_kelvin = color_temperature_mired_to_kelvin(high)
        self._attr_max_color_temp_kelvin = color_temperature_mired_to_kelvin(low)
        features = LightEntityFeature(0)
        if any("bri" in light.state for light in lights):
            features |= LightEntityFeature.TRANSITION
        if any(map(alerts_of, lights)):
            features |= LightEntityFeature.FLASH
        effects = list(dict.fromkeys(effect for light in lights for effect in effects_of(light)))
        if effects:
            features |= LightEntityFeature.EFFECT
        self._attr_effect_list = effects or None
        self._attr_supported_features = features

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch on, at once with everything else that is wanted."""
        effect = kwargs.get(ATTR_EFFECT)
        if effect is not None and effect not in (self.effect_list or ()):
            raise validation_error("effect_not_supported", details=effect)
        await self.async_put(self.command_section, **turn_on_body(kwargs, self.lights))

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch off, or fade out."""
        await self.async_put(self.command_section, **turn_off_body(kwargs, self.lights))


class DeconzLight(_DeconzLight, GradientLight):
    """A light."""

    _unrecorded_attributes = frozenset({"gradient"})

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Follow what it shows and what it can do."""
        super().__init__(coordinator, resource, "", *ITEMS, *CAPABILITY_ITEMS)
        self._colored: ColorMode | None = None
        self.update_capabilities()

    @property
    @override
    def lights(self) -> Sequence[Resource]:
        """Return the light itself."""
        return (self.source,)

    @override
    def _update_attrs(self) -> None:
        """Read the light's state."""
        self.update_capabilities()
        state = self.source.state
        self._attr_is_on = as_on_off(state.get("on"))
        self._attr_brightness = brightness_of(state)
        modes = self._attr_supported_color_modes or set()
        if (mode := mode_of(state)) in modes:
            self._colored = mode
        # While an effect runs, the mode before it says best what can be set.
        self._attr_color_mode = self._colored if self._colored in modes else richest_mode(modes)
        # Only the colour of the present mode is true; the others are left over.
        self._attr_hs_color = hs_of(state)
        self._attr_xy_color = xy_of(state)
        self._attr_color_temp_kelvin = kelvin_of(state)
        self._attr_effect = effect_of(state)
        if gradient_capabilities(self.source) is not None:
            self._attr_extra_state_attributes = {"gradient": gradient_of(state) if self._attr_is_on else None}

    @override
    async def async_set_gradient(self, gradient: Gradient) -> None:
        """Show a gradient, if the light can."""
        abilities = gradient_capabilities(self.source)
        if abilities is None:
            raise validation_error("gradient_not_supported")
        styles = abilities.get("styles")
        if isinstance(styles, list) and gradient.style is not None and gradient.style not in styles:
            raise validation_error("gradient_bad_style", details=", ".join(map(str, styles)))
        most = number(abilities.get("max_segments"))
        for value in (len(gradient.points), gradient.segments, gradient.offset):
            if most is not None and value is not None and value > most:
                raise validation_error("gradient_too_long", details=str(round(most)))
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
        end_effect(body, self.lights)
        await self.async_put(self.command_section, **body)


class DeconzGroup(GroupEntity, _DeconzLight, SceneGroup):
    """A group of lights, whose state is that of its members.

    The gateway tells only whether any and all are on; brightness and colour are
    those of the members that are on.
    """

    command_section = "action"

    def __init__(self, coordinator: DeconzCoordinator, group: Resource) -> None:
        """Follow the group and its members."""
        super().__init__(coordinator, group, *ITEMS, *CAPABILITY_ITEMS)
        self.update_capabilities()

    @override
    def includes(self, member: Resource) -> bool:
        """Say whether a member is a light."""
        return self.coordinator.placement.is_light(member)

    @property
    @override
    def lights(self) -> Sequence[Resource]:
        """Return the lights of the group."""
        return self.members

    @override
    def _update_attrs(self) -> None:
        """Compute the state from the members."""
        self.update_capabilities()
        there = [member for member in self.members if member.reachable]
        states = [member.state for member in there if as_on_off(member.state.get("on"))]
        self._attr_is_on = bool(states)
        bris = [bri for state in states if (bri := brightness_of(state)) is not None]
        self._attr_brightness = round(mean(bris)) if bris else None
        modes = self._attr_supported_color_modes or set()
        mode = _most([mode for state in states if (mode := mode_of(state)) in modes]) or richest_mode(modes)
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
