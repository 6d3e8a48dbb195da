"""Repair issues of deCONZ entries."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ...const import DOMAIN
from .const import CORE_DOMAIN


@callback
def check_core_integration(hass: HomeAssistant, entry: ConfigEntry, bridge_id: str) -> None:
    """Create an issue while Home Assistant's own integration uses the same gateway."""
    others = hass.config_entries.async_entries(CORE_DOMAIN, include_ignore=False, include_disabled=False)
    if not any(str(other.unique_id).upper() == bridge_id for other in others):
        delete_issues(hass, entry)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(entry),
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="deconz_twice",
        translation_placeholders={"name": entry.title},
    )


@callback
def delete_issues(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete the issues of an entry."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(entry))


def _issue_id(entry: ConfigEntry) -> str:
    return f"deconz_twice_{entry.entry_id}"
