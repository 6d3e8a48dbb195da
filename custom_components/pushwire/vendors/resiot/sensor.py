"""Sensor platform for ResIOT gateways."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.const import EntityCategory

from ...core.entity import PushEntity
from .coordinator import ResiotCoordinator


def entities(coordinator: ResiotCoordinator, device_id: str) -> Iterable[GatewayLastAlive]:
    """Yield the sensor of a gateway."""
    if device_id in coordinator.gateways:
        yield GatewayLastAlive(coordinator, device_id)


class GatewayLastAlive(PushEntity[ResiotCoordinator], SensorEntity):
    """Time of the last keep-alive or reception of a gateway."""

    _attr_device_class = SensorDeviceClass.TIMESTAMP
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_translation_key = "last_alive"
    requires_connection = False

    def __init__(self, coordinator: ResiotCoordinator, device_id: str) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, device_id, device_id, "last_alive")

    @override
    def _update_attrs(self) -> None:
        """Update the state."""
        last_alive = self.coordinator.gateways[self.device_id].last_alive
        self._attr_native_value = None if last_alive is None else datetime.fromtimestamp(last_alive, UTC)
