"""Tasks and timers that end with the simulator."""

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Background:
    """The running tasks and pending timers of a simulator."""

    def __init__(self) -> None:
        """Initialize without tasks and timers."""
        self._timers: set[asyncio.TimerHandle] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    def create_task[T](self, coroutine: Awaitable[T]) -> None:
        """Run `coroutine` in a task that `stop` cancels."""
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def call_later(self, delay: float, action: Callable[[], object]) -> asyncio.TimerHandle:
        """Call `action` after `delay` seconds, unless `stop` cancels it."""

        def run() -> None:
            self._timers.discard(handle)
            action()

        handle = asyncio.get_running_loop().call_later(delay, run)
        self._timers.add(handle)
        return handle

    async def stop(self) -> None:
        """Cancel every timer and task, and wait for the tasks to end."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
