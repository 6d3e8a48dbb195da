"""What a person reads on the page of a device."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

MAX_NAME_LENGTH = 40


def problems_of_names(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Iterator[str]:
    """Yield what is wrong with the names of an entry's entities, and devices without an enabled entity."""
    registry = er.async_get(hass)
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
        entities = er.async_entries_for_device(registry, device.id, include_disabled_entities=True)
        if all(entity.disabled_by for entity in entities):
            yield f"{device.name}: no entity that is enabled"
        names = Counter((entity.original_name or "").casefold() for entity in entities)
        for entity in entities:
            name = entity.original_name or ""
            if len(name) > MAX_NAME_LENGTH:
                yield f"{device.name}: {entity.domain} {name!r} is too long"
            if names[name.casefold()] > 1:
                yield f"{device.name}: {entity.domain} {name!r} is not the only one ({entity.unique_id})"
