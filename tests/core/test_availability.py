"""Availability over disconnects, and their lines in the log."""

from collections.abc import Callable
import logging

import pytest

from custom_components.pushwire.core.availability import Availability

LOST = "Connection to home lost (cannot_connect)"
BACK = "Connection to home is back"


class House:
    """Availability with a clock of its own."""

    def __init__(self) -> None:
        """Initialize with a first connection."""
        self.time = 1000.0
        self.changes = 0
        self._timers: list[tuple[float, Callable[[], None]]] = []
        self.availability = Availability(
            "home", now=lambda: self.time, call_later=self._call_later, changed=self._changed
        )

    def _call_later(self, delay: float, call: Callable[[], None]) -> Callable[[], None]:
        timer = (self.time + delay, call)
        self._timers.append(timer)
        return lambda: self._timers.remove(timer)

    def _changed(self) -> None:
        self.changes += 1

    @property
    def timers(self) -> int:
        """Number of running timers."""
        return len(self._timers)

    def pass_time(self, seconds: float) -> None:
        """Move the clock forward, and run the timers."""
        self.time += seconds
        for timer in [timer for timer in self._timers if timer[0] <= self.time]:
            self._timers.remove(timer)
            timer[1]()

    def lose(self) -> None:
        """Disconnect."""
        self.availability.disconnected("cannot_connect")


@pytest.fixture
def house(caplog: pytest.LogCaptureFixture) -> House:
    """Return a connected house."""
    caplog.set_level(logging.INFO)
    house = House()
    assert not house.availability.available
    house.availability.connected()
    return house


def test_before_the_first_connection_nothing_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    house = House()
    house.lose()
    house.pass_time(60)
    house.availability.connected()
    assert (house.availability.available, house.timers, house.changes, caplog.messages) == (True, 0, 0, [])


def test_a_short_disconnect_makes_nothing_unavailable(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.lose()
    house.pass_time(29.9)
    assert house.availability.available
    house.availability.connected()
    house.pass_time(60)
    assert (house.availability.available, house.timers, house.changes) == (True, 0, 0)
    assert caplog.messages == [LOST, BACK]


def test_a_longer_disconnect_makes_everything_unavailable_once(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.lose()
    house.pass_time(10)
    # Attempts to connect fail meanwhile, and do not begin the delay again.
    house.lose()
    house.pass_time(20)
    assert not house.availability.available
    house.lose()
    house.pass_time(60)
    assert (house.availability.available, house.timers, house.changes) == (False, 0, 1)
    assert caplog.messages == [LOST]
    house.availability.connected()
    assert house.availability.available
    assert caplog.messages == [LOST, BACK]


def test_the_time_of_the_disconnect_is_that_of_the_first(house: House) -> None:
    assert house.availability.lost_at is None
    house.lose()
    house.pass_time(10)
    house.lose()
    assert house.availability.lost_at == 1000
    house.availability.connected()
    assert house.availability.lost_at is None


def test_of_frequent_disconnects_only_the_first_is_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    for pause in (5, 599, 599):
        house.lose()
        house.availability.connected()
        house.pass_time(pause)
    assert caplog.messages == [LOST, BACK]
    house.pass_time(1)
    house.lose()
    house.availability.connected()
    assert caplog.messages == [LOST, BACK] * 2


def test_of_frequent_disconnects_one_that_lasts_is_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.lose()
    house.availability.connected()
    house.pass_time(5)
    house.lose()
    assert caplog.messages == [LOST, BACK]
    house.pass_time(30)
    assert caplog.messages == [LOST, BACK, LOST]
    house.availability.connected()
    assert caplog.messages == [LOST, BACK] * 2
    # The reconnect is logged once.
    house.availability.connected()
    assert caplog.messages == [LOST, BACK] * 2


def test_a_canceled_delay_leaves_no_timer(house: House) -> None:
    house.lose()
    house.availability.cancel()
    house.availability.cancel()
    house.pass_time(60)
    assert (house.availability.available, house.timers, house.changes) == (True, 0, 0)
