"""LIVISI SmartHome hub, classic (v1) or Avatar (v2), written from docs/protocols/livisi.md."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from ..base import Data, Frame, Socket, is_upgrade, reply
from .demo import Demo
from .errors import (
    CODE_BY_STATUS,
    ERRORS,
    PRECONDITION_FAILED,
    TERMS_NOT_ACCEPTED,
    UNKNOWN_ERROR,
    UNSUPPORTED_REQUEST,
    ApiError,
    error_body,
)
from .home import Home
from .hub import Version
from .load import add_devices, malformed_events, platform_events, temperature_event
from .rest import RestApi
from .sessions import Sessions

__all__ = ["ERRORS", "LivisiSimulator"]

V1_FRAGMENT_BYTES = 1500
V1_REQUESTS_PER_CONNECTION = 5


class LivisiSimulator(Home, Sessions):
    """The hub with its home; all methods take ids or the readable keys of `world["ids"]`."""

    def __init__(
        self,
        *,
        version: Version = "v2",
        password: str = "geheim+/=1",
        expires_in: int = 172_800,
        nested_status: bool = False,
        device_states_broken: bool = False,
        **options: Any,
    ) -> None:
        """Initialize a hub.

        `expires_in` is the lifetime of a token in seconds; `nested_status` answers /status in the
        documented form; `device_states_broken` makes GET /device/states fail as on some v1 hubs.
        """
        super().__init__(
            version=version,
            password=password,
            expires_in=expires_in,
            nested_status=nested_status,
            device_states_broken=device_states_broken,
            **options,
        )
        self._rest = RestApi(self)
        self._demo = Demo(self)

    @property
    def user_input(self) -> Data:
        """Host with the REST port, and the password."""
        return {"host": f"{self.host}:{self.port}", "password": self.password}

    @property
    def ws_url(self) -> str:
        """Address of the events, without the token."""
        return f"ws://{self.host}:{self.ws_port}/events"

    def error_body(self, status: int) -> object:
        """Return an error body with the usual error code for `status`."""
        return error_body(CODE_BY_STATUS.get(status, UNKNOWN_ERROR))

    async def handle(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Answer REST and the handshake at /events."""
        try:
            return await self._route(request, body)
        except ApiError as error:
            status, _ = ERRORS[error.code]
            if status == HTTPStatus.NOT_MODIFIED:
                return web.Response(status=status)
            return reply(error_body(error.code), status)

    async def _route(self, request: web.Request, body: bytes) -> web.StreamResponse:
        if self.starting:
            raise ApiError(PRECONDITION_FAILED)
        if request.path == "/events":
            return await self._accept_events(request)
        if request.path == "/auth/token" and request.method == "POST":
            return self.log_in(request, body)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        self.check_token(token if scheme == "Bearer" else None)
        if not self.terms_accepted:
            raise ApiError(TERMS_NOT_ACCEPTED)
        return self._rest.handle(request, body)

    async def _accept_events(self, request: web.Request) -> web.StreamResponse:
        try:
            self.check_token(request.query.get("token"))
        except ApiError:
            self.refused_logins += 1
            raise
        if not is_upgrade(request):
            raise ApiError(UNSUPPORTED_REQUEST)
        return await self.accept_socket(request)

    def response_sent(self, request: web.Request, count: int) -> None:
        """Close a v1 connection after its fifth request, without announcing it."""
        if self.generation == "v1" and count >= V1_REQUESTS_PER_CONNECTION and not is_upgrade(request):
            transport = request.transport
            if transport is not None:
                # Later, a client would already have sent its next request.
                self.call_later(0, transport.close)

    def socket_opened(self, socket: Socket) -> None:
        """Report to a v1 client that the hub is connected."""
        if self.generation != "v1":
            return
        socket.fragment = V1_FRAGMENT_BYTES
        self.push_to(
            [socket],
            {
                "sequenceNumber": -1,
                "type": "ControllerConnectivityChanged",
                "namespace": "core.RWE",
                "source": "System",
                "properties": {"isConnected": True, "serialNumber": self.serial_number},
            },
        )

    def text_received(self, socket: Socket, text: str) -> None:
        """Answer the text heartbeat, and ignore any other message."""
        if "hbeat" in text and "ping" in text:
            socket.send('{"hbeat":"pong"}')

    def step(self) -> None:
        """Change one thing in the home at random."""
        self._demo.step()

    def garbage_frames(self) -> list[Frame]:
        """Return malformed events."""
        return malformed_events(self.resolve("coffee.SwitchActuator"))

    def add_devices(self, count: int) -> None:
        """Add devices with three capabilities each on average, before a client connects."""
        add_devices(self, count)

    def flood_platform(self, platform: str, count: int) -> None:
        """Push `count` new values of the added devices that belong to a platform such as `light`."""
        platform_events(self, platform, count)

    def flood_frame(self, index: int, *, change: bool) -> Frame:
        """Return a temperature event: a new temperature, or the current one again."""
        return temperature_event(self, index, change=change)
