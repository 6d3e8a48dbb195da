"""The LIVISI hub's events.

Wire code. The grammar is that of the vendor's pages "WebSocket" and "Hub Events",
with what hubs are known to send besides: values wrapped with the time of their
change, paths in ``type``, several events in one frame, a message without its event.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from ....wire.values import NotUnderstood

# What the v2 hub calls itself as the source of an event.
ZERO_ID: Final = "0" * 32
MESSAGE_CREATED: Final = "MessageCreated"
# The hub's word for "never".
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WORD_LENGTH: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event.

    Attributes:
        type: What happened, such as ``StateChanged``.
        sequence: The hub's count of events, or None where it keeps none.
        desc: Path of the event's definition.
        namespace: Product that made the event.
        timestamp: ISO 8601 time as the hub wrote it, or empty.
        source_kind: ``device``, ``capability``, ``message`` …, or empty.
        source_id: Id of what the event is about, or empty.
        properties: Plain values by name.
        data: Whatever else the event carries.

    """

    type: str
    sequence: int | None = None
    desc: str = ""
    namespace: str = ""
    timestamp: str = ""
    source_kind: str = ""
    source_id: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    data: Any = None


def parse(frame: str | bytes) -> list[Event]:
    """Read the events of a frame; the answer to a heartbeat holds none.

    Raises:
        NotUnderstood: There is nothing of this grammar in it.

    """
    try:
        body = orjson.loads(frame)
    except orjson.JSONDecodeError:
        raise NotUnderstood("not json" if frame else "empty") from None
    if isinstance(body, dict):
        return [] if "hbeat" in body else [event_of(body)]
    if not isinstance(body, list):
        raise NotUnderstood(f"json {type(body).__name__}")
    return list(_events_of(body))


def _events_of(items: list[Any]) -> Iterator[Event]:
    for item in items:
        if not isinstance(item, dict):
            raise NotUnderstood(f"json list of {type(item).__name__}")
        if "hbeat" not in item:
            yield event_of(item)


def event_of(body: dict[str, Any]) -> Event:
    """Read one event.

    Raises:
        NotUnderstood: It has no type.

    """
    kind = body.get("type")
    if not isinstance(kind, str) or not kind:
        raise NotUnderstood("no type")
    if "class" in body and "sequenceNumber" not in body and isinstance(body.get("id"), str):
        # The page prints a new message without the event around it.
        return Event(type=MESSAGE_CREATED, timestamp=text(body.get("timestamp")), data=body)
    sequence = body.get("sequenceNumber")
    source_kind, source_id = link_of(body.get("source"))
    return Event(
        # Very old hubs put a path here.
        type=kind.rpartition("/")[2],
        sequence=sequence if isinstance(sequence, int) and sequence >= 0 and not isinstance(sequence, bool) else None,
        desc=text(body.get("desc")),
        namespace=text(body.get("namespace")),
        timestamp=text(body.get("timestamp")),
        source_kind=source_kind,
        source_id=source_id,
        properties=plain(body.get("properties")),
        data=body.get("data"),
    )


def link_of(value: Any) -> tuple[str, str]:
    """Return kind and id of a link such as ``/device/<id>``; empty where there is none.

    A bare id has no kind.
    """
    if not isinstance(value, str):
        return "", ""
    kind, _, identifier = value.strip("/").rpartition("/")
    return kind, identifier


def plain(container: Any) -> dict[str, Any]:
    """Return a container of properties with each value unwrapped.

    A property without a value is None, which stands for "not known".
    """
    if not isinstance(container, dict):
        return {}
    return {name: unwrap(value) for name, value in container.items()}


def unwrap(value: Any) -> Any:
    """Return the value of a property, with or without the time of its change."""
    if isinstance(value, dict) and ("value" in value or "lastChanged" in value):
        return value.get("value")
    return value


def moment(value: Any) -> datetime | None:
    """Return a time; hubs write three to seven digits of a second, and 1970 for never."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    return None if parsed == _NEVER else parsed


def text(value: Any) -> str:
    """Return a text, or an empty one for anything else."""
    return value if isinstance(value, str) else ""


def word(value: str) -> str:
    """Return a text short enough to count by."""
    return value[:_WORD_LENGTH]
