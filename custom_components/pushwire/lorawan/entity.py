"""Bases of LoRaWAN entities."""

from collections.abc import Iterator
from typing import Final, override

from homeassistant.const import EntityCategory
from propcache.api import cached_property

from ..const import DOMAIN
from ..core.entity import PushEntity
from ..wire.text import shorten
from .api.model import LorawanDevice, Value
from .api.names import humanize, name_of, word_and_channel
from .coordinator import LorawanCoordinator

_ENTITY_TEXTS: Final = f"component.{DOMAIN}.entity"
# Texts of the usual words in keys of values; Home Assistant loads the texts of all platforms for each.
_WORDS: Final = "sensor.measured.state"
# Texts with the names of the entities that each device has, by platform and translation key.
_PAYLOAD: Final = "sensor.payload"
_DEVICE_NAMES: Final = (
    "event.downlink",
    "event.join",
    "event.uplink",
    "sensor.frame_counter",
    "sensor.frequency",
    "sensor.gateway_count",
    "sensor.last_uplink",
    _PAYLOAD,
    "sensor.port",
    "sensor.rssi",
    "sensor.snr",
    "sensor.spreading_factor",
)


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
        self._vendor_name = name_of(device.values, key)
        self._attr_entity_registry_enabled_default = value.description.enabled
        if value.description.diagnostic:
            self._attr_entity_category = EntityCategory.DIAGNOSTIC

    @cached_property
    @override
    def name(self) -> str:
        """Vendor's name, translated if it is a usual word.

        A value that has the name of an entity of the device itself, such as RSSI, is marked.
        """
        texts = self.platform_data.platform_translations
        word, channel = word_and_channel(self._vendor_name)
        name = self._vendor_name
        if (text := texts.get(f"{_ENTITY_TEXTS}.{_WORDS}.{word}")) is not None:
            name = f"{text}{channel}"
            if any(name.casefold() == other.casefold() for other in self._other_names()):
                name = self._vendor_name
        names = {key: texts.get(f"{_ENTITY_TEXTS}.{key}.name", "") for key in _DEVICE_NAMES}
        if name.casefold() in map(str.casefold, names.values()):
            return shorten(f"{name} ({names[_PAYLOAD]})")
        return name

    def _other_names(self) -> Iterator[str]:
        """Yield the vendor's names of the device's other values."""
        values = self.device.values
        return (humanize(key, value.description.unit) for key, value in values.items() if value is not self.value)
