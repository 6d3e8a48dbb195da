"""Client for ResIOT's socket and REST interface.

Wire code. The address of the socket contains the credentials, in its path or query; the
vendor's documentation does not specify where. The address is used unchanged and never
shown.
"""

from hashlib import sha256
from http import HTTPStatus
from typing import Final

import aiohttp
import orjson
from yarl import URL

from ....wire.address import parse_address
from ....wire.errors import (
    AuthenticationFailed,
    CannotConnect,
    InvalidUrl,
    ScopeForbidden,
    WrongSystem,
    error_from_status,
)
from ....wire.http import read_body
from ....wire.stream import Socket, open_websocket
from ....wire.values import as_dict, as_text

REST_TIMEOUT: Final = aiohttp.ClientTimeout(total=15)


def check_url(url: str) -> URL:
    """Return the address of a socket, unchanged.

    Raises:
        InvalidUrl: The text is not a ws:// or wss:// address with a host.

    """
    if "://" not in url:
        raise InvalidUrl
    parse_address(url, schemes=("ws", "wss"))
    return URL(url.strip(), encoded=True)


def check_rest_url(url: str) -> str:
    """Return the base address of the REST interface.

    Raises:
        InvalidUrl: The text is not an http:// or https:// address with a host.

    """
    if "://" not in url:
        raise InvalidUrl
    parse_address(url, schemes=("http", "https"))
    return url.strip()


def account_id(url: URL) -> str:
    """Return a stable ID for the account of an address, without its credentials."""
    return sha256(str(url).encode()).hexdigest()[:16]


async def open_socket(session: aiohttp.ClientSession, url: URL) -> Socket:
    """Open the socket.

    Raises:
        AuthenticationFailed: The server refused the address with status 401 or 403.
        WireError: Another failure.

    """
    try:
        return await open_websocket(session, url)
    except ScopeForbidden:
        # The address is the only credential, so a refusal always concerns it.
        raise AuthenticationFailed from None


async def fetch_gateway_names(session: aiohttp.ClientSession, base: str, token: str) -> dict[str, str]:
    """Return the names of gateways by lower-case EUI, from the REST interface.

    The token is sent in the header ``Grpc-Metadata-Authorization``, without a scheme.

    Raises:
        WireError: The server cannot be reached, refused the token, or is not ResIOT.

    """
    try:
        async with session.get(
            f"{base.rstrip('/')}/api/gateways",
            params={"limit": "1000"},
            headers={"Grpc-Metadata-Authorization": token},
            timeout=REST_TIMEOUT,
            # Another host must not get the token.
            allow_redirects=False,
        ) as response:
            if response.status != HTTPStatus.OK:
                raise error_from_status(response.status, response.headers)
            body = orjson.loads(await read_body(response))
    except (aiohttp.ClientError, OSError, TimeoutError) as err:
        raise CannotConnect(type(err).__name__) from None
    except orjson.JSONDecodeError:
        raise WrongSystem from None
    if not isinstance(gateways := as_dict(body).get("result"), list):
        raise WrongSystem
    return {
        eui.lower(): str(name)
        for item in map(as_dict, gateways)
        if (eui := as_text(item.get("gwEUI"))) and (name := item.get("name"))
    }
