"""Controls of a codec: buttons, numbers, selects and switches that send downlinks.

Wire code. A person declares them as a list, and a public list of codecs has examples of downlinks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from ...wire.text import shorten
from ...wire.values import as_dict, as_float, as_list, as_text, integer
from .downlink import PORTS, BadPayload, PayloadFormat, read_payload

MAX_CONTROLS: Final = 50
# Options of a select.
_MAX_OPTIONS: Final = 50
_MAX_NAME: Final = 64
PRESS: Final = "press"
TURN_ON: Final = "turn_on"
TURN_OFF: Final = "turn_off"


class ControlKind(StrEnum):
    """Kind of a control, which is the name of its platform."""

    BUTTON = "button"
    NUMBER = "number"
    SELECT = "select"
    SWITCH = "switch"


class Fault(StrEnum):
    """Why a control cannot be used."""

    # The declaration is no list, or a list of too many controls.
    LIST = "list"
    # A key is not known.
    KEY = "key"
    # The value of a key is missing or not valid.
    VALUE = "value"
    KIND = "kind"
    RANGE = "range"
    # Another control has the name.
    TWICE = "twice"
    PORT = "port"
    # The payload is no hex, empty or too long.
    PAYLOAD = "payload"
    # The codec cannot encode anything.
    ENCODER = "encoder"
    # The codec refuses the fields.
    ENCODING = "encoding"


class ControlError(Exception):
    """A control that cannot be used.

    Attributes:
        fault: Reason.
        control: Name of the control, or its place in the list.
        details: Key, or what the codec says about it; may be empty.

    """

    def __init__(self, fault: Fault, control: str = "", details: str = "") -> None:
        """Initialize with a reason."""
        super().__init__(fault.value)
        self.fault = fault
        self.control = control
        self.details = details[:200]


@dataclass(frozen=True, slots=True)
class Content:
    """Content of a downlink: bytes, or fields that the codec encodes.

    Attributes:
        payload: Payload, or None if the codec encodes it.
        data: Fields for the codec.

    """

    payload: bytes | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRange:
    """Range of a number.

    Attributes:
        field: Field that the number is sent in.

    """

    field: str
    min: float
    max: float
    step: float
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Control of a device.

    Attributes:
        name: Name, as the person wrote it.
        kind: Kind.
        port: Port, or None for that of the codec.
        contents: Contents by the option of a select, or by what a button or switch does.
        fixed: Fields that are sent with a number.
        range: Range of a number, or None.

    """

    name: str
    kind: ControlKind
    port: int | None = None
    contents: Mapping[str, Content] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    range: NumberRange | None = None

    @property
    def key(self) -> str:
        """Stable ID among the controls of a codec."""
        return _key(self.name)

    @property
    def samples(self) -> Iterable[str | float]:
        """Values that are encoded before the control is saved."""
        return self.contents if self.range is None else (self.range.min, self.range.max)

    def content(self, value: str | float) -> Content:
        """Return what is sent for a value: a number, an option, or what a button or switch does."""
        if self.range is None:
            return self.contents[str(value)]
        return Content(data={**self.fixed, self.range.field: value})


def read_controls(items: Any) -> tuple[Control, ...]:
    """Return the controls of a declaration.

    Raises:
        ControlError: The declaration cannot be used.

    """
    if items is None:
        return ()
    if not isinstance(items, list) or len(items) > MAX_CONTROLS:
        raise ControlError(Fault.LIST)
    controls: dict[str, Control] = {}
    for place, item in enumerate(items, 1):
        control = _Reader(item, place).read()
        if control.key in controls:
            raise ControlError(Fault.TWICE, control.name)
        controls[control.key] = control
    return tuple(controls.values())


def buttons_of(examples: Any, *, has_encoder: bool) -> list[dict[str, Any]]:
    """Return the declaration of a button per example of a downlink.

    Args:
        examples: Examples in the form of The Things Network, as they were read.
        has_encoder: Whether the script that was read encodes downlinks.

    """
    buttons: dict[str, dict[str, Any]] = {}
    for example in map(as_dict, as_list(examples)):
        name = shorten(" ".join((as_text(example.get("description")) or "").split()), limit=_MAX_NAME)
        content = _example_data(example) if has_encoder else _example_payload(example)
        if name and content and len(buttons) < MAX_CONTROLS:
            buttons.setdefault(_key(name), {"name": name, "kind": ControlKind.BUTTON.value, **content})
    return list(buttons.values())


def _example_data(example: Mapping[str, Any]) -> dict[str, Any]:
    data = as_dict(as_dict(example.get("input")).get("data"))
    return {"data": data} if data and _are_fields(data) else {}


def _example_payload(example: Mapping[str, Any]) -> dict[str, Any]:
    output = as_dict(example.get("output"))
    try:
        payload = bytes(as_list(output.get("bytes"))).hex()
    except TypeError, ValueError:
        return {}
    port = integer(output.get("fPort"))
    return {"port": port, "payload": payload} if payload and port in PORTS else {}


def _are_fields(data: Any) -> bool:
    return isinstance(data, dict) and all(isinstance(name, str) for name in data)


def _key(name: str) -> str:
    return "-".join(name.casefold().split())


class _Reader:
    """Reader of one control, which names the control in its errors.

    Args:
        item: Declaration.
        place: Place in the list, from 1.

    """

    def __init__(self, item: Any, place: int) -> None:
        """Initialize without reading anything."""
        self._item = as_dict(item)
        self._control = f"#{place}"

    def read(self) -> Control:
        """Return the control.

        Raises:
            ControlError: It cannot be used.

        """
        item = self._item
        self._control = name = self._name(item, "name")
        kind = item.get("kind")
        if kind not in list(ControlKind):
            raise self._error(Fault.KIND)
        port = item.get("port")
        if port is not None and (isinstance(port, bool) or not isinstance(port, int) or port not in PORTS):
            raise self._error(Fault.PORT)
        match ControlKind(kind):
            case ControlKind.NUMBER:
                self._check_keys(item, "", "field", "data", "min", "max", "step", "unit", *_COMMON)
                fixed = item.get("data", {})
                if not _are_fields(fixed):
                    raise self._error(Fault.VALUE, "data")
                number_range = self._range()
                return Control(name=name, kind=ControlKind.NUMBER, port=port, fixed=fixed, range=number_range)
            case ControlKind.SELECT:
                self._check_keys(item, "", "options", *_COMMON)
                contents = self._options(port)
            case ControlKind.SWITCH:
                self._check_keys(item, "", TURN_ON, TURN_OFF, *_COMMON)
                contents = {key: self._nested(item.get(key), key, port) for key in (TURN_ON, TURN_OFF)}
            case ControlKind.BUTTON:
                self._check_keys(item, "", "payload", "data", *_COMMON)
                contents = {PRESS: self._content(item, "", port)}
        return Control(name=name, kind=ControlKind(kind), port=port, contents=contents)

    def _error(self, fault: Fault, details: str = "") -> ControlError:
        return ControlError(fault, self._control, details)

    def _name(self, item: Mapping[str, Any], path: str) -> str:
        """Return a name; YAML takes some words for something else unless they are in quotes."""
        name = " ".join((as_text(item.get("name")) or "").split())
        if not 0 < len(name) <= _MAX_NAME:
            raise self._error(Fault.VALUE, path)
        return name

    def _check_keys(self, item: Mapping[Any, Any], path: str, *known: str) -> None:
        for key in item:
            if key not in known:
                raise self._error(Fault.KEY, f"{path}{key}")

    def _range(self) -> NumberRange:
        item = self._item
        if (name := as_text(item.get("field"))) is None:
            raise self._error(Fault.VALUE, "field")
        unit = item.get("unit")
        if unit is not None and as_text(unit) is None:
            raise self._error(Fault.VALUE, "unit")
        low, high, step = (self._number(key, default) for key, default in (("min", None), ("max", None), ("step", 1)))
        if not low < high or not 0 < step <= high - low:
            raise self._error(Fault.RANGE)
        return NumberRange(field=name, min=low, max=high, step=step, unit=unit)

    def _number(self, key: str, default: float | None) -> float:
        value: Any = self._item.get(key, default)
        # An integer may be too large for a float.
        if isinstance(value, str) or as_float(value) is None:
            raise self._error(Fault.VALUE, key)
        result: float = value
        return result

    def _options(self, port: int | None) -> dict[str, Content]:
        options = as_list(self._item.get("options"))
        contents: dict[str, Content] = {}
        for place, option in enumerate(map(as_dict, options), 1):
            name = self._name(option, f"options #{place}: name")
            if name in contents:
                raise self._error(Fault.VALUE, f"options: {name}")
            contents[name] = self._nested({key: option[key] for key in option if key != "name"}, name, port)
        if not 0 < len(contents) <= _MAX_OPTIONS:
            raise self._error(Fault.VALUE, "options")
        return contents

    def _nested(self, item: Any, name: str, port: int | None) -> Content:
        """Return the content of an option, or of one state of a switch."""
        path = f"{name}: "
        self._check_keys(as_dict(item), path, "payload", "data")
        return self._content(as_dict(item), path, port)

    def _content(self, item: Mapping[str, Any], path: str, port: int | None) -> Content:
        """Return the one content of two possible ones."""
        if ("payload" in item) is ("data" in item):
            raise self._error(Fault.VALUE, f"{path}payload")
        if "data" in item:
            data = item["data"]
            if not data or not _are_fields(data):
                raise self._error(Fault.VALUE, f"{path}data")
            return Content(data=data)
        # YAML reads digits without quotes as a number, those that begin with 0 as an octal one.
        text = item["payload"]
        try:
            payload = read_payload(text, PayloadFormat.HEX) if isinstance(text, str) else b""
        except BadPayload:
            payload = b""
        if not payload:
            raise self._error(Fault.PAYLOAD, f"{path}payload")
        if port is None:
            raise self._error(Fault.PORT)
        return Content(payload=payload)


_COMMON: Final = ("name", "kind", "port")
