"""Cayenne Low Power Payload, the self-describing format of many LoRaWAN sensors.

Wire code. A payload is a row of records: channel (1 byte), type (1 byte), value. The
types are IPSO object ids minus 3200; sizes and scales are those of the Cayenne LPP
documentation and the extensions that are in common use with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .meaning import Meaning

type Values = dict[str, tuple[float | int | bool, Meaning]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Type:
    """How a record's value is read: big-endian, ``size`` bytes, times ``scale``."""

    name: str
    size: int
    scale: float = 1.0
    signed: bool = False
    meaning: Meaning
    low: float = float("-inf")
    high: float = float("inf")


_MEASUREMENT = Meaning(state_class="measurement")


def _sensor(device_class: str, unit: str, precision: int) -> Meaning:
    return Meaning(
        device_class=device_class,
        unit=unit,
        state_class="measurement",
        precision=precision,
    )


_TYPES: Final[dict[int, _Type]] = {
    0x00: _Type(name="digital_input", size=1, meaning=_MEASUREMENT),
    0x01: _Type(name="digital_output", size=1, meaning=_MEASUREMENT),
    0x02: _Type(name="analog_input", size=2, scale=0.01, signed=True, meaning=_MEASUREMENT),
    0x03: _Type(name="analog_output", size=2, scale=0.01, signed=True, meaning=_MEASUREMENT),
    0x65: _Type(name="illuminance", size=2, meaning=_sensor("illuminance", "lx", 0)),
    0x66: _Type(
        name="presence",
        size=1,
        meaning=Meaning(platform="binary_sensor", device_class="occupancy"),
        low=0,
        high=1,
    ),
    0x67: _Type(
        name="temperature",
        size=2,
        scale=0.1,
        signed=True,
        meaning=_sensor("temperature", "°C", 1),
        low=-100,
        high=200,
    ),
    0x68: _Type(
        name="humidity",
        size=1,
        scale=0.5,
        meaning=_sensor("humidity", "%", 1),
        low=0,
        high=100,
    ),
    0x73: _Type(
        name="pressure",
        size=2,
        scale=0.1,
        meaning=_sensor("atmospheric_pressure", "hPa", 1),
        low=200,
        high=1300,
    ),
    0x74: _Type(name="voltage", size=2, scale=0.01, meaning=_sensor("voltage", "V", 2)),
    0x75: _Type(name="current", size=2, scale=0.001, meaning=_sensor("current", "A", 3)),
    0x78: _Type(
        name="percentage",
        size=1,
        meaning=Meaning(unit="%", state_class="measurement"),
        low=0,
        high=100,
    ),
    0x7D: _Type(
        name="concentration",
        size=2,
        meaning=Meaning(unit="ppm", state_class="measurement"),
    ),
    0x80: _Type(name="power", size=2, meaning=_sensor("power", "W", 0)),
    0x82: _Type(name="distance", size=4, scale=0.001, meaning=_sensor("distance", "m", 3)),
    0x83: _Type(
        name="energy",
        size=4,
        scale=0.001,
        meaning=Meaning(
            device_class="energy",
            unit="kWh",
            state_class="total_increasing",
            precision=3,
        ),
    ),
    0x84: _Type(
        name="direction",
        size=2,
        meaning=Meaning(unit="°", state_class="measurement"),
        low=0,
        high=360,
    ),
    0x8E: _Type(name="switch", size=1, meaning=_MEASUREMENT, low=0, high=1),
}

_ACCELEROMETER: Final = 0x71
_GYROMETER: Final = 0x86
_UNIX_TIME: Final = 0x85
_GPS: Final = 0x88


class NotCayenne(ValueError):
    """The bytes are not a whole row of records with believable values."""


def decode(payload: bytes) -> Values:
    """Return values by key, such as ``temperature_3`` for channel 3.

    Strict, since nothing in the payload says that it is this format: every byte must
    belong to a record, every value must be one that the quantity can have, and no
    channel may give the same quantity twice.

    Raises:
        NotCayenne: It is something else.

    """
    values: Values = {}
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


def _record(kind: int, channel: int, rest: bytes) -> tuple[Values, int]:
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
    if simple.meaning.platform == "binary_sensor":
        return {f"{simple.name}_{channel}": (bool(value), simple.meaning)}, simple.size
    return {f"{simple.name}_{channel}": (value, simple.meaning)}, simple.size


def _axes(name: str, scale: float, meaning: Meaning) -> Callable[[int, bytes], Values]:
    def read(channel: int, data: bytes) -> Values:
        return {
            f"{name}_{axis}_{channel}": (
                round(int.from_bytes(data[at : at + 2], signed=True) * scale, 3),
                meaning,
            )
            for axis, at in (("x", 0), ("y", 2), ("z", 4))
        }

    return read


def _gps(channel: int, data: bytes) -> Values:
    latitude = int.from_bytes(data[0:3], signed=True) * 1e-4
    longitude = int.from_bytes(data[3:6], signed=True) * 1e-4
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004
        raise NotCayenne
    altitude = int.from_bytes(data[6:9], signed=True) * 0.01
    degrees = Meaning(unit="°", precision=4)
    return {
        f"latitude_{channel}": (round(latitude, 4), degrees),
        f"longitude_{channel}": (round(longitude, 4), degrees),
        f"altitude_{channel}": (round(altitude, 2), _sensor("distance", "m", 1)),
    }


def _unix_time(channel: int, data: bytes) -> Values:
    return {f"time_{channel}": (int.from_bytes(data), Meaning(device_class="timestamp"))}


_STRUCTURED: Final[dict[int, tuple[int, Callable[[int, bytes], Values]]]] = {
    _ACCELEROMETER: (
        6,
        _axes("acceleration", 0.001, Meaning(unit="g", state_class="measurement")),
    ),
    _GYROMETER: (
        6,
        _axes("rotation", 0.01, Meaning(unit="°/s", state_class="measurement")),
    ),
    _GPS: (9, _gps),
    _UNIX_TIME: (4, _unix_time),
}
