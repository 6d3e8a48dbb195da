"""Pushwire: integration of LIVISI, deCONZ, ELEMENT IoT and ResIOT."""

from contextlib import suppress
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback
from homeassistant.helpers import config_validation as cv, issue_registry as ir

from .const import CONF_VENDOR, DOMAIN
from .core.coordinator import PushwireConfigEntry
from .core.credentials import forget_credential_checks
from .core.storage import store_of
from .services import async_register_actions
from .vendors import VENDORS
from .wire.errors import WireError

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.device_registry import DeviceEntry
    from homeassistant.helpers.typing import ConfigType

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the actions, which exist with or without an entry."""
    async_register_actions(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: PushwireConfigEntry) -> bool:
    """Connect to a gateway or account and set up its platforms."""
    coordinator = VENDORS[entry.data[CONF_VENDOR]].create_coordinator(hass, entry)
    await coordinator.async_start()
    entry.runtime_data = coordinator
    await hass.config_entries.async_forward_entry_setups(entry, list(coordinator.builders))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: PushwireConfigEntry) -> bool:
    """Unload the platforms and close the connection."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, list(entry.runtime_data.builders))
    if unloaded:
        await entry.runtime_data.async_stop()
        _delete_issues(hass, entry)
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: PushwireConfigEntry) -> None:
    """Delete the stored file, and what the set-up created in the vendor's system."""
    forget_credential_checks(hass, entry)
    _delete_issues(hass, entry)
    await store_of(hass, entry.entry_id).async_remove()
    if (cleanup := VENDORS[entry.data[CONF_VENDOR]].async_cleanup) is not None:
        # A vendor's system that no longer exists must not prevent the removal.
        with suppress(WireError):
            await cleanup(hass, entry.data)


@callback
def _delete_issues(hass: HomeAssistant, entry: PushwireConfigEntry) -> None:
    """Delete all issues of an entry, whose IDs end with that of the entry."""
    for domain, issue_id in tuple(ir.async_get(hass).issues):
        if domain == DOMAIN and issue_id.endswith(entry.entry_id):
            ir.async_delete_issue(hass, domain, issue_id)


async def async_remove_config_entry_device(
    _hass: HomeAssistant, entry: PushwireConfigEntry, device: DeviceEntry
) -> bool:
    """Forget a device that a person deletes, and return whether the deletion is allowed."""
    if entry.state is not ConfigEntryState.LOADED:
        # A device that still exists is added again when the entry is loaded.
        return True
    coordinator = entry.runtime_data
    if not coordinator.can_remove_device(device):
        return False
    coordinator.forget_device(coordinator.device_manager.device_id(device) or "")
    return True
