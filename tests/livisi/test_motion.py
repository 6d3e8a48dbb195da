"""Reports of motion detectors."""

import pytest

from custom_components.pushwire.vendors.livisi.api.frames import Event
from custom_components.pushwire.vendors.livisi.api.motion import COUNTER, MotionDecoder


def event(kind: str, count: int | None) -> Event:
    """Return an event of a detector."""
    return Event(
        type=kind,
        body={},
        source="/capability/m",
        properties={} if count is None else {COUNTER: count},
    )


@pytest.mark.parametrize(
    "reports,expected",
    [
        # The counter of the same detection follows its event.
        ([("MotionDetected", None, 0.0), ("StateChanged", 5, 0.5)], [True, False]),
        ([("MotionDetected", None, 0.0), ("StateChanged", 5, 9.0)], [True, True]),
        ([("MotionDetected", 5, 0.0), ("MotionDetected", 5, 1.0), ("MotionDetected", 5, 60.0)], [True, False, True]),
        ([("StateChanged", None, 0.0), ("StateChanged", 4, 1.0), ("StateChanged", 5, 2.0)], [False, False, True]),
    ],
)
def test_each_detection_counts_once(reports: list[tuple[str, int | None, float]], expected: list[bool]) -> None:
    decoder = MotionDecoder()
    assert [decoder.is_new(event(kind, count), 4, now) for kind, count, now in reports] == expected
