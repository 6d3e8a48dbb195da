"""Base of every entity, and the way in which commands fail."""

from collections.abc import Awaitable, Set as AbstractSet
from typing import Any, ClassVar, override

from homeassistant.components.event import EventEntity
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity

from ..const import DOMAIN
from ..wire.errors import WireError
from ..wire.events import Edge
from .coordinator import PushCoordinator


def translated(error: WireError) -> HomeAssistantError:
    """Return the error that a person sees for what went wrong on the wire."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=error.translation_key,
        translation_placeholders={"details": error.details or "-"},
    )


def invalid(key: str, **placeholders: Any) -> ServiceValidationError:
    """Return the error that a person sees for what was asked for and cannot be done."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )


class PushEntity[CoordinatorT: PushCoordinator](Entity):
    """An entity that follows one resource.

    A subclass reads its state in ``refresh`` from the vendor's model.

    Args:
        coordinator: Of the entry.
        device_id: The vendor's id of the device it belongs to.
        resource: Id of the resource it follows.
        key: What tells it from other entities of the resource; empty for the main
            one.
        properties: The properties it reads, or None for all.

    """

    _attr_has_entity_name = True
    _attr_should_poll = False
    # False for what is known without a link, such as a sleeping sensor's last value.
    needs_link: ClassVar[bool] = True

    def __init__(
        self,
        coordinator: CoordinatorT,
        device_id: str,
        resource: str,
        key: str = "",
        *,
        properties: AbstractSet[str] | None = None,
    ) -> None:
        """Name it by the vendor's stable id and the key."""
        self.coordinator = coordinator
        self.device_id = device_id
        self.resource = resource
        self.properties = properties
        self._was_available = False
        self._attr_unique_id = f"{resource}-{key}" if key else resource
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, device_id)})

    @override
    async def async_added_to_hass(self) -> None:
        """Start to follow the resource and the link."""
        await super().async_added_to_hass()
        for resource in self.followed():
            self.async_on_remove(self.coordinator.listen(resource, self._on_change, self.properties))
        self.async_on_remove(self.coordinator.listen_link(self._on_link))
        self._was_available = self.available
        self.refresh()

    def followed(self) -> tuple[str, ...]:
        """Return the ids of the resources whose changes matter here."""
        return (self.resource,)

    def refresh(self) -> None:
        """Read the state from the model into the ``_attr_`` fields."""

    def reachable(self) -> bool:
        """Say whether the device itself can be reached."""
        return True

    @property
    @override
    def available(self) -> bool:
        """Return whether link and device are there."""
        return (self.coordinator.available or not self.needs_link) and self.reachable()

    @callback
    def _on_change(self) -> None:
        self.refresh()
        self.async_write_ha_state()

    @callback
    def _on_link(self) -> None:
        available = self.available
        if available is not self._was_available:
            self._was_available = available
            self.async_write_ha_state()

    async def async_command(self, command: Awaitable[Any]) -> Any:
        """Carry out a command.

        Raises:
            HomeAssistantError: It failed; the text says what to do.

        """
        try:
            return await command
        except WireError as err:
            raise translated(err) from err


class PushEventEntity[CoordinatorT: PushCoordinator](PushEntity[CoordinatorT], EventEntity):
    """An event entity that fires for the edges of its resource."""

    @override
    async def async_added_to_hass(self) -> None:
        """Start to receive edges."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.listen_edges(self.resource, self._on_edge))

    def wants(self, edge: Edge) -> bool:
        """Say whether an edge of the resource is this entity's."""
        return edge.kind in self.event_types

    def attributes_of(self, edge: Edge) -> dict[str, Any]:
        """Return the attributes of the event."""
        return dict(edge.attributes)

    @callback
    def _on_edge(self, edge: Edge) -> None:
        if self.wants(edge):
            self._trigger_event(edge.kind, self.attributes_of(edge))
            self.async_write_ha_state()
