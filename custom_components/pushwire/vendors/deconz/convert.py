"""From deCONZ's scales to plain units, tolerant of odd values.

Wire code. Every function returns None for what is no value of its kind.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

type Convert = Callable[[Any], Any]

DARKEST: Final = 0


def number(value: Any) -> float | int | None:
    """Return a number; some devices write it as text."""
    # What it nearly always is comes first, for this is done with each frame.
    if type(value) is int or type(value) is float:
        return value
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None


def scaled(factor: float, digits: int) -> Convert:
    """Return a conversion by a factor, rounded."""

    def convert(value: Any) -> float | None:
        plain = value if type(value) is int else number(value)
        return None if plain is None else round(plain * factor, digits)

    return convert


def lux(value: Any) -> float | None:
    """Return lux from a light level, which is 10000 · log10(lux) + 1."""
    level = number(value)
    if level is None:
        return None
    return 0.0 if level <= DARKEST else round(10 ** ((level - 1) / 10000), 1)


def flag(value: Any) -> bool | None:
    """Return a yes or no."""
    return value if isinstance(value, bool) else None


def word(value: Any) -> str | None:
    """Return a word."""
    return value if isinstance(value, str) and value else None


def moment(value: Any) -> datetime | None:
    """Return a time; the gateway writes UTC with or without saying so."""
    if not isinstance(value, str) or value == "none":
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
