"""Writes to a gateway: one after the other, with pauses, and merged while they wait.

Wire code. A ZigBee network takes some twenty telegrams a second and about one broadcast,
and a gateway that is given more answers that it is busy. What a person does in between,
such as dragging a slider, is sent as the one write that it amounts to.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ....wire.errors import CommandFailed, WireError

type Send = Callable[[str, Mapping[str, Any]], Awaitable[Any]]

# Seconds from one write to the next, and from one to a whole group to the next of that kind.
MIN_INTERVAL: Final = 0.05
GROUP_MIN_INTERVAL: Final = 1.0

# Of these the last one counts, and takes the place of all others.
_COLORS: Final = frozenset({"xy", "ct", "ct_inc", "hue", "sat", "effect", "gradient"})
# What these do depends on when they are done, so that they are never merged.
_STEPS: Final = frozenset(
    {"alert", "bri_inc", "ct_inc", "lift", "lift_inc", "ontime", "open", "stop", "tilt", "toggle", "wrap"}
)


@dataclass(slots=True, eq=False)
class _Waiting:
    """A write whose turn has not come."""

    body: dict[str, Any]
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class _Cancelled(Exception):
    """Whoever was to write has gone, and nobody knows whether it was written."""


class WriteQueue:
    """Sends writes in their order.

    Args:
        send: Sends one, by path and body.

    """

    def __init__(self, send: Send) -> None:
        """Prepare; nothing is sent."""
        self._send = send
        self._waiting: dict[str, _Waiting] = {}
        self._turn = asyncio.Lock()
        self._group_turn = asyncio.Lock()
        self._free_at = 0.0
        self._group_free_at = 0.0

    async def put(self, path: str, body: Mapping[str, Any]) -> None:
        """Write, or have it written together with what waits for the same resource.

        Raises:
            WireError: Something of this body was refused, or could not be sent.

        """
        waiting = self._waiting.get(path)
        joined = None if waiting is None else merged(path, waiting.body, body)
        if waiting is None or joined is None:
            waiting = self._waiting[path] = _Waiting(dict(body))
            await self._send_in_turn(path, waiting)
        else:
            waiting.body = joined
        try:
            await asyncio.shield(waiting.done)
        except _Cancelled:
            # What others wanted of the same write is theirs still.
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
            # What is written to a scene of one light goes to that light.
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
                # Whoever joined must not wait for one who has gone.
                waiting.done.set_exception(_Cancelled())
            # Nobody may be left to look at it.
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
    """Return the names of everything in a body, the nested ones included."""
    names = set(body)
    for value in body.values():
        if isinstance(value, dict):
            names |= _names(value)
    return names


def merged(path: str, waiting: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the one body that two writes amount to, or None if they must both be sent."""
    if path.endswith("/config"):
        return _nested(waiting, later)
    if not path.endswith(("/state", "/action")) or not _STEPS.isdisjoint(waiting.keys() | later.keys()):
        return None
    if waiting.get("transitiontime") != later.get("transitiontime"):
        return None
    if waiting.get("on") is False or later.get("on") is False:
        return dict(later) if "on" in later else None
    kept = {name: value for name, value in waiting.items() if name not in _COLORS or _COLORS.isdisjoint(later)}
    return {**kept, **later}


def _nested(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(first)
    for name, value in second.items():
        known = both.get(name)
        both[name] = _nested(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return both
