"""Presses as the events of Home Assistant's own deCONZ integration, so that blueprints made for it keep working.

Names and keys are those that its documentation tells; a press is one here too only by
the rule of ``model``.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.const import CONF_DEVICE_ID, CONF_EVENT, CONF_ID, CONF_UNIQUE_ID
from homeassistant.util import slugify

from .api.model import Resource

ROTARY: Final = {1: "new", 2: "repeat"}
# What of a keypad's actions is an event there; the others are states of its alarm panel.
KEYPAD_ACTIONS: Final = frozenset({"emergency", "fire", "invalid_code", "panic"})


def as_core_events(
    source: Resource, items: Mapping[str, Any], device_entry_id: str | None
) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield name and data of each event that a press is over there.

    Args:
        source: The remote, keypad or presence sensor.
        items: Its items at that moment.
        device_entry_id: Id of its device in the device registry.

    """
    data: dict[str, Any] = {
        CONF_ID: slugify(source.name),
        CONF_UNIQUE_ID: source.key.partition("-")[0],
        CONF_DEVICE_ID: device_entry_id,
    }
    if items.get("buttonevent") is not None:
        further = {
            name: value
            for name in ("gesture", "angle")
            if (value := items.get(name, source.state.get(name))) is not None
        }
        if items.get("x") is not None and items.get("y") is not None:
            further["xy"] = (items["x"], items["y"])
        yield "deconz_event", {**data, CONF_EVENT: items["buttonevent"], **further}
    if items.get("rotaryevent") in ROTARY:
        yield (
            "deconz_relative_rotary_event",
            {
                **data,
                CONF_EVENT: ROTARY[items["rotaryevent"]],
                "rotation": items.get("expectedrotation"),
                "duration": items.get("expectedeventduration"),
            },
        )
    if isinstance(word := items.get("presenceevent"), str):
        yield "deconz_presence_event", {**data, CONF_EVENT: word}
    if items.get("action") in KEYPAD_ACTIONS:
        yield "deconz_alarm_event", {**data, CONF_EVENT: items["action"]}
