"""Entities that are disabled: registered on the first start, and left out of later ones."""

from datetime import timedelta
from typing import Any

from homeassistant.config_entries import RELOAD_AFTER_UPDATE_DELAY, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.core.devices import DeviceManager
from custom_components.pushwire.core.storage import store_of
from simulators import DeconzSimulator
from tests.common import set_up, wait_until
from tests.deconz.common import wait_described


def added_of(entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list of the unique IDs of entities that are passed to Home Assistant."""
    added: list[str] = []
    add_platform = DeviceManager.add_platform

    def record(self: DeviceManager, platform: Any, build: Any, add_entities: Any) -> None:
        def add(entities: list[Any]) -> None:
            added.extend(str(entity.unique_id) for entity in entities)
            add_entities(entities)

        add_platform(self, platform, build, add)  # type: ignore[arg-type]

    monkeypatch.setattr(DeviceManager, "add_platform", record)
    return added


def registered(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dict[str, er.RegistryEntry]:
    """Return the entities of an entry by entity ID."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {entity.entity_id: entity for entity in entities}


async def test_disabled_entities_are_left_out_of_later_starts(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with DeconzSimulator() as sim:
        entry = await set_up(hass, sim)
        await wait_described(hass, entry)
        before = registered(hass, entry)
        enabled = {entity.unique_id for entity in before.values() if not entity.disabled}
        disabled = {entity.unique_id for entity in before.values() if entity.disabled}
        assert len(disabled) > 50
        added = added_of(entry, monkeypatch)
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        assert set(added) == enabled
        # They are neither removed nor forgotten.
        await entry.runtime_data.async_poll()
        assert registered(hass, entry).keys() == before.keys()
        # Another version may describe them in another way.
        store = store_of(hass, entry.entry_id)
        await hass.config_entries.async_unload(entry.entry_id)
        data = await store.async_load()
        assert data is not None
        await store.async_save({**data, "written_by": "0.0.1"})
        added.clear()
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        assert set(added) == enabled | disabled
        added.clear()
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        assert set(added) == enabled
        await hass.config_entries.async_unload(entry.entry_id)


async def test_an_enabled_entity_comes_up_by_home_assistants_reload(hass: HomeAssistant) -> None:
    async with DeconzSimulator() as sim:
        entry = await set_up(hass, sim)
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        name = next(entity_id for entity_id, entity in registered(hass, entry).items() if entity.disabled)
        assert hass.states.get(name) is None
        er.async_get(hass).async_update_entity(name, disabled_by=None)
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=RELOAD_AFTER_UPDATE_DELAY + 1))
        await wait_until(hass, lambda: hass.states.get(name) is not None)
        await hass.async_block_till_done()
        await hass.config_entries.async_unload(entry.entry_id)


async def test_an_entity_of_a_deleted_device_is_removed_although_it_is_disabled(hass: HomeAssistant) -> None:
    async with DeconzSimulator() as sim:
        entry = await set_up(hass, sim)
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        key = sim.sensor("temperature")["uniqueid"]
        own = f"{entry.runtime_data.system_id}/{key}"
        assert [item for item in registered(hass, entry).values() if item.unique_id.startswith(own) and item.disabled]
        sim.delete("sensors", "temperature")
        await wait_until(
            hass,
            lambda: not [item for item in registered(hass, entry).values() if item.unique_id.startswith(own)],
        )
        await hass.config_entries.async_unload(entry.entry_id)
