"""Errors of the communication with a vendor.

Every error has a translation key. Messages end up in logs, so they never hold an
address, a key or a token. ``details`` is shown to a person and holds only the vendor's
own text about the request.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import ClassVar


class WireError(Exception):
    """Base of all errors.

    Args:
        details: The vendor's own description of the error, safe to show.
        retry_after: Seconds to wait before the next request, if the vendor requires that.

    Attributes:
        field: Field of a form that the error is about, if only the code that raised it knows.
        status: HTTP status of a refused handshake.

    """

    translation_key: ClassVar[str] = "unknown"
    status: int | None = None

    def __init__(self, details: str = "", *, retry_after: float | None = None) -> None:
        """Initialize the error."""
        super().__init__(details or self.translation_key)
        self.details = details
        self.retry_after = retry_after
        self.field: str | None = None


class CannotConnect(WireError):
    """The system does not answer, or the answer is incomplete."""

    translation_key = "cannot_connect"


class ConnectionLost(CannotConnect):
    """An open socket was closed or has no traffic."""

    translation_key = "connection_lost"


class SocketBlocked(CannotConnect):
    """The system answers, but its WebSocket port does not."""

    translation_key = "socket_blocked"


class CertificateChanged(CannotConnect):
    """The system presents another certificate than the one that was accepted at the set-up."""

    translation_key = "certificate_changed"


class NotReady(CannotConnect):
    """The system is still starting, or too busy."""

    translation_key = "not_ready"


class WrongSystem(WireError):
    """Another system answers at the address."""

    translation_key = "not_this_vendor"


class InvalidUrl(WireError):
    """The address cannot be used."""

    translation_key = "invalid_url"


class AuthenticationFailed(WireError):
    """The credentials are wrong, revoked or expired."""

    translation_key = "invalid_auth"


class CredentialMissing(WireError):
    """A saved credential is not sent to another host, so it must be entered again."""

    translation_key = "credential_missing"


class GatewayLocked(WireError):
    """The gateway must be unlocked before it issues an API key."""

    translation_key = "link_not_unlocked"


class ScopeForbidden(WireError):
    """The credentials are valid, but do not have access to the resource."""

    translation_key = "scope_forbidden"


class CommandFailed(WireError):
    """The vendor refused a command; ``details`` holds the reason.

    Attributes:
        refused: Names of the refused parts of the command, if the vendor reports them.

    """

    translation_key = "command_failed"
    refused: frozenset[str] = frozenset()


class DeviceUnreachable(CommandFailed):
    """The vendor's system cannot reach the device."""

    translation_key = "device_unreachable"


class DeviceOff(CommandFailed):
    """The device accepts the command only while it is on."""

    translation_key = "device_off"


class NotSupported(CommandFailed):
    """The device does not have the setting, or the setting is read-only."""

    translation_key = "not_supported"


class InvalidValue(CommandFailed):
    """The device does not support the value."""

    translation_key = "invalid_value"


class ResourceNotFound(CommandFailed):
    """The resource no longer exists in the vendor's system."""

    translation_key = "resource_missing"


class StorageFull(CommandFailed):
    """The vendor's system or device cannot store more items of the kind."""

    translation_key = "store_full"


class NetworkDown(CommandFailed):
    """The radio of the vendor's system is not connected to its network."""

    translation_key = "network_down"


class NotConnected(WireError):
    """The connection is down, so the command was not sent."""

    translation_key = "not_connected"


def error_from_status(status: int, headers: Mapping[str, str] | None = None, details: str = "") -> WireError:
    """Return the error for an HTTP status, by its general meaning.

    401 means wrong credentials, 403 missing access; 429 and 503 mean a temporary
    failure and may have ``Retry-After`` in seconds (RFC 9110, 10.2.3). Vendors with
    their own meanings check the body first.
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
