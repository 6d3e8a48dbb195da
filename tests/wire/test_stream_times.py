"""Times of a connection: attempts, pauses, pings and timeouts, without waiting for any of them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, cast

import aiohttp
import pytest

from custom_components.pushwire.wire.errors import (
    AuthenticationFailed,
    CannotConnect,
    ConnectionLost,
    NotReady,
    WireError,
)
from custom_components.pushwire.wire.stream import ConnectionState, Socket, Stream, StreamPolicy
from tests.core.test_stream import spawn
from tests.wire.clock import run

POLICY = StreamPolicy(open_timeout=15, ping_interval=20, backoff_first=1, backoff_cap=60, stable_after=60)


class FakeSocket:
    """Socket in memory, whose peer answers pings on request."""

    def __init__(self) -> None:
        """Initialize an open socket without messages."""
        self.received: asyncio.Queue[aiohttp.WSMessage] = asyncio.Queue()
        self.sent: list[str] = []
        self.pings_answered = 0
        self.pongs: list[bytes] = []

    def push(self, kind: aiohttp.WSMsgType, data: Any = None) -> None:
        """Send a message from the peer."""
        self.received.put_nowait(aiohttp.WSMessage(kind, data, None))

    async def receive(self) -> aiohttp.WSMessage:
        """Return the next message."""
        return await self.received.get()

    async def ping(self) -> None:
        """Receive a ping as the peer."""
        if self.pings_answered:
            self.pings_answered -= 1
            self.push(aiohttp.WSMsgType.PONG)

    async def pong(self, data: bytes) -> None:
        """Receive a pong as the peer."""
        self.pongs.append(data)

    async def send_str(self, text: str) -> None:
        """Receive a text as the peer."""
        self.sent.append(text)

    async def close(self) -> None:
        """Close the socket."""
        self.push(aiohttp.WSMsgType.CLOSED)


@dataclass
class Peer:
    """Peer of a stream under test; each attempt takes the next of its answers.

    Attributes:
        answers: Socket, error or function for each attempt; the last one is repeated.
        attempts: Times of the attempts.
        errors: Errors of all disconnects, with their times.
        frames: Frames handled.

    """

    answers: list[FakeSocket | WireError | Callable[[], Awaitable[Socket]]]
    policy: StreamPolicy = POLICY
    snapshots: list[WireError] = field(default_factory=list)
    attempts: list[float] = field(default_factory=list)
    errors: list[tuple[float, WireError]] = field(default_factory=list)
    frames: list[Any] = field(default_factory=list)
    known: list[bool] = field(default_factory=list)
    stream: Stream = field(init=False)

    def __post_init__(self) -> None:
        """Create the stream."""
        self.stream = Stream(
            "test",
            open_socket=self.open_socket,
            take_snapshot=self.take_snapshot,
            apply_snapshot=lambda _apply, _waiting: None,
            handle_frame=self.frames.append,
            handle_early_frame=lambda _frame: None,
            changed=self.changed,
            pong_received=lambda: self.known.append(True),
            count_failure=lambda _error: None,
            count_snapshot_failure=lambda _error: None,
            policy=self.policy,
        )

    async def open_socket(self) -> Socket:
        """Return the next socket, or raise the next error."""
        self.attempts.append(asyncio.get_running_loop().time())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, WireError):
            raise answer
        if isinstance(answer, FakeSocket):
            return cast("Socket", answer)
        return await answer()

    async def take_snapshot(self) -> None:
        """Return no snapshot, or raise the next error."""
        if self.snapshots:
            raise self.snapshots.pop(0)

    def changed(self, _stream: Stream, state: ConnectionState, error: WireError | None) -> None:
        """Record the error of a disconnect."""
        if error is not None:
            assert state in (ConnectionState.LOST, ConnectionState.REFUSED)
            self.errors.append((asyncio.get_running_loop().time(), error))

    def pauses(self) -> list[float]:
        """Return the seconds between the attempts."""
        return [round(later - earlier, 3) for earlier, later in pairwise(self.attempts)]

    async def start(self) -> None:
        """Start the stream."""
        await self.stream.start(spawn)

    def lose(self) -> None:
        """Close the socket."""
        cast("FakeSocket", self.stream._socket).push(aiohttp.WSMsgType.CLOSED)

    async def until(self, seconds: float) -> None:
        """Wait until a time."""
        await asyncio.sleep(seconds - asyncio.get_running_loop().time())


def in_virtual_time(steps: Callable[[Peer], Awaitable[None]], peer: Callable[[], Peer]) -> Peer:
    """Run the steps of a test with a new peer, and return the peer."""

    async def main() -> Peer:
        created = peer()
        try:
            await steps(created)
        finally:
            await created.stream.stop()
        return created

    return run(main())


@pytest.fixture
def factors(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float]]:
    """Make each pause as long as possible, and record the limits of its random factor."""
    limits: list[tuple[float, float]] = []

    def longest(low: float, high: float) -> float:
        limits.append((low, high))
        return high

    monkeypatch.setattr("random.uniform", longest)
    return limits


def closed(number: int = 1) -> Iterable[FakeSocket]:
    """Return sockets that are closed as soon as they have been opened."""
    sockets = [FakeSocket() for _ in range(number)]
    for socket in sockets:
        socket.push(aiohttp.WSMsgType.CLOSED)
    return sockets


def test_pauses_grow_up_to_the_cap(factors: list[tuple[float, float]]) -> None:
    async def steps(peer: Peer) -> None:
        await peer.start()
        peer.lose()
        await peer.until(300)

    peer = in_virtual_time(steps, lambda: Peer([FakeSocket(), CannotConnect()]))
    assert peer.pauses()[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert set(factors) == {(0.5, 1.0)}


def test_a_pause_is_shortened_at_random(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, _high: low)

    async def steps(peer: Peer) -> None:
        await peer.start()
        peer.lose()
        await peer.until(20)

    peer = in_virtual_time(steps, lambda: Peer([FakeSocket(), CannotConnect()]))
    assert peer.pauses()[:4] == [0.5, 1, 2, 4]


@pytest.mark.parametrize("seconds,pause", [(59, 8), (60, 1), (61, 1)])
def test_only_a_stable_connection_resets_the_pause(
    factors: list[tuple[float, float]], seconds: float, pause: float
) -> None:
    last = FakeSocket()

    async def steps(peer: Peer) -> None:
        await peer.start()
        peer.lose()
        last.pings_answered = 1000
        # The fourth attempt is made after pauses of 1, 2 and 4 seconds.
        await peer.until(7 + seconds)
        last.push(aiohttp.WSMsgType.CLOSED)
        await asyncio.sleep(20)

    peer = in_virtual_time(steps, lambda: Peer([FakeSocket(), *closed(2), last, CannotConnect()]))
    assert peer.pauses()[:4] == [1, 2, 4, seconds + pause]


@pytest.mark.parametrize("retry_after,pause", [(None, 1), (0.2, 1), (120, 120)])
def test_the_server_may_ask_for_a_longer_pause(
    factors: list[tuple[float, float]], retry_after: float | None, pause: float
) -> None:
    async def steps(peer: Peer) -> None:
        await peer.start()
        peer.snapshots.append(NotReady(retry_after=retry_after))
        peer.stream.resync()
        await peer.until(200)

    peer = in_virtual_time(steps, lambda: Peer([FakeSocket(), FakeSocket()]))
    assert peer.pauses()[0] == pause


def test_the_error_of_a_connection_does_not_count_for_the_next_one(factors: list[tuple[float, float]]) -> None:
    second = FakeSocket()

    async def steps(peer: Peer) -> None:
        await peer.start()
        peer.snapshots.append(NotReady(retry_after=120))
        peer.stream.resync()
        await peer.until(121)
        second.push(aiohttp.WSMsgType.CLOSED)
        await peer.until(130)

    peer = in_virtual_time(steps, lambda: Peer([FakeSocket(), second, FakeSocket()]))
    assert [type(error) for _, error in peer.errors] == [NotReady, ConnectionLost]
    assert peer.pauses() == [120, 3]


async def never() -> Socket:
    """Open a socket that is never answered."""
    await asyncio.Event().wait()
    raise AssertionError


def test_an_attempt_without_an_answer_ends() -> None:
    async def steps(peer: Peer) -> None:
        with pytest.raises(CannotConnect):
            await peer.start()

    peer = in_virtual_time(steps, lambda: Peer([never]))
    assert [(time, error.details) for time, error in peer.errors] == [(15, "TimeoutError")]


def test_an_attempt_to_reconnect_without_an_answer_is_repeated(factors: list[tuple[float, float]]) -> None:
    async def steps(peer: Peer) -> None:
        await peer.start()
        peer.lose()
        await peer.until(60)
        assert peer.stream.state is ConnectionState.LIVE

    peer = in_virtual_time(steps, lambda: Peer([FakeSocket(), never, FakeSocket()]))
    assert peer.pauses() == [1, 15 + 2]


@pytest.mark.parametrize(
    "answered,lost_at",
    # The first ping is sent after 20 seconds, and the first silent interval ends 40 seconds later.
    [(0, 900), (1, 100), (2, 120)],
)
def test_a_peer_that_has_answered_a_ping_is_known_to_do_so(answered: int, lost_at: float) -> None:
    socket = FakeSocket()

    async def steps(peer: Peer) -> None:
        socket.pings_answered = answered
        await peer.start()
        await peer.until(899)
        assert bool(peer.errors) is bool(answered)
        await peer.until(901)

    policy = replace(POLICY, idle_timeout=60, idle_timeout_no_pong=900)
    peer = in_virtual_time(steps, lambda: Peer([socket, never], policy))
    assert peer.errors[0][0] == lost_at
    assert type(peer.errors[0][1]) is ConnectionLost


def test_a_peer_that_has_answered_a_ping_is_known_to(factors: list[tuple[float, float]]) -> None:
    first, second = FakeSocket(), FakeSocket()

    async def steps(peer: Peer) -> None:
        first.pings_answered = 1
        await peer.start()
        await peer.until(50)
        first.push(aiohttp.WSMsgType.CLOSED)
        await peer.until(112)

    policy = replace(POLICY, idle_timeout=60, idle_timeout_no_pong=900)
    peer = in_virtual_time(steps, lambda: Peer([first, second, never], policy))
    assert [time for time, _ in peer.errors] == [50, 111]
    assert peer.known == [True]


def test_a_peer_that_answers_every_ping_stays() -> None:
    socket = FakeSocket()

    async def steps(peer: Peer) -> None:
        socket.pings_answered = 1000
        await peer.start()
        socket.push(aiohttp.WSMsgType.PING, b"hello")
        await peer.until(990)

    peer = in_virtual_time(steps, lambda: Peer([socket, never], replace(POLICY, text_ping="beat")))
    assert peer.errors == []
    assert socket.pongs == [b"hello"]
    assert socket.sent == ["beat"] * 49


def test_others_have_their_turn_during_a_flood() -> None:
    socket = FakeSocket()
    turns: list[int] = []

    async def steps(peer: Peer) -> None:
        await peer.start()
        for number in range(2000):
            socket.push(aiohttp.WSMsgType.TEXT, str(number))
        while len(peer.frames) < 2000:
            turns.append(len(peer.frames))
            await asyncio.sleep(0)

    peer = in_virtual_time(steps, lambda: Peer([socket, never]))
    assert peer.frames == [str(number) for number in range(2000)]
    assert len(turns) > 5


def test_refused_credentials_are_not_sent_again(factors: list[tuple[float, float]]) -> None:
    async def steps(peer: Peer) -> None:
        await peer.start()
        peer.lose()
        await peer.until(10_000)
        assert peer.stream.state is ConnectionState.REFUSED

    peer = in_virtual_time(steps, lambda: Peer([FakeSocket(), AuthenticationFailed()]))
    assert peer.pauses() == [1]
