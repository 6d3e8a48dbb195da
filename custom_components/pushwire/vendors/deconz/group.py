"""Base of group entities: the state is computed from the members and debounced."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.group import IntegrationSpecificGroup

from .api.model import Resource
from .entity import DeconzEntity

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

# Seconds within which the members of a group answer a command one after the other.
DEBOUNCE_SECONDS: Final = 0.1


class GroupEntity(DeconzEntity):
    """Entity of a group, computed from those members that it includes."""

    group: IntegrationSpecificGroup

    def __init__(self, coordinator: DeconzCoordinator, group: Resource, *items: str) -> None:
        """Initialize the entity; it subscribes to the members when it is added."""
        super().__init__(coordinator, group, "", *items, "attr.lights")
        # Apps mark groups that they created for their own use as hidden.
        self._attr_entity_registry_visible_default = group.attr.get("hidden") is not True
        self._cancel_update: CALLBACK_TYPE | None = None
        self._unsubscribe: dict[str, Callable[[], None]] = {}
        self._last_written: Any = None
        self.members: Sequence[Resource] = ()
        self.group = IntegrationSpecificGroup(self, [])
        self._update_members()

    @abstractmethod
    def includes(self, member: Resource) -> bool:
        """Return whether a member is part of this entity."""

    def _update_members(self) -> list[Resource]:
        """Update the included members; return all members of the group."""
        everyone = self.coordinator.model.members(self.source)
        self.members = [member for member in everyone if self.includes(member)]
        unique_ids = [self.coordinator.unique_id(member.key) for member in self.members]
        if unique_ids != self.group.member_unique_ids:
            self.group.member_unique_ids = unique_ids
        return everyone

    @override
    def device_available(self) -> bool:
        """Return whether any member can be reached."""
        return any(member.reachable for member in self.members)

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to the members."""
        self._follow(self._update_members())
        await super().async_added_to_hass()
        self._last_written = self._written_state()

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Unsubscribe from the members."""
        self._follow([])
        if self._cancel_update is not None:
            self._cancel_update()
            self._cancel_update = None

    @callback
    def _follow(self, members: list[Resource]) -> None:
        """Subscribe to members, including those that only a later change makes part of the entity."""
        keys = dict.fromkeys(member.key for member in members)
        for key in [key for key in self._unsubscribe if key not in keys]:
            self._unsubscribe.pop(key)()
        for key in keys:
            if key not in self._unsubscribe:
                self._unsubscribe[key] = self.coordinator.dispatcher.subscribe(key, self._on_change, self.properties)

    @callback
    @override
    def _on_change(self) -> None:
        if self._cancel_update is None:
            self._cancel_update = async_call_later(self.hass, DEBOUNCE_SECONDS, self._update)

    @callback
    def _update(self, _now: datetime) -> None:
        self._cancel_update = None
        self._follow(self._update_members())
        self._update_attrs()
        if (current := self._written_state()) != self._last_written:
            self._last_written = current
            self.async_write_ha_state()

    def _written_state(self) -> Any:
        return (
            self.available,
            self.state,
            self.capability_attributes,
            self.state_attributes,
            self.extra_state_attributes,
            self.supported_features,
            tuple(self.group.member_unique_ids),
        )
