"""Diagnostics and deletion of devices while an entry is not loaded."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import orjson
import pytest

from custom_components.pushwire import async_remove_config_entry_device
from custom_components.pushwire.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from simulators import DeconzSimulator, ElementSimulator, LivisiSimulator, ResiotSimulator, Simulator
from tests.common import set_up


@pytest.mark.parametrize("make", [DeconzSimulator, ElementSimulator, LivisiSimulator, ResiotSimulator])
async def test_an_entry_that_cannot_be_set_up(hass: HomeAssistant, make: type[Simulator]) -> None:
    async with make() as sim:
        entry = await set_up(hass, sim)
        secrets = [str(value) for key, value in entry.data.items() if key in entry.runtime_data.secret_fields]
        sim.refuse(503)
        await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        data = await async_get_config_entry_diagnostics(hass, entry)
        assert data["state"] == "setup_retry"
        device = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)[-1]
        assert await async_get_device_diagnostics(hass, entry, device) == data
        text = orjson.dumps(data).decode()
        assert secrets
        assert not [secret for secret in secrets if secret in text]
        assert await async_remove_config_entry_device(hass, entry, device)
        sim.allow()
        await hass.config_entries.async_remove(entry.entry_id)
