"""Delivery of changes and events, without Home Assistant."""

from collections.abc import Callable
from functools import partial

import pytest

from custom_components.pushwire.wire.dispatch import Dispatcher
from custom_components.pushwire.wire.events import PushEvent


class Loop:
    """Event loop and clock under the test's control."""

    def __init__(self) -> None:
        """Initialize at time 0 with a dispatcher."""
        self.now = 0.0
        self.scheduled: list[Callable[[], None]] = []
        self.failures: list[Exception] = []
        self.fired: list[str] = []
        self.dispatcher = Dispatcher(
            call_soon=self.scheduled.append,
            now=lambda: self.now,
            event_fired=lambda event: self.fired.append(event.kind),
            count_failure=self.failures.append,
        )

    def run(self) -> None:
        """Run the next iteration."""
        scheduled, self.scheduled[:] = list(self.scheduled), []
        for call in scheduled:
            call()


@pytest.fixture
def loop() -> Loop:
    """Return an event loop under the test's control."""
    return Loop()


@pytest.fixture
def dispatcher(loop: Loop) -> Dispatcher:
    """Return the loop's dispatcher."""
    return loop.dispatcher


@pytest.fixture
def order(dispatcher: Dispatcher) -> list[str]:
    """Subscribe to two resources, and return their deliveries in order."""
    order: list[str] = []
    for resource in ("a", "b"):
        dispatcher.subscribe(resource, partial(order.append, resource), frozenset({"x"}))
        dispatcher.subscribe_events(resource, receive_into(order))
    return order


def fail_to_receive(_event: PushEvent) -> bool:
    """Raise an exception."""
    raise RuntimeError


def receive_into(kinds: list[str], *accepted: str) -> Callable[[PushEvent], bool]:
    """Return a receiver that records the kinds of events, and accepts some or all of them."""

    def receive(event: PushEvent) -> bool:
        if accepted and event.kind not in accepted:
            return False
        kinds.append(event.kind)
        return True

    return receive


def counter() -> tuple[list[int], Callable[[], None]]:
    """Return a callback, and a list that grows with its calls."""
    calls: list[int] = []
    return calls, lambda: calls.append(1)


def test_only_subscribers_of_a_changed_property_are_called(dispatcher: Dispatcher) -> None:
    wanted, on_wanted = counter()
    other_property, on_other_property = counter()
    other_resource, on_other_resource = counter()
    anything, on_anything = counter()
    dispatcher.subscribe("a", on_wanted, frozenset({"x"}))
    dispatcher.subscribe("a", on_other_property, frozenset({"y"}))
    dispatcher.subscribe("b", on_other_resource)
    unsubscribe = dispatcher.subscribe("a", on_anything)
    dispatcher.notify("a", {"x", "z"})
    assert (wanted, other_property, other_resource, anything) == ([1], [], [], [1])
    dispatcher.notify("a")
    assert (len(wanted), len(other_property), len(anything)) == (2, 1, 2)
    unsubscribe()
    dispatcher.notify("a", {"x"})
    assert len(anything) == 2


def test_a_batch_notifies_once_and_then_fires_its_events(dispatcher: Dispatcher) -> None:
    order: list[str] = []
    dispatcher.subscribe("a", lambda: order.append("changed"), frozenset({"x", "y"}))
    dispatcher.subscribe_events("a", receive_into(order))
    with dispatcher.batch():
        dispatcher.notify("a", {"x"})
        dispatcher.fire_event(PushEvent(resource="a", kind="pressed"))
        with dispatcher.batch():
            dispatcher.notify("a", {"y"})
        dispatcher.notify("a")
        dispatcher.notify("a", {"x"})
        assert order == []
    assert order == ["changed", "pressed"]


def test_pending_notifications_are_delivered_in_the_next_iteration(
    loop: Loop, dispatcher: Dispatcher, order: list[str]
) -> None:
    dispatcher.notify_soon("b", {"x"})
    assert len(loop.scheduled) == 1
    dispatcher.notify_soon("a", {"x"})
    dispatcher.notify_soon("c", {"x"})
    assert order == []
    assert len(loop.scheduled) == 1
    loop.run()
    assert order == ["b", "a"]
    assert loop.scheduled == []


def test_nothing_overtakes_a_pending_notification(dispatcher: Dispatcher, order: list[str]) -> None:
    dispatcher.notify_soon("a", {"x"})
    dispatcher.fire_event(PushEvent(resource="b", kind="pressed"))
    assert order == ["a", "pressed"]
    dispatcher.notify_soon("b", {"x"})
    dispatcher.notify("a", {"x"})
    assert order[2:] == ["b", "a"]
    dispatcher.notify_soon("a", {"x"})
    with dispatcher.batch():
        dispatcher.notify_soon("b", {"x"})
        assert order[4:] == ["a"]
    assert order[4:] == ["a", "b"]


def test_a_value_is_delivered_before_the_next_change_of_its_resource(dispatcher: Dispatcher) -> None:
    values = {"a": 0}
    delivered: list[int] = []
    dispatcher.subscribe("a", lambda: delivered.append(values["a"]))
    for value in (1, 2):
        dispatcher.settle("a")
        values["a"] = value
        dispatcher.notify_soon("a", {"x"})
    dispatcher.settle("b")
    assert delivered == [1]
    dispatcher.flush()
    assert delivered == [1, 2]


def test_changes_reported_twice_are_all_delivered(dispatcher: Dispatcher) -> None:
    calls, on_change = counter()
    dispatcher.subscribe("a", on_change, frozenset({"x"}))
    dispatcher.notify_soon("a", {"x"})
    dispatcher.notify_soon("a", {"y"})
    dispatcher.flush()
    assert calls == [1]


def fail(*_: object) -> None:
    """Raise an exception as a faulty entity does."""
    raise RuntimeError


def test_a_failing_subscriber_does_not_affect_the_others(loop: Loop, dispatcher: Dispatcher, order: list[str]) -> None:
    for resource in ("a", "c"):
        dispatcher.subscribe(resource, fail)
    dispatcher.subscribe("a", partial(order.append, "a again"), frozenset({"x"}))
    dispatcher.notify_soon("c", {"x"})
    dispatcher.notify_soon("a", {"x"})
    loop.run()
    assert order == ["a", "a again"]
    dispatcher.notify("a", {"x"})
    with dispatcher.batch():
        dispatcher.notify("a", {"x"})
        dispatcher.notify("b", {"x"})
    assert order[2:] == ["a", "a again", "a", "a again", "b"]
    assert [type(failure) for failure in loop.failures] == [RuntimeError] * 4


def test_a_failing_receiver_swallows_no_event(loop: Loop, dispatcher: Dispatcher, order: list[str]) -> None:
    dispatcher.subscribe("a", fail)
    unsubscribe = dispatcher.subscribe_events("c", fail_to_receive)
    dispatcher.subscribe_events("c", receive_into(order))
    with dispatcher.batch():
        dispatcher.notify("a")
        dispatcher.fire_event(PushEvent(resource="c", kind="pressed"))
    assert order == ["a", "pressed"]
    assert loop.fired == ["pressed"]
    unsubscribe()
    dispatcher.fire_event(PushEvent(resource="d", kind="early"))
    dispatcher.subscribe_events("d", fail_to_receive)
    assert len(loop.failures) == 3


def test_an_event_waits_for_its_first_subscriber_but_not_for_long(loop: Loop, dispatcher: Dispatcher) -> None:
    dispatcher.fire_event(PushEvent(resource="a", kind="early"))
    received: list[str] = []
    dispatcher.subscribe_events("a", receive_into(received))
    assert received == ["early"]
    dispatcher.fire_event(PushEvent(resource="b", kind="old"))
    loop.now = 60
    dispatcher.subscribe_events("b", receive_into(received))
    assert received == ["early"]
    assert loop.fired == ["early", "old"]


def test_an_event_that_no_subscriber_accepts_waits_for_a_new_one(dispatcher: Dispatcher) -> None:
    received: list[str] = []
    dispatcher.subscribe_events("a", receive_into(received, "button 1"))
    dispatcher.fire_event(PushEvent(resource="a", kind="button 1"))
    dispatcher.fire_event(PushEvent(resource="a", kind="button 2"))
    assert received == ["button 1"]
    dispatcher.subscribe_events("a", receive_into(received))
    assert received == ["button 1", "button 2"]


def test_events_of_a_batch_keep_their_order(loop: Loop, dispatcher: Dispatcher, order: list[str]) -> None:
    kinds = [f"event {number}" for number in range(5)]
    with dispatcher.batch():
        for kind, resource in zip(kinds, "ababa", strict=True):
            dispatcher.fire_event(PushEvent(resource=resource, kind=kind))
            dispatcher.notify(resource, {"x"})
        assert order == loop.fired == []
    assert order == ["a", "b", *kinds]
    assert loop.fired == kinds


def test_a_failing_trigger_swallows_no_other_event(dispatcher: Dispatcher, order: list[str]) -> None:
    dispatcher._event_fired = fail
    with dispatcher.batch():
        for kind in ("first", "second"):
            dispatcher.fire_event(PushEvent(resource="a", kind=kind))
    assert order == ["first", "second"]


def test_a_batch_that_fails_delivers_what_was_changed(dispatcher: Dispatcher, order: list[str]) -> None:
    def fail_halfway() -> None:
        with dispatcher.batch():
            dispatcher.notify("a", {"x"})
            fail()

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert order == ["a"]
    # The next change is no part of the batch.
    dispatcher.notify("b", {"x"})
    assert order == ["a", "b"]
