"""Admin API below `/_sim/`, by which another process reads and controls a simulator."""

from http import HTTPStatus
import inspect
from typing import TYPE_CHECKING

from aiohttp import web

from .data import Data, parse
from .requests import reply

if TYPE_CHECKING:
    from .simulator import Simulator

ADMIN_PATH = "/_sim/"

_COMMANDS = frozenset({"silence", "refuse", "allow", "garbage", "flood", "step"})


class AdminApi:
    """Routes of the admin API; none of them is recorded as a request."""

    def __init__(self, sim: Simulator) -> None:
        """Initialize the API of `sim`."""
        self._sim = sim

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Handle a request below the admin path."""
        name = request.path.removeprefix(ADMIN_PATH)
        body = parse(await request.read())
        options: Data = body if isinstance(body, dict) else {}
        if request.method == "GET":
            return self._get(name)
        match name:
            case "drop":
                await self._sim.drop()
            case "restart":
                # The response has to leave before its connection is cut.
                self._sim.call_later(0.05, lambda: self._sim.create_task(self._sim.restart(**options)))
            case _ if name in _COMMANDS:
                getattr(self._sim, name)(**options)
            case "call":
                return await self._call(options)
            case _:
                return reply({"error": "unknown"}, HTTPStatus.NOT_FOUND)
        return reply({"ok": True})

    def _get(self, name: str) -> web.Response:
        match name:
            case "world":
                return reply(self._sim.world)
            case "log":
                return reply([recorded.as_dict() for recorded in self._sim.requests])
            case "state":
                return reply(
                    {
                        "open_sockets": self._sim.open_sockets,
                        "connections": self._sim.connections,
                        "logins": self._sim.logins,
                        "refused_logins": self._sim.refused_logins,
                        "sent": self._sim.sent,
                        "lost": self._sim.lost,
                        "received": self._sim.received,
                    }
                )
        return reply({"error": "unknown"}, HTTPStatus.NOT_FOUND)

    async def _call(self, options: Data) -> web.Response:
        name = str(options.get("method", ""))
        method = None if name.startswith("_") else getattr(self._sim, name, None)
        if not callable(method):
            return reply({"error": f"no method {name}"}, HTTPStatus.NOT_FOUND)
        try:
            result = method(**(options.get("args") or {}))
            if inspect.isawaitable(result):
                result = await result
        except (TypeError, ValueError, LookupError) as error:
            return reply({"error": repr(error)}, HTTPStatus.BAD_REQUEST)
        return reply({"ok": True, "result": result})
