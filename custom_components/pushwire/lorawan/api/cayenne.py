"""Decoder for Cayenne Low Power Payload, the self-describing format of many LoRaWAN sensors.

Wire code. A payload is a sequence of records: channel (1 byte), type (1 byte) and value.
The types are IPSO object IDs minus 3200; sizes and scales follow the Cayenne LPP
documentation and the public extensions of ElectronicCats and RAKwireless.

Nothing in a payload identifies the format, and some payloads of other formats fit by chance.
Two payloads of a port have to fit and to agree before their values are shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import re
from typing import Final

from .codecs.codec import CodecError, Decoded, Reason
from .locations import LOCATION, LOCATION_KEY, location_text
from .model import CayennePort, DescribedValues, LorawanDevice, Scalar, ValueDescription


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


_PH = ValueDescription(device_class="ph", state_class="measurement", precision=1)


def _measurement(unit: str) -> ValueDescription:
    return ValueDescription(unit=unit, state_class="measurement")


_TYPES: Final[dict[int, _Type]] = {
    0x00: _Type(name="digital_input", size=1, description=_MEASUREMENT),
    0x01: _Type(name="digital_output", size=1, description=_MEASUREMENT),
    0x02: _Type(name="analog_input", size=2, scale=0.01, signed=True, description=_MEASUREMENT),
    0x03: _Type(name="analog_output", size=2, scale=0.01, signed=True, description=_MEASUREMENT),
    0x64: _Type(name="generic", size=4, description=_MEASUREMENT),
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
    0x70: _Type(
        name="humidity",
        size=2,
        scale=0.1,
        signed=True,
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
    0x76: _Type(name="frequency", size=4, description=_sensor("frequency", "Hz", 0)),
    0x78: _Type(
        name="percentage",
        size=1,
        description=ValueDescription(unit="%", state_class="measurement"),
        low=0,
        high=100,
    ),
    0x79: _Type(name="altitude", size=2, signed=True, description=_sensor("distance", "m", 0)),
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
    0xBC: _Type(
        name="soil_moisture",
        size=2,
        scale=0.1,
        description=_sensor("moisture", "%", 1),
        low=0,
        high=100,
    ),
    0xBE: _Type(name="wind_speed", size=2, scale=0.01, description=_sensor("wind_speed", "m/s", 2), high=150),
    0xBF: _Type(name="wind_direction", size=2, description=_measurement("°"), low=0, high=360),
    0xC0: _Type(name="soil_conductivity", size=2, scale=0.001, description=_sensor("conductivity", "mS/cm", 3)),
    0xC1: _Type(name="soil_ph", size=2, scale=0.01, description=_PH, low=0, high=14),
    0xC2: _Type(name="soil_ph", size=2, scale=0.1, description=_PH, low=0, high=14),
    0xC3: _Type(name="irradiance", size=2, description=_sensor("irradiance", "W/m²", 0)),
    0xF0: _Type(name="node_id", size=4, description=ValueDescription(diagnostic=True, enabled=False)),
}

_ACCELEROMETER: Final = 0x71
_GYROMETER: Final = 0x86
_UNIX_TIME: Final = 0x85
_COLOR: Final = 0x87
_GPS: Final = 0x88
_PRECISE_GPS: Final = 0x89


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


def _gps(degrees: int, digits: int) -> Callable[[int, bytes], DescribedValues]:
    """Return the reader of a position, with the bytes and the decimals of its degrees."""

    def read(channel: int, data: bytes) -> DescribedValues:
        latitude, longitude = (
            round(int.from_bytes(data[at : at + degrees], signed=True) / 10**digits, digits) for at in (0, degrees)
        )
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004
            raise NotCayenne
        altitude = int.from_bytes(data[2 * degrees :], signed=True) * 0.01
        text = location_text(latitude, longitude)
        return {
            **({} if text is None else {f"{LOCATION_KEY}_{channel}": (text, LOCATION)}),
            f"altitude_{channel}": (round(altitude, 2), _sensor("distance", "m", 1)),
        }

    return read


def _color(channel: int, data: bytes) -> DescribedValues:
    return {f"color_{channel}": (f"#{data.hex()}", ValueDescription())}


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
    _COLOR: (3, _color),
    _GPS: (9, _gps(3, 4)),
    _PRECISE_GPS: (11, _gps(4, 6)),
    _UNIX_TIME: (4, _unix_time),
}


class CayenneCodec:
    """Codec of Cayenne LPP, for devices of which a person knows that they send it."""

    def decode(self, payload: bytes, port: int | None, at: float) -> Decoded:
        """Return the values of a payload; see ``Codec``."""
        del port, at
        try:
            values = decode(payload)
        except NotCayenne:
            raise CodecError(Reason.PAYLOAD) from None
        return Decoded(
            {
                key: value if description.unit is None else {"value": value, "unit": description.unit}
                for key, (value, description) in values.items()
            }
        )


# Values that are shown without a person's choice, by the name of the quantity: a narrower range than
# a sensor can measure, and the largest difference between two payloads.
_BELIEVABLE: Final[Mapping[str, tuple[float, float, float]]] = {
    "digital_input": (0, 1, 1),
    "digital_output": (0, 1, 1),
    "temperature": (-90, 70, 25),
    "humidity": (1, 100, 70),
    "pressure": (500, 1100, 80),
    "voltage": (0, 600, 300),
    "concentration": (1, 40_000, 40_000),
    "altitude": (-450, 9000, 9000),
}
_ANYTHING: Final = (float("-inf"), float("inf"), float("inf"))
# First bytes of the DevEUIs of manufacturers whose devices have a format of their own (IEEE), and their names
# as public lists of codecs write them.
_OTHER_FORMATS: Final[Mapping[str, str]] = {
    "00137a": "netvox",
    "0018b2": "adeunis",
    "24e124": "milesight-iot",
    "2cf7f1": "sensecap",
    "58a0cb": "browan",
    "70b3d57ba": "decentlab",
    "a81758": "elsys",
    "a84041": "dragino",
    "e8e1e1": "browan",
}
_OTHER_NAMES: Final = re.compile(
    r"\b(?:(?:milesight|ursalink|dragino|elsys|decentlab|browan|adeunis|netvox|sensecap)\b"
    r"|(?:am|em|uc|vs|ws|wt)\d{3}|(?:lds|lht|lse|lwl|ldds)\d\d|ers\b)",
    re.IGNORECASE,
)
_MILESIGHT_PORT: Final = 85
# Tektelic's devices send records of their own between some that are the same as Cayenne's.
_TEKTELIC: Final = "647fda"
_TEKTELIC_PORT: Final = 10
_TEKTELIC_NAME: Final = re.compile(r"\btektelic\b", re.IGNORECASE)
_SHARED_WITH_TEKTELIC: Final = frozenset({"temperature", "humidity"})
# Payloads without a shared value that are remembered for one port.
_MAX_CANDIDATES: Final = 4


def take_cayenne(device: LorawanDevice, port: int | None, payload: bytes, at: float) -> set[str]:
    """Show the values of a payload that is certainly Cayenne LPP; return the names of the changed properties.

    Args:
        device: Device of the payload.
        port: Port of the uplink.
        payload: Payload.
        at: Unix time of the uplink.

    """
    if (values := _believable_values(device, port, payload)) is None:
        return set()
    known = device.cayenne.setdefault(str(port), CayennePort())
    if known.is_certain:
        return device.set_values(values, at)
    earlier = [
        (seen_at, text, found)
        for seen_at, text in known.candidates
        if (found := _believable_values(device, port, bytes.fromhex(text))) is not None
    ]
    if not any(_agree(found, values) for _, _, found in earlier):
        others = [(seen_at, text) for seen_at, text, found in earlier if found.keys().isdisjoint(values)]
        known.candidates = [*others, (at, payload.hex())][-_MAX_CANDIDATES:]
        return set()
    known.is_certain, known.candidates = True, []
    changed = set()
    for seen_at, _, found in earlier:
        changed |= device.set_values(found, seen_at)
    return changed | device.set_values(values, at)


def maker_of(device: LorawanDevice) -> str | None:
    """Return the maker of a device with a format of its own by its DevEUI, as public lists of codecs write it."""
    eui = (device.dev_eui or "").lower()
    return next((maker for prefix, maker in _OTHER_FORMATS.items() if eui.startswith(prefix)), None)


def _believable_values(device: LorawanDevice, port: int | None, payload: bytes) -> DescribedValues | None:
    """Return the values of a payload that may be Cayenne LPP, or None."""
    eui = (device.dev_eui or "").lower()
    texts = " ".join(filter(None, (device.name, device.model, device.manufacturer)))
    if port == _MILESIGHT_PORT or maker_of(device) is not None or _OTHER_NAMES.search(texts):
        return None
    try:
        values = decode(payload)
    except NotCayenne:
        return None
    is_tektelic = port == _TEKTELIC_PORT or eui.startswith(_TEKTELIC) or _TEKTELIC_NAME.search(texts)
    if is_tektelic and any(_quantity(key) not in _SHARED_WITH_TEKTELIC for key in values):
        return None
    for key, (value, _) in values.items():
        low, high, _ = _BELIEVABLE.get(_quantity(key), _ANYTHING)
        if isinstance(value, int | float) and not low <= value <= high:
            return None
    return values


def _quantity(key: str) -> str:
    """Return the name of a value without its channel."""
    return key.rpartition("_")[0]


def _agree(earlier: DescribedValues, later: DescribedValues) -> bool:
    """Return whether two payloads of a device have a value in common, and no value leaps."""
    shared = earlier.keys() & later.keys()
    for key in shared:
        before, now = earlier[key][0], later[key][0]
        if isinstance(before, int | float) and isinstance(now, int | float):
            _, _, most = _BELIEVABLE.get(_quantity(key), _ANYTHING)
            if abs(now - before) > most:
                return False
    return bool(shared)
