"""The faults of the matrix: how each begins, by phase, and where it has no meaning."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

from simulators.base import is_upgrade
from simulators.base.faults import (
    Answer,
    Giant,
    close_at_once,
    redirect_to,
    reset,
    send_garbage,
    send_html,
    send_other_json,
    stay_silent,
    truncate,
)

from .systems import System

GIANT_FRAME = 33 * 1024 * 1024


class Phase(StrEnum):
    """Phase of an entry in which a fault begins."""

    SETTING_UP = "setting up"
    READING = "reading the state"
    LIVE = "live"
    UNLOADING = "unloading"


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the matrix.

    Attributes:
        name: Name in the report.
        answer: Answer to requests, or None if they are answered as usual.
        upgrades_only: Whether only handshakes get the answer.
        keeps_socket: Whether the open socket survives the beginning.

    """

    name: str
    answer: Callable[[System], Answer] | None = None
    upgrades_only: bool = False
    keeps_socket: bool = False

    def answer_in(self, system: System, phase: Phase) -> Answer | None:
        """Return the answer to requests in a phase."""
        if self.name == CLOSED and phase is Phase.READING:
            return _close_sockets(system)
        if phase is Phase.READING and self.name == HALF_OPEN:
            return stay_silent
        if phase is Phase.READING and self.name == REFUSED:
            # Connections that are kept alive end, too.
            return reset
        return None if self.answer is None else self.answer(system)

    def not_applicable(self, system: System, phase: Phase) -> str | None:
        """Return why the fault has no meaning in a phase, or None."""
        if phase is Phase.READING and self.upgrades_only and self.name != CLOSED:
            return "the handshake is over"
        if self.name == ANOTHER and system.vendor == "resiot":
            return "the address names the account"
        return None


REFUSED = "connection refused"
HALF_OPEN = "half-open: the socket stays open, nothing arrives, pings are not answered"
SLOW = "slow answers"
SILENT = "silent: no answer to anything"
CLOSED = "socket closed at once after the handshake"
ANOTHER = "another gateway or account at the address"
GARBAGE = "garbage in frames and answers"
GIANT = "giant frames and answers"
REDIRECT = "redirect to another host"
STATUSES = (401, 403, 404, 408, 412, 429, 500, 503)


def _always(answer: Answer) -> Callable[[System], Answer]:
    return lambda _system: answer


def _close_sockets(system: System) -> Answer:
    """Return an answer that is complete, but ends every socket."""

    async def answer(request: web.Request) -> web.StreamResponse:
        await system.sim.drop()
        response: web.StreamResponse = await system.sim.handle(request, b"")
        return response

    return answer


def _status(status: int) -> Callable[[System], Answer]:
    def bind(system: System) -> Answer:
        async def answer(request: web.Request) -> web.StreamResponse:
            return system.error(request, status)

        return answer

    return bind


def rows(other_host: str, giant: Giant) -> list[Fault]:
    """Return the rows of the matrix.

    Args:
        other_host: Target of the redirect.
        giant: Giant answer.

    """
    return [
        Fault(REFUSED),
        Fault("connection reset", _always(reset)),
        Fault(HALF_OPEN, keeps_socket=True),
        Fault("no upgrade: the handshake is answered with 200", _always(send_html), upgrades_only=True),
        Fault(SILENT, _always(stay_silent)),
        Fault(SLOW),
        *(Fault(f"HTTP {status}", _status(status)) for status in STATUSES),
        Fault("HTML with status 200", _always(send_html)),
        Fault(REDIRECT, _always(redirect_to(other_host))),
        Fault("answer cut off", _always(truncate)),
        Fault(ANOTHER),
        Fault("JSON of another system", _always(send_other_json)),
        Fault(CLOSED, _always(close_at_once), upgrades_only=True),
        Fault(GARBAGE, _always(send_garbage), keeps_socket=True),
        Fault(GIANT, _always(giant), keeps_socket=True),
    ]


def applies(fault: Fault, system: System, phase: Phase) -> Callable[[web.Request], bool]:
    """Return a function that returns whether a request gets the fault's answer."""
    if phase is Phase.READING:
        return system.reads_state
    return is_upgrade if fault.upgrades_only else lambda _request: True
