"""Parser for ResIOT's frames, and the TX command.

Wire code. The vendor's page "Websocket Server" contradicts itself, so parsing is lenient:
``CommType``, ``MsgType`` or ``Command``, keys in any case, ``Extra`` as an object, an array
of ``fieldname``/``fieldvalue``, null or missing, numbers as strings, and several documents
in one frame, with or without a line break between them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
import json
import re
from typing import Any, Final

import orjson

from ....lorawan.api.downlink import Downlink
from ....lorawan.api.model import Radio
from ....wire.values import NotUnderstood, as_dict, as_float, as_list, as_text, integer


class CommType(StrEnum):
    """Kind of communication, without ``comm_`` and underscores, in lower case."""

    GATEWAY_ALIVE = "gwalive"
    JOIN = "join"
    RX = "rx"
    GATEWAY_RX = "gwrx"
    TX = "tx"
    GATEWAY_TX = "gwtx"
    TX_INFO = "txinfo"
    TX_SEND_ACK = "txsendack"
    TX_SEND_CONFIRM = "txsendconfirm"
    TX_CONFIRM = "txconfirm"
    PUSH = "push"


# A ``Command`` is the kind in frames of the WebSocket client, and a command of the server in those
# that have a kind besides.
_TYPE_KEYS: Final = ("commtype", "msgtype", "command")
# Kinds of the HTTP receiver.
_OTHER_WORDS: Final = {"datauplink": CommType.RX}
# Parts of a frame that are tried as documents; more are no documents of this server.
_MAX_PARTS: Final = 100
_SPACE: Final = re.compile(r"\s*")
# Where the next document may begin after one that cannot be read.
_NEXT_PART: Final = re.compile(r"\n|(?=\{)")
# The server writes some times as Go does: ``2025-01-02 03:04:05.678 +0000 UTC m=+1.2``.
_GO_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) ([+-]\d{4})\b")
# The platform writes the year 1 for an event that never occurred.
_NEVER: Final = "0001-"
# Field of the DevEUI in the table of the vendor's page, which its example spells in another way.
OTHER_EUI_FIELD: Final = "DevEUI"
# Names of the values in data pushed by a scene.
_VALUE_KEYS: Final = ("tags", "values", "nodetags")


@dataclass(frozen=True, slots=True)
class Communication:
    """Communication reported by the platform.

    Attributes:
        kind: Kind, or the platform's word for an unknown kind.
        dev_eui: DevEUI in lower case, or empty.
        dev_eui_raw: DevEUI as the platform spells it, for commands.
        app_eui: AppEUI as the platform spells it, for commands.
        gateways: EUIs of gateways in lower case.
        dev_addr: Address that the device got when it joined, or None.
        payload: Payload in hex, or None if the frame has none.
        sent_at: Unix time at which the platform sent or received the message, or None.
        radio: Reception of an uplink.
        is_duplicate: Whether another gateway has already delivered the uplink.
        values: Decoded values: the node tags of an uplink, or values pushed by a scene.
        fields: Complete frame with its keys in lower case.

    """

    kind: CommType | str
    dev_eui: str = ""
    dev_eui_raw: str = ""
    app_eui: str = ""
    port: int | None = None
    gateways: tuple[str, ...] = ()
    dev_addr: str | None = None
    payload: str | None = None
    sent_at: float | None = None
    reference: str = ""
    radio: Radio = field(default_factory=Radio)
    is_duplicate: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """Server's answer to a TX command."""

    success: bool
    details: str
    reference: str


def parse(frame: str | bytes) -> Iterator[Communication | Result | NotUnderstood]:
    """Yield the contents of a frame, and an exception in place of each unusable document.

    A text frame may contain several JSON documents.
    """
    try:
        yield _read(orjson.loads(frame))
    except orjson.JSONDecodeError:
        try:
            text = frame if isinstance(frame, str) else frame.decode()
        except UnicodeDecodeError:
            yield NotUnderstood("not json")
            return
        if not text.strip():
            yield NotUnderstood("empty")
        else:
            yield from _read_parts(text)


def _read_parts(text: str) -> Iterator[Communication | Result | NotUnderstood]:
    """Yield the contents of several documents, between which there may be anything."""
    at = 0
    for _ in range(_MAX_PARTS):
        at = _end(_SPACE, text, at)
        if at == len(text):
            return
        try:
            document, at = _DECODER.raw_decode(text, at)
        except ValueError, RecursionError:
            yield NotUnderstood("not json")
            at = _end(_NEXT_PART, text, at + 1)
        else:
            yield _read(document)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Return the end of the next match, or of the text."""
    return len(text) if (match := pattern.search(text, at)) is None else match.end()


def _no_number(text: str) -> float:
    raise ValueError(text)


_DECODER: Final = json.JSONDecoder(parse_constant=_no_number)


def _read(document: Any) -> Communication | Result | NotUnderstood:
    if not isinstance(document, dict):
        return NotUnderstood(f"json {type(document).__name__}")
    fields = {key.lower(): value for key, value in document.items()}
    if isinstance(result := fields.get("result"), str):
        return Result(
            success=result.lower() == "success",
            details=as_text(fields.get("details")) or "",
            reference=as_text(fields.get("reference")) or "",
        )
    word = next((fields[key] for key in _TYPE_KEYS if fields.get(key)), None)
    if not isinstance(word, str):
        return NotUnderstood("no type")
    return _read_communication(_kind(word), fields)


def _read_communication(kind: CommType | str, fields: Mapping[str, Any]) -> Communication:
    extra = _extra(fields.get("extra"))
    gateways = tuple(eui.lower() for item in as_list(fields.get("gatewayeuis")) if (eui := as_text(item)))
    port = integer(fields.get("port"))
    if kind is CommType.PUSH:
        dev_eui, values = pushed_values(fields.get("data"))
    else:
        dev_eui = as_text(fields.get("deveui")) or ""
        values = node_tag_values(fields.get("nodetags")) if kind is CommType.RX else {}
    return Communication(
        kind=kind,
        dev_eui=dev_eui.lower(),
        dev_eui_raw=dev_eui,
        app_eui=as_text(fields.get("appeui")) or "",
        port=port,
        gateways=gateways,
        dev_addr=as_text(fields.get("devaddr")) or as_text(extra.get("devaddr")),
        payload=_payload(fields.get("payload")),
        sent_at=time_with_offset(fields.get("dt")),
        reference=as_text(fields.get("reference")) or "",
        radio=_radio(extra, port, gateways),
        is_duplicate=kind is CommType.RX and str(extra.get("duplicate")).lower() == "true",
        values=values,
        fields=fields,
    )


def read_last_message(body: Any) -> Communication | None:
    """Return the last message of a node, as the REST interface reports it, or None if there is none with a time."""
    fields = {key.lower(): value for key, value in as_dict(body).items()}
    if isinstance(nested := fields.get("result"), dict):
        fields = {key.lower(): value for key, value in nested.items()}
    message = _read_communication(CommType.RX, {"dt": fields.get("date"), **fields})
    return None if message.sent_at is None else message


def _kind(word: str) -> CommType | str:
    plain = word.lower().removeprefix("comm_").replace("_", "")
    try:
        return _OTHER_WORDS.get(plain) or CommType(plain)
    except ValueError:
        return word


def _extra(value: Any) -> dict[str, Any]:
    """Return the further fields by lower-case name."""
    if isinstance(value, dict):
        return {key.lower(): item for key, item in value.items()}
    return {
        name.lower(): item.get("fieldvalue")
        for item in map(as_dict, as_list(value))
        if (name := as_text(item.get("fieldname")))
    }


def _radio(extra: Mapping[str, Any], port: int | None, gateways: tuple[str, ...]) -> Radio:
    return Radio(
        rssi=as_float(extra.get("rssi")),
        snr=as_float(extra.get("snr")),
        spreading_factor=integer(extra.get("sf")),
        frequency=as_float(extra.get("frequency")),
        bandwidth=as_float(extra.get("modbw")),
        port=port,
        frame_counter=integer(extra.get("seqno")),
        gateway=gateways[0] if gateways else None,
        gateway_count=len(gateways) or None,
    )


def _payload(value: Any) -> str | None:
    """Return a payload in lower-case hex without spaces."""
    if not isinstance(value, str):
        return None
    try:
        return bytes.fromhex(value).hex()
    except ValueError:
        return None


def is_never(value: Any) -> bool:
    """Return whether a time stands for an event that never occurred."""
    return isinstance(value, str) and value.startswith(_NEVER)


def time_with_offset(value: Any) -> float | None:
    """Return a Unix time; a time without an offset may be in any time zone."""
    text = as_text(value) or ""
    if (parts := _GO_TIME.match(text)) is not None:
        text = "".join(parts.groups())
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if time.tzinfo is None or is_never(text) else time.timestamp()


def pushed_values(data: Any) -> tuple[str, dict[str, Any]]:
    """Return the DevEUI and the values that a scene pushed for a device, both empty for other data.

    A scene pushes ``{"deveui": …, "tags": {name: value}}``, or ``values`` instead of
    ``tags``.
    """
    fields = {str(key).lower(): value for key, value in as_dict(data).items()}
    tags = next((fields[key] for key in _VALUE_KEYS if isinstance(fields.get(key), dict)), None)
    dev_eui = as_text(fields.get("deveui"))
    return ("", {}) if tags is None or dev_eui is None else (dev_eui, node_tag_values(tags))


def node_tag_values(tags: Any) -> dict[str, Any]:
    """Return the values of node tags, which may be objects with the value in ``Value``."""
    return {
        str(name): next((item for key, item in tag.items() if key.lower() == "value"), tag)
        if isinstance(tag, dict)
        else tag
        for name, tag in as_dict(tags).items()
    }


def tx(app_eui: str, dev_eui: str, downlink: Downlink, reference: str, *, eui_field: str = "DevEui") -> str:
    """Return the TX command; the payload is always sent in hex (``Raw`` false).

    Args:
        app_eui: AppEUI as the platform spells it.
        dev_eui: DevEUI as the platform spells it.
        downlink: Downlink.
        reference: Reference of the answer and of all reports.
        eui_field: Name of the field of the DevEUI.

    """
    return orjson.dumps(
        {
            "function": "TX",
            "Payload": downlink.payload.hex(),
            "AppEui": app_eui,
            eui_field: dev_eui,
            "Connector": downlink.connector,
            "Port": downlink.port,
            "WSCommand": downlink.command,
            "Reference": reference,
            "Raw": False,
            "Confirm": downlink.confirmed,
        }
    ).decode()
