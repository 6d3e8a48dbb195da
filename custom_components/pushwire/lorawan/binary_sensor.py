"""Binary sensor platform for LoRaWAN devices."""

from collections.abc import Iterable
from typing import override

from homeassistant.components.binary_sensor import BinarySensorDeviceClass, BinarySensorEntity

from .api.model import LorawanDevice, Value
from .coordinator import LorawanCoordinator
from .entity import LorawanEntity, ValueEntity


def entities(coordinator: LorawanCoordinator, device_id: str) -> Iterable[LorawanEntity]:
    """Build an end device's measured yes-or-no values."""
    if (device := coordinator.devices.get(device_id)) is None:
        return
    for key, value in list(device.values.items()):
        if value.meaning.platform == "binary_sensor":
            yield ValueBinarySensor(coordinator, device, key, value)


class ValueBinarySensor(ValueEntity, BinarySensorEntity):
    """A measured yes or no."""

    def __init__(
        self,
        coordinator: LorawanCoordinator,
        device: LorawanDevice,
        key: str,
        value: Value,
    ) -> None:
        """Take the class from the meaning."""
        super().__init__(coordinator, device, key, value)
        if (device_class := value.meaning.device_class) is not None:
            self._attr_device_class = BinarySensorDeviceClass(device_class)

    @override
    def _update_attrs(self) -> None:
        """Read the value."""
        value = self.value.value
        self._attr_is_on = None if value is None else bool(value)
