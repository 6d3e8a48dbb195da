"""ResIOT's frames: reading what comes, writing what goes.

Wire code. The vendor's page contradicts itself, so reading is lenient: ``CommType``
or ``MsgType``, any case of the keys, ``Extra`` as an object, an array of
``fieldname``/``fieldvalue``, null or missing, and numbers as strings. All facts are
from the vendor's page "Websocket Server".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import orjson

from ....lorawan.api.downlink import Downlink
from ....lorawan.api.model import integer, number
from ....wire.values import NotUnderstood

type Json = Any


class CommType(StrEnum):
    """Kinds of communication, stripped of ``comm_``, underscores and case."""

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


_TYPE_KEYS: Final = ("commtype", "msgtype")


@dataclass(frozen=True, slots=True)
class Communication:
    """Something that went over the platform, whatever its kind.

    Attributes:
        kind: Its kind, or the raw word when it is none that is known.
        dev_eui: Lower-case hex, empty when the frame has none.
        app_eui: As the platform spells it, for commands.
        spelled: DevEUI as the platform spells it.
        payload: Bytes, or None when the frame has none or no hex.
        at: Unix time when the platform sent or received it, or None.
        extra: Further fields by lower-case name; values as the platform wrote them.
        fields: The whole frame by lower-case key.

    """

    kind: CommType | str
    dev_eui: str = ""
    app_eui: str = ""
    spelled: str = ""
    connector: str = ""
    port: int | None = None
    gateways: tuple[str, ...] = ()
    payload: bytes | None = None
    at: float | None = None
    reference: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)

    def number(self, name: str) -> float | None:
        """Return a number among the extra fields, or None."""
        return number(self.extra.get(name))

    def flag(self, name: str) -> bool:
        """Say whether an extra field is true."""
        return str(self.extra.get(name, "")).lower() == "true"


@dataclass(frozen=True, slots=True)
class Result:
    """The server's answer to a TX command."""

    success: bool
    details: str
    reference: str


def parse(frame: str | bytes) -> Iterator[Communication | Result | NotUnderstood]:
    """Yield what a text frame holds; several JSON documents may share one.

    What cannot be used is yielded as what it is, so that it costs its neighbours
    nothing.
    """
    try:
        yield _read(frame)
    except orjson.JSONDecodeError:
        lines = [line for line in frame.splitlines() if line.strip()]
        if not lines:
            yield NotUnderstood("empty")
        elif len(lines) == 1:
            yield NotUnderstood("not json")
        else:
            yield from (_line(line) for line in lines)


def _line(line: str | bytes) -> Communication | Result | NotUnderstood:
    try:
        return _read(line)
    except orjson.JSONDecodeError:
        return NotUnderstood("not json")


def _read(text: str | bytes) -> Communication | Result | NotUnderstood:
    document = orjson.loads(text)
    if not isinstance(document, dict):
        return NotUnderstood(f"json {type(document).__name__}")
    try:
        return _understood(document)
    except NotUnderstood as err:
        return err


def _understood(document: dict[str, Json]) -> Communication | Result:
    fields = {key.lower(): value for key, value in document.items()}
    if isinstance(result := fields.get("result"), str):
        return Result(
            success=result.lower() == "success",
            details=_text(fields.get("details")),
            reference=_text(fields.get("reference")),
        )
    word = next((fields[key] for key in _TYPE_KEYS if fields.get(key)), None)
    if not isinstance(word, str):
        raise NotUnderstood("no type")
    gateways = fields.get("gatewayeuis")
    return Communication(
        kind=_kind(word),
        dev_eui=_text(fields.get("deveui")).lower(),
        app_eui=_text(fields.get("appeui")),
        spelled=_text(fields.get("deveui")),
        connector=_text(fields.get("connector")),
        port=integer(fields.get("port")),
        gateways=tuple(item.lower() for item in gateways if isinstance(item, str) and item)
        if isinstance(gateways, list)
        else (),
        payload=_payload(fields.get("payload")),
        at=_moment(fields.get("dt")),
        reference=_text(fields.get("reference")),
        extra=_extra(fields.get("extra")),
        fields=fields,
    )


def _kind(word: str) -> CommType | str:
    bare = word.lower().removeprefix("comm_").replace("_", "")
    try:
        return CommType(bare)
    except ValueError:
        return word


def _extra(value: Json) -> dict[str, Any]:
    if isinstance(value, dict):
        return {key.lower(): item for key, item in value.items()}
    if isinstance(value, list):
        return {
            item["fieldname"].lower(): item.get("fieldvalue")
            for item in value
            if isinstance(item, dict) and isinstance(item.get("fieldname"), str)
        }
    return {}


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _payload(value: Json) -> bytes | None:
    if not isinstance(value, str):
        return None
    try:
        return bytes.fromhex(value)
    except ValueError:
        return None


def _moment(value: Json) -> float | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    # The zero value of the platform's language stands for "never"; a time without
    # an offset could be of any zone.
    if moment.year <= 1 or moment.tzinfo is None:
        return None
    return moment.timestamp()


def given_values(data: Json) -> tuple[str, dict[str, Json]] | None:
    """Return DevEUI and values of data that a scene pushed for a device, or None.

    ``{"deveui": …, "tags": {name: value}}``, or ``values`` in the place of ``tags``; a
    value may stand in an object under ``Value``, as the platform's node tags do.
    """
    if not isinstance(data, dict):
        return None
    fields = {str(key).lower(): value for key, value in data.items()}
    values = next((fields[key] for key in ("tags", "values", "nodetags") if isinstance(fields.get(key), dict)), None)
    dev_eui = _text(fields.get("deveui"))
    if values is None or not dev_eui:
        return None
    return dev_eui, plain_tags(values)


def plain_tags(tags: Json) -> dict[str, Json]:
    """Return node tags as plain values: each stands under ``Value`` of an object."""
    if not isinstance(tags, dict):
        return {}
    return {
        str(name): next((item for key, item in tag.items() if key.lower() == "value"), tag)
        if isinstance(tag, dict)
        else tag
        for name, tag in tags.items()
    }


def tx(app_eui: str, dev_eui: str, downlink: Downlink, reference: str) -> str:
    """Return the TX command; the payload always goes as hex (``Raw`` false)."""
    return orjson.dumps(
        {
            "function": "TX",
            "Payload": downlink.payload.hex(),
            "AppEui": app_eui,
            "DevEui": dev_eui,
            "Connector": downlink.connector,
            "Port": downlink.port,
            "WSCommand": downlink.command,
            "Reference": reference,
            "Raw": False,
            "Confirm": downlink.confirmed,
        }
    ).decode()
