"""Entities of the simulated network."""

from datetime import UTC, datetime

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from syrupy.assertion import SnapshotAssertion

from simulators import ResiotSimulator
from simulators.resiot import GATEWAY_ROOF, NODES
from tests.common import run_pending_updates, set_up, wait_until
from tests.snapshots import entity_lines

VALUES = ("office", "greenhouse", "door", "presence", "tank", "tracker")


async def test_snapshot(hass: HomeAssistant, snapshot: SnapshotAssertion, freezer: FrozenDateTimeFactory) -> None:
    freezer.move_to(datetime(2026, 10, 1, 12, tzinfo=UTC))
    async with ResiotSimulator() as sim:
        entry = await set_up(hass, sim)
        sim.gateway_alive(GATEWAY_ROOF)
        for key in VALUES:
            sim.uplink_lpp(key, sim.typical_measurements(key))
        sim.uplink("meter", "9b690291010f1b2401ce01c0")
        sim.uplink("valve", "00ff")
        sim.join("valve")
        sim.report_downlink("valve", "2525", 50)
        await wait_until(hass, lambda: len(entry.runtime_data.devices) == len(NODES))
        await run_pending_updates(hass)
        entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        assert entity_lines(hass, entities) == snapshot
        await hass.config_entries.async_unload(entry.entry_id)
