"""Base class of the simulators: one vendor's system with REST, sockets and faults on demand."""

from abc import abstractmethod
import asyncio
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
import random
from typing import TYPE_CHECKING, ClassVar, Self

from aiohttp import WSCloseCode, WSMsgType, web
import orjson

from .admin import ADMIN_PATH, AdminApi
from .background import Background
from .data import Data, Frame
from .faults import Answer, Fault
from .garbage import GARBAGE, HUGE_LENGTH, INVALID_UTF8
from .refusals import Refusal, Refusals
from .requests import RecordedRequest, is_upgrade
from .server import Server
from .sockets import TEXT_OPCODE, Socket
from .waiting import Conditions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator


class Simulator(Server):
    """A vendor's system: REST, sockets, a world that changes, and faults on demand.

    Subclasses answer `handle` for REST and handshakes, `socket_opened` and `text_received` for
    sockets, and change `world` by methods that push the matching frames.
    """

    vendor: ClassVar[str]

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        ws_port: int | None = None,
        live: bool = False,
        pace: float = 0.2,
        seed: int = 1,
    ) -> None:
        """Initialize; port 0 stands for a free port, `pace` is the seconds between two steps if `live`."""
        super().__init__(host, port, ws_port)
        self.live = live
        self.pace = pace
        self.random = random.Random(seed)
        self.world: Data = {}
        self.requests: list[RecordedRequest] = []
        self.received: list[str] = []
        self.logins = 0
        self.refused_logins = 0
        self.connections = 0
        self.sent = 0
        self.lost = 0
        self.latency = 0.0
        self.response_hold: asyncio.Event | None = None
        self.max_parallel_requests = 0
        self.silent = False
        self.answers_ping = True
        self._parallel_requests = 0
        self._losing = 0
        self._sockets: set[Socket] = set()
        self._admin = AdminApi(self)
        self._background = Background()
        self._conditions = Conditions()
        self._refusals = Refusals(self.error_body)
        self.fault: Fault | None = None
        self.pings = 0

    @property
    def url(self) -> str:
        """REST base URL without a trailing slash."""
        return f"http://{self.host}:{self.port}"

    @property
    def ws_url(self) -> str:
        """WebSocket base URL without credentials."""
        return f"ws://{self.host}:{self.ws_port}"

    @property
    def version(self) -> str:
        """Simulated generation or release of the vendor's system."""
        return "1"

    @property
    def user_input(self) -> Data:
        """Data for the vendor's step of the config flow."""
        return {}

    @property
    def steps(self) -> list[Data]:
        """Further steps of the config flow, each with `step_id` and `data`."""
        return []

    @property
    def in_flight(self) -> int:
        """Number of requests and handshakes without an answer."""
        return self._parallel_requests

    @property
    def open_sockets(self) -> int:
        """Number of open sockets."""
        return len(self._sockets)

    async def start(self) -> None:
        """Start to listen; afterwards `port` and `ws_port` are the ports in use."""
        await self.listen()
        if self.live:
            self.create_task(self._run_live())

    async def stop(self) -> None:
        """Stop listening, reset every connection, and end all tasks and timers."""
        await self._background.stop()
        await self.close()

    async def restart(self, down: float = 0.0) -> None:
        """Reset every connection, and listen again on the same ports after `down` seconds."""
        await self.close()
        await asyncio.sleep(down)
        await self.listen()

    async def close(self) -> None:
        """Close the ports and reset every connection."""
        await super().close()
        self._sockets.clear()
        self.check_conditions()

    async def __aenter__(self) -> Self:
        """Start the simulator."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the simulator."""
        await self.stop()

    async def _run_live(self) -> None:
        while True:
            await asyncio.sleep(self.pace)
            self.step()

    def create_task[T](self, coroutine: Awaitable[T]) -> None:
        """Run `coroutine` in a task that `stop` cancels."""
        self._background.create_task(coroutine)

    def call_later(self, delay: float, action: Callable[[], object]) -> asyncio.TimerHandle:
        """Call `action` after `delay` seconds, unless the simulator stops before."""
        return self._background.call_later(delay, action)

    async def wait(self, condition: Callable[[], bool], timeout: float = 10) -> None:  # noqa: ASYNC109
        """Return when `condition` holds; it is checked after every request, message and socket."""
        await self._conditions.wait(condition, timeout)

    async def wait_socket(self, count: int = 1, timeout: float = 10) -> None:  # noqa: ASYNC109
        """Return when at least `count` sockets are open."""
        await self.wait(lambda: self.open_sockets >= count, timeout)

    async def wait_request(
        self,
        predicate: Callable[[RecordedRequest], bool],
        *,
        since: int = 0,
        timeout: float = 10,  # noqa: ASYNC109
    ) -> RecordedRequest:
        """Return the first answered request, from index `since` on, that `predicate` accepts."""
        accepted: list[RecordedRequest] = []

        def check() -> bool:
            accepted.extend(r for r in self.requests[since:] if r.status and predicate(r))
            return bool(accepted)

        await self.wait(check, timeout)
        return accepted[0]

    def check_conditions(self) -> None:
        """Check every condition that a test waits for."""
        self._conditions.check()

    def push(self, frame: Frame) -> None:
        """Send `frame` to every socket: a string as text, bytes as binary, anything else as JSON."""
        self.push_to(self._sockets, frame)

    def push_to(self, targets: set[Socket] | list[Socket], frame: Frame) -> None:
        """Send `frame` to some sockets, or lose it while silent."""
        if self.silent or self._losing or not targets:
            self.lost += 1
            return
        data = frame if isinstance(frame, str | bytes) else orjson.dumps(frame).decode()
        self.sent += 1
        for target in targets:
            target.send(data)

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Send all frames of the context at once, so that a receiver never waits for the next one."""
        with ExitStack() as stack:
            for target in self._sockets:
                stack.enter_context(target.collected())
            yield

    @contextmanager
    def lose_frames(self) -> Iterator[None]:
        """Lose every frame that is pushed in the context: the world changes, clients see nothing."""
        self._losing += 1
        try:
            yield
        finally:
            self._losing -= 1

    async def drop(self) -> None:
        """Reset every socket without a close frame."""
        for target in list(self._sockets):
            target.abort()
        await self.wait(lambda: not self._sockets)

    def silence(self, on: bool = True) -> None:  # noqa: FBT001, FBT002
        """Keep sockets open without sending: pushes are lost, pings and closes unanswered."""
        self.silent = on

    def refuse(
        self,
        status: int,
        *,
        times: int | None = None,
        path: str | None = None,
        retry_after: float | None = None,
        body: object = None,
    ) -> None:
        """Answer requests and handshakes below `path` with `status`, `times` times or until `allow`.

        Without a `body`, the response has the vendor's error body for that status.
        """
        self._refusals.add(Refusal(status, times, path, retry_after, body))

    def fail(self, answer: Answer, applies: Callable[[web.Request], bool] = lambda _: True) -> Fault:
        """Answer requests and handshakes with `answer` until `allow`; return the fault, which counts them."""
        self.fault = Fault(answer, applies)
        return self.fault

    def allow(self) -> None:
        """End every fault, refusal and the silence."""
        self.fault = None
        self._refusals.clear()
        self.silent = False

    def garbage(self, *, broken_utf8: bool = False) -> None:
        """Push malformed messages that no client may fail on, a message of 5 MB at the end.

        `broken_utf8` adds a text message that is not UTF-8: clients have to close the socket.
        """
        for frame in [*GARBAGE, *self.garbage_frames()]:
            self.push(frame)
        self.push(orjson.dumps({"x": "a" * HUGE_LENGTH}).decode())
        if broken_utf8:
            for target in self._sockets:
                target.write(TEXT_OPCODE, INVALID_UTF8)

    def flood(self, count: int, *, change: bool = True) -> None:
        """Push `count` valid frames at once; without `change` they repeat current values."""
        with self.collected():
            for index in range(count):
                self.push(self.flood_frame(index, change=change))

    def garbage_frames(self) -> list[Frame]:
        """Return malformed frames in the vendor's format."""
        return []

    @abstractmethod
    def flood_frame(self, index: int, *, change: bool) -> Frame:
        """Return frame number `index` of a flood."""

    @abstractmethod
    def step(self) -> None:
        """Change the world as the demo does, and push the change."""

    def error_body(self, status: int) -> object:
        """Return the body of the vendor's system for an HTTP error."""
        return {"error": status}

    @abstractmethod
    async def handle(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Handle REST requests and handshakes."""

    def socket_opened(self, socket: Socket) -> None:
        """Handle a new socket."""

    def text_received(self, socket: Socket, text: str) -> None:
        """Handle a text message of a socket."""

    def data_received(self, socket: Socket) -> None:
        """Handle any message of a socket, including pings."""

    def socket_closed(self, socket: Socket) -> None:
        """Handle the end of a socket."""

    def response_sent(self, request: web.Request, count: int) -> None:
        """Handle the response to a request, the `count`th of its connection."""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Record a request and handle it, with the faults in force."""
        if request.path.startswith(ADMIN_PATH):
            return await self._admin.handle(request)
        transport = request.transport
        if transport is None:
            raise ConnectionResetError
        self.count_request(transport)
        body = await request.read() if request.can_read_body else b""
        recorded = RecordedRequest.of(request, body)
        self.requests.append(recorded)
        self._parallel_requests += 1
        self.max_parallel_requests = max(self.max_parallel_requests, self._parallel_requests)
        counted = True
        try:
            if self.latency:
                await asyncio.sleep(self.latency)
            if (refused := self._refusals.response(request)) is not None:
                recorded.status = refused.status
                self.check_conditions()
                return refused
            if (fault := self.fault) is not None and fault.applies(request):
                fault.hits += 1
                self.check_conditions()
                return await fault.answer(request)
            if is_upgrade(request):
                self._parallel_requests -= 1
                counted = False
                recorded.status = HTTPStatus.SWITCHING_PROTOCOLS
            response = await self.handle(request, body)
            if (hold := self.response_hold) is not None and not is_upgrade(request):
                # The response is complete: it lacks whatever changes while it is held back.
                await hold.wait()
            recorded.status = response.status
            self.check_conditions()
            self.response_sent(request, self.request_count(transport))
            return response
        finally:
            if counted:
                self._parallel_requests -= 1
            self.check_conditions()

    async def accept_socket(self, request: web.Request, scope: object = None) -> web.StreamResponse:
        """Accept the handshake of `request` and serve its socket until the socket ends."""
        ws = web.WebSocketResponse(autoping=False, autoclose=False, compress=False, max_msg_size=0)
        await ws.prepare(request)
        socket = Socket(request, ws)
        socket.scope = scope
        self._sockets.add(socket)
        self.connections += 1
        try:
            self.socket_opened(socket)
            self.check_conditions()
            await self._read_messages(socket, ws)
        finally:
            self._sockets.discard(socket)
            self.socket_closed(socket)
            self.check_conditions()
        return ws

    async def _read_messages(self, socket: Socket, ws: web.WebSocketResponse) -> None:
        while True:
            message = await ws.receive()
            self.data_received(socket)
            if message.type is WSMsgType.TEXT:
                self.received.append(message.data)
                if not self.silent:
                    self.text_received(socket, message.data)
                self.check_conditions()
            elif message.type is WSMsgType.PING:
                if not self.silent and self.answers_ping:
                    self.pings += 1
                    socket.pong(bytes(message.data))
            elif message.type is WSMsgType.CLOSE:
                if self.silent:
                    # A dead peer acknowledges nothing. Only the end of the TCP connection, which
                    # cancels this task, ends the wait.
                    await asyncio.Event().wait()
                await ws.close(code=message.data or WSCloseCode.OK)
                return
            elif message.type in (WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR):
                return
