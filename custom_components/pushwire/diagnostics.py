"""Diagnostics of an entry or a device, without secrets and identifiers."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry

from .const import CONF_VENDOR
from .core.coordinator import PushwireConfigEntry
from .vendors import VENDORS
from .wire.redaction import Redaction, unpacked


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: PushwireConfigEntry) -> dict[str, Any]:
    """Return the connection state, the most recent frames and the model of an entry.

    An entry that is not loaded has only its own data and state.
    """
    loaded = entry.state is ConfigEntryState.LOADED
    return await _async_redacted(hass, entry, entry.runtime_data.diagnostics() if loaded else {})


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: PushwireConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Return the same with only the device's part of the model."""
    if entry.state is not ConfigEntryState.LOADED:
        return await _async_redacted(hass, entry, {})
    coordinator = entry.runtime_data
    device_id = coordinator.device_manager.device_id(device) or ""
    return await _async_redacted(hass, entry, coordinator.device_diagnostics(device_id))


async def _async_redacted(
    hass: HomeAssistant, entry: PushwireConfigEntry, diagnostics: Mapping[str, Any]
) -> dict[str, Any]:
    """Return diagnostics with the data of the entry, without secrets and identifiers."""
    coordinator = VENDORS[entry.data[CONF_VENDOR]].coordinator
    secrets = {str(value) for key, value in entry.data.items() if key in coordinator.secret_fields and value}
    if entry.state is ConfigEntryState.LOADED:
        secrets |= entry.runtime_data.secrets()
    redaction = Redaction(
        coordinator.hidden_keys | coordinator.secret_fields,
        secrets,
        {coordinator.vendor},
        rounds=coordinator.may_hold_positions,
    )
    subentries = [{"type": subentry.subentry_type, "data": subentry.data} for subentry in entry.subentries.values()]
    data = {
        "entry": entry.data,
        **({"subentries": subentries} if subentries else {}),
        "options": entry.options,
        "state": entry.state.value,
        **diagnostics,
    }
    # The copy does not change meanwhile, and a large system takes a while.
    redacted: dict[str, Any] = await hass.async_add_executor_job(redaction.apply, unpacked(data))
    return redacted
