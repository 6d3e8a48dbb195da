"""Repair issues of deCONZ entries."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ...const import DOMAIN
from ...core.issues import delete_issue, report_issue
from ...wire.errors import WireError
from .address import address_of
from .api.client import fetch_fingerprint
from .const import CONF_FINGERPRINT, CORE_DOMAIN


@callback
def check_core_integration(hass: HomeAssistant, entry: ConfigEntry, bridge_id: str) -> None:
    """Create an issue while Home Assistant's own integration uses the same gateway."""
    issue_id = f"deconz_twice_{entry.entry_id}"
    others = hass.config_entries.async_entries(CORE_DOMAIN, include_ignore=False, include_disabled=False)
    if not any(str(other.unique_id).upper() == bridge_id for other in others):
        delete_issue(hass, issue_id)
        return
    report_issue(hass, issue_id, "deconz_twice", name=entry.title)


@callback
def report_certificate(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Create an issue about another certificate, which a person has to accept."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"certificate_changed_{entry.entry_id}",
        data={"entry_id": entry.entry_id},
        is_fixable=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key="certificate_changed",
        translation_placeholders={"name": entry.title},
    )


@callback
def delete_certificate_issue(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete the issue about another certificate."""
    delete_issue(hass, f"certificate_changed_{entry.entry_id}")


class CertificateRepairFlow(RepairsFlow):
    """Repair flow that shows the fingerprint of the new certificate, and pins it once accepted."""

    def __init__(self, entry: ConfigEntry, _data: Mapping[str, Any]) -> None:
        """Initialize the flow of an entry."""
        self._entry = entry
        self._fingerprint = ""

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Start the flow."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Show both fingerprints, or pin the new certificate if it is still the same."""
        try:
            fingerprint = (await fetch_fingerprint(address_of(self._entry.data))).hex()
        except WireError as err:
            return self.async_abort(reason=err.translation_key)
        if user_input is not None and fingerprint == self._fingerprint:
            self.hass.config_entries.async_update_entry(
                self._entry, data={**self._entry.data, CONF_FINGERPRINT: fingerprint}
            )
            self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
            return self.async_create_entry(data={})
        self._fingerprint = fingerprint
        return self.async_show_form(
            step_id="confirm",
            description_placeholders={
                "name": self._entry.title,
                "old": _readable(self._entry.data.get(CONF_FINGERPRINT, "")),
                "new": _readable(fingerprint),
            },
        )


def _readable(fingerprint: str) -> str:
    """Return a fingerprint in pairs of digits, as browsers show it."""
    return ":".join(fingerprint[index : index + 2] for index in range(0, len(fingerprint), 2)).upper()
