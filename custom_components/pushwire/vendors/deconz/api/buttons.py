"""Meaning of presses, with one decoder for every remote.

``buttonevent`` is the number of the button times 1000 plus the action. This applies to
all ordinary remotes, and introspection describes the others, so no table of models is
needed.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ....wire.events import ButtonPress, ButtonTrigger
from ....wire.values import as_dict, as_list, as_text
from .model import Resource

# Kind of an action that is not known.
OTHER: Final = "other"
PRESS_START: Final = "press_start"
PRESS_END: Final = "press_end"
LONG_PRESS_START: Final = "long_press_start"
LONG_PRESS_END: Final = "long_press_end"
MULTI_PRESS_END: Final = "multi_press_end"

# Kind of event by action and, for several presses in a row, their number.
ACTIONS: Final[dict[int, tuple[str, int | None]]] = {
    0: (PRESS_START, None),
    1: (LONG_PRESS_START, None),
    2: (PRESS_END, None),
    3: (LONG_PRESS_END, None),
    4: (MULTI_PRESS_END, 2),
    5: (MULTI_PRESS_END, 3),
    6: (MULTI_PRESS_END, 4),
    7: ("shake", None),
    8: ("drop", None),
    9: ("tilt", None),
    10: (MULTI_PRESS_END, 5),
}
# Actions by the gateway's word in introspection; for UNKNOWN, the code decides.
INTROSPECTED_ACTIONS: Final = {
    "INITIAL_PRESS": 0,
    "HOLD": 1,
    "SHORT_RELEASE": 2,
    "LONG_RELEASE": 3,
    "DOUBLE_PRESS": 4,
    "TREBLE_PRESS": 5,
    "QUADRUPLE_PRESS": 6,
    "SHAKE": 7,
    "DROP": 8,
    "TILT": 9,
    "MANY_PRESS": 10,
}
# Kind of device trigger by number of presses.
MULTIPLE: Final = {2: "double_press", 3: "triple_press", 4: "quadruple_press", 5: "many_press"}
# Subtypes of device triggers by the gateway's name of the button, in lower case and without separators.
NAMES: Final = {
    "on": "turn_on",
    "off": "turn_off",
    "dimup": "dim_up",
    "brighten": "dim_up",
    "dimdown": "dim_down",
    "darken": "dim_down",
    "left": "left",
    "right": "right",
    "up": "up",
    "down": "down",
    "top": "top",
    "bottom": "bottom",
    "middle": "middle",
    "center": "middle",
    "topleft": "top_left",
    "topright": "top_right",
    "bottomleft": "bottom_left",
    "bottomright": "bottom_right",
    "both": "both_buttons",
    "bothbuttons": "both_buttons",
    "open": "open",
    "close": "close",
    "stop": "stop",
    "toggle": "toggle",
    "power": "power",
    "next": "next",
    "nextscene": "next",
    "previous": "previous",
    "prev": "previous",
    "prevscene": "previous",
    "previousscene": "previous",
    "play": "play",
    "playpause": "play",
}
GESTURES: Final = {
    1: "shake",
    2: "drop",
    3: "flip_90",
    4: "flip_180",
    5: "push",
    6: "double_tap",
    7: "rotate_clockwise",
    8: "rotate_counterclockwise",
}
# Zigbee Green Power switches (Hue Tap) have one code per button and no actions.
TAP_CODES: Final = {34: 1, 16: 2, 17: 3, 18: 4}

BUTTON_KINDS: Final = (
    PRESS_START,
    PRESS_END,
    LONG_PRESS_START,
    LONG_PRESS_END,
    MULTI_PRESS_END,
    "shake",
    "drop",
    "tilt",
)
ROTARY_KINDS: Final = ("rotate_clockwise", "rotate_counterclockwise")
PRESENCE_KINDS: Final = (
    "enter",
    "leave",
    "enter_left",
    "right_leave",
    "enter_right",
    "left_leave",
    "approaching",
    "absenting",
)
_TRIGGER_KINDS: Final = (
    PRESS_START,
    PRESS_END,
    LONG_PRESS_START,
    LONG_PRESS_END,
    MULTIPLE[2],
    MULTIPLE[3],
)
# Actions at a keypad.
KEYPAD_KINDS: Final = (
    "armed_away",
    "armed_stay",
    "armed_night",
    "disarmed",
    "already_disarmed",
    "not_ready",
    "invalid_code",
    "emergency",
    "fire",
    "panic",
)
# Device triggers other than buttons: item, kinds and subtype.
_SUBTYPES: Final = (
    ("rotaryevent", ROTARY_KINDS, "rotary"),
    ("presenceevent", PRESENCE_KINDS, "presence"),
    ("action", KEYPAD_KINDS, "keypad"),
)
_BUTTONS_BY_DEFAULT: Final = 4
# Most buttons of one remote, so that a gateway's mistake cannot fill the registry.
_MAX_BUTTONS: Final = 32
_LONGEST_NAME: Final = 32
BUTTON_PREFIX: Final = "button_"
_ALL_BUTTON_KINDS: Final = (*BUTTON_KINDS, OTHER)
_KINDS_IN_ORDER: Final = tuple(
    dict.fromkeys((*BUTTON_KINDS, *GESTURES.values(), *ROTARY_KINDS, *PRESENCE_KINDS, *KEYPAD_KINDS, OTHER))
)

type Decoded = tuple[str, str, dict[str, Any]]


def press_events(resource: Resource, items: Mapping[str, Any]) -> Iterable[ButtonPress]:
    """Yield the events of a press, a turn, a presence event or a keypad action.

    Args:
        resource: Remote, keypad or presence sensor.
        items: Items of the resource's state at that moment.

    """
    if (action := as_text(items.get("action"))) is not None:
        yield ButtonPress(
            resource=resource.key,
            kind=action if action in KEYPAD_KINDS else OTHER,
            attributes={"action": action},
            device_id=resource.device_id,
            subtype="keypad",
        )
    for kind, subtype, attributes in decode(resource, items):
        yield ButtonPress(
            resource=resource.key,
            kind=kind,
            attributes=attributes,
            device_id=resource.device_id,
            subtype=subtype,
            aliases=aliases_of(resource, kind, subtype, attributes),
        )


def decode(resource: Resource, items: Mapping[str, Any]) -> Iterable[Decoded]:
    """Yield kind, subtype and attributes of each event in the items of a press."""
    gesture = items.get("gesture")
    if isinstance(gesture, int) and gesture in GESTURES and "gesture" in resource.state:
        yield (
            GESTURES[gesture],
            "cube",
            {
                "code": items.get("buttonevent"),
                "angle": items.get("angle"),
            },
        )
        return
    if isinstance(code := items.get("buttonevent"), int):
        yield _button(resource, code, items)
    if isinstance(items.get("rotaryevent"), int):
        rotation = items.get("expectedrotation")
        clockwise = not isinstance(rotation, int | float) or rotation >= 0
        yield (
            ROTARY_KINDS[not clockwise],
            "rotary",
            {
                "rotation": rotation,
                "duration": items.get("expectedeventduration"),
                "repeat": items["rotaryevent"] != 1,
            },
        )
    if isinstance(presence := items.get("presenceevent"), str):
        yield _presence(presence), "presence", {}


def _button(resource: Resource, code: int, items: Mapping[str, Any]) -> Decoded:
    attributes: dict[str, Any] = {"code": code}
    for name in ("eventduration", "angle"):
        if items.get(name) is not None:
            attributes[name] = items[name]
    number, action = _meaning(resource, code)
    kind, presses = ACTIONS.get(action, (OTHER, None))
    if presses is not None:
        attributes["multi_press_count"] = presses
    return kind, f"button_{number}", attributes


def _meaning(resource: Resource, code: int) -> tuple[int, int]:
    """Return the number of the button and the action, from introspection or else from the digits of the code."""
    values = resource.attr.get("values")
    description = values.get(str(code)) if isinstance(values, dict) else None
    if isinstance(description, dict):
        button = str(description.get("button"))
        action = INTROSPECTED_ACTIONS.get(str(description.get("action")))
        if button.isdecimal() and action is not None:
            return int(button), action
    if code in TAP_CODES:
        return TAP_CODES[code], 0
    return code // 1000, code % 1000


def aliases_of(
    resource: Resource, kind: str, subtype: str, attributes: Mapping[str, Any]
) -> frozenset[tuple[str, str]]:
    """Return further pairs of kind and subtype that a device trigger may use for a press."""
    multiple = MULTIPLE.get(attributes.get("multi_press_count", 0))
    kinds = {kind, multiple} if multiple is not None else {kind}
    subtypes = {subtype, names_of(resource).get(subtype, subtype)}
    return frozenset((each, button) for each in kinds for button in subtypes) - {(kind, subtype)}


def _presence(word: str) -> str:
    """Return the kind of a presence event; gateways spell it with and without underscores."""
    spelling = word.replace("_", "").lower()
    return next((kind for kind in PRESENCE_KINDS if kind.replace("_", "") == spelling), spelling)


def names_of(resource: Resource) -> dict[str, str]:
    """Return the named subtype by numbered subtype, for buttons with a unique name on the gateway."""
    buttons = resource.attr.get("buttons")
    if not isinstance(buttons, dict):
        return {}
    names = {
        f"button_{number}": name
        for number, button in buttons.items()
        if isinstance(button, dict) and (name := NAMES.get(_normalized(button.get("name")))) is not None
    }
    all_names = list(names.values())
    return {subtype: name for subtype, name in names.items() if all_names.count(name) == 1}


def _normalized(name: Any) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum()) if isinstance(name, str) else ""


def buttons_of(resource: Resource) -> list[str]:
    """Return the subtypes of a remote's buttons.

    The result of introspection is in ``attr.buttons``; a remote without it is assumed to
    have four buttons.
    """
    buttons = resource.attr.get("buttons")
    if isinstance(buttons, dict) and buttons:
        return [f"button_{number}" for number in buttons]
    last = resource.state.get("buttonevent")
    highest = last // 1000 if isinstance(last, int) and last >= 1000 else 0  # noqa: PLR2004
    return [f"button_{number}" for number in range(1, max(highest, _BUTTONS_BY_DEFAULT) + 1)]


class SeenPresses:
    """Presses that remotes have sent, for those that introspection does not describe, or not completely.

    Attributes:
        kinds: Kinds of events by resource key and button.

    """

    def __init__(self) -> None:
        """Initialize without presses."""
        self.kinds: dict[str, dict[str, list[str]]] = {}

    def restore(self, kinds: Mapping[str, Any]) -> None:
        """Restore the presses of an earlier run."""
        self.kinds = {
            str(key): {
                str(button): [kind for kind in as_list(seen) if kind in _ALL_BUTTON_KINDS]
                for button, seen in as_dict(buttons).items()
            }
            for key, buttons in kinds.items()
        }

    def add(self, resource: Resource, event: ButtonPress) -> bool:
        """Remember an event; return whether it is the first one of its kind at its button."""
        if not event.subtype.startswith(BUTTON_PREFIX) or "gesture" in resource.state:
            return False
        buttons = self.kinds.setdefault(resource.key, {})
        if event.subtype not in buttons and len(buttons) >= _MAX_BUTTONS:
            return False
        seen = buttons.setdefault(event.subtype, [])
        if event.kind in seen:
            return False
        seen.append(event.kind)
        return True


def event_kinds(resource: Resource, seen: SeenPresses) -> dict[str, list[str]]:
    """Return the kinds of events by subtype, which is a button or another part of a device.

    Args:
        resource: Remote, keypad or presence sensor.
        seen: Presses that remotes have sent.

    """
    kinds: dict[str, set[str]] = {
        subtype: {*words, OTHER} if subtype == "keypad" else set(words)
        for item, words, subtype in _SUBTYPES
        if item in resource.state
    }
    if "gesture" in resource.state:
        kinds["cube"] = set(GESTURES.values())
    else:
        for subtype, kind, _ in _introspected_presses(resource):
            kinds.setdefault(subtype, set()).add(kind)
        for subtype, words in seen.kinds.get(resource.key, {}).items():
            kinds.setdefault(subtype, set()).update(words)
    return {subtype: [kind for kind in _KINDS_IN_ORDER if kind in words] for subtype, words in kinds.items()}


def name_of(resource: Resource, subtype: str) -> str | None:
    """Return the gateway's own name of a button, if it says more than a number and no other button has it."""
    buttons = as_dict(resource.attr.get("buttons"))
    names = {number: as_text(as_dict(button).get("name")) for number, button in buttons.items()}
    name = (names.get(subtype.removeprefix(BUTTON_PREFIX)) or "").strip()
    word = _normalized(name)
    if len(name) > _LONGEST_NAME or not word or word.removeprefix("button").removeprefix("key").isdecimal():
        return None
    return name if [_normalized(other) for other in names.values()].count(word) == 1 else None


def _introspected_presses(resource: Resource) -> Iterable[tuple[str, str, int | None]]:
    """Yield button, kind and number of each press in a remote's introspection."""
    for code in as_dict(resource.attr.get("values")):
        if code.isdecimal():
            number, action = _meaning(resource, int(code))
            kind, presses = ACTIONS.get(action, (OTHER, None))
            if kind != OTHER:
                yield f"{BUTTON_PREFIX}{number}", kind, presses


def _known_presses(resource: Resource) -> Iterable[tuple[str, str]]:
    """Yield button and kind of each press in a remote's introspection, or else of the most common presses."""
    if as_dict(resource.attr.get("values")):
        for subtype, kind, presses in _introspected_presses(resource):
            yield subtype, MULTIPLE.get(presses or 0, kind)
    else:
        yield from ((subtype, kind) for subtype in buttons_of(resource) for kind in _TRIGGER_KINDS)


def triggers(resource: Resource) -> Iterable[ButtonTrigger]:
    """Yield the device triggers of a resource."""
    state = resource.state
    if "gesture" in state:
        for gesture in GESTURES.values():
            yield ButtonTrigger(kind=gesture, subtype="cube")
    elif "buttonevent" in state:
        names = names_of(resource)
        for subtype, kind in _known_presses(resource):
            yield ButtonTrigger(kind=kind, subtype=names.get(subtype, subtype))
    for item, kinds, subtype in _SUBTYPES:
        if item in state:
            yield from (ButtonTrigger(kind=kind, subtype=subtype) for kind in kinds)
