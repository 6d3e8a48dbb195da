"""Repair flows, which the vendors provide."""

from typing import Any

from homeassistant.components.repairs import RepairsFlow
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .const import CONF_VENDOR
from .vendors import VENDORS


async def async_create_fix_flow(hass: HomeAssistant, _issue_id: str, data: dict[str, Any] | None) -> RepairsFlow:
    """Return the flow that fixes an issue of an entry."""
    entry = hass.config_entries.async_get_known_entry(str((data or {})["entry_id"]))
    create = VENDORS[entry.data[CONF_VENDOR]].create_fix_flow
    if create is None:
        raise HomeAssistantError
    return create(entry, data or {})
