"""Limits of HTTP answers."""

from collections.abc import AsyncGenerator
import gzip

import aiohttp
from aiohttp import web
import pytest

from custom_components.pushwire.wire.errors import WrongSystem
from custom_components.pushwire.wire.http import read_body, read_lines

LIMIT = 100_000


@pytest.fixture
async def url() -> AsyncGenerator[str]:
    """Run a server with answers of any length, compressed or not."""

    async def answer(request: web.Request) -> web.Response:
        body = b"x" * int(request.query["length"]) + request.query.get("more", "").encode()
        if "gzip" in request.query:
            return web.Response(body=gzip.compress(body), headers={"Content-Encoding": "gzip"})
        return web.Response(body=body)

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


@pytest.mark.parametrize("encoding", ["", "&gzip"])
@pytest.mark.parametrize("length", [0, 10, LIMIT])
async def test_a_body_within_the_limit_is_read(url: str, length: int, encoding: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{url}?length={length}{encoding}") as response:
        assert len(await read_body(response, LIMIT)) == length


@pytest.mark.parametrize("encoding", ["", "&gzip"])
@pytest.mark.parametrize("length", [LIMIT + 1, 50_000_000])
async def test_a_longer_body_is_refused(url: str, length: int, encoding: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{url}?length={length}{encoding}") as response:
        with pytest.raises(WrongSystem):
            await read_body(response, LIMIT)
        assert response.closed


@pytest.mark.parametrize(
    "more, lines", [("", 1), ("%0A", 1), ("%0A%0A%0Ay%0Az", 3), ("%0Ay%0A %0A", 2)], ids=["no end", "1", "3", "2"]
)
async def test_lines_are_read(url: str, more: str, lines: int) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{url}?length={LIMIT}&more={more}") as response:
        read = [line async for line in read_lines(response, LIMIT)]
    assert len(read) == lines
    assert len(read[0]) == LIMIT


async def test_a_line_that_is_too_long_is_refused(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{url}?length=50000000") as response:
        with pytest.raises(WrongSystem):
            [line async for line in read_lines(response, LIMIT)]
        assert response.closed
