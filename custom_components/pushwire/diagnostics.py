"""Diagnostics of an entry or a device, without secrets."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry

from .const import CONF_VENDOR
from .core.coordinator import PushwireConfigEntry
from .vendors import VENDORS
from .wire.frame_log import REDACTED


async def async_get_config_entry_diagnostics(_hass: HomeAssistant, entry: PushwireConfigEntry) -> dict[str, Any]:
    """Return the connection state, the most recent frames and the model of an entry.

    An entry that is not loaded has only its own data and state.
    """
    secret_fields = VENDORS[entry.data[CONF_VENDOR]].coordinator.secret_fields
    return {
        "entry": {key: REDACTED if key in secret_fields and value else value for key, value in entry.data.items()},
        "options": dict(entry.options),
        "state": entry.state.value,
        **(entry.runtime_data.diagnostics() if entry.state is ConfigEntryState.LOADED else {}),
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: PushwireConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Return the same with only the device's part of the model."""
    data = await async_get_config_entry_diagnostics(hass, entry)
    if entry.state is not ConfigEntryState.LOADED:
        return data
    coordinator = entry.runtime_data
    return {**data, **coordinator.device_diagnostics(coordinator.device_manager.device_id(device) or "")}
