"""Corrections of the meaning of values, by itself or by a person."""

from collections.abc import Callable
import logging
from time import time
from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from ..const import DOMAIN
from ..core.background import Background
from ..core.devices import DeviceManager
from .api.model import LorawanDevice, Proposal, ValueDescription
from .statistics_unit import async_stored_statistics

_LOGGER = logging.getLogger(__name__)

_HOUR: Final = 3600


def issue_id_of(device_id: str, key: str) -> str:
    """Return the ID of the issue about the meaning of a key."""
    return f"meaning_{device_id}_{key}"


def shown_as(description: ValueDescription) -> str:
    """Return a description in a few words, for a log line or a form."""
    words = (description.platform, description.device_class, description.unit, description.state_class)
    return " ".join(word for word in words if word)


class Corrections:
    """Decisions about other meanings that values have shown.

    A meaning is corrected by itself as long as Home Assistant has compiled no statistics
    of it. Later, a person decides, because the old statistics would not fit any more.

    Args:
        hass: Home Assistant.
        entry_id: ID of the entry.
        log_name: Name of the entry in the log.
        background: Tasks of the entry.
        device_manager: Entities of the entry.
        unique_id: Returns the unique ID of a value's entity.
        save: Schedules a write of the corrections.

    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        log_name: str,
        *,
        background: Background,
        device_manager: DeviceManager,
        unique_id: Callable[[str, str, ValueDescription], str],
        save: Callable[[], None],
    ) -> None:
        """Initialize without proposals."""
        self._hass = hass
        self._entry_id = entry_id
        self._log_name = log_name
        self._background = background
        self._device_manager = device_manager
        self._unique_id = unique_id
        self._save = save

    @callback
    def decide(self, device: LorawanDevice) -> None:
        """Apply the proposals for a device, or look for statistics first."""
        proposals, device.proposals = device.proposals, {}
        for key, proposal in proposals.items():
            if self._has_no_hour(device, key, proposal):
                self.apply(device, key, proposal)
            else:
                device.meanings[key].is_asked = True
                self._background.start(self._decide_later(device, key, proposal), "meaning")

    def _has_no_hour(self, device: LorawanDevice, key: str, proposal: Proposal) -> bool:
        """Return whether no hour of a meaning can have been compiled."""
        is_recent = time() // _HOUR == device.meanings[key].since // _HOUR
        return is_recent or proposal.before.state_class is None or self.entity_id(device, key) is None

    async def _decide_later(self, device: LorawanDevice, key: str, proposal: Proposal) -> None:
        """Apply a proposal if nothing has been compiled, and ask a person otherwise."""
        entity_id = self.entity_id(device, key)
        stored = None if entity_id is None else await async_stored_statistics(self._hass, entity_id)
        if stored is None:
            self.apply(device, key, proposal)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id_of(device.device_id, key),
            data={"entry_id": self._entry_id, "device_id": device.device_id, "key": key},
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key="meaning_contradicted",
            translation_placeholders={
                "device": device.name,
                "key": key,
                "old": shown_as(proposal.before),
                "new": shown_as(proposal.after),
            },
        )
        device.meanings[key].pending = proposal

    @callback
    def apply(self, device: LorawanDevice, key: str, proposal: Proposal) -> None:
        """Give a key another meaning, and replace its entity."""
        _LOGGER.info(
            "%s: %s of %s is shown as %s instead of %s (%s)",
            self._log_name,
            key,
            device.name,
            shown_as(proposal.after),
            shown_as(proposal.before),
            proposal.reason,
        )
        device.correct(key, proposal)
        ir.async_delete_issue(self._hass, DOMAIN, issue_id_of(device.device_id, key))
        self._save()
        before, after = Platform(proposal.before.platform), Platform(proposal.after.platform)
        if before is not after:
            self._remove(before, device, key, proposal.before)
            self._device_manager.update(device.device_id)
            return
        unique_id = self._unique_id(device.device_id, key, proposal.after)
        self._background.start(
            self._device_manager.async_replace_entity(after, unique_id, device.device_id), "replace entity"
        )

    @callback
    def remove_other_entities(self, device: LorawanDevice) -> None:
        """Remove the entities of an earlier run that show values in another form."""
        for key, value in device.values.items():
            other = "sensor" if value.description.platform == "binary_sensor" else "binary_sensor"
            self._remove(Platform(other), device, key, ValueDescription(platform=other))

    def _remove(self, platform: Platform, device: LorawanDevice, key: str, description: ValueDescription) -> None:
        registry = er.async_get(self._hass)
        unique_id = self._unique_id(device.device_id, key, description)
        entity_id = registry.async_get_entity_id(platform, DOMAIN, unique_id)
        if entity_id is not None and (entity := registry.async_get(entity_id)) is not None:
            self._device_manager.remove_entity(entity)

    def entity_id(self, device: LorawanDevice, key: str) -> str | None:
        """Return the ID of the entity of a value."""
        description = device.values[key].description
        unique_id = self._unique_id(device.device_id, key, description)
        return er.async_get(self._hass).async_get_entity_id(description.platform, DOMAIN, unique_id)

    def diagnostics_data(self, device: LorawanDevice) -> dict[str, Any]:
        """Return the proposals that wait for a person, as JSON-like data."""
        return {
            key: meaning.pending.to_stored() for key, meaning in device.meanings.items() if meaning.pending is not None
        }
