"""A large deCONZ gateway beside Home Assistant's own integration for it, in the same run.

Both are set up against a simulated gateway of 1,000 and of 4,500 resources, the mixture of sensors, plugs, lamps and
remotes of a house, each in a process of its own, with the gateway in another. Told are the CPU time of set-up, the
memory of an entity, and the CPU time of a frame: one that brings a new temperature, and one that only says when a
device was last heard, with the number of states that are written for it. The two receive their frames in turns, a
second or less each, so that whatever else the machine does slows both: a ratio is the median of those of the turns.

Usage: python -m benchmarks.beside_core [--frames N] [--turns N] [--starts N] [--json]
"""

import argparse
import asyncio
from contextlib import ExitStack
from dataclasses import dataclass, field
import gc
import logging
import os
from pathlib import Path
import resource
from statistics import median
import subprocess
import sys
from time import process_time
from typing import IO, Any, Final
from unittest.mock import patch

import aiohttp
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.helpers import entity_registry as er
import orjson
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pushwire.const import CONF_VENDOR, DOMAIN

from .frames import Resolver, fresh_home

SMALL: Final = 1_000
LARGE: Final = 4_500
WHO: Final = ("core", "pushwire")
BRIDGE: Final = "00212EFFFF012345"

# Pushwire's share of what core's integration costs, at most, where a limit is promised.
PROMISES: Final = (
    ("a value change", "value", SMALL, 0.4),
    ("a value change", "value", LARGE, 0.15),
    ("a frame that says when it was heard", "lastseen", SMALL, None),
    ("a frame that says when it was heard", "lastseen", LARGE, None),
    ("set-up", "setup", SMALL, None),
    ("set-up", "setup", LARGE, None),
)


@dataclass(slots=True)
class Figures:
    """What is known of one integration at one size, turn by turn.

    Attributes:
        setup: CPU seconds of set-up, by start.
        entities: Entities in the registry, by start.
        memory: Resident bytes after set-up, by start.
        value: CPU seconds of a frame with a new value.
        lastseen: CPU seconds of a frame that says when a device was heard.
        writes: States written for as many of the latter as are in a turn.

    """

    setup: list[float] = field(default_factory=list)
    entities: list[int] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    lastseen: list[float] = field(default_factory=list)
    writes: list[int] = field(default_factory=list)


def entry_for(who: str, told: dict[str, Any]) -> MockConfigEntry:
    """Return an entry for the gateway, as either integration keeps it."""
    if who == "core":
        return MockConfigEntry(domain="deconz", data=dict(told["user_input"]), unique_id=BRIDGE)
    data = {CONF_VENDOR: "deconz", **told["user_input"]}
    return MockConfigEntry(domain=DOMAIN, data=data, unique_id=f"deconz:{BRIDGE}")


def resident() -> int:
    """Return the bytes that this process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


async def measure(who: str, told: dict[str, Any], frames: int) -> None:
    """Set up, and answer each line of standard input, the name of a figure, with that figure."""
    async with fresh_home() as hass, aiohttp.ClientSession() as session:
        # Without it each write of a state meets an exception that a real one does not.
        await async_process_ha_core_config(hass, {})
        entry = entry_for(who, told)
        entry.add_to_hass(hass)
        hass.data.pop("custom_components", None)
        began = process_time()
        # Home Assistant's own looks for names on the network, which a bare instance has not set up.
        with patch("homeassistant.helpers.aiohttp_client._async_make_resolver", return_value=Resolver()):
            await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        setup = process_time() - began
        if entry.state is not ConfigEntryState.LOADED:
            sys.exit(f"{who} could not be set up: {entry.state} {entry.reason}")
        gc.collect()
        entities = len(er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id))
        answer(setup=setup, entities=entities, memory=resident())
        gateway_process = FakeGateway(hass, session, told)
        await gateway_process.find_mark()
        value = {"count": frames, "change": True}
        lastseen = {"method": "flood_lastseen", "args": {"count": frames}}
        while wanted := (await hass.loop.run_in_executor(None, sys.stdin.readline)).strip():
            match wanted:
                case "value":
                    answer(value=await gateway_process.cost("flood", value, frames))
                case "lastseen":
                    answer(lastseen=await gateway_process.cost("call", lastseen, frames))
                case "writes":
                    # To count costs as well, so it is done apart, and last.
                    written = count_writes(hass)
                    await gateway_process.cost("call", lastseen, frames)
                    # The state that tells that all frames have come is one of them.
                    answer(writes=len(written) - 1)
        await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_stop(force=True)


def answer(**figures: Any) -> None:
    """Tell the parent process."""
    print(orjson.dumps(figures).decode(), flush=True)


def count_writes(hass: HomeAssistant) -> list[str]:
    """Return a list that grows by one with each state that is written, whether it differs or not."""
    written: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        written.append(event.data["entity_id"])

    for kind in (EVENT_STATE_CHANGED, EVENT_STATE_REPORTED):
        hass.bus.async_listen(kind, note, event_filter=callback(lambda _data: True))
    return written


class FakeGateway:
    """The simulated gateway, which is told what to push."""

    def __init__(self, hass: HomeAssistant, session: aiohttp.ClientSession, told: dict[str, Any]) -> None:
        """Take a sensor of its own for a mark."""
        self._hass = hass
        self._session = session
        self._url = told["url"]
        self._mark = 9000
        self._marked = ""

    async def find_mark(self) -> None:
        """Find the entity that shows the mark, so that no other has to be looked at while costs are measured."""
        shown = await self._push_mark()
        while not self._marked:
            await asyncio.sleep(0.02)
            states = self._hass.states.async_all("sensor")
            self._marked = next((state.entity_id for state in states if state.state == shown), "")

    async def cost(self, what: str, options: dict[str, Any], frames: int) -> float:
        """Return the CPU seconds of this process for each of the frames that a command has pushed."""
        began = process_time()
        await self._tell(what, options)
        shown = await self._push_mark()
        while (state := self._hass.states.get(self._marked)) is None or state.state != shown:  # noqa: ASYNC110 (an event would be measured too)
            await asyncio.sleep(0.02)
        await self._hass.async_block_till_done()
        return (process_time() - began) / frames

    async def _push_mark(self) -> str:
        """Have the mark pushed as the last of all frames; returns the state that it comes to."""
        self._mark += 1
        await self._tell(
            "call", {"method": "set_sensor_state", "args": {"key": "temperature", "temperature": self._mark}}
        )
        return str(self._mark / 100)

    async def _tell(self, what: str, options: dict[str, Any]) -> None:
        async with self._session.post(f"{self._url}/_sim/{what}", json=options) as response:
            response.raise_for_status()


@dataclass(slots=True)
class Side:
    """One integration in its process, with a gateway of its own in another."""

    asked: IO[bytes]
    answers: IO[bytes]

    def ask(self, figure: str) -> dict[str, Any]:
        """Have a figure measured."""
        self.asked.write(f"{figure}\n".encode())
        self.asked.flush()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """Return what it has measured."""
        told: dict[str, Any] = orjson.loads(self.answers.readline())
        return told


def start(stack: ExitStack, who: str, resources: int, frames: int) -> Side:
    """Start an integration and its gateway, each on a core of its own where there are two."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []

    def process(core: int, *module: str) -> subprocess.Popen[bytes]:
        started = stack.enter_context(
            subprocess.Popen(  # noqa: S603 (our own module)
                [sys.executable, "-m", *module], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        )
        stack.callback(started.terminate)
        if len(cores) > 1:
            os.sched_setaffinity(started.pid, {cores[core]})
        return started

    gateway_process = process(1, "benchmarks.gateway_process", str(resources))
    assert gateway_process.stdout is not None
    told = gateway_process.stdout.readline().decode()
    near = process(0, "benchmarks.beside_core", "--who", who, "--frames", str(frames), "--told", told)
    assert near.stdin is not None
    assert near.stdout is not None
    return Side(near.stdin, near.stdout)


def compare(resources: int, options: argparse.Namespace) -> dict[str, Figures]:
    """Measure both against a gateway of a size, in turns."""
    figures = {who: Figures() for who in WHO}

    def keep(who: str, told: dict[str, Any]) -> None:
        for name, figure in told.items():
            getattr(figures[who], name).append(figure)

    for _ in range(options.starts):
        with ExitStack() as stack:
            sides = {who: start(stack, who, resources, options.frames) for who in WHO}
            for who, side in sides.items():
                keep(who, side.answer())
            for turn in range(options.turns + 1):
                for name in ("value", "lastseen"):
                    for who, side in sides.items():
                        told = side.ask(name)
                        # The first turn is for the caches and the first states.
                        if turn:
                            keep(who, told)
            for who, side in sides.items():
                keep(who, side.ask("writes"))
    return figures


def main() -> None:
    """Measure all in turns and print what it comes to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=4_000)
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--starts", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--who", help=argparse.SUPPRESS)
    parser.add_argument("--told", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.who is not None:
        logging.disable(logging.CRITICAL)
        asyncio.run(measure(options.who, orjson.loads(options.told), options.frames))
        return
    figures = {(who, size): told for size in (SMALL, LARGE) for who, told in compare(size, options).items()}
    if options.json:
        print(orjson.dumps({f"{who} {size}": told for (who, size), told in figures.items()}).decode())
        return
    for (who, size), told in figures.items():
        # Whatever else the machine does only ever adds.
        print(
            f"{who:9} {size:5} resources: set-up {min(told.setup):6.2f} s, {told.entities[0]:5} entities, "
            f"value change {min(told.value) * 1e6:7.1f} µs, last seen {min(told.lastseen) * 1e6:7.1f} µs "
            f"and {min(told.writes)} states written"
        )
    for who in WHO:
        small, large = figures[who, SMALL], figures[who, LARGE]
        each = (min(large.memory) - min(small.memory)) / (large.entities[0] - small.entities[0])
        print(f"{who:9} memory of an entity {each / 1024:.1f} KiB")
    for name, figure, size, promised in PROMISES:
        shares = [
            ours / theirs
            for ours, theirs in zip(
                getattr(figures["pushwire", size], figure), getattr(figures["core", size], figure), strict=True
            )
        ]
        print(
            f"{f'{name}, {size:,} resources':40} {median(shares):5.2f} x core"
            f" ({min(shares):.2f} to {max(shares):.2f}{f'; promised: at most {promised} x' if promised else ''})"
        )


if __name__ == "__main__":
    main()
