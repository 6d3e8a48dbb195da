"""Bases of LoRaWAN entities."""

from typing import override

from homeassistant.const import EntityCategory

from ..core.entity import PushEntity
from .api.model import LorawanDevice, Value
from .coordinator import LorawanCoordinator


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
            properties=frozenset((*properties, "available")),
        )

    @override
    def device_available(self) -> bool:
        """Return whether the device is not overdue."""
        return not self.device.overdue


class ValueEntity(LorawanEntity):
    """Entity of a measured value, named after the vendor's key."""

    def __init__(
        self,
        coordinator: LorawanCoordinator,
        device: LorawanDevice,
        key: str,
        value: Value,
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, device, f"value-{key}", key)
        self.value = value
        self._attr_name = humanize(key)
        self._attr_entity_registry_enabled_default = value.description.enabled
        if value.description.diagnostic:
            self._attr_entity_category = EntityCategory.DIAGNOSTIC


ABBREVIATIONS = {
    word.lower(): word
    for word in ("CO", "CO2", "GPS", "ID", "PM1", "PM10", "PM2.5", "RSSI", "SNR", "TVOC", "VOC", "pH")
}


def humanize(key: str) -> str:
    """Return a key as a name: ``air_temperature`` becomes ``Air temperature``."""
    words = [ABBREVIATIONS.get(word.lower(), word) for word in key.replace("_", " ").replace(".", " ").split()]
    text = " ".join(words)
    return text[:1].upper() + text[1:]
