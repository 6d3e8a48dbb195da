"""What a deCONZ press means: one decoder for every remote.

Wire code. ``buttonevent`` is the button times 1000 plus the action; this holds for
all ordinary remotes, so no table of models is needed.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ...edges import ButtonTrigger
from .model import Resource

PRESS_START: Final = "press_start"
PRESS_END: Final = "press_end"
LONG_PRESS_START: Final = "long_press_start"
LONG_PRESS_END: Final = "long_press_end"
MULTI_PRESS_END: Final = "multi_press_end"

# Action to the event's kind and, for several presses in a row, how many.
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
# ZGP switches have one code a button and no actions (Hue Tap).
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
    MULTI_PRESS_END,
)
_BUTTONS_BY_DEFAULT: Final = 4

type Decoded = tuple[str, str, dict[str, Any]]


def decode(resource: Resource, items: Mapping[str, Any]) -> Iterable[Decoded]:
    """Yield kind, subtype and attributes for each thing that happened."""
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
        yield _button(code, items)
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


def _button(code: int, items: Mapping[str, Any]) -> Decoded:
    attributes: dict[str, Any] = {"code": code}
    for name in ("eventduration", "angle"):
        if items.get(name) is not None:
            attributes[name] = items[name]
    if code in TAP_CODES:
        return PRESS_START, f"button_{TAP_CODES[code]}", attributes
    kind, presses = ACTIONS.get(code % 1000, ("other", None))
    if presses is not None:
        attributes["multi_press_count"] = presses
    return kind, f"button_{code // 1000}", attributes


def _presence(word: str) -> str:
    """Return the kind, however the gateway joins its words."""
    plain = word.replace("_", "").lower()
    return next((kind for kind in PRESENCE_KINDS if kind.replace("_", "") == plain), plain)


def buttons_of(resource: Resource) -> list[str]:
    """Return the subtypes of a remote's buttons.

    What the gateway tells of them by introspection stands in ``attr.buttons``; a
    remote of which it tells nothing is taken to have four.
    """
    known = resource.attr.get("buttons")
    if isinstance(known, dict) and known:
        return [f"button_{number}" for number in known]
    last = resource.state.get("buttonevent")
    highest = last // 1000 if isinstance(last, int) and last >= 1000 else 0  # noqa: PLR2004
    return [f"button_{number}" for number in range(1, max(highest, _BUTTONS_BY_DEFAULT) + 1)]


def kinds_of(resource: Resource) -> tuple[str, ...]:
    """Return the kinds of events that a resource can tell of."""
    state = resource.state
    if "gesture" in state:
        return tuple(GESTURES.values())
    kinds: tuple[str, ...] = ()
    if "buttonevent" in state:
        kinds += (*BUTTON_KINDS, "other")
    if "rotaryevent" in state:
        kinds += ROTARY_KINDS
    if "presenceevent" in state:
        kinds += PRESENCE_KINDS
    return kinds


def triggers(resource: Resource) -> Iterable[ButtonTrigger]:
    """Yield what can be chosen as device triggers of a resource."""
    state = resource.state
    if "gesture" in state:
        for gesture in GESTURES.values():
            yield ButtonTrigger(kind=gesture, subtype="cube")
    elif "buttonevent" in state:
        for subtype in buttons_of(resource):
            for kind in _TRIGGER_KINDS:
                yield ButtonTrigger(kind=kind, subtype=subtype)
    if "rotaryevent" in state:
        for kind in ROTARY_KINDS:
            yield ButtonTrigger(kind=kind, subtype="rotary")
