"""Requests to systems that answer without end, or that send the client elsewhere."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
import gzip

import aiohttp
from aiohttp import web
import orjson
import pytest
from yarl import URL

from custom_components.pushwire.vendors.deconz.api.client import Address as DeconzAddress, DeconzClient
from custom_components.pushwire.vendors.element.api.client import MANDATE, ElementClient
from custom_components.pushwire.vendors.livisi.api.client import Address as HubAddress, LivisiClient
from custom_components.pushwire.vendors.resiot.api.rest import RestClient
from custom_components.pushwire.wire.errors import WireError, WrongSystem
from custom_components.pushwire.wire.http import MAX_BODY_BYTES

type Call = Callable[[aiohttp.ClientSession, URL], Awaitable[object]]


def _livisi(session: aiohttp.ClientSession, url: URL) -> LivisiClient:
    return LivisiClient(session, HubAddress(str(url.host), int(url.port or 0)), "secret")


def _deconz(session: aiohttp.ClientSession, url: URL) -> DeconzClient:
    return DeconzClient(session, DeconzAddress(host=str(url.host), port=int(url.port or 0)), "secret")


CALLS: dict[str, Call] = {
    "livisi": lambda session, url: _livisi(session, url).status(),
    "deconz": lambda session, url: _deconz(session, url).full_state(),
    "deconz write": lambda session, url: _deconz(session, url).send("PUT", "lights/1/state", {"on": True}),
    "element": lambda session, url: ElementClient(session, str(url), "secret").mandate(),
    "resiot": lambda session, url: RestClient(session, str(url), "secret").gateway_names(),
}


@dataclass
class Server:
    """Server that answers every request in the same way."""

    url: URL
    answer: Callable[[web.Request], web.StreamResponse] | None = None
    paths: list[str] = field(default_factory=list)


@pytest.fixture
async def servers() -> AsyncGenerator[list[Server]]:
    """Run two servers."""
    runners, running = [], []
    for _ in range(2):
        server = Server(URL())

        async def handle(request: web.Request, server: Server = server) -> web.StreamResponse:
            server.paths.append(request.path)
            assert server.answer is not None
            return server.answer(request)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = URL(f"http://127.0.0.1:{runner.addresses[0][1]}")
        runners.append(runner)
        running.append(server)
    yield running
    for runner in runners:
        await runner.cleanup()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_no_redirect_is_followed(servers: list[Server], call: Call, status: int) -> None:
    first, second = servers
    first.answer = lambda request: web.Response(status=status, headers={"Location": str(second.url / request.path[1:])})
    async with aiohttp.ClientSession() as session:
        with pytest.raises(WireError):
            await call(session, first.url)
    assert len(first.paths) == 1
    assert second.paths == []


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_a_giant_answer_is_refused(servers: list[Server], call: Call) -> None:
    body = gzip.compress(b" " * (MAX_BODY_BYTES + 1))
    servers[0].answer = lambda _: web.Response(body=body, headers={"Content-Encoding": "gzip"})
    async with aiohttp.ClientSession() as session:
        with pytest.raises(WrongSystem) as raised:
            await call(session, servers[0].url)
    assert raised.value.details == "answer too long"


async def test_a_list_without_an_end_is_refused(servers: list[Server], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.pushwire.vendors.element.api.client.MAX_PAGES", 5)

    def page(_request: web.Request) -> web.Response:
        number = len(servers[0].paths)
        return web.Response(
            body=orjson.dumps({"ok": True, "body": [{"id": str(number)}], "retrieve_after_id": str(number)})
        )

    servers[0].answer = page
    async with aiohttp.ClientSession() as session:
        with pytest.raises(WrongSystem):
            await ElementClient(session, str(servers[0].url), "secret").devices(MANDATE, [])
    assert len(servers[0].paths) == 5
