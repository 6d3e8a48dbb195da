"""deCONZ's REST interface and WebSocket.

Wire code. Errors are lists of objects with a type and a description, one per
attribute, and may stand beside successes; see the gateway's REST documentation.
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
from ....wire.stream import Socket, open_websocket
from .write_queue import WriteQueue

REST_TIMEOUT: Final = aiohttp.ClientTimeout(total=15)
# At most 40 characters; words by which the gateway recognises some apps are avoided.
DEVICE_TYPE: Final = "pushwire#home-assistant"

_MODEL: Final = "deCONZ"
_RADIO_DOWN: Final = "0000000000000000"
_FIRMWARE_DOWN: Final = "0x00000000"

# Widens what the gateway tells of its configuration, and changes nothing else.
_ACCEPT: Final = "application/vnd.ddel.v1+json"
_TRIES: Final = 5
_RETRY_PAUSE: Final = 0.3


class _Broken(CannotConnect):
    """The gateway closed a connection while it was used, as it does when it has long been idle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a gateway is.

    Attributes:
        websocket_port: Port to use instead of the advertised one, or None.
        fingerprint: SHA-256 of the certificate that was there at set-up, or None.

    """

    host: str
    port: int
    use_tls: bool = False
    websocket_port: int | None = None
    fingerprint: bytes | None = None

    def rest(self, path: str) -> URL:
        """Return the address of a REST path below ``/api``."""
        return URL.build(
            scheme="https" if self.use_tls else "http",
            host=self.host,
            port=self.port,
            path=f"/api/{path}" if path else "/api",
        )

    def websocket(self, config: Mapping[str, Any]) -> URL:
        """Return the address of the socket, whose port the gateway may change."""
        advertised = config.get("websocketport_wss" if self.use_tls else "websocketport")
        port = self.websocket_port or advertised
        if not isinstance(port, int):
            raise WrongSystem
        return URL.build(scheme="wss" if self.use_tls else "ws", host=self.host, port=port)

    def trust(self) -> aiohttp.Fingerprint | bool:
        """Return aiohttp's ``ssl``: a gateway signs its certificate itself."""
        if self.fingerprint is not None:
            return aiohttp.Fingerprint(self.fingerprint)
        return not self.use_tls


@dataclass(frozen=True, slots=True)
class FullState:
    """Everything a gateway has, and the tag by which it tells whether that has changed."""

    body: dict[str, Any]
    etag: str | None


class DeconzClient:
    """Talks to one gateway with one key."""

    def __init__(self, session: aiohttp.ClientSession, address: Address, api_key: str) -> None:
        """Prepare; nothing is sent."""
        self._session = session
        self._address = address
        self._api_key = api_key
        self._etag: str | None = None
        self.write_queue = WriteQueue(partial(self.send, "PUT"))

    async def config(self) -> dict[str, Any]:
        """Return the gateway's configuration.

        Raises:
            AuthenticationFailed: The key is not known; a gateway then answers either
                with an error or with the few things it tells everybody.
            NotReady: The radio is not up yet.

        """
        config = await self._get("config")
        if not isinstance(config, dict) or config.get("modelid") != _MODEL:
            raise WrongSystem
        if "UTC" not in config and "whitelist" not in config and ("websocketport" not in config):
            raise AuthenticationFailed
        return ready(config)

    async def full_state(self) -> FullState | None:
        """Return everything the gateway has, or None when nothing has changed since the last that was ``taken``."""
        headers = {"Accept": _ACCEPT, **({"If-None-Match": self._etag} if self._etag else {})}
        body, answer = await self._request("GET", "", headers=headers)
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return None
        if not isinstance(body, dict) or not isinstance(body.get("config"), dict):
            raise WrongSystem
        ready(body["config"])
        return FullState(body, answer.headers.get("ETag"))

    def remember_etag(self, full: FullState | None) -> None:
        """Take note of the full state that we now have; None if we have none that is whole."""
        self._etag = None if full is None else full.etag

    async def resource(self, path: str) -> dict[str, Any] | None:
        """Return one resource, or None when there is none at that path."""
        try:
            body = await self._get(path)
        except CommandFailed:
            return None
        return body if isinstance(body, dict) else None

    async def open_socket(self) -> Socket:
        """Ask for the port anew and open the socket there.

        Raises:
            SocketBlocked: The gateway answers, but not at the port of its socket.
            WireError: It does not answer at all.

        """
        url = str(self._address.websocket(await self.config()))
        try:
            return await open_websocket(self._session, url, ssl=self._address.trust())
        except NotReady:
            raise
        except CannotConnect as err:
            raise SocketBlocked(err.details) from None

    async def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> list[Any]:
        """Write, and return the gateway's list of successes.

        A busy gateway is asked again a few times, and one that has closed the connection too, unless the
        write would be done twice.

        Raises:
            DeviceUnreachable: The device does not answer the gateway.
            CommandFailed: The gateway refused an attribute; says which and why.
            WireError: It could not be asked.

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
        """Take our key off the gateway's list."""
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
            # The gateway repeats the path that it was asked for.
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
    """Send one request below ``/api`` and return its JSON and the response.

    Raises:
        WireError: Translated from the status and from the errors in the body.

    """

    async def exchange() -> tuple[aiohttp.ClientResponse, bytes]:
        async with session.request(
            method,
            address.rest(path),
            json=json,
            headers=headers,
            ssl=address.trust(),
            timeout=REST_TIMEOUT,
        ) as response:
            return response, await response.read()

    try:
        try:
            response, raw = await exchange()
        except aiohttp.ServerDisconnectedError:
            # The gateway closes idle connections after ten seconds, which a pooled one
            # notices only when it is used. aiohttp repeats that by itself, once; a gateway
            # that closes again is asked again only for what writes nothing.
            if method != "GET":
                raise
            response, raw = await exchange()
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionResetError) as err:
        kind = CannotConnect if isinstance(err, aiohttp.ClientConnectorError) else _Broken
        raise kind(type(err).__name__) from None
    except (aiohttp.ClientError, OSError, TimeoutError) as err:
        raise CannotConnect(type(err).__name__) from None
    if response.status == HTTPStatus.NOT_MODIFIED:
        return None, response
    return _body(response, raw), response


def _body(response: aiohttp.ClientResponse, raw: bytes) -> Any:
    """Return the JSON of a response that tells of no error."""
    error = error_from_status(response.status, response.headers)
    if response.status == HTTPStatus.FORBIDDEN:
        error = AuthenticationFailed()
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise error from None
    # A gateway that is overloaded says so by the status; a refusal says more in the body.
    overloaded = response.status == HTTPStatus.TOO_MANY_REQUESTS or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if not overloaded and (told := error_in(body)) is not None:
        raise told
    if response.status != HTTPStatus.OK:
        raise error
    return body


# Errors that mean something else than "refused", the most telling first.
_TELLING: Final[tuple[tuple[int, type[WireError]], ...]] = (
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
    """Return the error that a body tells of, or None.

    A list may hold successes and errors side by side, one per attribute: the whole
    has failed if any has, and the text names each that did.
    """
    errors = [
        item["error"]
        for item in (body if isinstance(body, list) else ())
        if isinstance(item, dict) and isinstance(item.get("error"), dict)
    ]
    if not errors:
        return None
    codes = {error.get("type") for error in errors}
    details = "; ".join(str(error.get("description", "")) for error in errors)
    kind = next((kind for code, kind in _TELLING if code in codes), CommandFailed)
    error = kind(details)
    if isinstance(error, CommandFailed):
        error.refused = frozenset(name for item in errors for name in str(item.get("address", "")).split("/") if name)
    return error


def ready(config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration whose radio is up.

    Raises:
        NotReady: The gateway has just started and does not know its radio yet.

    """
    if config.get("bridgeid") == _RADIO_DOWN or config.get("fwversion") == _FIRMWARE_DOWN:
        raise NotReady
    return config


async def fetch_identity(session: aiohttp.ClientSession, address: Address) -> dict[str, Any]:
    """Return what a gateway tells everybody: its name and ``bridgeid``.

    Raises:
        WrongSystem: Something else answers there.

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
    """Return a key of our own from an unlocked gateway.

    Raises:
        GatewayLocked: It is locked.

    """
    body, _ = await request(session, address, "POST", "", json={"devicetype": DEVICE_TYPE})
    try:
        key = body[0]["success"]["username"]
    except LookupError, TypeError:
        raise WrongSystem from None
    return str(key)


async def fetch_fingerprint(address: Address) -> bytes:
    """Return the SHA-256 of the certificate that a gateway shows now."""
    # Loads no certificates of authorities, of which none is asked.
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
