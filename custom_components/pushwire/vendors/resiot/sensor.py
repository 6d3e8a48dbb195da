"""When ResIOT's gateways were last heard."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.const import EntityCategory

from ...core.entity import PushEntity

if TYPE_CHECKING:
    from .coordinator import ResiotCoordinator


def entities(coordinator: ResiotCoordinator, device_id: str) -> Iterable[GatewayLastAlive]:
    """Build a gateway's last sign of life."""
    if device_id in coordinator.gateways:
        yield GatewayLastAlive(coordinator, device_id)


class GatewayLastAlive(PushEntity["ResiotCoordinator"], SensorEntity):
    """When a gateway last said that it is alive."""

    _attr_device_class = SensorDeviceClass.TIMESTAMP
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_translation_key = "last_alive"
    requires_connection = False

    def __init__(self, coordinator: ResiotCoordinator, device_id: str) -> None:
        """Follow the gateway."""
        super().__init__(coordinator, device_id, device_id, "last_alive")

    @override
    def _update_attrs(self) -> None:
        """Read the time."""
        at = self.coordinator.gateways[self.device_id].last_alive
        self._attr_native_value = None if at is None else datetime.fromtimestamp(at, UTC)
