"""Event platform for deCONZ."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.event import EventDeviceClass

from ...core.event import PushEventEntity
from ...wire.events import ButtonPress, PushEvent
from .api.buttons import KEYPAD_KINDS, OTHER, kinds_of
from .api.model import Resource
from .entity import resources

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

KEYPAD_ITEM: Final = "state.action"


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[PushEventEntity[DeconzCoordinator]]:
    """Yield the events of a remote or a keypad, or of the gateway."""
    if device_id == coordinator.hub_id:
        yield SceneCalledEvent(coordinator)
    for resource in resources(coordinator, device_id, "sensors"):
        if resource.is_switch and kinds_of(resource):
            yield PressEvent(coordinator, resource)
        if resource.has(KEYPAD_ITEM):
            yield KeypadEvent(coordinator, resource)


class DeviceEvent(PushEventEntity["DeconzCoordinator"]):
    """Event entity of a Zigbee device."""

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource, key: str) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource.device_id, resource.key, key, properties=frozenset({"config.reachable"}))
        self.source = resource

    @override
    def device_available(self) -> bool:
        """Return whether the gateway can reach the device."""
        return self.source.reachable


class PressEvent(DeviceEvent):
    """Presses of a remote, with the button as an attribute."""

    _attr_device_class = EventDeviceClass.BUTTON

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, "press")
        self._attr_event_types = list(kinds_of(resource))
        # Some remotes have buttons and a knob, which is a resource of its own.
        self._attr_translation_key = "press" if resource.has("state.buttonevent") else "turn"
        if resource.has("state.presenceevent"):
            self._attr_translation_key = "passage"

    @override
    def event_attributes(self, event: PushEvent) -> dict[str, Any]:
        """Return the attributes of a press, with the button."""
        button = {"button": event.subtype} if isinstance(event, ButtonPress) else {}
        return {**button, **event.attributes}


class KeypadEvent(DeviceEvent):
    """Actions at a keypad of an alarm system."""

    _attr_translation_key = "keypad"

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, "keypad")
        self._attr_event_types = [*KEYPAD_KINDS, OTHER]


class SceneCalledEvent(PushEventEntity["DeconzCoordinator"]):
    """Scenes called by remotes, as received by the gateway."""

    _attr_translation_key = "scene_called"

    def __init__(self, coordinator: DeconzCoordinator) -> None:
        """Initialize the entity."""
        hub_id = coordinator.hub_id
        super().__init__(coordinator, hub_id, hub_id, "scene_called")
        self._attr_event_types = ["scene_called"]
