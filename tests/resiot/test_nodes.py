"""Lists of the REST interface, in every form that is to be expected."""

from typing import Any

import pytest

from custom_components.pushwire.lorawan.api.node_commands import BadCommandInput
from custom_components.pushwire.vendors.resiot.api.frames import read_last_message
from custom_components.pushwire.vendors.resiot.api.nodes import (
    CommandInput,
    NodeCommand,
    Tag,
    TagKind,
    number_text,
    read_applications,
    read_commands,
    read_nodes,
    read_tags,
)
from custom_components.pushwire.wire.errors import WrongSystem

TIME = "2026-01-02 03:04:05.678 +0000 UTC m=+1.2"
ODD: tuple[Any, ...] = (None, True, 0, -1.5, "", "x", "..", [], [1], {}, {"result": 1}, {"a": {"b": []}}, float("inf"))


@pytest.mark.parametrize("key", ["devEUI", "DevEui", "deveui", "DEV_EUI", "dev-eui"])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda items: items,
        lambda items: {"result": items},
        lambda items: {"Nodes": items},
        lambda items: {"data": items},
    ],
)
def test_nodes(key: str, wrap: Any) -> None:
    (node,) = read_nodes(
        wrap([{key: "0732227A557D8601", "Name": "Hall", "MODEL": "ERS", "manufacturer": "ELSYS"}, 5]), "ab"
    )
    assert (node.dev_eui, node.dev_eui_raw, node.app_eui) == ("0732227a557d8601", "0732227A557D8601", "ab")
    assert (node.name, node.model, node.manufacturer) == ("Hall", "ERS", "ELSYS")


def test_an_empty_list_may_be_null() -> None:
    assert read_applications({"result": None}) == []
    assert read_applications([]) == []
    for body in ({}, {"error": "x"}, "x", 5, None, {"result": "x"}):
        with pytest.raises(WrongSystem):
            read_applications(body)


@pytest.mark.parametrize(
    "item,value,kind",
    [
        ({"Value": "21.5"}, "21.5", TagKind.NUMBER),
        ({"value": 21}, 21, TagKind.NUMBER),
        ({"value": "-3"}, "-3", TagKind.NUMBER),
        ({"value": "0"}, "0", TagKind.NUMBER),
        # A code, not a number.
        ({"value": "007"}, "007", TagKind.TEXT),
        ({"value": "1e3"}, "1e3", TagKind.TEXT),
        ({"value": "nan"}, "nan", TagKind.TEXT),
        ({"value": "1_000"}, "1_000", TagKind.TEXT),
        ({"value": "1" * 16}, "1" * 16, TagKind.TEXT),
        ({"value": True}, True, TagKind.SWITCH),
        ({"value": "False"}, "False", TagKind.SWITCH),
        ({"value": "auto"}, "auto", TagKind.TEXT),
        ({"value": "x" * 256}, "x" * 256, None),
        ({"value": "45.41234,11.81234"}, "45.41234,11.81234", None),
        ({"value": ""}, None, None),
        ({"value": None}, None, None),
        ({"value": {"a": 1}}, None, None),
        ({}, None, None),
        ({"value": "5", "LastUpdate": "0001-01-01 00:00:00 +0000 UTC"}, None, None),
        ({"value": "5", "DT": "0001-01-01T00:00:00Z"}, None, None),
        ({"value": "5", "ReadOnly": True}, "5", None),
        ({"value": "5", "ReadOnly": "false"}, "5", TagKind.NUMBER),
        ({"value": "5", "Writable": False}, "5", None),
    ],
)  # fmt: skip
def test_values_and_kinds_of_tags(item: dict[str, Any], value: Any, kind: TagKind | None) -> None:
    tag = read_tags([{"Name": "Setpoint", **item}])["Setpoint"]
    assert (tag.value, tag.kind) == (value, kind)
    assert type(tag.value) is type(value)


@pytest.mark.parametrize("name", ["Latitude", "Longitude", "Altitude", "gps_lat", "Alt"])
def test_a_position_cannot_be_written(name: str) -> None:
    assert Tag(name, "45.4", is_writable=True).kind is None


def test_further_fields_of_tags() -> None:
    tags = read_tags(
        {
            "result": [
                {"Tag": "a", "Value": "1", "LastUpdate": TIME, "Writable": "true"},
                {"TagName": "b", "Value": "2", "LastUpdate": "yesterday", "readOnly": False},
                {"Name": "..", "Value": "3"},
                {"Name": " ", "Value": "3"},
                {"Name": "c", "Value": "3", "Writable": "perhaps"},
            ]
        }
    )
    assert tags == {
        "a": Tag("a", "1", 1767323045.678, is_writable=True),
        "b": Tag("b", "2", None, is_writable=True),
        "c": Tag("c", "3", None, is_writable=None),
    }


@pytest.mark.parametrize(
    "before,on,off",
    [("true", "true", "false"), ("False", "True", "False"), ("TRUE", "TRUE", "FALSE"), (True, "true", "false")],
)
def test_booleans_are_written_as_the_server_writes_them(before: Any, on: str, off: str) -> None:
    tag = Tag("a", before)
    assert (tag.flag_text(on=True), tag.flag_text(on=False)) == (on, off)


@pytest.mark.parametrize(
    "value,text", [(21.0, "21"), (21.5, "21.5"), (-0.0, "0"), (1234567.0, "1234567"), (0.001, "0.001"), (5, "5")]
)
def test_numbers_are_written_without_a_useless_fraction(value: float, text: str) -> None:
    assert number_text(value) == text


INTERVAL = CommandInput("num", "Minutes", "15")


@pytest.mark.parametrize(
    "inputs,expected",
    [
        (None, ()),
        ([], ()),
        ("", ()),
        (["[num]Minutes(15)Time (in minutes)"], (INTERVAL,)),
        ("[num]Minutes(15)Time[BOOL]Now()", (INTERVAL, CommandInput("bool", "Now", ""))),
        ([{"Type": "num", "Name": "Minutes", "Default": "15"}], (INTERVAL,)),
        ([{"Type": "NUM", "Name": " Minutes ", "Default": 15}], (INTERVAL,)),
        ([{"Type": "num", "Name": "Minutes"}], (CommandInput("num", "Minutes", ""),)),
    ],
)
def test_inputs_of_commands(inputs: Any, expected: tuple[CommandInput, ...]) -> None:
    commands = read_commands({"result": [{"Name": "Set interval", "Tag": "interval", "Inputs": inputs}]})
    assert commands == {"interval": NodeCommand("Set interval", "interval", expected)}


@pytest.mark.parametrize(
    "inputs", [["[date]Day()x"], ["Minutes"], [5], ["[num]a(1)x", ""], "[num](1)x", [{"Name": "a"}]]
)
def test_a_command_with_inputs_of_another_form_is_left_out(inputs: Any) -> None:
    assert read_commands([{"Name": "a", "Tag": "a", "Inputs": inputs}, {"Name": "b"}]) == {}


COMMAND = NodeCommand(
    "x", "x", (INTERVAL, CommandInput("str", "Word", ""), CommandInput("bool", "Now", "true"))
)  # fmt: skip


@pytest.mark.parametrize(
    "given,texts",
    [
        ({"Word": "a"}, {"Minutes": "15", "Word": "a", "Now": "true"}),
        ({"word": "a", "MINUTES": 5.0, "now": False}, {"Minutes": "5", "Word": "a", "Now": "false"}),
        ({"word": "a", "minutes": "2.5", "now": "FALSE"}, {"Minutes": "2.5", "Word": "a", "Now": "false"}),
    ],
)
def test_inputs_as_the_server_expects_them(given: dict[str, Any], texts: dict[str, str]) -> None:
    assert COMMAND.texts_of(given) == texts


@pytest.mark.parametrize(
    "given,wrong",
    [
        ({}, "Word"),
        ({"word": 5}, "Word"),
        ({"word": "a", "minutes": "soon"}, "Minutes"),
        ({"word": "a", "minutes": True}, "Minutes"),
        ({"word": "a", "now": 1}, "Now"),
        ({"word": "a", "now": "perhaps"}, "Now"),
        ({"word": "a", "other": 1}, "other"),
    ],
)
def test_inputs_that_are_not_valid(given: dict[str, Any], wrong: str) -> None:
    with pytest.raises(BadCommandInput) as raised:
        COMMAND.texts_of(given)
    assert raised.value.details == wrong


def test_last_messages() -> None:
    message = read_last_message({"Date": TIME, "Port": "2", "Payload": "016700D7", "extra": {"rssi": "-80"}})
    assert message is not None
    assert (message.sent_at, message.port, message.payload) == (1767323045.678, 2, "016700d7")
    assert message.radio.rssi == -80
    nested = read_last_message({"result": {"DT": TIME, "nodetags": {"a": {"Value": "5"}}}})
    assert nested is not None
    assert (nested.payload, nested.values) == (None, {"a": "5"})
    assert read_last_message({"date": "0001-01-01 00:00:00 +0000 UTC", "Payload": "00"}) is None
    assert read_last_message({"Payload": "00"}) is None


def test_any_value_in_any_field() -> None:
    names = (
        "result",
        "devEUI",
        "appEUI",
        "Name",
        "Tag",
        "Value",
        "LastUpdate",
        "ReadOnly",
        "Inputs",
        "date",
        "Payload",
    )
    for read in (read_applications, lambda body: read_nodes(body, "ab"), read_tags, read_commands):
        for name in names:
            for odd in ODD:
                for body in ({name: odd}, {"result": [{"Name": "a", "Tag": "a", "devEUI": "b", name: odd}, odd]}, odd):
                    try:
                        read(body)
                    except WrongSystem:
                        continue
    for name in names:
        for odd in ODD:
            read_last_message({"date": TIME, name: odd})
