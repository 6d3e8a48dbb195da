"""What the coordinators of ELEMENT and ResIOT share."""

from collections.abc import Iterable
from datetime import datetime, timedelta
import logging
from time import time
from typing import Any, override

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval

from ..core.coordinator import Device, PushCoordinator, PushwireConfigEntry
from .api.model import LorawanDevice

_LOGGER = logging.getLogger(__name__)

OVERDUE_CHECK = timedelta(minutes=1)


class LorawanCoordinator(PushCoordinator):
    """Keeps LoRaWAN devices, remembers them, and notices when one falls silent."""

    def __init__(self, hass: HomeAssistant, entry: PushwireConfigEntry) -> None:
        """Start without devices."""
        super().__init__(hass, entry)
        self.devices: dict[str, LorawanDevice] = {}
        self._overdue_check: CALLBACK_TYPE | None = None

    @override
    async def async_start(self) -> None:
        """Open the streams, and begin to notice silence."""
        await super().async_start()
        self._overdue_check = async_track_time_interval(self.hass, self._check_overdue, OVERDUE_CHECK)
        self._check_overdue(None)

    @override
    async def async_stop(self) -> None:
        """Close everything."""
        if self._overdue_check is not None:
            self._overdue_check()
            self._overdue_check = None
        await super().async_stop()

    @override
    def device_ids(self) -> Iterable[str]:
        """Return the hub and all end devices."""
        yield self.hub_id
        yield from self.devices

    def describe_end_device(self, device: LorawanDevice) -> Device:
        """Describe an end device to the device registry."""
        return Device(
            device_id=device.device_id,
            name=device.name,
            manufacturer=device.manufacturer,
            model=device.model,
            serial_number=device.serial_number or device.dev_eui,
            suggested_area=device.area,
            via=self.hub_id,
        )

    @override
    def memory(self) -> dict[str, Any]:
        """Return all devices with their last values."""
        return {"devices": [device.dump() for device in self.devices.values()]}

    @override
    def recall(self, memory: dict[str, Any]) -> None:
        """Take the devices back; one of an unknown shape is left out."""
        for data in memory.get("devices", ()):
            try:
                device = LorawanDevice.load(data)
            except (AttributeError, KeyError, TypeError) as err:
                _LOGGER.debug("A remembered device could not be read: %r", err)
                continue
            self.devices[device.device_id] = device

    @override
    def dump(self) -> Any:
        """Return all devices for diagnostics."""
        return [device.dump() for device in self.devices.values()]

    @override
    def dump_device(self, device_id: str) -> Any:
        """Return one device for diagnostics."""
        device = self.devices.get(device_id)
        return device.dump() if device is not None else None

    @callback
    def _check_overdue(self, _now: datetime | None) -> None:
        now = time()
        for device in self.devices.values():
            if changed := device.look_at_clock(now):
                self.notify(device.device_id, changed)
