"""Sensor platform for ResIOT gateways."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription
from homeassistant.const import EntityCategory, UnitOfTime

from ...core.entity import PushEntity
from .api.model import Gateway
from .coordinator import ResiotCoordinator


@dataclass(frozen=True, kw_only=True)
class GatewaySensorDescription(SensorEntityDescription):
    """Description of a sensor of a gateway.

    Attributes:
        value_fn: Returns the value.

    """

    value_fn: Callable[[Gateway], Any]


SENSORS: Final = (
    GatewaySensorDescription(
        key="keep_alive_interval",
        translation_key="keep_alive_interval",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda gateway: gateway.interval,
    ),
    GatewaySensorDescription(
        key="last_alive",
        translation_key="last_alive",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda gateway: (
            None if gateway.last_alive is None else datetime.fromtimestamp(gateway.last_alive, UTC)
        ),
    ),
)


def entities(coordinator: ResiotCoordinator, device_id: str) -> Iterable[GatewaySensor]:
    """Yield the sensors of a gateway."""
    if device_id in coordinator.gateways:
        for description in SENSORS:
            yield GatewaySensor(coordinator, device_id, description)


class GatewaySensor(PushEntity[ResiotCoordinator], SensorEntity):
    """Sensor of the keep-alives of a gateway."""

    entity_description: GatewaySensorDescription
    requires_connection = False

    def __init__(self, coordinator: ResiotCoordinator, device_id: str, description: GatewaySensorDescription) -> None:
        """Initialize the entity."""
        self.entity_description = description
        super().__init__(coordinator, device_id, device_id, description.key)

    @override
    def _update_attrs(self) -> None:
        """Update the state."""
        self._attr_native_value = self.entity_description.value_fn(self.coordinator.gateways[self.device_id])
