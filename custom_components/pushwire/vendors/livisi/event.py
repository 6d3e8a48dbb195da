"""What happens at a LIVISI hub and leaves no state behind."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, override

from homeassistant.components.event import EventDeviceClass
from homeassistant.core import callback

from ...core.event import PushEventEntity
from ...wire.events import ButtonPress, PushEvent
from .api.buttons import KINDS, subtype
from .api.model import BUTTONS, MOTION, Resource

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiEvent]:
    """Build the events of a device's buttons and motion detectors, or the hub's own."""
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
    """An event of a device or a capability."""

    def __init__(self, coordinator: LivisiCoordinator, source: Resource, key: str) -> None:
        """Follow whether the device can be reached."""
        super().__init__(
            coordinator,
            source.device_id,
            source.id,
            key,
            properties=frozenset({"isReachable", "alert DeviceUnreachable"}),
        )

    @override
    def followed_resources(self) -> tuple[str, ...]:
        """Return the device, whose reach is all that matters between events."""
        return (self.device_id,)

    @override
    def device_available(self) -> bool:
        """Say whether the hub's radio reaches the device."""
        return self.coordinator.model.reachable(self.device_id)

    @callback
    @override
    def _on_change(self) -> None:
        """Do nothing but follow reachability: an event is no state."""
        self._handle_connection_update()


class PressEvent(LivisiEvent):
    """A button of a sender or an in-wall device."""

    _attr_device_class = EventDeviceClass.BUTTON
    _attr_translation_key = "button"

    def __init__(self, coordinator: LivisiCoordinator, sensor: Resource, index: int) -> None:
        """Follow one button, ``index`` counting from 0."""
        self._subtype = subtype(index)
        super().__init__(coordinator, sensor, self._subtype)
        self._attr_event_types = list(KINDS.values())
        self._attr_translation_placeholders = {"number": str(index + 1)}

    @override
    def accepts(self, event: PushEvent) -> bool:
        """Say whether it was this button."""
        return isinstance(event, ButtonPress) and event.subtype == self._subtype and super().accepts(event)


class MotionEvent(LivisiEvent):
    """A motion detector saw something."""

    _attr_device_class = EventDeviceClass.MOTION
    _attr_translation_key = "motion"

    def __init__(self, coordinator: LivisiCoordinator, sensor: Resource) -> None:
        """Follow the detector."""
        super().__init__(coordinator, sensor, "motion")
        self._attr_event_types = ["motion"]


class MessageEvent(LivisiEvent):
    """The hub wrote, changed or removed a message."""

    _attr_translation_key = "message"

    def __init__(self, coordinator: LivisiCoordinator, hub: Resource) -> None:
        """Belong to the hub."""
        super().__init__(coordinator, hub, "message")
        self._attr_event_types = ["created", "updated", "deleted"]


class DiscoveryEvent(LivisiEvent):
    """The hub found a device that can be added, or could not look for any."""

    _attr_translation_key = "discovery"

    def __init__(self, coordinator: LivisiCoordinator, hub: Resource) -> None:
        """Belong to the hub."""
        super().__init__(coordinator, hub, "discovery")
        self._attr_event_types = ["device_found", "discovery_failed"]
