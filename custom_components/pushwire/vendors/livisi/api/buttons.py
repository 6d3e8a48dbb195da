"""What a press of a LIVISI button means.

Wire code. The hub tells index and length of a press, and counts the presses of each
sender in a byte.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ....wire.events import ButtonTrigger
from .frames import Event

# The hub tells of a press once the button is let go.
KINDS: Final = {"ShortPress": "press_end", "LongPress": "long_press_end"}


def subtype(index: int) -> str:
    """Return the name of a button, which the hub counts from 0 and a person from 1."""
    return f"button_{index + 1}"


def triggers(count: int) -> Iterator[ButtonTrigger]:
    """Yield what can be chosen as device triggers of a sender."""
    for index in range(count):
        for kind in KINDS.values():
            yield ButtonTrigger(kind=kind, subtype=subtype(index))


@dataclass(frozen=True, slots=True)
class Press:
    """A press; ``is_new`` is false for one that was told before."""

    index: int
    type: str
    is_new: bool


class Presses:
    """Knows the last press of each sender, so that none is taken for two."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        """Start without any."""
        self._last: dict[str, tuple[int, int, str]] = {}

    def decode(self, event: Event) -> Press | None:
        """Read a press; None when it does not say which button or how long.

        v1 tells of presses in its own user interface without either.
        """
        properties = event.properties
        index = properties.get("index", properties.get("lastPressedButtonIndex"))
        kind = properties.get("type", properties.get("eventType"))
        if not isinstance(index, int) or isinstance(index, bool) or index < 0 or kind not in KINDS:
            return None
        counter = properties.get("keyPressCounter")
        if not isinstance(counter, int):
            return Press(index, kind, is_new=True)
        press = (counter, index, kind)
        last, self._last[event.source_id] = self._last.get(event.source_id), press
        return Press(index, kind, is_new=press != last)
