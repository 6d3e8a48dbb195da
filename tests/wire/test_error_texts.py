"""Errors hold no address, key or token, neither in their text nor in a chained exception."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

import aiohttp
from aiohttp import web
import pytest
from yarl import URL

from custom_components.pushwire.vendors.deconz.api.client import Address as DeconzAddress, DeconzClient
from custom_components.pushwire.vendors.element.api.client import ElementClient, check_host
from custom_components.pushwire.vendors.livisi.api.client import Address as LivisiAddress, LivisiClient
from custom_components.pushwire.vendors.resiot.api.client import open_socket
from custom_components.pushwire.vendors.resiot.api.rest import RestClient
from custom_components.pushwire.wire.errors import CannotConnect, CommandFailed, WireError
from custom_components.pushwire.wire.stream import open_websocket

HOST, SECRET = "127.0.0.1", "s3cret"

type Request = Callable[[aiohttp.ClientSession, int], Awaitable[object]]

REQUESTS: dict[str, Request] = {
    "socket": lambda session, port: open_websocket(session, f"ws://{HOST}:{port}/{SECRET}?token={SECRET}"),
    "deconz": lambda session, port: DeconzClient(session, DeconzAddress(host=HOST, port=port), SECRET).config(),
    "deconz socket": lambda session, port: DeconzClient(
        session, DeconzAddress(host=HOST, port=port), SECRET
    ).open_socket(),
    "element": lambda session, port: ElementClient(session, f"http://{HOST}:{port}", SECRET).mandate(),
    "element socket": lambda session, port: ElementClient(session, f"http://{HOST}:{port}", SECRET).open_socket(
        "mandate", "", "readings"
    ),
    "livisi": lambda session, port: LivisiClient(session, LivisiAddress(HOST, port), SECRET).status(),
    "resiot": lambda session, port: RestClient(session, f"http://{HOST}:{port}", SECRET).gateway_names(),
    "resiot socket": lambda session, port: open_socket(session, URL(f"ws://{HOST}:{port}/{SECRET}")),
}


def check(error: WireError) -> None:
    """Check the text of an error, and that no other error is shown with it."""
    text = f"{error} {error!r} {error.details}"
    assert HOST not in text
    assert SECRET not in text
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    """Return a session."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.mark.parametrize("name", REQUESTS)
async def test_nobody_answers(session: aiohttp.ClientSession, unused_tcp_port: int, name: str) -> None:
    with pytest.raises(CannotConnect) as raised:
        await REQUESTS[name](session, unused_tcp_port)
    check(raised.value)


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("status", [200, 401, 404, 503])
async def test_another_system_answers(session: aiohttp.ClientSession, name: str, status: int) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        # Some web servers repeat the address.
        return web.Response(status=status, text=f"not found: {request.url}")

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    try:
        with pytest.raises(WireError) as raised:
            await REQUESTS[name](session, runner.addresses[0][1])
    finally:
        await runner.cleanup()
    check(raised.value)


@pytest.mark.parametrize("name", REQUESTS)
async def test_the_connection_is_closed(session: aiohttp.ClientSession, name: str) -> None:
    def close(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(close, HOST, 0)
    try:
        with pytest.raises(CannotConnect) as raised:
            await REQUESTS[name](session, server.sockets[0].getsockname()[1])
    finally:
        server.close()
    check(raised.value)


async def test_a_refusal_of_a_gateway_repeats_no_key(session: aiohttp.ClientSession) -> None:
    async def refuse(_request: web.BaseRequest) -> web.Response:
        error = {"type": 7, "address": "/x", "description": f"invalid value in /api/{SECRET}/lights/1"}
        return web.json_response([{"error": error}])

    runner = web.ServerRunner(web.Server(refuse))
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    try:
        client = DeconzClient(session, DeconzAddress(host=HOST, port=runner.addresses[0][1]), SECRET)
        with pytest.raises(CommandFailed) as raised:
            await client.send("PUT", "lights/1/state", {"on": True})
    finally:
        await runner.cleanup()
    assert raised.value.details == "invalid value in /api/…/lights/1"
    check(raised.value)


def test_the_scheme_of_a_host_without_one() -> None:
    assert str(check_host("element.example")) == "https://element.example/api/v1"
    assert str(check_host("http://element.example")) == "http://element.example/api/v1"
