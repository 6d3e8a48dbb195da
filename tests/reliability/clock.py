"""Time of the streams under the control of a test."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from custom_components.pushwire.wire.stream import ConnectionState, Stream
from simulators import Simulator

# Interval of the pings, in real time.
PING_INTERVAL: Final = 0.02
# Length of a fault in minutes, in the time of the pauses between two attempts.
MINUTES: Final = 2
# Pings that are answered on a connection that a fault does not end.
_PINGS: Final = 4

_real_sleep = asyncio.sleep


class Clock:
    """Module ``asyncio`` of the stream, in which the pauses before a reconnect take no time.

    A fault lasts until each stream has paused for ``MINUTES``, so the number of attempts is that of
    the vendor's real pauses. A stream then waits until the fault has ended.
    """

    def __init__(self) -> None:
        """Initialize outside a fault."""
        self.attempts: Counter[str] = Counter()
        self._paused: Counter[asyncio.Task[Any] | None] = Counter()
        self._over = asyncio.Event()
        self._over.set()

    def __getattr__(self, name: str) -> Any:
        """Return everything else of the module."""
        return getattr(asyncio, name)

    async def sleep(self, delay: float) -> None:
        """Pause without taking time, except between two pings."""
        if delay <= PING_INTERVAL or self._over.is_set():
            await _real_sleep(min(delay, PING_INTERVAL))
            return
        task = asyncio.current_task()
        self._paused[task] += delay  # type: ignore[assignment]
        if self._paused[task] >= MINUTES * 60:
            await self._over.wait()
        else:
            await _real_sleep(0)

    def begin(self) -> None:
        """Begin a fault, and count the attempts from now on."""
        self.attempts.clear()
        self._paused.clear()
        self._over.clear()

    def end(self) -> None:
        """End the fault: streams that wait go on."""
        self._over.set()

    def has_run_out(self, stream: Stream) -> bool:
        """Return whether a stream has paused for the length of the fault."""
        return self._paused[stream._task] >= MINUTES * 60


def settled(clock: Clock, sim: Simulator, streams: list[Stream]) -> Callable[[], bool]:
    """Return a function that returns whether a fault changes nothing any more.

    Every stream has then made all attempts of the fault's length, has been refused, or has a
    connection on which several pings have been answered since the last change.
    """
    seen: tuple[Any, ...] = ()
    pings = 0

    def check() -> bool:
        nonlocal seen, pings
        states = tuple((stream.state, stream.statistics.connects) for stream in streams)
        current = (states, len(sim.requests), sim.in_flight)
        if current != seen:
            seen, pings = current, sim.pings
        open_streams = [stream for stream in streams if not clock.has_run_out(stream)]
        undecided = [stream for stream in open_streams if stream.state is not ConnectionState.REFUSED]
        if not undecided:
            return True
        return (
            all(stream.state is ConnectionState.LIVE for stream in undecided)
            and not sim.in_flight
            and sim.pings >= pings + _PINGS * len(undecided)
        )

    return check
