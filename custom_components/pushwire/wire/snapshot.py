"""Snapshots that are being read while frames arrive.

A frame is newer than a snapshot that was requested before the frame arrived. So a model
records what frames change meanwhile, and leaves it out when it applies the snapshot.
"""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Final

WHOLE: Final = ""
"""Name that stands for the resource itself, which was added, described or removed."""


class PendingSnapshot:
    """Snapshot that is being read, and the properties that frames have changed meanwhile."""

    __slots__ = ("_changes", "_position")

    def __init__(self) -> None:
        """Initialize without changes."""
        self._position = 0
        # Position and vendor's time of the last change, by resource and property.
        self._changes: dict[str, dict[str, tuple[int, str]]] = {}

    @property
    def has_changes(self) -> bool:
        """Whether frames have changed anything."""
        return bool(self._changes)

    def mark(self) -> int:
        """Return the position of a request that is sent now."""
        return self._position

    def record(self, resource: str, names: Iterable[str], time: str) -> None:
        """Record that a frame has changed properties of a resource."""
        self._position += 1
        changes = self._changes.setdefault(resource, {})
        for name in names:
            changes[name] = (self._position, time)

    def changed(self, resource: str, since: int = 0) -> Mapping[str, str]:
        """Return the changed properties of a resource with the vendor's time of the change.

        Args:
            resource: ID of the resource.
            since: Position of the request that has read the resource, see ``mark``.

        """
        changes = self._changes.get(resource)
        if not changes:
            return {}
        return {name: time for name, (position, time) in changes.items() if position > since}


class PendingSnapshots:
    """Snapshots of one model that are being read.

    Attributes:
        active: The snapshots; empty nearly all the time, and then nothing is recorded.

    """

    __slots__ = ("active",)

    def __init__(self) -> None:
        """Initialize without snapshots."""
        self.active: list[PendingSnapshot] = []

    @contextmanager
    def read(self) -> Generator[PendingSnapshot]:
        """Record changes until the end of the context, at which the snapshot must be applied."""
        snapshot = PendingSnapshot()
        self.active.append(snapshot)
        try:
            yield snapshot
        finally:
            self.active.remove(snapshot)

    def record(self, resource: str, names: Iterable[str], time: str = "") -> None:
        """Record that a frame has changed properties of a resource.

        Args:
            resource: ID of the resource.
            names: Names of the properties, or ``WHOLE``.
            time: Time of the change as the vendor writes it, or empty.

        """
        for snapshot in self.active:
            snapshot.record(resource, names, time)
