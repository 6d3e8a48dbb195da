"""Client for ResIOT's socket.

Wire code. The address of the socket contains the credentials, in its path or query; the
vendor's documentation does not specify where. The address is used unchanged and never
shown.
"""

from hashlib import sha256

import aiohttp
from yarl import URL

from ....wire.address import parse_address
from ....wire.errors import AuthenticationFailed, InvalidUrl, ScopeForbidden
from ....wire.stream import Socket, open_websocket


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
