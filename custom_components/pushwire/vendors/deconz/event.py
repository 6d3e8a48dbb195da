"""Event platform for deCONZ."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.event import EventDeviceClass
from homeassistant.core import callback
from propcache.api import cached_property

from ...core.event import ButtonEventEntity, PushEventEntity
from ...wire.events import PushEvent
from .api.buttons import BUTTON_PREFIX, event_kinds, name_of, names_of
from .api.model import INTROSPECTED, Resource
from .entity import resources

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator


# Translation keys of the parts of a device that are not buttons.
PARTS: Final = {"cube": "cube", "rotary": "knob", "presence": "passage", "keypad": "keypad"}
# Items with the description of a remote's buttons.
DESCRIPTION_ITEMS: Final = frozenset(f"attr.{name}" for name in INTROSPECTED)


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[PushEventEntity[DeconzCoordinator]]:
    """Yield the events of a remote or a keypad, or of the gateway."""
    if device_id == coordinator.hub_id:
        yield SceneCalledEvent(coordinator)
    for resource in resources(coordinator, device_id, "sensors"):
        if resource.is_switch:
            for subtype in event_kinds(resource, coordinator.seen_presses):
                yield PressEvent(coordinator, resource, subtype)


class PressEvent(ButtonEventEntity["DeconzCoordinator"]):
    """Presses of one button, or events of a cube, a knob, a keypad or a presence sensor."""

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource, subtype: str) -> None:
        """Initialize the entity."""
        super().__init__(
            coordinator,
            resource.device_id,
            resource.key,
            subtype,
            properties=DESCRIPTION_ITEMS | {"config.reachable"},
        )
        self.source = resource
        self.subtype = subtype
        # Two resources of a device may each have a button of the same number.
        self._has_sibling = any(
            other is not resource and other.is_switch and other.type == resource.type
            for other in coordinator.model.devices.get(resource.device_id, ())
        )
        self._update_description()

    def _update_description(self) -> None:
        """Update name and kinds from the gateway's description and the presses seen so far."""
        self._attr_event_types = event_kinds(self.source, self.coordinator.seen_presses)[self.subtype]
        if (part := PARTS.get(self.subtype)) is not None:
            self._attr_translation_key = part
            return
        self._attr_device_class = EventDeviceClass.BUTTON
        self._attr_translation_key = "button"
        self._attr_translation_placeholders = {"number": self.subtype.removeprefix(BUTTON_PREFIX)}
        if (word := names_of(self.source).get(self.subtype)) is not None:
            self._attr_translation_key = f"{BUTTON_PREFIX}{word}"
        elif (name := name_of(self.source, self.subtype)) is not None:
            self._attr_name = name

    @cached_property
    @override
    def name(self) -> Any:
        """Name, with the endpoint when the device has several resources of the type."""
        name = super().name
        endpoint = self.source.endpoint.lstrip("0")
        return f"{name} ({endpoint})" if self._has_sibling and endpoint else name

    @override
    def device_available(self) -> bool:
        """Return whether the gateway can reach the device."""
        return self.source.reachable

    @override
    def accepts(self, event: PushEvent) -> bool:
        """Return whether the event is one of the button, whose kinds may have become more."""
        if event.kind not in self.event_types:
            self._update_description()
        return super().accepts(event)

    @callback
    @override
    def _on_change(self) -> None:
        super()._on_change()
        kinds = self.event_types
        self._update_description()
        self.update_name()
        if kinds != self.event_types:
            self.async_write_ha_state()


class SceneCalledEvent(PushEventEntity["DeconzCoordinator"]):
    """Scenes called by remotes, as received by the gateway."""

    _attr_translation_key = "scene_called"

    def __init__(self, coordinator: DeconzCoordinator) -> None:
        """Initialize the entity."""
        hub_id = coordinator.hub_id
        super().__init__(coordinator, hub_id, hub_id, "scene_called")
        self._attr_event_types = ["scene_called"]
