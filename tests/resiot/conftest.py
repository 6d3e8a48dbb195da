"""Simulated network server and its entry."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from simulators import ResiotSimulator
from tests.common import set_up


@pytest.fixture
async def sim() -> AsyncGenerator[ResiotSimulator]:
    """Return a running server."""
    async with ResiotSimulator() as simulator:
        yield simulator


@pytest.fixture
async def entry(hass: HomeAssistant, sim: ResiotSimulator) -> AsyncGenerator[ConfigEntry[Any]]:
    """Return an entry of the server, which is unloaded before the simulator ends."""
    entry = await set_up(hass, sim)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)
