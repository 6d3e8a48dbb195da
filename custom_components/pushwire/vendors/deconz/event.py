"""Remotes of a deCONZ gateway, and scenes called by them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.event import EventDeviceClass
from homeassistant.core import callback

from ...core.entity import PushEventEntity
from ...wire.events import ButtonEdge, Edge
from .api.buttons import kinds_of
from .api.model import Resource
from .entity import resources

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[PushEventEntity[DeconzCoordinator]]:
    """Build the events of a remote, or the gateway's own."""
    if device_id == coordinator.hub_id:
        yield SceneCalledEvent(coordinator)
    for resource in resources(coordinator, device_id, "sensors"):
        if resource.is_switch and kinds_of(resource):
            yield PressEvent(coordinator, resource)


class PressEvent(PushEventEntity["DeconzCoordinator"]):
    """Everything that a person does with a remote; says which button it was."""

    _attr_device_class = EventDeviceClass.BUTTON

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Follow the remote."""
        super().__init__(coordinator, resource.device_id, resource.key, "press")
        self.source = resource
        self._attr_event_types = list(kinds_of(resource))
        # Some remotes have a knob beside their buttons, which is a resource of its own.
        self._attr_translation_key = "press" if resource.has("state.buttonevent") else "turn"
        if resource.has("state.presenceevent"):
            self._attr_translation_key = "passage"

    @override
    def reachable(self) -> bool:
        """Say whether the gateway can reach the remote."""
        return self.source.reachable

    @callback
    @override
    def _on_change(self) -> None:
        """Do nothing but follow reachability: a press is no state."""
        self._on_link()

    @override
    def attributes_of(self, edge: Edge) -> dict[str, Any]:
        """Add the button."""
        button = {"button": edge.subtype} if isinstance(edge, ButtonEdge) else {}
        return {**button, **edge.attributes}


class SceneCalledEvent(PushEventEntity["DeconzCoordinator"]):
    """A remote called a scene: the gateway heard it on the air."""

    _attr_translation_key = "scene_called"

    def __init__(self, coordinator: DeconzCoordinator) -> None:
        """Belong to the gateway."""
        hub = coordinator.hub_id
        super().__init__(coordinator, hub, hub, "scene_called")
        self._attr_event_types = ["scene_called"]
