"""Locations, from pairs of a latitude and a longitude.

Wire code. A location is stored as a text, ``53.55,9.99``, in degrees. Only a device tracker may
show where a device is, so coordinates that cannot be paired are not shown at all.
"""

import re
from typing import Final

from ...wire.values import as_float
from .model import ValueDescription
from .shapes import Item

LOCATION: Final = ValueDescription(platform="device_tracker")
LOCATION_KEY: Final = "location"
_MAX_LATITUDE: Final = 90
_MAX_LONGITUDE: Final = 180
_LATITUDE: Final = re.compile(r"(?<![a-z])(?:lat|latitude|breitengrad)(?![a-z])")
# Keys of both coordinates together, as a text or as a list.
_BOTH: Final = re.compile(r"(?<![a-z])(?:gps|geo|coord(?:inate)?s?|position|pos|location|point|latlo?ng?)(?![a-z])")
_MEMBER: Final = re.compile(r"\.[01]$")
_PAIR: Final = re.compile(r"[^\d-]*-?\d{1,3}\.\d{3,}°?\s*[NS]?\s*[,;/ ]\s*-?\d{1,3}\.\d{3,}°?\s*[EW]?\D*")
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
    for key in [key for key, item in values.items() if _is_position(key, item)]:
        del values[key]
    return locations


def _is_position(key: str, item: Item) -> bool:
    """Return whether a value alone shows where a device is."""
    if isinstance(item.value, str) and _PAIR.fullmatch(item.value):
        return True
    if any(_rest(key, word) is not None for word in (_LATITUDE, _LONGITUDE)):
        return True
    # Coordinates in a list are named by their places.
    return _MEMBER.search(key) is not None and _BOTH.search(_MEMBER.sub("", _spaced(key))) is not None


def _rest(key: str, word: re.Pattern[str]) -> str | None:
    """Return a key with a star for a word, or None for a key without it."""
    rest, found = word.subn("*", _spaced(key))
    return rest if found == 1 else None


def _spaced(key: str) -> str:
    """Return a key in lower case, with a separator between its words."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()
