"""Motion reports of LIVISI detectors.

A detection is reported by an event, by the detector's counter, or by both.
"""

from typing import Any, Final

from ....wire.values import integer
from .frames import Event

COUNTER: Final = "motionDetectedCount"
# Seconds within which an event with the same count repeats a detection.
_REPEAT_SECONDS: Final = 30.0
# Seconds within which a count belongs to an event without one.
_SAME_SECONDS: Final = 2.0


class MotionDecoder:
    """Decoder that recognizes repeated reports by the last count of each detector."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        """Initialize without detections."""
        self._last: dict[str, tuple[int | None, float]] = {}

    def is_new(self, event: Event, known: Any, now: float) -> bool:
        """Return whether an event reports a detection that was not reported before.

        Args:
            event: Event of a motion detector.
            known: Count before the event.
            now: Monotonic time at which the event arrived.

        """
        count = integer(event.properties.get(COUNTER))
        is_report = event.type == "MotionDetected"
        if count is None and not is_report:
            return False
        last = self._last.get(event.source_id)
        self._last[event.source_id] = (count, now)
        if last is not None:
            last_count, last_time = last
            if last_count == count:
                return is_report and (count is None or now - last_time >= _REPEAT_SECONDS)
            if not is_report and last_count is None and now - last_time < _SAME_SECONDS:
                return False
        return is_report or count != known
