"""Device tracker platform for LoRaWAN devices."""

from collections.abc import Iterable
from typing import override

from homeassistant.components.device_tracker import TrackerEntity

from .api.locations import coordinates
from .coordinator import LorawanCoordinator
from .entity import LorawanEntity, ValueEntity


def entities(coordinator: LorawanCoordinator, device_id: str) -> Iterable[LorawanEntity]:
    """Yield the locations of an end device."""
    if (device := coordinator.devices.get(device_id)) is None:
        return
    for key, value in list(device.values.items()):
        if value.description.platform == "device_tracker":
            yield LocationTracker(coordinator, device, key, value)


class LocationTracker(ValueEntity, TrackerEntity):
    """Location that a device has measured, or that the platform knows."""

    @override
    def _update_attrs(self) -> None:
        """Update the coordinates."""
        found = coordinates(self.value.value)
        self._attr_latitude, self._attr_longitude = found if found is not None else (None, None)
