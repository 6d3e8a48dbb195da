"""Answers of a faulty server, proxy or network, for any request or handshake."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from aiohttp import WSCloseCode, web

from .requests import is_upgrade, reply
from .sockets import abort

type Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

# More than any client should read of one answer.
GIANT_BYTES: Final = 48 * 1024 * 1024

_CHUNK: Final = b" " * 1024 * 1024
_TRUNCATED: Final = b'[{"id":"1","state":{"temperature":2'


@dataclass(slots=True)
class Fault:
    """An answer that replaces those of the simulator.

    Attributes:
        answer: Answers a request.
        applies: Returns whether a request gets the answer.
        hits: Number of requests that got the answer.

    """

    answer: Answer
    applies: Callable[[web.Request], bool]
    hits: int = 0


async def reset(request: web.Request) -> web.StreamResponse:
    """Reset the connection instead of an answer."""
    if request.transport is not None:
        abort(request.transport)
    return web.Response()


async def stay_silent(_request: web.Request) -> web.StreamResponse:
    """Wait until the client gives up, which cancels the handler."""
    await asyncio.Event().wait()
    raise ConnectionResetError


async def send_html(_request: web.Request) -> web.StreamResponse:
    """Return a page, as the login of a hotspot or a proxy does."""
    return web.Response(text="<!DOCTYPE html><html><body>Welcome</body></html>", content_type="text/html")


async def send_other_json(_request: web.Request) -> web.StreamResponse:
    """Return valid JSON of another system."""
    return reply({"hello": "world", "config": 7, "body": {"status": "ok"}, "result": "none"})


async def send_garbage(_request: web.Request) -> web.StreamResponse:
    """Return bytes that are not JSON, with the content type of JSON."""
    return web.Response(body=b'\x00\xff{"id":\xfe[[[', content_type="application/json")


async def truncate(request: web.Request) -> web.StreamResponse:
    """Return the beginning of an answer, then close the connection."""
    transport = request.transport
    if transport is not None:
        head = b"HTTP/1.1 101 Switching" if is_upgrade(request) else b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n"
        transport.write(head if is_upgrade(request) else head + b"Content-Type: application/json\r\n\r\n" + _TRUNCATED)
        transport.close()
    return web.Response()


class Giant:
    """Answer of ``GIANT_BYTES`` of JSON whitespace.

    Attributes:
        completed: Number of answers that a client has read to the end.

    """

    def __init__(self) -> None:
        """Initialize without answers."""
        self.completed = 0

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Send the answer, unless the client closes the connection before its end."""
        response = web.StreamResponse()
        response.content_type = "application/json"
        await response.prepare(request)
        with suppress(ConnectionError):
            for _ in range(GIANT_BYTES // len(_CHUNK)):
                await response.write(_CHUNK)
            await response.write_eof()
            self.completed += 1
        return response


async def close_at_once(request: web.Request) -> web.StreamResponse:
    """Accept a handshake and close the socket."""
    socket = web.WebSocketResponse(autoping=False)
    await socket.prepare(request)
    await socket.close(code=WSCloseCode.GOING_AWAY)
    return socket


def redirect_to(url: str) -> Answer:
    """Return an answer that redirects to another host."""

    async def redirect(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": f"{url}/elsewhere"})

    return redirect
