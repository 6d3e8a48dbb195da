"""Readings of meters that are no consumption, and the start of another meter."""

import pytest

from custom_components.pushwire.lorawan.api.counters import (
    MAX_HELD,
    MAX_LATE,
    MAX_STARTS,
    History,
    Sample,
    Start,
    settle_readings,
    take_reading,
)
from custom_components.pushwire.wire.values import NotUnderstood

DAY = 86400.0


def take(*values: float, step: float = 900.0) -> tuple[list[float], History]:
    """Take readings one after the other; return the value after each."""
    history = History()
    good: Sample | None = None
    shown = []
    for number, value in enumerate(values):
        at = number * step
        good = take_reading(good, history, Sample(at, value), at)
        shown.append(good.value)
    return shown, history


@pytest.mark.parametrize(
    "values, shown",
    [
        ((1000, 1000.5, 0, 1001), [1000, 1000.5, 1000.5, 1001]),
        ((1000, 0, 0, 1000), [1000, 1000, 1000, 1000]),
        ((1000, 250, 1001), [1000, 1000, 1001]),
        ((1000, 250, 251, 252), [1000, 1000, 1000, 252]),
        ((1000, 250, 250, 250), [1000, 1000, 1000, 250]),
        ((1000, 0, 250, 251), [1000, 1000, 1000, 251]),
        ((1000, 250, 0, 251, 0, 252), [1000, 1000, 1000, 1000, 1000, 252]),
        ((1000, 500, 3, 4), [1000, 1000, 1000, 4]),
        ((1000, 500, 499, 498, 497), [1000] * 5),
        ((1000, -1, 1001), [1000, 1000, 1001]),
    ],
)
def test_a_backward_step_is_held_until_later_readings_decide(values: tuple[float, ...], shown: list[float]) -> None:
    assert take(*values)[0] == shown


def test_a_new_start_counts_from_its_first_reading() -> None:
    _, history = take(1000, 0, 250, 251)
    (start,) = history.starts
    assert (start.first, start.last, start.replaced) == (Sample(1800.0, 250), Sample(0.0, 1000), 1000)
    assert start.open


def test_zeros_alone_are_a_start_after_a_day() -> None:
    shown, history = take(1000, 0, 0, 0, 0.5, step=DAY / 2)
    assert shown == [1000, 1000, 1000, 0, 0.5]
    assert history.starts[0].first == Sample(DAY / 2, 0)
    assert take(1000, 0, 1001, 0, 0, step=DAY / 2)[0][-1] == 1001


def test_a_first_reading_of_zero_that_an_earlier_reading_disproves() -> None:
    history = History()
    good = take_reading(None, history, Sample(900.0, 0), 900.0)
    good = take_reading(good, history, Sample(0.0, 1000), 1000.0)
    assert good == Sample(0.0, 1000)
    assert history.held == [Sample(900.0, 0)]
    assert take_reading(good, history, Sample(1800.0, 1001), 1800.0).value == 1001
    assert not history.held


def test_a_register_that_begins_with_zeros_counts_from_the_first_number() -> None:
    shown, history = take(0, 0, 1000, 1001)
    assert shown == [0, 0, 1000, 1001]
    (start,) = history.starts
    assert (start.first.value, start.last.value) == (1000, 0)
    history.starts.clear()
    good = take_reading(None, History(), Sample(1000.0, 0), 0.0)
    good = take_reading(good, history, Sample(3000.0, 1000), 0.0)
    take_reading(good, history, Sample(2000.0, 999), 0.0)
    assert history.starts[0].first == Sample(2000.0, 999)
    take_reading(good, history, Sample(500.0, 998), 0.0)
    assert not history.starts
    assert history.late[0] == Sample(500.0, 998)


def test_readings_that_arrive_in_any_order_lead_to_the_same_start() -> None:
    history = History()
    good = take_reading(None, history, Sample(0.0, 1000), 0.0)
    for at, value in ((5000.0, 252), (4000.0, 251), (1000.0, 1003), (3000.0, 250), (2000.0, 249), (2500.0, 500)):
        good = take_reading(good, history, Sample(at, value), 6000.0)
    assert good == Sample(5000.0, 252)
    (start,) = history.starts
    assert (start.first, start.last) == (Sample(2000.0, 249), Sample(1000.0, 1003))
    good = take_reading(good, history, Sample(1500.0, 1004), 6000.0)
    assert start.last == Sample(1500.0, 1004)
    assert take_reading(good, history, Sample(1600.0, 700), 6000.0) is good
    assert start.last == Sample(1500.0, 1004)
    # Before the exchange, and lower than its successors.
    take_reading(good, history, Sample(500.0, 1001), 6000.0)
    assert Sample(500.0, 1001) in history.late


def test_an_earlier_reading_above_the_last_one_or_zero_is_a_glitch() -> None:
    history = History()
    good = take_reading(None, history, Sample(7200.0, 1000), 7200.0)
    for value in (2000, 0):
        assert take_reading(good, history, Sample(10.0, value), 7300.0) is good
    assert not history.late
    take_reading(good, history, Sample(10.0, 900), 7300.0)
    assert history.late == [Sample(10.0, 900)]


def test_of_two_readings_of_one_time_the_higher_one_stays() -> None:
    history = History()
    good = take_reading(None, history, Sample(0.0, 1000), 0.0)
    assert take_reading(good, history, Sample(0.0, 999), 0.0) is good
    assert take_reading(good, history, Sample(0.0, 1001), 0.0).value == 1001


def test_a_reading_is_late_if_its_hour_is_over_when_it_is_shown() -> None:
    history = History()
    take_reading(None, history, Sample(3599.0, 1), 3600.0)
    assert history.late == [Sample(3599.0, 1)]
    history.remove_late([Sample(3599.0, 1)])
    take_reading(None, history, Sample(3600.0, 1), 3700.0)
    assert not history.late


def test_limits() -> None:
    _, history = take(*range(1000, 800, -1))
    assert len(history.held) <= MAX_HELD
    for at in range(MAX_LATE + 5):
        history.add_late(Sample(float(at), 1))
    history.trim()
    assert len(history.late) == MAX_LATE
    assert history.late[0].at == 5
    history.add_late(Sample(7.0, 2))
    assert len(history.late) == MAX_LATE
    values = [value for number in range(MAX_STARTS + 3) for value in (1000 - 10 * number,) * 3]
    assert len(take(*values)[1].starts) == MAX_STARTS


def test_old_readings_are_settled() -> None:
    history = settle_readings([Sample(900.0 * number, value) for number, value in enumerate((0, 5, 0, 6, 1, 2, 3))])
    assert [value for _, value in history.late] == [5, 6, 1, 2, 3]
    assert history.starts[0].shown_at == history.starts[0].first.at == 3600.0


def test_history_is_stored() -> None:
    history = History(
        [Sample(1.0, 2)], [Start(Sample(1.0, 2), Sample(0.5, 9.5), 9.25, 3.0, open=False)], [Sample(4.0, 5)]
    )
    assert History.from_stored(history.to_stored()) == history


@pytest.mark.parametrize("data", [{"held": [[1]]}, {"late": [["x", 1]]}, {"starts": [[1, 2, 3]]}, {"starts": [7]}])
def test_history_of_another_shape(data: dict[str, object]) -> None:
    with pytest.raises(NotUnderstood):
        History.from_stored(data)
