"""Events of Home Assistant's own deCONZ integration, for blueprints that rely on them.

Names and keys are those of that integration's documentation.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.const import CONF_DEVICE_ID, CONF_EVENT, CONF_ID, CONF_UNIQUE_ID
from homeassistant.util import slugify

from .api.model import Resource

ROTARY: Final = {1: "new", 2: "repeat"}
# Keypad actions that are events; the others are states of the alarm panel.
KEYPAD_ACTIONS: Final = frozenset({"emergency", "fire", "invalid_code", "panic"})


def as_core_events(
    source: Resource, items: Mapping[str, Any], device_entry_id: str | None
) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield type and data of each event of a press.

    Args:
        source: Remote, keypad or presence sensor.
        items: Items of the resource's state at that moment.
        device_entry_id: Device registry's ID of the device.

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
