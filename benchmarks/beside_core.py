"""Comparison with Home Assistant's own deCONZ integration on a large gateway, in the same run.

Both are set up with simulated gateways of 1,000 and 4,500 resources (sensors, plugs, lights and remotes, as in a
home), each in a process of its own, with the gateway in another. The results are the CPU time of the first and of a
later set-up, the memory per entity, and the CPU time per frame: for a new temperature, and for a frame with nothing but
the time at which a device was last seen, with the number of states written for it. The two receive their frames
alternately, at most a second each, so that other load on the machine slows both. A ratio is the median over all turns.

Usage: python -m benchmarks.beside_core [--frames N] [--turns N] [--starts N] [--json]
"""

import argparse
import asyncio
from contextlib import ExitStack
from dataclasses import dataclass, field
import gc
import logging
from pathlib import Path
import resource
import sys
from time import process_time
from typing import Any, Final
from unittest.mock import patch

import aiohttp
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.helpers import entity_registry as er
import orjson
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pushwire.const import CONF_VENDOR, DOMAIN

from .frames import Resolver, count_writes, fresh_home
from .processes import answer, next_request, ratio, start

SMALL: Final = 1_000
LARGE: Final = 4_500
WHO: Final = ("core", "pushwire")
BRIDGE: Final = "00212EFFFF012345"

# Highest ratio of Pushwire's cost to that of core's integration, where there is a limit.
LIMITS: Final = (
    ("a value change", "value", SMALL, 0.4),
    ("a value change", "value", LARGE, 0.15),
    ("a frame with the time last seen", "lastseen", SMALL, None),
    ("a frame with the time last seen", "lastseen", LARGE, None),
    ("set-up", "setup", SMALL, 1.2),
    ("set-up", "setup", LARGE, 1.2),
    ("set-up, later starts", "restart", SMALL, 1.0),
    ("set-up, later starts", "restart", LARGE, 1.0),
)


@dataclass(slots=True)
class Figures:
    """Results of one integration at one size, turn by turn.

    Attributes:
        setup: CPU seconds of the first set-up, by start.
        restart: CPU seconds of a further set-up, with the registries of the first one.
        entities: Entities in the registry, by start.
        memory: Resident bytes after set-up, by start.
        value: CPU seconds per frame with a new value.
        lastseen: CPU seconds per frame with the time last seen.
        writes: States written for the latter frames of one turn.

    """

    setup: list[float] = field(default_factory=list)
    restart: list[float] = field(default_factory=list)
    entities: list[int] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    lastseen: list[float] = field(default_factory=list)
    writes: list[int] = field(default_factory=list)


def entry_for(who: str, addresses: dict[str, Any]) -> MockConfigEntry:
    """Return the config entry of an integration for the gateway."""
    if who == "core":
        return MockConfigEntry(domain="deconz", data=dict(addresses["user_input"]), unique_id=BRIDGE)
    data = {CONF_VENDOR: "deconz", **addresses["user_input"]}
    return MockConfigEntry(domain=DOMAIN, data=data, unique_id=f"deconz:{BRIDGE}")


def resident() -> int:
    """Return the resident memory of this process in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


async def measure(who: str, addresses: dict[str, Any], frames: int) -> None:
    """Set up, and print a result for each line of standard input, which names a measurement."""
    async with fresh_home() as hass, aiohttp.ClientSession() as session:
        # Without the core configuration, each state write raises an exception internally.
        await async_process_ha_core_config(hass, {})
        entry = entry_for(who, addresses)
        entry.add_to_hass(hass)
        hass.data.pop("custom_components", None)
        setup = await set_up(hass, entry)
        gc.collect()
        entities = len(er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id))
        answer(setup=setup, entities=entities, memory=resident())
        gateway_process = FakeGateway(hass, session, addresses)
        await gateway_process.find_mark()
        value = {"count": frames, "change": True}
        lastseen = {"method": "flood_lastseen", "args": {"count": frames}}
        while name := await next_request():
            match name:
                case "value":
                    answer(value=await gateway_process.cost("flood", value, frames))
                case "lastseen":
                    answer(lastseen=await gateway_process.cost("call", lastseen, frames))
                case "writes":
                    # Counting has a cost of its own, so it is done separately, at the end.
                    written, _ = count_writes(hass)
                    await gateway_process.cost("call", lastseen, frames)
                    # The state that marks the end is one of them.
                    answer(writes=len(written) - 1)
                case "restart":
                    await hass.config_entries.async_unload(entry.entry_id)
                    await hass.async_block_till_done()
                    gc.collect()
                    answer(restart=await set_up(hass, entry))
        await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_stop(force=True)


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> float:
    """Set up an entry; return the CPU seconds."""
    began = process_time()
    # Home Assistant's own resolver needs the network integration, which is not set up here.
    with patch("homeassistant.helpers.aiohttp_client._async_make_resolver", return_value=Resolver()):
        await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    if entry.state is not ConfigEntryState.LOADED:
        sys.exit(f"{entry.domain} could not be set up: {entry.state} {entry.reason}")
    return process_time() - began


class FakeGateway:
    """Control of the simulated gateway."""

    def __init__(self, hass: HomeAssistant, session: aiohttp.ClientSession, addresses: dict[str, Any]) -> None:
        """Initialize with a sensor that marks the end of the frames."""
        self._hass = hass
        self._session = session
        self._url = addresses["url"]
        self._mark = 9000
        self._marked = ""

    async def find_mark(self) -> None:
        """Find the entity of the mark, so that only one state is polled while costs are measured."""
        expected = await self._push_mark()
        while not self._marked:
            await asyncio.sleep(0.02)
            states = self._hass.states.async_all("sensor")
            self._marked = next((state.entity_id for state in states if state.state == expected), "")

    async def cost(self, what: str, options: dict[str, Any], frames: int) -> float:
        """Return the CPU seconds of this process per frame of a command."""
        began = process_time()
        await self._command(what, options)
        expected = await self._push_mark()
        while (state := self._hass.states.get(self._marked)) is None or state.state != expected:  # noqa: ASYNC110 (an event would be measured too)
            await asyncio.sleep(0.02)
        await self._hass.async_block_till_done()
        return (process_time() - began) / frames

    async def _push_mark(self) -> str:
        """Push the mark as the last frame; return its state."""
        self._mark += 1
        await self._command(
            "call", {"method": "set_sensor_state", "args": {"key": "temperature", "temperature": self._mark}}
        )
        return str(self._mark / 100)

    async def _command(self, what: str, options: dict[str, Any]) -> None:
        async with self._session.post(f"{self._url}/_sim/{what}", json=options) as response:
            response.raise_for_status()


def compare(resources: int, options: argparse.Namespace) -> dict[str, Figures]:
    """Return the results of both at one size, measured alternately."""
    figures = {who: Figures() for who in WHO}

    def add(who: str, result: dict[str, Any]) -> None:
        for name, figure in result.items():
            getattr(figures[who], name).append(figure)

    for _ in range(options.starts):
        with ExitStack() as stack:
            module = ("benchmarks.beside_core", "--frames", str(options.frames), "--who")
            sides = {who: start(stack, [str(resources)], *module, who) for who in WHO}
            for who, side in sides.items():
                add(who, side.answer())
            for turn in range(options.turns + 1):
                for name in ("value", "lastseen"):
                    for who, side in sides.items():
                        result = side.ask(name)
                        # The first turn fills the caches and writes the first states.
                        if turn:
                            add(who, result)
            for who, side in sides.items():
                add(who, side.ask("writes"))
                add(who, side.ask("restart"))
    return figures


def main() -> None:
    """Measure both integrations alternately and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=4_000)
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--starts", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--who", help=argparse.SUPPRESS)
    parser.add_argument("--addresses", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.who is not None:
        logging.disable(logging.CRITICAL)
        asyncio.run(measure(options.who, orjson.loads(options.addresses), options.frames))
        return
    figures = {(who, size): result for size in (SMALL, LARGE) for who, result in compare(size, options).items()}
    if options.json:
        print(orjson.dumps({f"{who} {size}": result for (who, size), result in figures.items()}).decode())
        return
    for (who, size), result in figures.items():
        # Other load on the machine can only add time.
        print(
            f"{who:9} {size:5} resources: set-up {min(result.setup):6.2f} s, "
            f"later {min(result.restart):6.2f} s, {result.entities[0]:5} entities, "
            f"value change {min(result.value) * 1e6:7.1f} µs, last seen {min(result.lastseen) * 1e6:7.1f} µs "
            f"and {min(result.writes)} states written"
        )
    for who in WHO:
        small, large = figures[who, SMALL], figures[who, LARGE]
        each = (min(large.memory) - min(small.memory)) / (large.entities[0] - small.entities[0])
        print(f"{who:9} memory per entity {each / 1024:.1f} KiB")
    for name, figure, size, limit in LIMITS:
        ours, theirs = (getattr(figures[who, size], figure) for who in ("pushwire", "core"))
        print(f"{f'{name}, {size:,} resources':40} {ratio(ours, theirs, limit)} of core's")


if __name__ == "__main__":
    main()
