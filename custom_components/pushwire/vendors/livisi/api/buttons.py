"""Button presses of LIVISI transmitters.

The hub reports index and length of a press, and numbers the presses of each transmitter
with one byte.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ....wire.events import ButtonTrigger
from .frames import Event

# The hub reports a press when the button is released.
KINDS: Final = {"ShortPress": "press_end", "LongPress": "long_press_end"}


def subtype(index: int) -> str:
    """Return the name of a button, which the hub counts from 0 and a person from 1."""
    return f"button_{index + 1}"


def triggers(count: int) -> Iterator[ButtonTrigger]:
    """Yield the device triggers of a transmitter with a number of buttons."""
    for index in range(count):
        for kind in KINDS.values():
            yield ButtonTrigger(kind=kind, subtype=subtype(index))


@dataclass(frozen=True, slots=True)
class Press:
    """Press of a button; ``is_new`` is False for a repeated report."""

    index: int
    type: str
    is_new: bool


class PressDecoder:
    """Decoder that recognizes repeated reports by the last press of each transmitter."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        """Initialize without presses."""
        self._last: dict[str, tuple[int, int, str]] = {}

    def decode(self, event: Event) -> Press | None:
        """Return the press of an event, or None for an event without button or length.

        v1 reports presses in its own user interface without either.
        """
        properties = event.properties
        index = properties.get("index", properties.get("lastPressedButtonIndex"))
        kind = properties.get("type", properties.get("eventType"))
        if type(index) is not int or index < 0 or not isinstance(kind, str) or kind not in KINDS:
            return None
        counter = properties.get("keyPressCounter")
        if not isinstance(counter, int):
            return Press(index, kind, is_new=True)
        press = (counter, index, kind)
        last, self._last[event.source_id] = self._last.get(event.source_id), press
        return Press(index, kind, is_new=press != last)
