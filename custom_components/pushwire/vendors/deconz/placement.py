"""What a resource among the lights is, by its items first and the gateway's word for it second."""

from typing import TYPE_CHECKING, Final

from homeassistant.const import Platform

from .api.model import Resource

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

# What may stand among the lights and is neither switched nor gives light.
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
COVER_TYPES: Final = frozenset({"level controllable output", "window covering controller", "window covering device"})
COVER_ITEMS: Final = ("state.open", "state.lift", "state.tilt")
# Items that only something has that gives light.
LAMP_ITEMS: Final = ("state.bri", "state.ct", "state.hue", "state.xy")


def is_cover(resource: Resource) -> bool:
    """Say whether a resource is a covering or damper."""
    return resource.kind == "lights" and (
        resource.type.lower() in COVER_TYPES or any(resource.has(item) for item in COVER_ITEMS)
    )


def platform_of(resource: Resource) -> Platform | None:
    """Return where something that is switched belongs, or None for what is something else.

    New type strings keep coming, so what a thing has decides: with brightness or
    colour it is a lamp, whatever it is called.
    """
    kind = resource.type.lower()
    if resource.kind != "lights" or not resource.has("state.on") or kind in OTHER_TYPES or is_cover(resource):
        return None
    if any(resource.has(item) for item in LAMP_ITEMS):
        return Platform.LIGHT
    if not kind or kind == "fan":
        return None
    return Platform.LIGHT if "light" in kind or "lamp" in kind else Platform.SWITCH


def shown_on(coordinator: DeconzCoordinator, resource: Resource) -> Platform | None:
    """Return the same after what a person has chosen: behind a plug may be a lamp."""
    usual = platform_of(resource)
    chosen = coordinator.shown_as(resource) if usual is not None else None
    return usual if chosen is None else Platform(chosen)


def is_light(coordinator: DeconzCoordinator, resource: Resource) -> bool:
    """Say whether a resource is shown as a light."""
    return shown_on(coordinator, resource) is Platform.LIGHT


def is_switch(coordinator: DeconzCoordinator, resource: Resource) -> bool:
    """Say whether a resource is shown as a switch."""
    return shown_on(coordinator, resource) is Platform.SWITCH


def group_shown_on(coordinator: DeconzCoordinator, group: Resource) -> Platform | None:
    """Return where the lamps and plugs of a group are shown: it is a light if any of them is."""
    platforms = {shown_on(coordinator, member) for member in coordinator.model.members(group)}
    return next((platform for platform in (Platform.LIGHT, Platform.SWITCH) if platform in platforms), None)
