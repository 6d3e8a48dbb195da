"""Simulated gateway of a benchmark, in a process of its own so that its work is not measured."""

import asyncio
import sys

import orjson

from simulators import DeconzSimulator, LivisiSimulator


async def main(resources: int, *, platforms: bool, livisi: bool) -> None:
    """Run a simulated gateway with a number of resources until standard input ends.

    Args:
        resources: Number of resources, or of devices of a LIVISI hub.
        platforms: Whether they are those of the measured platforms, instead of those of a home.
        livisi: Whether the gateway is a LIVISI hub instead of deCONZ.

    """
    simulator: DeconzSimulator | LivisiSimulator = LivisiSimulator() if livisi else DeconzSimulator()
    if isinstance(simulator, LivisiSimulator):
        simulator.add_devices(resources)
    else:
        simulator.add_resources(resources, platforms=platforms)
    async with simulator:
        addresses = {"url": simulator.url, "ws_url": simulator.ws_url, "user_input": simulator.user_input}
        print(orjson.dumps(addresses).decode(), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), platforms="--platforms" in sys.argv, livisi="--livisi" in sys.argv))
