"""Light platform for deCONZ."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
    COLOR_ITEMS,
    ITEMS,
    alerts_of,
    brightness_of,
    color_as_hs,
    color_as_xy,
    common_color_modes,
    effect_of,
    effects_of,
    end_effect,
    gradient_capabilities,
    gradient_of,
    group_effects_of,
    hs_of,
    kelvin_of,
    mode_among,
    mode_of,
    richest_mode,
    supports_transitions,
    turn_off_body,
    turn_on_body,
    widest_mired_range,
    xy_of,
)

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[_DeconzLight]:
    """Yield the lights of a device, or the light of a group."""
    for resource in resources(coordinator, device_id, "lights"):
        if coordinator.placement.is_light(resource):
            yield DeconzLight(coordinator, resource)
    for group in resources(coordinator, device_id, "groups"):
        if coordinator.placement.platform_for(group) is Platform.LIGHT:
            yield DeconzGroup(coordinator, group)


class _DeconzLight(DeconzEntity, LightEntity):
    """Base of lights and groups: commands and capabilities."""

    command_section: ClassVar[str] = "state"
    # Revisions of the lights at the last update of the capabilities.
    _revisions: Sequence[tuple[Resource, int]] = ()

    @property
    def lights(self) -> Sequence[Resource]:
        """Lights to which a command applies."""
        raise NotImplementedError

    def find_effects(self) -> list[str]:
        """Return the effects that the gateway accepts."""
        raise NotImplementedError

    def update_capabilities(self) -> None:
        """Update the capabilities, which some lights report only some time after pairing."""
        lights = self.lights
        revisions = [(light, light.revision) for light in lights]
        if revisions == self._revisions:
            return
        self._revisions = revisions
        modes = common_color_modes(lights)
        colored = modes - {ColorMode.BRIGHTNESS, ColorMode.ONOFF}
        self._attr_supported_color_modes = colored or modes - {ColorMode.ONOFF} or {ColorMode.ONOFF}
        low, high = widest_mired_range(light for light in lights if "ct" in light.state)
        self._attr_min_color_temp_kelvin = color_temperature_mired_to_kelvin(high)
        self._attr_max_color_temp_kelvin = color_temperature_mired_to_kelvin(low)
        features = LightEntityFeature(0)
        if any(map(supports_transitions, lights)):
            features |= LightEntityFeature.TRANSITION
        if any(map(alerts_of, lights)):
            features |= LightEntityFeature.FLASH
        effects = self.find_effects()
        if effects:
            features |= LightEntityFeature.EFFECT
        self._attr_effect_list = effects or None
        self._attr_supported_features = features

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn on with all attributes in one command."""
        effect = kwargs.get(ATTR_EFFECT)
        if effect is not None and effect not in (self.effect_list or ()):
            raise validation_error("effect_not_supported", details=effect)
        await self.async_put(self.command_section, **self.turn_on_body(kwargs))

    def turn_on_body(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Return the body of the command."""
        return turn_on_body(wanted, self.lights)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn off, or fade out."""
        await self.async_put(self.command_section, **turn_off_body(kwargs, self.lights))


class DeconzLight(_DeconzLight, GradientLight):
    """Light."""

    _unrecorded_attributes = frozenset({"gradient"})

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, "", *ITEMS, *CAPABILITY_ITEMS)
        if resource.type.lower() == "fan":
            # The fan itself has the name of the device.
            self._attr_translation_key = "light"
        else:
            self._attr_name = None
        self._last_color_mode: ColorMode | None = None
        self._color: tuple[Any, ...] = ()
        self.update_capabilities()

    @property
    @override
    def lights(self) -> Sequence[Resource]:
        """The light itself."""
        return (self.source,)

    @property
    @override
    def brightness(self) -> int | None:
        """Brightness; not cached, since it is nearly always new when it is read."""
        return brightness_of(self.source.state)

    @override
    def find_effects(self) -> list[str]:
        """Return the effects of the light."""
        return effects_of(self.source)

    @override
    def _update_attrs(self) -> None:
        """Update the state."""
        self.update_capabilities()
        state = self.source.state
        self._attr_is_on = as_on_off(state.get("on"))
        modes = self._attr_supported_color_modes or set()
        if (mode := mode_of(state)) in modes:
            self._last_color_mode = mode
        # While an effect runs, the previous color mode applies.
        last_mode = self._last_color_mode
        self._attr_color_mode = last_mode if last_mode in modes else richest_mode(modes)
        # A fade reports many levels of brightness in one color.
        if (color := tuple(map(state.get, COLOR_ITEMS))) != self._color:
            self._color = color
            # Only the color of the current mode is up to date.
            self._attr_hs_color = hs_of(state)
            self._attr_xy_color = xy_of(state)
            self._attr_color_temp_kelvin = kelvin_of(state)
        self._attr_effect = effect_of(state)
        if gradient_capabilities(self.source) is not None:
            self._attr_extra_state_attributes = {"gradient": gradient_of(state) if self._attr_is_on else None}

    @override
    async def async_set_gradient(self, gradient: Gradient) -> None:
        """Set a gradient."""
        capabilities = gradient_capabilities(self.source)
        if capabilities is None:
            raise validation_error("gradient_not_supported")
        styles = capabilities.get("styles")
        if isinstance(styles, list) and gradient.style is not None and gradient.style not in styles:
            raise validation_error("gradient_bad_style", details=", ".join(map(str, styles)))
        max_segments = number(capabilities.get("max_segments"))
        for value in (len(gradient.points), gradient.segments, gradient.offset):
            if max_segments is not None and value is not None and value > max_segments:
                raise validation_error("gradient_too_long", details=str(round(max_segments)))
        layout = {
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
            "gradient": {"points": [list(point) for point in gradient.points], **layout},
        }
        end_effect(body, self.lights)
        await self.async_put(self.command_section, **body)


class DeconzGroup(GroupEntity, _DeconzLight, SceneGroup):
    """Group of lights, whose state is computed from the members.

    The gateway reports only whether any and all members are on; brightness and color
    are those of the members that are on.
    """

    command_section = "action"

    def __init__(self, coordinator: DeconzCoordinator, group: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, group, *ITEMS, *CAPABILITY_ITEMS)
        self._attr_name = None
        self.update_capabilities()

    @override
    def includes(self, member: Resource) -> bool:
        """Return whether a member is a light."""
        return self.coordinator.placement.is_light(member)

    @property
    @override
    def lights(self) -> Sequence[Resource]:
        """Lights of the group."""
        return self.members

    @override
    def find_effects(self) -> list[str]:
        """Return the effects of a group."""
        return group_effects_of(self.members)

    @override
    def turn_on_body(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Return the body, without ``on`` beside an effect for lights that are on: it would end the effect."""
        body = super().turn_on_body(wanted)
        if ATTR_EFFECT in wanted and self.is_on:
            del body["on"]
        return body

    @override
    def _update_attrs(self) -> None:
        """Update the state from the members."""
        self.update_capabilities()
        reachable = [member for member in self.members if member.reachable]
        lit = [member for member in reachable if as_on_off(member.state.get("on"))]
        states = [member.state for member in lit]
        self._attr_is_on = bool(lit)
        brightnesses = [brightness for state in states if (brightness := brightness_of(state)) is not None]
        self._attr_brightness = round(mean(brightnesses)) if brightnesses else None
        modes = self._attr_supported_color_modes or set()
        reported = [(mode, member) for member in lit if (mode := mode_among(member.state, modes)) is not None]
        mode = _most_common([mode for mode, _ in reported]) or richest_mode(modes)
        self._attr_color_mode = mode
        of_mode = [member for reported_mode, member in reported if reported_mode is mode]
        kelvins = [kelvin for member in of_mode if (kelvin := kelvin_of(member.state))]
        self._attr_color_temp_kelvin = round(mean(kelvins)) if kelvins else None
        self._attr_xy_color = _mean_point([xy for member in of_mode if (xy := color_as_xy(member))])
        hss = [hs for member in of_mode if (hs := color_as_hs(member))]
        # The mean of hues has no meaning, so the first member's applies.
        self._attr_hs_color = hss[0] if hss else None
        self._attr_effect = _most_common([effect_of(state) for state in states if "effect" in state]) or EFFECT_OFF
        self._attr_extra_state_attributes = {"all_on": bool(reachable) and len(states) == len(reachable)}

    @override
    async def async_create_scene(self, name: str) -> None:
        """Save the current state of the group as a new scene."""
        await self.async_command(self.coordinator.async_create_scene(self.source, name))


def _most_common[T](values: list[T]) -> T | None:
    """Return the most common value, the first one of several."""
    return Counter(values).most_common(1)[0][0] if values else None


def _mean_point(points: list[tuple[float, float]]) -> tuple[float, float] | None:
    if not points:
        return None
    return (
        round(mean(x for x, _ in points), 4),
        round(mean(y for _, y in points), 4),
    )
