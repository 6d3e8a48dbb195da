"""Scopes of an entry, their sockets and their devices.

Wire code. A mandate, stream, tag or device is a scope. Scopes may overlap: a device belongs
to the entry as long as any of them contains it.
"""

from collections.abc import Iterable, Mapping, Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

from ....lorawan.api.model import stored_object, stored_text
from ....wire.values import NotUnderstood, as_float, as_list, as_text
from .client import MANDATE, PACKETS, STREAM

# Seconds after which the sockets of a stream have shown the devices of the stream, since most
# devices send at least one uplink a day.
LEARNING_TIME: Final = 2 * 86400.0


class Scope(NamedTuple):
    """Mandate, stream, tag or device.

    Attributes:
        kind: One of ``SCOPES``.
        identifier: ID or slug of the stream, tag or device; empty for the mandate.

    """

    kind: str
    identifier: str = ""

    @property
    def name(self) -> str:
        """Name in log lines and stored data; empty for the mandate."""
        # A slug is unique only among the objects of its kind.
        return self.identifier if _is_uuid(self.identifier) else f"{self.kind} {self.identifier}"


class SocketId(NamedTuple):
    """Socket of a scope for one source."""

    scope: Scope
    source: str

    @property
    def name(self) -> str:
        """Name in diagnostics, log lines and stored data."""
        return f"{self.source} {self.scope.name}" if self.scope.identifier else self.source


def sockets_of(kind: str, identifiers: Iterable[str], sources: Iterable[str]) -> list[SocketId]:
    """Return the sockets of the scopes of one kind."""
    sources = list(sources)
    scopes = [Scope(MANDATE)] if kind == MANDATE else [Scope(kind, identifier) for identifier in identifiers]
    return [SocketId(scope, source) for scope in scopes for source in sources]


@dataclass(slots=True)
class Members:
    """Devices of one scope.

    Attributes:
        since: Unix time from which on the scope has been followed.
        devices: IDs of the devices that are known to belong to the scope.
        listed: IDs of the devices in the platform's last list of the scope; None before the first list.

    """

    since: float
    devices: set[str] = field(default_factory=set)
    listed: frozenset[str] | None = None


class Inventory(NamedTuple):
    """Devices that the platform lists.

    Attributes:
        bodies: REST objects of all active devices, by ID.
        lists: IDs of the active devices of each scope that the platform has listed.
        before: IDs of the devices of each scope before the lists were requested.
        is_complete: Whether ``bodies`` holds all devices that the key has access to.

    """

    bodies: Mapping[str, Mapping[str, Any]]
    lists: Mapping[Scope, frozenset[str]]
    before: Mapping[Scope, AbstractSet[str]]
    is_complete: bool


class Scopes:
    """Sockets that an entry follows, and the devices of each scope.

    Attributes:
        sockets: All sockets, without repetitions.
        sources: Sources that any scope has.

    """

    def __init__(self) -> None:
        """Initialize without sockets."""
        self.sockets: tuple[SocketId, ...] = ()
        self.sources: frozenset[str] = frozenset()
        self._members: dict[Scope, Members] = {}
        self._sources: dict[Scope, frozenset[str]] = {}
        # Scopes and sources of each device; computed once, since each item needs them.
        self._groups: dict[str, tuple[frozenset[Scope], frozenset[str]]] = {}

    @property
    def all(self) -> tuple[Scope, ...]:
        """All scopes, in the order of their sockets."""
        return tuple(self._members)

    def set_sockets(self, sockets: Iterable[SocketId], now: float) -> None:
        """Set the sockets; the devices of scopes that remain are kept."""
        self.sockets = tuple(dict.fromkeys(sockets))
        sources: dict[Scope, set[str]] = {}
        for scope, source in self.sockets:
            sources.setdefault(scope, set()).add(source)
        self.sources = frozenset(source for _, source in self.sockets)
        self._sources = {scope: frozenset(names) for scope, names in sources.items()}
        self._members = {scope: self._members.get(scope) or Members(now) for scope in sources}
        self._groups.clear()

    # Devices

    def add(self, scope: Scope, device_id: str) -> bool:
        """Add a device that a socket of a scope has reported; return whether it is new there."""
        devices = self._members[scope].devices
        if device_id in devices:
            return False
        devices.add(device_id)
        self._groups.pop(device_id, None)
        return True

    def devices_of(self, scope: Scope) -> frozenset[str]:
        """Return the IDs of the known devices of a scope."""
        return frozenset(self._members[scope].devices)

    def group_of(self, device_id: str) -> frozenset[Scope]:
        """Return the scopes of a device; none for a device of a stream that has not sent anything yet."""
        return self._group_of(device_id)[0]

    def sources_of(self, device_id: str) -> frozenset[str]:
        """Return the sources from which a device is followed."""
        return self._group_of(device_id)[1]

    def _group_of(self, device_id: str) -> tuple[frozenset[Scope], frozenset[str]]:
        if (group := self._groups.get(device_id)) is None:
            scopes = frozenset(scope for scope, members in self._members.items() if device_id in members.devices)
            sources = frozenset().union(*(self._sources[scope] for scope in scopes)) if scopes else self.sources
            group = self._groups[device_id] = scopes, sources
        return group

    def has_packets(self, scope: Scope) -> bool:
        """Return whether the packets of a scope are followed."""
        return PACKETS in self._sources[scope]

    def known_devices(self) -> dict[Scope, frozenset[str]]:
        """Return the IDs of the known devices of each scope."""
        return {scope: frozenset(members.devices) for scope, members in self._members.items()}

    def apply(self, inventory: Inventory) -> None:
        """Apply the lists of an inventory; devices that have been added since they were requested stay."""
        for scope, members in self._members.items():
            before = inventory.before.get(scope, frozenset())
            listed = inventory.lists.get(scope)
            if scope.kind != STREAM:
                if listed is not None:
                    members.devices = {*listed, *(members.devices - before)}
            else:
                # What a stream sends counts, whether the platform lists it or not.
                members.devices |= listed or frozenset()
                if listed is not None and members.listed is not None:
                    members.devices -= members.listed - listed
                if inventory.is_complete:
                    members.devices -= before - inventory.bodies.keys()
            if listed is not None:
                members.listed = listed
        self._groups.clear()

    def left(self, devices: Iterable[str], now: float, inventory: Inventory | None = None) -> set[str]:
        """Return the devices that belong to no scope any more, for certain.

        Args:
            devices: IDs of devices.
            now: Unix time.
            inventory: Inventory that has just been applied, or None.

        """
        left = {device_id for device_id in devices if not self.group_of(device_id)}
        if all(
            members.listed is not None or (scope.kind == STREAM and now - members.since >= LEARNING_TIME)
            for scope, members in self._members.items()
        ):
            return left
        # A scope whose devices are not known yet may contain any device that exists.
        return left - inventory.bodies.keys() if inventory is not None and inventory.is_complete else set()

    # Storage

    def to_stored(self) -> list[dict[str, Any]]:
        """Return the stored form of the devices of all streams, which the platform need not list."""
        return [
            {"stream": scope.identifier, "since": members.since, "devices": sorted(members.devices)}
            for scope, members in self._members.items()
            if scope.kind == STREAM
        ]

    def restore(self, streams: Iterable[tuple[str, Members]]) -> None:
        """Restore the devices of the streams that are still followed."""
        for identifier, members in streams:
            if (scope := Scope(STREAM, identifier)) in self._members:
                self._members[scope] = members
        self._groups.clear()


def stored_members(data: Any) -> tuple[str, Members]:
    """Return the ID of a stream and its devices from their stored form.

    Raises:
        NotUnderstood: The data has another shape.

    """
    stored = stored_object(data)
    if (since := as_float(stored.get("since"))) is None:
        raise NotUnderstood("stored time")
    devices = {identifier for item in as_list(stored.get("devices")) if (identifier := as_text(item)) is not None}
    return stored_text(stored, "stream"), Members(since, devices)


def _is_uuid(identifier: str) -> bool:
    try:
        UUID(identifier)
    except ValueError:
        return False
    return True
