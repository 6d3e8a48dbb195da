"""What people do at the keypads of a deCONZ gateway's alarm systems."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.core import callback

from ...core.entity import PushEventEntity
from ...wire.events import ButtonEdge
from .api.buttons import KEYPAD_KINDS
from .api.convert import word
from .api.model import Resource
from .entity import resources

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

ACTION: Final = "state.action"
OTHER: Final = "other"


def edges(resource: Resource, items: Mapping[str, Any]) -> Iterable[ButtonEdge]:
    """Yield what a message tells that somebody did at a keypad."""
    if (action := word(items.get("action"))) is not None:
        yield ButtonEdge(
            resource=resource.key,
            kind=action if action in KEYPAD_KINDS else OTHER,
            attributes={"action": action},
            device_id=resource.device_id,
            subtype="keypad",
        )


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[KeypadEvent]:
    """Build the event of each keypad of a device."""
    for resource in resources(coordinator, device_id, "sensors"):
        if resource.has(ACTION):
            yield KeypadEvent(coordinator, resource)


class KeypadEvent(PushEventEntity["DeconzCoordinator"]):
    """Everything that a person does at a keypad."""

    _attr_translation_key = "keypad"

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Follow the keypad."""
        super().__init__(
            coordinator, resource.device_id, resource.key, "keypad", properties=frozenset({"config.reachable"})
        )
        self.source = resource
        self._attr_event_types = [*KEYPAD_KINDS, OTHER]

    @override
    def reachable(self) -> bool:
        """Say whether the gateway can reach the keypad."""
        return self.source.reachable

    @callback
    @override
    def _on_change(self) -> None:
        """Do nothing but follow reachability: what was done is no state."""
        self._on_link()
