"""Names of values, from the keys that a parser gives them."""

from collections.abc import Mapping
from functools import lru_cache
import re
from typing import Final

from ...wire.text import shorten
from .inference import unit_of
from .model import Value

_ABBREVIATIONS: Final = {
    word.lower(): word
    for word in ("CO", "CO2", "GPS", "ID", "PM1", "PM10", "PM2.5", "RSSI", "SNR", "TVOC", "VOC", "pH")
}
_OBIS: Final = re.compile(r"(?:(\d+)[-_](\d+)[:_])?(\d+)[._](\d+)[._](\d+)")
_CHANNEL: Final = re.compile(r"(.+?)( \d+| \([\d-]+\))?")
# Memory, tariff and unit of a wM-Bus value, and its kind; the current one needs no mention.
_WM_BUS: Final = re.compile(r"(\d+)_(\d+)_(\d+)_(.+?)(?:_current_value)?(_[^_]*)?")


def name_of(values: Mapping[str, Value], key: str) -> str:
    """Return the name of a value of a device, which differs from the names of earlier ones."""
    names: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for other, value in values.items():
        name = humanize(other, value.description.unit)
        numbers[name.casefold()] = number = numbers.get(name.casefold(), 0) + 1
        names[other] = name if number == 1 else shorten(name, f" ({number})")
        if other == key:
            break
    return names[key]


@lru_cache(maxsize=4096)
def humanize(key: str, unit: str | None = None) -> str:
    """Return a key as a name: ``air_temperature_°C`` becomes ``Air temperature``.

    Args:
        key: Parser's name of the value.
        unit: Unit of the value, which the name need not repeat.

    """
    if (code := _OBIS.fullmatch(key)) is not None:
        medium = f"{code[1]}-{code[2]}:" if code[1] else ""
        return f"{medium}{code[3]}.{code[4]}.{code[5]}"
    stored = ""
    if (wm_bus := _WM_BUS.fullmatch(key)) is not None:
        place = "-".join(wm_bus.group(1, 2, 3))
        stored = "" if place == "0-0-0" else f" ({place})"
        key = f"{wm_bus[4]}{wm_bus[5] or ''}"
    words = [_ABBREVIATIONS.get(word.lower(), word) for word in key.replace("_", " ").replace(".", " ").split()]
    text = " ".join(_without_unit(words, unit)) or key
    return shorten(text[:1].upper() + text[1:], stored)


def word_and_channel(name: str) -> tuple[str, str]:
    """Return the key of a name's word and the number of its channel: ``temperature`` and `` 1``."""
    match = _CHANNEL.fullmatch(name)
    word, channel = match.groups("") if match is not None else (name, "")
    return word.lower().replace(" ", "_"), channel


def _without_unit(words: list[str], unit: str | None) -> list[str]:
    """Return the words of a key without the unit at their end."""
    if unit == "m³" and words[-2:] == ["m", "3"]:
        return words[:-2] or words
    # A single letter at the end is more often the name of a channel than a unit.
    rest, last = words[:-1], words[-1:]
    if unit is None or not rest or (len(last[0]) == 1 and last[0] not in "%°"):
        return words
    return rest if unit_of(last[0]) == unit else words
