"""What the four simulators share: server, faults, request log and sockets.

A simulator is one aiohttp server with one or two ports. REST and sockets are answered from the
vendor's own module; everything a test may want to do to a connection lives here.
"""

import asyncio
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
import inspect
import random
import socket as sockets
import ssl
import struct
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import parse_qsl

from aiohttp import WSCloseCode, WSMsgType, web
import orjson

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

type Data = dict[str, Any]
type Frame = Data | list[Any] | str | bytes

ADMIN = "/_sim/"

_TEXT = 0x1
_BINARY = 0x2
_PONG = 0xA
_FINAL = 0x80
_SHORT = 125
_MEDIUM = 0xFFFF
_HUGE = 5_000_000
_MANY_PORTS = 50


def reply(
    data: object,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Return `data` as a JSON response."""
    return web.Response(
        body=orjson.dumps(data, default=str),
        status=status,
        headers=headers,
        content_type="application/json",
    )


def parse(body: bytes) -> object:
    """Return the JSON in `body`, or None when it holds none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


@dataclass(slots=True)
class Recorded:
    """One request as it arrived; `body` is parsed JSON, form fields, text, or None.

    `status` is filled in with the answer, and stays 0 while there is none.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: Any = None
    status: int = 0

    def as_dict(self) -> Data:
        """Return plain data for the admin API."""
        return {
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": dict(self.headers),
            "body": self.body,
            "status": self.status,
        }


@dataclass(slots=True)
class Refusal:
    """A standing order to answer with `status`; `times` None means until allowed again."""

    status: int
    times: int | None = None
    path: str | None = None
    retry_after: float | None = None
    body: object = None


class Socket:
    """One open WebSocket.

    Frames are written by hand, so that a push is synchronous and a test can send fragments,
    and so that nothing but this class decides whether a ping is answered.
    """

    __slots__ = ("_transport", "_ws", "fragment", "path", "query", "scope")

    def __init__(self, request: web.Request, ws: web.WebSocketResponse) -> None:
        """Take over the socket of `request` after its handshake."""
        transport = request.transport
        if transport is None:
            raise ConnectionResetError
        self._transport = transport
        self._ws = ws
        self.path = request.path
        self.query = dict(request.query)
        self.fragment: int | None = None
        self.scope: Any = None

    def send(self, data: str | bytes) -> None:
        """Write text, or bytes as binary, in frames of at most `fragment` bytes."""
        opcode, payload = (_BINARY, data) if isinstance(data, bytes) else (_TEXT, data.encode())
        self.write(opcode, payload)

    def write(self, opcode: int, payload: bytes) -> None:
        """Write one message with `opcode`, split where the socket fragments."""
        if self._transport.is_closing():
            return
        size = self.fragment or max(len(payload), 1)
        parts = [payload[at : at + size] for at in range(0, len(payload), size)] or [b""]
        for index, part in enumerate(parts):
            first = opcode if index == 0 else 0
            self._transport.write(_header(first | (_FINAL if index == len(parts) - 1 else 0), len(part)) + part)

    def pong(self, data: bytes) -> None:
        """Answer a ping frame."""
        if not self._transport.is_closing():
            self._transport.write(_header(_FINAL | _PONG, len(data)) + data)

    def abort(self) -> None:
        """Cut the connection with a TCP reset: no close frame, no farewell."""
        abort(self._transport)

    async def close(self, code: int = WSCloseCode.OK, message: bytes = b"") -> None:
        """Close with a close frame."""
        await self._ws.close(code=code, message=message)


def _header(first: int, length: int) -> bytes:
    if length <= _SHORT:
        return struct.pack("!BB", first, length)
    if length <= _MEDIUM:
        return struct.pack("!BBH", first, 126, length)
    return struct.pack("!BBQ", first, 127, length)


def abort(transport: asyncio.Transport) -> None:
    """Reset the TCP connection behind `transport`."""
    # An encrypted transport that is closed has nothing behind it any more.
    with suppress(OSError, AttributeError):
        if (sock := transport.get_extra_info("socket")) is not None:
            sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


@dataclass(slots=True)
class _Watcher:
    condition: Callable[[], bool]
    future: asyncio.Future[None] = field(repr=False)


class Simulator:
    """A vendor's system: REST, sockets, a world that changes, and faults on demand.

    Subclasses answer `handle` for REST and handshakes, `opened` and `text` for sockets, and
    change `world` by methods that push the matching frames.
    """

    vendor: ClassVar[str]
    separate_socket = False

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
        """Prepare; `port` 0 takes a free one, `pace` is seconds between steps when `live`."""
        self.host = host
        self.port = port
        self.ws_port = port if ws_port is None else ws_port
        self._ws_port_wanted = ws_port
        self.live = live
        self.pace = pace
        self.random = random.Random(seed)
        self.world: Data = {}
        self.requests: list[Recorded] = []
        self.received: list[str] = []
        self.logins = 0
        self.refused_logins = 0
        self.connections = 0
        self.sent = 0
        self.lost = 0
        self.latency = 0.0
        self.held_answers: asyncio.Event | None = None
        self.tls: ssl.SSLContext | None = None
        self.parallel_peak = 0
        self.silent = False
        self.answers_ping = True
        self._parallel = 0
        self._losing = 0
        self._sockets: set[Socket] = set()
        self._refusals: list[Refusal] = []
        self._watchers: list[_Watcher] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._transports: dict[asyncio.Transport, int] = {}
        self._runner: web.AppRunner | None = None

    # What tests and tools read

    @property
    def url(self) -> str:
        """The REST base, without a trailing slash."""
        return f"http://{self.host}:{self.port}"

    @property
    def ws_url(self) -> str:
        """The socket's base address, without a credential."""
        return f"ws://{self.host}:{self.ws_port}"

    @property
    def version(self) -> str:
        """Which generation or release of the vendor's system is simulated."""
        return "1"

    @property
    def user_input(self) -> Data:
        """Data for the vendor's step of the config flow."""
        return {}

    @property
    def steps(self) -> list[Data]:
        """Further steps of the config flow: `step_id` and `data` each."""
        return []

    @property
    def keepalive_seconds(self) -> float:
        """How long an idle REST connection lives."""
        return 75.0

    @property
    def open_sockets(self) -> int:
        """How many sockets are open now."""
        return len(self._sockets)

    # Life

    async def start(self) -> None:
        """Listen; afterwards `port` and `ws_port` are known."""
        await self._listen()
        if self.live:
            self.spawn(self._run_live())

    async def stop(self) -> None:
        """Stop listening, cut every connection, leave no task or timer behind."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._close()

    async def restart(self, down: float = 0.0) -> None:
        """Go away with all connections and come back on the same ports after `down` seconds."""
        await self._close()
        await asyncio.sleep(down)
        await self._listen()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    async def _listen(self) -> None:
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(
            app,
            handler_cancellation=True,
            keepalive_timeout=self.keepalive_seconds,
            shutdown_timeout=1,
            access_log=None,
        )
        await self._runner.setup()
        for _ in range(_MANY_PORTS):
            site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True, ssl_context=self.tls)
            await site.start()
            port = int(self._runner.addresses[0][1])
            if not self.separate_socket:
                self.port = self.ws_port = port
                return
            try:
                await self._listen_socket(port)
            except OSError:
                if self.port:
                    raise
                await site.stop()
            else:
                self.port = port
                return
        raise OSError

    async def _listen_socket(self, port: int) -> None:
        if self._runner is None:
            raise OSError
        wanted = port + 1 if self._ws_port_wanted is None else self._ws_port_wanted
        if self.ws_port and self.ws_port != self.port:
            wanted = self.ws_port
        await web.TCPSite(self._runner, self.host, wanted, reuse_address=True, ssl_context=self.tls).start()
        self.ws_port = int(self._runner.addresses[1][1])

    async def _close(self) -> None:
        for transport in list(self._transports):
            abort(transport)
        self._transports.clear()
        if self._runner is not None:
            await self._stop_accepting(self._runner)
            await self._runner.cleanup()
            self._runner = None
        self._sockets.clear()
        self.changed()

    async def _stop_accepting(self, runner: web.AppRunner) -> None:
        """Accept nobody any more, and let those in who have been accepted.

        A server that is closed in the very turn of the loop in which it accepts somebody fails to take them.
        """
        loop = asyncio.get_running_loop()
        for site in runner.sites:
            if isinstance(server := site._server, asyncio.Server):  # noqa: SLF001 (aiohttp has no other way to it)
                for listener in server.sockets:
                    loop.remove_reader(listener.fileno())
        await asyncio.sleep(0)

    async def _run_live(self) -> None:
        while True:
            await asyncio.sleep(self.pace)
            self.step()

    def spawn[T](self, coroutine: Awaitable[T]) -> None:
        """Run `coroutine` in a task that stop() ends."""
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def later(self, delay: float, action: Callable[[], object]) -> asyncio.TimerHandle:
        """Call `action` after `delay` seconds, unless stopped before."""

        def run() -> None:
            self._timers.discard(handle)
            action()

        handle = asyncio.get_running_loop().call_later(delay, run)
        self._timers.add(handle)
        return handle

    # Waiting

    async def wait(self, condition: Callable[[], bool], timeout: float = 10) -> None:  # noqa: ASYNC109
        """Return when `condition` holds; it is looked at whenever anything happens here."""
        if condition():
            return
        watcher = _Watcher(condition, asyncio.get_running_loop().create_future())
        self._watchers.append(watcher)
        try:
            async with asyncio.timeout(timeout):
                await watcher.future
        finally:
            self._watchers.remove(watcher)

    async def wait_socket(self, count: int = 1, timeout: float = 10) -> None:  # noqa: ASYNC109
        """Return when at least `count` sockets are open."""
        await self.wait(lambda: self.open_sockets >= count, timeout)

    async def wait_request(
        self,
        predicate: Callable[[Recorded], bool],
        *,
        since: int = 0,
        timeout: float = 10,  # noqa: ASYNC109
    ) -> Recorded:
        """Return the first answered request, from number `since` on, that `predicate` accepts."""
        found: list[Recorded] = []

        def look() -> bool:
            found.extend(r for r in self.requests[since:] if r.status and predicate(r))
            return bool(found)

        await self.wait(look, timeout)
        return found[0]

    def changed(self) -> None:
        """Look at every waiting condition again."""
        for watcher in list(self._watchers):
            if not watcher.future.done() and watcher.condition():
                watcher.future.set_result(None)

    # Faults

    def push(self, frame: Frame) -> None:
        """Send `frame` to every socket: text as it is, bytes as binary, anything else as JSON."""
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
    def losing(self) -> Iterator[None]:
        """Lose everything that is pushed inside: the world changes and nobody is told."""
        self._losing += 1
        try:
            yield
        finally:
            self._losing -= 1

    async def drop(self) -> None:
        """Cut every socket abruptly."""
        for target in list(self._sockets):
            target.abort()
        await self.wait(lambda: not self._sockets)

    def silence(self, on: bool = True) -> None:  # noqa: FBT001, FBT002
        """Keep sockets open but send nothing: pushes are lost, pings and closes unanswered."""
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
        """Answer requests and handshakes below `path` with `status`, `times` times or until allow.

        `body` None stands for the vendor's own error body for that status.
        """
        self._refusals.append(Refusal(status, times, path, retry_after, body))

    def allow(self) -> None:
        """Refuse no more, and speak again."""
        self._refusals.clear()
        self.silent = False

    def garbage(self, *, broken_utf8: bool = False) -> None:
        """Push what no client may stumble over; the 5 MB frame comes last.

        `broken_utf8` adds a text frame that is no UTF-8, for which clients have to close.
        """
        for frame in [*GARBAGE, *self.garbage_frames()]:
            self.push(frame)
        self.push(orjson.dumps({"x": "a" * _HUGE}).decode())
        if broken_utf8:
            for target in self._sockets:
                target.write(_TEXT, b'{"x":"\xff\xfe"}')

    def flood(self, count: int, *, change: bool = True) -> None:
        """Push `count` valid frames at once; without `change` they tell nothing new."""
        for index in range(count):
            self.push(self.flood_frame(index, change=change))

    # What a vendor brings

    def garbage_frames(self) -> list[Frame]:
        """Return frames that only look like the vendor's."""
        return []

    def flood_frame(self, index: int, *, change: bool) -> Frame:
        """Return the flood's frame number `index`."""
        raise NotImplementedError

    def step(self) -> None:
        """Change something believable, and push it."""

    def error_body(self, status: int) -> object:
        """Return what the vendor's system says with an HTTP error."""
        return {"error": status}

    async def handle(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Answer REST and handshakes."""
        raise NotImplementedError

    def opened(self, socket: Socket) -> None:
        """Greet a new socket."""

    def text(self, socket: Socket, text: str) -> None:
        """Take a text message from a socket."""

    def heard(self, socket: Socket) -> None:
        """Take note of anything, a ping frame included, that a socket sent."""

    def closed(self, socket: Socket) -> None:
        """Forget a socket."""

    # Serving

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith(ADMIN):
            return await self._admin(request)
        transport = request.transport
        if transport is None:
            raise ConnectionResetError
        self._transports = {t: n for t, n in self._transports.items() if not t.is_closing()}
        self._transports[transport] = self._transports.get(transport, 0) + 1
        body = await request.read() if request.can_read_body else b""
        recorded = Recorded(
            request.method,
            request.path,
            dict(request.query),
            request.headers.copy(),
            _readable(request, body),
        )
        self.requests.append(recorded)
        self._parallel += 1
        self.parallel_peak = max(self.parallel_peak, self._parallel)
        counted = True
        try:
            if self.latency:
                await asyncio.sleep(self.latency)
            if (refused := self._refused(request)) is not None:
                recorded.status = refused.status
                self.changed()
                return refused
            if is_upgrade(request):
                self._parallel -= 1
                counted = False
                recorded.status = HTTPStatus.SWITCHING_PROTOCOLS
            response = await self.handle(request, body)
            if (held := self.held_answers) is not None and not is_upgrade(request):
                # The answer is made, and what changes from now on is not in it.
                await held.wait()
            recorded.status = response.status
            self.changed()
            self.answered(request, self._transports.get(transport, 0))
            return response
        finally:
            if counted:
                self._parallel -= 1

    def answered(self, request: web.Request, count: int) -> None:
        """Take note that the `count`th request of a connection has its answer."""

    def _refused(self, request: web.Request) -> web.Response | None:
        for refusal in self._refusals:
            if refusal.path is not None and not request.path.startswith(refusal.path):
                continue
            if refusal.times is not None:
                refusal.times -= 1
                if refusal.times <= 0:
                    self._refusals.remove(refusal)
            body = self.error_body(refusal.status) if refusal.body is None else refusal.body
            headers = {}
            if refusal.retry_after is not None:
                headers["Retry-After"] = f"{refusal.retry_after:g}"
            if isinstance(body, str):
                return web.Response(text=body, status=refusal.status, headers=headers)
            return reply(body, refusal.status, headers)
        return None

    async def socket(self, request: web.Request, scope: object = None) -> web.StreamResponse:
        """Accept the handshake of `request` and serve its socket until it ends."""
        ws = web.WebSocketResponse(autoping=False, autoclose=False, compress=False, max_msg_size=0)
        await ws.prepare(request)
        socket = Socket(request, ws)
        socket.scope = scope
        self._sockets.add(socket)
        self.connections += 1
        try:
            self.opened(socket)
            self.changed()
            await self._listen_to(socket, ws)
        finally:
            self._sockets.discard(socket)
            self.closed(socket)
            self.changed()
        return ws

    async def _listen_to(self, socket: Socket, ws: web.WebSocketResponse) -> None:
        while True:
            message = await ws.receive()
            self.heard(socket)
            if message.type is WSMsgType.TEXT:
                self.received.append(message.data)
                if not self.silent:
                    self.text(socket, message.data)
                self.changed()
            elif message.type is WSMsgType.PING:
                if not self.silent and self.answers_ping:
                    socket.pong(bytes(message.data))
            elif message.type is WSMsgType.CLOSE:
                if self.silent:
                    # A dead peer acknowledges nothing; only the end of the TCP connection,
                    # which cancels this task, may end the wait.
                    await asyncio.Event().wait()
                await ws.close(code=message.data or WSCloseCode.OK)
                return
            elif message.type in (WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR):
                return

    # Admin API

    async def _admin(self, request: web.Request) -> web.StreamResponse:
        name = request.path.removeprefix(ADMIN)
        body = parse(await request.read())
        options: Data = body if isinstance(body, dict) else {}
        if request.method == "GET":
            return self._admin_get(name)
        match name:
            case "drop":
                await self.drop()
            case "restart":
                # The answer has to leave before its connection is cut.
                self.later(0.05, lambda: self.spawn(self.restart(**options)))
            case "silence" | "refuse" | "allow" | "garbage" | "flood" | "step":
                getattr(self, name)(**options)
            case "call":
                return await self._admin_call(options)
            case _:
                return reply({"error": "unknown"}, HTTPStatus.NOT_FOUND)
        return reply({"ok": True})

    def _admin_get(self, name: str) -> web.Response:
        match name:
            case "world":
                return reply(self.world)
            case "log":
                return reply([recorded.as_dict() for recorded in self.requests])
            case "state":
                return reply(
                    {
                        "open_sockets": self.open_sockets,
                        "connections": self.connections,
                        "logins": self.logins,
                        "refused_logins": self.refused_logins,
                        "sent": self.sent,
                        "lost": self.lost,
                        "received": self.received,
                    }
                )
        return reply({"error": "unknown"}, HTTPStatus.NOT_FOUND)

    async def _admin_call(self, options: Data) -> web.Response:
        name = str(options.get("method", ""))
        method = None if name.startswith("_") else getattr(self, name, None)
        if not callable(method):
            return reply({"error": f"no method {name}"}, HTTPStatus.NOT_FOUND)
        try:
            result = method(**(options.get("args") or {}))
            if inspect.isawaitable(result):
                result = await result
        except (TypeError, ValueError, LookupError) as error:
            return reply({"error": repr(error)}, HTTPStatus.BAD_REQUEST)
        return reply({"ok": True, "result": result})


def is_upgrade(request: web.Request) -> bool:
    """Tell whether a request wants to become a WebSocket."""
    return request.headers.get("Upgrade", "").lower() == "websocket"


def _readable(request: web.Request, body: bytes) -> object:
    if not body:
        return None
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode(errors="replace")))
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode(errors="replace")


GARBAGE: list[Frame] = [
    b"\x00\x01\x02\xff",
    b'{"binary":"json"}',
    "",
    " ",
    "{",
    '{"type":"StateCha',
    "[[[",
    "nonsense",
    "NaN",
    "1e999",
    "null",
    "true",
    "42",
    '"text"',
    '"\\ud800"',
    "[]",
    "[1,2,3]",
    "[null]",
    "[[]]",
    "{}",
    '{"":null}',
    '{"a":1,"a":2}',
    "[" * 5000 + "]" * 5000,
    "\ufeff{}",
]
