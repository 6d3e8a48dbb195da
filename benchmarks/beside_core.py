"""A large deCONZ gateway beside Home Assistant's own integration for it, in the same run.

Both are set up against a simulated gateway of 1,000 and of 4,500 resources, the mixture of sensors, plugs, lamps and
remotes of a house, in turns and each in a fresh process, with the gateway in another. Told are the CPU time of set-up,
the memory of an entity, and the CPU time of a frame: one that brings a new temperature, and one that only says when a
device was last heard, with the number of states that are written for it.

Usage: python -m benchmarks.beside_core [--frames N] [--turns N] [--json]
"""

import argparse
import asyncio
from dataclasses import dataclass
import gc
import logging
from pathlib import Path
import resource
import subprocess
import sys
from time import process_time
from typing import Any, Final
from unittest.mock import patch

import aiohttp
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
import orjson
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant

from custom_components.pushwire.const import CONF_VENDOR, DOMAIN

from .frames import Resolver

SMALL: Final = 1_000
LARGE: Final = 4_500
WHO: Final = ("core", "pushwire")
BRIDGE: Final = "00212EFFFF012345"

# Pushwire's share of what core's integration costs, at most.
PROMISES: Final = (
    ("a value change, 1,000 resources", "value", SMALL, 0.4),
    ("a value change, 4,500 resources", "value", LARGE, 0.15),
)


@dataclass(slots=True)
class Figures:
    """What one process has measured.

    Attributes:
        setup: CPU seconds of set-up.
        entities: Entities in the registry.
        memory: Resident bytes after set-up.
        value: CPU seconds of a frame with a new value.
        lastseen: CPU seconds of a frame that says when a device was heard.
        writes: States written for all of the latter.

    """

    setup: float
    entities: int
    memory: int
    value: float
    lastseen: float
    writes: int


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


async def measure(who: str, told: dict[str, Any], frames: int) -> Figures:
    """Set up, flood, and return the figures."""
    async with async_test_home_assistant() as hass, aiohttp.ClientSession() as session:
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
        memory = resident()
        far_end = FarEnd(hass, session, told)
        # Once for the caches and the first states, and once for the record.
        for _ in range(2):
            value = await far_end.cost("flood", {"count": frames, "change": True}, frames)
        calls = {"method": "flood_lastseen", "args": {"count": frames}}
        for _ in range(2):
            lastseen = await far_end.cost("call", calls, frames)
        # To count costs as well, so it is done apart.
        written = count_writes(hass)
        await far_end.cost("call", calls, frames)
        # The state that tells that all frames have come is one of them.
        writes = len(written) - 1
        entities = len(er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id))
        await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_stop(force=True)
    return Figures(setup, entities, memory, value, lastseen, writes)


def count_writes(hass: HomeAssistant) -> list[str]:
    """Return a list that grows by one with each state that is written, whether it differs or not."""
    written: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        written.append(event.data["entity_id"])

    for kind in (EVENT_STATE_CHANGED, EVENT_STATE_REPORTED):
        hass.bus.async_listen(kind, note, event_filter=callback(lambda _data: True))
    return written


class FarEnd:
    """The simulated gateway, which is told what to push."""

    def __init__(self, hass: HomeAssistant, session: aiohttp.ClientSession, told: dict[str, Any]) -> None:
        """Take a sensor of its own for a mark."""
        self._hass = hass
        self._session = session
        self._url = told["url"]
        self._mark = 9000

    async def cost(self, what: str, options: dict[str, Any], frames: int) -> float:
        """Return the CPU seconds of this process for each of the frames that a command has pushed."""
        began = process_time()
        await self._tell(what, options)
        self._mark += 1
        marked = {"key": "temperature", "temperature": self._mark}
        await self._tell("call", {"method": "set_sensor_state", "args": marked})
        wanted = self._mark / 100
        while not any(_shows(state.state, wanted) for state in self._hass.states.async_all("sensor")):  # noqa: ASYNC110 (any of many states may be it)
            await asyncio.sleep(0.02)
        await self._hass.async_block_till_done()
        return (process_time() - began) / frames

    async def _tell(self, what: str, options: dict[str, Any]) -> None:
        async with self._session.post(f"{self._url}/_sim/{what}", json=options) as response:
            response.raise_for_status()


def _shows(state: str, value: float) -> bool:
    try:
        return float(state) == value
    except ValueError:
        return False


def run(who: str, resources: int, frames: int) -> Figures:
    """Measure in a fresh process, against a gateway in another."""
    with subprocess.Popen(  # noqa: S603 (our own module)
        [sys.executable, "-m", "benchmarks.far_end", str(resources)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as far_end:
        assert far_end.stdout is not None
        told = far_end.stdout.readline().decode()
        try:
            command = [sys.executable, "-m", "benchmarks.beside_core", "--who", who, "--frames", str(frames)]
            done = subprocess.run(  # noqa: S603
                [*command, "--told", told], stdout=subprocess.PIPE, check=True, timeout=600
            )
        finally:
            far_end.terminate()
    return Figures(**orjson.loads(done.stdout.splitlines()[-1]))


def least(figures: list[Figures]) -> Figures:
    """Return the least of each figure, for whatever else the machine does only ever adds."""
    names = Figures.__dataclass_fields__
    return Figures(**{name: min(getattr(each, name) for each in figures) for name in names})


def main() -> None:
    """Measure all in turns and print what it comes to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=5_000)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--who", help=argparse.SUPPRESS)
    parser.add_argument("--told", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.who is not None:
        logging.disable(logging.CRITICAL)
        figures = asyncio.run(measure(options.who, orjson.loads(options.told), options.frames))
        print(orjson.dumps(figures).decode())
        return
    cases = [(who, size) for size in (SMALL, LARGE) for who in WHO]
    taken: dict[tuple[str, int], list[Figures]] = {case: [] for case in cases}
    for _ in range(options.turns):
        for case in cases:
            taken[case].append(run(*case, options.frames))
    best = {case: least(figures) for case, figures in taken.items()}
    if options.json:
        print(orjson.dumps({f"{who} {size}": figures for (who, size), figures in best.items()}).decode())
        return
    for (who, size), figures in best.items():
        print(
            f"{who:9} {size:5} resources: set-up {figures.setup:6.2f} s, {figures.entities:5} entities, "
            f"value change {figures.value * 1e6:7.1f} µs, last seen {figures.lastseen * 1e6:7.1f} µs "
            f"and {figures.writes} states written"
        )
    for who in WHO:
        small, large = best[who, SMALL], best[who, LARGE]
        each = (large.memory - small.memory) / (large.entities - small.entities)
        print(f"{who:9} memory of an entity {each / 1024:.1f} KiB")
    for name, figure, size, promised in PROMISES:
        share = getattr(best["pushwire", size], figure) / getattr(best["core", size], figure)
        print(f"{name:35} {share:5.2f} x core (promised: at most {promised} x)")
    for size in (SMALL, LARGE):
        share = best["pushwire", size].setup / best["core", size].setup
        print(f"{f'set-up, {size:,} resources':35} {share:5.2f} x core")


if __name__ == "__main__":
    main()
