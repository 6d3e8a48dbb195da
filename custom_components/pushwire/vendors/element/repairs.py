"""Repair issues of ELEMENT entries, each deleted when its cause is gone."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from ...const import DOMAIN

# Seconds before the expiry of a key.
WARNING_TIME: Final = 14 * 86400.0


@callback
def update_key_issue(hass: HomeAssistant, entry: ConfigEntry[Any], expires: float | None, now: float) -> None:
    """Create the issue of a key that expires soon, or delete the issue.

    Args:
        hass: Home Assistant.
        entry: Config entry of the key.
        expires: Unix time, or None for a key that does not expire as far as known.
        now: Unix time.

    """
    issue_id = f"key_expires_{entry.entry_id}"
    if expires is None or expires - now > WARNING_TIME:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    date = dt_util.as_local(datetime.fromtimestamp(expires, UTC)).date()
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="key_expires",
        translation_placeholders={"name": entry.title, "date": date.isoformat()},
    )


@callback
def update_scope_issue(hass: HomeAssistant, entry: ConfigEntry[Any], scopes: Iterable[str]) -> None:
    """Create the issue of scopes that the key has no access to any more, or delete the issue."""
    issue_id = f"scope_lost_{entry.entry_id}"
    names = ", ".join(sorted(scopes))
    if not names:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="scope_lost",
        translation_placeholders={"name": entry.title, "scopes": names},
    )
