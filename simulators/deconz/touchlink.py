"""Touchlink: lights close to the gateway (docs/protocols/deconz.md, 2.7)."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from ..base import Data


class Touchlink:
    """Scan, identification and reset of the lights in `nearby`."""

    def __init__(self) -> None:
        """Initialize without lights."""
        self.nearby: list[Data] = []
        self.found: dict[str, Data] = {}
        # Number of questions that are answered with "scanning" after the start of a scan.
        self.questions_while_scanning = 1
        self._questions_left = 0
        # Commands that were carried out, with the address of their light.
        self.carried_out: list[tuple[str, str]] = []

    def result(self) -> Data:
        """Return the state and the result of the last scan."""
        scanning = self._questions_left > 0
        self._questions_left -= scanning
        return {
            "scanstate": "scanning" if scanning else "idle",
            "lastscan": "2026-08-21T10:00:00",
            "result": {} if scanning else self.found,
        }

    def command(self, parts: list[str]) -> web.Response:
        """Carry out a command; the answer is a status without a body."""
        if self._questions_left:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        match parts:
            case ["scan"]:
                self.found = {str(number): light for number, light in enumerate(self.nearby, 1)}
                self._questions_left = self.questions_while_scanning
                return web.Response()
            case [identifier, "identify" | "reset" as command] if identifier in self.found:
                self.carried_out.append((command, self.found[identifier]["address"]))
                return web.Response()
        return web.Response(status=HTTPStatus.NOT_FOUND)
