"""Downlinks to LoRaWAN devices: their content, their validation and their errors.

Wire code.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ...wire.errors import WireError
from ...wire.events import ButtonPress

# LoRaWAN 1.0.4, 4.3.2: fPort 0 belongs to the network, 224 is for tests, and the others
# are reserved.
PORTS: Final = range(1, 224)
# The largest application payload of any region and data rate (RP002-1.0.4).
MAX_PAYLOAD: Final = 242

# Stages of a downlink, in their usual order.
DOWNLINK_EVENTS: Final = (
    "requested",
    "queued",
    "sent",
    "handled",
    "acknowledged",
    "not_confirmed",
    "failed",
    "expired",
)


# Subtypes of the device triggers of downlinks and of joins.
DOWNLINK: Final = "downlink"
NETWORK: Final = "network"


def downlink_event(device_id: str, step: str, attributes: Mapping[str, Any]) -> ButtonPress:
    """Return the event of a step of a downlink, which is a device trigger as well."""
    return ButtonPress(resource=device_id, kind=step, attributes=attributes, device_id=device_id, subtype=DOWNLINK)


class PayloadFormat(StrEnum):
    """Format of a payload in text."""

    HEX = "hex"
    BASE64 = "base64"
    TEXT = "text"


class BadPayload(WireError):
    """The text is not a payload in the chosen format."""

    translation_key = "downlink_bad_payload"


class BadPort(WireError):
    """The fPort is missing or reserved."""

    translation_key = "downlink_bad_port"


class UnknownDevice(WireError):
    """The device does not exist, or has not reported the address that a downlink needs."""

    translation_key = "downlink_unknown_device"


class DownlinkFailed(WireError):
    """The server refused the downlink for the reason in ``details``."""

    translation_key = "downlink_failed"


class DownlinkTimeout(WireError):
    """The server did not answer in time, and may or may not have accepted the downlink."""

    translation_key = "downlink_timeout"


class NoDownlinks(WireError):
    """The device is not a LoRaWAN device, and cannot take a downlink."""

    translation_key = "downlink_not_possible"


class NoEncoder(WireError):
    """The device has no codec that turns fields into a payload."""

    translation_key = "downlink_no_encoder"


class EncodingFailed(WireError):
    """The codec of the device refuses the fields for the reason in ``details``."""

    translation_key = "downlink_encoding_failed"


class NothingToSend(WireError):
    """Neither a payload nor fields are given."""

    translation_key = "downlink_no_payload"


class NoConfirmation(WireError):
    """A confirmation is awaited for a downlink that does not ask for one."""

    translation_key = "downlink_not_confirmed"


class FieldNotSupported(WireError):
    """The vendor does not support the field named in ``details``."""

    translation_key = "downlink_not_supported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Downlink:
    """Message to a device.

    Attributes:
        payload: Application payload.
        port: fPort, 1 to 223.
        confirmed: Whether the device is asked to acknowledge the downlink.
        reference: Identifier chosen by the sender, or empty.
        connector: Connector of the server, or empty for the default one.
        command: Command of the server, or empty.
        immediately: Whether the downlink is sent before the next uplink, which only a
            device that listens all the time receives.
        retries: Number of times that a confirmed downlink is repeated, or None for the
            number of the server.
        expires: Seconds after which a downlink that is not confirmed counts as lost, or
            None for the usual time.

    """

    payload: bytes
    port: int
    confirmed: bool = False
    reference: str = ""
    connector: str = ""
    command: str = ""
    immediately: bool = False
    retries: int | None = None
    expires: float | None = None


# Largest payload in bytes by spreading factor in Europe (RP002-1.0.4, EU863-870), where a device receives at the
# data rate at which it has sent.
_EUROPE: Final = (863.0, 870.0)
_MAX_IN_EUROPE: Final[Mapping[int, int]] = {7: 222, 8: 222, 9: 115, 10: 51, 11: 51, 12: 51}


def check_data_rate(payload: bytes, spreading_factor: int | None, frequency: float | None) -> str | None:
    """Return a warning if a payload is too long for the data rate of the last uplink, or None.

    Args:
        payload: Payload.
        spreading_factor: Spreading factor of the last uplink, or None.
        frequency: Its frequency in MHz, or None.

    """
    limit = _MAX_IN_EUROPE.get(spreading_factor or 0, MAX_PAYLOAD)
    if frequency is None or not _EUROPE[0] <= frequency <= _EUROPE[1] or len(payload) <= limit:
        return None
    return f"{len(payload)} bytes are more than the {limit} that the device can receive at SF{spreading_factor}"


def read_payload(text: str, form: PayloadFormat) -> bytes:
    """Return the bytes of a payload; spaces in hex and base64 are ignored.

    Raises:
        BadPayload: The text has another format, or is longer than LoRaWAN permits.

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


def check_length(payload: bytes) -> bytes:
    """Return a payload that LoRaWAN permits.

    Raises:
        BadPayload: The payload is longer.

    """
    if len(payload) > MAX_PAYLOAD:
        raise BadPayload(f"{len(payload)} > {MAX_PAYLOAD}")
    return payload


def check_port(port: int | None) -> int:
    """Return a valid fPort.

    Raises:
        BadPort: The fPort is missing or reserved.

    """
    if port is None or port not in PORTS:
        raise BadPort("-" if port is None else str(port))
    return port
