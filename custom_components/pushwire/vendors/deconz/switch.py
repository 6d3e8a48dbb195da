"""Plugs and relays of a deCONZ gateway."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.switch import SwitchDeviceClass, SwitchEntity

from .convert import flag
from .entity import DeconzEntity, resources
from .light import is_switch
from .model import Resource
from .settings import switches

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzEntity]:
    """Build a switch for each plug or relay of a device, and for what can be set on it."""
    for resource in resources(coordinator, device_id, "lights"):
        if is_switch(resource):
            yield DeconzSwitch(coordinator, resource)
    yield from switches(coordinator, device_id)


class DeconzSwitch(DeconzEntity, SwitchEntity):
    """A plug or relay."""

    _attr_name = None

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Follow whether it is on."""
        super().__init__(coordinator, resource, "", "state.on")
        if "plug" in resource.type.lower():
            self._attr_device_class = SwitchDeviceClass.OUTLET

    @override
    def refresh(self) -> None:
        """Read whether it is on."""
        self._attr_is_on = flag(self.read("state.on"))

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch on."""
        await self.async_put("state", on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch off."""
        await self.async_put("state", on=False)
