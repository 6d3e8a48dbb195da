"""A simulated platform, and an entry for it."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from simulators import ElementSimulator
from tests.common import set_up, settle, until


@pytest.fixture
async def sim() -> AsyncGenerator[ElementSimulator]:
    """Run a platform whose rate limit no test but its own meets."""
    async with ElementSimulator(rate=5000) as simulator:
        yield simulator


async def primed(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Wait until the newest values of all devices have been read."""
    coordinator = entry.runtime_data
    await until(hass, lambda: coordinator.devices.keys() <= coordinator._primed)
    await settle(hass)


@pytest.fixture
async def entry(hass: HomeAssistant, sim: ElementSimulator) -> AsyncGenerator[ConfigEntry[Any]]:
    """Follow the whole mandate, and take it down before the simulator goes."""
    entry = await set_up(hass, sim)
    await primed(hass, entry)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)
