"""Events of the LIVISI hub (docs/protocols/livisi.md).

Hubs send more than the vendor's pages "WebSocket" and "Hub Events" describe: values
together with the time of their change, paths in ``type``, several events in one frame,
and a message without its event.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from ....wire.values import NotUnderstood, as_datetime

# ID by which the v2 hub refers to itself as the source of an event.
ZERO_ID: Final = "0" * 32
MESSAGE_CREATED: Final = "MessageCreated"
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_KIND_LENGTH: Final = 32


@dataclass(slots=True)
class Event:
    """One event. Neither frozen nor with keyword-only fields: both would dominate the parse time.

    Attributes:
        type: Event type, such as ``StateChanged``.
        body: Event as sent by the hub.
        sequence: Sequence number of the hub, or None for a hub without sequence numbers.
        source: Link of the source, or empty.
        properties: Unwrapped values by name.

    """

    type: str
    body: Mapping[str, Any]
    sequence: int | None = None
    source: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def timestamp(self) -> str:
        """ISO 8601 time as sent by the hub, or empty."""
        return text_or_empty(self.body.get("timestamp"))

    @property
    def data(self) -> Any:
        """Further content of the event."""
        return self.body.get("data")

    @property
    def source_kind(self) -> str:
        """``device``, ``capability``, ``message`` …, or empty."""
        return split_link(self.source)[0]

    @property
    def source_id(self) -> str:
        """ID of the source, or empty."""
        return split_link(self.source)[1]


def parse(frame: str | bytes) -> list[Event]:
    """Return the events of a frame; the response to a heartbeat has none.

    Raises:
        NotUnderstood: The frame holds something other than events.

    """
    try:
        body = orjson.loads(frame)
    except orjson.JSONDecodeError:
        raise NotUnderstood("not json" if frame else "empty") from None
    if isinstance(body, dict):
        return [] if "hbeat" in body else [_parse_event(body)]
    if not isinstance(body, list):
        raise NotUnderstood(f"json {type(body).__name__}")
    return list(_parse_events(body))


def _parse_events(items: list[Any]) -> Iterator[Event]:
    for item in items:
        if not isinstance(item, dict):
            raise NotUnderstood(f"json list of {type(item).__name__}")
        if "hbeat" not in item:
            yield _parse_event(item)


def _parse_event(body: dict[str, Any]) -> Event:
    kind = body.get("type")
    if not isinstance(kind, str) or not kind:
        raise NotUnderstood("no type")
    sequence = body.get("sequenceNumber")
    if type(sequence) is not int or sequence < 0:
        if "class" in body and "sequenceNumber" not in body and isinstance(body.get("id"), str):
            # The vendor's page shows a new message without the event around it.
            return Event(MESSAGE_CREATED, {"timestamp": body.get("timestamp"), "data": body})
        sequence = None
    source = body.get("source")
    return Event(
        # Very old hubs send a path as the type.
        kind.rpartition("/")[2] if "/" in kind else kind,
        body,
        sequence,
        source if isinstance(source, str) else "",
        property_values(body.get("properties")),
    )


def split_link(value: Any) -> tuple[str, str]:
    """Return kind and ID of a link such as ``/device/<id>``; a bare ID has an empty kind."""
    if not isinstance(value, str):
        return "", ""
    kind, _, identifier = value.strip("/").rpartition("/")
    return kind, identifier


def property_values(container: Any) -> dict[str, Any]:
    """Return the unwrapped values of properties; None stands for an unknown value."""
    if not isinstance(container, dict):
        return {}
    if dict in map(type, container.values()):
        return {name: _unwrap(value) if isinstance(value, dict) else value for name, value in container.items()}
    return container


def _unwrap(value: dict[str, Any]) -> Any:
    """Return the value of a property, which may come with the time of its change."""
    return value.get("value") if "value" in value or "lastChanged" in value else value


def datetime_unless_never(value: Any) -> datetime | None:
    """Return a time in UTC, or None for 1970, which stands for never."""
    result = as_datetime(value)
    return None if result == _NEVER else result


def text_or_empty(value: Any) -> str:
    """Return a text, or an empty one for any other value."""
    return value if isinstance(value, str) else ""


def shorten(kind: str) -> str:
    """Return a kind of input that is short enough for statistics."""
    return kind[:_MAX_KIND_LENGTH]
