"""Server side of one WebSocket, with frames written by hand."""

from contextlib import contextmanager, suppress
import socket as sockets
import struct
from typing import TYPE_CHECKING, Any

from aiohttp import WSCloseCode, web

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

TEXT_OPCODE = 0x1
BINARY_OPCODE = 0x2

_PONG_OPCODE = 0xA
_FINAL_BIT = 0x80
_MAX_SHORT_LENGTH = 125
_MAX_MEDIUM_LENGTH = 0xFFFF


class Socket:
    """One open WebSocket.

    Frames are written by hand: a push is synchronous, a test can send fragments, and nothing but
    this class decides whether a ping is answered.
    """

    __slots__ = ("_collected", "_transport", "_ws", "fragment", "path", "query", "scope")

    def __init__(self, request: web.Request, ws: web.WebSocketResponse) -> None:
        """Take over the connection of `request` after its handshake."""
        transport = request.transport
        if transport is None:
            raise ConnectionResetError
        self._transport = transport
        self._ws = ws
        self._collected: bytearray | None = None
        self.path = request.path
        self.query = dict(request.query)
        self.fragment: int | None = None
        self.scope: Any = None

    def send(self, data: str | bytes) -> None:
        """Send text, or bytes as a binary message, in frames of at most `fragment` bytes."""
        opcode, payload = (BINARY_OPCODE, data) if isinstance(data, bytes) else (TEXT_OPCODE, data.encode())
        self.write(opcode, payload)

    def write(self, opcode: int, payload: bytes) -> None:
        """Write one message with `opcode`, split into fragments if `fragment` is set."""
        if self._transport.is_closing():
            return
        size = self.fragment or max(len(payload), 1)
        parts = [payload[at : at + size] for at in range(0, len(payload), size)] or [b""]
        for index, part in enumerate(parts):
            first = opcode if index == 0 else 0
            data = _header(first | (_FINAL_BIT if index == len(parts) - 1 else 0), len(part)) + part
            if self._collected is None:
                self._transport.write(data)
            else:
                self._collected += data

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Write all messages of the context at once at its end."""
        self._collected = bytearray()
        try:
            yield
        finally:
            data, self._collected = self._collected, None
            self._transport.write(data)

    def pong(self, data: bytes) -> None:
        """Answer a ping frame."""
        if not self._transport.is_closing():
            self._transport.write(_header(_FINAL_BIT | _PONG_OPCODE, len(data)) + data)

    def abort(self) -> None:
        """Reset the TCP connection without a close frame."""
        abort(self._transport)

    async def close(self, code: int = WSCloseCode.OK, message: bytes = b"") -> None:
        """Close the socket with a close frame."""
        await self._ws.close(code=code, message=message)


def abort(transport: asyncio.Transport) -> None:
    """Reset the TCP connection behind `transport`."""
    # A closed TLS transport has lost its socket.
    with suppress(OSError, AttributeError):
        if (sock := transport.get_extra_info("socket")) is not None:
            sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


def _header(first: int, length: int) -> bytes:
    if length <= _MAX_SHORT_LENGTH:
        return struct.pack("!BB", first, length)
    if length <= _MAX_MEDIUM_LENGTH:
        return struct.pack("!BBH", first, 126, length)
    return struct.pack("!BBQ", first, 127, length)
