"""ResIOT's socket: the address as a person pasted it, and nothing else.

Wire code. The address holds the credential, in its path or its query; where, the
vendor's page does not say. It is used as it is and shown nowhere.
"""

from hashlib import sha256
from http import HTTPStatus
from typing import Final

import aiohttp
import orjson
from yarl import URL

from ....wire.errors import (
    AuthenticationFailed,
    CannotConnect,
    InvalidUrl,
    ScopeForbidden,
    WrongSystem,
    error_from_status,
)
from ....wire.stream import Socket, open_websocket

REST_TIMEOUT: Final = aiohttp.ClientTimeout(total=15)


def check_url(url: str) -> URL:
    """Return the address, to be used word for word.

    Raises:
        InvalidUrl: It is not a ws:// or wss:// address with a host.

    """
    try:
        parsed = URL(url.strip(), encoded=True)
    except ValueError as err:
        raise InvalidUrl from err
    if parsed.scheme not in ("ws", "wss") or not parsed.host:
        raise InvalidUrl
    return parsed


def account_id(url: URL) -> str:
    """Return a stable id of the account behind an address, without its secret."""
    return sha256(str(url).encode()).hexdigest()[:16]


async def open_socket(session: aiohttp.ClientSession, url: URL) -> Socket:
    """Open the socket.

    Raises:
        AuthenticationFailed: The address is known but refused: 401 or 403.
        WireError: Any other failure.

    """
    try:
        return await open_websocket(session, url)
    except ScopeForbidden:
        # There is nothing to be allowed or not but the address itself.
        raise AuthenticationFailed from None


async def fetch_gateway_names(session: aiohttp.ClientSession, base: str, token: str) -> dict[str, str]:
    """Return names of gateways by lower-case EUI, from the REST interface.

    The token goes in ``Grpc-Metadata-Authorization``, without a scheme.

    Raises:
        WireError: Not reachable, refused, or not ResIOT.

    """
    try:
        async with session.get(
            f"{base.rstrip('/')}/api/gateways",
            params={"limit": "1000"},
            headers={"Grpc-Metadata-Authorization": token},
            timeout=REST_TIMEOUT,
        ) as response:
            if response.status != HTTPStatus.OK:
                raise error_from_status(response.status, response.headers)
            body = orjson.loads(await response.read())
    except (aiohttp.ClientError, OSError, TimeoutError) as err:
        raise CannotConnect(type(err).__name__) from None
    except orjson.JSONDecodeError:
        raise WrongSystem from None
    gateways = body.get("result") if isinstance(body, dict) else None
    if not isinstance(gateways, list):
        raise WrongSystem
    return {
        item["gwEUI"].lower(): str(item["name"])
        for item in gateways
        if isinstance(item, dict) and isinstance(item.get("gwEUI"), str) and item.get("name")
    }
