"""Frames to test a client with: floods of valid frames, and malformed events."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..base import Data, Frame

if TYPE_CHECKING:
    from .gateway import Gateway

_FIRST_LASTSEEN = datetime(2026, 11, 20, tzinfo=UTC)


def _next_temperature(state: Data) -> None:
    state["temperature"] = 1500 + (state["temperature"] - 1499) % 1000


def _toggle(state: Data) -> None:
    state["open"] = not state["open"]


def _next_brightness(state: Data) -> None:
    state["bri"] = 1 + state["bri"] % 254


def _next_lift(state: Data) -> None:
    # A cover that moves is not at one of its ends.
    state["lift"] = 1 + state["lift"] % 98


_PLATFORMS: dict[str, tuple[str, str, Callable[[Data], None]]] = {
    "sensor": ("sensors", "ZHATemperature", _next_temperature),
    "binary_sensor": ("sensors", "ZHAOpenClose", _toggle),
    "light": ("lights", "Extended color light", _next_brightness),
    "cover": ("lights", "Window covering device", _next_lift),
}


class Flood:
    """Valid frames in any number, one resource after the other."""

    def __init__(self, gateway: Gateway) -> None:
        """Initialize for the resources of `gateway`."""
        self._gateway = gateway
        self._thermometers: list[str] = []
        self._lastseen_count = 0

    def temperature(self, index: int, *, change: bool) -> Frame:
        """Return frame number `index` with a new temperature, or with the current one."""
        sensors = self._gateway.world["sensors"]
        if len(self._thermometers) > len(sensors) or not self._thermometers:
            self._thermometers = [rid for rid, item in sensors.items() if item["type"] == "ZHATemperature"]
        rid = self._thermometers[index % len(self._thermometers)]
        state = sensors[rid]["state"]
        if change:
            temperature = 1500 + (state["temperature"] - 1499) % 1000
            state |= {"temperature": temperature, "lastupdated": self._gateway.stamp()}
        return {**self._gateway.head("changed", "sensors", rid), "state": dict(state)}

    def platform(self, platform: str, count: int) -> None:
        """Push `count` new values of a platform, as the gateway does: all items of the state."""
        collection, kind, change = _PLATFORMS[platform]
        resources = self._gateway.world[collection]
        ids = [rid for rid, resource in resources.items() if resource["type"] == kind]
        with self._gateway.collected():
            for index in range(count):
                rid = ids[index % len(ids)]
                state = resources[rid]["state"]
                change(state)
                self._gateway.push({**self._gateway.head("changed", collection, rid), "state": dict(state)})

    def lastseen(self, count: int) -> None:
        """Push `count` times of last contact, each a second later than the one before."""
        world = self._gateway.world
        resources = [(kind, rid) for kind in ("sensors", "lights") for rid in world[kind]]
        for index in range(count):
            kind, rid = resources[index % len(resources)]
            self._lastseen_count += 1
            moment = _FIRST_LASTSEEN + timedelta(seconds=self._lastseen_count)
            seen = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
            world[kind][rid]["lastseen"] = seen
            self._gateway.push({**self._gateway.head("changed", kind, rid), "attr": {"lastseen": seen}})


def malformed_events(lid: str, sid: str) -> list[Frame]:
    """Return events with missing, null, wrong and unknown parts, for a light and a sensor."""
    head: Data = {"t": "event", "e": "changed", "r": "lights", "id": lid}
    return [
        {"t": "event"},
        {"t": "weather", "e": "changed", "r": "lights", "id": lid, "state": {"on": True}},
        {**head, "e": "exploded"},
        {**head, "e": None},
        {**head, "r": "toasters"},
        {**head, "r": None, "state": {"on": True}},
        {**head, "id": "99999", "state": {"on": True}},
        {**head, "id": None, "state": {"on": True}},
        {**head, "id": [1], "state": {"on": True}},
        {"t": "event", "e": "changed", "r": "lights", "state": {"on": True}},
        {**head, "state": None},
        {**head, "state": []},
        {**head, "state": "on"},
        {**head, "state": {}},
        {**head, "attr": 7},
        {**head, "config": {"on": {"startup": {"deep": []}}}},
        {**head, "r": "sensors", "id": sid, "state": {"neverseen": {"a": [1]}, "lastupdated": "yesterday"}},
        {**head, "e": "added", "light": None, "id": "9001"},
        {**head, "e": "added", "id": "9002"},
        {**head, "e": "added", "r": "groups", "id": "9003"},
        {**head, "e": "deleted", "id": "9004"},
        {"t": "event", "e": "scene-called", "r": "scenes"},
        {"t": "event", "e": "scene-called", "r": "scenes", "gid": "77", "scid": "88"},
        {"t": "event", "e": "changed", "r": "alarmsystems", "id": "9", "state": {"armstate": "dancing"}},
        {"t": "event", "e": "changed", "r": "groups", "id": "9", "state": {"any_on": "perhaps"}},
    ]
