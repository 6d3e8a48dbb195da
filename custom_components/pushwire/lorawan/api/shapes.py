"""Shapes of decoded values: nested objects, values with their units, and lists of measurements.

Wire code. Parsers deliver a measurement as ``{value, unit}``, as a member of a list of typed
measurements, in any order, or as a sample with a time of its own.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
import re
from typing import Any, Final, NamedTuple

from .inference import METADATA_WORDS, tokens
from .model import Scalar
from .units import is_unit

MAX_DEPTH: Final = 8
MAX_LIST_LENGTH: Final = 16
# Samples of a list that are read; a device buffers a few days.
MAX_SAMPLES: Final = 1000

_VALUE_FIELDS: Final = ("value", "measurementValue", "val", "reading")
_UNIT_FIELDS: Final = ("unit", "units")
# Fields that describe the value beside them.
_DESCRIPTORS: Final = frozenset(
    {"unit", "units", "displayname", "display_name", "name", "label", "description", "type", "id", "status", "quality"}
    | {"valid", "min", "max", "precision"}
)
_TYPE_FIELDS: Final = ("type", "variable", "label", "name", "measurementType", "parameter", "quantity", "field")
_ID_FIELDS: Final = ("measurementId", "channel", "id")
_TIME_FIELDS: Final = (
    "timestamp", "time", "ts", "date", "datetime", "measured_at", "measuredAt", "recorded_at", "recordTime"
)  # fmt: skip
# Types of a whole report, where only the ID of a measurement says what it is.
_REPORT: Final = re.compile(r"report|telemetry|upload", re.IGNORECASE)
# Measurement IDs of SenseCAP.
_MEASUREMENT_IDS: Final[Mapping[str, str]] = {
    "4097": "Air Temperature",
    "4098": "Air Humidity",
    "4099": "Light Intensity",
    "4100": "CO2",
    "4101": "Barometric Pressure",
    "4102": "Soil Temperature",
    "4103": "Soil Moisture",
    "4104": "Wind Direction",
    "4105": "Wind Speed",
    "4106": "pH",
    "4113": "Rain Rate",
}
_SCALARS: Final = frozenset({str, int, float, bool, type(None)})
# Seconds by which the time of a sample may differ from that of its reading.
_PRESENT: Final = 60.0
# Times of samples, as Unix times in seconds or milliseconds.
_EARLIEST: Final = 946_684_800.0
_LATEST: Final = 4_102_444_800.0
# Fields that number the records of an M-Bus meter.
_STORAGE_FIELDS: Final = ("memory_address", "storage_number", "storage")
_SUBDEVICE_FIELDS: Final = ("sub_device", "subdevice")
_FUNCTION: Final = "function_field"


class Item(NamedTuple):
    """Value as it was received, with the unit that stands beside it."""

    value: Scalar
    unit: str | None = None


@dataclass(slots=True)
class Decoded:
    """Values of one reading.

    Attributes:
        values: Values of the time of the reading, by key.
        earlier: Values with times of their own, oldest first.

    """

    values: dict[str, Item] = field(default_factory=dict)
    earlier: list[tuple[float, dict[str, Item]]] = field(default_factory=list)


def read_values(data: Mapping[str, Any], at: float) -> Decoded:
    """Return the values of decoded data.

    The key of a nested value is its path, such as ``gps.lat``. Deeper levels and longer
    lists are left out, because each item would become an entity.

    Args:
        data: Values by the parser's names, nested as they were received.
        at: Unix time of the reading.

    """
    decoded = Decoded()
    # Most readings are flat, and each of a device has the same keys.
    if (keys := _flat_keys(tuple(data))) is not None and _SCALARS.issuperset(map(type, data.values())):
        decoded.values = dict(zip(keys, map(Item, data.values()), strict=True))
        return decoded
    _read_object(decoded, _without_older(data), "", MAX_DEPTH, at)
    decoded.values = _with_units(_with_record(decoded.values))
    decoded.earlier.sort(key=lambda sample: sample[0])
    return decoded


def _without_older(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return decoded data with the first value of each list whose later ones are older, by times that are not known.

    Adeunis describes its lists of values as ``[t=0, t-1, t-2, ...]``.
    """
    if "t=0, t-1" not in str(data.get("decodingInfo", "")):
        return data
    newest: dict[str, Any] = {}
    for name, value in data.items():
        if isinstance(value, Mapping) and isinstance(items := value.get("values"), list) and items:
            newest[name] = {**{key: item for key, item in value.items() if key != "values"}, "value": items[0]}
        elif name != "decodingInfo":
            newest[name] = value
    return newest


@lru_cache(maxsize=4096)
def _flat_keys(names: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the keys of a flat object, or None if one of its values describes another one."""
    keys = tuple(path_of("", name) for name in names if name)
    describe = {*_STORAGE_FIELDS, *_SUBDEVICE_FIELDS}
    is_plain = len(set(keys)) == len(names) and describe.isdisjoint(names) and not any(map(is_unit_key, keys))
    return keys if is_plain else None


def _read_object(decoded: Decoded, data: Mapping[str, Any], prefix: str, depth: int, at: float) -> None:
    for name, value in data.items():
        if not name:
            continue
        key = path_of(prefix, name)
        if isinstance(value, Mapping):
            if (item := _value_object(value)) is not None:
                decoded.values[key] = item
            elif depth:
                _read_object(decoded, value, key, depth - 1, at)
        elif isinstance(value, list):
            if depth:
                _read_list(decoded, value, (prefix, key), depth - 1, at)
        elif value is None or isinstance(value, str | int | float | bool):
            decoded.values.setdefault(key, Item(value))


def _read_list(decoded: Decoded, items: list[Any], place: tuple[str, str], depth: int, at: float) -> None:
    """Read a list of numbers, of objects, of typed measurements, or of samples.

    Args:
        decoded: Gets the values.
        items: Members of the list.
        place: Key of the object that holds the list, and key of the list.
        depth: Number of levels that may be read.
        at: Unix time of the reading.

    """
    prefix, key = place
    counts = Counter(found[0] for item in items if isinstance(item, Mapping) and (found := _measurement(item)))
    for index, item in enumerate(items[:MAX_SAMPLES]):
        if isinstance(item, Mapping) and (measurement := _measurement(item)) is not None:
            name, measured = measurement
            if counts[name] > 1 and not any(field_name in item for field_name in _TIME_FIELDS):
                # Only their places in the list tell them apart, and those may change.
                continue
            _add(decoded, item, {path_of(prefix, name): measured}, at)
        elif isinstance(item, Mapping) and any(name in item for name in _TIME_FIELDS) and len(item) > 1:
            sample = Decoded()
            rest = {name: value for name, value in item.items() if name not in _TIME_FIELDS}
            _read_object(sample, rest, prefix, depth, at)
            _add(decoded, item, sample.values, at)
        elif isinstance(item, list) and any(isinstance(member, Mapping) and _measurement(member) for member in item):
            if depth:
                _read_list(decoded, item, place, depth - 1, at)
        elif len(items) <= MAX_LIST_LENGTH:
            _read_object(decoded, {str(index): item}, key, depth, at)


def _add(decoded: Decoded, item: Mapping[str, Any], values: Mapping[str, Item], at: float) -> None:
    """Add values from a list, which may have a time of their own."""
    if not any(name in item for name in _TIME_FIELDS):
        measured_at: float | None = at
    else:
        measured_at = next((time for name in _TIME_FIELDS if (time := _time_of(item.get(name))) is not None), None)
    if measured_at is None or measured_at > at + _PRESENT:
        # A value of an unknown time belongs nowhere.
        return
    if at - measured_at <= _PRESENT:
        for key, value in values.items():
            decoded.values.setdefault(key, value)
    else:
        decoded.earlier.append((measured_at, dict(values)))


def _value_object(data: Mapping[str, Any]) -> Item | None:
    """Return the value of an object like ``{value, unit, displayName}``, or None for another object."""
    name = next((name for name in _VALUE_FIELDS if name in data), None)
    if name is None or isinstance(data[name], Mapping | list):
        return None
    if any(other != name and other.lower() not in _DESCRIPTORS for other in data):
        return None
    return Item(data[name], _unit_in(data))


def _measurement(data: Mapping[str, Any]) -> tuple[str, Item] | None:
    """Return name and value of a typed measurement, or None for another object.

    The name holds the type and, if there is one, the ID, so it is the same in any order.
    """
    value_field = next((name for name in _VALUE_FIELDS if name in data), None)
    if value_field is None or isinstance(data[value_field], Mapping | list):
        return None
    identifier = next((str(data[name]) for name in _ID_FIELDS if isinstance(data.get(name), str | int)), "")
    kind = next((data[name] for name in _TYPE_FIELDS if isinstance(data.get(name), str) and data[name]), "")
    if _REPORT.search(kind) or not kind:
        kind = _MEASUREMENT_IDS.get(identifier, "")
    if not kind and not identifier:
        return None
    name = f"{kind} {identifier}".strip() if kind else f"measurement {identifier}"
    return name, Item(data[value_field], _unit_in(data))


def _unit_in(data: Mapping[str, Any]) -> str | None:
    unit = next((data[name] for name in _UNIT_FIELDS if isinstance(data.get(name), str)), None)
    return unit if is_unit(unit) else None


def _time_of(value: Any) -> float | None:
    """Return a Unix time in seconds; a time without an offset is unknown."""
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            return None
        return None if parsed.tzinfo is None else parsed.timestamp()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    seconds = value / 1000 if value > _LATEST else float(value)
    return seconds if _EARLIEST < seconds < _LATEST else None


# Each reading of a device has the same keys.
@lru_cache(maxsize=8192)
def path_of(prefix: str, name: str) -> str:
    """Return the key of a value in an object; no other value has the same key.

    A dot that belongs to a name is doubled, unless it stands between digits, as in an OBIS
    code. Between two numbers, the dot of a path is doubled instead.
    """
    own = re.sub(r"(?<!\d)\.|\.(?!\d)", "..", name)
    if not prefix:
        return own
    return f"{prefix}{'..' if prefix[-1].isdigit() and own[0].isdigit() else '.'}{own}"


def _with_record(values: dict[str, Item]) -> dict[str, Item]:
    """Return the values of an M-Bus record under keys that hold its numbers.

    A stored value, such as one of a due date, must not share the history of the current one.
    """
    storage = _number(values, _STORAGE_FIELDS)
    subdevice, tariff = _number(values, _SUBDEVICE_FIELDS), _number(values, ("tariff",))
    if not any(name in values for name in (*_STORAGE_FIELDS, *_SUBDEVICE_FIELDS)):
        return values
    function = values[_FUNCTION].value if _FUNCTION in values else ""
    suffix = f"_{function}" if isinstance(function, str) and function not in ("", "current_value") else ""
    if not (storage or subdevice or tariff or suffix):
        return values
    return {
        f"{storage}_{subdevice}_{tariff}_{key}{suffix}" if _is_measured(key, item) else key: item
        for key, item in values.items()
    }


def _number(values: Mapping[str, Item], names: tuple[str, ...]) -> int:
    found = (values[name].value for name in names if name in values)
    return next((value for value in found if isinstance(value, int) and not isinstance(value, bool)), 0)


def _is_measured(key: str, item: Item) -> bool:
    """Return whether a value is a number that does not describe the message."""
    is_number = isinstance(item.value, int | float) and not isinstance(item.value, bool)
    return is_number and not _is_metadata(key)


@lru_cache(maxsize=8192)
def _is_metadata(key: str) -> bool:
    return not METADATA_WORDS.isdisjoint(tokens(key))


def _with_units(values: dict[str, Item]) -> dict[str, Item]:
    """Return the values with the units that are values of their own.

    ``temperature_unit`` belongs to ``temperature``; ``unit`` belongs to the only number
    beside it.
    """
    units = dict(_units(values))
    return {key: Item(item.value, item.unit or units.get(key)) for key, item in values.items() if not is_unit_key(key)}


def _units(values: Mapping[str, Item]) -> Iterator[tuple[str, str]]:
    beside = Counter(key.rpartition(".")[0] for key, item in values.items() if _is_measured(key, item))
    for key, item in values.items():
        if not is_unit_key(key) or not isinstance(item.value, str) or not is_unit(item.value):
            continue
        place, _, name = key.rpartition(".")
        if name in _UNIT_FIELDS:
            if not beside[place]:
                # A list of values shares the unit beside it.
                lists = {path_of(place, field_name) for field_name in ("values", *_VALUE_FIELDS)}
                yield from ((other, item.value) for other in values if other.rpartition(".")[0] in lists)
            elif beside[place] == 1:
                yield from (
                    (other, item.value)
                    for other, measured in values.items()
                    if other.rpartition(".")[0] == place and _is_measured(other, measured)
                )
        else:
            yield re.sub(r"_?[uU]nit$", "", key), item.value


@lru_cache(maxsize=8192)
def is_unit_key(key: str) -> bool:
    """Return whether a key holds the unit of another value."""
    name = key.rpartition(".")[2]
    return name in _UNIT_FIELDS or name.endswith(("_unit", "Unit"))
