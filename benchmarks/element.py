"""Cost of one ELEMENT entry with thousands of devices: set-up, readings beside bare entities, and a replay.

Readings and states of bare sensors take turns of the same number of written states in one process, so that other load
slows both sides of the ratio. The longest turn of the event loop is that between two iterations of a task that only
yields, in CPU time and without the collections of garbage in it: Python examines all objects of the process, most of
which belong to Home Assistant and the simulator, and the longest collection is a figure of its own. Home Assistant adds
at most 10,000 enabled entities of an entry; the rest is in the registry without a state.

Usage: python -m benchmarks.element [--devices N] [--keys N] [--enabled N] [--replay N] [--rate N] [--json]
"""

# ruff: noqa: ASYNC110, SLF001 (frames are given to the coordinator without a socket, and it has no event for their end)

import argparse
import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
import gc
import logging
from statistics import median
from time import perf_counter, process_time, thread_time
from typing import Any, Final, override
from uuid import UUID

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorStateClass
from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_component import EntityComponent
import orjson
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pushwire.const import CONF_VENDOR, DOMAIN
from custom_components.pushwire.vendors.element.coordinator import ElementCoordinator
from simulators import ElementSimulator
from simulators.element.world import iso

from .beside_core import resident, set_up
from .frames import count_writes, fresh_home
from .platforms import BareEntity

TURNS: Final = 20
READINGS_PER_TURN: Final = 400


@dataclass(slots=True)
class Result:
    """Figures of a run.

    Attributes:
        setup: Seconds of the set-up until the newest values of all devices were read.
        setup_cpu: CPU seconds of the set-up, those of the simulator included.
        refused: Requests that exceeded the rate limit.
        requests: Requests of the set-up.
        entities: Entities in the registry.
        states: States, at most one for each enabled entity.
        memory: Resident bytes of each device, those of the simulator included.
        reading: CPU microseconds of a state written by a reading.
        bare: CPU microseconds of a state written by a bare sensor.
        ratio: Median of the ratios of both, turn by turn.
        replay: Seconds of the replay.
        longest_turn: Longest turn of the event loop in the replay, in CPU milliseconds.
        save: Seconds of a save.
        longest_save_turn: Longest turn of the event loop in the save, in CPU milliseconds.
        longest_collection: Longest collection of garbage in the replay and the save, in CPU milliseconds.

    """

    setup: float = 0.0
    setup_cpu: float = 0.0
    refused: int = 0
    requests: int = 0
    entities: int = 0
    states: int = 0
    memory: int = 0
    reading: float = 0.0
    bare: float = 0.0
    ratio: float = 0.0
    replay: float = 0.0
    longest_turn: float = 0.0
    save: float = 0.0
    longest_save_turn: float = 0.0
    longest_collection: float = 0.0


class TemperatureSensor(BareEntity, SensorEntity):
    """Temperature."""

    _attr_device_class = SensorDeviceClass.TEMPERATURE
    _attr_native_unit_of_measurement = "°C"
    _attr_state_class = SensorStateClass.MEASUREMENT

    @override
    def update(self, values: dict[str, Any]) -> None:
        """Update the attributes."""
        self._attr_native_value = values["temperature"]


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of each device.

    Attributes:
        count: Number of all keys.
        enabled: Number of those that have an enabled entity, and a new value in each reading. The others are
            disabled by default, so that the enabled ones of all devices fit, and keep their values.

    """

    count: int
    enabled: int

    @property
    def measured(self) -> list[str]:
        """Names of the enabled keys."""
        return [f"temperature_{number}" for number in range(self.enabled)]

    def values(self, number: int) -> dict[str, Any]:
        """Return the values of a reading."""
        others = {f"message_index_{key}": 15 + key for key in range(self.count - self.enabled)}
        return {name: 15 + (number + key) % 991 / 100 for key, name in enumerate(self.measured)} | others


def fill(sim: ElementSimulator, devices: int, keys: Keys) -> list[str]:
    """Give the platform devices with one reading each; return their IDs."""
    world = sim.world
    world["devices"].clear()
    world["readings"].clear()
    world["packets"].clear()
    ids = [sim.add_device(f"bench{number}", f"Device {number}") for number in range(devices)]
    for device_id in ids:
        # The last uplink is older than what is pushed later.
        sim.uplink(device_id, keys.values(0), inserted_at=sim.now() - timedelta(hours=2))
    return ids


class Pusher:
    """Source of frames with one reading each."""

    def __init__(self, sim: ElementSimulator, ids: list[str], keys: Keys) -> None:
        """Initialize without readings."""
        self.keys = keys
        self._sim = sim
        self.ids = ids
        self._number = 0

    def frames(self, count: int, *, age: timedelta = timedelta()) -> list[bytes]:
        """Return frames whose readings were inserted some time ago."""
        result = []
        for _ in range(count):
            self._number += 1
            at = iso(self._sim.now() - age)
            body = {
                "id": str(UUID(int=self._number)),
                "device_id": self.ids[self._number % len(self.ids)],
                "packet_id": None,
                "measured_at": at,
                "inserted_at": at,
                "location": None,
                "data": self.keys.values(self._number),
            }
            result.append(orjson.dumps([{"event": "reading_added", "body": body}]))
        return result


class Turns:
    """Turns of the event loop, and collections of garbage, in CPU milliseconds."""

    def __init__(self) -> None:
        """Initialize before the first turn."""
        self.longest = 0.0
        self.longest_collection = 0.0
        # Collections of the current turn.
        self._collections = 0.0
        self._began = 0.0

    def note_collection(self, phase: str, _info: Mapping[str, int]) -> None:
        """Note the beginning or the end of a collection."""
        if phase == "start":
            self._began = thread_time()
            return
        duration = (thread_time() - self._began) * 1000
        self._collections += duration
        self.longest_collection = max(self.longest_collection, duration)

    async def watch(self) -> None:
        """Note each turn until the task is canceled."""
        last = thread_time()
        while True:
            await asyncio.sleep(0)
            now = thread_time()
            self.longest = max(self.longest, (now - last) * 1000 - self._collections)
            last, self._collections = now, 0.0


@asynccontextmanager
async def watched_turns() -> AsyncGenerator[Turns]:
    """Yield the turns of the event loop."""
    turns = Turns()
    gc.callbacks.append(turns.note_collection)
    task = asyncio.create_task(turns.watch())
    try:
        yield turns
    finally:
        task.cancel()
        gc.callbacks.remove(turns.note_collection)


async def measure(devices: int, keys: Keys, replay: int, rate: int) -> Result:
    """Return the figures of one entry."""
    result = Result()
    async with ElementSimulator(rate=rate) as sim, fresh_home() as hass:
        ids = fill(sim, devices, keys)
        await async_process_ha_core_config(hass, {})
        hass.data.pop("custom_components", None)
        data = {CONF_VENDOR: "element", **sim.user_input, "scope": "mandate", "ids": [], "sources": ["readings"]}
        entry = MockConfigEntry(domain=DOMAIN, data=data, unique_id=f"element:{sim.world['mandate']['id']}")
        entry.add_to_hass(hass)
        gc.collect()
        before, began, cpu = resident(), perf_counter(), process_time()
        await set_up(hass, entry)
        coordinator: ElementCoordinator = entry.runtime_data
        while not coordinator.devices.keys() <= coordinator._primed:
            await asyncio.sleep(0.5)
        await hass.async_block_till_done()
        result.setup, result.setup_cpu = perf_counter() - began, process_time() - cpu
        result.requests, result.refused = len(sim.requests), sim.rate_limited
        gc.collect()
        result.memory = (resident() - before) // devices
        result.entities = len(er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id))
        result.states = len(hass.states.async_entity_ids())
        pusher = Pusher(sim, ids, keys)
        pusher.ids = [device_id for device_id in ids if has_states(hass, coordinator, device_id, keys)]
        await compare(hass, coordinator, pusher, result)
        pusher.ids = ids
        await replay_readings(coordinator, pusher.frames(replay, age=timedelta(hours=1)), result)
        await save(coordinator, result)
        await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_stop(force=True)
    return result


def has_states(hass: HomeAssistant, coordinator: ElementCoordinator, device_id: str, keys: Keys) -> bool:
    """Return whether all enabled keys of a device have states, which Home Assistant's limit may prevent."""
    entity_ids = [coordinator.value_entity_id(device_id, key) for key in keys.measured]
    return all(entity_id is not None and hass.states.get(entity_id) is not None for entity_id in entity_ids)


async def compare(hass: HomeAssistant, coordinator: ElementCoordinator, pusher: Pusher, result: Result) -> None:
    """Measure readings and bare sensors in turns, each by the states that are written."""
    component = EntityComponent[SensorEntity](logging.getLogger(__name__), "sensor", hass)
    measured = pusher.keys.measured
    bare = [TemperatureSensor() for _ in range(READINGS_PER_TURN * len(measured))]
    for number, sensor in enumerate(bare):
        sensor._attr_unique_id = sensor._attr_name = f"Bare {number}"
        # The state holds the same as Pushwire's.
        sensor._attr_extra_state_attributes = {"key": measured[number % len(measured)]}
        sensor.update({"temperature": 0})
    await component.async_add_entities(bare)
    # A reading also updates the last uplink, whose state changes once a second at most.
    written, stop_counting = count_writes(hass)
    socket = coordinator._own_sockets[0]
    costs: dict[str, list[float]] = {"reading": [], "bare": []}
    gc.disable()
    for turn in range(TURNS + 1):
        frames = pusher.frames(READINGS_PER_TURN)
        written.clear()
        began = process_time()
        for frame in frames:
            coordinator._apply_frame(socket, frame)
        while coordinator._backlog:
            await asyncio.sleep(0)
        costs["reading"].append((process_time() - began) / len(written))
        await hass.async_block_till_done()
        written.clear()
        began = process_time()
        for number, frame in enumerate(frames):
            values = orjson.loads(frame)[0]["body"]["data"]
            sensors = bare[number * len(measured) : (number + 1) * len(measured)]
            for sensor, name in zip(sensors, measured, strict=True):
                sensor.update({"temperature": values[name] + turn})
                sensor.async_write_ha_state()
        costs["bare"].append((process_time() - began) / len(written))
        await hass.async_block_till_done()
    gc.enable()
    stop_counting()
    # The first turn warms up both sides.
    reading, plain = costs["reading"][1:], costs["bare"][1:]
    result.reading, result.bare = min(reading) * 1e6, min(plain) * 1e6
    result.ratio = median(one / other for one, other in zip(reading, plain, strict=True))


async def replay_readings(coordinator: ElementCoordinator, frames: list[bytes], result: Result) -> None:
    """Measure a replay, in frames of a hundred readings, until its last state is shown."""
    socket = coordinator._own_sockets[0]
    batches = [
        b"[" + b",".join(frame[1:-1] for frame in frames[start : start + 100]) + b"]"
        for start in range(0, len(frames), 100)
    ]
    began = perf_counter()
    async with watched_turns() as turns:
        for batch in batches:
            coordinator._apply_frame(socket, batch)
            await asyncio.sleep(0)
        while coordinator._backlog or coordinator._late_scheduled:
            await asyncio.sleep(0)
    result.replay, result.longest_turn = perf_counter() - began, turns.longest
    result.longest_collection = turns.longest_collection


async def save(coordinator: ElementCoordinator, result: Result) -> None:
    """Measure a save of all devices."""
    storage = coordinator._storage
    began = perf_counter()
    async with watched_turns() as turns:
        storage._start()
        assert storage._task is not None
        await storage._task
    result.save, result.longest_save_turn = perf_counter() - began, turns.longest
    result.longest_collection = max(result.longest_collection, turns.longest_collection)


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=2_000)
    parser.add_argument("--keys", type=int, default=10)
    parser.add_argument("--enabled", type=int, default=3)
    parser.add_argument("--replay", type=int, default=50_000)
    # Requests in ten seconds; the platform's default is 50, with which the set-up takes a quarter of an hour.
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    result = asyncio.run(measure(options.devices, Keys(options.keys, options.enabled), options.replay, options.rate))
    if options.json:
        print(orjson.dumps(asdict(result)).decode())
        return
    for figure, value in asdict(result).items():
        print(f"{figure:>14}: {value:,.2f}" if isinstance(value, float) else f"{figure:>14}: {value:,}")


if __name__ == "__main__":
    main()
