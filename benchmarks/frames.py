"""CPU time per frame, or per written state where values change, as a ratio to a bare loop in the same run.

The bare loop receives the same frames with aiohttp, parses them with orjson and sets one state each. The CPU time of
the whole process is measured over a flood of frames. The cases take turns, each in a process of its own; a ratio is
the median of those of all turns, so that other load on the machine slows all of them.

Usage: python -m benchmarks.frames [--frames N] [--turns N] [--json]
"""

import argparse
import asyncio
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
import logging
import sys
from tempfile import TemporaryDirectory
from time import process_time
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import aiohttp
from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorStateClass
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
import orjson
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockEntityPlatform,
    async_test_home_assistant,
)

from custom_components import pushwire
from custom_components.pushwire.const import CONF_VENDOR, DOMAIN

from .processes import alternate, answer_turns, ratio, start

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

FEW = 600
# Home Assistant adds at most 10,000 enabled entities of an entry. More resources of this home would have more.
MANY = 5_500


@dataclass(frozen=True, slots=True)
class Case:
    """One case: the receiver, the size of the gateway, and whether the frames change anything."""

    name: str
    who: str
    resources: int
    change: bool


CASES = (
    Case("bare loop, value change", "bare", FEW, change=True),
    Case("bare loop, no change", "bare", FEW, change=False),
    Case("Pushwire, value change", "pushwire", FEW, change=True),
    Case("Pushwire, no change", "pushwire", FEW, change=False),
    Case("Pushwire, value change, 5,500 resources", "pushwire", MANY, change=True),
    Case("bare entities, value change", "entities", FEW, change=True),
)

# Highest ratios: to bare entities, to the bare loop with a new value in each frame, and of a large to a small house.
RATIOS = (
    ("a value change, to bare entities", 2, 5, 1.3),
    ("no change, to the bare loop", 3, 0, 0.8),
    ("5,500 resources against 600", 4, 2, 1.2),
)
OTHER_RATIOS = (
    ("no change, to the bare loop without changes", 3, 1),
    ("a value change, to the bare loop", 2, 0),
    ("bare entities, to the bare loop", 5, 0),
)


@asynccontextmanager
async def fresh_home() -> AsyncGenerator[HomeAssistant]:
    """Return a new Home Assistant without the devices of earlier runs."""
    with TemporaryDirectory() as folder:
        async with async_test_home_assistant(config_dir=folder) as hass:
            yield hass


async def measure(case: Case, addresses: dict[str, Any], frames: int) -> None:
    """Receive with the receiver of a case, and measure the cost of a frame, or of a state, turn by turn."""
    receivers: dict[str, Callable[..., Any]] = {"bare": bare, "entities": entities, "pushwire": pushed}
    async with fresh_home() as hass, aiohttp.ClientSession() as session:
        async with receivers[case.who](hass, session, addresses) as count:
            url = f"{addresses['url']}/_sim/flood"
            body = {"count": frames, "change": case.change}

            async def cost() -> float:
                return await flood_cost(hass, session, url, body, count=count, frames=frames)

            await answer_turns(**{case.name: await cost_of_a_state(hass, cost, frames) if case.change else cost})
        await hass.async_stop(force=True)


async def cost_of_a_state(
    hass: HomeAssistant, cost: Callable[[], Awaitable[float]], frames: int
) -> Callable[[], Awaitable[float]]:
    """Return the function that measures the CPU seconds per written state, from one that measures them per frame."""
    # The first states are written before those of a turn are counted, which has a cost of its own.
    await cost()
    written, stop_counting = count_writes(hass)
    await cost()
    stop_counting()
    share = frames / len(written)

    async def measure() -> float:
        return await cost() * share

    return measure


def count_writes(hass: HomeAssistant) -> tuple[list[str], Callable[[], None]]:
    """Return a list that grows with each written state, changed or not, and a function that ends this."""
    written: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        written.append(event.data["entity_id"])

    cancel = [
        hass.bus.async_listen(kind, note, event_filter=callback(lambda _data: True))
        for kind in (EVENT_STATE_CHANGED, EVENT_STATE_REPORTED)
    ]

    def stop() -> None:
        for one in cancel:
            one()

    return written, stop


async def flood_cost(
    hass: HomeAssistant,
    session: aiohttp.ClientSession,
    url: str,
    body: dict[str, Any],
    *,
    count: Callable[[], int],
    frames: int,
) -> float:
    """Return the CPU seconds of this process per frame of a flood.

    Args:
        hass: Home Assistant.
        session: Session for the simulator.
        url: URL of the simulator's command.
        body: Body of the command that pushes the frames at once.
        count: Returns the number of frames received so far.
        frames: Number of frames.

    """
    goal = count() + frames
    began = process_time()
    async with session.post(url, json=body) as response:
        response.raise_for_status()
    while count() < goal:  # noqa: ASYNC110 (an event for each frame would be measured too)
        await asyncio.sleep(0.005)
    await hass.async_block_till_done()
    return (process_time() - began) / frames


@asynccontextmanager
async def bare(hass: HomeAssistant, session: aiohttp.ClientSession, addresses: dict[str, Any]) -> AsyncGenerator[Any]:
    """Receive and parse each frame, and set a state."""
    received = 0
    connected = asyncio.Event()

    async def loop() -> None:
        nonlocal received
        async with session.ws_connect(addresses["ws_url"]) as socket:
            connected.set()
            async for message in socket:
                frame = orjson.loads(message.data)
                state = frame["state"]["temperature"]
                hass.states.async_set(f"sensor.bare_{frame['id']}", str(state / 100), {"unit_of_measurement": "°C"})
                received += 1

    task = hass.async_create_background_task(loop(), "bare loop")
    await connected.wait()
    yield lambda: received
    task.cancel()


class _Bare(SensorEntity):
    """Smallest possible sensor entity."""

    _attr_should_poll = False
    _attr_native_unit_of_measurement = "°C"
    _attr_device_class = SensorDeviceClass.TEMPERATURE
    _attr_state_class = SensorStateClass.MEASUREMENT

    def __init__(self, number: str) -> None:
        """Initialize the entity."""
        self._attr_name = f"Bare {number}"


@asynccontextmanager
async def entities(
    hass: HomeAssistant, session: aiohttp.ClientSession, addresses: dict[str, Any]
) -> AsyncGenerator[Any]:
    """Receive and parse each frame, and write an entity: the cost of Home Assistant's own part."""
    received = 0
    connected = asyncio.Event()
    sensors: dict[str, _Bare] = {}
    platform = MockEntityPlatform(hass, domain="sensor")
    async with session.get(f"{addresses['url']}/api/{addresses['user_input']['api_key']}") as response:
        full = await response.json()
    for number, sensor in full["sensors"].items():
        if sensor["type"] == "ZHATemperature":
            sensors[number] = _Bare(number)
    await platform.async_add_entities(list(sensors.values()))

    async def loop() -> None:
        nonlocal received
        async with session.ws_connect(addresses["ws_url"]) as socket:
            connected.set()
            async for message in socket:
                frame = orjson.loads(message.data)
                entity = sensors[frame["id"]]
                entity._attr_native_value = frame["state"]["temperature"] / 100  # noqa: SLF001
                entity.async_write_ha_state()
                received += 1

    task = hass.async_create_background_task(loop(), "bare entities")
    await connected.wait()
    yield lambda: received
    task.cancel()


@asynccontextmanager
async def pushed(
    hass: HomeAssistant,
    _session: aiohttp.ClientSession,
    addresses: dict[str, Any],
    unique_id: str = "deconz:00212EFFFF012345",
) -> AsyncGenerator[Any]:
    """Receive with Pushwire."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        data={CONF_VENDOR: unique_id.partition(":")[0], **addresses["user_input"]},
        unique_id=unique_id,
    )
    entry.add_to_hass(hass)
    hass.data.pop("custom_components", None)
    # Home Assistant's own resolver needs the network integration, which is not set up here.
    with patch("homeassistant.helpers.aiohttp_client._async_make_resolver", return_value=Resolver()):
        await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    if entry.state is not ConfigEntryState.LOADED:
        sys.exit(f"{pushwire.__name__} could not be set up: {entry.state} {entry.reason}")
    yield lambda: entry.runtime_data.frame_log.seen
    await hass.config_entries.async_unload(entry.entry_id)


class Resolver(aiohttp.ThreadedResolver):
    """Resolver without the network integration, with the interface of Home Assistant's own."""

    async def real_close(self) -> None:
        """Close the resolver."""
        await self.close()


def main() -> None:
    """Measure all cases alternately, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=2_000)
    parser.add_argument("--turns", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--case", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--addresses", type=orjson.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case is not None:
        logging.disable(logging.WARNING)
        asyncio.run(measure(CASES[options.case], options.addresses, options.frames))
        return
    with ExitStack() as stack:
        module = ("benchmarks.frames", "--frames", str(options.frames), "--case")
        sides = [start(stack, [str(case.resources)], *module, str(number)) for number, case in enumerate(CASES)]
        costs = list(alternate(sides, options.turns).values())
    if options.json:
        named = {case.name: min(cost) * 1e6 for case, cost in zip(CASES, costs, strict=True)}
        print(orjson.dumps(named, option=orjson.OPT_INDENT_2).decode())
        return
    for case, cost in zip(CASES, costs, strict=True):
        print(f"{case.name:45} {min(cost) * 1e6:7.2f} µs per frame")
    print()
    for name, over, under, limit in RATIOS:
        print(f"{name:45} {ratio(costs[over], costs[under], limit)}")
    for name, over, under in OTHER_RATIOS:
        print(f"{name:45} {ratio(costs[over], costs[under])}")


if __name__ == "__main__":
    main()
