"""Valve platform for deCONZ."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, override

from homeassistant.components.valve import ValveDeviceClass, ValveEntity, ValveEntityFeature
from homeassistant.const import Platform

from .api.convert import as_on_off
from .api.model import Resource
from .entity import DeconzEntity, resources

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzValve]:
    """Yield the valves of a device."""
    for resource in resources(coordinator, device_id, "lights"):
        if coordinator.placement.platform_for(resource) is Platform.VALVE:
            yield DeconzValve(coordinator, resource)


class DeconzValve(DeconzEntity, ValveEntity):
    """Water or gas valve, which the gateway reports as a relay: on is open."""

    _attr_name = None
    _attr_reports_position = False
    _attr_supported_features = ValveEntityFeature.OPEN | ValveEntityFeature.CLOSE

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, "", "state.on")
        product = str(resource.attr.get("productname")).lower()
        self._attr_device_class = ValveDeviceClass.GAS if "gas" in product else ValveDeviceClass.WATER

    @override
    def _update_attrs(self) -> None:
        """Update whether the valve is closed."""
        is_open = as_on_off(self.read("state.on"))
        self._attr_is_closed = None if is_open is None else not is_open

    @override
    async def async_open_valve(self) -> None:
        """Open the valve."""
        await self.async_put("state", on=True)

    @override
    async def async_close_valve(self) -> None:
        """Close the valve."""
        await self.async_put("state", on=False)
