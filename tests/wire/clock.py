"""Event loop whose time passes only while everything waits."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, override

# Seconds of virtual time.
LIMIT: Final = 100_000


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Event loop that skips the time until its next timer; it has no sockets."""

    def __init__(self) -> None:
        """Initialize at time 0."""
        super().__init__()
        self._now = 0.0
        # Rounded times must not leave a timer a moment short of due.
        self._clock_resolution = 1e-6
        select = self._selector.select  # type: ignore[attr-defined]

        def skip(timeout: float | None) -> Any:
            if timeout is None:
                raise RuntimeError("everything waits, and no timer is set")
            self._now += timeout
            if self._now > LIMIT:
                raise RuntimeError("the test does not end")
            return select(0)

        self._selector.select = skip  # type: ignore[attr-defined]

    @override
    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._now


def run[ResultT](coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Return the result of a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(coroutine)
