"""Base of all entities, and the errors of their commands."""

from collections.abc import Awaitable, Set as AbstractSet
from typing import TYPE_CHECKING, Any, ClassVar, override

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity

from ..const import DOMAIN
from ..wire.errors import WireError

if TYPE_CHECKING:
    from .coordinator import PushCoordinator


def to_home_assistant_error(error: WireError) -> HomeAssistantError:
    """Return a translated HomeAssistantError for a WireError."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=error.translation_key,
        translation_placeholders={"details": error.details or "-"},
    )


def validation_error(key: str, **placeholders: Any) -> ServiceValidationError:
    """Return a translated error for input that an action cannot accept."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders or None,
    )


class PushEntity[CoordinatorT: PushCoordinator](Entity):
    """Entity that follows one resource.

    A subclass reads its state from the vendor's model in ``_update_attrs``.

    Args:
        coordinator: Coordinator of the entry.
        device_id: Vendor's ID of the entity's device.
        resource: ID of the followed resource.
        key: Distinguishes the entity from others of the resource; empty for the main one.
        properties: Properties that the entity reads, or None for all.

    """

    _attr_has_entity_name = True
    _attr_should_poll = False
    # False for values that stay valid without a connection, such as those of a sleeping sensor.
    requires_connection: ClassVar[bool] = True

    def __init__(
        self,
        coordinator: CoordinatorT,
        device_id: str,
        resource: str,
        key: str = "",
        *,
        properties: AbstractSet[str] | None = None,
    ) -> None:
        """Initialize the entity."""
        self.coordinator = coordinator
        self._availability = coordinator.availability
        self.device_id = device_id
        self.resource = resource
        self.properties = properties
        self._was_available = False
        self._attr_unique_id = coordinator.unique_id(resource, key)
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, device_id)})

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to the resource and the connection."""
        await super().async_added_to_hass()
        for resource in self.followed_resources():
            self.async_on_remove(self.coordinator.dispatcher.subscribe(resource, self._on_change, self.properties))
        self.async_on_remove(self.coordinator.subscribe_connection(self._handle_connection_update))
        self._was_available = self.available
        self._update_attrs()

    def followed_resources(self) -> tuple[str, ...]:
        """Return the IDs of the resources whose changes the entity follows."""
        return (self.resource,)

    def _update_attrs(self) -> None:
        """Update the ``_attr_`` fields from the model."""

    def connection_available(self) -> bool:
        """Return whether the entity has the connection that it requires."""
        return self._availability.available or not self.requires_connection

    def device_available(self) -> bool:
        """Return whether the device can be reached."""
        return True

    @property
    @override
    def available(self) -> bool:
        """Return whether the connection and the device are available."""
        # Read with every state; a call of ``connection_available`` would cost as much as the rest.
        return (self._availability.available or not self.requires_connection) and self.device_available()

    @callback
    def _on_change(self) -> None:
        self._update_attrs()
        self.async_write_ha_state()

    def adopt(self, rebuilt: PushEntity[CoordinatorT]) -> None:
        """Follow what else the device has, from the same entity as it would be built now."""

    def update_name(self) -> None:
        """Follow a new name; the ID of the entity stays."""
        # Home Assistant caches the name and the key of its translation.
        for cached in ("name", "_name_translation_key"):
            self.__dict__.pop(cached, None)
        registry = er.async_get(self.hass)
        if (entry := registry.async_get(self.entity_id)) is not None and entry.original_name != self.name:
            registry.async_update_entity(self.entity_id, original_name=self.name, translation_key=self.translation_key)

    @callback
    def _handle_connection_update(self) -> None:
        available = self.available
        state = self.hass.states.get(self.entity_id)
        # What a device reports may have changed the availability since the last update.
        is_outdated = state is not None and available is (state.state == STATE_UNAVAILABLE)
        if available is not self._was_available or is_outdated:
            self._was_available = available
            self.async_write_ha_state()

    async def async_command(self, command: Awaitable[Any]) -> Any:
        """Return the result of a command.

        Raises:
            HomeAssistantError: The command failed; the text is translated.

        """
        try:
            return await command
        except WireError as err:
            raise to_home_assistant_error(err) from err
