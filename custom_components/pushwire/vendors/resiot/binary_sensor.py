"""Binary sensor platform for ResIOT gateways."""

from collections.abc import Iterable
from typing import override

from homeassistant.components.binary_sensor import BinarySensorDeviceClass, BinarySensorEntity
from homeassistant.const import EntityCategory

from ...core.entity import PushEntity
from .coordinator import ResiotCoordinator


def entities(coordinator: ResiotCoordinator, device_id: str) -> Iterable[GatewayConnectivity]:
    """Yield the binary sensor of a gateway."""
    if device_id in coordinator.gateways:
        yield GatewayConnectivity(coordinator, device_id)


class GatewayConnectivity(PushEntity[ResiotCoordinator], BinarySensorEntity):
    """Connectivity of a gateway, based on its usual keep-alive interval."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, coordinator: ResiotCoordinator, device_id: str) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, device_id, device_id, "online")

    @override
    def _update_attrs(self) -> None:
        """Update the state."""
        self._attr_is_on = self.coordinator.gateways[self.device_id].online
