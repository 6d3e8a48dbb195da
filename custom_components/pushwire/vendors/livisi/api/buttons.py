"""Button presses of LIVISI transmitters.

The hub reports index and length of a press, and numbers the presses of each transmitter
with one byte.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ....wire.events import ButtonTrigger
from ....wire.values import integer
from .frames import Event

# The hub reports a press when the button is released.
SHORT: Final = "ShortPress"
LONG: Final = "LongPress"
KINDS: Final = {SHORT: "press_end", LONG: "long_press_end"}
# Seconds within which a report with the same counter repeats a press.
REPEAT_SECONDS: Final = 10.0


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
        self._last: dict[str, tuple[tuple[int, int, str], float]] = {}

    def decode(self, event: Event, now: float) -> Press | None:
        """Return the press of an event, or None for an event without a button.

        v1 reports presses in its own user interface without button and length. A press
        without a length is a short one.

        Args:
            event: Event of a press.
            now: Monotonic time at which the event arrived.

        """
        properties = event.properties
        index = integer(properties.get("index", properties.get("lastPressedButtonIndex")))
        if index is None or index < 0:
            return None
        kind = properties.get("type", properties.get("eventType"))
        kind = LONG if isinstance(kind, str) and kind.lower() == LONG.lower() else SHORT
        counter = integer(properties.get("keyPressCounter"))
        if counter is None:
            return Press(index, kind, is_new=True)
        press = (counter, index, kind)
        last, self._last[event.source_id] = self._last.get(event.source_id), (press, now)
        # After a change of the battery, the counter starts again.
        is_repeated = last is not None and last[0] == press and now - last[1] < REPEAT_SECONDS
        return Press(index, kind, is_new=not is_repeated)
