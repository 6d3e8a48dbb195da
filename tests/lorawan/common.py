"""What tests of both LoRaWAN vendors share."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from syrupy.assertion import SnapshotAssertion


def check_entities(hass: HomeAssistant, entry: ConfigEntry[Any], platform: str, snapshot: SnapshotAssertion) -> None:
    """Compare a platform's entities, in registry and state, with what they were."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    found = [entity for entity in entities if entity.domain == platform]
    assert found
    for entity in sorted(found, key=lambda item: item.entity_id):
        described = {
            # The account's id is drawn from an address that has another port each time.
            "unique_id": entity.unique_id.replace(str(entry.unique_id), "HUB"),
            "category": entity.entity_category,
            "disabled": entity.disabled_by,
            "translation_key": entity.translation_key,
            "device_class": entity.original_device_class,
            "unit": entity.unit_of_measurement,
            "capabilities": entity.capabilities,
        }
        assert (described, hass.states.get(entity.entity_id)) == snapshot(name=entity.entity_id)
