"""Whether ResIOT's gateways are there."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
)
from homeassistant.const import EntityCategory

from ...core.entity import PushEntity

if TYPE_CHECKING:
    from .coordinator import ResiotCoordinator


def entities(coordinator: ResiotCoordinator, device_id: str) -> Iterable[GatewayConnectivity]:
    """Build a gateway's connectivity."""
    if device_id in coordinator.gateways:
        yield GatewayConnectivity(coordinator, device_id)


class GatewayConnectivity(PushEntity["ResiotCoordinator"], BinarySensorEntity):
    """Whether a gateway still says that it is alive, at its own pace."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, coordinator: ResiotCoordinator, device_id: str) -> None:
        """Follow the gateway."""
        super().__init__(coordinator, device_id, device_id, "online")

    @override
    def _update_attrs(self) -> None:
        """Read whether it is there."""
        self._attr_is_on = self.coordinator.gateways[self.device_id].online
