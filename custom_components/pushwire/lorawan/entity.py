"""Bases of LoRaWAN entities."""

from typing import override

from homeassistant.const import EntityCategory

from ..core.entity import PushEntity
from .api.model import LorawanDevice, Value
from .coordinator import LorawanCoordinator


class LorawanEntity(PushEntity[LorawanCoordinator]):
    """Belongs to an end device, and stays while that keeps to its interval."""

    # A sensor that speaks once an hour is not gone because the server is.
    requires_connection = False

    def __init__(
        self,
        coordinator: LorawanCoordinator,
        device: LorawanDevice,
        key: str,
        *properties: str,
    ) -> None:
        """Follow properties of the device."""
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
        """Say whether the device has been heard lately."""
        return not self.device.overdue


class ValueEntity(LorawanEntity):
    """A measured value under the vendor's own key."""

    def __init__(
        self,
        coordinator: LorawanCoordinator,
        device: LorawanDevice,
        key: str,
        value: Value,
    ) -> None:
        """Take name and category from key and meaning."""
        super().__init__(coordinator, device, f"value-{key}", key)
        self.value = value
        meaning = value.meaning
        self._attr_name = spoken(key)
        self._attr_entity_registry_enabled_default = meaning.enabled
        if meaning.diagnostic:
            self._attr_entity_category = EntityCategory.DIAGNOSTIC


ABBREVIATIONS = {
    word.lower(): word
    for word in ("CO", "CO2", "GPS", "ID", "PH", "PM1", "PM10", "PM2.5", "RSSI", "SNR", "TVOC", "VOC")
} | {"ph": "pH"}


def spoken(key: str) -> str:
    """Return a key as a name: ``air_temperature`` becomes ``Air temperature``."""
    words = [ABBREVIATIONS.get(word.lower(), word) for word in key.replace("_", " ").replace(".", " ").split()]
    text = " ".join(words)
    return text[:1].upper() + text[1:]
