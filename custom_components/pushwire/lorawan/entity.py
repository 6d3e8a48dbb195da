"""Bases of LoRaWAN entities."""

from functools import lru_cache
from typing import override

from homeassistant.const import EntityCategory
from propcache.api import cached_property

from ..core.entity import PushEntity
from .api.model import LorawanDevice, Value
from .coordinator import LorawanCoordinator, value_key
from .entity_names import EntityNames


@lru_cache(maxsize=4096)
def _followed_properties(properties: tuple[str, ...]) -> frozenset[str]:
    """Return properties with the availability; entities of a kind share the set."""
    return frozenset((*properties, "available"))


class LorawanEntity(PushEntity[LorawanCoordinator]):
    """Entity of an end device, available until the device misses its expected uplinks.

    Args:
        coordinator: Coordinator of the entry.
        device: Device of the entity.
        key: Distinguishes the entity from others of the device.
        properties: Properties that the entity reads.

    """

    # A device that sends one uplink an hour is not affected by a disconnect from the server.
    requires_connection = False

    def __init__(
        self,
        coordinator: LorawanCoordinator,
        device: LorawanDevice,
        key: str,
        *properties: str,
    ) -> None:
        """Initialize the entity."""
        self.device = device
        super().__init__(
            coordinator,
            device.device_id,
            device.device_id,
            key,
            properties=_followed_properties(properties),
        )

    @override
    def device_available(self) -> bool:
        """Return whether the device is not overdue."""
        return not self.device.overdue


class ValueEntity(LorawanEntity):
    """Entity of a measured value; the attribute holds the parser's key."""

    _unrecorded_attributes = frozenset({"key"})

    def __init__(
        self,
        coordinator: LorawanCoordinator,
        device: LorawanDevice,
        key: str,
        value: Value,
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, device, value_key(key, value.description), key)
        self.key = key
        self.value = value
        self._attr_extra_state_attributes = {"key": key}
        self._attr_entity_registry_enabled_default = value.description.enabled and not coordinator.has_control(
            device.device_id, key
        )
        if value.description.diagnostic:
            self._attr_entity_category = EntityCategory.DIAGNOSTIC

    @cached_property
    @override
    def name(self) -> str:
        """Name of the value in the language of Home Assistant."""
        return EntityNames(self.coordinator.hass, self.platform_data.platform_translations).name_of(
            self.device, self.key
        )
