"""What can go wrong between us and a vendor, as types.

Every error names a translation key; no message ever holds an address, a key or a
token, for messages end in logs. ``details`` is shown to a person: only text that
the vendor wrote about the request itself belongs there.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import ClassVar


class WireError(Exception):
    """Anything a vendor's system or the way to it can answer instead of success.

    Args:
        details: The vendor's own words about the fault, safe to show.
        retry_after: Seconds the vendor asks to be left alone, if it said so.

    """

    translation_key: ClassVar[str] = "unknown"

    def __init__(self, details: str = "", *, retry_after: float | None = None) -> None:
        """Keep the vendor's words and its wish to be left alone."""
        super().__init__(details or self.translation_key)
        self.details = details
        self.retry_after = retry_after


class CannotConnect(WireError):
    """Nobody answers there, or the answer broke off."""

    translation_key = "cannot_connect"


class ConnectionLost(CannotConnect):
    """An open socket ended or fell silent."""

    translation_key = "connection_lost"


class SocketBlocked(CannotConnect):
    """The system answers, but the port of its WebSocket does not."""

    translation_key = "socket_blocked"


class NotReady(CannotConnect):
    """The right system answers, but is still starting or too busy."""

    translation_key = "not_ready"


class WrongSystem(WireError):
    """Something else answers at that address."""

    translation_key = "not_this_vendor"


class InvalidUrl(WireError):
    """The address given is not one that can be used."""

    translation_key = "invalid_url"


class AuthenticationFailed(WireError):
    """The credential is wrong, revoked or expired: only a person can mend that."""

    translation_key = "invalid_auth"


class GatewayLocked(WireError):
    """The gateway hands out keys only after it was unlocked by a person."""

    translation_key = "link_not_unlocked"


class ScopeForbidden(WireError):
    """The credential is right, but may not see what was asked for."""

    translation_key = "scope_forbidden"


class CommandFailed(WireError):
    """The vendor understood a command and refused it; ``details`` says why.

    Attributes:
        refused: Names of the parts of the command that were refused, where the vendor tells.

    """

    translation_key = "command_failed"
    refused: frozenset[str] = frozenset()


class DeviceUnreachable(CommandFailed):
    """The vendor's system is there, but its device does not answer."""

    translation_key = "device_unreachable"


class DeviceOff(CommandFailed):
    """The device takes this only while it is on."""

    translation_key = "device_off"


class NotSupported(CommandFailed):
    """The device has no such setting, or lets nobody write it."""

    translation_key = "not_supported"


class InvalidValue(CommandFailed):
    """The value is outside of what the device takes."""

    translation_key = "invalid_value"


class ResourceNotFound(CommandFailed):
    """The vendor's system does not have any more what was to be changed."""

    translation_key = "resource_missing"


class StorageFull(CommandFailed):
    """The vendor's system, or its device, has no room for more of the kind."""

    translation_key = "store_full"


class NetworkDown(CommandFailed):
    """The vendor's system is there, but its radio is not part of its network."""

    translation_key = "network_down"


class NotConnected(WireError):
    """A command was given while the link was down."""

    translation_key = "not_connected"


def error_from_status(status: int, headers: Mapping[str, str] | None = None, details: str = "") -> WireError:
    """Return the error that an HTTP status stands for, by the general meaning.

    401 is a wrong credential, 403 a right one that may not; 429 and 503 ask for
    patience and may carry ``Retry-After`` in seconds (RFC 9110, 10.2.3). Vendors
    with meanings of their own look at the body first.
    """
    if status == HTTPStatus.UNAUTHORIZED:
        return AuthenticationFailed(details)
    if status == HTTPStatus.FORBIDDEN:
        return ScopeForbidden(details)
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return NotReady(details, retry_after=_seconds(headers))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return CannotConnect(details or f"HTTP {status}")
    return WrongSystem(details or f"HTTP {status}")


def _seconds(headers: Mapping[str, str] | None) -> float | None:
    try:
        return min(max(float((headers or {})["Retry-After"]), 0.0), 600.0)
    except KeyError, ValueError:
        return None
