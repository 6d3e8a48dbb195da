"""Declarations of controls: what they mean, and what cannot be used."""

from contextlib import suppress
from pathlib import Path
import re
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.pushwire.lorawan.api.controls import (
    MAX_CONTROLS,
    Content,
    Control,
    ControlError,
    ControlKind,
    Fault,
    NumberRange,
    buttons_of,
    read_controls,
)
from custom_components.pushwire.lorawan.codecs import parse_controls

BUTTON: dict[Any, Any] = {"name": "Restart", "kind": "button", "port": 85, "payload": "ff10FF"}
NUMBER: dict[Any, Any] = {"name": "Interval", "kind": "number", "field": "minutes", "min": 1, "max": 255}
SELECT = {
    "name": "Mode",
    "kind": "select",
    "port": 2,
    "options": [{"name": "Eco", "payload": "01"}, {"name": "Comfort", "data": {"mode": 2}}],
}
SWITCH = {"name": "Valve", "kind": "switch", "port": 2, "turn_on": {"payload": "01"}, "turn_off": {"data": {"a": 0}}}


def test_each_kind() -> None:
    number = {**NUMBER, "step": 0.5, "unit": "min", "data": {"group": 1}, "port": 7}
    assert read_controls([BUTTON, number, SELECT, SWITCH]) == (
        Control(name="Restart", kind=ControlKind.BUTTON, port=85, contents={"press": Content(b"\xff\x10\xff")}),
        Control(
            name="Interval",
            kind=ControlKind.NUMBER,
            port=7,
            fixed={"group": 1},
            range=NumberRange(field="minutes", min=1, max=255, step=0.5, unit="min"),
        ),
        Control(
            name="Mode",
            kind=ControlKind.SELECT,
            port=2,
            contents={"Eco": Content(b"\1"), "Comfort": Content(data={"mode": 2})},
        ),
        Control(
            name="Valve",
            kind=ControlKind.SWITCH,
            port=2,
            contents={"turn_on": Content(b"\1"), "turn_off": Content(data={"a": 0})},
        ),
    )
    assert read_controls(None) == ()


def test_what_is_sent_and_tried() -> None:
    number, select = read_controls([{**NUMBER, "data": {"group": 1}}, SELECT])
    assert (list(number.samples), list(select.samples)) == ([1, 255], ["Eco", "Comfort"])
    assert number.content(30.0) == Content(data={"group": 1, "minutes": 30.0})
    assert select.content("Eco") == Content(b"\1")


def test_the_key_does_not_depend_on_spaces_and_capitals() -> None:
    (control,) = read_controls([{**BUTTON, "name": "  Restart   NOW "}])
    assert (control.name, control.key) == ("Restart NOW", "restart-now")


@pytest.mark.parametrize(
    "items,fault,control,details",
    [
        ({}, Fault.LIST, "", ""),
        ("text", Fault.LIST, "", ""),
        ([{**BUTTON, "name": str(number)} for number in range(MAX_CONTROLS + 1)], Fault.LIST, "", ""),
        ([BUTTON, 7], Fault.VALUE, "#2", "name"),
        ([{"kind": "button"}], Fault.VALUE, "#1", "name"),
        ([{**BUTTON, "name": True}], Fault.VALUE, "#1", "name"),
        ([{**BUTTON, "name": "  "}], Fault.VALUE, "#1", "name"),
        ([{**BUTTON, "name": "x" * 65}], Fault.VALUE, "#1", "name"),
        ([{**BUTTON, "kind": "light"}], Fault.KIND, "Restart", ""),
        ([{**BUTTON, "kind": ["button"]}], Fault.KIND, "Restart", ""),
        ([{"name": "Restart"}], Fault.KIND, "Restart", ""),
        ([{**BUTTON, "fport": 1}], Fault.KEY, "Restart", "fport"),
        ([{**BUTTON, True: 1}], Fault.KEY, "Restart", "True"),
        *(([{**BUTTON, "port": port}], Fault.PORT, "Restart", "") for port in (0, 224, "2", True, 2.5, None)),
        *(
            ([{**BUTTON, "payload": payload}], Fault.PAYLOAD, "Restart", "payload")
            for payload in ("", "0", "zz", 64, None, "00" * 243)
        ),
        ([{**BUTTON, "data": {"a": 1}}], Fault.VALUE, "Restart", "payload"),
        ([{"name": "Restart", "kind": "button"}], Fault.VALUE, "Restart", "payload"),
        *(
            ([{"name": "Restart", "kind": "button", "data": data}], Fault.VALUE, "Restart", "data")
            for data in (None, {}, [1], {1: 2})
        ),
        ([{**NUMBER, "min": 255}], Fault.RANGE, "Interval", ""),
        ([{**NUMBER, "min": 300}], Fault.RANGE, "Interval", ""),
        ([{**NUMBER, "step": 0}], Fault.RANGE, "Interval", ""),
        ([{**NUMBER, "step": 255}], Fault.RANGE, "Interval", ""),
        ([{**NUMBER, "min": "1"}], Fault.VALUE, "Interval", "min"),
        ([{**NUMBER, "max": float("inf")}], Fault.VALUE, "Interval", "max"),
        ([{**NUMBER, "max": 10**400}], Fault.VALUE, "Interval", "max"),
        ([{**NUMBER, "step": True}], Fault.VALUE, "Interval", "step"),
        ([{key: NUMBER[key] for key in NUMBER if key != "max"}], Fault.VALUE, "Interval", "max"),
        ([{**NUMBER, "field": 7}], Fault.VALUE, "Interval", "field"),
        ([{**NUMBER, "unit": 7}], Fault.VALUE, "Interval", "unit"),
        ([{**NUMBER, "data": [7]}], Fault.VALUE, "Interval", "data"),
        ([{**NUMBER, "data": {7: 7}}], Fault.VALUE, "Interval", "data"),
        ([{**NUMBER, "payload": "01"}], Fault.KEY, "Interval", "payload"),
        ([{**SELECT, "options": []}], Fault.VALUE, "Mode", "options"),
        ([{**SELECT, "options": {"Eco": {"payload": "01"}}}], Fault.VALUE, "Mode", "options"),
        ([{**SELECT, "options": [{"payload": "01"}]}], Fault.VALUE, "Mode", "options #1: name"),
        ([{**SELECT, "options": [{"name": False, "payload": "01"}]}], Fault.VALUE, "Mode", "options #1: name"),
        ([{**SELECT, "options": [{"name": "A", "payload": "01"}] * 2}], Fault.VALUE, "Mode", "options: A"),
        ([{**SELECT, "options": [{"name": "A", "port": 1}]}], Fault.KEY, "Mode", "A: port"),
        ([{**SELECT, "options": [{"name": "A", "payload": 1}]}], Fault.PAYLOAD, "Mode", "A: payload"),
        (
            [{**SELECT, "options": [{"name": str(number), "payload": "01"} for number in range(51)]}],
            Fault.VALUE,
            "Mode",
            "options",
        ),
        ([{**SWITCH, "turn_off": None}], Fault.VALUE, "Valve", "turn_off: payload"),
        ([{key: SWITCH[key] for key in SWITCH if key != "port"}], Fault.PORT, "Valve", ""),
        ([{**SWITCH, "on": {"payload": "01"}}], Fault.KEY, "Valve", "on"),
        ([BUTTON, {**SELECT, "name": "RESTART"}], Fault.TWICE, "RESTART", ""),
    ],
)
def test_what_cannot_be_used(items: Any, fault: Fault, control: str, details: str) -> None:
    with pytest.raises(ControlError) as error:
        read_controls(items)
    assert (error.value.fault, error.value.control, error.value.details) == (fault, control, details)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.sampled_from(list(ControlKind)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "kind", "port", "payload", "data", "field", "min", "max", "options", "turn_on", "description"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=3))
def test_anything(items: list[Any]) -> None:
    with suppress(ControlError):
        assert all(control.name for control in read_controls(items))
    # Whatever a public list holds, its buttons can be saved.
    read_controls(buttons_of(items, has_encoder=True))


def test_buttons_for_examples() -> None:
    examples = [
        {"description": f"Number {number}", "input": {"data": {"a": number}}, "output": {"bytes": [1], "fPort": port}}
        for number, port in enumerate((1, 0, 223, 224, None))
    ]
    assert [button["name"] for button in buttons_of(examples, has_encoder=True)] == [f"Number {n}" for n in range(5)]
    assert buttons_of(examples, has_encoder=False) == [
        {"name": "Number 0", "kind": "button", "port": 1, "payload": "01"},
        {"name": "Number 2", "kind": "button", "port": 223, "payload": "01"},
    ]
    (long,) = buttons_of([{**examples[0], "description": "Set the interval " * 9}], has_encoder=True)
    assert len(long["name"]) <= 64
    assert not buttons_of([{**examples[0], "input": {"data": {1: 2}}}], has_encoder=True)
    assert len(buttons_of([{**examples[0], "description": str(n)} for n in range(99)], has_encoder=True)) == 50


def test_the_examples_of_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "codecs.md").read_text(encoding="utf-8")
    examples = [block for block in re.findall("```yaml\n(.*?)```", text, re.DOTALL) if "kind:" in block]
    names = [control.name for block in examples for control in parse_controls(block)]
    assert names == ["Restart", "Reporting interval", "Reporting interval", "Valve"]
