"""Conditions that tests wait for."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class _Waiter:
    condition: Callable[[], bool]
    future: asyncio.Future[None] = field(repr=False)


class Conditions:
    """Waiters, each with the condition that releases it."""

    def __init__(self) -> None:
        """Initialize without waiters."""
        self._waiters: list[_Waiter] = []

    async def wait(self, condition: Callable[[], bool], timeout: float) -> None:  # noqa: ASYNC109
        """Return as soon as a check finds that `condition` holds."""
        if condition():
            return
        waiter = _Waiter(condition, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(timeout):
                await waiter.future
        finally:
            self._waiters.remove(waiter)

    def check(self) -> None:
        """Release every waiter whose condition holds now."""
        for waiter in list(self._waiters):
            if not waiter.future.done() and waiter.condition():
                waiter.future.set_result(None)
