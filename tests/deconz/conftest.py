"""Fixtures of the deCONZ tests."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from simulators import DeconzSimulator
from tests.common import set_up
from tests.deconz.common import wait_described


@pytest.fixture
async def sim() -> AsyncGenerator[DeconzSimulator]:
    """Run a simulated gateway."""
    async with DeconzSimulator() as simulator:
        yield simulator


@pytest.fixture
async def entry(hass: HomeAssistant, sim: DeconzSimulator) -> AsyncGenerator[ConfigEntry[Any]]:
    """Set up the gateway, and unload the entry before the simulator stops."""
    entry = await set_up(hass, sim)
    await wait_described(hass, entry)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)
