"""M-Bus and wireless M-Bus payloads: whole frames, or the records of one.

Wire code, except for the library: ``pymeterbus`` is installed when the first such codec is added.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
import re
from types import SimpleNamespace
from typing import Any, Final

from .codec import CodecError, Decoded, Reason

LIBRARY: Final = "pymeterbus==0.8.5"
_MAX_SKIP: Final = 64
_MAX_DESCRIBED: Final = 256
# What the library raises for bytes that are no record, or one that it does not know.
_PARSE_ERRORS: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_LONG_FRAME: Final = 0x68
_SEND_NO_REPLY: Final = 0x44
# Bytes before the control information of a wireless frame.
_LINK_LAYER: Final = 10
# Bytes after the control information that come before the records.
_HEADERS: Final[Mapping[int, int]] = {0x72: 12, 0x78: 0, 0x7A: 4}
_ENCRYPTION: Final = 0x1F
_MEDIA: Final[Mapping[int, str]] = {
    0x02: "electricity",
    0x03: "gas",
    0x04: "heat",
    0x06: "water",
    0x07: "water",
    0x0C: "heat",
    0x15: "water",
    0x16: "water",
}
# Words of the library for quantities, where they differ from the usual ones.
_QUANTITIES: Final[Mapping[str, str]] = {
    "ampere": "current",
    "dimensionless": "value",
    "energy_j": "energy",
    "energy_wh": "energy",
    "operating_time_battery": "battery_remaining",
    "power_j_h": "power",
    "power_w": "power",
    "units_for_hca": "hca",
    "volts": "voltage",
    "volume_flow": "flow",
    "volume_flow_ext": "flow",
    "volume_flow_ext_s": "flow",
}
# What describes the meter or the message, and is no measurement.
_NOT_MEASURED: Final = re.compile(
    r"date|address|identification|fabrication|vif|any_|reserved|access|medium|manufacturer|version|customer|password"
    r"|storage|tariff|baud|retry|delay|parameter|special|day|week|currency|mask|readout"
)
_UNITS: Final[Mapping[str, str]] = {"seconds": "s", "minutes": "min", "hours": "h", "days": "d"}
_NO_UNITS: Final = frozenset({"none", "h.c.a", "currency unit", "bittimes", "baud"})
_FUNCTIONS: Final[Mapping[str, str]] = {
    "INSTANTANEOUS_VALUE": "",
    "MAXIMUM_VALUE": "maximum",
    "MINIMUM_VALUE": "minimum",
}
_DIRECTIONS: Final[Mapping[str, str]] = {"POSITIVE_ACCUMULATION": "forward", "NEGATIVE_ACCUMULATION": "backward"}


class MbusCodec:
    """Codec of M-Bus payloads.

    Args:
        code: Number of bytes before the frame or the first record, or empty.

    Raises:
        CodecError: The number is none.

    """

    def __init__(self, code: str) -> None:
        """Initialize with the library."""
        # The library is installed only when it is needed.
        from meterbus.exceptions import MBusFrameDecodeError  # noqa: PLC0415
        from meterbus.telegram_body import TelegramBodyPayload  # noqa: PLC0415

        text = code.strip() or "0"
        if not text.isdecimal() or int(text) > _MAX_SKIP:
            raise CodecError(Reason.CODE, text)
        self._skip = int(text)
        self._read_records: Any = TelegramBodyPayload
        self._library_error: type[Exception] = MBusFrameDecodeError
        # Key and unit by the bytes that describe a record, or None for one without a measurement.
        self._described: dict[tuple[bytes, bytes], tuple[str, str | None] | None] = {}

    def decode(self, payload: bytes, port: int | None, at: float) -> Decoded:
        """Return the values of a payload; see ``Codec``."""
        del port, at
        records, medium = _records_of(payload[self._skip :])
        parent = SimpleNamespace(bodyHeader=SimpleNamespace(isLSBOrder=True))
        body = self._read_records(list(records), parent)
        try:
            body.parse()
            values = dict(self._values(body.records))
        except (self._library_error, *_PARSE_ERRORS) as err:
            raise CodecError(Reason.PAYLOAD, type(err).__name__) from None
        if not values:
            raise CodecError(Reason.PAYLOAD, "records")
        return Decoded({**values, **({"medium": medium} if medium else {})})

    def _values(self, records: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the measurements of records by key."""
        for record in records:
            try:
                described = self._describe(record)
                value = None if described is None else record.parsed_value
            except _PARSE_ERRORS:
                # One quantity that the library does not know costs the others nothing.
                continue
            is_number = isinstance(value, int) or (isinstance(value, Decimal) and value.is_finite())
            if described is None or not is_number:
                continue
            key, unit = described
            # The library computes with the binary fractions of the scale.
            measured = {"value": value if isinstance(value, int) else float(f"{value:.12g}")}
            yield key, measured if unit is None else {**measured, "unit": unit}

    def _describe(self, record: Any) -> tuple[str, str | None] | None:
        """Return what describes a record; each telegram of a meter has the same records."""
        # The header of a unit in plain text does not hold the text.
        if record.vib.customVIF.parts:
            return _description(record)
        header = bytes(record.dib.parts), bytes(record.vib.parts)
        if header not in self._described:
            if len(self._described) >= _MAX_DESCRIBED:
                self._described.clear()
            self._described[header] = _description(record)
        return self._described[header]


def _records_of(data: bytes) -> tuple[bytes, str | None]:
    """Return the records of a frame with the medium of the meter, or of a payload that is no frame.

    Raises:
        CodecError: The frame is encrypted or of an unknown kind.

    """
    match list(data):
        case [start, length, again, same, *_] if start == same == _LONG_FRAME and length == again:
            frame = data[4 : 4 + length]
            if len(data) < length + 6 or sum(frame) % 256 != data[4 + length]:
                raise CodecError(Reason.PAYLOAD, "checksum")
            return _application(frame[2:], None)
        case [length, control, *_] if control == _SEND_NO_REPLY and length == len(data) - 1:
            return _application(data[_LINK_LAYER:], data[_LINK_LAYER - 1])
    return data, None


def _application(data: bytes, device: int | None) -> tuple[bytes, str | None]:
    """Return the records after a header, and the medium."""
    header = _HEADERS.get(data[0]) if data else None
    if header is None or len(data) <= header:
        raise CodecError(Reason.PAYLOAD, "header")
    body = data[1:]
    if header:
        status = body[header - 4 : header]
        if header > 4:  # noqa: PLR2004 (the long header holds the address of the meter)
            device = body[7]
        if status[3] & _ENCRYPTION:
            raise CodecError(Reason.PAYLOAD, "encrypted")
    return body[header:], _MEDIA.get(device or 0)


def _description(record: Any) -> tuple[str, str | None] | None:
    """Return the key with the numbers of storage, subdevice and tariff, and the unit; None for no measurement."""
    data = record.interpreted
    quantity = str(data["type"]).rpartition(".")[2].lower()
    function = _FUNCTIONS.get(data["function"].rpartition(".")[2])
    enhancement = data.get("unit_enh")
    direction = "" if enhancement is None else _DIRECTIONS.get(enhancement.rpartition(".")[2])
    if function is None or direction is None or _NOT_MEASURED.search(quantity):
        return None
    name = "_".join(filter(None, (direction, _QUANTITIES.get(quantity, quantity), function)))
    numbers = [data.get(field) or 0 for field in ("storage_number", "device", "tariff")]
    key = f"{'_'.join(map(str, numbers))}_{name}" if any(numbers) else name
    unit = str(record.unit).lower()
    return key, None if unit in _NO_UNITS else _UNITS.get(unit, record.unit)
