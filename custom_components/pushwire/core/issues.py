"""Repair issues that explain what to do, or lead to a flow."""

from collections.abc import Mapping

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN


@callback
def report_issue(
    hass: HomeAssistant, issue_id: str, key: str, data: Mapping[str, str] | None = None, /, **placeholders: str
) -> None:
    """Create an issue, which whoever creates it deletes when its cause is gone.

    Args:
        hass: Home Assistant.
        issue_id: ID of the issue.
        key: Key of its translation.
        data: Data of the flow that fixes the issue, or None if there is none.
        placeholders: Placeholders of the texts.

    """
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=data is not None,
        data=None if data is None else {**data},
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders=placeholders,
    )


@callback
def delete_issue(hass: HomeAssistant, issue_id: str) -> None:
    """Delete an issue, if there is one."""
    ir.async_delete_issue(hass, DOMAIN, issue_id)
