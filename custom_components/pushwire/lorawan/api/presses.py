"""Presses and calls among the decoded values of a reading.

Wire code. A parser reports a press as a flag (``button: 1``), as a word (``press: "double"``) or
as the kind of a message (``type: "alarm"``). A press occurs once: it is an event, not a state.
Every word of a key must belong to a press, so a counter, a setting or the state of a button
stays a value; what a number other than 0 and 1 means differs between parsers, so it is a value
as well.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
import re
from typing import Final

from .inference import tokens
from .model import Scalar
from .quantities import words as words_of
from .shapes import Item

PRESS: Final = "press"
SHORT_PRESS: Final = "short_press"
LONG_PRESS: Final = "long_press"
DOUBLE_PRESS: Final = "double_press"
TRIPLE_PRESS: Final = "triple_press"
RELEASE: Final = "release"
ALARM: Final = "alarm"
CALL: Final = "call"
KINDS: Final = (PRESS, SHORT_PRESS, LONG_PRESS, DOUBLE_PRESS, TRIPLE_PRESS, RELEASE, ALARM, CALL)

_PRESSED: Final = words_of(
    "button btn taste taster knopf press pressed click clicked push pushed gedrückt gedrueckt druck tastendruck"
)
# Words of keys that belong to nothing but a button.
_BUTTONS: Final = words_of(
    "button btn taste taster knopf rufknopf notrufknopf notruf press pressed click clicked doorbell klingel sos panic"
    " tastendruck"
)
_SETTLED: Final = words_of("state status")
_MODIFIERS: Final[Mapping[str, str]] = {
    "short": SHORT_PRESS,
    "single": SHORT_PRESS,
    "once": SHORT_PRESS,
    "kurz": SHORT_PRESS,
    "long": LONG_PRESS,
    "lang": LONG_PRESS,
    "double": DOUBLE_PRESS,
    "twice": DOUBLE_PRESS,
    "doppelt": DOUBLE_PRESS,
    "triple": TRIPLE_PRESS,
}
_OCCURRENCES: Final[Mapping[str, str]] = {
    **_MODIFIERS,
    "release": RELEASE,
    "released": RELEASE,
    "alarm": ALARM,
    "sos": ALARM,
    "panic": ALARM,
    "notruf": ALARM,
    "call": CALL,
    "ruf": CALL,
    "ring": CALL,
    "klingel": CALL,
}
# Words that may stand beside those of a button.
_BESIDE: Final = words_of(
    "event action type kind user alarm call emergency input channel ch left right top bottom up down middle red green"
    " blue yellow black white a b c d"
) | frozenset(_MODIFIERS)
_FLAGS: Final[Mapping[str, bool]] = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "triggered": True,
    "trigger": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
    "none": False,
    "not": False,
    "idle": False,
    "normal": False,
    "ok": False,
    "inactive": False,
    "": False,
}
# Keys that hold the kind of a message.
_MESSAGE_KEYS: Final = frozenset(
    {("event",), ("type",), ("kind",), ("trigger",), ("reason",)}
    | {
        (first, last)
        for first in ("event", "message", "msg", "packet", "frame", "uplink", "alarm", "trigger", "report")
        for last in ("type", "kind", "name", "reason")
    }
)


@dataclass(frozen=True, slots=True)
class Press:
    """Press of a reading.

    Attributes:
        key: Parser's name of the value.
        kind: One of ``KINDS``.

    """

    key: str
    kind: str


def take_presses(values: dict[str, Item], known: Mapping[str, object], is_chosen: Callable[[str], bool]) -> list[Press]:
    """Remove what is nothing but a press from values; return the presses.

    Args:
        values: Values of a reading by key. The kind of a message stays, since other kinds are values.
        known: Keys that are values of the device already, and stay so.
        is_chosen: Returns whether a person has chosen a meaning for a key, which is a value then.

    """
    presses: list[Press] = []
    if values.keys() <= known.keys() and not _has_message_kind(tuple(values)):
        # Nearly every reading.
        return presses
    for key, item in list(values.items()):
        if is_message_kind(key):
            kind = _kind_of_message(item.value)
        elif key in known or (found := _kind(_words_of_key(key), item.value)) is None or is_chosen(key):
            continue
        else:
            del values[key]
            kind = found
        if kind:
            presses.append(Press(key, kind))
    return presses


def press_key(key: str) -> str:
    """Return what distinguishes the entity of a key's presses from others of the device."""
    return f"press-{key}"


# Each reading of a device has the same keys.
@lru_cache(maxsize=8192)
def is_message_kind(key: str) -> bool:
    """Return whether a key holds the kind of a message, beside which it is a value as well."""
    return _words_of_key(key) in _MESSAGE_KEYS


@lru_cache(maxsize=4096)
def _has_message_kind(keys: tuple[str, ...]) -> bool:
    """Return whether one of several keys holds the kind of a message."""
    return any(map(is_message_kind, keys))


@lru_cache(maxsize=8192)
def _words_of_key(key: str) -> tuple[str, ...]:
    """Return the words of a key without numbers."""
    words = (re.sub(r"(?<=\D)\d{1,2}$", "", word) for word in tokens(key))
    return tuple(word for word in words if not word.isdigit())


def _kind(words: tuple[str, ...], value: Scalar) -> str | None:
    """Return the kind of the press that a value reports, an empty text for none, or None for something else."""
    names = set(words)
    beside = names - _BUTTONS
    if beside == names or not beside <= _BESIDE | _SETTLED:
        return None
    if isinstance(value, str):
        return _kind_of_text(value, names)
    is_flag = isinstance(value, bool) or (isinstance(value, int) and value in (0, 1))
    # The state of a button may last, so only a word shows that it was pressed; ``press`` may be a pressure.
    if not is_flag or beside & _SETTLED or names & _BUTTONS == {"press"}:
        return None
    return _kind_of_flag(names) if value else ""


def _kind_of_flag(names: set[str]) -> str:
    """Return the kind of press that the words of a key name."""
    return next((kind for word, kind in _OCCURRENCES.items() if word in names), PRESS)


def _kind_of_text(text: str, names: set[str]) -> str | None:
    words = _words_of_text(text)
    if not names & _SETTLED and len(words) <= 1 and (flag := _FLAGS.get("".join(words))) is not None:
        return _kind_of_flag(names) if flag else ""
    if words and words[0] in ("no", "not", "none") and set(words[1:]) <= _PRESSED:
        return ""
    rest = [word for word in words if word not in _PRESSED and word != "event"]
    if not rest:
        return None if names & _SETTLED else PRESS
    return _OCCURRENCES.get(rest[0]) if len(rest) == 1 else None


def _kind_of_message(value: Scalar) -> str | None:
    """Return the kind of press that the kind of a message names, or None for another message."""
    if not isinstance(value, str):
        return None
    words = _words_of_text(value)
    rest = [word for word in words if word not in _PRESSED and word not in ("event", "message", "msg")]
    if not rest:
        return PRESS if set(words) & _PRESSED else None
    kind = _OCCURRENCES.get(rest[0]) if len(rest) == 1 else None
    # Without a button, the words of a press and a release may mean something else.
    return kind if kind in (ALARM, CALL) or set(words) & _PRESSED else None


def _words_of_text(text: str) -> list[str]:
    return [word for word in re.split(r"[^a-zäöüß0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()) if word]
