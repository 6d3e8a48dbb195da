"""Actions, and the parameters that each of them accepts (docs/protocols/livisi.md, 2.8)."""

from collections.abc import Callable
from dataclasses import dataclass

from ..base import Data, parse
from .errors import INVALID_CONTENT, INVALID_PARAMETER, ApiError

type Check = Callable[[object], bool]

NAMESPACES = frozenset({"core.RWE", "CosipDevices.RWE", "VariableActuator.RWE"})
FORBIDDEN_ACTIONS = frozenset({"FactoryReset", "DeleteAllDevices"})
MAX_SIREN_MS = 120_000

LIMITS: dict[str, tuple[float, float]] = {
    "dimLevel": (0, 100),
    "shutterLevel": (0, 100),
    "pointTemperature": (6, 30),
    "setpointTemperature": (6, 30),
    "offTimer": (0, MAX_SIREN_MS),
    "switchOffDelayTime": (0, 864_000),
    "stepDriveTime": (1, 6000),
}
"""Lowest and highest value by parameter."""


@dataclass(frozen=True, slots=True)
class Action:
    """Required and optional parameters of an action, with their checks."""

    required: dict[str, Check]
    optional: dict[str, Check]


def is_text(value: object) -> bool:
    """Return whether a value is a string with content."""
    return isinstance(value, str) and bool(value)


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _one_of(*allowed: str) -> Check:
    return lambda value: isinstance(value, str) and value in allowed


def _is_mode(value: object) -> bool:
    return isinstance(value, str) and value.lower() in {"auto", "manu"}


def _action(required: dict[str, Check] | None = None, /, **optional: Check) -> Action:
    return Action(required or {}, optional)


_RAMP_TIMES = {"rampOnTime": _is_int, "rampOffTime": _is_int}
_is_channel = _one_of("None", "Alarm", "Notification", "Feedback")
_is_direction = _one_of("RampUp", "RampDown")

ACTIONS: dict[tuple[str, str], Action] = {
    ("SetState", "SwitchActuator"): _action({"onState": _is_bool}),
    ("SetState", "AlarmActuator"): _action({"onState": _is_bool}),
    ("SetState", "DimmerActuator"): _action({"dimLevel": _is_number}),
    ("SetState", "RollerShutterActuator"): _action({"shutterLevel": _is_number}),
    ("SetState", "ThermostatActuator"): _action(pointTemperature=_is_number, operationMode=_is_mode),
    ("SetState", "RoomSetpoint"): _action(setpointTemperature=_is_number, pointTemperature=_is_number),
    ("SetState", "SirenActuator"): _action({"activeChannel": _is_channel}),
    ("SetState", "BooleanStateActuator"): _action({"value": _is_bool}),
    ("SetState", "hub"): _action({"discoveryActive": _is_bool}),
    ("Toggle", "SwitchActuator"): _action(),
    ("Toggle", "DimmerActuator"): _action(**_RAMP_TIMES),
    ("Toggle", "BooleanStateActuator"): _action(),
    ("SwitchOnWithOffTimer", "SwitchActuator"): _action({"switchOffDelayTime": _is_int}),
    ("SwitchOnWithOffTimer", "AlarmActuator"): _action({"switchOffDelayTime": _is_int}),
    ("SoftSwitchWithOffTimer", "DimmerActuator"): _action(
        {"dimLevel": _is_number, "switchOffDelayTime": _is_int}, **_RAMP_TIMES
    ),
    ("StartRamp", "DimmerActuator"): _action({"rampDirection": _is_direction}, rampTime=_is_int),
    ("StartRamp", "RollerShutterActuator"): _action({"rampDirection": _is_direction}, rampTime=_is_int),
    ("StopRamp", "DimmerActuator"): _action(),
    ("StopRamp", "RollerShutterActuator"): _action(),
    ("SetStateWithBehavior", "RollerShutterActuator"): _action(
        {"shutterLevel": _is_number, "shutterControlBehavior": _one_of("Normal", "Inverted")},
        stepDriveTime=_is_int,
    ),
    ("StartCalibration", "RollerShutterActuator"): _action(),
    ("StopCalibration", "RollerShutterActuator"): _action(),
    ("ResetCalibration", "RollerShutterActuator"): _action(),
    ("ActivateSiren", "SirenActuator"): _action({"channel": _is_channel}, offTimer=_is_int),
    ("TestSound", "SirenActuator"): _action({"channel": _is_channel, "soundId": _is_int}, offTimer=_is_int),
    ("Restart", "hub"): _action(reason=is_text),
    ("ActivateDeviceDiscovery", "hub"): _action(),
    ("DeactivateDeviceDiscovery", "hub"): _action(),
    ("CheckForSoftwareUpdate", "hub"): _action(),
    ("TriggerSoftwareUpdate", "hub"): _action(),
    ("UpdateDevice", "hub"): _action({"device": is_text}),
    ("TriggerRule", "hub"): _action({"ruleId": is_text}),
    ("MarkMessageAsRead", "hub"): _action({"messageId": is_text}),
    ("SetTimeZone", "hub"): _action({"timeZone": is_text}),
    ("GetLocalAccessState", "hub"): _action(),
}
"""Parameters by action type, and capability type or "hub"."""


def json_object(body: bytes) -> Data:
    """Return the JSON object in `body`."""
    data = parse(body)
    if not isinstance(data, dict):
        raise ApiError(INVALID_CONTENT)
    return data


def action_params(raw: object, action: Action) -> Data:
    """Return the plain values of an action's parameters, which are sent as typed constants."""
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        raise ApiError(INVALID_PARAMETER)
    params: Data = {}
    for name, wrapped in raw.items():
        check = action.required.get(name) or action.optional.get(name)
        if check is None or not isinstance(wrapped, dict) or wrapped.get("type") != "Constant":
            raise ApiError(INVALID_PARAMETER)
        if not check(wrapped.get("value")):
            raise ApiError(INVALID_PARAMETER)
        params[name] = wrapped["value"]
    if action.required.keys() - params.keys():
        raise ApiError(INVALID_PARAMETER)
    return params
