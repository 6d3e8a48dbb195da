"""Snapshots in plain text with one line per entity."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from difflib import unified_diff
from itertools import islice
import json
from typing import Any

from homeassistant.components.sensor import ATTR_STATE_CLASS
from homeassistant.const import ATTR_DEVICE_CLASS, ATTR_SUPPORTED_FEATURES, ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from syrupy.extensions.amber import AmberSnapshotExtension


class LinesSnapshotExtension(AmberSnapshotExtension):
    """Storage of lines, in one text file per test module."""

    file_extension = "txt"
    snapshot_dirname = "snapshots"

    def serialize(self, data: Iterable[str], **_kwargs: Any) -> str:
        """Return the lines as one text."""
        return "\n".join(data)

    def diff_lines(self, serialized_data: str | bytes, snapshot_data: str | bytes) -> Iterator[str]:
        """Yield the lines that differ, and no others."""
        diff = unified_diff(str(snapshot_data).splitlines(), str(serialized_data).splitlines(), n=0, lineterm="")
        # The first two lines name files.
        yield from (line for line in islice(diff, 2, None) if not line.startswith("@@"))


def entity_lines(hass: HomeAssistant, entities: Iterable[er.RegistryEntry]) -> list[str]:
    """Return the registry entry and the state of each entity, sorted by entity id.

    The columns are: entity id, state, unit, device class, state class, category, disabled by, translation key or
    icon, unique id, and everything else as JSON.
    """
    return [_line(hass, entity) for entity in sorted(entities, key=lambda item: item.entity_id)]


def _line(hass: HomeAssistant, entity: er.RegistryEntry) -> str:
    entry = hass.config_entries.async_get_entry(entity.config_entry_id or "")
    system_id = str(entry and entry.unique_id).partition(":")[2]
    state = hass.states.get(entity.entity_id)
    capabilities = dict(entity.capabilities or {})
    columns = {
        ATTR_UNIT_OF_MEASUREMENT: entity.unit_of_measurement,
        ATTR_DEVICE_CLASS: entity.original_device_class,
        ATTR_STATE_CLASS: capabilities.pop(ATTR_STATE_CLASS, None),
    }
    # A disabled entity has no state, so no friendly name either.
    attributes = state.attributes if state else {"name": entity.original_name}
    known = capabilities | {name: value for name, value in columns.items() if value is not None}
    rest = {str(name): value for name, value in attributes.items() if name not in known or known[name] != value}
    if entity.supported_features:
        rest.setdefault(ATTR_SUPPORTED_FEATURES, entity.supported_features)
    if capabilities:
        rest["capabilities"] = capabilities
    return " | ".join(
        [
            entity.entity_id,
            _cell(state.state if state else None),
            *map(_cell, columns.values()),
            _cell(entity.entity_category),
            _cell(entity.disabled_by),
            _cell(entity.translation_key or entity.original_icon),
            # The ID of a ResIOT account comes from its address, whose port differs in each run.
            entity.unique_id.removeprefix(f"{system_id}/").replace(system_id, "HUB"),
            json.dumps(rest, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=datetime.isoformat),
        ]
    )


def _cell(value: str | None) -> str:
    return "-" if value is None else str(value) or '""'
