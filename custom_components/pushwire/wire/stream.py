"""One supervised WebSocket: open, snapshot, stay alive, come back.

Wire code: knows nothing of Home Assistant and nothing of any vendor. A stream opens
its socket first and holds what arrives, has the snapshot read, hands over both, and
goes live; it does the same after every reconnect and whenever a gap is reported, so
that nothing between a snapshot and the stream is lost.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
import logging
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

_LOGGER = logging.getLogger(__name__)

type Frame = str | bytes
type Socket = aiohttp.ClientWebSocketResponse[bool]
type Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]

# The largest frame that is still read: a ConfigurationChanged of a large home has
# some hundred kilobytes, and a frame beyond the limit costs the whole connection.
MAX_FRAME_BYTES: Final = 32 * 1024 * 1024
# After so many frames without a pause, others get their turn on the event loop.
_FRAMES_A_TURN: Final = 256


class ConnectionState(StrEnum):
    """Life of a link."""

    CONNECTING = "connecting"
    SNAPSHOTTING = "snapshotting"
    LIVE = "live"
    LOST = "lost"
    REFUSED = "refused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPolicy:
    """How a vendor's socket wants to be treated; all times in seconds."""

    open_timeout: float = 15.0
    ping_interval: float = 20.0
    text_ping: str | None = None
    # Nothing heard for so long, pongs included, means that nobody is there.
    idle_timeout: float = 60.0
    # The same for a peer that has never answered a ping on this connection.
    idle_timeout_no_pong: float = 60.0
    backoff_first: float = 1.0
    backoff_cap: float = 60.0
    # A connection that lived so long was a good one: the backoff starts anew.
    stable_after: float = 60.0


@dataclass(slots=True)
class StreamStatistics:
    """Figures of one stream for diagnostics; ``last_frame`` is a Unix time."""

    connects: int = 0
    reconnects: int = 0
    gaps: int = 0
    last_frame: float | None = None
    last_error: str | None = None


class Stream:
    """Keeps one WebSocket open and hands on what it brings.

    Args:
        name: Word for log lines and diagnostics; holds no address.
        open_socket: Opens the socket anew; looks up address and token each time.
            Raises a ``WireError``.
        take_snapshot: Reads the vendor's present state and returns a function that
            applies it, or None where the vendor has none to read.
        go_live: Applies a snapshot and then the frames held meanwhile, at one go.
        handle_frame: Takes one frame while live; must not raise.
        changed: Is told of every change of state, with the error behind it.
        policy: Times.

    """

    def __init__(
        self,
        name: str,
        *,
        open_socket: Callable[[], Awaitable[Socket]],
        take_snapshot: Callable[[], Awaitable[Callable[[], None] | None]],
        go_live: Callable[[Callable[[], None] | None, list[Frame]], None],
        handle_frame: Callable[[Frame], None],
        changed: Callable[[Stream, ConnectionState, WireError | None], None],
        policy: StreamPolicy,
    ) -> None:
        """Prepare; nothing is opened before ``start``."""
        self.name = name
        self.policy = policy
        self.state = ConnectionState.CLOSED
        self.statistics = StreamStatistics()
        self._open_socket = open_socket
        self._take_snapshot = take_snapshot
        self._go_live = go_live
        self._handle_frame = handle_frame
        self._changed = changed
        self._deliver: Callable[[Frame], None] = handle_frame
        self._buffered: list[Frame] = []
        self._heard = 0
        self._answered = False
        self._resync_wanted = asyncio.Event()
        self._failure: WireError | None = None
        self._socket: Socket | None = None
        self._task: asyncio.Task[None] | None = None
        self._first: asyncio.Future[None] | None = None

    async def start(self, spawn: Spawn) -> None:
        """Connect, and return once live.

        Args:
            spawn: Makes a task of the supervising coroutine.

        Raises:
            WireError: The first attempt failed; the stream is stopped again.

        """
        self._first = asyncio.get_running_loop().create_future()
        self._task = spawn(self._supervise(), f"pushwire stream {self.name}")
        try:
            await self._first
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close the socket and end; leaves no task and no timer."""
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
        """Have the snapshot read again, since frames were missed."""
        self.statistics.gaps += 1
        self.resync()

    def resync(self) -> None:
        """Have the snapshot read again, holding frames meanwhile.

        Does nothing while no socket is open: the next connection reads it anyway.
        """
        if self.state in (ConnectionState.LIVE, ConnectionState.SNAPSHOTTING):
            if self._deliver is self._handle_frame:
                # Else frames are held already, and none of them may be lost.
                self._buffer()
            self._resync_wanted.set()

    def _set(self, state: ConnectionState, error: WireError | None = None) -> None:
        if state is self.state:
            return
        self.state = state
        if error is not None:
            self.statistics.last_error = error.translation_key
        self._changed(self, state, error)

    def _buffer(self) -> None:
        self._buffered = []
        self._deliver = self._buffered.append

    async def _supervise(self) -> None:
        """Run one connection after another until stopped or refused."""
        loop = asyncio.get_running_loop()
        delay = self.policy.backoff_first
        while True:
            began = loop.time()
            try:
                await self._connection()
            except AuthenticationFailed as err:
                self._set(ConnectionState.REFUSED, err)
                self._settle(err)
                return
            except WireError as err:
                error = err
            except (aiohttp.ClientError, OSError, TimeoutError) as err:
                error = CannotConnect(type(err).__name__)
            self._set(ConnectionState.LOST, error)
            if self._settle(error):
                return
            if loop.time() - began >= self.policy.stable_after:
                delay = self.policy.backoff_first
            # Jitter, so that a house full of clients does not come back as one.
            pause = delay * random.uniform(0.5, 1.0)  # noqa: S311
            await asyncio.sleep(max(pause, error.retry_after or 0.0))
            delay = min(delay * 2, self.policy.backoff_cap)

    def _settle(self, error: WireError | None) -> bool:
        """Tell ``start`` how the first attempt ended; True when it failed."""
        if self._first is None or self._first.done():
            return False
        if error is None:
            self._first.set_result(None)
            return False
        self._first.set_exception(error)
        return True

    async def _connection(self) -> None:
        """Live through one connection; always ends by raising."""
        self._set(ConnectionState.CONNECTING)
        async with asyncio.timeout(self.policy.open_timeout):
            socket = await self._open_socket()
        self._socket = socket
        self._failure = None
        self._answered = False
        self._buffer()
        self._resync_wanted.set()
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
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            self._socket = None
            await socket.close()
        raise self._failure or ConnectionLost

    async def _read(self, socket: Socket) -> None:
        """Hand on every frame until the socket ends."""
        while True:
            message = await socket.receive()
            kind = message.type
            self._heard += 1
            if kind is aiohttp.WSMsgType.TEXT or kind is aiohttp.WSMsgType.BINARY:
                self.statistics.last_frame = time()
                self._deliver(message.data)
                if not self._heard % _FRAMES_A_TURN:
                    await asyncio.sleep(0)
            elif kind is aiohttp.WSMsgType.PING:
                await socket.pong(message.data)
            elif kind is aiohttp.WSMsgType.PONG:
                self._answered = True
            else:
                return

    async def _keep_snapshots(self, socket: Socket) -> None:
        """Read the snapshot whenever it is wanted, and go live after it."""
        try:
            while True:
                await self._resync_wanted.wait()
                self._resync_wanted.clear()
                apply = await self._take_snapshot()
                if self._resync_wanted.is_set():
                    continue
                held = self._buffered
                self._deliver = self._handle_frame
                self._buffered = []
                self._go_live(apply, held)
                self._set(ConnectionState.LIVE)
                self._settle(None)
        except WireError as err:
            await self._abort(socket, err)
        except (aiohttp.ClientError, OSError, TimeoutError) as err:
            await self._abort(socket, CannotConnect(type(err).__name__))
        except Exception as err:
            # A snapshot of a shape nobody has seen must end in a retry and a line
            # in the log, not in a link that holds its frames for ever.
            _LOGGER.debug("%s: snapshot not understood", self.name, exc_info=err)
            await self._abort(socket, WrongSystem())

    async def _keep_alive(self, socket: Socket) -> None:
        """Ping, and end a connection on which nothing is heard any more."""
        quiet = 0.0
        heard = self._heard
        while True:
            await asyncio.sleep(self.policy.ping_interval)
            if self._heard != heard:
                heard = self._heard
                quiet = 0.0
            else:
                quiet += self.policy.ping_interval
            limit = self.policy.idle_timeout if self._answered else self.policy.idle_timeout_no_pong
            if quiet >= limit:
                await self._abort(socket, ConnectionLost())
                return
            try:
                await socket.ping()
                if self.policy.text_ping is not None:
                    await socket.send_str(self.policy.text_ping)
            except aiohttp.ClientError, OSError:
                # The reader meets the same broken socket and ends the connection.
                return

    async def _abort(self, socket: Socket, error: WireError) -> None:
        """End this connection for a reason of our own."""
        self._failure = error
        await socket.close()


async def open_websocket(session: aiohttp.ClientSession, url: str | URL, **options: Any) -> Socket:
    """Open a WebSocket and translate every way in which that fails.

    Args:
        session: Whose connection pool to use.
        url: Full address; never shows up in an error.
        options: Further arguments of aiohttp's ``ws_connect``.

    Raises:
        AuthenticationFailed: HTTP 401 at the handshake.
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
        raise error_from_status(err.status, err.headers) from None
    except (aiohttp.ClientError, OSError, TimeoutError) as err:
        # The cause is named, not chained: its text holds the address.
        raise CannotConnect(type(err).__name__) from None
    return socket
