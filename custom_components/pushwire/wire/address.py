"""Addresses that a person enters."""

from collections.abc import Container
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from yarl import URL

from .errors import InvalidUrl

# Longest host name (RFC 1035, 2.3.4).
MAX_HOST_LENGTH: Final = 253


@dataclass(frozen=True, slots=True)
class EnteredAddress:
    """Parts of an address; ``port`` is None if the text has none."""

    scheme: str
    host: str
    port: int | None


def parse_address(text: str, *, schemes: Container[str] = ("http",), default_scheme: str = "http") -> EnteredAddress:
    """Return the scheme, host and port of an address: a host, a host with a port, or a pasted URL.

    Args:
        text: Address; surrounding spaces, a path and a query are ignored.
        schemes: Accepted schemes of a pasted URL.
        default_scheme: Scheme of an address without one.

    Raises:
        InvalidUrl: The text is not an address, or has another scheme.

    """
    text = text.strip()
    if "://" not in text:
        # An IPv6 address has several colons, and needs brackets in a URL.
        is_ipv6 = text.count(":") > 1 and not text.startswith("[")
        text = f"{default_scheme}://[{text}]" if is_ipv6 else f"{default_scheme}://{text}"
    try:
        url = URL(text)
        host, port = url.host, url.explicit_port
    except ValueError:
        raise InvalidUrl from None
    if host is None or url.scheme not in schemes or not _is_host(host):
        raise InvalidUrl
    return EnteredAddress(url.scheme, host, port)


def may_be_announced(host: str) -> bool:
    """Return whether a device in the network can have the address that it announces.

    Anyone in the network may announce any address, so names, which may belong to any
    host, and addresses of Home Assistant itself are not accepted.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return not (
        address.is_loopback
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
        or address.is_global
        # Useless without the interface, which an announcement does not name.
        or (address.version == 6 and address.is_link_local)  # noqa: PLR2004
    )


def _is_host(host: str) -> bool:
    return 0 < len(host) <= MAX_HOST_LENGTH and not any(
        letter.isspace() or letter in "\"'<>\\^`{|},;" for letter in host
    )
