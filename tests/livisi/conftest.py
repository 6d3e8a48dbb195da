"""Fixtures: a simulated hub of either generation, and its entry."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from simulators import LivisiSimulator
from tests.common import set_up


@pytest.fixture
def version() -> str:
    """Return the generation of the hub; tests of the other one parametrize ``version``."""
    return "v2"


@pytest.fixture
async def sim(version: Any) -> AsyncGenerator[LivisiSimulator]:
    """Yield a running hub."""
    async with LivisiSimulator(version=version) as simulator:
        yield simulator


@pytest.fixture
async def entry(hass: HomeAssistant, sim: LivisiSimulator) -> AsyncGenerator[ConfigEntry[Any]]:
    """Yield the loaded entry of the hub, and unload it before the hub stops."""
    entry = await set_up(hass, sim)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def quick_hub(quick_links: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pauses before reconnects, snapshots and retries."""
    base = "custom_components.pushwire.vendors.livisi"
    monkeypatch.setattr(f"{base}.coordinator.TOPOLOGY_DELAY", 0.02)
    monkeypatch.setattr(f"{base}.coordinator.RESYNC_PAUSE", 0.05)
    monkeypatch.setattr(f"{base}.api.client.STARTING_PAUSE", 0.05)
    monkeypatch.setattr(f"{base}.api.client.BUSY_PAUSE", 0.05)
