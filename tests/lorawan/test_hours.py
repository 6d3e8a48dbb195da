"""Corrections of hourly rows by late samples."""

import pytest

from custom_components.pushwire.lorawan.api.counters import Sample, Start
from custom_components.pushwire.lorawan.api.hours import (
    Adjustment,
    MeasurementRow,
    StoredTotals,
    TotalRow,
    correct_measurements,
    correct_totals,
    whole_measurements,
)

HOUR = 3600.0


def rows(*values: tuple[float, float, float]) -> list[TotalRow]:
    """Return rows of the number of the hour, state and sum."""
    return [TotalRow(hour * HOUR, state, total) for hour, state, total in values]


def test_hours_between_two_readings_get_their_own_consumption() -> None:
    stored = StoredTotals(
        anchor=TotalRow(HOUR, 100, 7),
        rows=rows((2, 100, 7), (3, 100, 7)),
        latest=TotalRow(4 * HOUR, 103, 10),
        compiled=4 * HOUR,
    )
    late = [Sample(2.5 * HOUR, 101), Sample(3.5 * HOUR, 102), Sample(4.1 * HOUR, 103)]
    result = correct_totals(stored, late, [], Sample(4.1 * HOUR, 103))
    assert result.rows == rows((2, 101, 8), (3, 102, 9))
    assert result.adjustment is None
    assert result.is_complete


def test_a_reading_before_the_first_row_moves_all_sums() -> None:
    stored = StoredTotals(rows=rows((5, 110, 0), (6, 112, 2)), latest=TotalRow(7 * HOUR, 112, 2), compiled=7 * HOUR)
    result = correct_totals(stored, [Sample(2.5 * HOUR, 104)], [], Sample(6.5 * HOUR, 112))
    assert result.rows == rows((2, 104, 0))
    assert result.adjustment == Adjustment(5 * HOUR, 6)
    assert result.is_complete


def test_a_reading_in_the_first_hour_is_counted_from() -> None:
    stored = StoredTotals(
        rows=rows((5, 110, 2)), latest=TotalRow(6 * HOUR, 110, 2), first=Sample(5.2 * HOUR, 108), compiled=6 * HOUR
    )
    result = correct_totals(stored, [Sample(5.1 * HOUR, 105)], [], Sample(5.5 * HOUR, 110))
    assert (result.rows, result.adjustment) == ([], Adjustment(5 * HOUR, 3))
    # One after the reading from which Home Assistant counts changes nothing.
    result = correct_totals(stored, [Sample(5.3 * HOUR, 109)], [], Sample(5.5 * HOUR, 110))
    assert (result.rows, result.adjustment) == ([], None)


def test_without_a_5_minute_row_nothing_is_complete() -> None:
    result = correct_totals(StoredTotals(compiled=9 * HOUR), [Sample(1.0, 5), Sample(4000.0, 6)], [], Sample(4000.0, 6))
    assert result.rows == rows((0, 5, 0), (1, 6, 1))
    assert not result.is_complete
    assert correct_totals(StoredTotals(compiled=0.0), [], [], Sample(1.0, 5)).rows == []


def exchange(shown_at: float) -> Start:
    """Return a new meter that begins at 250 and was shown at a time."""
    return Start(Sample(3.1 * HOUR, 250), Sample(2.9 * HOUR, 1002), 1000, shown_at)


def test_an_exchange_does_not_count_the_register_of_the_new_meter() -> None:
    """Home Assistant books 252, the true consumption is 2 of the old meter and 2 of the new one."""
    stored = StoredTotals(
        anchor=TotalRow(HOUR, 1000, 10),
        rows=rows((2, 1000, 10), (3, 1000, 10), (4, 252, 262), (5, 255, 265)),
        latest=TotalRow(6 * HOUR - 300, 255, 265),
        compiled=6 * HOUR,
    )
    start = exchange(4.5 * HOUR)
    late = [Sample(2.9 * HOUR, 1002), Sample(3.1 * HOUR, 250), Sample(3.9 * HOUR, 251)]
    result = correct_totals(stored, late, [start], Sample(5.5 * HOUR, 255))
    assert result.adjustment == Adjustment(4.5 * HOUR, -248)
    assert result.rows == rows((2, 1002, 12), (3, 251, 13))
    assert result.is_complete
    # With these corrections, nothing is left to do.
    again = StoredTotals(
        anchor=TotalRow(HOUR, 1000, 10),
        rows=rows((2, 1002, 12), (3, 251, 13), (4, 252, 14), (5, 255, 17)),
        latest=TotalRow(6 * HOUR - 300, 255, 17),
        compiled=6 * HOUR,
    )
    for shown_at in (4.5 * HOUR, 3.1 * HOUR):
        start.shown_at = shown_at
        result = correct_totals(again, late, [start], Sample(5.5 * HOUR, 255))
        assert (result.rows, result.adjustment) == ([], None)


def test_an_exchange_is_complete_once_home_assistant_has_compiled_it() -> None:
    stored = StoredTotals(
        anchor=TotalRow(2 * HOUR, 1002, 12),
        rows=rows((3, 1002, 12)),
        latest=TotalRow(4 * HOUR, 1002, 12),
        compiled=4 * HOUR,
    )
    result = correct_totals(stored, [Sample(3.1 * HOUR, 250)], [exchange(4.5 * HOUR)], Sample(4.4 * HOUR, 252))
    assert result.rows == rows((3, 250, 12))
    assert (result.adjustment, result.is_complete) == (None, False)


def test_a_start_that_was_never_followed_keeps_its_sum() -> None:
    stored = StoredTotals(
        anchor=TotalRow(0.0, 1000, 10),
        rows=rows((1, 1000, 10), (2, 5, 15), (3, 6, 16)),
        latest=TotalRow(4 * HOUR, 6, 16),
        compiled=4 * HOUR,
    )
    result = correct_totals(stored, [Sample(3.5 * HOUR, 6)], [], Sample(3.5 * HOUR, 6))
    assert (result.rows, result.adjustment) == ([], None)


def test_old_readings_of_another_meter() -> None:
    """The meter was exchanged before its device was followed, and before the first of the old readings."""
    stored = StoredTotals(
        anchor=TotalRow(0.0, 9000, 10),
        rows=rows((5, 20, 30), (6, 21, 31)),
        latest=TotalRow(7 * HOUR, 21, 31),
        compiled=7 * HOUR,
    )
    late = [Sample(1.5 * HOUR, 5000), Sample(2.5 * HOUR, 5002)]
    result = correct_totals(stored, late, [], Sample(6.5 * HOUR, 21))
    assert result.rows == rows((1, 5000, 10), (2, 5002, 12))
    assert result.adjustment == Adjustment(5 * HOUR, -18)


def test_a_sample_of_an_hour_that_is_not_compiled_waits() -> None:
    stored = StoredTotals(anchor=TotalRow(0.0, 5, 1), latest=TotalRow(HOUR, 5, 1), compiled=HOUR)
    result = correct_totals(stored, [Sample(1.5 * HOUR, 6)], [], Sample(1.5 * HOUR, 6))
    assert (result.rows, result.adjustment) == ([], None)


def test_measurements_are_merged_with_a_row() -> None:
    row = MeasurementRow(HOUR, 20, 19, 21)
    late = [Sample(1.5 * HOUR, 30), Sample(5 * HOUR, 1)]
    assert correct_measurements([row], late, 2 * HOUR, None) == [MeasurementRow(HOUR, 25, 19, 30)]
    # A sample counts for the interval of its device.
    assert correct_measurements([row], late, 2 * HOUR, 900.0) == [MeasurementRow(HOUR, 22.5, 19, 30)]
    assert correct_measurements([], late, 2 * HOUR, 900.0) == [MeasurementRow(HOUR, 30, 30, 30)]


def test_whole_hours_are_the_same_each_time() -> None:
    samples = [Sample(0.5 * HOUR, 10), Sample(1.5 * HOUR, 30), Sample(2.5 * HOUR, 50)]
    expected = [MeasurementRow(0.0, 10, 10, 10), MeasurementRow(HOUR, 20, 5, 30)]
    first = whole_measurements([MeasurementRow(HOUR, 7, 5, 8)], samples, 2 * HOUR)
    assert first == [pytest.approx(row) for row in expected]
    assert whole_measurements(first, samples, 2 * HOUR) == first
    assert whole_measurements([], [Sample(2 * HOUR - 1e-9, 4), Sample(2 * HOUR - 1e-9, 6)], 2 * HOUR)[0].max == 6
