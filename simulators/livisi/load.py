"""Frames to test a client with: floods of valid events, and malformed events."""

from typing import TYPE_CHECKING

from ..base import Data, Frame
from .hub import stamped
from .world import timestamp

if TYPE_CHECKING:
    from .hub import Hub

_KEY = "bath_radiator.TemperatureSensor"


def temperature_event(hub: Hub, index: int, *, change: bool) -> Frame:
    """Return an event of the radiator in the bathroom: a new temperature, or the current one again."""
    ident = hub.resolve(_KEY)
    if change:
        hub.world["capability_states"][ident]["temperature"] = stamped(round(15 + index % 100 / 10, 1))
    hub.sequence += 1
    return {
        "sequenceNumber": hub.sequence,
        "type": "StateChanged",
        "desc": "/desc/device/RST2.RWE/1.0/capability/TemperatureSensor/event/StateChanged",
        "namespace": "CosipDevices.RWE",
        "timestamp": timestamp(),
        "source": f"/capability/{ident}",
        "properties": {"temperature": hub.value(_KEY, "temperature")},
    }


def malformed_events(capability: str) -> list[Frame]:
    """Return events with missing, null, wrong and unknown parts, for a switch capability."""
    base: Data = {"sequenceNumber": -1, "type": "StateChanged", "source": f"/capability/{capability}"}
    return [
        '{"hbeat":"pong"}',
        {"type": "StateChanged"},
        {"type": None, "source": None, "properties": None},
        {"type": 7, "source": 8, "properties": 9, "sequenceNumber": "x"},
        {**base, "properties": []},
        {**base, "properties": "onState"},
        {**base, "properties": {}},
        {**base, "properties": {"neverSeen": {"value": {"deep": [1]}}}},
        {**base, "source": "/capability/unknown", "properties": {"onState": True}},
        {**base, "source": ["/capability"], "properties": {"onState": True}},
        {**base, "type": "NeverSeen", "properties": {"onState": True}},
        {**base, "type": "ButtonPressed", "properties": {}},
        {**base, "type": "ButtonPressed", "properties": {"index": "two", "type": 3}},
        {**base, "type": "MotionDetected"},
        {"type": "MessageCreated", "sequenceNumber": -1, "data": None},
        {"type": "MessageCreated", "sequenceNumber": -1, "data": []},
        {"type": "MessageDeleted", "sequenceNumber": -1},
        {"type": "MessageUpdated", "sequenceNumber": -1, "data": {"id": "unknown"}},
        {"type": "DeviceFound", "sequenceNumber": -1, "data": "x"},
        {"type": "ConfigurationChanged", "sequenceNumber": -1, "data": {"devices": [None]}},
    ]
