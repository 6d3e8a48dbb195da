"""Platform of a resource in ``lights``: light, switch, valve or cover.

The resource's items decide first and its type second, since gateways keep adding types.
"""

from collections.abc import Container, Mapping
from typing import Any, Final

from homeassistant.const import Platform

from .api.model import GatewayModel, Resource
from .const import CONF_AS_LIGHT, CONF_AS_SWITCH

# Types among ``lights`` that are neither lights nor switches.
OTHER_TYPES: Final = frozenset(
    {
        "configuration tool",
        "door lock",
        "door lock controller",
        "door lock unit",
        "range extender",
        "warning device",
    }
)
# Types of these that have no entity of their own.
BARE_TYPES: Final = frozenset({"configuration tool", "range extender"})
COVER_RESOURCE_TYPES: Final = frozenset(
    {"level controllable output", "window covering controller", "window covering device"}
)
COVER_ITEMS: Final = ("state.open", "state.lift", "state.tilt")
# Items that only lights have.
LIGHT_ITEMS: Final = ("state.bri", "state.ct", "state.hue", "state.xy")
# Items of thermostats and locks, whose entities have the name of the device.
MAIN_ITEMS: Final = ("config.coolsetpoint", "config.heatsetpoint", "state.lockstate")
# Models of water valves whose name does not say so: Sonoff.
VALVE_MODELS: Final = ("swv",)
GREEN_POWER: Final = "ZGPSwitch"
REACHABLE: Final = "config.reachable"
# Platforms between which an on/off resource can move.
SWITCHABLE: Final = (Platform.LIGHT, Platform.SWITCH)


def is_cover(resource: Resource) -> bool:
    """Return whether a resource is a window covering or a damper."""
    return resource.kind == "lights" and (
        resource.type.lower() in COVER_RESOURCE_TYPES or any(resource.has(item) for item in COVER_ITEMS)
    )


def is_valve(resource: Resource) -> bool:
    """Return whether an on/off resource opens and closes a valve; the gateway has no type for these."""
    names = [str(resource.attr.get(name) or "").lower() for name in ("modelid", "productname")]
    return any("valve" in name for name in names) or names[0].startswith(VALVE_MODELS)


def default_platform(resource: Resource) -> Platform | None:
    """Return the platform of an on/off resource, or None for anything else."""
    kind = resource.type.lower()
    if resource.kind != "lights" or not resource.has("state.on") or kind in OTHER_TYPES or is_cover(resource):
        return None
    if any(resource.has(item) for item in LIGHT_ITEMS):
        return Platform.LIGHT
    if not kind or kind == "fan":
        return None
    if is_valve(resource):
        return Platform.VALVE
    return Platform.LIGHT if "light" in kind or "lamp" in kind else Platform.SWITCH


def is_believed(resource: Resource, item: str) -> bool:
    """Return whether an item means something: a Green Power switch has no link that could be lost."""
    return item != REACHABLE or resource.type != GREEN_POWER


class Placement:
    """Platforms of a gateway's resources, with the overrides in the options.

    Args:
        model: Model of the gateway.
        options: Options of the entry.

    """

    def __init__(self, model: GatewayModel, options: Mapping[str, Any]) -> None:
        """Initialize from the options."""
        self._model = model
        self._as_light: Container[str] = options.get(CONF_AS_LIGHT, ())
        self._as_switch: Container[str] = options.get(CONF_AS_SWITCH, ())

    def platform_override(self, resource: Resource) -> Platform | None:
        """Return the platform that a person chose for a resource, or None."""
        if resource.key in self._as_light:
            return Platform.LIGHT
        return Platform.SWITCH if resource.key in self._as_switch else None

    def platform_for(self, resource: Resource) -> Platform | None:
        """Return the platform of an on/off resource or a group of them, or None for anything else."""
        if resource.kind == "groups":
            platforms = {self.platform_for(member) for member in self._model.members(resource)}
            return next((platform for platform in SWITCHABLE if platform in platforms), None)
        default = default_platform(resource)
        return None if default is None else self.platform_override(resource) or default

    def is_light(self, resource: Resource) -> bool:
        """Return whether a resource is a light."""
        return self.platform_for(resource) is Platform.LIGHT

    def is_switch(self, resource: Resource) -> bool:
        """Return whether a resource is a switch."""
        return self.platform_for(resource) is Platform.SWITCH

    def has_main_entity(self, resource: Resource) -> bool:
        """Return whether a resource has an entity with the name of the device."""
        if resource.kind == "lights":
            kind = resource.type.lower()
            return (
                is_cover(resource)
                or self.platform_for(resource) is not None
                or kind == "fan"
                or kind in OTHER_TYPES - BARE_TYPES
            )
        return resource.kind == "sensors" and (
            resource.type == "ZHAAirPurifier" or any(resource.has(item) for item in MAIN_ITEMS)
        )

    def shows_group(self, group: Resource) -> bool:
        """Return whether a group has anything to show; a remote brings groups without lights."""
        members = self._model.members(group)
        return bool(self._model.scenes(group)) or any(
            is_cover(member) or self.platform_for(member) in SWITCHABLE for member in members
        )

    def reassignable(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return names by key of plugs that may become lights, and of lights that may become switches."""
        plugs: dict[str, str] = {}
        lights: dict[str, str] = {}
        for resource in self._model.of_kind("lights"):
            match default_platform(resource):
                case Platform.SWITCH:
                    plugs[resource.key] = resource.name
                case Platform.LIGHT:
                    lights[resource.key] = resource.name
        return plugs, lights
