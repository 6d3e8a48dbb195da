"""Values that the gateway accepts in requests (docs/protocols/deconz.md, 4.6 and 5)."""

from collections.abc import Callable
import re
from typing import Any

from ..base import Data
from .errors import INVALID_VALUE, NOT_MODIFIABLE, PARAMETER_NOT_AVAILABLE

type Check = Callable[[object], bool]

ALERTS = frozenset({"none", "select", "lselect", "blink", "breathe", "okay", "channelchange", "finish", "stop"})
MODIFIERS = frozenset({"transitiontime", "ontime", "wrap", "colorloopspeed"})
"""Parameters that modify a command and are no state of their own."""

COLORS = frozenset({"xy", "ct", "hue", "sat", "ct_inc", "gradient"})

READ_ONLY_CONFIG = frozenset(
    {"battery", "filterlifetime", "reachable", "pending", "temperature", "sensitivitymax", "configured", "enrolled"}
)
MOMENTARY_CONFIG = frozenset({"resetpresence", "selftest", "restart_device", "spatial_learning", "alert"})
"""Settings that start something and are not stored."""

_REQUIRED_ITEMS = {
    "bri_inc": "bri",
    "ct_inc": "ct",
    "lift_inc": "lift",
    "toggle": "on",
    "stop": "open",
    "transitiontime": "reachable",
    "wrap": "reachable",
    "ontime": "reachable",
    "colorloopspeed": "effect",
}
"""State item that a light must have for a parameter; by default the item of the same name."""

_MAX_TEXT_LENGTH = 32


def between(low: float, high: float) -> Check:
    """Return a check for numbers from `low` to `high`."""

    def check(value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high

    return check


def one_of(*words: str) -> Check:
    """Return a check for a choice of words."""

    def check(value: object) -> bool:
        return value in words

    return check


def is_bool(value: object) -> bool:
    """Return whether a value is a boolean."""
    return isinstance(value, bool)


def is_text(value: object) -> bool:
    """Return whether a value is a valid name."""
    return isinstance(value, str) and 0 < len(value) <= _MAX_TEXT_LENGTH


def _is_anything(_: object) -> bool:
    return True


def _is_xy(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(between(0, 1), value))  # noqa: PLR2004


LIGHT_CHECKS: dict[str, Check] = {
    "on": is_bool,
    "open": is_bool,
    "stop": is_bool,
    "bri": between(0, 255),
    "bri_inc": between(-254, 254),
    "ct": between(0, 65535),
    "ct_inc": between(-65534, 65534),
    "hue": between(0, 65535),
    "sat": between(0, 255),
    "xy": _is_xy,
    "speed": between(0, 6),
    "lift": lambda value: value == "stop" or between(0, 100)(value),
    "lift_inc": between(-100, 100),
    "gradient": lambda value: isinstance(value, dict) and isinstance(value.get("points"), list),
    "music_sync": is_bool,
    "tilt": between(0, 100),
    "effect": lambda value: isinstance(value, str),
    "alert": lambda value: isinstance(value, str) and value in ALERTS,
    "transitiontime": between(0, 65535),
    "ontime": between(0, 65535),
    # Only groups accept this: the on/off control of the Zigbee command "on with timed off".
    "onoffcontrol": between(0, 255),
    "wrap": is_bool,
    "toggle": is_bool,
    "colorloopspeed": between(0, 255),
}

GROUP_CHECKS: dict[str, Check] = {
    **{
        name: check for name, check in LIGHT_CHECKS.items() if name not in ("lift", "tilt", "stop", "lift_inc", "speed")
    },
    "effect": one_of("none", "colorloop"),
}
"""Parameters of a group's action (docs/protocols/deconz.md, 5.2)."""

CONFIG_CHECKS: dict[str, Check] = {
    "delay": between(0, 65535),
    "duration": between(0, 65535),
    "sensitivity": between(0, 21),
    "tholddark": between(0, 65534),
    "tholdoffset": between(1, 65534),
    "offset": between(-32768, 32767),
    "heatsetpoint": between(500, 3200),
    "coolsetpoint": between(700, 3500),
    "sunriseoffset": between(-120, 120),
    "sunsetoffset": between(-120, 120),
    "fadingtime": between(0, 65535),
    "detectionrange": between(0, 600),
    "unoccupiedheatsetpoint": between(500, 3200),
    "externalsensortemp": between(-32768, 32767),
    "controlsequence": between(0, 5),
    "windowcoveringtype": between(0, 9),
    "volume": between(0, 2),
    "melody": between(0, 255),
    "interfacemode": between(0, 65535),
    "pulseconfiguration": between(0, 65535),
    "group": lambda value: isinstance(value, str) and re.fullmatch(r"auto|\d+(,\d+)*", value) is not None,
    "resetpresence": is_bool,
    "restart_device": is_bool,
    "selftest": is_bool,
    "spatial_learning": is_bool,
    "alert": one_of("none", "select", "lselect"),
}

GATEWAY_CHECKS: dict[str, Check] = {
    "name": is_text,
    "permitjoin": between(0, 255),
    "unlock": between(0, 600),
    "rfconnected": is_bool,
    "otauactive": is_bool,
    "zigbeechannel": lambda value: value in (11, 15, 20, 25),
    "groupdelay": between(0, 5000),
    "networkopenduration": between(1, 65535),
    "lightlastseeninterval": between(1, 65535),
    "websocketnotifyall": is_bool,
    "timezone": is_text,
    "ntp": is_text,
    "discovery": is_bool,
}
"""Settings of the gateway that PUT /config accepts (docs/protocols/deconz.md, 2.2)."""


def supports(state: Data, name: str) -> bool:
    """Return whether a light with this state accepts the parameter `name`."""
    return _REQUIRED_ITEMS.get(name, name) in state


LIDL_STRIP_EFFECTS = [
    "none",
    *("steady", "snow", "rainbow", "snake", "twinkle", "fireworks", "flag", "waves"),
    *("updown", "vintage", "fading", "collide", "strobe", "sparkles", "carnival", "glow"),
]
LIDL_STRIP_PARAMETERS = frozenset({"on", "bri", "hue", "sat", "effect"})
MUELLER_EFFECTS = ["none", "colorloop", "sunset", "party", "worklight", "campfire", "romance", "nightlight"]


def is_lidl_strip(resource: Data) -> bool:
    """Return whether a light is the strip that the gateway controls in its own way (6)."""
    return bool(resource["manufacturername"] == "_TZE200_s8gkrkxk" or resource["modelid"] == "HG06467")


def is_tuya_siren(resource: Data) -> bool:
    """Return whether a siren is controlled with the commands of Tuya (6)."""
    maker: str = resource["manufacturername"]
    return resource["type"] == "Warning device" and maker.startswith(("_TZE200_", "_TYST11_"))


def effects(resource: Data) -> list[str]:
    """Return the effects of a light, some of which the gateway does not list."""
    if is_lidl_strip(resource):
        return LIDL_STRIP_EFFECTS
    usual = MUELLER_EFFECTS if resource["manufacturername"] == "MLI" else ["none", "colorloop"]
    names: list[str] = resource.get("capabilities", {}).get("color", {}).get("effects", usual)
    return names


def must_be_on(resource: Data, name: str) -> bool:
    """Return whether a light must be on to accept the parameter `name`."""
    if (
        "lift" in resource["state"]
        or resource["type"].startswith("Window")
        or name not in COLORS | {"bri", "bri_inc", "effect"}
    ):
        return False
    config = resource.get("config", {})
    section = config.get("bri" if name.startswith("bri") else "color", config.get("bri", {}))
    return not section.get("execute_if_off", False)


def config_error(config: Data, name: str, value: Any, words: Data | None = None) -> int | None:
    """Return the error type with which a setting of a sensor is refused, or None; `words` are those that it has."""
    if name not in config and name not in MOMENTARY_CONFIG:
        return PARAMETER_NOT_AVAILABLE
    if name in READ_ONLY_CONFIG:
        return NOT_MODIFIABLE
    if not has_type_of(config.get(name), value) or not CONFIG_CHECKS.get(name, _is_anything)(value):
        return INVALID_VALUE
    if words is not None and value not in (words if isinstance(value, str) else words.values()):
        return INVALID_VALUE
    maximum = config.get("sensitivitymax") if name == "sensitivity" else None
    return INVALID_VALUE if maximum is not None and value > maximum else None


def has_type_of(current: object, value: object) -> bool:
    """Return whether `value` may replace `current`, judged by its JSON type."""
    if current is None:
        return True
    if isinstance(current, bool) or isinstance(value, bool):
        return isinstance(current, bool) and isinstance(value, bool)
    if isinstance(current, int | float):
        return isinstance(value, int | float)
    return isinstance(value, type(current))
