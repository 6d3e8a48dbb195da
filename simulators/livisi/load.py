"""Frames to test a client with: floods of valid events, and malformed events."""

from typing import TYPE_CHECKING, Any

from ..base import Data, Frame
from .hub import stamped
from .world import COSIP, add_device, buttons, thermostat, timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from .hub import Hub
    from .world import Device

_KEY = "bath_radiator.TemperatureSensor"
# Ten devices with thirty capabilities.
_MIX = ("RST2", "RST2", "RST2", "RST2", "RST2", "FSC8", "ISD2", "ISD2", "ISD2", "WDS")
# Capability, property and next value of the events of each platform.
_PLATFORMS: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "binary_sensor": ("WindowDoorSensor", "isOpen", lambda value: not value),
    "light": ("DimmerActuator", "dimLevel", lambda value: value % 100 + 1),
    "climate": ("ThermostatActuator", "pointTemperature", lambda value: 6 + (value - 5.5) % 24),
    "sensor": ("ValveActuator", "valvePosition", lambda value: value % 100 + 1),
}


def _device(number: int) -> Device:
    kind = _MIX[number % len(_MIX)]
    capabilities = {
        "RST2": thermostat(21.0, 20.0, 50.0),
        "FSC8": [("ValveActuator", {"valvePosition": 35}, {"valveIndex": index}) for index in range(8)],
        "ISD2": [("DimmerActuator", {"dimLevel": 60}, {}), buttons(2)],
        "WDS": [("WindowDoorSensor", {"isOpen": False}, {"eventFilterTime": 0})],
    }
    return f"load{number}", kind, "living", f"Device {number}", COSIP, {}, capabilities[kind]


def add_devices(hub: Hub, count: int) -> None:
    """Add devices with three capabilities each on average, before a client connects."""
    for number in range(count):
        add_device(hub.world, hub.version, 5000 + number, _device(number))


def platform_events(hub: Hub, platform: str, count: int) -> None:
    """Push new values of the added devices that belong to a platform such as `light`."""
    capability, name, following = _PLATFORMS[platform]
    keys = [key for key in hub.world["ids"] if key.startswith("load") and f".{capability}" in key]
    with hub.collected():
        for index in range(count):
            key = keys[index % len(keys)]
            hub.set_state(key, **{name: following(hub.value(key, name))})


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
