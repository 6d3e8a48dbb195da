"""Cost of payloads by kind of codec, and the delay of the event loop while codecs are stopped.

A ResIOT account with a thousand nodes gets uplinks whose payloads are decoded by a codec of each kind. Uplinks and
states of bare sensors, which parse the same frames, take turns in one process; the cost is CPU time per written state.
Then ten uplinks come each second. At last, scripts that exceed each limit are run, beside timers of the event loop.

Usage: python -m benchmarks.codecs [--nodes N] [--turns N] [--seconds N]
"""

# ruff: noqa: ASYNC110, SLF001 (frames are given to the coordinator without a socket, and it has no event for their end)

import argparse
import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import gc
import logging
from statistics import median
from time import perf_counter, process_time, time
from types import MappingProxyType
from typing import Final

from homeassistant.components.sensor import SensorEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.helpers.entity_component import EntityComponent
import orjson
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pushwire.const import CONF_VENDOR, DOMAIN
from custom_components.pushwire.lorawan.api.codecs.codec import CodecError
from custom_components.pushwire.lorawan.api.codecs.javascript import JavaScriptCodec
from custom_components.pushwire.lorawan.codecs import ScriptThread
from custom_components.pushwire.vendors.resiot.coordinator import ResiotCoordinator
from simulators import ResiotSimulator

from .beside_core import resident, set_up
from .element import TemperatureSensor
from .frames import count_writes, fresh_home

LIMIT: Final = 2.0
# Milliseconds.
DELAY_LIMIT: Final = 50.0
UPLINKS_PER_SECOND: Final = 10
TIMER: Final = 0.005

SCRIPT: Final = "function decodeUplink(i) { return {data: {temperature: (i.bytes[0] << 8 | i.bytes[1]) / 10}}; }"
# Code of the codec and payload of a temperature in tenths of a degree, by kind.
KINDS: Final[dict[str, tuple[str, str]]] = {
    "cayenne": ("", "0167{:04x}"),
    "layout": ("fields: [{name: temperature, at: 0, type: s16, scale: 0.1, unit: °C}]", "{:04x}"),
    "javascript": (SCRIPT, "{:04x}"),
    "template": ("{{ {'temperature': unpack(payload, '>h') / 10} }}", "{:04x}"),
    "mbus": ("2", "{:04x}025a0102"),
}
# Kinds that run in a thread, and have no limit.
SCRIPTS: Final = ("javascript", "template")
DANGEROUS: Final[dict[str, str]] = {
    "endless loop": "while (true) {}",
    "memory bomb": "let a = []; while (true) a.push(new Array(10000).fill(1));",
    "deep recursion": "function f(n) { return f(n + 1) + 1; } f(0);",
    "regular expression": "/^(a+)+$/.test('a'.repeat(40) + 'b');",
    "nonsense": "return 'nonsense';",
    "a million keys": "let d = {}; for (let k = 0; k < 1e6; k++) d['k' + k] = k; return {data: d};",
}


@asynccontextmanager
async def delays() -> AsyncGenerator[list[float]]:
    """Yield a list of the milliseconds by which timers of the event loop are late."""
    late = [0.0]

    async def watch() -> None:
        while True:
            due = perf_counter() + TIMER
            await asyncio.sleep(TIMER)
            late.append((perf_counter() - due) * 1000)

    task = asyncio.create_task(watch())
    try:
        yield late
    finally:
        task.cancel()


def eui_of(kind: str, number: int) -> str:
    """Return the DevEUI of a node."""
    return f"{list(KINDS).index(kind) + 1:04x}{number:012x}"


class Uplinks:
    """Source of frames."""

    def __init__(self, nodes: int) -> None:
        """Initialize with the number of nodes of each kind."""
        self._nodes = nodes
        self._count = 0

    def frames(self, kind: str, count: int) -> list[str]:
        """Return frames with one uplink each, whose temperature is new."""
        frames = []
        for _ in range(count):
            self._count += 1
            frame = {
                "CommType": "comm_rx",
                "AppEui": f"{list(KINDS).index(kind) + 1:016x}",
                "DevEui": eui_of(kind, self._count % self._nodes),
                "Port": "2",
                "GatewayEUIs": ["024b08ffff0e004e"],
                "Payload": KINDS[kind][1].format(150 + self._count % 991 % 200),
                "Extra": {
                    "duplicate": "false",
                    "frequency": "868.1",
                    "rssi": str(-60 - self._count % 50),
                    "seqno": str(self._count),
                    "sf": "7",
                    "snr": str(self._count % 10),
                },
            }
            frames.append(orjson.dumps(frame).decode())
        return frames


async def receive(hass: HomeAssistant, coordinator: ResiotCoordinator, frames: list[str]) -> None:
    """Apply frames, and wait until codecs and entities are done."""
    codecs = coordinator.codecs._loaded.values()
    goal = sum(codec.decoded for codec in codecs) + len(frames)
    for frame in frames:
        coordinator.frame_log.handle(coordinator.apply_frame, frame)
    while sum(codec.decoded for codec in codecs) < goal:
        await asyncio.sleep(0.001)
    await hass.async_block_till_done()


async def compare(hass: HomeAssistant, coordinator: ResiotCoordinator, uplinks: Uplinks, turns: int, size: int) -> None:
    """Print the cost of each kind beside bare sensors."""
    component = EntityComponent[SensorEntity](logging.getLogger(__name__), "sensor", hass)
    bare = [TemperatureSensor() for _ in range(size)]
    for sensor in bare:
        sensor.update({"temperature": 0})
    await component.async_add_entities(bare)
    written, stop = count_writes(hass)
    for kind in KINDS:
        costs: dict[str, list[float]] = {"uplink": [], "bare": []}
        per_uplink = 0.0
        for turn in range(turns + 1):
            frames = uplinks.frames(kind, size)
            gc.collect()
            written.clear()
            began = process_time()
            await receive(hass, coordinator, frames)
            costs["uplink"].append((process_time() - began) / len(written))
            per_uplink = len(written) / size
            written.clear()
            began = process_time()
            for sensor, frame in zip(bare, frames, strict=True):
                sensor.update({"temperature": int(orjson.loads(frame)["Payload"][-4:], 16) / 10 + turn})
                sensor.async_write_ha_state()
            await hass.async_block_till_done()
            costs["bare"].append((process_time() - began) / len(written))
        ratios = [one / other for one, other in zip(costs["uplink"][1:], costs["bare"][1:], strict=True)]
        limit = "" if kind in SCRIPTS else f"; limit {LIMIT} x"
        print(
            f"{kind:12} {min(costs['bare']) * 1e6:6.1f} µs {min(costs['uplink']) * 1e6:6.1f} µs a state, "
            f"{per_uplink:.1f} states an uplink, {median(ratios):5.2f} x "
            f"({min(ratios):.2f} to {max(ratios):.2f}{limit})"
        )
    stop()


async def pace(hass: HomeAssistant, coordinator: ResiotCoordinator, uplinks: Uplinks, seconds: int) -> None:
    """Print CPU time and delay with ten uplinks a second of all kinds."""
    kinds = list(KINDS)
    async with delays() as late:
        began = process_time()
        for number in range(seconds * UPLINKS_PER_SECOND):
            await receive(hass, coordinator, uplinks.frames(kinds[number % len(kinds)], 1))
            await asyncio.sleep(1 / UPLINKS_PER_SECOND)
        used = process_time() - began
    print(
        f"{UPLINKS_PER_SECOND} uplinks a second: {used / seconds * 100:.1f} % of a core with the timers, "
        f"longest delay {max(late):.1f} ms"
    )


async def measure(nodes: int, turns: int, seconds: int) -> None:
    """Measure an account, and print the figures."""
    each = nodes // len(KINDS)
    async with ResiotSimulator() as sim, fresh_home() as hass:
        await async_process_ha_core_config(hass, {})
        hass.data.pop("custom_components", None)
        entry = MockConfigEntry(domain=DOMAIN, data={CONF_VENDOR: "resiot", **sim.user_input}, unique_id="resiot:bench")
        entry.add_to_hass(hass)
        await set_up(hass, entry)
        coordinator: ResiotCoordinator = entry.runtime_data
        for number, (kind, (code, _)) in enumerate(KINDS.items(), 1):
            data = MappingProxyType({"kind": kind, "code": code, "app_eui": f"{number:016x}"})
            codec = ConfigSubentry(data=data, subentry_type="codec", title=kind, unique_id=None)
            hass.config_entries.async_add_subentry(entry, codec)
        while len(coordinator.codecs._loaded) < len(KINDS):
            await asyncio.sleep(0.01)
        uplinks = Uplinks(each)
        gc.collect()
        before = resident()
        for kind in KINDS:
            await receive(hass, coordinator, uplinks.frames(kind, each))
        gc.collect()
        states = len(hass.states.async_entity_ids())
        print(
            f"{len(coordinator.devices)} nodes, {states} states, {(resident() - before) / nodes / 1024:.1f} KiB a node"
        )
        await compare(hass, coordinator, uplinks, turns, each)
        await pace(hass, coordinator, uplinks, seconds)
        await stop_codecs(hass)
        await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_stop(force=True)


async def stop_codecs(hass: HomeAssistant) -> None:
    """Print how long each dangerous script runs, and the delay of the event loop meanwhile."""
    for name, body in DANGEROUS.items():
        thread = ScriptThread()
        codec = await thread.async_run(hass, JavaScriptCodec, f"function decodeUplink(input) {{ {body} }}")
        began = perf_counter()
        async with delays() as late:
            try:
                await thread.async_decode(hass, codec, b"\0", 1, time())
            except CodecError as err:
                reason = err.reason.value
            else:
                reason = "not stopped"
        print(
            f"{name:20} {reason:10} after {perf_counter() - began:5.2f} s, longest delay of the event loop "
            f"{max(late):5.1f} ms (limit {DELAY_LIMIT:.0f} ms)"
        )
        await thread.async_stop(hass)


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1_000)
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    asyncio.run(measure(options.nodes, options.turns, options.seconds))


if __name__ == "__main__":
    main()
