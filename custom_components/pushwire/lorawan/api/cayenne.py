"""Decoder for Cayenne Low Power Payload, the self-describing format of many LoRaWAN sensors.

Wire code. A payload is a sequence of records: channel (1 byte), type (1 byte) and value.
The types are IPSO object IDs minus 3200; sizes and scales follow the Cayenne LPP
documentation and its widely used extensions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .locations import LOCATION, LOCATION_KEY, location_text
from .model import DescribedValues, Scalar, ValueDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class _Type:
    """Type of a record, whose value is a big-endian number of ``size`` bytes times ``scale``."""

    name: str
    size: int
    scale: float = 1.0
    signed: bool = False
    description: ValueDescription
    low: float = float("-inf")
    high: float = float("inf")


_MEASUREMENT = ValueDescription(state_class="measurement")


def _sensor(device_class: str, unit: str, precision: int) -> ValueDescription:
    return ValueDescription(
        device_class=device_class,
        unit=unit,
        state_class="measurement",
        precision=precision,
    )


_TYPES: Final[dict[int, _Type]] = {
    0x00: _Type(name="digital_input", size=1, description=_MEASUREMENT),
    0x01: _Type(name="digital_output", size=1, description=_MEASUREMENT),
    0x02: _Type(name="analog_input", size=2, scale=0.01, signed=True, description=_MEASUREMENT),
    0x03: _Type(name="analog_output", size=2, scale=0.01, signed=True, description=_MEASUREMENT),
    0x65: _Type(name="illuminance", size=2, description=_sensor("illuminance", "lx", 0)),
    0x66: _Type(
        name="presence",
        size=1,
        description=ValueDescription(platform="binary_sensor", device_class="occupancy"),
        low=0,
        high=1,
    ),
    0x67: _Type(
        name="temperature",
        size=2,
        scale=0.1,
        signed=True,
        description=_sensor("temperature", "°C", 1),
        low=-100,
        high=200,
    ),
    0x68: _Type(
        name="humidity",
        size=1,
        scale=0.5,
        description=_sensor("humidity", "%", 1),
        low=0,
        high=100,
    ),
    0x73: _Type(
        name="pressure",
        size=2,
        scale=0.1,
        description=_sensor("atmospheric_pressure", "hPa", 1),
        low=200,
        high=1300,
    ),
    0x74: _Type(name="voltage", size=2, scale=0.01, description=_sensor("voltage", "V", 2)),
    0x75: _Type(name="current", size=2, scale=0.001, description=_sensor("current", "A", 3)),
    0x78: _Type(
        name="percentage",
        size=1,
        description=ValueDescription(unit="%", state_class="measurement"),
        low=0,
        high=100,
    ),
    0x7D: _Type(
        name="concentration",
        size=2,
        description=ValueDescription(unit="ppm", state_class="measurement"),
    ),
    0x80: _Type(name="power", size=2, description=_sensor("power", "W", 0)),
    0x82: _Type(name="distance", size=4, scale=0.001, description=_sensor("distance", "m", 3)),
    0x83: _Type(
        name="energy",
        size=4,
        scale=0.001,
        description=ValueDescription(
            device_class="energy",
            unit="kWh",
            state_class="total_increasing",
            precision=3,
        ),
    ),
    0x84: _Type(
        name="direction",
        size=2,
        description=ValueDescription(unit="°", state_class="measurement"),
        low=0,
        high=360,
    ),
    0x8E: _Type(name="switch", size=1, description=_MEASUREMENT, low=0, high=1),
}

_ACCELEROMETER: Final = 0x71
_GYROMETER: Final = 0x86
_UNIX_TIME: Final = 0x85
_GPS: Final = 0x88


class NotCayenne(ValueError):
    """The bytes are not a complete sequence of records with plausible values."""


def decode(payload: bytes) -> DescribedValues:
    """Return the values by key, such as ``temperature_3`` for channel 3.

    Nothing in a payload identifies the format, so the decoder is strict: every byte must
    belong to a record, every value must be possible for its quantity, and no channel may
    contain the same quantity twice.

    Raises:
        NotCayenne: The payload has another format.

    """
    values: dict[str, tuple[Scalar, ValueDescription]] = {}
    at = 0
    while at < len(payload):
        if at + 2 > len(payload):
            raise NotCayenne
        channel, kind = payload[at], payload[at + 1]
        at += 2
        record, size = _record(kind, channel, payload[at:])
        if not values.keys().isdisjoint(record):
            raise NotCayenne
        values.update(record)
        at += size
    if not values:
        raise NotCayenne
    return values


def _record(kind: int, channel: int, rest: bytes) -> tuple[DescribedValues, int]:
    if (structured := _STRUCTURED.get(kind)) is not None:
        size, read = structured
        if len(rest) < size:
            raise NotCayenne
        return read(channel, rest[:size]), size
    if (simple := _TYPES.get(kind)) is None or len(rest) < simple.size:
        raise NotCayenne
    raw = int.from_bytes(rest[: simple.size], signed=simple.signed)
    value: float = raw if simple.scale == 1.0 else round(raw * simple.scale, 3)
    if not simple.low <= value <= simple.high:
        raise NotCayenne
    if simple.description.platform == "binary_sensor":
        return {f"{simple.name}_{channel}": (bool(value), simple.description)}, simple.size
    return {f"{simple.name}_{channel}": (value, simple.description)}, simple.size


def _axes(name: str, scale: float, description: ValueDescription) -> Callable[[int, bytes], DescribedValues]:
    def read(channel: int, data: bytes) -> DescribedValues:
        return {
            f"{name}_{axis}_{channel}": (
                round(int.from_bytes(data[at : at + 2], signed=True) * scale, 3),
                description,
            )
            for axis, at in (("x", 0), ("y", 2), ("z", 4))
        }

    return read


def _gps(channel: int, data: bytes) -> DescribedValues:
    latitude = int.from_bytes(data[0:3], signed=True) * 1e-4
    longitude = int.from_bytes(data[3:6], signed=True) * 1e-4
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004
        raise NotCayenne
    altitude = int.from_bytes(data[6:9], signed=True) * 0.01
    text = location_text(round(latitude, 4), round(longitude, 4))
    return {
        **({} if text is None else {f"{LOCATION_KEY}_{channel}": (text, LOCATION)}),
        f"altitude_{channel}": (round(altitude, 2), _sensor("distance", "m", 1)),
    }


def _unix_time(channel: int, data: bytes) -> DescribedValues:
    return {f"time_{channel}": (int.from_bytes(data), ValueDescription(device_class="timestamp"))}


_STRUCTURED: Final[dict[int, tuple[int, Callable[[int, bytes], DescribedValues]]]] = {
    _ACCELEROMETER: (
        6,
        _axes("acceleration", 0.001, ValueDescription(unit="g", state_class="measurement")),
    ),
    _GYROMETER: (
        6,
        _axes("rotation", 0.01, ValueDescription(unit="°/s", state_class="measurement")),
    ),
    _GPS: (9, _gps),
    _UNIX_TIME: (4, _unix_time),
}
