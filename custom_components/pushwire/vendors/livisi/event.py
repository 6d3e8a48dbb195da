"""Event platform for LIVISI."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, override

from homeassistant.components.event import EventDeviceClass

from ...core.event import ButtonEventEntity, PushEventEntity
from .api.buttons import KINDS, subtype
from .api.model import BUTTONS, MOTION, Resource
from .entity import REACHABILITY_PROPERTIES

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiEvent]:
    """Yield the events of a device's buttons and motion detectors, or the hub's own events."""
    model = coordinator.model
    if device_id == coordinator.hub_id:
        yield MessageEvent(coordinator, model.devices[device_id])
        yield DiscoveryEvent(coordinator, model.devices[device_id])
    for sensor in model.capabilities_of(device_id):
        if sensor.type == BUTTONS:
            for index in range(model.button_count(sensor)):
                yield PressEvent(coordinator, sensor, index)
        elif sensor.type == MOTION:
            yield MotionEvent(coordinator, sensor)


class LivisiEvent(PushEventEntity["LivisiCoordinator"]):
    """Event entity of a device or a capability."""

    def __init__(self, coordinator: LivisiCoordinator, source: Resource, key: str) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, source.device_id, source.id, key, properties=REACHABILITY_PROPERTIES)

    @override
    def followed_resources(self) -> tuple[str, ...]:
        """Return the device."""
        return (self.device_id,)

    @override
    def device_available(self) -> bool:
        """Return whether the hub's radio reaches the device."""
        return self.coordinator.model.is_reachable(self.device_id)


class PressEvent(LivisiEvent, ButtonEventEntity["LivisiCoordinator"]):
    """Presses of one button of a transmitter or an in-wall device."""

    _attr_device_class = EventDeviceClass.BUTTON
    _attr_translation_key = "button"

    def __init__(self, coordinator: LivisiCoordinator, sensor: Resource, index: int) -> None:
        """Initialize the entity for a button, counted from 0."""
        self.subtype = subtype(index)
        super().__init__(coordinator, sensor, self.subtype)
        self._attr_event_types = list(KINDS.values())
        self._attr_translation_placeholders = {"number": str(index + 1)}


class MotionEvent(LivisiEvent):
    """Motion detected by a motion detector."""

    _attr_device_class = EventDeviceClass.MOTION
    _attr_translation_key = "motion"

    def __init__(self, coordinator: LivisiCoordinator, sensor: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, sensor, "motion")
        self._attr_event_types = ["motion"]


class MessageEvent(LivisiEvent):
    """Messages that the hub creates, updates or deletes."""

    _attr_translation_key = "message"

    def __init__(self, coordinator: LivisiCoordinator, hub: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, hub, "message")
        self._attr_event_types = ["created", "updated", "deleted"]


class DiscoveryEvent(LivisiEvent):
    """Devices found by the hub, and failed searches."""

    _attr_translation_key = "discovery"

    def __init__(self, coordinator: LivisiCoordinator, hub: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, hub, "discovery")
        self._attr_event_types = ["device_found", "discovery_failed"]
