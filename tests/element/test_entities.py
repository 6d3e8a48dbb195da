"""Entities of the simulated mandate."""

from datetime import UTC, datetime

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from syrupy.assertion import SnapshotAssertion

from simulators import ElementSimulator
from tests.common import set_up
from tests.element.conftest import wait_primed
from tests.snapshots import entity_lines


async def test_snapshot(hass: HomeAssistant, snapshot: SnapshotAssertion, freezer: FrozenDateTimeFactory) -> None:
    freezer.move_to(datetime(2026, 10, 1, 12, tzinfo=UTC))
    # Each window of the rate limit is over at once, so that the number of requests does not matter.
    async with ElementSimulator(rate=5000, rate_window=0) as sim:
        entry = await set_up(hass, sim)
        # The clock stands still, so nothing but the task shows its end.
        await entry.runtime_data._priming
        await wait_primed(hass, entry)
        entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        assert entity_lines(hass, entities) == snapshot
        await hass.config_entries.async_unload(entry.entry_id)
