"""ELEMENT IoT platform, written from docs/protocols/element.md."""

from collections import defaultdict
from http import HTTPStatus
from typing import Any, Literal

from aiohttp import web

from ..base import Data, Frame, Socket, is_upgrade, reply
from .access import Key, RateLimit
from .checks import ApiError
from .demo import Demo
from .downlinks import Downlinks
from .load import climate_reading, malformed_events
from .rest import RestApi
from .sockets import Sockets
from .tenant import KEY, Tenant

__all__ = ["KEY", "ElementSimulator"]

API_PATH = "/api/v1/"


class ElementSimulator(Tenant):
    """The platform with one tenant; methods take ids or the readable keys of `world["ids"]`."""

    def __init__(
        self,
        *,
        role: Literal["admin", "read_only"] = "admin",
        groups: list[str] | None = None,
        scope: Literal["mandate", "stream", "tag", "device"] = "mandate",
        idle_timeout: float = 60.0,
        rate: int = 50,
        rate_window: float = 10.0,
        **options: Any,
    ) -> None:
        """Initialize the platform.

        `groups` are keys of the folders to which the API key is limited; a socket without pings is
        closed after `idle_timeout` seconds; a key may make `rate` requests in `rate_window` seconds.
        """
        super().__init__(role=role, groups=groups, **options)
        self.scope = scope
        self._rate_limits: defaultdict[str, RateLimit] = defaultdict(lambda: RateLimit(rate, rate_window))
        self._subscriptions = Sockets(self, idle_timeout)
        self._rest = RestApi(self)
        self._downlinks = Downlinks(self)
        self._demo = Demo(self)

    @property
    def api_key(self) -> str:
        """API key of the vendor's examples."""
        return KEY

    @property
    def rate_limited(self) -> int:
        """Number of requests that exceeded the rate limit."""
        return sum(limit.rejected for limit in self._rate_limits.values())

    @property
    def user_input(self) -> Data:
        """Host with scheme and port, and the API key."""
        return {"host": self.url, "api_key": KEY}

    @property
    def steps(self) -> list[Data]:
        """The scope step."""
        ids = {
            "mandate": [],
            "stream": [self.resolve("stream")],
            "tag": [self.resolve("building"), self.resolve("city")],
            "device": [self.resolve("climate"), self.resolve("water")],
        }
        data = {"scope": self.scope, "ids": ids[self.scope], "sources": ["readings", "packets"]}
        return [{"step_id": "element_scope", "data": data}]

    def error_body(self, status: int) -> object:
        """Return an error in the platform's envelope."""
        return {"status": status, "ok": False, "error": HTTPStatus(status).phrase}

    async def handle(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Answer REST and handshakes."""
        if not request.path.startswith(API_PATH):
            return web.Response(status=HTTPStatus.NOT_FOUND, text="<html>ELEMENT</html>")
        parts = request.path.removeprefix(API_PATH).strip("/").split("/")
        headers: dict[str, str] = {}
        try:
            key = self._authenticate(request)
            if parts[-1] == "socket":
                scope = self._subscriptions.scope(request, key, parts[:-1])
                return await self.accept_socket(request, scope)
            headers = self._rate_limits[request.query["auth"]].count()
            if request.method == "GET":
                return self._rest.get(request, key, parts, headers)
            return self._downlinks.handle(request, key, parts, body, headers)
        except ApiError as error:
            if error.status == HTTPStatus.TOO_MANY_REQUESTS:
                headers = self._rate_limits[request.query["auth"]].headers()
            return reply(self.error_body(error.status), error.status, headers)

    def _authenticate(self, request: web.Request) -> Key:
        self.logins += is_upgrade(request)
        key = self.keys.get(request.query.get("auth", ""))
        if key is None or not key.valid or (key.valid_until is not None and key.valid_until <= self.now()):
            self.refused_logins += 1
            raise ApiError(HTTPStatus.UNAUTHORIZED)
        return key

    def socket_opened(self, socket: Socket) -> None:
        """Start the idle timeout and replay what the socket has missed."""
        self._subscriptions.restart_timer(socket)
        self._subscriptions.replay(socket)

    def text_received(self, socket: Socket, text: str) -> None:
        """Answer the text keep-alive, and ignore any other message."""
        if text == "ping":
            socket.send("pong")

    def data_received(self, socket: Socket) -> None:
        """Restart the idle timeout."""
        self._subscriptions.restart_timer(socket)

    def socket_closed(self, socket: Socket) -> None:
        """Stop the idle timeout."""
        self._subscriptions.stop_timer(socket)

    def step(self) -> None:
        """Let a device send an uplink."""
        self._demo.step()

    def garbage_frames(self) -> list[Frame]:
        """Return malformed events."""
        return malformed_events(self)

    def flood_frame(self, index: int, *, change: bool) -> Frame:
        """Return a new reading of the climate device, or its newest reading again."""
        return climate_reading(self, index, change=change)
