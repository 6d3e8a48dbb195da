"""What entities of groups share: they follow the members, and tell once when these have settled."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.group import IntegrationSpecificGroup

from .api.model import Resource
from .entity import DeconzEntity

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

# Members of a group answer one after the other: they are waited for.
COALESCE: Final = 0.1


class GroupEntity(DeconzEntity):
    """An entity of a group, computed from those members that count for it."""

    group: IntegrationSpecificGroup

    def __init__(self, coordinator: DeconzCoordinator, group: Resource, *items: str) -> None:
        """Look at the members; they are followed from when the entity is added."""
        super().__init__(coordinator, group, "", *items, "attr.lights")
        # Applications use the mark to leave a group out of what they show.
        self._attr_entity_registry_visible_default = group.attr.get("hidden") is not True
        self._waiting: CALLBACK_TYPE | None = None
        self._leave: dict[str, CALLBACK_TYPE] = {}
        self._touched: Any = None
        self.members: Sequence[Resource] = ()
        self.group = IntegrationSpecificGroup(self, [])
        self._update_members()

    @abstractmethod
    def includes(self, member: Resource) -> bool:
        """Say whether a member is one for this entity."""

    def _update_members(self) -> list[Resource]:
        """Return all members, whether they count or not."""
        everyone = self.coordinator.model.members(self.source)
        self.members = [member for member in everyone if self.includes(member)]
        keys = [member.key for member in self.members]
        if keys != self.group.member_unique_ids:
            self.group.member_unique_ids = keys
        return everyone

    @override
    def device_available(self) -> bool:
        """Say whether any member can be reached."""
        return any(member.reachable for member in self.members)

    @override
    async def async_added_to_hass(self) -> None:
        """Start to follow the members."""
        self._follow(self._update_members())
        await super().async_added_to_hass()
        self._touched = self._written_state()

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Follow nobody any more."""
        self._follow([])
        if self._waiting is not None:
            self._waiting()
            self._waiting = None

    @callback
    def _follow(self, members: list[Resource]) -> None:
        """Follow these members and no others; one that does not count now may later."""
        keys = dict.fromkeys(member.key for member in members)
        for key in [key for key in self._leave if key not in keys]:
            self._leave.pop(key)()
        for key in keys:
            if key not in self._leave:
                self._leave[key] = self.coordinator.dispatcher.subscribe(key, self._on_change, self.properties)

    @callback
    @override
    def _on_change(self) -> None:
        if self._waiting is None:
            self._waiting = async_call_later(self.hass, COALESCE, self._on_settled)

    @callback
    def _on_settled(self, _now: datetime) -> None:
        self._waiting = None
        self._follow(self._update_members())
        self._update_attrs()
        if (shown := self._written_state()) != self._touched:
            self._touched = shown
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
