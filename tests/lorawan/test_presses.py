"""Presses among decoded values."""

from typing import Any

import pytest

from custom_components.pushwire.lorawan.api.meaning import apply_values, describe
from custom_components.pushwire.lorawan.api.model import FEATURES, LorawanDevice


def device() -> LorawanDevice:
    """Return a device without values."""
    return LorawanDevice(device_id="x", name="x")


@pytest.mark.parametrize(
    "key,value,kind",
    [
        # Milesight WS101, both versions of its codec.
        ("press", "short", "short_press"),
        ("press", "double press", "double_press"),
        ("button_event", "long press", "long_press"),
        ("button", "long", "long_press"),
        ("button_1", 1, "press"),
        ("button1", True, "press"),
        ("buttonEvent", "doubleClick", "double_press"),
        ("button_1_event", "trigger", "press"),
        ("button", "pressed", "press"),
        ("button", "released", "release"),
        ("double_click", 1, "double_press"),
        ("long_press", "true", "long_press"),
        ("SOS", 1, "alarm"),
        ("sos_button", True, "alarm"),
        ("rufknopf", "kurz gedrückt", "short_press"),
        ("taster_2", 1, "press"),
        ("button_status", "short", "short_press"),
    ],
)
def test_a_press_is_an_event_and_not_a_value(key: str, value: Any, kind: str) -> None:
    tested = device()
    changed = apply_values(tested, {key: value, "battery": 87}, 1.0)
    assert tested.take_presses() == [(key, kind)]
    assert tested.take_presses() == []
    assert list(tested.values) == ["battery"]
    assert FEATURES in changed
    # The same value again is another press.
    assert apply_values(tested, {key: value}, 2.0) == set()
    assert tested.take_presses() == [(key, kind)]


@pytest.mark.parametrize(
    "key,value",
    [
        ("type", "alarm"),
        ("event", "button_pressed"),
        ("message_type", "Button"),
        ("event_type", "call"),
        ("msg_type", "alarm message"),
        ("packetType", "SOS"),
    ],
)
def test_the_kind_of_a_message_is_an_event_and_a_value(key: str, value: str) -> None:
    tested = device()
    apply_values(tested, {key: value}, 1.0)
    ((pressed, _),) = tested.take_presses()
    assert pressed == key
    assert tested.values[key].value == value
    apply_values(tested, {key: "status"}, 2.0)
    assert tested.take_presses() == []


@pytest.mark.parametrize(
    "key,value",
    [
        ("button_0_count", 12),
        ("button_count", 1),
        ("test_button_counter", 1),
        ("press_count", 0),
        ("button", 7),
        ("button_1_duration", 1),
        ("button_enabled", True),
        ("button_battery", 1),
        ("button_lock", "on"),
        ("button_state", 1),
        ("button_status", "pressed"),
        ("button_state", "on"),
        ("press", 1),
        ("pressure", 1),
        ("button", "A7"),
        ("button", "short long"),
        ("alarm", 1),
        ("ALARM", "TRUE"),
        ("alarm_button_battery_low", 1),
        ("call_interval", 1),
        ("count", 1),
        ("type", "meter_reading"),
        ("type", "measurement"),
        ("type", "released"),
        ("type", "short"),
        ("type", 1),
        ("reason", ""),
        ("reset_event", 1),
        ("event_count", 1),
        ("time_since_press", 1),
    ],
)
def test_what_is_not_surely_a_press_stays_a_value(key: str, value: Any) -> None:
    tested = device()
    apply_values(tested, {key: value}, 1.0)
    assert tested.take_presses() == []
    assert tested.press_kinds == {}


@pytest.mark.parametrize("value", [0, False, "none", "no", "0", "no press", "not pressed", "none_pressed", "idle", ""])
def test_a_button_that_was_not_pressed_is_neither(value: Any) -> None:
    tested = device()
    apply_values(tested, {"button": value}, 1.0)
    assert (tested.values, tested.press_kinds, tested.take_presses()) == ({}, {}, [])


def test_a_press_in_an_object() -> None:
    """Newer codecs of Milesight nest the press."""
    tested = device()
    apply_values(tested, {"button_event": {"status": "short press", "msgid": 41}}, 1.0)
    assert tested.take_presses() == [("button_event.status", "short_press")]
    assert list(tested.values) == ["button_event.msgid"]


@pytest.mark.parametrize("others", [{}, {"temperature": 20}], ids=["alone", "beside a new key"])
def test_a_key_that_was_a_value_stays_one(others: dict[str, int]) -> None:
    tested = device()
    apply_values(tested, {"button": 7}, 1.0)
    apply_values(tested, {"button": 1, **others}, 2.0)
    assert tested.take_presses() == []
    assert tested.values["button"].value == 1


def test_kinds_are_noted_in_the_order_in_which_they_arrive() -> None:
    tested = device()
    for at, value in enumerate(("long", "short", "long")):
        apply_values(tested, {"button": value}, float(at))
    assert tested.press_kinds == {"button": ["long_press", "short_press"]}
    restored = LorawanDevice.from_stored(tested.to_stored())
    assert restored.press_kinds == tested.press_kinds
    assert restored.take_presses() == []


def test_a_description_of_values_presses_nothing() -> None:
    """A backfill describes old readings."""
    tested = device()
    assert [press.kind for press in describe(tested, {"button": "short"}, 1.0).presses] == ["short_press"]
    assert tested.take_presses() == []
