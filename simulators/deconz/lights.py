"""Lights, plugs and covers that carry out what a request, a group or a scene asks for."""

from typing import TYPE_CHECKING

from ..base import Data

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

FULLY_CLOSED = 100
_MAX_BRIGHTNESS = 254
_LIFT_STEP = 25
_BRIGHTNESS_PER_PERCENT = 2.54


class LightControl:
    """The Zigbee side of the lights: changes of a request become changes of their state."""

    def __init__(
        self,
        world: Data,
        set_light: Callable[..., None],
        call_after_ticks: Callable[[float, Callable[[], object]], asyncio.TimerHandle],
    ) -> None:
        """Initialize for the lights of `world`; `set_light` changes the state of a light and pushes the change."""
        self._world = world
        self._set_light = set_light
        self._call_after_ticks = call_after_ticks
        self.moves: dict[str, asyncio.TimerHandle] = {}

    def apply(self, rid: str, changes: Data) -> None:
        """Carry out accepted parameters of a request."""
        resource = self._world["lights"][rid]
        state = resource["state"]
        new: Data = {}
        if "lift" in state and resource["type"].startswith(("Window", "Level")):
            self._move(rid, changes)
            return
        if changes.get("toggle"):
            new["on"] = not state["on"]
        for name in ("on", "speed", "effect", "music_sync"):
            if name in changes:
                new[name] = changes[name]
        if "speed" in new and "on" in state:
            new["on"] = new["speed"] > 0
        if "bri" in changes:
            bri = min(_MAX_BRIGHTNESS, int(changes["bri"]))
            if bri or changes.get("on") is False:
                new["bri"] = bri or state["bri"]
            if not bri:
                new["on"] = False
        if "bri_inc" in changes:
            new["bri"] = min(_MAX_BRIGHTNESS, max(1, state["bri"] + changes["bri_inc"]))
        new |= _color(state, changes)
        self._set_light(rid, **{**_effect_mode(resource, changes), **new})

    def _move(self, rid: str, changes: Data) -> None:
        state = self._world["lights"][rid]["state"]
        if (handle := self.moves.pop(rid, None)) is not None:
            handle.cancel()
        if "tilt" in changes:
            self._set_light(rid, tilt=int(changes["tilt"]), sat=round(changes["tilt"] * _BRIGHTNESS_PER_PERCENT))
        target: int | None = None
        if "open" in changes:
            target = 0 if changes["open"] else FULLY_CLOSED
        elif "on" in changes:
            target = FULLY_CLOSED if changes["on"] else 0
        elif "bri" in changes:
            target = round(changes["bri"] / _BRIGHTNESS_PER_PERCENT)
        elif isinstance(changes.get("lift"), int):
            target = changes["lift"]
        elif changes.get("lift_inc"):
            target = min(FULLY_CLOSED, max(0, state["lift"] + changes["lift_inc"]))
        if target is None or changes.get("stop") or changes.get("lift") == "stop":
            return
        self._move_towards(rid, target)

    def _move_towards(self, rid: str, target: int) -> None:
        lift = self._world["lights"][rid]["state"]["lift"]
        lift += max(-_LIFT_STEP, min(_LIFT_STEP, target - lift))
        bri = round(lift * _BRIGHTNESS_PER_PERCENT)
        self._set_light(rid, lift=lift, bri=bri, on=lift > 0, open=lift < FULLY_CLOSED)
        if lift != target:
            self.moves[rid] = self._call_after_ticks(0.1, lambda: self._move_towards(rid, target))


def storable(state: Data) -> Data:
    """Return the part of a light's state that a scene stores."""
    stored: Data = {name: state[name] for name in ("on", "bri") if name in state}
    mode = {"ct": "ct", "xy": "xy"}.get(state.get("colormode", ""))
    return {**stored, mode: state[mode]} if mode else stored


def _effect_mode(resource: Data, changes: Data) -> Data:
    modes = resource.get("capabilities", {}).get("color", {}).get("modes", [])
    if "effect" not in changes or "effect" not in modes:
        return {}
    return {"colormode": "xy" if changes["effect"] == "none" else "effect"}


def _color(state: Data, changes: Data) -> Data:
    if "gradient" in changes:
        return {"gradient": {**(state["gradient"] or {}), **changes["gradient"]}, "colormode": "gradient"}
    if "xy" in changes:
        return {"xy": changes["xy"], "colormode": "xy"}
    if "ct" in changes:
        return {"ct": int(changes["ct"]), "colormode": "ct"}
    if "ct_inc" in changes:
        return {"ct": min(500, max(153, state["ct"] + changes["ct_inc"])), "colormode": "ct"}
    colors: Data = {name: int(changes[name]) for name in ("hue", "sat") if name in changes}
    return {**colors, "colormode": "hs"} if colors else {}
