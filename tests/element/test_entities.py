"""Everything that the simulated tenant shows."""

from datetime import UTC, datetime

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from syrupy.assertion import SnapshotAssertion

from simulators import ElementSimulator
from tests.common import set_up
from tests.element.conftest import primed
from tests.lorawan.common import check_entities


@pytest.mark.parametrize("platform", ["binary_sensor", "event", "sensor"])
async def test_snapshot(
    hass: HomeAssistant, platform: str, snapshot: SnapshotAssertion, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(datetime(2026, 10, 1, 12, tzinfo=UTC))
    async with ElementSimulator(rate=5000) as sim:
        entry = await set_up(hass, sim)
        await primed(hass, entry)
        check_entities(hass, entry, platform, snapshot)
        await hass.config_entries.async_unload(entry.entry_id)
