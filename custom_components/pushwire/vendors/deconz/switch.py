"""Plugs and relays of a deCONZ gateway."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, override

from homeassistant.components.switch import SwitchDeviceClass, SwitchEntity
from homeassistant.const import Platform

from .api.convert import switched
from .api.model import Resource
from .entity import DeconzEntity, resources
from .group import GroupEntity
from .placement import group_shown_on, is_switch
from .settings import switches

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzEntity]:
    """Build a switch for each plug or relay of a device or a group of them, and for what can be set."""
    for resource in resources(coordinator, device_id, "lights"):
        if is_switch(coordinator, resource):
            yield DeconzSwitch(coordinator, resource)
    for group in resources(coordinator, device_id, "groups"):
        if group_shown_on(coordinator, group) is Platform.SWITCH:
            yield GroupSwitch(coordinator, group)
    yield from switches(coordinator, device_id)


class _Switched(DeconzEntity, SwitchEntity):
    """What a plug and a group share: the commands."""

    _attr_name = None
    target: ClassVar[str] = "state"

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch on."""
        await self.async_put(self.target, on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch off."""
        await self.async_put(self.target, on=False)


class DeconzSwitch(_Switched):
    """A plug or relay."""

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Follow whether it is on."""
        super().__init__(coordinator, resource, "", "state.on")
        if "plug" in resource.type.lower():
            self._attr_device_class = SwitchDeviceClass.OUTLET

    @override
    def refresh(self) -> None:
        """Read whether it is on."""
        self._attr_is_on = switched(self.read("state.on"))


class GroupSwitch(GroupEntity, _Switched):
    """A group of plugs and relays; on while any is."""

    target = "action"

    def __init__(self, coordinator: DeconzCoordinator, group: Resource) -> None:
        """Follow whether the members are on."""
        super().__init__(coordinator, group, "state.on")

    @override
    def counts(self, member: Resource) -> bool:
        """Say whether a member is switched."""
        return is_switch(self.coordinator, member)

    @override
    def refresh(self) -> None:
        """Compute it from the members."""
        states = [switched(member.state.get("on")) for member in self.members if member.reachable]
        self._attr_is_on = any(states)
        self._attr_extra_state_attributes = {"all_on": bool(states) and all(states)}
