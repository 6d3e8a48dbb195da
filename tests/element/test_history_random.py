"""A stream that is interrupted at random, compared with a model that is computed from the platform's log.

The model imports nothing of the product. One seed runs by default; PUSHWIRE_SEEDS=0-19 runs twenty.
"""

from collections import defaultdict
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
import os
import random
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
import pytest
from pytest_homeassistant_custom_component.typing import RecorderInstanceContextManager

from tests.common import wait_reconnected, wait_until
from tests.element.house import House, house_at

START = datetime(2026, 10, 1, 10, tzinfo=UTC)
STEP = timedelta(minutes=5)
HOUR = timedelta(hours=1)
STEPS = 312
INTERRUPTIONS = 100
OTHER = "sensor.other_meter"
OTHER_ATTRIBUTES = {"device_class": "energy", "state_class": "total_increasing", "unit_of_measurement": "kWh"}
UPLINKS = {"electricity": "event.keller_stromzahler_uplink", "water": "event.keller_wasserzahler_keller_uplink"}
COUNTERS = {
    "sensor.keller_stromzahler_energy_import": ("electricity", "1-0:1.8.0"),
    "sensor.keller_stromzahler_energy_export": ("electricity", "1-0:2.8.0"),
    "sensor.keller_wasserzahler_keller_register_value": ("water", "register_value"),
}
FIRST_SEED, LAST_SEED = os.environ.get("PUSHWIRE_SEEDS", "0-0").split("-")
SEEDS = range(int(FIRST_SEED), int(LAST_SEED) + 1)

type Reading = tuple[datetime, float]


@pytest.fixture
def mock_recorder_before_hass(async_test_recorder: RecorderInstanceContextManager) -> None:
    """Prepare the recorder before Home Assistant."""


@pytest.fixture
async def house(
    async_test_recorder: RecorderInstanceContextManager,
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    quick_links: None,
    all_enabled: None,
) -> AsyncGenerator[House]:
    """Return a house at ten o'clock, before the platform has any readings."""
    async with house_at(START, hass, async_test_recorder, monkeypatch, "electricity", "water") as house:
        yield house


# The model


def log_of(house: House, device: str, key: str) -> list[Reading]:
    """Return the readings of a key in the order of measurement; of two at the same time, the later inserted one."""
    ident = house.sim.resolve(device)
    found: dict[str, tuple[str, float]] = {}
    for reading in house.sim.world["readings"]:
        if reading["device_id"] == ident and key in reading["data"]:
            known = found.get(reading["measured_at"])
            if known is None or reading["inserted_at"] >= known[0]:
                found[reading["measured_at"]] = (reading["inserted_at"], reading["data"][key])
    return [(datetime.fromisoformat(at), value) for at, (_, value) in sorted(found.items())]


def hour_of(at: datetime) -> datetime:
    """Return the start of an hour."""
    return at.replace(minute=0, second=0, microsecond=0)


def meter_of(readings: list[Reading]) -> tuple[list[Reading], dict[datetime, float]]:
    """Return the readings that count, and the consumption of each hour."""
    good: list[Reading] = []
    used: dict[datetime, float] = defaultdict(float)
    doubtful: list[Reading] = []
    for at, value in readings:
        if not good or value >= good[-1][1]:
            # Zeros before the first number are no answers.
            if good and good[-1][1] > 0:
                used[hour_of(at)] += value - good[-1][1]
            good.append((at, value))
            doubtful = []
            continue
        doubtful.append((at, value))
        real = [item for item in doubtful if item[1] > 0]
        if (
            value > 0
            and len([item for item in doubtful[1:] if item[1] > 0]) >= 2
            and real == sorted(real, key=lambda item: item[1])
        ):
            good.append(real[0])
            for before, after in pairwise(real):
                used[hour_of(after[0])] += after[1] - before[1]
                good.append(after)
            doubtful = []
    return good, used


# The stream


class Stream:
    """Meters that are read every fifteen minutes, and the ways in which their readings arrive."""

    def __init__(self, house: House, chance: random.Random) -> None:
        """Initialize the registers."""
        self.house = house
        self.chance = chance
        self.registers = {"1-0:1.8.0": 18234.5, "1-0:2.8.0": 211.25, "register_value": 412.337}
        self.exchanges = {key: {chance.randrange(20, STEPS - 60)} for key in self.registers}
        self.waiting: list[tuple[datetime, str, dict[str, Any], datetime]] = []
        self.sent: dict[str, int] = defaultdict(int)

    def read(self, step: int, now: datetime) -> None:
        """Read the meters, and decide when each reading arrives."""
        for key in self.registers:
            if step in self.exchanges[key]:
                self.registers[key] = round(self.chance.uniform(0.5, 40), 3)
            self.registers[key] = round(self.registers[key] + self.chance.uniform(0, 0.4), 3)
        if step % 3:
            return
        measured = now - timedelta(seconds=self.chance.randrange(0, 50))
        for device, keys in (("electricity", ("1-0:1.8.0", "1-0:2.8.0")), ("water", ("register_value",))):
            calm = step < STEPS - 12
            data: dict[str, Any] = {
                key: 0 if calm and self.chance.random() < 0.1 else self.registers[key] for key in keys
            }
            if device == "water":
                data["medium"] = "water_m3"
            delay = timedelta()
            if calm and self.chance.random() < 0.3:
                delay = timedelta(minutes=self.chance.randrange(5, 360))
            self.waiting.append((now + delay, device, data, measured))
            if self.chance.random() < 0.1:
                self.waiting.append((now + delay + STEP, device, data, measured))

    def send(self, now: datetime, *, connected: bool) -> list[dict[str, Any]]:
        """Let the platform receive what is due, in any order; return the packets and readings."""
        due = [item for item in self.waiting if item[0] <= now]
        self.waiting = [item for item in self.waiting if item[0] > now]
        self.chance.shuffle(due)
        items = []
        for _, device, data, measured in due:
            items += self.house.sim.uplink(device, data, measured_at=measured)
            self.sent[device] += connected
        return items


def count_uplinks(hass: HomeAssistant) -> dict[str, list[str]]:
    """Return a list to which each uplink event is added, by entity."""
    fired: dict[str, list[str]] = defaultdict(list)

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        new, old = event.data["new_state"], event.data["old_state"]
        if new is None or not new.attributes.get("event_type") or new.state in (STATE_UNAVAILABLE, STATE_UNKNOWN):
            return
        item = f"{new.state} {new.attributes['payload']}"
        is_restored = (old is None or old.state == STATE_UNAVAILABLE) and fired[new.entity_id][-1:] == [item]
        if not is_restored:
            fired[new.entity_id].append(item)

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    return fired


async def received(house: House, items: list[dict[str, Any]]) -> None:
    """Wait until packets and readings have arrived."""
    recent = house.entry.runtime_data._recent_ids
    known = {source: recent[source]._ids for source in ("packets", "readings")}
    await wait_until(
        house.hass,
        lambda: all(item["id"] in known["packets" if "packet_type" in item else "readings"] for item in items),
    )


class Connection:
    """Interruptions of the sockets, and restarts of the entry."""

    def __init__(self, house: House, chance: random.Random) -> None:
        """Initialize with an open connection."""
        self.house = house
        self.chance = chance
        self.is_open = self.is_loaded = True
        self.interruptions = self.restarts = 0

    async def change(self, step: int) -> None:
        """Interrupt the connection or restore it, at random."""
        if not self.is_open and self.chance.random() < 0.8:
            await self.restore()
        elif self.is_open and step >= 3 and self.interruptions < INTERRUPTIONS and self.chance.random() < 0.75:
            await self.interrupt()

    async def interrupt(self) -> None:
        """Close the sockets, or unload the entry."""
        self.is_open = False
        self.interruptions += 1
        if self.chance.random() < 0.3:
            self.is_loaded = False
            self.restarts += 1
            await self.house.hass.config_entries.async_unload(self.house.entry.entry_id)
        else:
            self.house.sim.refuse(503)
            await self.house.sim.drop()

    async def restore(self) -> None:
        """Open the sockets, or set up the entry."""
        house = self.house
        house.sim.allow()
        if self.is_loaded:
            await wait_reconnected(house.hass, house.entry)
        else:
            await house.hass.config_entries.async_setup(house.entry.entry_id)
        self.is_open = self.is_loaded = True
        await wait_until(house.hass, lambda: house.entry.runtime_data.is_receiving)
        await house.settle()


def assert_states(house: House) -> None:
    """Check that each state is the last reading that counts."""
    for entity_id, (device, key) in COUNTERS.items():
        if good := meter_of(log_of(house, device, key))[0]:
            assert house.hass.states.get(entity_id).state == str(good[-1][1]), entity_id


async def assert_hours(house: House) -> int:
    """Check the state and the change of each hour; return the number of hours."""
    count = 0
    for entity_id, (device, key) in COUNTERS.items():
        good, used = meter_of(log_of(house, device, key))
        rows = await house.hours(entity_id, START)
        for hour, row in rows.items():
            assert row["change"] == pytest.approx(used.get(hour, 0.0), abs=1e-6), (entity_id, hour)
            assert row["state"] == [value for at, value in good if at < hour + HOUR][-1], (entity_id, hour)
        assert {hour_of(at) for at, _ in good} <= rows.keys()
        count += len(rows)
    others = await house.hours(OTHER, START)
    assert len(others) == STEPS // 12 + 1
    assert sum(row["change"] for row in others.values()) == pytest.approx(0.25 * (STEPS - 1))
    return count


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_hour_equals_the_model(house: House, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(seed)
    stream, connection = Stream(house, chance), Connection(house, chance)
    events = count_uplinks(house.hass)
    missed: list[dict[str, Any]] = []
    for step in range(STEPS):
        now = START + step * STEP + timedelta(minutes=1)
        await house.advance(now)
        house.hass.states.async_set(OTHER, str(5000 + 0.25 * step), OTHER_ATTRIBUTES)
        await connection.change(step)
        stream.read(step, now)
        missed += stream.send(now, connected=connection.is_open)
        if connection.is_open:
            await received(house, missed)
            missed = []
            await house.settle(1)
            assert_states(house)
    if not connection.is_open:
        await connection.restore()
    await house.advance(START + STEPS * STEP + timedelta(minutes=61))
    await house.settle()
    assert_states(house)
    hours = await assert_hours(house)
    fired = {device: len(events[entity_id]) for device, entity_id in UPLINKS.items()}
    assert fired == dict(stream.sent)
    assert connection.interruptions == INTERRUPTIONS
    with capsys.disabled():
        print(  # noqa: T201
            f"seed {seed}: {len(house.sim.world['readings'])} readings, {connection.interruptions} interruptions, "
            f"{connection.restarts} of them restarts, {hours} hours and {sum(fired.values())} events as in the model"
        )
