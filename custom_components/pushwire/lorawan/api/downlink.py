"""A message to a LoRaWAN device: reading what a person typed, and sending it.

Wire code.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol, runtime_checkable

from ...wire.errors import WireError

# LoRaWAN 1.0.4, 4.3.2: fPort 0 is the network's own, 224 is for tests, the rest is
# reserved.
PORTS: Final = range(1, 224)


# The life of a downlink, as far as a server tells of it.
DOWNLINK_EVENTS: Final = (
    "requested",
    "queued",
    "sent",
    "handled",
    "acknowledged",
    "failed",
)


class PayloadFormat(StrEnum):
    """How a payload is written down."""

    HEX = "hex"
    BASE64 = "base64"
    TEXT = "text"


class BadPayload(WireError):
    """What was typed is not a payload in the format that was said."""

    translation_key = "downlink_bad_payload"


class BadPort(WireError):
    """Not a port an application may use."""

    translation_key = "downlink_bad_port"


class UnknownDevice(WireError):
    """The server has not told enough of the device to reach it."""

    translation_key = "downlink_unknown_device"


class DownlinkFailed(WireError):
    """The server refused the downlink; ``details`` are its words."""

    translation_key = "downlink_failed"


class DownlinkTimeout(WireError):
    """The server did not answer in time: it may or may not have taken it."""

    translation_key = "downlink_timeout"


class FieldNotSupported(WireError):
    """This vendor has no such choice; ``details`` names the field."""

    translation_key = "downlink_not_supported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Downlink:
    """A message to a device.

    Attributes:
        payload: What the device gets.
        port: fPort, 1 to 223.
        confirmed: Whether the device is to acknowledge it.
        reference: The sender's own word for it, or empty.
        connector: Which of the server's connectors to use, or empty.
        command: A command of the server's own, or empty.

    """

    payload: bytes
    port: int
    confirmed: bool = False
    reference: str = ""
    connector: str = ""
    command: str = ""


@runtime_checkable
class DownlinkSender(Protocol):
    """A coordinator whose vendor can reach devices."""

    async def async_send_downlink(self, device_id: str, downlink: Downlink) -> Mapping[str, Any]:
        """Send it and return the server's answer.

        Raises:
            WireError: It was refused, not answered, or could not be sent.

        """


def read_payload(text: str, form: PayloadFormat) -> bytes:
    """Return the bytes that were typed; spaces in hex and base64 do not count.

    Raises:
        BadPayload: Not hex, not base64, or more than LoRaWAN can carry.

    """
    try:
        match form:
            case PayloadFormat.HEX:
                payload = bytes.fromhex(text.removeprefix("0x"))
            case PayloadFormat.BASE64:
                payload = base64.b64decode("".join(text.split()), validate=True)
            case PayloadFormat.TEXT:
                payload = text.encode()
    except (ValueError, binascii.Error) as err:
        raise BadPayload(form.value) from err
    if len(payload) > MAX_PAYLOAD:
        raise BadPayload(form.value)
    return payload


# The largest application payload of any region and data rate (RP002-1.0.4).
MAX_PAYLOAD: Final = 242


def check_port(port: int) -> int:
    """Return the port.

    Raises:
        BadPort: An application may not use it.

    """
    if port not in PORTS:
        raise BadPort(str(port))
    return port
