"""What a person reads on the page of a device."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from custom_components.pushwire.const import DOMAIN

MAX_NAME_LENGTH = 40
# State attribute of each list of an entity's capabilities; None for the state itself.
WORDS = {
    "event_types": "event_type",
    "fan_modes": "fan_mode",
    "options": None,
    "preset_modes": "preset_mode",
    "swing_modes": "swing_mode",
}


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


def untranslated_words(
    hass: HomeAssistant, entry: ConfigEntry[Any], texts: Mapping[str, str], own: Mapping[str, str]
) -> Iterator[str]:
    """Yield words that an entity may show and that have no text.

    Args:
        hass: Home Assistant.
        entry: Entry of the entities.
        texts: Home Assistant's own texts, of all platforms.
        own: Texts of the integration.

    """
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        for name, attribute in WORDS.items():
            place = "state" if attribute is None else f"state_attributes.{attribute}.state"
            for word in (entity.capabilities or {}).get(name) or ():
                ours = f"component.{DOMAIN}.entity.{entity.domain}.{entity.translation_key}.{place}.{word}"
                usual = f"component.{entity.domain}.entity_component._.{place}.{word}"
                # A number reads the same in all languages.
                if ours not in own and usual not in texts and not word.isdecimal():
                    yield f"{entity.domain}.{entity.translation_key}: {word}"
