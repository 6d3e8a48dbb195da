"""Requests and handshakes that are answered with an error on demand."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from .requests import reply

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class Refusal:
    """A rule that answers requests with `status`; `times` None means until it is cleared."""

    status: int
    times: int | None = None
    path: str | None = None
    retry_after: float | None = None
    body: object = None


class Refusals:
    """The refusals in force, in the order in which they were added."""

    def __init__(self, error_body: Callable[[int], object]) -> None:
        """Initialize without refusals; `error_body` returns the vendor's error body for a status."""
        self._error_body = error_body
        self._refusals: list[Refusal] = []

    def add(self, refusal: Refusal) -> None:
        """Add a refusal."""
        self._refusals.append(refusal)

    def clear(self) -> None:
        """Remove all refusals."""
        self._refusals.clear()

    def response(self, request: web.Request) -> web.Response | None:
        """Return the error response of the first refusal that applies to `request`, if any."""
        for refusal in self._refusals:
            if refusal.path is not None and not request.path.startswith(refusal.path):
                continue
            if refusal.times is not None:
                refusal.times -= 1
                if refusal.times <= 0:
                    self._refusals.remove(refusal)
            body = self._error_body(refusal.status) if refusal.body is None else refusal.body
            headers = {}
            if refusal.retry_after is not None:
                headers["Retry-After"] = f"{refusal.retry_after:g}"
            if isinstance(body, str):
                return web.Response(text=body, status=refusal.status, headers=headers)
            return reply(body, refusal.status, headers)
        return None
