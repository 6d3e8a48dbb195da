"""Locations, from pairs of a latitude and a longitude.

Wire code. A location is stored as a text, ``53.55,9.99``, in degrees.
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
    """Remove latitudes and longitudes that belong together from values; return the locations by key."""
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
    return locations


def _rest(key: str, word: re.Pattern[str]) -> str | None:
    """Return a key with a star for a word, or None for a key without it."""
    rest, found = word.subn("*", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower())
    return rest if found == 1 else None
