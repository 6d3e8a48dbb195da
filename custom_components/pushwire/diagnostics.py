"""Diagnostics of an entry or a device, without secrets."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry

from .core.coordinator import PushwireConfigEntry
from .wire.frame_log import REDACTED


async def async_get_config_entry_diagnostics(_hass: HomeAssistant, entry: PushwireConfigEntry) -> dict[str, Any]:
    """Return the connection state, the most recent frames and the model of an entry."""
    coordinator = entry.runtime_data
    return {
        "entry": {
            key: REDACTED if key in coordinator.secret_fields and value else value for key, value in entry.data.items()
        },
        "options": dict(entry.options),
        **coordinator.diagnostics(),
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: PushwireConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Return the same with only the device's part of the model."""
    coordinator = entry.runtime_data
    data = await async_get_config_entry_diagnostics(hass, entry)
    device_id = coordinator.device_manager.device_id(device)
    return {**data, "model": coordinator.device_diagnostics_data(device_id or "")}
