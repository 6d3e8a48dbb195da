"""Repair issues about devices whose payloads nothing decodes."""

from collections import Counter
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..core.issues import delete_issue, report_issue
from .api.locations import LOCATION
from .api.model import LorawanDevice

# Payloads of a device without a decoded value, after which a person is asked.
_MIN_PAYLOADS: Final = 3
# Characters of the payload in the text.
_MAX_PAYLOAD: Final = 64


class UndecodedPayloads:
    """Devices without a decoded value, with one issue per model.

    Args:
        hass: Home Assistant.
        entry: Config entry of the devices.

    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Initialize without devices."""
        self._hass = hass
        self._entry = entry
        self._payloads: Counter[str] = Counter()
        self._issues: dict[str, str] = {}

    @callback
    def note(self, device: LorawanDevice) -> None:
        """Note a payload of a device that has no codec."""
        if self.check(device):
            return
        self._payloads[device.device_id] += 1
        if self._payloads[device.device_id] != _MIN_PAYLOADS:
            return
        issue_id = f"undecoded_{self._entry.entry_id}_{device.model or device.device_id}"
        self._issues[device.device_id] = issue_id
        texts = {
            "device": device.name,
            "name": self._entry.title,
            "port": str(device.radio.port or "-"),
            "payload": (device.payload or "")[:_MAX_PAYLOAD],
        }
        data = {**texts, "entry_id": self._entry.entry_id, "device_id": device.device_id}
        report_issue(self._hass, issue_id, "undecoded", data, **texts)

    @callback
    def check(self, device: LorawanDevice) -> bool:
        """Return whether a device has decoded values, after which its issue is deleted."""
        # Where a device is may stand on the platform.
        has_values = any(value.description != LOCATION for value in device.values.values())
        if has_values:
            self.forget(device.device_id)
        return has_values

    @callback
    def forget(self, device_id: str) -> None:
        """Delete the issue of a device that is decoded or deleted, unless another device of the model needs it."""
        self._payloads.pop(device_id, None)
        issue_id = self._issues.pop(device_id, None)
        if issue_id is not None and issue_id not in self._issues.values():
            delete_issue(self._hass, issue_id)

    @callback
    def stop(self) -> None:
        """Delete all issues of an entry that is unloaded."""
        for device_id in tuple(self._issues):
            self.forget(device_id)
