"""Locations, from pairs of a latitude and a longitude.

Wire code. A location is stored as a text, ``53.55,9.99``, in degrees. Only a device tracker may
show where a device is, so coordinates that cannot be paired are not shown at all.
"""

from collections.abc import Mapping
from functools import lru_cache
from operator import itemgetter
import re
from typing import Final

from ...wire.redaction import has_coordinates, is_position
from ...wire.values import as_float
from .model import ValueDescription
from .shapes import Item

LOCATION: Final = ValueDescription(platform="device_tracker")
LOCATION_KEY: Final = "location"
_VALUE_OF: Final = itemgetter(0)
_MAX_LATITUDE: Final = 90
_MAX_LONGITUDE: Final = 180
# Places of both coordinates in a list, whichever comes first.
_PLACES: Final = ("0", "1")
_LATITUDE: Final = re.compile(r"(?<![a-z])(?:lat|latitude|breitengrad)(?![a-z])")
_LONGITUDE: Final = re.compile(r"(?<![a-z])(?:lon|lng|longitude|l(?:ä|ae|a)ngengrad)(?![a-z])")


def location_text(latitude: float, longitude: float) -> str | None:
    """Return a location, or None for coordinates that are impossible or stand for no fix."""
    if abs(latitude) > _MAX_LATITUDE or abs(longitude) > _MAX_LONGITUDE or latitude == longitude == 0:
        return None
    return f"{latitude},{longitude}"


def coordinates(location: object) -> tuple[float, float] | None:
    """Return latitude and longitude of a location, or None for anything else."""
    latitude, _, longitude = str(location).partition(",")
    found = as_float(latitude), as_float(longitude)
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def take_locations(values: dict[str, Item]) -> dict[str, str]:
    """Remove latitudes and longitudes from values; return the locations of those that belong together, by key."""
    if not _may_locate(tuple(values)):
        # Nearly all readings hold numbers alone.
        if str in map(type, map(_VALUE_OF, values.values())):
            for key in [key for key, item in values.items() if isinstance(item.value, str)]:
                if has_coordinates(key, str(values[key].value)):
                    del values[key]
        return {}
    latitudes = {rest: key for key in values if (rest := _rest(key, _LATITUDE)) is not None}
    pairs = [
        (rest, latitudes[rest], key)
        for key in values
        if (rest := _rest(key, _LONGITUDE)) is not None and rest in latitudes
    ]
    locations = {}
    for rest, latitude_key, longitude_key in pairs:
        latitude, longitude = (as_float(values.pop(key).value) for key in (latitude_key, longitude_key))
        key = LOCATION_KEY if len(pairs) == 1 else rest.replace("*", LOCATION_KEY)
        if latitude is not None and longitude is not None and (text := location_text(latitude, longitude)) is not None:
            locations[key] = text
    for key in [key for key, item in values.items() if _is_position(key, item, values)]:
        del values[key]
    return locations


def _is_position(key: str, item: Item, values: Mapping[str, Item]) -> bool:
    """Return whether a value shows where a device is, alone or with its neighbor in a list."""
    if any(_rest(key, word) is not None for word in (_LATITUDE, _LONGITUDE)):
        return True
    if isinstance(item.value, str) and has_coordinates(key, item.value):
        return True
    name, _, place = key.rpartition(".")
    if not name or place not in _PLACES:
        return False
    pair = ",".join(
        str(values[member].value) for member in (f"{name}.{place}" for place in _PLACES) if member in values
    )
    return is_position(name) or has_coordinates(name, pair)


# Each reading of a device has the same keys.
@lru_cache(maxsize=4096)
def _may_locate(keys: tuple[str, ...]) -> bool:
    """Return whether numbers under some keys may be coordinates."""
    return any(
        _rest(key, _LATITUDE) is not None or _rest(key, _LONGITUDE) is not None or key.rpartition(".")[2] in _PLACES
        for key in keys
    )


@lru_cache(maxsize=16384)
def _rest(key: str, word: re.Pattern[str]) -> str | None:
    """Return a key with a star for a word, or None for a key without it."""
    rest, found = word.subn("*", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower())
    return rest if found == 1 else None
