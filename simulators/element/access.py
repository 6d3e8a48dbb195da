"""API keys, the scopes of sockets, and the rate limit."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Literal

from .checks import ApiError

type Source = Literal["readings", "packets"]


@dataclass(slots=True)
class Key:
    """An API key: its role, the folders to which it is limited, whether it is valid, and until when."""

    role: str = "admin"
    groups: frozenset[str] | None = None
    valid: bool = True
    valid_until: datetime | None = None


@dataclass(slots=True)
class Scope:
    """Devices and source of a socket; `kind` and `ident` None stand for the whole mandate."""

    key: Key
    source: Source
    kind: str | None
    ident: str | None
    preload: frozenset[str]
    after: datetime | None
    timer: asyncio.TimerHandle | None = None


class RateLimit:
    """A number of requests per window of time (docs/protocols/element.md, 1.4)."""

    def __init__(self, limit: int, window: float) -> None:
        """Initialize for `limit` requests in `window` seconds."""
        self._limit = limit
        self._window = window
        self._window_end = 0.0
        self._used = 0
        self.rejected = 0

    def count(self) -> dict[str, str]:
        """Count a request and return its headers; raise if the limit is exceeded."""
        now = asyncio.get_running_loop().time()
        if now >= self._window_end:
            self._window_end = now + self._window
            self._used = 0
        if self._used >= self._limit:
            self.rejected += 1
            raise ApiError(HTTPStatus.TOO_MANY_REQUESTS)
        self._used += 1
        return self.headers()

    def headers(self) -> dict[str, str]:
        """Return the headers that report the current use."""
        remaining = max(0.0, self._window_end - asyncio.get_running_loop().time())
        return {
            "x-ratelimit-limit": f"{self._limit}/{round(self._window * 1000)}ms",
            "x-ratelimit-remaining": str(self._limit - self._used),
            "x-ratelimit-reset": str(round(remaining * 1000)),
        }
