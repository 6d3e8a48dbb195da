"""Rules for meanings that a person chooses, and their export and import."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.sensor import (
    DEVICE_CLASS_STATE_CLASSES,
    DEVICE_CLASS_UNITS,
    SensorDeviceClass,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from .api.choices import PLATFORMS, Choice
from .const import CONF_VALUES

MAX_PRECISION: Final = 6
# Classes whose states are neither numbers nor texts.
NOT_MEASURED: Final = (SensorDeviceClass.ENUM, SensorDeviceClass.DATE, SensorDeviceClass.MONETARY)
_SENSOR_ONLY: Final = ("unit", "state_class", "precision")
_TEXT: Final = vol.All(str, vol.Length(min=1))

_SCOPE: Final = "scope"


def _fitting(option: dict[str, Any]) -> dict[str, Any]:
    """Return an exported meaning whose fields fit each other.

    Raises:
        vol.Invalid: They do not.

    """
    if option["platform"] != "sensor" and (names := [name for name in _SENSOR_ONLY if name in option]):
        raise vol.Invalid("only for a sensor", [names[0]])
    if (name := option.get("device_class")) is not None:
        classes = _classes(option["platform"])
        if name not in classes:
            raise vol.Invalid("unknown", ["device_class"])
    if errors := errors_of(Choice.from_option(option)):
        field, error = next(iter(errors.items()))
        raise vol.Invalid(error.replace("_", " "), [field])
    return option


def _classes(platform: str) -> set[str]:
    classes = SensorDeviceClass if platform == "sensor" else BinarySensorDeviceClass
    return {item.value for item in classes if item not in NOT_MEASURED}


VALUES_SCHEMA: Final = vol.All(
    cv.ensure_list,
    vol.Length(min=1),
    [
        vol.All(
            {
                vol.Required("key"): _TEXT,
                vol.Exclusive("device", _SCOPE): _TEXT,
                vol.Exclusive("model", _SCOPE): _TEXT,
                vol.Required("platform"): vol.In(PLATFORMS),
                vol.Optional("device_class"): _TEXT,
                vol.Optional("unit"): _TEXT,
                vol.Optional("state_class"): vol.In([item.value for item in SensorStateClass]),
                vol.Optional("name"): _TEXT,
                vol.Optional("precision"): vol.All(int, vol.Range(min=0, max=MAX_PRECISION)),
            },
            cv.has_at_least_one_key("device", "model"),
            _fitting,
        )
    ],
)


def errors_of(choice: Choice) -> dict[str, str]:
    """Return the errors of a form whose fields do not fit each other."""
    if choice.platform != "sensor" or choice.device_class is None:
        return {}
    device_class = SensorDeviceClass(choice.device_class)
    if choice.unit not in DEVICE_CLASS_UNITS.get(device_class, {choice.unit}):
        return {"unit": "unit_not_supported"}
    state_classes = {state_class.value for state_class in DEVICE_CLASS_STATE_CLASSES.get(device_class, set())}
    if choice.state_class is not None and choice.state_class not in state_classes:
        return {"state_class": "state_class_not_supported"}
    return {}


def merged(options: Mapping[str, Any], choice: Choice) -> list[dict[str, Any]]:
    """Return the chosen meanings of an entry with another one, which replaces that of the same devices and key."""
    others = [option for option in options.get(CONF_VALUES, []) if Choice.from_option(option).scope != choice.scope]
    return [*others, choice.to_option()]


def exported(entry: ConfigEntry[Any]) -> list[dict[str, Any]]:
    """Return the chosen meanings of an entry in the form that can be imported."""
    return [Choice.from_option(option).to_option() for option in entry.options.get(CONF_VALUES, [])]


@callback
def import_meanings(hass: HomeAssistant, entry: ConfigEntry[Any], data: Any) -> int:
    """Add exported meanings to those of an entry, and reload the entry if they differ.

    Args:
        hass: Home Assistant.
        entry: Config entry.
        data: Exported meanings.

    Returns:
        Number of imported meanings.

    Raises:
        vol.Invalid: One of the meanings cannot be used; none is imported.

    """
    choices = [Choice.from_option(option) for option in VALUES_SCHEMA(data)]
    options = dict(entry.options)
    for choice in choices:
        options[CONF_VALUES] = merged(options, choice)
    if hass.config_entries.async_update_entry(entry, options=options):
        hass.config_entries.async_schedule_reload(entry.entry_id)
    return len(choices)
