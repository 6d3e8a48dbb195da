"""House with a real recorder, whose time and statistics runs are under the test's control."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
import logging
from typing import Any

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory, real_monotonic
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import DATA_INSTANCE
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_recorder_block_till_done,
    do_adhoc_statistics,
)
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager

from simulators import ElementSimulator
from tests.common import set_up, wait_until

RUN = timedelta(minutes=5)
HOUR = timedelta(hours=1)


def clear(sim: ElementSimulator, *keep: str) -> None:
    """Leave only some devices on the platform, without readings and packets."""
    kept = {sim.resolve(key) for key in keep}
    sim.world["devices"] = {ident: device for ident, device in sim.world["devices"].items() if ident in kept}
    sim.world["readings"].clear()
    sim.world["packets"].clear()


@asynccontextmanager
async def house_at(
    now: datetime,
    hass: HomeAssistant,
    recorder: RecorderInstanceContextManager | None,
    monkeypatch: pytest.MonkeyPatch,
    *devices: str,
) -> AsyncGenerator[House]:
    """Return a house at a time, before the platform has any readings."""
    # Every statement is logged otherwise, which takes most of the time.
    logger = logging.getLogger("sqlalchemy.engine")
    monkeypatch.setattr(logger, "level", logging.WARNING)
    logger._cache.clear()  # type: ignore[attr-defined]
    # Requests and sockets need a clock that runs.
    monkeypatch.setattr(hass.loop, "time", real_monotonic)
    async with AsyncExitStack() as stack:
        freezer = stack.enter_context(freeze_time(now))
        assert isinstance(freezer, FrozenDateTimeFactory)
        if recorder is not None:
            # The first run in the database is that of the time at which the recorder starts.
            await stack.enter_async_context(recorder(hass))
        sim = await stack.enter_async_context(ElementSimulator(rate=1_000_000, idle_timeout=1e9))
        clear(sim, *devices)
        house = House(hass, sim, freezer)
        await house.set_up()
        yield house
        await hass.config_entries.async_unload(house.entry.entry_id)


class House:
    """Home Assistant with the recorder and one entry of the platform."""

    def __init__(self, hass: HomeAssistant, sim: ElementSimulator, freezer: FrozenDateTimeFactory) -> None:
        """Initialize; the first statistics run is that of the current 5 minutes."""
        self.hass = hass
        self.sim = sim
        self.freezer = freezer
        self.entry: ConfigEntry[Any]
        self._next_run = self._last_period() + RUN

    @staticmethod
    def _last_period() -> datetime:
        now = datetime.now(UTC)
        return now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)

    async def set_up(self) -> None:
        """Set up the entry."""
        await async_setup_component(self.hass, "sensor", {})
        self.entry = await set_up(self.hass, self.sim)
        await self.settle()

    async def advance(self, to: datetime) -> None:
        """Let the time pass, with all runs of the statistics."""
        while self._next_run <= to:
            await self.move(self._next_run + timedelta(seconds=10))
            await async_recorder_block_till_done(self.hass)
            do_adhoc_statistics(self.hass, start=self._next_run - RUN)
            await async_recorder_block_till_done(self.hass)
            self._next_run += RUN
        await self.move(to)

    async def jump(self, to: datetime) -> None:
        """Let the time pass without runs of the statistics, except for the last one."""
        await self.move(to)
        do_adhoc_statistics(self.hass, start=self._last_period() - RUN)
        await async_recorder_block_till_done(self.hass)
        self._next_run = self._last_period() + RUN

    async def move(self, to: datetime) -> None:
        """Set the clock, and run what is due; the timers of the event loop follow the real clock."""
        passed = max(to - datetime.now(UTC), timedelta())
        self.freezer.move_to(datetime.now(UTC) + passed)
        async_fire_time_changed(self.hass, datetime.now(UTC) + passed)
        await self.hass.async_block_till_done()

    async def settle(self, turns: int = 3) -> None:
        """Wait until all received items have been shown and imported."""
        coordinator = self.entry.runtime_data
        await wait_until(self.hass, lambda: coordinator.devices.keys() <= coordinator._primed)
        for _ in range(turns):
            await self.move(datetime.now(UTC) + timedelta(seconds=3))
            await self._flush()
            while coordinator._late_scheduled:
                await self.move(datetime.now(UTC) + timedelta(seconds=2))
            await wait_until(self.hass, lambda: not coordinator.late_statistics._lock.locked())
            await self._flush()

    async def _flush(self) -> None:
        if DATA_INSTANCE in self.hass.data:
            await async_recorder_block_till_done(self.hass)

    async def push(self, key: str, data: Mapping[str, Any], measured_at: datetime) -> None:
        """Push a reading, and wait until it has been received."""
        coordinator = self.entry.runtime_data
        seen = coordinator.frame_log.seen
        self.sim.uplink(key, dict(data), measured_at=measured_at)
        await wait_until(self.hass, lambda: coordinator.frame_log.seen >= seen + 2)

    async def hours(self, entity_id: str, start: datetime) -> dict[datetime, dict[str, Any]]:
        """Return the hourly rows of an entity since a time."""
        rows = await get_instance(self.hass).async_add_executor_job(
            statistics_during_period,
            self.hass,
            start,
            None,
            {entity_id},
            "hour",
            None,
            {"state", "sum", "change", "mean", "min", "max"},
        )
        return {
            datetime.fromtimestamp(row["start"], UTC): {key: value for key, value in row.items() if key != "start"}
            for row in rows.get(entity_id, [])
        }
