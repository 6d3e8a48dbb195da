"""Supervised WebSocket, with a small server and without Home Assistant."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace

import aiohttp
from aiohttp import web
import pytest

from custom_components.pushwire.wire.errors import (
    AuthenticationFailed,
    CannotConnect,
    NotConnected,
    NotReady,
    WireError,
    WrongSystem,
)
from custom_components.pushwire.wire.stream import ConnectionState, Frame, Socket, Stream, StreamPolicy, open_websocket

QUICK = StreamPolicy(
    ping_interval=0.02,
    idle_timeout=0.06,
    idle_timeout_no_pong=0.06,
    backoff_first=0.001,
    backoff_cap=0.01,
)


@dataclass
class Bench:
    """Stream under test, and the server of its peer."""

    session: aiohttp.ClientSession
    url: str
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    answers_ping: bool = True
    refusal: int | None = None
    applied: list[str] = field(default_factory=list)
    states: list[ConnectionState] = field(default_factory=list)
    errors: list[WireError | None] = field(default_factory=list)
    pongs: list[int] = field(default_factory=list)
    redirects_to: str | None = None
    early: int = 0
    snapshots: int = 0
    snapshot_error: Exception | None = None
    open_error: Exception | None = None
    failures: list[Exception] = field(default_factory=list)
    snapshot_failures: list[Exception] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def stream(self, policy: StreamPolicy = QUICK) -> Stream:
        """Return a new stream."""
        return Stream(
            "test",
            open_socket=self.open_socket,
            take_snapshot=self.take_snapshot,
            apply_snapshot=self.apply_snapshot,
            handle_frame=self.handle_frame,
            handle_early_frame=self.handle_early_frame,
            changed=self.connection_changed,
            pong_received=lambda: self.pongs.append(len(self.sockets)),
            count_failure=self.failures.append,
            count_snapshot_failure=self.snapshot_failures.append,
            policy=policy,
        )

    async def open_socket(self) -> Socket:
        """Return a socket to the server."""
        if self.open_error is not None:
            raise self.open_error
        return await open_websocket(self.session, self.url)

    async def take_snapshot(self) -> Callable[[], None]:
        """Return a snapshot once the test opens the gate."""
        self.snapshots += 1
        number = self.snapshots
        self.changed.set()
        await self.gate.wait()
        if self.snapshot_error is not None:
            raise self.snapshot_error
        return lambda: self.handle_frame(f"snapshot {number}")

    def apply_snapshot(self, apply: Callable[[], None] | None, waiting: list[Callable[[], None]]) -> None:
        """Apply the snapshot, then the frames that waited for it."""
        assert apply is not None
        apply()
        for apply_frame in waiting:
            apply_frame()

    def handle_early_frame(self, frame: Frame) -> Callable[[], None] | None:
        """Record an event at once, and let other frames wait."""
        if "event" in str(frame):
            self.handle_frame(frame)
            return None
        self.early += 1
        self.changed.set()
        return lambda: self.handle_frame(frame)

    def handle_frame(self, frame: Frame) -> None:
        """Record a frame."""
        self.applied.append(frame.decode() if isinstance(frame, bytes) else frame)
        self.changed.set()

    def connection_changed(self, _stream: Stream, state: ConnectionState, error: WireError | None) -> None:
        """Record a state of the connection."""
        self.states.append(state)
        self.errors.append(error)
        self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition is true."""
        async with asyncio.timeout(10):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection."""
        if self.refusal is not None:
            return web.Response(status=self.refusal, headers={"Retry-After": "0"})
        if self.redirects_to is not None and not request.query_string:
            raise web.HTTPFound(self.redirects_to)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.sockets.append(socket)
        self.changed.set()
        async for message in socket:
            if message.type is aiohttp.WSMsgType.PING:
                if self.answers_ping:
                    await socket.pong(message.data)
            elif message.type is aiohttp.WSMsgType.TEXT:
                self.received.append(message.data)
            self.changed.set()
        return socket


def spawn(coroutine: object, name: str) -> asyncio.Task[None]:
    """Return a task, as Home Assistant does."""
    return asyncio.get_running_loop().create_task(coroutine, name=name)  # type: ignore[arg-type]


@pytest.fixture
async def bench() -> AsyncGenerator[Bench]:
    """Run the server."""
    app = web.Application()
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    async with aiohttp.ClientSession() as session:
        bench = Bench(session, "")
        app.router.add_get("/", bench.serve)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        bench.url = f"ws://127.0.0.1:{runner.addresses[0][1]}/"
        yield bench
        await runner.cleanup()


async def test_the_first_frames_wait_for_the_snapshot(bench: Bench) -> None:
    stream = bench.stream()
    start = asyncio.create_task(stream.start(spawn))
    await bench.until(lambda: bench.snapshots == 1)
    await bench.sockets[0].send_str("event")
    await bench.sockets[0].ping()
    await bench.until(lambda: bool(stream._waiting))
    assert bench.applied == []
    bench.gate.set()
    await start
    await bench.sockets[0].send_str("after")
    await bench.until(lambda: "after" in bench.applied)
    assert bench.applied == ["snapshot 1", "event", "after"]
    assert bench.states == [ConnectionState.CONNECTING, ConnectionState.SNAPSHOTTING, ConnectionState.LIVE]
    await stream.stop()
    assert stream.state is ConnectionState.CLOSED


async def test_after_a_reconnect_only_events_do_not_wait_for_the_snapshot(bench: Bench) -> None:
    bench.gate.set()
    stream = bench.stream()
    await stream.start(spawn)
    bench.gate.clear()
    await bench.sockets[0].close()
    await bench.until(lambda: bench.snapshots == 2)
    await bench.sockets[1].send_str("value")
    await bench.sockets[1].send_str("event")
    await bench.until(lambda: "event" in bench.applied)
    assert bench.early == 1
    assert bench.applied == ["snapshot 1", "event"]
    # A second drop takes the waiting frames with it, since the next snapshot is newer.
    await bench.sockets[1].close()
    await bench.until(lambda: bench.snapshots == 3)
    await bench.sockets[2].send_str("newer value")
    await bench.until(lambda: bench.early == 2)
    bench.gate.set()
    await bench.until(lambda: bench.states[-1] is ConnectionState.LIVE)
    assert bench.applied == ["snapshot 1", "event", "snapshot 3", "newer value"]
    await stream.stop()


async def test_a_gap_reads_the_snapshot_again_while_frames_are_applied(bench: Bench) -> None:
    bench.gate.set()
    stream = bench.stream()
    await stream.start(spawn)
    bench.gate.clear()
    stream.report_gap()
    await bench.until(lambda: bench.snapshots == 2)
    await bench.sockets[0].send_str("meanwhile")
    await bench.until(lambda: "meanwhile" in bench.applied)
    # A second gap during the snapshot needs another one.
    stream.report_gap()
    bench.gate.set()
    await bench.until(lambda: bench.applied[-1] == "snapshot 3")
    assert bench.applied == ["snapshot 1", "meanwhile", "snapshot 2", "snapshot 3"]
    assert len(bench.sockets) == 1
    assert stream.statistics.gaps == 2
    assert bench.states == [ConnectionState.CONNECTING, ConnectionState.SNAPSHOTTING, ConnectionState.LIVE]
    await stream.stop()


async def test_reconnects_after_a_disconnect(bench: Bench) -> None:
    bench.gate.set()
    stream = bench.stream()
    await stream.start(spawn)
    await bench.sockets[0].close()
    await bench.until(lambda: bench.states.count(ConnectionState.LIVE) == 2)
    assert bench.states[3:] == [
        ConnectionState.LOST,
        ConnectionState.CONNECTING,
        ConnectionState.SNAPSHOTTING,
        ConnectionState.LIVE,
    ]
    assert stream.statistics.reconnects == 1
    assert bench.applied == ["snapshot 1", "snapshot 2"]
    await stream.stop()


async def test_a_silent_peer_is_disconnected(bench: Bench) -> None:
    bench.gate.set()
    stream = bench.stream()
    await stream.start(spawn)
    bench.answers_ping = False
    await bench.until(lambda: ConnectionState.LOST in bench.states)
    bench.answers_ping = True
    await bench.until(lambda: bench.states.count(ConnectionState.LIVE) == 2)
    assert stream.statistics.last_error == "connection_lost"
    await stream.stop()


async def test_answered_pings_keep_a_quiet_peer(bench: Bench) -> None:
    bench.gate.set()
    stream = bench.stream(replace(QUICK, text_ping="hello"))
    await stream.start(spawn)
    await bench.until(lambda: len(bench.received) > 8)
    assert set(bench.received) == {"hello"}
    assert bench.states[-1] is ConnectionState.LIVE
    await stream.stop()


async def test_a_peer_without_pongs_has_a_longer_timeout(bench: Bench) -> None:
    bench.gate.set()
    bench.answers_ping = False
    stream = bench.stream(replace(QUICK, idle_timeout=0.02, idle_timeout_no_pong=60, text_ping="x"))
    await stream.start(spawn)
    await bench.until(lambda: len(bench.received) > 8)
    assert bench.states[-1] is ConnectionState.LIVE
    await stream.stop()


async def test_a_peer_that_has_answered_a_ping_is_known_to(bench: Bench) -> None:
    bench.gate.set()
    stream = bench.stream(replace(QUICK, idle_timeout_no_pong=60))
    await stream.start(spawn)
    await bench.until(lambda: bench.pongs == [1])
    assert stream.answers_pings
    # On the next connection, silence is noticed without another answer.
    bench.answers_ping = False
    await bench.sockets[0].close()
    await bench.until(lambda: len(bench.sockets) == 3)
    assert bench.pongs == [1]
    await stream.stop()


async def test_a_redirect_is_not_followed(bench: Bench) -> None:
    bench.redirects_to = f"{bench.url.replace('ws://', 'http://')}?other"
    with pytest.raises(WrongSystem):
        await open_websocket(bench.session, bench.url)
    # The other address has a socket, which is closed again.
    await bench.until(lambda: len(bench.sockets) == 1)


async def test_refused_credentials_end_all_attempts(bench: Bench) -> None:
    bench.gate.set()
    stream = bench.stream()
    await stream.start(spawn)
    bench.refusal = 401
    await bench.sockets[0].close()
    await bench.until(lambda: ConnectionState.REFUSED in bench.states)
    assert isinstance(bench.errors[-1], AuthenticationFailed)
    await stream.stop()


@pytest.mark.parametrize(
    "status,error",
    [(401, AuthenticationFailed), (503, NotReady), (500, CannotConnect)],
)
async def test_a_first_failure_is_raised_and_leaves_nothing(bench: Bench, status: int, error: type[WireError]) -> None:
    bench.refusal = status
    stream = bench.stream()
    with pytest.raises(error):
        await stream.start(spawn)
    assert stream.state is ConnectionState.CLOSED


async def test_no_server(bench: Bench, unused_tcp_port: int) -> None:
    bench.url = f"ws://127.0.0.1:{unused_tcp_port}/secret"
    with pytest.raises(CannotConnect) as raised:
        await bench.stream().start(spawn)
    assert "secret" not in repr(raised.value)
    assert raised.value.__suppress_context__ or raised.value.__cause__ is None


@pytest.mark.parametrize("error", [CannotConnect(), TimeoutError(), KeyError("odd")])
async def test_a_snapshot_that_fails_is_tried_again(bench: Bench, error: Exception) -> None:
    bench.gate.set()
    stream = bench.stream()
    await stream.start(spawn)
    bench.snapshot_error = error
    stream.resync()
    await bench.until(lambda: ConnectionState.LOST in bench.states)
    bench.snapshot_error = None
    await bench.until(lambda: bench.states.count(ConnectionState.LIVE) >= 2)
    await stream.stop()
    assert bench.failures == []
    assert bool(bench.snapshot_failures) is isinstance(error, KeyError)


async def test_an_unexpected_error_of_the_first_connection_is_raised_and_leaves_nothing(bench: Bench) -> None:
    bench.open_error = TypeError("odd")
    stream = bench.stream()
    with pytest.raises(CannotConnect):
        await stream.start(spawn)
    assert stream.state is ConnectionState.CLOSED
    assert bench.failures == [bench.open_error]


async def test_an_unexpected_error_of_a_reconnect_is_tried_again(bench: Bench) -> None:
    bench.gate.set()
    stream = bench.stream()
    await stream.start(spawn)
    bench.open_error = TypeError("odd")
    await bench.sockets[0].close()
    await bench.until(lambda: len(bench.failures) >= 2)
    bench.open_error = None
    await bench.until(lambda: bench.states.count(ConnectionState.LIVE) >= 2)
    await stream.stop()


async def test_sending_requires_a_live_connection(bench: Bench) -> None:
    stream = bench.stream()
    with pytest.raises(NotConnected):
        await stream.send("x")
    bench.gate.set()
    await stream.start(spawn)
    await stream.send("hello")
    await bench.until(lambda: "hello" in bench.received)
    await stream.stop()
    with pytest.raises(NotConnected):
        await stream.send("x")


async def test_a_flood_does_not_starve_others(bench: Bench) -> None:
    bench.gate.set()
    stream = bench.stream()
    await stream.start(spawn)
    for number in range(2000):
        await bench.sockets[0].send_str(str(number))
    await bench.until(lambda: len(bench.applied) == 2001)
    assert bench.applied[1:] == [str(number) for number in range(2000)]
    await stream.stop()


async def test_a_resync_without_a_connection_has_no_effect(bench: Bench) -> None:
    stream = bench.stream()
    stream.resync()
    assert bench.snapshots == 0


async def test_nothing_is_sent_before_the_snapshot(bench: Bench) -> None:
    stream = bench.stream()
    start = asyncio.create_task(stream.start(spawn))
    await bench.until(lambda: bench.snapshots == 1)
    with pytest.raises(NotConnected):
        await stream.send("x")
    bench.gate.set()
    await start
    await stream.stop()
