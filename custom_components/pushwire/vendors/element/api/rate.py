"""Rate limit of an API key, which all clients of the key share.

The platform counts the requests of a key in a window of time, and reports in each response
how many are left (docs/protocols/element.md, 1.4).
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakKeyDictionary

import aiohttp

# The rate limit applies to all clients of the key, so some requests are left for commands and for others.
RESERVE: Final = 3
# Longest wait in seconds, whatever the platform reports.
MAX_WAIT: Final = 60.0


class RateGovernor:
    """Order of the requests of one key, whichever entries and forms make them.

    Attributes:
        remaining: Number of requests that the last response left in its window; None before the first response.
        limit: Number of requests in a window, or None if unknown.

    """

    def __init__(self) -> None:
        """Initialize without a response."""
        self.remaining: int | None = None
        self.limit: int | None = None
        self._lock = asyncio.Lock()
        # Time of the event loop at which the current window ends.
        self._resets_at = 0.0

    @property
    def left(self) -> int | None:
        """Number of requests left in the current window, or None if unknown."""
        is_over = asyncio.get_running_loop().time() >= self._resets_at
        return self.limit if is_over and self.limit is not None else self.remaining

    @asynccontextmanager
    async def turn(self, *, is_command: bool = False) -> AsyncGenerator[None]:
        """Wait for the turn of a request; a command goes first, and may use the reserve."""
        if is_command:
            await self._wait(0)
            yield
            return
        async with self._lock:
            await self._wait(RESERVE)
            yield

    def note(self, headers: Mapping[str, str]) -> bool:
        """Note what a response reports about the limit; return whether it reports anything."""
        try:
            remaining = int(headers["x-ratelimit-remaining"])
            reset = float(headers["x-ratelimit-reset"]) / 1000
        except KeyError, ValueError:
            return False
        self.remaining = remaining
        limit = headers.get("x-ratelimit-limit", "").partition("/")[0]
        self.limit = int(limit) if limit.isdecimal() else None
        self._resets_at = asyncio.get_running_loop().time() + min(max(reset, 0.0), MAX_WAIT)
        return True

    async def _wait(self, reserve: int) -> None:
        """Wait for the next window if no more than a number of requests are left in this one."""
        if self.remaining is None or self.remaining > reserve:
            return
        await asyncio.sleep(self._resets_at - asyncio.get_running_loop().time())


_governors: Final[WeakKeyDictionary[aiohttp.ClientSession, dict[tuple[str, str], RateGovernor]]] = WeakKeyDictionary()


def governor_of(session: aiohttp.ClientSession, origin: str, api_key: str) -> RateGovernor:
    """Return the governor of a key, which is the same for all clients of a session."""
    return _governors.setdefault(session, {}).setdefault((origin, api_key), RateGovernor())
