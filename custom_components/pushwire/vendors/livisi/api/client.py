"""REST interface and WebSocket of a LIVISI hub.

Both generations have the same interface: v1 ("Classic") with a small web server that
handles one request at a time, v2 ("Avatar") with a separate port for events.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import aiohttp
import orjson
from yarl import URL

from ....wire.address import parse_address
from ....wire.errors import (
    AuthenticationFailed,
    CannotConnect,
    CommandFailed,
    DeviceUnreachable,
    NotReady,
    ScopeForbidden,
    WireError,
    WrongSystem,
    error_from_status,
)
from ....wire.http import read_body
from ....wire.stream import Socket, open_websocket
from ....wire.values import as_dict, as_float, as_text
from .frames import text_or_empty
from .model import HUB_PRODUCT

REST_TIMEOUT: Final = aiohttp.ClientTimeout(total=15)
REST_PORT: Final = 8080
SOCKET_PORT: Final = 9090
# Port of the page on which a person turns on the local interface.
PAGE_PORT: Final = 80
PAGE_TIMEOUT: Final = aiohttp.ClientTimeout(total=5)
# Details of an error for a port at which nothing listens.
_REFUSED: Final = aiohttp.ClientConnectorError.__name__
# Seconds for each of several ports; together they must not exceed the stream's open timeout.
_HANDSHAKE_TIMEOUT: Final = 4.0

CLASSIC: Final = "Classic"
AVATAR: Final = "Avatar"

# "clientId:clientPass", the same for every local client.
_CLIENT: Final = "Basic Y2xpZW50SWQ6Y2xpZW50UGFzcw=="
_USER: Final = "admin"
# v1 accepts no parameter after the media type.
_JSON: Final = "application/json"
# Part of a token's lifetime after which the token is renewed.
_RENEW_AFTER: Final = 0.85
# Lifetime in seconds of a token without one.
_DEFAULT_LIFETIME: Final = 60.0
_SUCCESS: Final = "Success"

# Seconds between logins after the hub has rejected a new token, doubled each time up to the maximum.
LOGIN_PAUSE: Final = 10.0
MAX_LOGIN_PAUSE: Final = 300.0
# HTTP statuses of a handshake whose session the hub does not have, or already uses.
_SESSION_LOST: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.CONFLICT,
        HTTPStatus.FAILED_DEPENDENCY,
    }
)

# Seconds before the next attempt. Each login attempt extends the lock of an account.
LOCKED_PAUSE: Final = 900.0
# A start takes some minutes, and an attempt is only one rejected request.
STARTING_PAUSE: Final = 15.0
BUSY_PAUSE: Final = 5.0
OFFLINE_PAUSE: Final = 60.0


class TokenInvalid(NotReady):
    """The token has expired or is unknown; log in again."""


class HubFault(CannotConnect):
    """The hub reports an internal error."""

    translation_key = "hub_fault"


class HubStarting(NotReady):
    """The hub is starting."""

    translation_key = "hub_starting"


class HubBusy(NotReady):
    """The hub is too busy to handle the request."""

    translation_key = "hub_busy"


class HubOffline(NotReady):
    """The part of the hub that controls the devices does not run."""

    translation_key = "hub_offline"


class AccountLocked(NotReady):
    """The account is locked for a while after wrong passwords."""

    translation_key = "account_locked"


class TermsNotAccepted(WireError):
    """A person has to accept the terms of use on the hub's page."""

    translation_key = "terms_not_accepted"


class RightMissing(WireError):
    """The account does not have the right for the request."""

    translation_key = "right_missing"


class LocalAccessOff(CannotConnect):
    """The hub's page answers, but its local interface does not."""

    translation_key = "local_access_off"


class ConfigurationLocked(CommandFailed):
    """The hub's configuration cannot be changed at the moment."""

    translation_key = "configuration_locked"


class ActionRefused(CommandFailed):
    """The account may not execute the action."""

    translation_key = "action_refused"


class ArgumentInvalid(CommandFailed):
    """An argument is missing or wrong; on v1 also the error of some bulk requests."""


class EntityNotFound(CommandFailed):
    """The hub does not have an entity of the ID."""


class NothingChanged(CommandFailed):
    """The hub already has the configuration that was sent."""


def _locked(details: str) -> WireError:
    return AccountLocked(details, retry_after=LOCKED_PAUSE)


def _starting(details: str) -> WireError:
    return HubStarting(details, retry_after=STARTING_PAUSE)


def _busy(details: str) -> WireError:
    return HubBusy(details, retry_after=BUSY_PAUSE)


def _offline(details: str) -> WireError:
    return HubOffline(details, retry_after=OFFLINE_PAUSE)


# Errors by the hub's error code; see docs/protocols/livisi.md, 1.3.
_ERRORS: Final[Mapping[int, Callable[[str], WireError]]] = {
    1000: HubFault,
    1001: _busy,
    1002: _busy,
    1003: HubFault,
    1004: CommandFailed,
    1005: ArgumentInvalid,
    1006: _busy,
    1007: CommandFailed,
    1008: _starting,
    2000: RightMissing,
    2001: RightMissing,
    2002: TokenInvalid,
    2003: WrongSystem,
    2004: TokenInvalid,
    2005: TokenInvalid,
    2006: TokenInvalid,
    2007: TokenInvalid,
    2008: RightMissing,
    2009: AuthenticationFailed,
    2010: RightMissing,
    2011: RightMissing,
    2012: TokenInvalid,
    2013: _locked,
    3000: EntityNotFound,
    3001: CommandFailed,
    3002: NothingChanged,
    3003: CommandFailed,
    3004: CommandFailed,
    3005: CommandFailed,
    4000: CommandFailed,
    4001: CommandFailed,
    4002: ActionRefused,
    4003: CommandFailed,
    5000: ConfigurationLocked,
    5001: ConfigurationLocked,
    5002: DeviceUnreachable,
    5003: TermsNotAccepted,
    5006: _offline,
    7000: _busy,
}


@dataclass(frozen=True, slots=True)
class Address:
    """Address of a hub's REST interface."""

    host: str
    port: int = REST_PORT

    def rest(self, path: str) -> URL:
        """Return the address of a REST path."""
        return URL.build(scheme="http", host=self.host, port=self.port, path=path)

    def events(self, port: int, token: str) -> URL:
        """Return the address of the WebSocket.

        The token is standard Base64, so each ``+``, ``/`` and ``=`` is escaped; both
        generations decode them.
        """
        return URL.build(
            scheme="ws",
            host=self.host,
            port=port,
            path="/events",
            query_string=f"token={quote(token, safe='')}",
            encoded=True,
        )

    def event_ports(self, controller: str) -> tuple[int, ...]:
        """Return the possible WebSocket ports of a generation, the most likely first.

        On v1 it is the REST port, on v2 port 9090. If the REST port is mapped to another
        one, the WebSocket port of v2 may be mapped with the same offset, or to the next
        port. For an unknown generation, the ports of both are returned.
        """
        mapped = tuple(
            port
            for port in (self.port + SOCKET_PORT - REST_PORT, self.port + 1)
            if port.bit_length() <= 16  # noqa: PLR2004
        )
        avatar = (SOCKET_PORT,) if self.port == REST_PORT else mapped
        if controller == CLASSIC:
            return (self.port,)
        return avatar if controller == AVATAR else (self.port, *avatar)


def hub_address(text: str) -> Address:
    """Return the address in a text: a host, a host with a port, or a URL.

    Raises:
        InvalidUrl: The text is not an address.

    """
    entered = parse_address(text)
    return Address(entered.host, REST_PORT if entered.port is None else entered.port)


class LivisiClient:
    """Client of one hub.

    Attributes:
        controller: ``controllerType`` of the hub, or empty before the first status.
        locked_until: Monotonic time until which the account is locked.

    """

    def __init__(self, session: aiohttp.ClientSession, address: Address, password: str) -> None:
        """Initialize; nothing is sent."""
        self.controller = ""
        self.locked_until = 0.0
        self._session = session
        self._address = address
        self._password = password
        self._event_port: int | None = None
        self._token = ""
        self._refresh_token = ""
        self._renew_at = 0.0
        self._login_lock = asyncio.Lock()
        self._gate = _Gate()
        self._password_refused = False
        # Number of new tokens in a row that the hub has rejected, and the time of the next login.
        self._rejected_logins = 0
        self._next_login = 0.0

    @property
    def is_classic(self) -> bool:
        """Whether the hub is a v1."""
        return self.controller == CLASSIC

    def secrets(self) -> frozenset[str]:
        """Return the current tokens."""
        return frozenset(filter(None, (self._token, self._refresh_token)))

    # Reading

    async def check_is_hub(self) -> None:
        """Check without credentials that a hub answers: it rejects a request without a token.

        Raises:
            WrongSystem: Another system answers.
            WireError: Nothing answers.

        """
        try:
            await self._request("GET", "/status", {}, None)
        except TokenInvalid:
            return
        except CannotConnect as err:
            raise await self._explained(err) from None
        raise WrongSystem

    async def _explained(self, error: WireError) -> WireError:
        """Return a better error for a refused connection if the hub's page answers, which needs no local interface."""
        if error.details != _REFUSED:
            return error
        page = URL.build(scheme="http", host=self._address.host, port=PAGE_PORT, path="/")
        try:
            async with self._session.get(page, timeout=PAGE_TIMEOUT, allow_redirects=False):
                return LocalAccessOff()
        except aiohttp.ClientError, OSError, TimeoutError, ValueError:
            return error

    async def status(self) -> dict[str, Any]:
        """Return the hub's status and remember the hub's generation.

        Raises:
            WrongSystem: The status has no serial number.
            WireError: The hub could not be read.

        """
        body = as_dict(await self.get("/status"))
        status = as_dict(body.get("gateway")) or body
        if not status.get("serialNumber"):
            raise WrongSystem
        self.controller = text_or_empty(status.get("controllerType"))
        return status

    async def entities(self, path: str) -> list[dict[str, Any]]:
        """Return the entities of a collection such as ``/device``.

        Raises:
            WrongSystem: The response is not a list.
            WireError: The hub could not be read.

        """
        body = await self.get(path)
        if not isinstance(body, list):
            raise WrongSystem
        return [item for item in body if isinstance(item, dict)]

    async def device_state(self, device_id: str) -> dict[str, Any]:
        """Return the state of a device, as an item of ``/device/states``."""
        body = await self.get(f"/device/{device_id}/state")
        if isinstance(body, dict) and "id" in body and "state" in body:
            return body
        return {"id": device_id, "state": body}

    async def optional_entities(self, path: str) -> list[dict[str, Any]] | None:
        """Return the entities of a collection, or None if the hub cannot list them.

        Raises:
            WireError: The hub could not be read, or reports a fault that may pass.

        """
        try:
            return await self.entities(path)
        except CommandFailed, RightMissing, WrongSystem:
            return None

    async def capability_state(self, capability_id: str) -> dict[str, Any]:
        """Return the state of a capability, as an item of ``/capability/states``."""
        body = as_dict(await self.get(f"/capability/{capability_id}/state"))
        return body if body.get("id") == capability_id else {"id": capability_id, "state": body}

    async def states_of(self, device_id: str, capability_ids: Iterable[str]) -> list[dict[str, Any]]:
        """Return the states of a device's capabilities, as items of ``/capability/states``."""
        states = await self.optional_entities(f"/device/{device_id}/capability/state")
        if states is not None and all(as_text(item.get("id")) for item in states):
            return states
        states = []
        for capability_id in capability_ids:
            with suppress(CommandFailed):
                states.append(await self.capability_state(capability_id))
        return states

    async def put(self, path: str, body: Mapping[str, Any]) -> bool:
        """Replace an entity, and return whether that changes anything.

        The hub reports the outcome of a change of its configuration as an event.

        Raises:
            WireError: The hub refused the change or could not be reached.

        """
        try:
            await self._authorized("PUT", path, body)
        except NothingChanged:
            return False
        return True

    async def post(self, path: str, body: Mapping[str, Any]) -> bool:
        """Add an entity, and return True; the hub reports the outcome as an event.

        Raises:
            WireError: The hub refused the entity or could not be reached.

        """
        await self._authorized("POST", path, body)
        return True

    async def delete(self, path: str) -> None:
        """Delete an entity.

        Raises:
            WireError: The hub refused the request or could not be reached.

        """
        await self._authorized("DELETE", path)

    async def get(self, path: str) -> Any:
        """Return the response to a GET request.

        Raises:
            WireError: See ``error_from_body``.

        """
        return await self._authorized("GET", path)

    # Actions

    async def execute(self, kind: str, target: str, namespace: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Execute an action and return the hub's result; the new state arrives as an event.

        Args:
            kind: Type of the action, such as ``SetState``.
            target: Link of a capability or a device.
            namespace: Product that implements the action.
            params: Values by name.

        Raises:
            CommandFailed: The hub refused the action.
            WireError: The hub could not be reached.

        """
        body = {
            "id": uuid4().hex,
            "type": kind,
            "namespace": namespace,
            "target": target,
            "params": {name: {"type": "Constant", "value": value} for name, value in params.items()},
        }
        response = as_dict(await self._authorized("POST", "/action", body))
        result = response.get("resultCode")
        if result != _SUCCESS:
            raise CommandFailed(str(result or ""))
        return response

    async def restart(self, hub_link: str) -> None:
        """Restart the hub, which may go down before it responds.

        Raises:
            WireError: The hub refused the action or could not be reached.

        """
        # Otherwise a disconnect during the renewal of the token would count as a restart.
        await self._current_token()
        try:
            await self.execute("Restart", hub_link, HUB_PRODUCT, {"reason": "User request"})
        except _Disconnected:
            return

    # Events

    async def open_socket(self) -> Socket:
        """Return an open WebSocket.

        Raises:
            AuthenticationFailed: The password is wrong.
            WireError: The WebSocket could not be opened.

        """
        if not self.controller:
            try:
                await self.status()
            except CannotConnect as err:
                raise await self._explained(err) from None
        token = await self._current_token()
        try:
            return await self._open_first(token)
        except WireError as err:
            if err.status is None:
                raise
            refusal = err
        if refusal.status in _SESSION_LOST and not self._is_login_paused():
            if refusal.status != HTTPStatus.FORBIDDEN:
                # A refreshed token would belong to the same session.
                self._refresh_token = ""
            token = await self._renewed_token(token)
        else:
            # The handshake does not reveal its error code. A token that has ended is renewed.
            await self.status()
            if self._token == token:
                raise refusal
            token = self._token
        try:
            socket = await self._open_first(token)
        except WireError as err:
            if err.status in _SESSION_LOST:
                self._rejected_logins = max(self._rejected_logins, 1)
                self._count_rejected_login()
                raise TokenInvalid from None
            raise
        self._rejected_logins = 0
        return socket

    async def _open_first(self, token: str) -> Socket:
        """Return an open WebSocket at the first port that accepts one."""
        ports = self._address.event_ports(self.controller)
        if self._event_port in ports:
            ports = (self._event_port,)
        error: WireError = CannotConnect()
        for port in ports:
            try:
                async with asyncio.timeout(_HANDSHAKE_TIMEOUT if len(ports) > 1 else None):
                    socket = await open_websocket(self._session, self._address.events(port, token))
            except AuthenticationFailed, ScopeForbidden:
                error = TokenInvalid()
                error.status = HTTPStatus.FORBIDDEN
            except TimeoutError:
                error = CannotConnect("TimeoutError")
            except WireError as err:
                error = err
            else:
                self._event_port = port
                return socket
        # A changed port mapping may have moved the port.
        self._event_port = None
        raise error

    # Tokens

    async def _current_token(self) -> str:
        if self._token and monotonic() < self._renew_at:
            return self._token
        return await self._renewed_token(self._token)

    async def _renewed_token(self, stale: str) -> str:
        """Return a token newer than ``stale``; concurrent callers share one login."""
        async with self._login_lock:
            if self._token and self._token != stale:
                return self._token
            if self._password_refused:
                raise AuthenticationFailed
            if (pause := self.locked_until - monotonic()) > 0:
                raise AccountLocked(retry_after=pause)
            if self._is_login_paused():
                raise NotReady(retry_after=self._next_login - monotonic())
            try:
                grant = await self._request_token()
            except AuthenticationFailed:
                # Only a new password helps, and each attempt counts toward a lock of the account.
                self._password_refused = True
                raise
            except AccountLocked:
                self.locked_until = monotonic() + LOCKED_PAUSE
                raise
            self._store_token(grant)
            return self._token

    async def _request_token(self) -> dict[str, Any]:
        """Return a new token, by the refresh token if the hub accepts it, otherwise by the password."""
        if self._refresh_token:
            refresh_token, self._refresh_token = self._refresh_token, ""
            try:
                return await self._send_grant(grant_type="refresh_token", refresh_token=refresh_token)
            except CommandFailed, TokenInvalid, RightMissing, AuthenticationFailed:
                # Expired, or not supported by the hub.
                pass
        return await self._send_grant(grant_type="password", username=_USER, password=self._password)

    async def _send_grant(self, **fields: str) -> dict[str, Any]:
        headers = {"Authorization": _CLIENT, "Content-Type": _JSON}
        try:
            response = await self._request("POST", "/auth/token", headers, orjson.dumps(fields))
        except EntityNotFound:
            raise WrongSystem from None
        if not isinstance(response, dict) or not isinstance(response.get("access_token"), str):
            raise WrongSystem
        return response

    def _store_token(self, grant: Mapping[str, Any]) -> None:
        self._token = grant["access_token"]
        self._refresh_token = text_or_empty(grant.get("refresh_token"))
        lifetime = as_float(grant.get("expires_in"))
        self._renew_at = monotonic() + (_DEFAULT_LIFETIME if lifetime is None else lifetime) * _RENEW_AFTER

    def _is_login_paused(self) -> bool:
        return monotonic() < self._next_login

    def _count_rejected_login(self) -> None:
        """Log in with the password next, but not again and again if the hub rejects that token too."""
        self._refresh_token = ""
        if self._rejected_logins:
            self._next_login = monotonic() + min(LOGIN_PAUSE * 2 ** (self._rejected_logins - 1), MAX_LOGIN_PAUSE)
        else:
            self._token = ""
        self._rejected_logins = min(self._rejected_logins + 1, 10)

    # Requests

    async def _authorized(self, method: str, path: str, body: Any = None) -> Any:
        """Return the response to a request, repeated once if the hub rejects the token."""
        token = await self._current_token()
        data = None if body is None else orjson.dumps(body)
        try:
            return await self._request(method, path, _headers(token, data), data)
        except TokenInvalid:
            token = await self._renewed_token(token)
        try:
            response = await self._request(method, path, _headers(token, data), data)
        except TokenInvalid:
            # After a restart, a hub may reject every token for a while.
            self._count_rejected_login()
            raise
        self._rejected_logins = 0
        return response

    async def _request(self, method: str, path: str, headers: dict[str, str], data: bytes | None) -> Any:
        is_serial = self.controller != AVATAR
        if is_serial:
            # v1 closes a connection after five requests or five seconds, without notice.
            headers = {**headers, "Connection": "close"}
        async with self._gate.turn(first=method != "GET") if is_serial else nullcontext():
            try:
                # aiohttp repeats a GET request once if the hub drops the connection.
                async with self._session.request(
                    method,
                    self._address.rest(path),
                    headers=headers,
                    data=data,
                    timeout=REST_TIMEOUT,
                    allow_redirects=False,
                ) as response:
                    raw = await read_body(response)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientPayloadError) as err:
                if isinstance(err, aiohttp.ClientConnectorError):
                    raise CannotConnect(type(err).__name__) from None
                raise _Disconnected(type(err).__name__) from None
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as err:
                # The cause is not chained, since its text holds the address.
                raise CannotConnect(type(err).__name__) from None
        return _read_body(response, raw)


class _Gate:
    """Gate that lets one request pass at a time; commands overtake reads that wait."""

    __slots__ = ("_commands", "_is_taken", "_reads")

    def __init__(self) -> None:
        """Initialize an open gate."""
        self._is_taken = False
        self._commands: deque[asyncio.Future[None]] = deque()
        self._reads: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def turn(self, *, first: bool) -> AsyncGenerator[None]:
        """Wait for the turn of a request; ``first`` is True for a command."""
        if self._is_taken:
            turn = asyncio.get_running_loop().create_future()
            queue = self._commands if first else self._reads
            queue.append(turn)
            try:
                await turn
            except BaseException:
                if turn.done() and not turn.cancelled():
                    self._pass_on()
                raise
        self._is_taken = True
        try:
            yield
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        for queue in (self._commands, self._reads):
            while queue:
                # A request that was canceled keeps its place until its turn.
                if not (turn := queue.popleft()).done():
                    turn.set_result(None)
                    return
        self._is_taken = False


class _Disconnected(CannotConnect):
    """The hub closed the connection without a response."""


def _headers(token: str, data: bytes | None) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {token}"}
    if data is not None:
        headers["Content-Type"] = _JSON
    return headers


def _read_body(response: aiohttp.ClientResponse, raw: bytes) -> Any:
    """Return the JSON of a successful response.

    Raises:
        WireError: The response reports an error or is not JSON.

    """
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        body = None
        is_json = False
    else:
        is_json = True
    error = error_from_status(response.status, response.headers)
    if (reported := error_from_body(body)) is not None:
        if error.retry_after is not None:
            reported.retry_after = error.retry_after
        raise reported
    if response.status == HTTPStatus.NOT_MODIFIED:
        raise NothingChanged
    if response.status == HTTPStatus.OK and is_json:
        return body
    if isinstance(error, AuthenticationFailed | ScopeForbidden):
        # A hub always adds an error code, so another system rejected the request.
        error = WrongSystem(f"HTTP {response.status}")
    raise error


def error_from_body(body: Any) -> WireError | None:
    """Return the error for a body's ``errorcode``, or None for a body without one."""
    code = as_dict(body).get("errorcode")
    if not isinstance(code, int):
        return None
    return _ERRORS.get(code, CommandFailed)(as_text(body.get("description")) or str(code))
