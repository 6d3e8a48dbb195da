"""deCONZ gateway, written from docs/protocols/deconz.md."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from ..base import Data, Frame, Socket, is_upgrade
from .demo import Demo
from .errors import INVALID_JSON, TYPE_BY_STATUS, error
from .gateway import KEY, Gateway
from .load import Flood, malformed_events
from .rest import RestApi

__all__ = ["KEY", "DeconzSimulator"]


class DeconzSimulator(Gateway):
    """The gateway with its network; methods take ids or the readable keys of `world["ids"]`."""

    def __init__(
        self,
        *,
        notify_all: bool = True,
        shared_port: bool = False,
        attr_names: bool = False,
        link: bool = False,
        close_after: float | None = None,
        **options: Any,
    ) -> None:
        """Initialize a gateway.

        `shared_port` serves the socket on the REST port, as gateways from 2.32 on do; `attr_names`
        announces names as `attr` instead of the documented top-level form; `link` leaves the key
        out of `user_input`; `close_after` resets each socket after some seconds, as 2.32.2 did.
        """
        super().__init__(notify_all=notify_all, shared_port=shared_port, attr_names=attr_names, **options)
        self.link = link
        self.close_after = close_after
        self._rest = RestApi(self)
        self._demo = Demo(self)
        self._flood = Flood(self)

    @property
    def keepalive_seconds(self) -> float:
        """Seconds after which an idle HTTP keep-alive connection is closed (docs/protocols/deconz.md, 1.3)."""
        return 10.0

    @property
    def api_key(self) -> str:
        """API key that works until it is revoked."""
        return KEY

    @property
    def user_input(self) -> Data:
        """Host, port and, without `link`, an API key."""
        data: Data = {"host": self.host, "port": self.port}
        return data if self.link else {**data, "api_key": KEY}

    @property
    def steps(self) -> list[Data]:
        """The link step, with `link`."""
        return [{"step_id": "deconz_link", "data": {}}] if self.link else []

    def error_body(self, status: int) -> object:
        """Return an error list with the usual error type for `status`."""
        return [error(TYPE_BY_STATUS.get(status, INVALID_JSON), "/")]

    async def handle(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Answer REST, and accept sockets on any path of their port."""
        transport = request.transport
        port = transport.get_extra_info("sockname")[1] if transport is not None else 0
        if is_upgrade(request) and port == self.ws_port:
            return await self.accept_socket(request)
        if port != self.port:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        parts = request.path.strip("/").split("/")
        if parts[0] == "description.xml":
            return web.Response(text=self._rest.config.description(), content_type="application/xml")
        if parts[0] != "api":
            return web.Response(status=HTTPStatus.NOT_FOUND, text="<html>Phoscon</html>")
        return self._rest.handle(request, parts[1:], body)

    def socket_opened(self, socket: Socket) -> None:
        """Start the timer that resets the socket, with `close_after`."""
        if self.close_after is not None:
            self.call_later(self.close_after, socket.abort)

    def put_config(self, **config: object) -> None:
        """Change settings of the gateway as PUT /config does."""
        self._rest.config.put(config)

    def trigger_alarm(self, aid: str = "1") -> None:
        """Trip an armed alarm system: entry delay, then alarm."""
        self._rest.alarm.trigger(aid)

    def step(self) -> None:
        """Change one thing in the network at random."""
        self._demo.step()

    def garbage_frames(self) -> list[Frame]:
        """Return malformed events."""
        return malformed_events(self.resolve("lights", "ceiling"), self.resolve("sensors", "temperature"))

    def flood_frame(self, index: int, *, change: bool) -> Frame:
        """Return a temperature of one sensor after the other: a new one, or the current one again."""
        return self._flood.temperature(index, change=change)

    def flood_platform(self, platform: str, count: int) -> None:
        """Push `count` new values of the resources that belong to a platform such as `light`."""
        self._flood.platform(platform, count)

    def flood_lastseen(self, count: int) -> None:
        """Push `count` times of last contact, each a second later than the one before."""
        self._flood.lastseen(count)
