"""Run the simulators until a signal stops them, for the demo and the end-to-end tests."""

import argparse
import asyncio
from datetime import UTC, datetime, timedelta
import signal
import sys

import orjson

from . import Data, DeconzSimulator, ElementSimulator, LivisiSimulator, ResiotSimulator, Simulator

PORT_DISTANCE = 2
"""Distance between the ports of two simulators: each may need a second port for its sockets."""


_SUN_TIMES = frozenset({"nextSunrise", "nextSunset", "nextTimeEvent", "sunrise", "sunset"})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=18080, help="first port; 0 uses free ports")
    parser.add_argument("--only", action="append", choices=["livisi", "deconz", "element", "resiot"])
    parser.add_argument("--still", action="store_true", help="do not change anything automatically")
    parser.add_argument("--pace", type=float, default=0.2, help="seconds between two changes of a vendor")
    parser.add_argument("--livisi", choices=["v1", "v2"], default="v2", help="generation of the hub")
    return parser.parse_args()


def _simulators(arguments: argparse.Namespace) -> list[Simulator]:
    def options(index: int) -> Data:
        port = arguments.port + PORT_DISTANCE * index if arguments.port else 0
        live = not arguments.still
        return {"host": arguments.host, "port": port, "live": live, "pace": arguments.pace}

    resiot = ResiotSimulator(rest=True, **options(3))
    resiot.add_tags_and_commands()
    simulators: list[Simulator] = [
        LivisiSimulator(version=arguments.livisi, **options(0)),
        DeconzSimulator(**options(1)),
        ElementSimulator(**options(2)),
        resiot,
    ]
    return [sim for sim in simulators if not arguments.only or sim.vendor in arguments.only]


def _move_sun(value: object, day: str) -> None:
    """Move the times of the sun in a world to a day, so that the demo does not show those of another year."""
    if isinstance(value, list):
        for item in value:
            _move_sun(item, day)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in _SUN_TIMES and isinstance(item, str):
                value[name] = f"{day}{item[len(day) :]}"
            elif name in _SUN_TIMES and isinstance(item, dict):
                item["value"] = f"{day}{item['value'][len(day) :]}"
            else:
                _move_sun(item, day)


async def _run(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    simulators = _simulators(arguments)
    for sim in simulators:
        _move_sun(sim.world, f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}")
    started: list[Simulator] = []
    try:
        for sim in simulators:
            await sim.start()
            started.append(sim)
            sys.stdout.write(orjson.dumps(_line(sim)).decode() + "\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        for sim in started:
            await sim.stop()


def _line(sim: Simulator) -> Data:
    return {
        "vendor": sim.vendor,
        "version": sim.version,
        "url": sim.url,
        "ws_url": sim.ws_url,
        "user_input": sim.user_input,
        "steps": sim.steps,
    }


if __name__ == "__main__":
    asyncio.run(_run(_arguments()))
