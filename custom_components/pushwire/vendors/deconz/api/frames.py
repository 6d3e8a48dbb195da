"""deCONZ's WebSocket messages.

Wire code. The grammar is that of the vendor's page "Websocket", with the sections
that later gateways added: ``attr`` and ``capabilities``, and a top-level attribute of
a group.
"""

from dataclasses import dataclass
from typing import Any, Final

import orjson

from ....wire.values import NotUnderstood

SECTIONS: Final = ("state", "config", "attr", "capabilities")
# The whole resource of an ``added`` message stands under its type's singular.
_SINGULAR: Final = {
    "lights": "light",
    "sensors": "sensor",
    "groups": "group",
    "alarmsystems": "alarmsystem",
}
RESOURCES: Final = frozenset({*_SINGULAR, "scenes"})
EVENTS: Final = frozenset({"added", "changed", "deleted", "scene-called"})
_ENVELOPE: Final = frozenset({"t", "e", "r", "id", "uniqueid", "gid", "scid"})
# Keys of a message with one section and no uniqueid.
_PLAIN: Final = 5
# The group of all lights is announced under another id than it is read by.
_GROUP_ALL_PUSHED: Final = "65520"
GROUP_ALL: Final = "0"


@dataclass(slots=True)
class Message:
    """One message; not frozen, for that would be the dearest part of reading it.

    Attributes:
        event: ``added``, ``changed``, ``deleted`` or ``scene-called``.
        resource: ``lights``, ``sensors``, ``groups``, ``scenes`` or ``alarmsystems``.
        id: REST id; of a scene call the group's.
        sections: Changed items by section; top-level attributes stand in ``attr``.
        body: The whole resource of an ``added`` message, or None.
        scene: Scene id of a scene call, else empty.

    """

    event: str
    resource: str
    id: str
    sections: dict[str, dict[str, Any]]
    body: dict[str, Any] | None = None
    scene: str = ""


def parse(frame: str | bytes) -> Message:
    """Read one message.

    Raises:
        NotUnderstood: It is no message of this grammar.

    """
    try:
        data = orjson.loads(frame)
    except orjson.JSONDecodeError:
        raise NotUnderstood("not json" if frame else "empty") from None
    if not isinstance(data, dict):
        raise NotUnderstood(f"json {type(data).__name__}")
    if data.get("t") != "event":
        raise NotUnderstood("no event")
    event, resource = data.get("e"), data.get("r")
    if not isinstance(event, str) or event not in EVENTS:
        raise NotUnderstood(f"event {str(event)[:32]}")
    if not isinstance(resource, str) or resource not in RESOURCES:
        raise NotUnderstood(f"resource {str(resource)[:32]}")
    if event == "scene-called":
        return Message(event, resource, _identifier(data, "gid"), {}, scene=_identifier(data, "scid"))
    identifier = _identifier(data, "id")
    if identifier == _GROUP_ALL_PUSHED and resource == "groups":
        identifier = GROUP_ALL
    if event == "added":
        body = data.get(_SINGULAR.get(resource, ""))
        return Message(event, resource, identifier, {}, body=body if isinstance(body, dict) else None)
    return Message(event, resource, identifier, _sections(data))


def _identifier(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise NotUnderstood(f"no {key}")


def _sections(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what a message changes; nearly always it is one section alone."""
    for name in SECTIONS:
        if isinstance(items := data.get(name), dict):
            if len(data) == _PLAIN + ("uniqueid" in data):
                return {name: items}
            break
    found = {name: items for name in SECTIONS if isinstance(items := data.get(name), dict)}
    if not found or len(found) + len(_ENVELOPE & data.keys()) < len(data):
        other = {key: value for key, value in data.items() if key not in _ENVELOPE and key not in SECTIONS}
        if other:
            found["attr"] = {**found.get("attr", {}), **other}
    return found
