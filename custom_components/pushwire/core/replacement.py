"""Move of an entry to a gateway or account that replaces the one it was set up for."""

from collections.abc import Mapping

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..const import CONF_LEFT_DEVICES, DOMAIN


@callback
def move_registry_entries(hass: HomeAssistant, entry: ConfigEntry, system_id: str, ids: Mapping[str, str]) -> list[str]:
    """Give devices and entities the IDs that they have on another system; return the names of devices not found there.

    The entities keep their entity IDs, settings and history. What is not found stays as it
    is. The entry must not be loaded.

    Args:
        hass: Home Assistant.
        entry: Config entry, still with the unique ID of the replaced system.
        system_id: Stable ID of the other system.
        ids: New IDs of devices and resources, by their previous ones.

    """
    previous_id = str(entry.unique_id).partition(":")[2]
    entities = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(entities, entry.entry_id):
        unique_id = _moved(entity.unique_id, previous_id, system_id, ids)
        if unique_id is not None and entities.async_get_entity_id(entity.domain, DOMAIN, unique_id) is None:
            entities.async_update_entity(entity.entity_id, new_unique_id=unique_id)
    left: dict[str, str] = {}
    devices = dr.async_get(hass)
    all_ids = {previous_id: system_id, **ids}
    for device in dr.async_entries_for_config_entry(devices, entry.entry_id):
        for domain, device_id in device.identifiers:
            if device_id in all_ids:
                devices.async_update_device(device.id, new_identifiers={(domain, all_ids[device_id])})
            else:
                left[device_id] = device.name_by_user or device.name or device_id
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_LEFT_DEVICES: sorted({*entry.data.get(CONF_LEFT_DEVICES, ()), *left})}
    )
    return sorted(left.values())


def _moved(unique_id: str, previous_id: str, system_id: str, ids: Mapping[str, str]) -> str | None:
    """Return the unique ID on the other system, or None for a resource that was not found there."""
    if unique_id == previous_id or unique_id.startswith(f"{previous_id}-"):
        return system_id + unique_id.removeprefix(previous_id)
    rest = unique_id.removeprefix(f"{previous_id}/")
    if rest == unique_id:
        return None
    parts = rest.split("-")
    for count in range(len(parts), 0, -1):
        if (new := ids.get("-".join(parts[:count]))) is not None:
            return "-".join([f"{system_id}/{new}", *parts[count:]])
    return None
