"""Declared layouts: fields at fixed places, and records of a type and a value.

Wire code. A layout is an object that a person writes as YAML or JSON (docs/codecs.md):

- ``endian``: ``big`` (default) or ``little``.
- ``fields``: fields at a place ``at``, from the start of the payload.
- ``records``: ``header``, the number of bytes that identify a record (1: a type, as ELSYS; 2: channel
  and type, as Milesight), and ``types`` by the hex of the header: a ``size`` in bytes and ``fields``
  from the start of the value.

A field has a ``name``, a ``type`` and, as needed, ``at``, ``endian``, ``bit`` and ``bits``, ``scale``,
``add``, ``round``, ``unit``, ``map``, ``invalid`` and ``when``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
import struct
from typing import Any, Final, Literal, cast

from ....wire.values import as_dict, as_float, as_list, as_text, integer
from .codec import CodecError, Decoded, Reason

type _Endian = Literal["big", "little"]

_SIZES: Final[Mapping[str, int]] = {
    **{f"{sign}{bits}": bits // 8 for sign in "us" for bits in (8, 16, 24, 32, 48, 64)},
    "f32": 4,
    "f64": 8,
}
# Types with a number of bytes behind a colon.
_SIZED: Final = ("bcd", "hex", "text")
_MAX_SIZE: Final = 242
_FIELD_KEYS: Final = frozenset(
    {"add", "at", "bit", "bits", "endian", "invalid", "map", "name", "round", "scale", "type", "unit", "when"}
)
_WHEN_KEYS: Final = frozenset({"byte", "equals", "length", "min_length", "port"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """Field of a layout; see the module."""

    name: str
    kind: str
    size: int
    at: int
    endian: _Endian
    bit: int | None
    bits: int
    scale: float
    add: float
    digits: int | None
    unit: str | None
    words: Mapping[str, Any]
    invalid: frozenset[int]
    when: Mapping[str, int]

    def applies(self, data: bytes, port: int | None, length: int) -> bool:
        """Return whether the conditions of the field are met."""
        when = self.when
        if "port" in when and port != when["port"]:
            return False
        if "length" in when and length != when["length"]:
            return False
        if length < when.get("min_length", 0):
            return False
        return "byte" not in when or (when["byte"] < len(data) and data[when["byte"]] == when.get("equals", 1))

    def read(self, data: bytes) -> Any:
        """Return the value, or None if it is invalid.

        Raises:
            CodecError: The data is too short.

        """
        raw = data[self.at : self.at + self.size]
        if len(raw) < self.size:
            raise CodecError(Reason.PAYLOAD, self.name)
        match self.kind:
            case "hex":
                return raw.hex()
            case "text":
                return raw.rstrip(b"\0").decode(errors="replace")
            case "bcd":
                digits = (raw if self.endian == "big" else raw[::-1]).hex()
                value: float = int(digits) if digits.isdecimal() else -1
                if value < 0:
                    return None
            case "f32" | "f64":
                order = ">" if self.endian == "big" else "<"
                (value,) = struct.unpack(f"{order}{'f' if self.kind == 'f32' else 'd'}", raw)
                if not isfinite(value):
                    return None
            case _:
                return self._read_integer(int.from_bytes(raw, self.endian, signed=self.kind.startswith("s")))
        return self._scaled(value)

    def _read_integer(self, value: int) -> Any:
        if value in self.invalid:
            return None
        if self.bit is not None:
            value = value >> self.bit & ((1 << self.bits) - 1)
            if self.bits == 1 and not self.words and self.scale == 1:
                return bool(value)
        if self.words:
            return self.words.get(str(value), value)
        return self._scaled(value)

    def _scaled(self, value: float) -> Any:
        result = value * self.scale + self.add
        if self.digits is not None:
            return round(result, self.digits)
        return result if isinstance(result, int) else round(result, 9)


@dataclass(frozen=True, slots=True)
class _Record:
    size: int | None
    fields: tuple[_Field, ...]


class LayoutCodec:
    """Codec of a declared layout.

    Args:
        layout: Layout.

    Raises:
        CodecError: The layout cannot be used; the details name the part.

    """

    def __init__(self, layout: Any) -> None:
        """Initialize from a layout."""
        if not isinstance(layout, dict):
            raise CodecError(Reason.CODE)
        _check_keys(layout, frozenset({"endian", "fields", "records"}))
        endian = _endian(layout, "big")
        self._fields = tuple(_read_field(item, endian) for item in as_list(layout.get("fields")))
        records = as_dict(layout.get("records"))
        _check_keys(records, frozenset({"header", "types"}))
        self._header = _whole(records, "header", 1, 1, 4)
        self._records = dict(_read_records(as_dict(records.get("types")), self._header, endian))
        if not self._fields and not self._records:
            raise CodecError(Reason.CODE, "fields")

    def decode(self, payload: bytes, port: int | None, at: float) -> Decoded:
        """Return the values of a payload; see ``Codec``."""
        del at
        values = dict(_read_fields(self._fields, payload, port, len(payload)))
        if self._records:
            for name, value in self._read_records(payload, port):
                # Samples of one quantity become a list.
                values[name] = value if name not in values else [*_as_samples(values[name]), value]
        return Decoded(values)

    def _read_records(self, payload: bytes, port: int | None) -> Iterator[tuple[str, Any]]:
        at = 0
        while at < len(payload):
            header = payload[at : at + self._header]
            record = self._records.get(header)
            if record is None:
                raise CodecError(Reason.PAYLOAD, header.hex())
            at += self._header
            size = len(payload) - at if record.size is None else record.size
            data = payload[at : at + size]
            if len(data) < size:
                raise CodecError(Reason.PAYLOAD, header.hex())
            yield from _read_fields(record.fields, data, port, len(payload))
            at += size


def _as_samples(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _read_fields(fields: tuple[_Field, ...], data: bytes, port: int | None, length: int) -> Iterator[tuple[str, Any]]:
    for field in fields:
        if field.applies(data, port, length) and (value := field.read(data)) is not None:
            yield field.name, value if field.unit is None else {"value": value, "unit": field.unit}


def _read_records(types: Mapping[str, Any], header: int, endian: _Endian) -> Iterator[tuple[bytes, _Record]]:
    for text, item in types.items():
        try:
            key = bytes.fromhex(str(text).removeprefix("0x"))
        except ValueError:
            raise CodecError(Reason.CODE, f"types {text}") from None
        record = as_dict(item)
        _check_keys(record, frozenset({"fields", "size"}))
        fields = tuple(_read_field(one, endian) for one in as_list(record.get("fields")))
        if len(key) != header or (not fields and "size" not in record):
            raise CodecError(Reason.CODE, f"types {text}")
        if record.get("size") == "rest":
            size = None
        else:
            least = max((field.at + field.size for field in fields), default=0)
            size = _whole(record, "size", least, least, _MAX_SIZE)
        yield key, _Record(size, fields)


def _read_field(item: Any, endian: _Endian) -> _Field:
    data = as_dict(item)
    _check_keys(data, _FIELD_KEYS)
    name, kind = as_text(data.get("name")), as_text(data.get("type"))
    if name is None or kind is None:
        raise CodecError(Reason.CODE, f"name or type of {name or kind}")
    word, _, count = kind.partition(":")
    if word in _SIZED and count.isdecimal() and 0 < int(count) <= _MAX_SIZE:
        size = int(count)
    elif (fixed := _SIZES.get(kind)) is not None:
        word, size = kind, fixed
    else:
        raise CodecError(Reason.CODE, f"type {kind}")
    when = as_dict(data.get("when"))
    _check_keys(when, _WHEN_KEYS)
    words = data.get("map")
    invalid = data.get("invalid", [])
    return _Field(
        name=name,
        kind=word,
        size=size,
        at=_whole(data, "at", 0, 0, _MAX_SIZE),
        endian=_endian(data, endian),
        bit=None if "bit" not in data else _whole(data, "bit", 0, 0, 63),
        bits=_whole(data, "bits", 1, 1, 64),
        scale=_number(data, "scale", 1),
        add=_number(data, "add", 0),
        digits=None if "round" not in data else _whole(data, "round", 0, 0, 9),
        unit=as_text(data.get("unit")),
        words={str(key): value for key, value in as_dict(words).items()},
        invalid=frozenset(filter(_is_whole, invalid if isinstance(invalid, list) else [invalid])),
        when={key: _whole(when, key, 0, 0, 0xFF) for key in when},
    )


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _whole(data: Mapping[str, Any], key: str, default: int, low: int, high: int) -> int:
    """Return a whole number within limits."""
    value = integer(data.get(key, default))
    if value is None or not low <= value <= high:
        raise CodecError(Reason.CODE, key)
    return value


def _number(data: Mapping[str, Any], key: str, default: int) -> float:
    given = data.get(key, default)
    if _is_whole(given):
        return cast("int", given)
    if (value := as_float(given)) is None:
        raise CodecError(Reason.CODE, key)
    return value


def _endian(data: Mapping[str, Any], default: _Endian) -> _Endian:
    value = data.get("endian", default)
    if value not in ("big", "little"):
        raise CodecError(Reason.CODE, "endian")
    return cast("_Endian", value)


def _check_keys(data: Mapping[str, Any], known: frozenset[str]) -> None:
    """Refuse a misspelled key, which would otherwise be without effect."""
    if unknown := sorted(str(key) for key in data if key not in known):
        raise CodecError(Reason.CODE, unknown[0])
