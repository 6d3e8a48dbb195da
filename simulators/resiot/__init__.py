"""ResIOT network server, written from docs/protocols/resiot.md."""

from http import HTTPStatus
from typing import Any, Literal

from aiohttp import web

from ..base import Data, Frame, Socket, is_upgrade
from .demo import Demo
from .downlinks import Downlinks
from .load import climate_uplink, malformed_frames
from .lpp import Measurement, encode_lpp
from .network import ExtraForm, Network
from .rest import RestApi, error_body, error_response
from .world import APP, CONNECTOR, GATEWAY, GATEWAY_ROOF, NODES

__all__ = ["APP", "CONNECTOR", "GATEWAY", "GATEWAY_ROOF", "NODES", "ResiotSimulator", "encode_lpp"]

TOKEN = "e7Zp3kQ9vB1x"
REST_TOKEN = "rest-v3-token"


class ResiotSimulator(Network):
    """The server with its gateways and nodes; methods take DevEUIs or readable keys."""

    def __init__(
        self,
        *,
        type_field: Literal["CommType", "MsgType"] = "CommType",
        extra_form: ExtraForm = "object",
        token_in: Literal["path", "query"] = "path",
        nodetags: bool = False,
        raw_radio: bool = True,
        lifecycle: bool = True,
        rest: bool = False,
        **options: Any,
    ) -> None:
        """Initialize a server.

        `type_field` and `extra_form` choose between the forms of the vendor's page; `nodetags`
        adds decoded values to uplinks; `raw_radio` pushes comm_gwrx; `lifecycle` reports each
        downlink on its way to the device; `rest` adds the REST address to `user_input`.
        """
        super().__init__(
            type_field=type_field, extra_form=extra_form, nodetags=nodetags, raw_radio=raw_radio, **options
        )
        self.token_in = token_in
        self.rest = rest
        self.token = TOKEN
        self.rest_token = REST_TOKEN
        self.refusal_status: int = HTTPStatus.UNAUTHORIZED
        self.downlinks = Downlinks(self, lifecycle=lifecycle)
        self.rest_api = RestApi(self)
        self._demo = Demo(self)

    @property
    def socket_url(self) -> str:
        """Full address of the socket with the token, as ResIOT shows it."""
        base = f"ws://{self.host}:{self.port}/ws"
        return f"{base}/{self.token}" if self.token_in == "path" else f"{base}?token={self.token}"

    @property
    def ws_url(self) -> str:
        """Full address of the socket, as `socket_url`."""
        return self.socket_url

    @property
    def user_input(self) -> Data:
        """Address of the socket and, with `rest`, REST address and token."""
        data: Data = {"url": self.socket_url, "verify_ssl": True}
        return {**data, "rest_url": self.url, "rest_token": self.rest_token} if self.rest else data

    def add_tags_and_commands(self) -> None:
        """Give a node tags that can be written, and commands."""
        self._demo.add_tags_and_commands()

    def change_token(self, token: str) -> None:
        """Change the token in the address of the socket; the old token is refused."""
        self.token = token

    def error_body(self, status: int) -> object:
        """Return an error in the form of the REST API."""
        return error_body(status)

    async def handle(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Accept the socket at its secret address, and answer REST."""
        parts = request.path.strip("/").split("/")
        if parts[0] == "api":
            token = request.headers.get("Grpc-Metadata-Authorization") or request.headers.get("Authorization")
            if token != self.rest_token:
                self.refused_logins += 1
                return error_response(HTTPStatus.UNAUTHORIZED)
            return self.rest_api.handle(request, parts[1:], body)
        in_path = self.token_in == "path"
        if parts[0] != "ws" or len(parts) != (2 if in_path else 1):
            return web.Response(status=HTTPStatus.NOT_FOUND, text="404 page not found")
        self.logins += 1
        if (parts[1] if in_path else request.query.get("token")) != self.token:
            self.refused_logins += 1
            return error_response(self.refusal_status)
        if not is_upgrade(request):
            return web.Response(status=HTTPStatus.BAD_REQUEST, text="Bad Request")
        return await self.accept_socket(request)

    def text_received(self, socket: Socket, text: str) -> None:
        """Handle a TX command."""
        self.downlinks.handle(socket, text)

    def typical_measurements(self, key: str) -> list[Measurement]:
        """Return measurements that a node sends in the demo."""
        return self._demo.measurements(key)

    def step(self) -> None:
        """Let a node or gateway send."""
        self._demo.step()

    def garbage_frames(self) -> list[Frame]:
        """Return malformed frames."""
        return malformed_frames(self)

    def flood_frame(self, index: int, *, change: bool) -> Frame:
        """Return an uplink: a new temperature, or the current one again."""
        return climate_uplink(self, index, change=change)
