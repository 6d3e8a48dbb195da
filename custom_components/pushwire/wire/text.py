"""Names that fit."""

from typing import Final

MAX_NAME_LENGTH: Final = 40


def shorten(name: str, end: str = "", *, limit: int = MAX_NAME_LENGTH) -> str:
    """Return a name with an end, shortened in the middle if it is too long.

    Names that begin alike differ at their ends.
    """
    room = limit - len(end)
    if len(name) > room:
        tail = room // 2
        name = f"{name[: room - tail - 1].rstrip()}…{name[-tail:].lstrip()}"
    return f"{name}{end}"
