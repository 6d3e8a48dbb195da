"""Tolerant reading of values in vendors' JSON.

Each function returns None for a value of another kind; none of them raises.
"""

from datetime import UTC, date, datetime, tzinfo
from math import isfinite
import re
from typing import Any, Final

_DAY_FIRST: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)


class NotUnderstood(ValueError):
    """Input of a kind that cannot be used; the text is a short word for the kind."""


def number(value: Any) -> float | int | None:
    """Return a finite number; some devices write numbers as text."""
    # Nearly every value is an integer, most others are floats, and this runs once per frame.
    if type(value) is int:
        return value
    if type(value) is not float:
        if not isinstance(value, str):
            return None
        try:
            value = float(value)
        except ValueError:
            return None
    return value if isfinite(value) else None


def as_float(value: Any) -> float | None:
    """Return a finite number as a float."""
    try:
        return None if (result := number(value)) is None else float(result)
    except OverflowError:
        return None


def integer(value: Any) -> int | None:
    """Return the integer part of a number."""
    return None if (result := number(value)) is None else int(result)


def as_bool(value: Any) -> bool | None:
    """Return a boolean."""
    return value if isinstance(value, bool) else None


def as_text(value: Any) -> str | None:
    """Return a text that is not empty."""
    return value if isinstance(value, str) and value else None


def as_dict(value: Any) -> dict[str, Any]:
    """Return a JSON object, or an empty one for any other value."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Return a JSON array, or an empty one for any other value."""
    return value if isinstance(value, list) else []


def as_date(value: Any) -> date | None:
    """Return an ISO 8601 date, or one such as ``4.5.2023``; None for a time, whose day depends on its zone."""
    if not isinstance(value, str):
        return None
    try:
        if (match := _DAY_FIRST.fullmatch(value)) is not None:
            day, month, year = map(int, match.groups())
            return date(year, month, day)
        return date.fromisoformat(value)
    except ValueError:
        return None


def as_datetime(value: Any, zone: tzinfo = UTC) -> datetime | None:
    """Return an ISO 8601 time in UTC; ``zone`` applies to a time without an offset."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return (parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=zone)).astimezone(UTC)
    except ValueError, OverflowError:
        return None
