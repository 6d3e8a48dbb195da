"""REST interface, tokens and WebSocket of the client, without Home Assistant."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import nullcontext
import logging
from typing import Any
from urllib.parse import unquote

import aiohttp
from aiohttp import web
import orjson
import pytest

from custom_components.pushwire.vendors.livisi.api import client as module
from custom_components.pushwire.vendors.livisi.api.client import (
    AccountLocked,
    Address,
    ArgumentInvalid,
    EntityNotFound,
    HubBusy,
    HubFault,
    HubOffline,
    HubStarting,
    LivisiClient,
    TermsNotAccepted,
    TokenInvalid,
    error_from_body,
    hub_address,
)
from custom_components.pushwire.wire.errors import (
    AuthenticationFailed,
    CannotConnect,
    CommandFailed,
    InvalidUrl,
    NotReady,
    WireError,
    WrongSystem,
)
from simulators import LivisiSimulator
from simulators.livisi import ERRORS


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    """Yield a session."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def client(sim: LivisiSimulator, session: aiohttp.ClientSession) -> LivisiClient:
    """Return a client of the simulated hub."""
    return client_of(sim, session)


def client_of(sim: LivisiSimulator, session: aiohttp.ClientSession, password: str | None = None) -> LivisiClient:
    """Return a client of a simulated hub."""
    return LivisiClient(session, Address(sim.host, sim.port), sim.password if password is None else password)


def grant_types(sim: LivisiSimulator) -> list[str]:
    """Return the grant types of the token requests."""
    return [request.body["grant_type"] for request in sim.requests if request.path == "/auth/token"]


# Addresses


@pytest.mark.parametrize(
    "text,address",
    [
        ("hub", Address("hub")),
        (" 192.168.1.20 ", Address("192.168.1.20")),
        ("hub:18080", Address("hub", 18080)),
        ("http://hub", Address("hub")),
        ("http://hub:80/#/x", Address("hub", 80)),
        ("[fe80::1]:8081", Address("fe80::1", 8081)),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert hub_address(text) == address


@pytest.mark.parametrize("text", ["", "https://hub", "ftp://hub", "hub:port", "hub:99999", "my hub", "http://"])
def test_invalid_addresses(text: str) -> None:
    with pytest.raises(InvalidUrl):
        hub_address(text)


@pytest.mark.parametrize(
    "port,controller,ports",
    [
        (8080, "Classic", (8080,)),
        (8080, "Avatar", (9090,)),
        (8080, "Virtual", (8080, 9090)),
        (18080, "Classic", (18080,)),
        (18080, "Avatar", (19090, 18081)),
        (18080, "", (18080, 19090, 18081)),
        (65000, "Avatar", (65001,)),
    ],
)
def test_event_ports(port: int, controller: str, ports: tuple[int, ...]) -> None:
    assert Address("hub", port).event_ports(controller) == ports


def test_the_token_is_escaped_as_a_whole() -> None:
    url = str(Address("hub").events(9090, "a+b/c=&d"))
    assert url == "ws://hub:9090/events?token=a%2Bb%2Fc%3D%26d"


# Login


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_login(sim: LivisiSimulator, client: LivisiClient) -> None:
    status = await client.status()
    assert status["serialNumber"] == sim.serial_number
    assert client.is_classic is (sim.version == "v1")
    login = sim.requests[0]
    assert (login.path, login.headers["Content-Type"]) == ("/auth/token", "application/json")
    assert login.body == {"grant_type": "password", "username": "admin", "password": sim.password}
    assert client.secrets() >= set(sim.access_tokens)


async def test_nested_status(session: aiohttp.ClientSession) -> None:
    async with LivisiSimulator(nested_status=True) as sim:
        assert (await client_of(sim, session).status())["serialNumber"] == sim.serial_number


async def test_concurrent_requests_share_one_login(sim: LivisiSimulator, client: LivisiClient) -> None:
    await asyncio.gather(*(client.get("/device") for _ in range(10)))
    assert sim.logins == 1
    sim.expire_tokens()
    await asyncio.gather(*(client.get("/device") for _ in range(10)))
    assert grant_types(sim) == ["password", "refresh_token"]


async def test_an_expired_token_is_renewed_and_the_request_repeated_once(
    sim: LivisiSimulator, client: LivisiClient
) -> None:
    await client.status()
    sim.expire_tokens()
    await client.status()
    assert [request.status for request in sim.requests if request.path == "/status"] == [200, 401, 200]
    assert grant_types(sim) == ["password", "refresh_token"]


async def test_an_unknown_refresh_token(sim: LivisiSimulator, client: LivisiClient) -> None:
    await client.status()
    sim.revoke_tokens()
    await client.status()
    assert grant_types(sim) == ["password", "refresh_token", "password"]


async def test_a_hub_without_refresh_tokens(sim: LivisiSimulator, client: LivisiClient) -> None:
    await client.status()
    sim.honors_refresh = False
    sim.expire_tokens()
    await client.status()
    assert grant_types(sim) == ["password", "refresh_token", "password"]


async def test_a_token_is_renewed_before_it_expires(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(module, "monotonic", lambda: now)
    async with LivisiSimulator(expires_in=100) as sim:
        client = client_of(sim, session)
        await client.status()
        now += 84
        await client.status()
        assert sim.logins == 1
        now += 2
        await client.status()
        assert grant_types(sim) == ["password", "refresh_token"]
        assert not [request for request in sim.requests if request.status == 401]


async def test_a_wrong_password_is_tried_once(sim: LivisiSimulator, session: aiohttp.ClientSession) -> None:
    client = client_of(sim, session, "wrong")
    for _ in range(10):
        with pytest.raises(AuthenticationFailed):
            await client.status()
    assert sim.logins == 1
    assert not sim.locked


async def test_no_login_while_the_account_is_locked(
    sim: LivisiSimulator, client: LivisiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(module, "monotonic", lambda: now)
    sim.lock_account()
    for _ in range(5):
        with pytest.raises(NotReady) as refused:
            await client.status()
        assert refused.value.retry_after == 900
    assert sim.logins == 1
    sim.lock_account(False)
    now += 901
    await client.status()


async def test_a_token_that_is_rejected_twice(sim: LivisiSimulator, client: LivisiClient) -> None:
    await client.status()
    sim.refuse(403, path="/status", times=2)
    with pytest.raises(TokenInvalid):
        await client.status()
    seen = len(sim.requests)
    await client.status()
    assert [request.path for request in sim.requests[seen:]] == ["/auth/token", "/status"]
    assert grant_types(sim)[-1] == "password"


@pytest.mark.parametrize(
    "body",
    [{"token": "x"}, ["x"], "<html>", {"access_token": 7}],
)
async def test_a_login_without_a_token(sim: LivisiSimulator, client: LivisiClient, body: Any) -> None:
    sim.refuse(200, path="/auth", body=body)
    with pytest.raises(WrongSystem):
        await client.status()


async def test_a_login_without_a_lifetime(sim: LivisiSimulator, client: LivisiClient) -> None:
    sim.refuse(200, path="/auth", body={"access_token": "x", "expires_in": None}, times=1)
    sim.refuse(200, path="/status", body={"serialNumber": "1"}, times=1)
    assert await client.status() == {"serialNumber": "1"}
    assert client.secrets() == {"x"}


# Requests


@pytest.mark.parametrize("version", ["v1"])
async def test_v1_gets_one_request_at_a_time(sim: LivisiSimulator, client: LivisiClient) -> None:
    await client.status()
    sim.latency = 0.01
    await asyncio.gather(*(client.get("/device") for _ in range(12)))
    assert sim.max_parallel_requests == 1
    assert all(request.headers.get("Connection") == "close" for request in sim.requests)


async def test_a_canceled_request_does_not_keep_its_turn() -> None:
    gate = module._Gate()
    released = asyncio.Event()

    async def request() -> None:
        async with gate.turn(first=False):
            await released.wait()

    async with asyncio.timeout(5):
        first, second, third = (asyncio.create_task(request()) for _ in range(3))
        await asyncio.sleep(0)
        # The first one passes its turn on before the second one has noticed that it is canceled.
        first.cancel()
        second.cancel()
        released.set()
        await third
        await request()
    assert first.cancelled()
    assert second.cancelled()


async def test_v2_gets_several_requests_at_a_time(sim: LivisiSimulator, client: LivisiClient) -> None:
    await client.status()
    sim.latency = 0.01
    await asyncio.gather(*(client.get("/device") for _ in range(5)))
    assert sim.max_parallel_requests > 1


class Flaky:
    """Server that closes its first connections without a response."""

    def __init__(self, closes: int) -> None:
        """Initialize with the number of connections to close."""
        self.closes = closes
        self.methods: list[str] = []

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        """Return a response, after closing the connection if required."""
        if request.path == "/auth/token":
            return web.json_response({"access_token": "t", "expires_in": 100})
        self.methods.append(request.method)
        if len(self.methods) <= self.closes:
            assert request.transport is not None
            request.transport.close()
        return web.json_response({"serialNumber": "1", "resultCode": "Success"})


async def flaky(closes: int) -> tuple[Flaky, web.AppRunner, Address]:
    """Return a running server with its runner and its address."""
    server = Flaky(closes)
    runner = web.ServerRunner(web.Server(server))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return server, runner, Address("127.0.0.1", runner.addresses[0][1])  # type: ignore[return-value]


@pytest.mark.parametrize("closes,requests", [(0, 1), (1, 2), (2, 2)])
async def test_a_dropped_read_is_repeated_once(session: aiohttp.ClientSession, closes: int, requests: int) -> None:
    server, runner, address = await flaky(closes)
    client = LivisiClient(session, address, "x")
    with pytest.raises(CannotConnect) if closes > 1 else nullcontext():
        await client.status()
    assert len(server.methods) == requests
    await runner.cleanup()


async def test_a_dropped_action_is_not_repeated(session: aiohttp.ClientSession) -> None:
    server, runner, address = await flaky(1)
    client = LivisiClient(session, address, "x")
    with pytest.raises(CannotConnect):
        await client.execute("Toggle", "/capability/x", "core.RWE", {})
    assert server.methods == ["POST"]
    await runner.cleanup()


async def test_a_restart_without_a_response_succeeds(session: aiohttp.ClientSession) -> None:
    server, runner, address = await flaky(1)
    await LivisiClient(session, address, "x").restart("/device/hub")
    assert server.methods == ["POST"]
    await runner.cleanup()


@pytest.mark.parametrize(
    "status,body,error",
    [
        (200, "<html>", WrongSystem),
        (404, "nothing", WrongSystem),
        (401, "another system", WrongSystem),
        (403, {"error": 1}, WrongSystem),
        (500, "oops", CannotConnect),
        (503, "busy", NotReady),
        (429, "slow down", NotReady),
        (415, "", WrongSystem),
    ],
)
async def test_responses_without_an_error_code(
    sim: LivisiSimulator, client: LivisiClient, status: int, body: Any, error: type[WireError]
) -> None:
    sim.refuse(status, path="/status", body=body)
    with pytest.raises(error) as refused:
        await client.status()
    assert type(refused.value) is error


@pytest.mark.parametrize("body", [[], {}, "x", {"gateway": {}}])
async def test_a_status_of_another_system(sim: LivisiSimulator, client: LivisiClient, body: Any) -> None:
    sim.refuse(200, path="/status", body=orjson.dumps(body).decode())
    with pytest.raises(WrongSystem):
        await client.status()


async def test_a_collection_that_is_not_a_list(sim: LivisiSimulator, client: LivisiClient) -> None:
    sim.refuse(200, path="/device", body={"not": "a list"})
    with pytest.raises(WrongSystem):
        await client.entities("/device")


@pytest.mark.parametrize(
    "code,error,retry_after",
    [
        (1000, HubFault, None),
        (1005, ArgumentInvalid, None),
        (1006, HubBusy, 5),
        (1008, HubStarting, 15),
        (2002, TokenInvalid, None),
        (2003, WrongSystem, None),
        (2007, TokenInvalid, None),
        (2009, AuthenticationFailed, None),
        (2013, AccountLocked, 900),
        (3000, EntityNotFound, None),
        (4001, CommandFailed, None),
        (5003, TermsNotAccepted, None),
        (5006, HubOffline, 60),
        (9999, CommandFailed, None),
    ],
)
def test_error_codes(code: int, error: type[WireError], retry_after: float | None) -> None:
    result = error_from_body({"errorcode": code, "description": "words"})
    assert type(result) is error
    assert (result.details, result.retry_after) == ("words", retry_after)


def test_no_error_code() -> None:
    assert error_from_body({"errorcode": "2007"}) is None
    assert error_from_body([]) is None
    without_description = error_from_body({"errorcode": 4711})
    assert without_description is not None
    assert without_description.details == "4711"


@pytest.mark.parametrize("code", [code for code in ERRORS if code != 3002])
def test_every_error_code_of_the_hub_is_an_error(code: int) -> None:
    assert error_from_body({"errorcode": code}) is not None


async def test_the_retry_delay_of_the_hub_is_used(sim: LivisiSimulator, client: LivisiClient) -> None:
    sim.refuse(503, path="/status", retry_after=42)
    with pytest.raises(NotReady) as refused:
        await client.status()
    assert refused.value.retry_after == 42


async def test_actions(sim: LivisiSimulator, client: LivisiClient) -> None:
    target = f"/capability/{sim.resolve('coffee.SwitchActuator')}"
    await client.execute("SetState", target, "core.RWE", {"onState": True})
    assert sim.value("coffee.SwitchActuator", "onState") is True
    sim.action_result = "InvalidActionRequest"
    with pytest.raises(CommandFailed, match="InvalidActionRequest"):
        await client.execute("SetState", target, "core.RWE", {"onState": True})
    sim.refuse(200, path="/action", body=["odd"])
    with pytest.raises(CommandFailed):
        await client.execute("SetState", target, "core.RWE", {"onState": True})


# Events


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_events(sim: LivisiSimulator, client: LivisiClient) -> None:
    socket = await client.open_socket()
    await sim.wait_socket()
    handshake = next(request for request in sim.requests if request.path == "/events")
    assert unquote(handshake.query["token"]) in client.secrets() or handshake.query["token"] in client.secrets()
    await socket.close()


async def test_an_unknown_generation(sim: LivisiSimulator, client: LivisiClient) -> None:
    sim.world["status"]["controllerType"] = None
    socket = await client.open_socket()
    assert client.controller == ""
    await socket.close()


async def test_the_last_working_port_is_remembered(sim: LivisiSimulator, client: LivisiClient) -> None:
    for _ in range(2):
        socket = await client.open_socket()
        await socket.close()
    assert client._event_port == sim.ws_port
    sim.refuse(404, path="/events", body="moved")
    with pytest.raises(WrongSystem):
        await client.open_socket()
    assert client._event_port is None


@pytest.mark.parametrize("change", ["expire_tokens", "revoke_tokens"])
async def test_a_rejected_handshake_renews_the_token(sim: LivisiSimulator, client: LivisiClient, change: str) -> None:
    await client.status()
    getattr(sim, change)()
    socket = await client.open_socket()
    await socket.close()
    assert grant_types(sim)[1] == "refresh_token"


async def test_a_rejected_handshake_does_not_mean_a_wrong_password(sim: LivisiSimulator, client: LivisiClient) -> None:
    sim.refuse(401, path="/events")
    with pytest.raises(TokenInvalid):
        await client.open_socket()
    assert sim.logins == 2


async def test_a_port_that_does_not_respond(
    sim: LivisiSimulator, client: LivisiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_HANDSHAKE_TIMEOUT", 0.01)
    await client.status()
    sim.latency = 5
    with pytest.raises(CannotConnect):
        await client.open_socket()


# Secrets


async def test_errors_and_logs_hold_no_secret(
    sim: LivisiSimulator, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = client_of(sim, session)
    await (await client.open_socket()).close()
    secrets = {sim.password, *client.secrets(), f"{sim.host}:{sim.port}"}
    errors: list[WireError] = []
    for status in (400, 401, 403, 404, 500, 503):
        sim.refuse(status, times=1)
        try:
            await client.get("/device")
        except WireError as err:
            errors.append(err)
    await sim.stop()
    for attempt in (client.open_socket, client.status):
        with pytest.raises(WireError) as refused:
            await attempt()
        errors.append(refused.value)
    for error in errors:
        assert error.__cause__ is None
        assert not [secret for secret in secrets if secret in repr(error) + str(error) + error.details]
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("custom_components")]
    assert not [line for line in lines for secret in secrets if secret in line]
