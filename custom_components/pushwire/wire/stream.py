"""Supervised WebSocket: connection, snapshot, keep-alive and reconnection.

A stream opens its socket first and then reads the snapshot, so no change between the two
is lost. Frames of a new connection wait for the snapshot, except for their events after a
reconnect. Once the stream is live, no frame waits for a snapshot any more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
import random
from time import time
from typing import Any, Final

import aiohttp
from yarl import URL

from .errors import (
    AuthenticationFailed,
    CannotConnect,
    ConnectionLost,
    NotConnected,
    WireError,
    WrongSystem,
    error_from_status,
)

type Frame = str | bytes
type Socket = aiohttp.ClientWebSocketResponse[bool]
type Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]

# The longest known frames, configurations of large homes, have some hundred kilobytes. A
# longer frame than this ends the connection.
MAX_FRAME_BYTES: Final = 32 * 1024 * 1024
# Number of frames after which other tasks of the event loop get a turn.
_FRAMES_PER_TURN: Final = 256


class ConnectionState(StrEnum):
    """State of a connection."""

    CONNECTING = "connecting"
    SNAPSHOTTING = "snapshotting"
    LIVE = "live"
    LOST = "lost"
    REFUSED = "refused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPolicy:
    """Connection settings of a vendor's WebSocket; times in seconds."""

    open_timeout: float = 15.0
    ping_interval: float = 20.0
    text_ping: str | None = None
    # Seconds without any traffic (pongs included) after which the peer counts as dead.
    idle_timeout: float = 60.0
    # The same for a peer that has never answered a ping.
    idle_timeout_no_pong: float = 60.0
    backoff_first: float = 1.0
    backoff_cap: float = 60.0
    # Seconds after which a connection counts as stable and resets the backoff.
    stable_after: float = 60.0


@dataclass(slots=True)
class StreamStatistics:
    """Statistics of one stream; ``last_frame`` is a Unix time."""

    connects: int = 0
    reconnects: int = 0
    gaps: int = 0
    last_frame: float | None = None
    last_error: str | None = None


class Stream:
    """One WebSocket that is kept open.

    Attributes:
        answers_pings: Whether the peer has ever answered a ping.

    Args:
        name: Name in log lines and diagnostics; holds no address.
        open_socket: Opens the socket, with the current address and token; raises a
            ``WireError``.
        take_snapshot: Reads the vendor's current state and returns a function that
            applies it, or None for a vendor without a state to read.
        apply_snapshot: Applies a snapshot, and then the frames that waited for it.
        handle_frame: Handles one frame while live; must not raise.
        handle_early_frame: Handles one frame before the first snapshot after a reconnect;
            returns a function that applies what has to wait for the snapshot, or None; must
            not raise.
        changed: Called with every change of state, and the error that caused it.
        pong_received: Called with the first answer to a ping.
        count_failure: Called with an unexpected exception; the connection is tried again.
        count_snapshot_failure: Called with an unexpected exception while reading or applying a
            snapshot.
        policy: Connection settings.

    """

    def __init__(
        self,
        name: str,
        *,
        open_socket: Callable[[], Awaitable[Socket]],
        take_snapshot: Callable[[], Awaitable[Callable[[], None] | None]],
        apply_snapshot: Callable[[Callable[[], None] | None, list[Callable[[], None]]], None],
        handle_frame: Callable[[Frame], None],
        handle_early_frame: Callable[[Frame], Callable[[], None] | None],
        changed: Callable[[Stream, ConnectionState, WireError | None], None],
        pong_received: Callable[[], None],
        count_failure: Callable[[Exception], None],
        count_snapshot_failure: Callable[[Exception], None],
        policy: StreamPolicy,
    ) -> None:
        """Initialize; nothing is opened before ``start``."""
        self.name = name
        self.policy = policy
        self.state = ConnectionState.CLOSED
        self.statistics = StreamStatistics()
        self._open_socket = open_socket
        self._take_snapshot = take_snapshot
        self._apply_snapshot = apply_snapshot
        self._handle_frame = handle_frame
        self._handle_early_frame = handle_early_frame
        self._changed = changed
        self._pong_received = pong_received
        self._count_failure = count_failure
        self._count_snapshot_failure = count_snapshot_failure
        self._receive_frame: Callable[[Frame], None] = handle_frame
        # Frames that wait for the snapshot.
        self._waiting: list[Callable[[], None]] = []
        self._received = 0
        self.answers_pings = False
        self._snapshot_wanted = asyncio.Event()
        self._abort_error: WireError | None = None
        self._socket: Socket | None = None
        self._task: asyncio.Task[None] | None = None
        self._first_connect: asyncio.Future[None] | None = None

    async def start(self, spawn: Spawn) -> None:
        """Connect, and return once live.

        Args:
            spawn: Creates a task for a coroutine.

        Raises:
            WireError: The first attempt failed; the stream is stopped again.

        """
        self._first_connect = asyncio.get_running_loop().create_future()
        self._task = spawn(self._supervise(), f"pushwire stream {self.name}")
        try:
            await self._first_connect
        except BaseException:
            await self.stop()
            raise

    def start_soon(self, spawn: Spawn) -> None:
        """Connect, again and again if the first attempt fails; for a stream that others do not wait for.

        Args:
            spawn: Creates a task for a coroutine.

        """
        self._first_connect = None
        self._task = spawn(self._supervise(), f"pushwire stream {self.name}")

    async def stop(self) -> None:
        """Close the socket; leaves no task and no timer."""
        if (task := self._task) is not None:
            self._task = None
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._set(ConnectionState.CLOSED)

    async def send(self, text: str) -> None:
        """Send a text frame.

        Raises:
            NotConnected: The stream is not live.

        """
        if self.state is not ConnectionState.LIVE or self._socket is None:
            raise NotConnected
        try:
            await self._socket.send_str(text)
        except (aiohttp.ClientError, OSError) as err:
            raise NotConnected from err

    def report_gap(self) -> None:
        """Read the snapshot again after frames were missed."""
        self.statistics.gaps += 1
        self.resync()

    def resync(self) -> None:
        """Read the snapshot again, while frames are handled as usual.

        Without an open socket this has no effect, since the next connection reads the
        snapshot anyway.
        """
        if self.state in (ConnectionState.LIVE, ConnectionState.SNAPSHOTTING):
            self._snapshot_wanted.set()

    def _set(self, state: ConnectionState, error: WireError | None = None) -> None:
        if state is self.state:
            return
        self.state = state
        if error is not None:
            self.statistics.last_error = error.translation_key
        self._changed(self, state, error)

    def _wait(self, frame: Frame) -> None:
        self._waiting.append(partial(self._handle_frame, frame))

    def _wait_unless_early(self, frame: Frame) -> None:
        if (rest := self._handle_early_frame(frame)) is not None:
            self._waiting.append(rest)

    async def _supervise(self) -> None:
        """Run one connection after the other until stopped or refused."""
        loop = asyncio.get_running_loop()
        delay = self.policy.backoff_first
        while True:
            began = loop.time()
            try:
                await self._connection()
            except AuthenticationFailed as err:
                self._set(ConnectionState.REFUSED, err)
                self._finish_start(err)
                return
            except WireError as err:
                error = err
            except (aiohttp.ClientError, OSError, TimeoutError) as err:
                error = CannotConnect(type(err).__name__)
            except Exception as err:  # noqa: BLE001
                self._count_failure(err)
                error = CannotConnect(type(err).__name__)
            self._set(ConnectionState.LOST, error)
            if self._finish_start(error):
                return
            if loop.time() - began >= self.policy.stable_after:
                delay = self.policy.backoff_first
            # Jitter, so that clients do not reconnect in lockstep.
            pause = delay * random.uniform(0.5, 1.0)  # noqa: S311
            await asyncio.sleep(max(pause, error.retry_after or 0.0))
            delay = min(delay * 2, self.policy.backoff_cap)

    def _finish_start(self, error: WireError | None) -> bool:
        """Return the result of the first attempt to ``start``; return True if it failed."""
        if self._first_connect is None or self._first_connect.done():
            return False
        if error is None:
            self._first_connect.set_result(None)
            return False
        self._first_connect.set_exception(error)
        return True

    async def _connection(self) -> None:
        """Run one connection; always ends with an exception."""
        self._set(ConnectionState.CONNECTING)
        async with asyncio.timeout(self.policy.open_timeout):
            socket = await self._open_socket()
        self._socket = socket
        self._abort_error = None
        self._waiting = []
        # Before the first snapshot, nothing exists that could receive an event.
        is_first = self._first_connect is not None and not self._first_connect.done()
        self._receive_frame = self._wait if is_first else self._wait_unless_early
        self._snapshot_wanted.set()
        self.statistics.connects += 1
        if self.statistics.connects > 1:
            self.statistics.reconnects += 1
        self._set(ConnectionState.SNAPSHOTTING)
        helpers = (
            asyncio.create_task(self._keep_snapshots(socket)),
            asyncio.create_task(self._keep_alive(socket)),
        )
        try:
            await self._read(socket)
        finally:
            self._socket = None
            for helper in helpers:
                helper.cancel()
            try:
                await asyncio.gather(*helpers, return_exceptions=True)
            finally:
                # Also when the stream is stopped while it waits.
                await socket.close()
        raise self._abort_error or ConnectionLost

    async def _read(self, socket: Socket) -> None:
        """Pass on every frame until the socket ends."""
        while True:
            message = await socket.receive()
            kind = message.type
            self._received += 1
            if kind is aiohttp.WSMsgType.TEXT or kind is aiohttp.WSMsgType.BINARY:
                self.statistics.last_frame = time()
                self._receive_frame(message.data)
                if not self._received % _FRAMES_PER_TURN:
                    await asyncio.sleep(0)
            elif kind is aiohttp.WSMsgType.PING:
                await socket.pong(message.data)
            elif kind is aiohttp.WSMsgType.PONG:
                if not self.answers_pings:
                    self.answers_pings = True
                    self._pong_received()
            else:
                return

    async def _keep_snapshots(self, socket: Socket) -> None:
        """Read the snapshot whenever it is requested, and go live afterwards."""
        try:
            while True:
                await self._snapshot_wanted.wait()
                self._snapshot_wanted.clear()
                apply = await self._take_snapshot()
                waiting, self._waiting = self._waiting, []
                self._receive_frame = self._handle_frame
                self._apply_snapshot(apply, waiting)
                self._set(ConnectionState.LIVE)
                self._finish_start(None)
        except WireError as err:
            await self._abort(socket, err)
        except (aiohttp.ClientError, OSError, TimeoutError) as err:
            await self._abort(socket, CannotConnect(type(err).__name__))
        except Exception as err:  # noqa: BLE001
            # Without a retry, the frames of the connection would wait forever.
            self._count_snapshot_failure(err)
            await self._abort(socket, WrongSystem())

    async def _keep_alive(self, socket: Socket) -> None:
        """Send pings, and abort a connection without traffic."""
        idle = 0.0
        received = self._received
        while True:
            await asyncio.sleep(self.policy.ping_interval)
            if self._received != received:
                received = self._received
                idle = 0.0
            else:
                idle += self.policy.ping_interval
            limit = self.policy.idle_timeout if self.answers_pings else self.policy.idle_timeout_no_pong
            if idle >= limit:
                await self._abort(socket, ConnectionLost())
                return
            try:
                await socket.ping()
                if self.policy.text_ping is not None:
                    await socket.send_str(self.policy.text_ping)
            except aiohttp.ClientError, OSError:
                # The reader fails on the same socket and ends the connection.
                return

    async def _abort(self, socket: Socket, error: WireError) -> None:
        """Close the socket; ``error`` becomes the reason of the disconnect."""
        self._abort_error = error
        await socket.close()


async def open_websocket(session: aiohttp.ClientSession, url: str | URL, **options: Any) -> Socket:
    """Return an open WebSocket.

    Args:
        session: Session whose connection pool is used.
        url: Full address; never part of an error.
        options: Further arguments of aiohttp's ``ws_connect``.

    Raises:
        AuthenticationFailed: HTTP 401 at the handshake.
        WrongSystem: The server redirected to another address.
        WireError: Any other failure, see ``error_from_status``.

    """
    try:
        socket: Socket = await session.ws_connect(
            url,
            autoping=False,
            decode_text=False,
            max_msg_size=MAX_FRAME_BYTES,
            timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            **options,
        )
    except aiohttp.WSServerHandshakeError as err:
        error = error_from_status(err.status, err.headers)
        error.status = err.status
        raise error from None
    except (aiohttp.ClientError, OSError, TimeoutError) as err:
        # The cause is not chained, since its text holds the address.
        raise CannotConnect(type(err).__name__) from None
    if socket._response.history:  # noqa: SLF001
        # aiohttp has no option to follow no redirect of a handshake. Commands must not reach another host.
        await socket.close()
        raise WrongSystem("redirect")
    return socket
