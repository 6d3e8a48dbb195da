"""Queue of writes to a gateway, with pauses between them and merging of waiting ones.

A Zigbee network handles about twenty messages and one broadcast per second, and a gateway
with more to send answers that it is busy. Rapid changes, such as those of a slider, are
merged into one write.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ....wire.errors import CommandFailed, WireError

type Send = Callable[[str, Mapping[str, Any]], Awaitable[Any]]

# Seconds between two writes, and between two writes to groups.
MIN_INTERVAL: Final = 0.05
GROUP_MIN_INTERVAL: Final = 1.0

# The last one of these replaces all others.
_COLORS: Final = frozenset({"xy", "ct", "ct_inc", "hue", "sat", "effect", "gradient"})
# The effect of these depends on their order, so they are never merged.
_STEPS: Final = frozenset(
    {"alert", "bri_inc", "ct_inc", "lift", "lift_inc", "ontime", "open", "stop", "tilt", "toggle", "wrap"}
)


@dataclass(slots=True, eq=False)
class _Waiting:
    """Write that has not been sent yet."""

    body: dict[str, Any]
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class _Cancelled(Exception):
    """The writer was cancelled before the result was known."""


class WriteQueue:
    """Queue that sends writes in their order.

    Args:
        send: Sends a write by path and body.

    """

    def __init__(self, send: Send) -> None:
        """Initialize an empty queue."""
        self._send = send
        self._waiting: dict[str, _Waiting] = {}
        self._turn = asyncio.Lock()
        self._group_turn = asyncio.Lock()
        self._free_at = 0.0
        self._group_free_at = 0.0

    async def put(self, path: str, body: Mapping[str, Any]) -> None:
        """Write a body, merged with a waiting write to the same path.

        Raises:
            WireError: Part of this body was refused, or the gateway could not be reached.

        """
        waiting = self._waiting.get(path)
        merged_body = None if waiting is None else merged(path, waiting.body, body)
        if waiting is None or merged_body is None:
            waiting = self._waiting[path] = _Waiting(dict(body))
            await self._send_in_turn(path, waiting)
        else:
            waiting.body = merged_body
        try:
            await asyncio.shield(waiting.done)
        except _Cancelled:
            # The values of this caller are still to be written.
            await self.put(path, body)
        except CommandFailed as err:
            if (
                not err.refused
                or not err.refused.isdisjoint(_names(body))
                or err.refused.isdisjoint(_names(waiting.body))
            ):
                raise

    async def _send_in_turn(self, path: str, waiting: _Waiting) -> None:
        try:
            # A write to the scene state of one light is sent only to that light.
            if path.startswith("groups/") and "/lights/" not in path:
                async with self._group_turn:
                    await _pause(self._group_free_at)
                    await self._write(path, waiting)
                    self._group_free_at = asyncio.get_running_loop().time() + GROUP_MIN_INTERVAL
            else:
                await self._write(path, waiting)
        except WireError as err:
            waiting.done.set_exception(err)
        finally:
            if self._waiting.get(path) is waiting:
                del self._waiting[path]
            if not waiting.done.done():
                # Callers whose writes were merged must not wait forever.
                waiting.done.set_exception(_Cancelled())
            # Without this, an exception that no caller retrieves would be logged.
            waiting.done.exception()

    async def _write(self, path: str, waiting: _Waiting) -> None:
        async with self._turn:
            await _pause(self._free_at)
            if self._waiting.get(path) is waiting:
                del self._waiting[path]
            try:
                await self._send(path, waiting.body)
            finally:
                self._free_at = asyncio.get_running_loop().time() + MIN_INTERVAL
            waiting.done.set_result(None)


async def _pause(until: float) -> None:
    if (rest := until - asyncio.get_running_loop().time()) > 0:
        await asyncio.sleep(rest)


def _names(body: Mapping[str, Any]) -> set[str]:
    """Return all names in a body, the nested ones included."""
    names = set(body)
    for value in body.values():
        if isinstance(value, dict):
            names |= _names(value)
    return names


def merged(path: str, waiting: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the body that replaces two writes, or None if both must be sent."""
    if path.endswith("/config"):
        return _nested(waiting, later)
    if not path.endswith(("/state", "/action")) or not _STEPS.isdisjoint(waiting.keys() | later.keys()):
        return None
    if waiting.get("transitiontime") != later.get("transitiontime"):
        return None
    if waiting.get("on") is False or later.get("on") is False:
        return dict(later) if "on" in later else None
    remaining = {name: value for name, value in waiting.items() if name not in _COLORS or _COLORS.isdisjoint(later)}
    return {**remaining, **later}


def _nested(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(first)
    for name, value in second.items():
        existing = result.get(name)
        if isinstance(existing, dict) and isinstance(value, dict):
            result[name] = _nested(existing, value)
        else:
            result[name] = value
    return result
