"""WebSocket messages of deCONZ.

Later gateways add sections to the messages of the vendor's page "Websocket": ``attr`` and
``capabilities``, and top-level attributes of groups (docs/protocols/deconz.md).
"""

from dataclasses import dataclass
from typing import Any, Final

import orjson

from ....wire.values import NotUnderstood

SECTIONS: Final = ("state", "config", "attr", "capabilities")
# Key of the complete resource in an ``added`` message.
_SINGULAR: Final = {
    "lights": "light",
    "sensors": "sensor",
    "groups": "group",
    "alarmsystems": "alarmsystem",
}
RESOURCES: Final = (*_SINGULAR, "scenes")
EVENTS: Final = ("changed", "added", "deleted", "scene-called")
_ENVELOPE: Final = frozenset({"t", "e", "r", "id", "uniqueid", "gid", "scid"})
# Number of keys of a message with one section and without ``uniqueid``.
_KEYS_WITH_ONE_SECTION: Final = 5
# The group of all lights has another ID in messages than in REST.
_GROUP_ALL_PUSHED: Final = "65520"
GROUP_ALL: Final = "0"


@dataclass(slots=True)
class Message:
    """One message. Not frozen: a frozen dataclass would dominate the parse time.

    Attributes:
        event: ``added``, ``changed``, ``deleted`` or ``scene-called``.
        resource: ``lights``, ``sensors``, ``groups``, ``scenes`` or ``alarmsystems``.
        id: REST ID; in a scene call that of the group.
        sections: Changed items by section; top-level attributes are in ``attr``.
        body: Complete resource of an ``added`` message, or None.
        scene: ID of the scene in a scene call, otherwise empty.

    """

    event: str
    resource: str
    id: str
    sections: dict[str, dict[str, Any]]
    body: dict[str, Any] | None = None
    scene: str = ""


def parse(frame: str | bytes) -> Message:
    """Return the message of a frame.

    Raises:
        NotUnderstood: The frame is not a valid message.

    """
    try:
        data = orjson.loads(frame)
    except orjson.JSONDecodeError:
        raise NotUnderstood("not json" if frame else "empty") from None
    if not isinstance(data, dict):
        raise NotUnderstood(f"json {type(data).__name__}")
    if data.get("t") != "event":
        raise NotUnderstood("no event")
    event, resource, identifier = data.get("e"), data.get("r"), data.get("id")
    if event not in EVENTS:
        raise NotUnderstood(f"event {str(event)[:32]}")
    if resource not in RESOURCES:
        raise NotUnderstood(f"resource {str(resource)[:32]}")
    if event == "scene-called":
        return Message(event, resource, _identifier(data, "gid"), {}, scene=_identifier(data, "scid"))
    if not isinstance(identifier, str) or not identifier:
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
    """Return the changed items by section; nearly all messages have only the state."""
    if isinstance(items := data.get("state"), dict) and len(data) == _KEYS_WITH_ONE_SECTION + ("uniqueid" in data):
        return {"state": items}
    sections = {name: items for name in SECTIONS if isinstance(items := data.get(name), dict)}
    if not sections or len(sections) + len(_ENVELOPE & data.keys()) < len(data):
        attributes = {key: value for key, value in data.items() if key not in _ENVELOPE and key not in SECTIONS}
        if attributes:
            sections["attr"] = {**sections.get("attr", {}), **attributes}
    return sections
