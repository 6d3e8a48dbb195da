"""Availability by the rhythm in which a device sends, and by the time in which nobody listened."""

from collections.abc import Iterable
from random import Random

import pytest

from custom_components.pushwire.lorawan.api.cadence import Cadence, Listening
from custom_components.pushwire.lorawan.api.model import LorawanDevice

HOUR = 3600.0
DAY = 24 * HOUR
START = 20_000 * DAY


def device_after(intervals: Iterable[float], *, stated: float | None = None) -> LorawanDevice:
    """Return a device whose uplinks had some distances."""
    device = LorawanDevice(device_id="x", name="x", server_interval=stated)
    at = START
    device.note_uplink(at)
    for interval in intervals:
        at += interval
        device.note_uplink(at)
    # The uplinks are long ago by the clock of the test.
    device.overdue = False
    return device


def limit_of(device: LorawanDevice) -> float:
    """Return the hours after which a device becomes overdue, by trying each quarter of an hour."""
    assert device.last_uplink is not None
    quarters = next(
        quarters for quarters in range(4 * 24 * 60) if device.is_overdue(device.last_uplink + quarters * HOUR / 4 + 1)
    )
    return quarters / 4


@pytest.mark.parametrize(
    "intervals,hours",
    [
        # Three intervals, and never less than two hours.
        ([60] * 5000, 2),
        ([900] * 400, 2),
        ([HOUR] * 80, 3),
        ([6 * HOUR] * 20, 18),
        ([DAY] * 8, 72),
        # Single lost uplinks, and two in a row, change nothing.
        ([*[HOUR] * 6, 2 * HOUR, *[HOUR] * 4, 3 * HOUR] * 8, 3),
        # Known for less than three days.
        ([], 25),
        ([60] * 9, 25),
        ([20] * 10, 25),
        ([HOUR] * 71, 25),
        ([HOUR] * 72, 3),
    ],
)
def test_a_device_that_sends_regularly(intervals: list[float], hours: float) -> None:
    assert limit_of(device_after(intervals)) == hours


@pytest.mark.parametrize(
    "intervals,hours",
    [
        # A door: uses of two uplinks, and a sign of life a day after the last uplink.
        ([20, 5 * HOUR, 30, 9 * HOUR, 15, DAY, 40, DAY] * 3, 25),
        # A door that was opened once in a week.
        ([DAY, DAY, DAY, 10 * HOUR, 20, DAY, DAY, DAY], 25),
        # Ten uses in a row on the last day.
        ([*[DAY] * 4, *[20] * 10], 25),
        # Signs of life every six hours.
        ([20, 6 * HOUR, 2 * HOUR, 300, 6 * HOUR, 6 * HOUR, 40, HOUR] * 6, 6.25),
    ],
)
def test_a_device_that_sends_when_something_occurs(intervals: list[float], hours: float) -> None:
    assert limit_of(device_after(intervals)) == hours


def test_motion_at_random_has_no_regular_interval() -> None:
    random = Random(5)
    intervals = [random.expovariate(1 / 1800) for _ in range(400)]
    device = device_after(intervals)
    assert device.interval is None
    assert limit_of(device) * HOUR == pytest.approx(max(intervals) * 25 / 24, abs=HOUR / 4)


def test_one_long_silence_is_not_usual_until_it_recurs() -> None:
    weekdays = [20, 4 * HOUR, 40, 8 * HOUR] * 10
    assert limit_of(device_after(weekdays)) == 8.5
    device = device_after([*weekdays, 60 * HOUR])
    assert limit_of(device) == 8.5
    assert limit_of(device_after([*weekdays, 60 * HOUR, *weekdays, 60 * HOUR, 20])) == 62.5
    # It is forgotten after four weeks.
    later = device_after([*weekdays, 60 * HOUR, *weekdays, 60 * HOUR, *weekdays * 6, *weekdays[:8]])
    assert limit_of(later) == 8.5


def test_a_device_that_becomes_slower_is_learned() -> None:
    slower = [*[HOUR] * 200, *[12 * HOUR] * 60]
    # Until then, its silences are usual ones.
    assert limit_of(device_after(slower[:212])) == 12.5
    device = device_after(slower)
    assert device.interval == pytest.approx(12 * HOUR)
    assert limit_of(device) == 36


@pytest.mark.parametrize(
    "stated,intervals,hours",
    [
        (900, [], 2),
        (2 * HOUR, [], 6),
        (DAY, [], 72),
        # The platform's figure is one of the last uplinks, or contradicts them.
        (20, [20] * 10, 25),
        (900, [20] * 10, 25),
        (900, [20] * 2, 2),
        (900, [900] * 5, 2),
        # What was learned over days counts where it is longer.
        (20, [20, 5 * HOUR, 30, 9 * HOUR, 15, DAY, 40, DAY] * 3, 25),
        (HOUR, [6 * HOUR] * 20, 18),
        (DAY, [HOUR] * 80, 72),
    ],
)
def test_the_interval_of_the_platform(stated: float, intervals: list[float], hours: float) -> None:
    assert limit_of(device_after(intervals, stated=stated)) == hours


def test_the_time_without_a_listener_does_not_count() -> None:
    device = device_after([HOUR] * 80)
    last = device.last_uplink
    assert last is not None
    device.listening.resume(START)
    device.listening.lose(last + HOUR)
    assert not device.check_overdue(last + 30 * HOUR)
    device.listening.resume(last + 30 * HOUR)
    # The device is expected within its own limit.
    assert not device.is_overdue(last + 33 * HOUR - 1)
    assert device.check_overdue(last + 33 * HOUR + 1) == {"available"}
    # A device that was overdue before a gap is not available after it.
    device.listening.lose(last + 34 * HOUR)
    assert not device.check_overdue(last + 35 * HOUR)
    device.listening.resume(last + 40 * HOUR)
    assert not device.check_overdue(last + 40 * HOUR)
    assert device.overdue
    assert device.interval == HOUR


def test_short_gaps_are_subtracted_only() -> None:
    device = device_after([HOUR] * 80)
    last = device.last_uplink
    assert last is not None
    device.listening.resume(START)
    for minutes in range(0, 60, 10):
        device.listening.lose(last + minutes * 60)
        device.listening.resume(last + minutes * 60 + 30)
    assert device.listening.missed(last, last + HOUR) == 180
    assert not device.is_overdue(last + 3 * HOUR + 180)
    assert device.is_overdue(last + 3 * HOUR + 181)


def test_an_interval_in_which_nobody_listened_is_not_learned() -> None:
    device = device_after([HOUR] * 80)
    last = device.last_uplink
    assert last is not None
    device.listening.resume(START)
    device.listening.lose(last + HOUR / 2)
    device.listening.resume(last + 40 * HOUR)
    device.note_uplink(last + 40.5 * HOUR)
    assert list(device.intervals) == [HOUR] * 9
    assert device.cadence.longest_silence == HOUR
    assert device.cadence.silences[-1].day == last // DAY
    # A gap that is short beside the interval does not hide an uplink for sure.
    device.listening.lose(last + 41 * HOUR)
    device.listening.resume(last + 41 * HOUR + 60)
    device.note_uplink(last + 41.5 * HOUR)
    assert device.cadence.silences[-1].day == (last + 41.5 * HOUR) // DAY


def test_what_was_learned_is_kept() -> None:
    device = device_after([20, 5 * HOUR, 30, 9 * HOUR, 15, DAY, 40, 60 * HOUR] * 3, stated=None)
    device.overdue = True
    kept = LorawanDevice.from_stored(device.to_stored())
    assert kept.cadence == device.cadence
    assert kept.overdue
    listening = Listening()
    listening.resume(START)
    for hours in (1, 3, 5):
        listening.lose(START + hours * HOUR)
        listening.resume(START + hours * HOUR + 600)
    restored = Listening.from_stored(listening.to_stored(START + 7 * HOUR))
    assert (restored.gaps, restored.since) == (listening.gaps, START + 5 * HOUR + 600)
    restored.resume(START + 9 * HOUR)
    assert restored.missed(START, START + DAY) == 3 * 600 + 2 * HOUR
    assert Listening.from_stored(None).missed(0, START) == 0
    assert Cadence.from_stored([]) == Cadence()


def test_a_clock_that_was_ahead_leaves_nothing() -> None:
    device = device_after([HOUR] * 80)
    device.listening.since = START + 400 * DAY
    now = START + 100 * HOUR
    device.note_uplink(START + 400 * DAY)
    assert device.put_back(now, now) == {"last_uplink"}
    assert (device.cadence.since, device.interval) == (now, None)
    assert not device.is_overdue(now + 24 * HOUR)
    assert device.is_overdue(now + 30 * HOUR)
    listening = Listening()
    listening.resume(now)
    listening.lose(now)
    listening.resume(now - HOUR)
    assert listening.gaps == []
