"""Nodes, their tags and commands, as the REST interface lists them.

Wire code. The vendor does not publish the form of the lists, so names of fields are read in any
case, and whatever is in doubt is left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
import re
from typing import Any, Final

from ....lorawan.api.locations import take_locations
from ....lorawan.api.model import DeviceDetails, LorawanDevice, Scalar
from ....lorawan.api.node_commands import BadCommandInput
from ....lorawan.api.shapes import Item, path_of
from ....wire.errors import WrongSystem
from ....wire.redaction import has_coordinates, is_position
from ....wire.values import as_bool, as_list, as_text, number
from .frames import is_never, time_with_offset

# Fields that hold a list, besides the name of its items.
_LIST_FIELDS: Final = ("result", "results", "data", "items")
_TIME_FIELDS: Final = ("lastupdate", "updatedat", "dt", "date", "timestamp", "time")
# A text such as ``007`` is a code, and no number.
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?")
_TYPES: Final = ("num", "str", "bool")
_INPUT: Final = re.compile(rf"\[({'|'.join(_TYPES)})\]([^\[\]()]+)\(([^()]*)\)([^\[\]]*)", re.IGNORECASE)
_FLAGS: Final = {"true": True, "false": False}
# Length of the longest text that a state can show.
MAX_TEXT_LENGTH: Final = 255
MAX_TAGS: Final = 200
MAX_COMMANDS: Final = 50


class TagKind(StrEnum):
    """Kind of a tag, by its value."""

    NUMBER = "number"
    SWITCH = "switch"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Tag:
    """Tag of a node.

    Attributes:
        name: Name.
        value: Value as the server writes it, or None for a tag that was never set.
        at: Unix time of the value by the server's clock, or None if it is unknown.
        is_writable: Whether the server allows writing, or None if it does not report that.

    """

    name: str
    value: Scalar
    at: float | None = None
    is_writable: bool | None = None

    @property
    def kind(self) -> TagKind | None:
        """Kind, or None for a tag that cannot be written: a position, or one without a value."""
        if self.is_writable is False or self.value is None or _is_position(self.name):
            return None
        if self.flag is not None:
            return TagKind.SWITCH
        if self.number is not None:
            return TagKind.NUMBER
        text = str(self.value)
        return None if len(text) > MAX_TEXT_LENGTH or has_coordinates(self.name, text) else TagKind.TEXT

    @property
    def number(self) -> float | int | None:
        """Value as a number, or None."""
        if isinstance(self.value, str) and _NUMBER.fullmatch(self.value) is None:
            return None
        return number(self.value)

    @property
    def flag(self) -> bool | None:
        """Value as a boolean, or None."""
        return _FLAGS.get(self.value.lower()) if isinstance(self.value, str) else as_bool(self.value)

    def flag_text(self, *, on: bool) -> str:
        """Return a boolean as the server writes those of this tag."""
        text = "true" if on else "false"
        before = self.value if isinstance(self.value, str) else ""
        if before.isupper():
            return text.upper()
        return text.capitalize() if before[:1].isupper() else text


@dataclass(frozen=True, slots=True)
class CommandInput:
    """Input of a node command.

    Attributes:
        kind: ``num``, ``str`` or ``bool``.
        name: Name.
        default: Default as the server writes it, or empty.

    """

    kind: str
    name: str
    default: str


@dataclass(frozen=True, slots=True)
class NodeCommand:
    """Command of a node: a scene of the server.

    Attributes:
        name: Name.
        tag: ID, unique within the node.
        inputs: Inputs of the scene.

    """

    name: str
    tag: str
    inputs: tuple[CommandInput, ...] = ()

    def texts_of(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Return the inputs as the server expects them; the server ignores the case of their names.

        Raises:
            BadCommandInput: An input is missing, unknown or of another type; the details are its name.

        """
        remaining = {name.lower(): value for name, value in given.items()}
        texts: dict[str, str] = {}
        for item in self.inputs:
            value = remaining.pop(item.name.lower(), item.default or None)
            if (text := _text_of(item.kind, value)) is None:
                raise BadCommandInput(item.name)
            texts[item.name] = text
        if remaining:
            raise BadCommandInput(next(iter(remaining)))
        return texts


@dataclass(slots=True)
class Node:
    """Node as the REST interface describes it.

    Attributes:
        dev_eui: DevEUI in lower case.
        dev_eui_raw: DevEUI as the server spells it.
        app_eui: AppEUI as the server spells it.
        name: Name, or None.
        model: Model, or None.
        manufacturer: Manufacturer, or None.
        tags: Tags by name.
        commands: Commands by tag.
        read_at: Time of the last reading of the node itself, by the clock of the event loop.
        is_message_read: Whether the last message before the connection has been read.
        writes: Number of tags that have been written.

    """

    dev_eui: str
    dev_eui_raw: str
    app_eui: str
    name: str | None = None
    model: str | None = None
    manufacturer: str | None = None
    tags: dict[str, Tag] = field(default_factory=dict)
    commands: dict[str, NodeCommand] = field(default_factory=dict)
    read_at: float = 0.0
    is_message_read: bool = False
    writes: int = 0

    def details_for(self, device: LorawanDevice) -> DeviceDetails:
        """Return what the server reports of a device; frames spell its EUIs for commands."""
        details = DeviceDetails(dev_eui=self.dev_eui)
        if device.app_eui is None:
            details |= {"app_eui": self.app_eui, "dev_eui_raw": self.dev_eui_raw}
        if self.name is not None:
            details["name"] = self.name
        if self.model is not None:
            details["model"] = self.model
        if self.manufacturer is not None:
            details["manufacturer"] = self.manufacturer
        return details


def read_objects(body: Any, name: str) -> list[dict[str, Any]]:
    """Return the objects of a list, with the names of their fields in lower case and without separators.

    Args:
        body: Answer of the server.
        name: Name of the list, as one of the fields that may hold it.

    Raises:
        WrongSystem: The answer is no list.

    """
    if isinstance(body, dict):
        fields = _fields(body)
        key = next((key for key in (*_LIST_FIELDS, name) if key in fields), None)
        # An empty list of the server may be null.
        body = None if key is None else [] if fields[key] is None else fields[key]
    if not isinstance(body, list):
        raise WrongSystem
    return [_fields(item) for item in body if isinstance(item, dict)]


def read_applications(body: Any) -> list[str]:
    """Return the AppEUIs of a list of applications.

    Raises:
        WrongSystem: The answer is no list.

    """
    items = read_objects(body, "applications")
    return [eui for item in items if (eui := _name(item, "appeui", "applicationeui", "eui"))]


def read_nodes(body: Any, app_eui: str) -> list[Node]:
    """Return the nodes of a list of an application.

    Raises:
        WrongSystem: The answer is no list.

    """
    return [
        Node(
            dev_eui=eui.lower(),
            dev_eui_raw=eui,
            app_eui=app_eui,
            name=_name(item, "name", "nodename"),
            model=_name(item, "model", "devicemodel"),
            manufacturer=_name(item, "manufacturer"),
        )
        for item in read_objects(body, "nodes")
        if (eui := _name(item, "deveui", "eui"))
    ]


def read_tags(body: Any) -> dict[str, Tag]:
    """Return the tags of a list by name.

    Raises:
        WrongSystem: The answer is no list.

    """
    tags = {}
    for item in read_objects(body, "tags")[:MAX_TAGS]:
        if (name := _name(item, "name", "tag", "tagname")) is None:
            continue
        time = next((item[key] for key in _TIME_FIELDS if key in item), None)
        value = None if is_never(time) else item.get("value")
        is_scalar = isinstance(value, str | bool) or (isinstance(value, int | float) and isfinite(value))
        tags[name] = Tag(
            name,
            value if is_scalar and value != "" else None,
            time_with_offset(time),
            _is_writable(item),
        )
    return tags


def read_commands(body: Any) -> dict[str, NodeCommand]:
    """Return the commands of a list by tag, without those whose inputs have another form.

    Raises:
        WrongSystem: The answer is no list.

    """
    commands = {}
    for item in read_objects(body, "commands")[:MAX_COMMANDS]:
        tag = _name(item, "tag")
        inputs = _inputs(next((item[key] for key in ("inputs", "input") if key in item), None))
        if tag is not None and inputs is not None:
            commands[tag] = NodeCommand(_name(item, "name") or tag, tag, inputs)
    return commands


def values_of_tags(
    device: LorawanDevice,
    before: Mapping[str, Tag],
    tags: Mapping[str, Tag],
    *,
    time_of: Callable[[float], float | None],
    at: float | None,
    now: float,
) -> list[tuple[float, dict[str, Scalar]]]:
    """Return the values of tags that are newer than those of their device, with their times.

    A value without a time has that of the last uplink, which decodes most tags; if it has changed
    since the previous reading, it has the time of this one.

    Args:
        device: Device of the tags.
        before: Tags of the previous reading, by name.
        tags: Tags by name.
        time_of: Returns a time of the server by the clock of this host, or None if it cannot be believed.
        at: Unix time of the last uplink before the tags were read, or None.
        now: Unix time of this reading.

    """
    newer: list[tuple[float, dict[str, Scalar]]] = []
    position_times = []
    for name, tag in tags.items():
        has_changed = name in before and before[name].value != tag.value
        time = time_of(tag.at) if tag.at is not None else now if has_changed else at
        if tag.value is None or time is None:
            continue
        if _is_position(name):
            position_times.append(time)
        elif (current := device.values.get(path_of("", name))) is None or current.measured_at < time:
            newer.append((time, {name: tag.value}))
    if position_times:
        # Each coordinate has a time of its own.
        position: dict[str, Scalar] = {
            name: tag.value for name, tag in tags.items() if _is_position(name) and tag.value is not None
        }
        locations = take_locations({name: Item(value) for name, value in position.items()})
        time = max(position_times)
        known = [device.values[key].measured_at for key in locations if key in device.values]
        # Without a fix, an altitude is none either.
        if locations and all(measured_at < time for measured_at in known):
            newer.append((time, position))
    return newer


def _fields(item: dict[str, Any]) -> dict[str, Any]:
    return {re.sub(r"[^a-z0-9]", "", key.lower()): value for key, value in item.items()}


def _name(item: Mapping[str, Any], *keys: str) -> str | None:
    """Return the first text that can be a part of a path."""
    texts = (text.strip() for key in keys if (text := as_text(item.get(key))))
    return next((text for text in texts if text.strip(".")), None)


def _is_position(name: str) -> bool:
    return is_position(name) or name.lower() == "alt"


def _is_writable(item: Mapping[str, Any]) -> bool | None:
    found = {key: _FLAGS.get(str(item[key]).lower()) for key in ("writable", "writeable", "readonly") if key in item}
    if found.get("readonly") is not None:
        return not found["readonly"]
    return found.get("writable", found.get("writeable"))


def _inputs(value: Any) -> tuple[CommandInput, ...] | None:
    """Return the inputs of a command, or None for another form."""
    texts = [value] if isinstance(value, str) and value.strip() else as_list(value)
    inputs: list[CommandInput] = []
    for text in texts:
        found = _input_of(_fields(text)) if isinstance(text, dict) else _inputs_in(text)
        if not found:
            return None
        inputs.extend(found)
    return tuple(inputs)


def _input_of(item: Mapping[str, Any]) -> list[CommandInput]:
    """Return the input of an object, or none for another form."""
    kind, name = ((as_text(item.get(key)) or "").strip() for key in ("type", "name"))
    default = "" if (value := item.get("default")) is None else str(value).strip()
    return [CommandInput(kind.lower(), name, default)] if kind.lower() in _TYPES and name else []


def _inputs_in(text: Any) -> list[CommandInput]:
    """Return the inputs of a text, or none for another form."""
    matches = list(_INPUT.finditer(text)) if isinstance(text, str) else []
    if "".join(match.group() for match in matches) != str(text).strip():
        return []
    return [CommandInput(match.group(1).lower(), match.group(2).strip(), match.group(3).strip()) for match in matches]


def _text_of(kind: str, value: Any) -> str | None:
    """Return the text of an input, or None for a value of another type."""
    match kind:
        case "bool":
            flag = as_bool(value) if not isinstance(value, str) else _FLAGS.get(value.lower())
            return None if flag is None else str(flag).lower()
        case "num":
            return None if (found := number(value)) is None else number_text(found)
    return value if isinstance(value, str) else None


def number_text(value: float) -> str:
    """Return a number without a useless fraction."""
    return str(int(value)) if float(value).is_integer() else repr(value)
