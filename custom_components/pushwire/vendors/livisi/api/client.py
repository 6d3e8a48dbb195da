"""The LIVISI hub's REST interface and WebSocket.

Wire code. Both generations speak the same interface: v1 ("Classic") with a tiny
web server that wants one request at a time, v2 ("Avatar") with events on a port of
their own.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import aiohttp
import orjson
from yarl import URL

from ....wire.errors import (
    AuthenticationFailed,
    CannotConnect,
    CommandFailed,
    InvalidUrl,
    NotReady,
    ScopeForbidden,
    WireError,
    WrongSystem,
    error_from_status,
)
from ....wire.stream import Socket, open_websocket

REST_TIMEOUT: Final = aiohttp.ClientTimeout(total=15)
REST_PORT: Final = 8080
SOCKET_PORT: Final = 9090
# One of several ports must not use up the time that opening may take as a whole.
_HANDSHAKE_TIMEOUT: Final = 4.0

CLASSIC: Final = "Classic"
AVATAR: Final = "Avatar"

# The same for every local client: "clientId:clientPass".
_CLIENT: Final = "Basic Y2xpZW50SWQ6Y2xpZW50UGFzcw=="
_USER: Final = "admin"
# v1 compares this to the letter.
_JSON: Final = "application/json"
# A token is renewed when so much of its life is over.
_RENEW_AFTER: Final = 0.85
_SHORTEST_LIFE: Final = 60.0
_SUCCESS: Final = "Success"

# After a lock, any further attempt would prolong it.
LOCKED_PAUSE: Final = 900.0
# A hub starts for some minutes; a look now and then costs it one refused request.
STARTING_PAUSE: Final = 15.0
BUSY_PAUSE: Final = 5.0
OFFLINE_PAUSE: Final = 60.0


class TokenRefused(NotReady):
    """The token is over or forgotten: a new one may be had with the password."""


class ArgumentRefused(CommandFailed):
    """An argument is missing or wrong; v1 says so of some bulk reads as well."""


class EntityGone(CommandFailed):
    """The hub does not know the id."""


def _locked(details: str) -> WireError:
    return NotReady(details, retry_after=LOCKED_PAUSE)


def _starting(details: str) -> WireError:
    return NotReady(details, retry_after=STARTING_PAUSE)


def _busy(details: str) -> WireError:
    return NotReady(details, retry_after=BUSY_PAUSE)


def _offline(details: str) -> WireError:
    return NotReady(details, retry_after=OFFLINE_PAUSE)


# The hub's error codes; what is not here goes by its HTTP status.
_ERRORS: Final[Mapping[int, Callable[[str], WireError]]] = {
    1000: CannotConnect,
    1001: _busy,
    1002: _busy,
    1003: CannotConnect,
    1004: CommandFailed,
    1005: ArgumentRefused,
    1006: _busy,
    1007: CommandFailed,
    1008: _starting,
    2000: ScopeForbidden,
    2001: ScopeForbidden,
    2002: TokenRefused,
    2003: WrongSystem,
    2004: TokenRefused,
    2005: TokenRefused,
    2006: TokenRefused,
    2007: TokenRefused,
    2008: ScopeForbidden,
    2009: AuthenticationFailed,
    2010: ScopeForbidden,
    2011: ScopeForbidden,
    2012: TokenRefused,
    2013: _locked,
    3000: EntityGone,
    3001: CommandFailed,
    3003: CommandFailed,
    3004: CommandFailed,
    3005: CommandFailed,
    4000: CommandFailed,
    4001: CommandFailed,
    4002: CommandFailed,
    4003: CommandFailed,
    5000: CommandFailed,
    5001: CommandFailed,
    5002: CommandFailed,
    5003: ScopeForbidden,
    5006: _offline,
    7000: _busy,
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a hub's REST interface is."""

    host: str
    port: int = REST_PORT

    def rest(self, path: str) -> URL:
        """Return the address of a REST path."""
        return URL.build(scheme="http", host=self.host, port=self.port, path=path)

    def events(self, port: int, token: str) -> URL:
        """Return the address of the events.

        The token is standard base64: each of its ``+``, ``/`` and ``=`` is escaped,
        which both generations undo.
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
        """Return the ports at which a generation's events may be, the likeliest first.

        v1 has them where REST is. v2 has them at 9090; where the REST port is mapped
        to another one, they are taken to be mapped by the same distance, or to the
        next port. Of an unknown generation all are tried.
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


def address_from(typed: str) -> Address:
    """Return the address that a person typed: a host, with a port or pasted as a URL.

    Raises:
        InvalidUrl: It is none.

    """
    typed = typed.strip()
    try:
        url = URL(typed if "://" in typed else f"http://{typed}")
        port = url.explicit_port
    except ValueError:
        raise InvalidUrl from None
    if url.host is None or url.scheme != "http" or any(character.isspace() for character in url.host):
        raise InvalidUrl
    return Address(url.host, REST_PORT if port is None else port)


class LivisiClient:
    """Talks to one hub.

    Attributes:
        controller: ``controllerType`` of the hub, empty before it is known.
        locked_until: Monotonic time before which the account is taken to be locked.

    """

    def __init__(self, session: aiohttp.ClientSession, address: Address, password: str) -> None:
        """Prepare; nothing is sent."""
        self.controller = ""
        self.locked_until = 0.0
        self._session = session
        self._address = address
        self._password = password
        self._event_port: int | None = None
        self._token = ""
        self._refresh_token = ""
        self._renew_at = 0.0
        self._renewing = asyncio.Lock()
        self._one_at_a_time = asyncio.Lock()
        self._refused = False

    @property
    def is_classic(self) -> bool:
        """Say whether this is a v1 hub."""
        return self.controller == CLASSIC

    def secrets(self) -> frozenset[str]:
        """Return the tokens there are now."""
        return frozenset(filter(None, (self._token, self._refresh_token)))

    # Reading

    async def status(self) -> dict[str, Any]:
        """Return the hub's status, flat, and take note of its generation.

        Raises:
            WrongSystem: It has no serial number.

        """
        status = await self.get("/status")
        if isinstance(status, dict) and isinstance(status.get("gateway"), dict):
            status = status["gateway"]
        if not isinstance(status, dict) or not status.get("serialNumber"):
            raise WrongSystem
        controller = status.get("controllerType")
        self.controller = controller if isinstance(controller, str) else ""
        return status

    async def entities(self, path: str) -> list[dict[str, Any]]:
        """Return the entities of a collection such as ``/device``.

        Raises:
            WrongSystem: The answer is no list.

        """
        body = await self.get(path)
        if not isinstance(body, list):
            raise WrongSystem
        return [item for item in body if isinstance(item, dict)]

    async def device_state(self, device_id: str) -> dict[str, Any]:
        """Return one device's state as an item of ``/device/states`` has it."""
        body = await self.get(f"/device/{device_id}/state")
        if isinstance(body, dict) and "id" in body and "state" in body:
            return body
        return {"id": device_id, "state": body}

    async def device_states(self, device_ids: list[str]) -> list[dict[str, Any]]:
        """Return all devices' states.

        A v1 hub refuses to tell them at one go when one of its devices has none.
        """
        try:
            return await self.entities("/device/states")
        except ArgumentRefused:
            states = []
            for device_id in device_ids:
                try:
                    states.append(await self.device_state(device_id))
                except CommandFailed:
                    continue
            return states

    async def get(self, path: str) -> Any:
        """Read.

        Raises:
            WireError: See ``error_in``.

        """
        return await self._authorized("GET", path)

    # Acting

    async def act(self, kind: str, target: str, namespace: str, params: Mapping[str, Any]) -> None:
        """Have the hub act; the new state comes as an event.

        Args:
            kind: Such as ``SetState``.
            target: Link of a capability or device.
            namespace: Product that knows the action.
            params: Plain values by name.

        Raises:
            CommandFailed: The hub refused.
            WireError: It could not be asked.

        """
        body = {
            "id": uuid4().hex,
            "type": kind,
            "namespace": namespace,
            "target": target,
            "params": {name: {"type": "Constant", "value": value} for name, value in params.items()},
        }
        answer = await self._authorized("POST", "/action", body)
        result = answer.get("resultCode") if isinstance(answer, dict) else None
        if result != _SUCCESS:
            raise CommandFailed(str(result or ""))

    async def restart(self, hub_link: str) -> None:
        """Restart the hub, which may go down before it has answered.

        Raises:
            WireError: It refused, or could not be asked.

        """
        # A token that has to be renewed must not end in a restart taken for done.
        await self._current_token()
        try:
            await self.act("Restart", hub_link, "core.RWE", {"reason": "User request"})
        except _Disconnected:
            return

    # Events

    async def open_socket(self) -> Socket:
        """Open the events with a token that is good now.

        Raises:
            AuthenticationFailed: The password is wrong.
            WireError: They cannot be opened.

        """
        if not self.controller:
            await self.status()
        token = await self._current_token()
        try:
            return await self._open_any(token)
        except TokenRefused:
            return await self._open_any(await self._renewed_token(token))

    async def _open_any(self, token: str) -> Socket:
        ports = self._address.event_ports(self.controller)
        if self._event_port in ports:
            ports = (self._event_port,)
        error: WireError = CannotConnect()
        for port in ports:
            try:
                async with asyncio.timeout(_HANDSHAKE_TIMEOUT if len(ports) > 1 else None):
                    socket = await open_websocket(self._session, self._address.events(port, token))
            except AuthenticationFailed, ScopeForbidden:
                error = TokenRefused()
            except TimeoutError:
                error = CannotConnect("TimeoutError")
            except WireError as err:
                error = err
            else:
                self._event_port = port
                return socket
        # What worked once may have moved, when a port mapping was changed.
        self._event_port = None
        raise error

    # Tokens

    async def _current_token(self) -> str:
        if self._token and monotonic() < self._renew_at:
            return self._token
        return await self._renewed_token(self._token)

    async def _renewed_token(self, stale: str) -> str:
        """Return another token than ``stale``; many may ask, one logs in."""
        async with self._renewing:
            if self._token and self._token != stale:
                return self._token
            if self._refused:
                raise AuthenticationFailed
            if (pause := self.locked_until - monotonic()) > 0:
                raise NotReady(retry_after=pause)
            try:
                grant = await self._granted()
            except AuthenticationFailed:
                # Only a person can mend that, and each attempt counts towards a lock.
                self._refused = True
                raise
            except NotReady as err:
                if err.retry_after == LOCKED_PAUSE:
                    self.locked_until = monotonic() + LOCKED_PAUSE
                raise
            self._take(grant)
            return self._token

    async def _granted(self) -> dict[str, Any]:
        if self._refresh_token:
            refresh_token, self._refresh_token = self._refresh_token, ""
            try:
                return await self._grant(grant_type="refresh_token", refresh_token=refresh_token)
            except CommandFailed, TokenRefused, ScopeForbidden, AuthenticationFailed:
                # Forgotten, or not known to this hub: the password is good in any case.
                pass
        return await self._grant(grant_type="password", username=_USER, password=self._password)

    async def _grant(self, **fields: str) -> dict[str, Any]:
        headers = {"Authorization": _CLIENT, "Content-Type": _JSON}
        try:
            answer = await self._request("POST", "/auth/token", headers, orjson.dumps(fields))
        except EntityGone:
            raise WrongSystem from None
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise WrongSystem
        return answer

    def _take(self, grant: Mapping[str, Any]) -> None:
        self._token = grant["access_token"]
        refresh_token = grant.get("refresh_token")
        self._refresh_token = refresh_token if isinstance(refresh_token, str) else ""
        life = grant.get("expires_in")
        seconds = float(life) if isinstance(life, int | float) else _SHORTEST_LIFE
        self._renew_at = monotonic() + seconds * _RENEW_AFTER

    # Requests

    async def _authorized(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request with a token, and once more if the token is refused."""
        token = await self._current_token()
        data = None if body is None else orjson.dumps(body)
        try:
            return await self._request(method, path, _headers(token, data), data)
        except TokenRefused:
            token = await self._renewed_token(token)
        try:
            return await self._request(method, path, _headers(token, data), data)
        except TokenRefused:
            # A token that was renewed and is refused is not worth another renewal.
            self._token = self._refresh_token = ""
            raise

    async def _request(self, method: str, path: str, headers: dict[str, str], data: bytes | None) -> Any:
        gentle = self.controller != AVATAR
        if gentle:
            # v1 closes a connection after five requests or five seconds, unannounced.
            headers = {**headers, "Connection": "close"}
        async with self._one_at_a_time if gentle else nullcontext():
            try:
                # What is read, aiohttp reads again if the hub drops the first attempt.
                async with self._session.request(
                    method,
                    self._address.rest(path),
                    headers=headers,
                    data=data,
                    timeout=REST_TIMEOUT,
                    allow_redirects=False,
                ) as response:
                    raw = await response.read()
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientPayloadError) as err:
                if isinstance(err, aiohttp.ClientConnectorError):
                    raise CannotConnect(type(err).__name__) from None
                raise _Disconnected(type(err).__name__) from None
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as err:
                # The cause is named, not chained: its text holds the address.
                raise CannotConnect(type(err).__name__) from None
        return _body(response, raw)


class _Disconnected(CannotConnect):
    """The hub closed the connection instead of answering."""


def _headers(token: str, data: bytes | None) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {token}"}
    if data is not None:
        headers["Content-Type"] = _JSON
    return headers


def _body(response: aiohttp.ClientResponse, raw: bytes) -> Any:
    """Return the JSON of an answer that tells of no error."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        body = None
        understood = False
    else:
        understood = True
    general = error_from_status(response.status, response.headers)
    if (error := error_in(body)) is not None:
        if general.retry_after is not None:
            error.retry_after = general.retry_after
        raise error
    if response.status == HTTPStatus.OK and understood:
        return body
    error = general
    if isinstance(error, AuthenticationFailed | ScopeForbidden):
        # A hub says in its own words why: this is somebody else's refusal.
        error = WrongSystem(f"HTTP {response.status}")
    raise error


def error_in(body: Any) -> WireError | None:
    """Return the error that a body tells of by its ``errorcode``, or None."""
    code = body.get("errorcode") if isinstance(body, dict) else None
    if not isinstance(code, int):
        return None
    details = body.get("description")
    kind = _ERRORS.get(code, CommandFailed)
    return kind(details if isinstance(details, str) else str(code))
