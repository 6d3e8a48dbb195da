"""Encoder for Cayenne LPP (docs/protocols/resiot.md, 5)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

type Measurement = tuple[int, str, Any]
"""Channel, kind and value: °C, %, hPa, lx, g, or (°, °, m)."""

_TYPES: dict[str, tuple[int, Callable[[Any], bytes]]] = {
    "digital_in": (0x00, lambda value: int(value).to_bytes(1)),
    "analog_in": (0x02, lambda value: round(value * 100).to_bytes(2, signed=True)),
    "illuminance": (0x65, lambda value: round(value).to_bytes(2)),
    "presence": (0x66, lambda value: int(value).to_bytes(1)),
    "temperature": (0x67, lambda value: round(value * 10).to_bytes(2, signed=True)),
    "humidity": (0x68, lambda value: round(value * 2).to_bytes(1)),
    "acceleration": (0x71, lambda value: b"".join(round(axis * 1000).to_bytes(2, signed=True) for axis in value)),
    "barometer": (0x73, lambda value: round(value * 10).to_bytes(2)),
    "gps": (
        0x88,
        lambda value: (
            round(value[0] * 10_000).to_bytes(3, signed=True)
            + round(value[1] * 10_000).to_bytes(3, signed=True)
            + round(value[2] * 100).to_bytes(3, signed=True)
        ),
    ),
}
"""Type byte and encoder by kind; all numbers are big-endian."""


def encode_lpp(measurements: list[Measurement]) -> str:
    """Return measurements as Cayenne LPP in hex."""
    payload = b""
    for channel, kind, value in measurements:
        code, encode = _TYPES[kind]
        payload += bytes((channel, code)) + encode(value)
    return payload.hex()
