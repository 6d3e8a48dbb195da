"""What the coordinators of ELEMENT and ResIOT share."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
import logging
from time import time
from typing import Any, override

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback

from ..core.coordinator import Builder, PushCoordinator, PushwireConfigEntry
from ..core.devices import DeviceDescription
from .api.model import LorawanDevice

_LOGGER = logging.getLogger(__name__)

OVERDUE_CHECK = timedelta(minutes=1)


class LorawanCoordinator(PushCoordinator):
    """Keeps LoRaWAN devices, remembers them, and notices when one falls silent."""

    def __init__(self, hass: HomeAssistant, entry: PushwireConfigEntry, builders: Mapping[Platform, Builder]) -> None:
        """Start without devices."""
        super().__init__(hass, entry, builders)
        self.devices: dict[str, LorawanDevice] = {}

    @override
    async def async_start(self) -> None:
        """Open the streams, and begin to notice silence."""
        await super().async_start()
        self.background.call_every(OVERDUE_CHECK, self._check_overdue)
        self._check_overdue(None)

    @override
    def device_ids(self) -> Iterable[str]:
        """Return the hub and all end devices."""
        yield self.hub_id
        yield from self.devices

    def end_device_description(self, device: LorawanDevice) -> DeviceDescription:
        """Describe an end device to the device registry."""
        return DeviceDescription(
            device_id=device.device_id,
            name=device.name,
            manufacturer=device.manufacturer,
            model=device.model,
            serial_number=device.serial_number or device.dev_eui,
            suggested_area=device.area,
            via=self.hub_id,
        )

    @override
    def data_to_store(self) -> dict[str, Any]:
        """Return all devices with their last values."""
        return {"devices": [device.dump() for device in self.devices.values()]}

    @override
    def restore(self, data: dict[str, Any]) -> None:
        """Take the devices back; one of an unknown shape is left out."""
        for stored in data.get("devices", ()):
            try:
                device = LorawanDevice.load(stored)
            except (AttributeError, KeyError, TypeError) as err:
                _LOGGER.debug("A remembered device could not be read: %r", err)
                continue
            self.devices[device.device_id] = device

    @override
    def diagnostics_data(self) -> Any:
        """Return all devices for diagnostics."""
        return [device.dump() for device in self.devices.values()]

    @override
    def device_diagnostics_data(self, device_id: str) -> Any:
        """Return one device for diagnostics."""
        device = self.devices.get(device_id)
        return device.dump() if device is not None else None

    @callback
    def _check_overdue(self, _now: datetime | None) -> None:
        now = time()
        for device in self.devices.values():
            if changed := device.look_at_clock(now):
                self.dispatcher.notify(device.device_id, changed)
