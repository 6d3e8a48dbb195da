"""REST interface and WebSocket of deCONZ.

Errors are lists of objects with a type and a description, one per attribute, and may be
mixed with successes; see the gateway's REST documentation.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from http import HTTPStatus
import ssl
from typing import Any, Final

import aiohttp
import orjson
from yarl import URL

from ....wire.errors import (
    AuthenticationFailed,
    CannotConnect,
    CertificateChanged,
    CommandFailed,
    DeviceOff,
    DeviceUnreachable,
    GatewayLocked,
    InvalidValue,
    NetworkDown,
    NotReady,
    NotSupported,
    ResourceNotFound,
    SocketBlocked,
    StorageFull,
    WireError,
    WrongSystem,
    error_from_status,
)
from ....wire.http import MAX_BODY_BYTES, MAX_SMALL_BODY_BYTES, read_body
from ....wire.stream import Socket, open_websocket
from .write_queue import WriteQueue

REST_TIMEOUT: Final = aiohttp.ClientTimeout(total=15)
# At most 40 characters, without the words by which the gateway recognizes some apps.
DEVICE_TYPE: Final = "pushwire#home-assistant"

_MODEL: Final = "deCONZ"
_RADIO_DOWN: Final = "0000000000000000"
_FIRMWARE_DOWN: Final = "0x00000000"

# Adds fields to the gateway's configuration, and changes nothing else.
_ACCEPT: Final = "application/vnd.ddel.v1+json"
_TRIES: Final = 5
_RETRY_PAUSE: Final = 0.3


class _Broken(CannotConnect):
    """The gateway closed a connection in use, as it does with idle ones."""


class SecureSocketMissing(SocketBlocked):
    """The gateway is reached with TLS, but has no WebSocket with TLS; a proxy may stand in between."""

    translation_key = "secure_socket_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Address of a gateway.

    Attributes:
        websocket_port: Port instead of the advertised one, or None.
        fingerprint: SHA-256 of the certificate at set-up, or None.

    """

    host: str
    port: int
    use_tls: bool = False
    websocket_port: int | None = None
    fingerprint: bytes | None = None

    def rest(self, path: str) -> URL:
        """Return the URL of a REST path below ``/api``."""
        return URL.build(
            scheme="https" if self.use_tls else "http",
            host=self.host,
            port=self.port,
            path=f"/api/{path}" if path else "/api",
        )

    def websocket(self, config: Mapping[str, Any]) -> URL:
        """Return the URL of the socket, whose port the gateway may change.

        Raises:
            SecureSocketMissing: The gateway has no socket with TLS.
            WrongSystem: The configuration is not that of a gateway.

        """
        advertised = config.get("websocketport_wss" if self.use_tls else "websocketport")
        port = self.websocket_port or advertised
        if not isinstance(port, int):
            raise SecureSocketMissing if self.use_tls and "websocketport" in config else WrongSystem
        return URL.build(scheme="wss" if self.use_tls else "ws", host=self.host, port=port)

    def trust(self) -> aiohttp.Fingerprint | bool:
        """Return aiohttp's ``ssl`` argument; a gateway has a self-signed certificate."""
        if self.fingerprint is not None:
            return aiohttp.Fingerprint(self.fingerprint)
        return not self.use_tls


@dataclass(frozen=True, slots=True)
class FullState:
    """Full state of a gateway, and its ETag."""

    body: dict[str, Any]
    etag: str | None


class DeconzClient:
    """Client of one gateway.

    Args:
        session: Session whose connection pool is used.
        address: Address of the gateway.
        api_key: API key.

    """

    def __init__(self, session: aiohttp.ClientSession, address: Address, api_key: str) -> None:
        """Initialize; nothing is sent."""
        self._session = session
        self._address = address
        self._api_key = api_key
        self._etag: str | None = None
        self.write_queue = WriteQueue(partial(self.send, "PUT"))

    async def config(self) -> dict[str, Any]:
        """Return the gateway's configuration.

        Raises:
            AuthenticationFailed: The gateway does not know the key; it then answers
                with an error or with its public configuration only.
            NotReady: The radio is not ready yet.

        """
        config = await self._get("config")
        if not isinstance(config, dict) or config.get("modelid") != _MODEL:
            raise WrongSystem
        if "UTC" not in config and "whitelist" not in config and ("websocketport" not in config):
            raise AuthenticationFailed
        return ready(config)

    async def full_state(self) -> FullState | None:
        """Return the full state, or None if the gateway's ETag is still the remembered one."""
        headers = {"Accept": _ACCEPT, **({"If-None-Match": self._etag} if self._etag else {})}
        body, answer = await self._request("GET", "", headers=headers)
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return None
        if not isinstance(body, dict) or not isinstance(body.get("config"), dict):
            raise WrongSystem
        ready(body["config"])
        return FullState(body, answer.headers.get("ETag"))

    def remember_etag(self, full: FullState | None) -> None:
        """Remember the ETag of a state that the model now holds, or forget it for None."""
        self._etag = None if full is None else full.etag

    async def resource(self, path: str) -> dict[str, Any] | None:
        """Return one resource, or None for an unknown path."""
        try:
            body = await self._get(path)
        except CommandFailed:
            return None
        return body if isinstance(body, dict) else None

    async def description(self, address: str) -> dict[str, Any] | None:
        """Return the gateway's description of a device, or None if it has none."""
        try:
            return await self.resource(f"devices/{address}/ddf")
        except WrongSystem:
            # The gateway answers with the status 404 and an empty object instead of an error.
            return None

    async def open_socket(self) -> Socket:
        """Return an open socket, at the port that the gateway currently advertises.

        Raises:
            SocketBlocked: The gateway answers, but not at the port of its socket.
            WireError: The gateway does not answer.

        """
        url = str(self._address.websocket(await self.config()))
        try:
            return await open_websocket(self._session, url, ssl=self._address.trust())
        except NotReady:
            raise
        except CannotConnect as err:
            raise SocketBlocked(err.details) from None

    async def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> list[Any]:
        """Send a request that writes, and return the gateway's list of successes.

        The request is repeated a few times while the gateway is busy or has closed the
        connection, unless a repetition could take effect twice.

        Raises:
            DeviceUnreachable: The gateway cannot reach the device.
            CommandFailed: The gateway refused an attribute; the details name it and the reason.
            WireError: The gateway could not be reached.

        """
        for tries_left in reversed(range(_TRIES)):
            try:
                answer, _ = await self._request(method, path, json=body or {})
            except (NotReady, _Broken) as err:
                if not tries_left or (isinstance(err, _Broken) and method == "POST"):
                    raise
                await asyncio.sleep(_RETRY_PAUSE)
                continue
            return answer if isinstance(answer, list) else [answer]
        raise NotReady

    async def delete_key(self) -> None:
        """Delete the API key from the gateway."""
        await self.send("DELETE", f"config/whitelist/{self._api_key}")

    async def _get(self, path: str) -> Any:
        return (await self._request("GET", path))[0]

    async def _request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Any, aiohttp.ClientResponse]:
        below = f"{self._api_key}/{path}" if path else self._api_key
        try:
            return await request(self._session, self._address, method, below, json=json, headers=headers)
        except WireError as err:
            # The gateway repeats the requested path in its error.
            if self._api_key in err.details:
                raise type(err)(err.details.replace(self._api_key, "…")) from None
            raise


async def request(
    session: aiohttp.ClientSession,
    address: Address,
    method: str,
    path: str,
    *,
    json: Any = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[Any, aiohttp.ClientResponse]:
    """Return the JSON and the response of one request below ``/api``.

    Raises:
        WireError: Error of the connection, the status or the body.

    """
    # Only the full state is long; its path is the API key alone.
    max_bytes = MAX_SMALL_BODY_BYTES if "/" in path else MAX_BODY_BYTES

    async def exchange() -> tuple[aiohttp.ClientResponse, bytes]:
        async with session.request(
            method,
            address.rest(path),
            json=json,
            headers=headers,
            ssl=address.trust(),
            timeout=REST_TIMEOUT,
            # Another host must not get the API key in the path, nor the body.
            allow_redirects=False,
        ) as response:
            return response, await read_body(response, max_bytes)

    try:
        try:
            response, raw = await exchange()
        except aiohttp.ServerDisconnectedError:
            # The gateway closes idle connections after ten seconds, which is noticed only
            # when a pooled one is used again. aiohttp repeats the request once; a second
            # repetition is safe only for requests that do not write.
            if method != "GET":
                raise
            response, raw = await exchange()
    except aiohttp.ServerFingerprintMismatch:
        raise CertificateChanged from None
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionResetError) as err:
        kind = CannotConnect if isinstance(err, aiohttp.ClientConnectorError) else _Broken
        raise kind(type(err).__name__) from None
    except (aiohttp.ClientError, OSError, TimeoutError) as err:
        raise CannotConnect(type(err).__name__) from None
    if response.status == HTTPStatus.NOT_MODIFIED:
        return None, response
    if method == "POST" and response.status == HTTPStatus.OK and not raw:
        # A Touchlink command is answered by its status alone.
        return [], response
    return _body(response, raw), response


def _body(response: aiohttp.ClientResponse, raw: bytes) -> Any:
    """Return the JSON of a successful response."""
    error = error_from_status(response.status, response.headers)
    if response.status == HTTPStatus.FORBIDDEN:
        error = AuthenticationFailed()
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise error from None
    # The status reports an overloaded gateway; for a refusal, the body has more details.
    overloaded = response.status == HTTPStatus.TOO_MANY_REQUESTS or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if not overloaded and (body_error := error_in(body)) is not None:
        raise body_error
    if response.status != HTTPStatus.OK:
        raise error
    return body


# Errors with a meaning of their own, the most specific first.
_SPECIFIC: Final[tuple[tuple[int, type[WireError]], ...]] = (
    (1, AuthenticationFailed),
    (101, GatewayLocked),
    (950, NetworkDown),
    (901, NotReady),
    (951, NotReady),
    (202, DeviceUnreachable),
    (3, ResourceNotFound),
    (201, DeviceOff),
    (6, NotSupported),
    (8, NotSupported),
    (7, InvalidValue),
    (11, StorageFull),
    (301, StorageFull),
    (302, StorageFull),
    (402, StorageFull),
)


def error_in(body: Any) -> WireError | None:
    """Return the error in a body, or None.

    A list may mix successes and errors, one per attribute. A single error makes the
    request fail, and the details name each failed attribute.
    """
    errors = [
        item["error"]
        for item in (body if isinstance(body, list) else ())
        if isinstance(item, dict) and isinstance(item.get("error"), dict)
    ]
    if not errors:
        return None
    # A list, since an odd error may hold a type that is not hashable.
    codes = [error.get("type") for error in errors]
    details = "; ".join(str(error.get("description", "")) for error in errors)
    kind = next((kind for code, kind in _SPECIFIC if code in codes), CommandFailed)
    error = kind(details)
    if isinstance(error, CommandFailed):
        error.refused = frozenset(name for item in errors for name in str(item.get("address", "")).split("/") if name)
    return error


def ready(config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration if the gateway is ready.

    Raises:
        NotReady: The gateway has just started and its radio is not ready yet.

    """
    if config.get("bridgeid") == _RADIO_DOWN or config.get("fwversion") == _FIRMWARE_DOWN:
        raise NotReady
    return config


async def fetch_identity(session: aiohttp.ClientSession, address: Address) -> dict[str, Any]:
    """Return a gateway's public configuration, which holds its name and ``bridgeid``.

    Raises:
        WrongSystem: Another system answers at the address.

    """
    try:
        body, _ = await request(session, address, "GET", "config")
    except CommandFailed, AuthenticationFailed:
        raise WrongSystem from None
    if not isinstance(body, dict) or body.get("modelid") != _MODEL:
        raise WrongSystem
    if not isinstance(body.get("bridgeid"), str):
        raise WrongSystem
    return ready(body)


async def create_key(session: aiohttp.ClientSession, address: Address) -> str:
    """Return a new API key from an unlocked gateway.

    Raises:
        GatewayLocked: The gateway is locked.

    """
    body, _ = await request(session, address, "POST", "", json={"devicetype": DEVICE_TYPE})
    try:
        key = body[0]["success"]["username"]
    except LookupError, TypeError:
        raise WrongSystem from None
    return str(key)


async def fetch_fingerprint(address: Address) -> bytes:
    """Return the SHA-256 of a gateway's current certificate."""
    # The certificate is self-signed, so no certificate authorities are loaded.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(10):
            _, writer = await asyncio.open_connection(address.host, address.port, ssl=context)
    except (OSError, TimeoutError) as err:
        raise CannotConnect(type(err).__name__) from None
    try:
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.close()
    return sha256(certificate).digest()
