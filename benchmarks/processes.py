"""Processes that are measured alternately, each with simulated gateways of its own in other processes.

The speed of a virtual machine varies by a third within minutes. What is compared takes turns of a fraction of a
second, so that other load slows both sides of a ratio.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
import os
from statistics import median
import subprocess
import sys
from typing import IO, Any

import orjson


@dataclass(slots=True)
class Side:
    """One process that is measured."""

    requests: IO[bytes]
    answers: IO[bytes]

    def ask(self, figure: str) -> dict[str, Any]:
        """Return the result of a measurement."""
        self.requests.write(f"{figure}\n".encode())
        self.requests.flush()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """Return the next result."""
        result: dict[str, Any] = orjson.loads(self.answers.readline())
        return result


def start(stack: ExitStack, gateway: Sequence[str], *module: str, gateways: int = 1) -> Side:
    """Start a module and its gateways, on separate cores where there are two.

    Args:
        stack: Ends all processes.
        gateway: Arguments of the process of each gateway.
        module: Name and arguments of the module, which gets the addresses of each gateway besides.
        gateways: Number of gateways.

    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []

    def process(core: int, *command: str) -> subprocess.Popen[bytes]:
        started = stack.enter_context(
            subprocess.Popen(  # noqa: S603 (our own module)
                [sys.executable, "-m", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        )
        stack.callback(started.terminate)
        if len(cores) > 1:
            os.sched_setaffinity(started.pid, {cores[core]})
        return started

    addresses = []
    for _ in range(gateways):
        gateway_process = process(1, "benchmarks.gateway_process", *gateway)
        assert gateway_process.stdout is not None
        addresses += ["--addresses", gateway_process.stdout.readline().decode()]
    near = process(0, *module, *addresses)
    assert near.stdin is not None
    assert near.stdout is not None
    return Side(near.stdin, near.stdout)


def answer(**figures: Any) -> None:
    """Print results for the parent process."""
    print(orjson.dumps(figures).decode(), flush=True)


async def next_request() -> str:
    """Return the next measurement that the parent process asks for; empty at the end."""
    line: str = await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    return line.strip()


async def answer_turns(**costs: Callable[[], Awaitable[float]]) -> None:
    """Measure each cost, one after the other, for each request of the parent process."""
    while await next_request():
        answer(**{name: await cost() for name, cost in costs.items()})


def alternate(sides: Iterable[Side], turns: int) -> dict[str, list[float]]:
    """Return the costs that the sides measure, turn by turn."""
    costs: dict[str, list[float]] = {}
    for turn in range(turns + 1):
        for side in sides:
            for name, cost in side.ask("cost").items():
                # The first turn fills the caches and writes the first states.
                if turn:
                    costs.setdefault(name, []).append(cost)
    return costs


def ratio(over: Sequence[float], under: Sequence[float], limit: float | None = None) -> str:
    """Return the median of the ratios of all turns as a text, with the range and the limit."""
    ratios = [one / other for one, other in zip(over, under, strict=True)]
    return f"{median(ratios):5.2f} x ({min(ratios):.2f} to {max(ratios):.2f}{f'; limit {limit} x' if limit else ''})"
