"""A simulated network server, and an entry for it."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from simulators import ResiotSimulator
from tests.common import set_up


@pytest.fixture
async def sim() -> AsyncGenerator[ResiotSimulator]:
    """Run a server."""
    async with ResiotSimulator() as simulator:
        yield simulator


@pytest.fixture
async def entry(hass: HomeAssistant, sim: ResiotSimulator) -> AsyncGenerator[ConfigEntry[Any]]:
    """Set the server up, and take it down before the simulator goes."""
    entry = await set_up(hass, sim)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)
