"""Soak test: many frames, and what of them stays in the process.

Each vendor runs in a process of its own, its simulator in another. Between rounds of frames there are presses or
uplinks, reconnects and snapshots. Memory, tasks, timers, listeners and open files are counted after a tenth of the
frames and at the end. The exit status is 1 if memory has grown by more than 2 % or a count has changed.

Usage: python -m benchmarks.soak [--vendor VENDOR …] [--frames N] [--json]
"""

import argparse
import asyncio
import ctypes
from dataclasses import asdict, dataclass, replace
import gc
import logging
import os
import subprocess
import sys
from typing import Any, Final
from unittest.mock import patch

import aiohttp
from homeassistant.config_entries import SOURCE_USER, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.helpers.storage import Store
from homeassistant.util.async_ import get_scheduled_timer_handles
import orjson

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.wire.stream import ConnectionState
from simulators import DeconzSimulator, ElementSimulator, LivisiSimulator, ResiotSimulator, Simulator

from .beside_core import resident
from .frames import Resolver, fresh_home

ROUND: Final = 500
# Rounds between two reconnects, and between two snapshots.
RECONNECT_EVERY: Final = 4
SNAPSHOT_EVERY: Final = 3
MAX_GROWTH: Final = 0.02
# Seconds after which timers of frames, idle connections and settling groups are over.
SETTLE: Final = 35.0

SIMULATORS: Final[dict[str, type[Simulator]]] = {
    "livisi": LivisiSimulator,
    "deconz": DeconzSimulator,
    "element": ElementSimulator,
    "resiot": ResiotSimulator,
}
# Methods of the simulators that send an event of each kind.
EVENTS: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "livisi": (
        {"method": "press", "args": {"key": "remote.PushButtonSensor", "index": 1}},
        {"method": "detect_motion", "args": {"key": "hall_motion.MotionDetectionSensor"}},
    ),
    "deconz": ({"method": "press", "args": {"key": "dimmer_switch", "code": 1002}},),
    "element": ({"method": "uplink", "args": {"key": "climate"}},),
    "resiot": ({"method": "join", "args": {"key": "office"}}, {"method": "gateway_alive"}),
}


@dataclass(frozen=True, slots=True)
class Counts:
    """What the process holds at one moment; ``memory`` is resident bytes."""

    memory: int
    objects: int
    tasks: int
    timers: int
    listeners: int
    files: int


# Counts that must not change at all.
CONSTANT: Final = ("tasks", "timers", "listeners", "files")


async def count(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Counts:
    """Return the counts once nothing is under way."""
    await hass.async_block_till_done()
    await asyncio.sleep(SETTLE)
    gc.collect()
    # Memory that is free, but not yet returned, is none of the process's own.
    ctypes.CDLL(None).malloc_trim(0)
    dispatcher = entry.runtime_data.dispatcher
    subscriptions = (dispatcher._subscriptions, dispatcher._event_callbacks)  # noqa: SLF001
    return Counts(
        memory=resident(),
        objects=len(gc.get_objects()),
        tasks=len(asyncio.all_tasks()),
        timers=sum(
            # A write to disk may be due or not.
            not handle.cancelled()
            and not isinstance(getattr(getattr(handle, "_callback", None), "__self__", None), Store)
            for handle in get_scheduled_timer_handles(hass.loop)
        ),
        listeners=sum(hass.bus.async_listeners().values())
        + sum(len(callbacks) for by_resource in subscriptions for callbacks in by_resource.values()),
        files=len(os.listdir("/proc/self/fd")),  # noqa: PTH208
    )


async def set_up(hass: HomeAssistant, addresses: dict[str, Any]) -> ConfigEntry[Any]:
    """Return the loaded entry of a simulated system, created by the config flow."""
    flow = hass.config_entries.flow
    result = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    inputs = ({"next_step_id": addresses["vendor"]}, addresses["user_input"], *addresses["steps"])
    for user_input in inputs:
        result = await flow.async_configure(result["flow_id"], user_input)
    await hass.async_block_till_done()
    entry: ConfigEntry[Any] = result["result"]
    return entry


async def soak(addresses: dict[str, Any], frames: int) -> list[Counts]:
    """Receive a number of frames; return the counts after a tenth and at the end."""
    counts: list[Counts] = []
    async with fresh_home() as hass, aiohttp.ClientSession() as session:
        await async_process_ha_core_config(hass, {})
        hass.data.pop("custom_components", None)
        # Home Assistant's own resolver needs the network integration, which is not set up here.
        with patch("homeassistant.helpers.aiohttp_client._async_make_resolver", return_value=Resolver()):
            entry = await set_up(hass, addresses)

        async def ask(command: str, body: dict[str, Any]) -> None:
            async with session.post(f"{addresses['url']}/_sim/{command}", json=body) as response:
                response.raise_for_status()

        coordinator = entry.runtime_data
        for stream in coordinator.streams:
            stream.policy = replace(stream.policy, backoff_first=0.05, backoff_cap=0.05)
        rounds = max(frames // ROUND, 10)
        for number in range(1, rounds + 1):
            seen = coordinator.frame_log.seen
            await ask("flood", {"count": ROUND, "change": number % 2 == 0})
            for event in EVENTS[addresses["vendor"]]:
                await ask("call", event)
            while coordinator.frame_log.seen < seen + ROUND:  # noqa: ASYNC110 (an event for each frame would cost)
                await asyncio.sleep(0.005)
            if number % SNAPSHOT_EVERY == 0:
                for stream in coordinator.streams:
                    stream.resync()
            if number % RECONNECT_EVERY == 0:
                await reconnect(coordinator, ask)
            if number in (rounds // 10, rounds):
                counts.append(await count(hass, entry))
        await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_stop(force=True)
    return counts


async def reconnect(coordinator: Any, ask: Any) -> None:
    """Lose all connections, and wait until they are back."""
    before = [stream.statistics.connects for stream in coordinator.streams]
    await ask("drop", {})
    while any(  # noqa: ASYNC110 (the stream has no event to wait for)
        stream.state is not ConnectionState.LIVE or stream.statistics.connects == connects
        for stream, connects in zip(coordinator.streams, before, strict=True)
    ):
        await asyncio.sleep(0.01)


async def simulate(vendor: str) -> None:
    """Run a simulator until standard input ends."""
    options: dict[str, Any] = {"rate": 1_000_000} if vendor == "element" else {}
    async with SIMULATORS[vendor](**options) as sim:
        steps = [step["data"] for step in sim.steps]
        addresses = {"vendor": vendor, "url": sim.url, "user_input": sim.user_input, "steps": steps}
        print(orjson.dumps(addresses).decode(), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def run(vendor: str, frames: int) -> list[Counts]:
    """Return the counts of a vendor, in a new process and with the simulator in another."""
    command = [sys.executable, "-m", "benchmarks.soak", "--frames", str(frames)]
    with subprocess.Popen(  # noqa: S603 (our own module)
        [*command, "--simulate", vendor], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as simulator:
        assert simulator.stdout is not None
        addresses = simulator.stdout.readline().decode()
        try:
            done = subprocess.run([*command, "--addresses", addresses], stdout=subprocess.PIPE, check=True)  # noqa: S603
        finally:
            simulator.terminate()
    return [Counts(**counts) for counts in orjson.loads(done.stdout)]


def grown(early: Counts, late: Counts) -> list[str]:
    """Return what has grown or changed."""
    growth = late.memory / early.memory - 1
    found = [f"memory grew by {growth:.1%}"] if growth > MAX_GROWTH else []
    return found + [
        f"{name} changed from {before} to {after}"
        for name in CONSTANT
        if (before := getattr(early, name)) != (after := getattr(late, name))
    ]


def main() -> None:
    """Run the vendors one after the other, and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vendor", nargs="+", choices=list(SIMULATORS), default=list(SIMULATORS))
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--simulate", help=argparse.SUPPRESS)
    parser.add_argument("--addresses", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.simulate:
        asyncio.run(simulate(options.simulate))
        return
    if options.addresses:
        logging.disable(logging.WARNING)
        counts = asyncio.run(soak(orjson.loads(options.addresses), options.frames))
        print(orjson.dumps([asdict(item) for item in counts]).decode())
        return
    results = {vendor: run(vendor, options.frames) for vendor in options.vendor}
    problems = {vendor: grown(*counts) for vendor, counts in results.items()}
    if options.json:
        print(orjson.dumps(results, option=orjson.OPT_INDENT_2).decode())
    else:
        for vendor, counts in results.items():
            for when, item in zip(("after a tenth", "at the end"), counts, strict=True):
                rest = ", ".join(f"{value:,} {name}" for name, value in asdict(item).items() if name != "memory")
                print(f"{vendor:8} {when:13}: {item.memory / 2**20:.1f} MiB, {rest}")
            print(f"{vendor:8} {'; '.join(problems[vendor]) or 'nothing grew'}")
    sys.exit(any(problems.values()))


if __name__ == "__main__":
    main()
