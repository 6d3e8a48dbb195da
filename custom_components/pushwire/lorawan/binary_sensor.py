"""Binary sensor platform for LoRaWAN devices."""

from collections.abc import Iterable
from typing import override

from homeassistant.components.binary_sensor import BinarySensorDeviceClass, BinarySensorEntity
from homeassistant.const import EntityCategory
from homeassistant.util.enum import try_parse_enum

from .api.model import LorawanDevice, Value
from .coordinator import LorawanCoordinator
from .entity import LorawanEntity, ValueEntity


def entities(coordinator: LorawanCoordinator, device_id: str) -> Iterable[LorawanEntity]:
    """Yield what the platform reports of an end device, and the binary values of the device."""
    if (device := coordinator.devices.get(device_id)) is None:
        return
    if device.sends_as_expected is not None:
        yield UplinksMissing(coordinator, device)
    for key, value in list(device.values.items()):
        if value.description.platform == "binary_sensor":
            yield ValueBinarySensor(coordinator, device, key, value)


class UplinksMissing(LorawanEntity, BinarySensorEntity):
    """Whether a device sends less often than the platform expects."""

    _attr_device_class = BinarySensorDeviceClass.PROBLEM
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_translation_key = "uplinks_missing"

    def __init__(self, coordinator: LorawanCoordinator, device: LorawanDevice) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, device, "uplinks_missing", "sends_as_expected")

    @override
    def device_available(self) -> bool:
        """Return True: the state explains why a device is overdue."""
        return True

    @override
    def _update_attrs(self) -> None:
        """Update the state."""
        expected = self.device.sends_as_expected
        self._attr_is_on = None if expected is None else not expected


class ValueBinarySensor(ValueEntity, BinarySensorEntity):
    """Binary value of an end device."""

    def __init__(
        self,
        coordinator: LorawanCoordinator,
        device: LorawanDevice,
        key: str,
        value: Value,
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, device, key, value)
        self._attr_device_class = try_parse_enum(BinarySensorDeviceClass, value.description.device_class)

    @override
    def _update_attrs(self) -> None:
        """Update the state."""
        value = self.value.value
        self._attr_is_on = None if value is None else bool(value)
