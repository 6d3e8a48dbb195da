"""Frames of the hub, parsed without a hub and without Home Assistant."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from custom_components.pushwire.vendors.livisi.api.buttons import PressDecoder
from custom_components.pushwire.vendors.livisi.api.frames import (
    Event,
    datetime_unless_never,
    parse,
    property_values,
    split_link,
)
from custom_components.pushwire.wire.values import NotUnderstood
from simulators import LivisiSimulator
from simulators.base import GARBAGE

FIXTURES = Path(__file__).parent / "fixtures"


def test_every_part_of_an_event() -> None:
    text = (FIXTURES / "state_changed_temperature.json").read_text()
    (event,) = parse(text)
    assert event.timestamp == "2020-01-31T22:51:04.0249030Z"
    assert event == Event(
        type="StateChanged",
        body=orjson.loads(text),
        sequence=80933,
        source="/capability/cc294aa50acd4b638e593b9b89cffc7d",
        properties={"temperature": 20.9},
    )


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.stem)
def test_documented_examples_are_understood(path: Path) -> None:
    (event,) = parse(path.read_bytes())
    body = orjson.loads(path.read_bytes())
    assert event.sequence == body.get("sequenceNumber")
    assert event.timestamp == body["timestamp"]
    assert event.type == body["type"] or path.stem == "message_created"


def test_a_message_without_its_event() -> None:
    (event,) = parse((FIXTURES / "message_created.json").read_bytes())
    assert (event.type, event.sequence) == ("MessageCreated", None)
    assert event.data["type"] == "DeviceLowBattery"


def test_a_heartbeat_is_not_an_event() -> None:
    assert parse('{"hbeat":"pong"}') == []
    assert [event.type for event in parse('[{"hbeat":"pong"},{"type":"A"},{"type":"B"}]')] == ["A", "B"]


@pytest.mark.parametrize("kind", ["device/SHC.RWE/1.0/event/StateChanged", "/event/StateChanged", "StateChanged"])
def test_the_type_is_the_last_part_of_a_path(kind: str) -> None:
    assert parse(orjson.dumps({"type": kind}))[0].type == "StateChanged"


@pytest.mark.parametrize("value,sequence", [(7, 7), (0, 0), (-1, None), ("7", None), (None, None), (True, None)])
def test_sequence_numbers(value: Any, sequence: int | None) -> None:
    assert parse(orjson.dumps({"type": "A", "sequenceNumber": value}))[0].sequence == sequence


@pytest.mark.parametrize(
    "container,values",
    [
        ({"a": 1, "b": None}, {"a": 1, "b": None}),
        ({"a": {"value": 1, "lastChanged": "2020-01-31T22:51:04Z"}}, {"a": 1}),
        ({"a": {"lastChanged": "1970-01-01T00:00:00Z"}}, {"a": None}),
        ({"a": {"value": {"deep": [1]}}}, {"a": {"deep": [1]}}),
        ({"a": {"other": 1}}, {"a": {"other": 1}}),
        ([], {}),
        (None, {}),
        ("a", {}),
    ],
)
def test_values_plain_or_wrapped(container: Any, values: dict[str, Any]) -> None:
    assert property_values(container) == values


@pytest.mark.parametrize(
    "link,parts",
    [
        ("/capability/abc", ("capability", "abc")),
        ("device/abc", ("device", "abc")),
        ("abc", ("", "abc")),
        ("System", ("", "System")),
        ("/desc/device/SHC.RWE/1.0", ("desc/device/SHC.RWE", "1.0")),
        (None, ("", "")),
        (7, ("", "")),
    ],
)
def test_links(link: Any, parts: tuple[str, str]) -> None:
    assert split_link(link) == parts


@pytest.mark.parametrize("digits", ["209", "2093", "20937", "209378", "2093780"])
def test_fractions_of_a_second(digits: str) -> None:
    time = datetime_unless_never(f"2020-02-07T21:14:54.{digits}Z")
    assert time is not None
    assert time.replace(microsecond=0) == datetime(2020, 2, 7, 21, 14, 54, tzinfo=UTC)


def test_odd_times() -> None:
    assert datetime_unless_never("2020-02-07T21:14:54") == datetime(2020, 2, 7, 21, 14, 54, tzinfo=UTC)
    assert datetime_unless_never("1970-01-01T00:00:00Z") is None
    assert datetime_unless_never("soon") is None
    assert datetime_unless_never(None) is None


@pytest.mark.parametrize("frame", [*GARBAGE, *LivisiSimulator().garbage_frames()], ids=str)
def test_every_frame_is_parsed_or_not_understood(frame: Any) -> None:
    data = frame if isinstance(frame, str | bytes) else orjson.dumps(frame)
    events: list[Event] = []
    with suppress(NotUnderstood):
        events = parse(data)
    assert all(event.type for event in events)


def press(**properties: Any) -> Event:
    """Return a press of one transmitter."""
    return Event(type="ButtonPressed", body={}, source="/capability/a", properties=properties)


def test_a_repeated_press_is_not_new() -> None:
    decoder = PressDecoder()
    first = decoder.decode(press(index=1, type="LongPress", keyPressCounter=255), 0.0)
    assert first is not None
    assert (first.index, first.type, first.is_new) == (1, "LongPress", True)
    repeated = decoder.decode(press(index=1, type="LongPress", keyPressCounter=255), 0.0)
    assert repeated is not None
    assert not repeated.is_new
    later = decoder.decode(press(index=1, type="LongPress", keyPressCounter=255), 11.0)
    assert later is not None
    assert later.is_new, "the counter starts again after a change of the battery"
    overflowed = decoder.decode(press(index=1, type="LongPress", keyPressCounter=0), 0.0)
    assert overflowed is not None
    assert overflowed.is_new


def test_presses_without_a_counter_are_all_new() -> None:
    decoder = PressDecoder()
    for _ in range(2):
        decoded = decoder.decode(press(lastPressedButtonIndex=0, eventType="ShortPress"), 0.0)
        assert decoded is not None
        assert decoded.is_new


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"type": "ShortPress"},
        {"index": "two", "type": 3},
        {"index": -1, "type": "ShortPress"},
        {"index": True, "type": "ShortPress"},
    ],
)
def test_a_press_without_a_button_is_ignored(properties: dict[str, Any]) -> None:
    assert PressDecoder().decode(press(**properties), 0.0) is None
