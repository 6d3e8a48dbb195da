"""Delivery of changes and events to their subscribers, in the order in which they arrived.

A change of a property reaches only the callbacks that subscribed to that property of
that resource, so the cost of a frame does not depend on the number of devices.
"""

from collections import deque
from collections.abc import Callable, Generator, Mapping, Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from .events import PushEvent

# An entity is created a moment after the first event of a new device.
EVENT_REPLAY_SECONDS: Final = 5.0
_RECENT_EVENTS: Final = 32

ALL: Final = None
"""Every property of a resource."""

type Unsubscribe = Callable[[], None]
type EventReceiver = Callable[[PushEvent], bool]
"""Receiver of events; returns whether the event is one that it shows."""
# A callback and the properties for which it is called.
type _Subscription = tuple[Callable[[], None], AbstractSet[str] | None]


@dataclass(slots=True)
class _Batch:
    """Changes and events collected while several frames are applied together."""

    changes: dict[str, set[str] | None] = field(default_factory=dict)
    events: list[PushEvent] = field(default_factory=list)


class Dispatcher:
    """Subscriptions of one entry, and the delivery to them.

    A model changes a resource after ``settle`` or inside ``batch``. Both first deliver the
    pending notifications, so every value is seen and nothing overtakes anything else.

    Args:
        call_soon: Runs a function in the next event-loop iteration.
        now: Monotonic time in seconds.
        event_fired: Called with each event after its subscribers.
        count_failure: Called with an exception raised by a subscriber, which does not affect
            the others.

    """

    def __init__(
        self,
        *,
        call_soon: Callable[[Callable[[], None]], Any],
        now: Callable[[], float],
        event_fired: Callable[[PushEvent], None],
        count_failure: Callable[[Exception], None],
    ) -> None:
        """Initialize a dispatcher without subscriptions."""
        self._call_soon = call_soon
        self._now = now
        self._event_fired = event_fired
        self._count_failure = count_failure
        self._subscriptions: dict[str, list[_Subscription]] = {}
        self._event_callbacks: dict[str, list[EventReceiver]] = {}
        self._recent_events: deque[tuple[float, PushEvent]] = deque(maxlen=_RECENT_EVENTS)
        self._pending: dict[str, AbstractSet[str]] = {}
        self._batch: _Batch | None = None

    def subscribe(
        self,
        resource: str,
        update: Callable[[], None],
        properties: AbstractSet[str] | None = ALL,
    ) -> Unsubscribe:
        """Call ``update`` when one of ``properties`` of a resource changes."""
        return _append(self._subscriptions, resource, (update, properties))

    def subscribe_events(self, resource: str, receive: EventReceiver) -> Unsubscribe:
        """Call ``receive`` with each event of a resource.

        Events of the last seconds that no subscriber accepted are delivered at once: a
        resource may have several entities, and the one for the event may be new.
        """
        since = self._now() - EVENT_REPLAY_SECONDS
        for fired_at, event in self._recent_events:
            if event.resource == resource and fired_at >= since:
                self._call(receive, event)
        return _append(self._event_callbacks, resource, receive)

    def settle(self, resource: str) -> None:
        """Deliver the pending notifications of a resource that is about to change, while its value can be read."""
        if resource in self._pending:
            self.flush()

    def notify(self, resource: str, changed: AbstractSet[str] | None = ALL) -> None:
        """Notify subscribers of changed properties of a resource."""
        self.flush()
        if (batch := self._batch) is None:
            self._call_subscribers({resource: changed})
        elif changed is None or batch.changes.get(resource, ()) is None:
            batch.changes[resource] = None
        else:
            properties = batch.changes.setdefault(resource, set())
            if properties is not None:
                properties.update(changed)

    def notify_soon(self, resource: str, changed: AbstractSet[str] | None) -> None:
        """Notify subscribers in the next event-loop iteration.

        Frames that arrive together are then parsed first and written afterwards, which
        costs less than alternating between the two.
        """
        if changed is None or self._batch is not None:
            self.notify(resource, changed)
            return
        pending = self._pending
        if not pending:
            self._call_soon(self.flush)
        pending[resource] = pending[resource] | changed if resource in pending else changed

    def flush(self) -> None:
        """Deliver pending notifications now."""
        if self._pending:
            pending, self._pending = self._pending, {}
            self._call_subscribers(pending)

    def fire_event(self, event: PushEvent) -> None:
        """Deliver an event exactly once."""
        self.flush()
        if self._batch is not None:
            self._batch.events.append(event)
            return
        accepted = False
        for receive in tuple(self._event_callbacks.get(event.resource, ())):
            if self._call(receive, event):
                accepted = True
        if not accepted:
            self._recent_events.append((self._now(), event))
        self._call(self._event_fired, event)

    @contextmanager
    def batch(self) -> Generator[None]:
        """Collect changes and notify each subscriber once at the end.

        A frame older than the snapshot it follows can then not show an old value for a
        moment.
        """
        if self._batch is not None:
            yield
            return
        self.flush()
        self._batch = batch = _Batch()
        try:
            yield
        finally:
            self._batch = None
            updates = {
                update: None
                for resource, changed in batch.changes.items()
                for update, properties in self._subscriptions.get(resource, ())
                if properties is None or changed is None or not properties.isdisjoint(changed)
            }
            for update in updates:
                self._call(update)
            for event in batch.events:
                self.fire_event(event)

    def _call_subscribers(self, changes: Mapping[str, AbstractSet[str] | None]) -> None:
        subscriptions = self._subscriptions
        for resource, changed in changes.items():
            for update, properties in subscriptions.get(resource, ()):
                if properties is not None and changed is not None and properties.isdisjoint(changed):
                    continue
                try:
                    update()
                except Exception as err:  # noqa: BLE001
                    # One failing subscriber must not affect the others.
                    self._count_failure(err)

    def _call[**ArgumentsT, ResultT](
        self, call: Callable[ArgumentsT, ResultT], *args: ArgumentsT.args, **kwargs: ArgumentsT.kwargs
    ) -> ResultT | None:
        try:
            return call(*args, **kwargs)
        except Exception as err:  # noqa: BLE001
            self._count_failure(err)
            return None


def _append[ItemT](lists: dict[str, list[ItemT]], key: str, item: ItemT) -> Unsubscribe:
    lists.setdefault(key, []).append(item)
    return partial(_remove, lists, key, item)


def _remove[ItemT](lists: dict[str, list[ItemT]], key: str, item: ItemT) -> None:
    items = lists[key]
    items.remove(item)
    if not items:
        del lists[key]
