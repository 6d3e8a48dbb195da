"""Pushwire: LIVISI, deCONZ, ELEMENT IoT and ResIOT, pushed into Home Assistant."""

from contextlib import suppress
from typing import TYPE_CHECKING

from homeassistant.helpers import config_validation as cv

from .const import CONF_VENDOR, DOMAIN
from .core.coordinator import PushwireConfigEntry, store_of
from .services import async_register_actions
from .vendors import VENDORS
from .wire.errors import WireError

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.device_registry import DeviceEntry
    from homeassistant.helpers.typing import ConfigType

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the actions, which are there whether or not an entry is."""
    async_register_actions(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: PushwireConfigEntry) -> bool:
    """Connect one gateway or account and set up its platforms."""
    coordinator = VENDORS[entry.data[CONF_VENDOR]].coordinator(hass, entry)
    await coordinator.async_start()
    entry.runtime_data = coordinator
    await hass.config_entries.async_forward_entry_setups(entry, list(coordinator.builders))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: PushwireConfigEntry) -> bool:
    """Close the link and take the platforms down."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, list(entry.runtime_data.builders))
    if unloaded:
        await entry.runtime_data.async_stop()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: PushwireConfigEntry) -> None:
    """Forget what was remembered, and take back what was created at the vendor."""
    await store_of(hass, entry.entry_id).async_remove()
    if (forget := VENDORS[entry.data[CONF_VENDOR]].forget) is not None:
        # The vendor may be gone for good: that must not keep the entry alive.
        with suppress(WireError):
            await forget(hass, entry.data)


async def async_remove_config_entry_device(
    _hass: HomeAssistant, entry: PushwireConfigEntry, device: DeviceEntry
) -> bool:
    """Allow a person to delete a device that the vendor no longer has."""
    return entry.runtime_data.may_remove(device)
