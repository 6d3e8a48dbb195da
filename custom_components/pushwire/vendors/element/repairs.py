"""Repair issues of ELEMENT entries, each deleted when its cause is gone."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ...core.issues import delete_issue, report_issue

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
        delete_issue(hass, issue_id)
        return
    date = dt_util.as_local(datetime.fromtimestamp(expires, UTC)).date()
    report_issue(hass, issue_id, "key_expires", name=entry.title, date=date.isoformat())


@callback
def update_scope_issue(hass: HomeAssistant, entry: ConfigEntry[Any], scopes: Iterable[str]) -> None:
    """Create the issue of scopes that the key has no access to any more, or delete the issue."""
    issue_id = f"scope_lost_{entry.entry_id}"
    names = ", ".join(sorted(scopes))
    if not names:
        delete_issue(hass, issue_id)
        return
    report_issue(hass, issue_id, "scope_lost", name=entry.title, scopes=names)
