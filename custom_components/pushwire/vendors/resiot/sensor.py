"""Sensor platform for ResIOT gateways, and the sensor of the REST interface."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription
from homeassistant.const import EntityCategory, UnitOfTime

from ...core.entity import PushEntity
from .api.model import Gateway
from .api.rest import RequestKind, RestClient, RestState
from .coordinator import REST, ResiotCoordinator


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


def entities(coordinator: ResiotCoordinator, device_id: str) -> Iterable[GatewaySensor | RestSensor]:
    """Yield the sensors of a gateway or of the account."""
    if device_id == coordinator.hub_id and coordinator.rest is not None:
        yield RestSensor(coordinator, coordinator.rest)
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


class RestSensor(PushEntity[ResiotCoordinator], SensorEntity):
    """What of the REST interface works; the attributes hold the result of each kind of request."""

    _attr_device_class = SensorDeviceClass.ENUM
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_options = list(RestState)
    _attr_translation_key = "rest"
    _unrecorded_attributes = frozenset(RequestKind)
    requires_connection = False

    def __init__(self, coordinator: ResiotCoordinator, client: RestClient) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, coordinator.hub_id, coordinator.hub_id, REST, properties=frozenset({REST}))
        self._client = client

    @override
    def _update_attrs(self) -> None:
        """Update the state and the attributes."""
        self._attr_native_value = self._client.state
        self._attr_extra_state_attributes = {str(kind): result for kind, result in self._client.results.items()}
