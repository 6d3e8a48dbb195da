"""Repair flows of a meaning that values contradict, and of payloads that nothing decodes."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.helpers.selector import SelectSelector, SelectSelectorConfig, SelectSelectorMode
import voluptuous as vol

from ..core.compat import HAS_NEXT_FLOW, abort_with_subentry_flow
from .api.model import LorawanDevice, Proposal
from .codecs import SUBENTRY_TYPE
from .corrections import shown_as
from .statistics_unit import StatisticsChange, StoredStatistics, async_stored_statistics, change_statistics

CONF_STATISTICS = "statistics"


def statistics_selector(changes: list[StatisticsChange]) -> SelectSelector:
    """Return the choice of what becomes of stored statistics."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[change.value for change in changes],
            mode=SelectSelectorMode.LIST,
            translation_key="lorawan_statistics",
        )
    )


def create_fix_flow(entry: ConfigEntry, data: Mapping[str, Any]) -> RepairsFlow:
    """Return the flow that fixes an issue: about a key, or else about payloads that nothing decodes."""
    return MeaningRepairFlow(entry) if "key" in data else UndecodedRepairFlow(entry)


class UndecodedRepairFlow(RepairsFlow):
    """Repair flow that leads to the form of a codec; the issue stays until something is decoded."""

    def __init__(self, entry: ConfigEntry) -> None:
        """Initialize the flow of an entry."""
        self._entry = entry

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Start the flow."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Show the last payload, then the form."""
        data = self.data or {}
        placeholders = {name: str(data.get(name)) for name in ("device", "name", "port", "payload")}
        if user_input is None:
            return self.async_show_form(step_id="confirm", description_placeholders=placeholders)
        if not HAS_NEXT_FLOW or self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="add_codec", description_placeholders=placeholders)
        form = await self.hass.config_entries.subentries.async_init(
            (self._entry.entry_id, SUBENTRY_TYPE),
            context={"source": SOURCE_USER},
            data={"devices": [data["device_id"]]},
        )
        return abort_with_subentry_flow(self, "codec_form", form["flow_id"], placeholders)


class MeaningRepairFlow(RepairsFlow):
    """Repair flow that asks for another meaning of a key, and what becomes of the old statistics."""

    def __init__(self, entry: ConfigEntry) -> None:
        """Initialize the flow of an entry."""
        self._entry = entry
        self._stored: StoredStatistics | None = None

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Start the flow."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Show both meanings, or apply the other one."""
        if (found := self._find()) is None:
            return self.async_abort(reason="meaning_gone")
        device, key, proposal = found
        corrections = self._entry.runtime_data.corrections
        if user_input is not None:
            if self._stored is not None and CONF_STATISTICS in user_input:
                change = StatisticsChange(user_input[CONF_STATISTICS])
                change_statistics(self.hass, self._stored, proposal.after.unit, change)
            corrections.apply(device, key, proposal)
            return self.async_create_entry(data={})
        entity_id = corrections.entity_id(device, key)
        self._stored = None if entity_id is None else await async_stored_statistics(self.hass, entity_id)
        has_statistics = proposal.after.state_class is not None
        changes = (
            [] if self._stored is None else self._stored.changes(proposal.after.unit, has_statistics=has_statistics)
        )
        fields: dict[vol.Marker, Any] = (
            {vol.Required(CONF_STATISTICS, default=changes[0].value): statistics_selector(changes)} if changes else {}
        )
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema(fields),
            description_placeholders={
                "device": device.name,
                "key": key,
                "old": shown_as(proposal.before),
                "new": shown_as(proposal.after),
            },
        )

    def _find(self) -> tuple[LorawanDevice, str, Proposal] | None:
        """Return what the issue is about, if a person is still asked about it."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return None
        data = self.data or {}
        device = self._entry.runtime_data.devices.get(data.get("device_id"))
        key = str(data.get("key"))
        if device is None or (known := device.meanings.get(key)) is None or known.pending is None:
            return None
        return device, key, known.pending
