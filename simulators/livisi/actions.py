"""POST /action: commands for the hub and its devices (docs/protocols/livisi.md, 2.8)."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from ..base import Data, abort, reply
from .checks import ACTIONS, FORBIDDEN_ACTIONS, LIMITS, NAMESPACES, action_params, is_text, json_object
from .errors import (
    ACTION_NOT_PERMITTED,
    ACTION_NOT_SUPPORTED,
    ENTITY_NOT_FOUND,
    INVALID_ACTION,
    INVALID_PARAMETER,
    ApiError,
)
from .hub import cancel, last_part

if TYPE_CHECKING:
    import asyncio

    from .home import Home

_MAX_LEVEL = 100
_RAMP_STEP = 10
_RAMP_INTERVAL = 0.1


class Actions:
    """Actions on the home of a hub, with their ramps and timers."""

    def __init__(self, home: Home) -> None:
        """Initialize for the devices of `home`."""
        self._home = home
        self._ramps: dict[str, asyncio.TimerHandle] = {}
        self._off_timers: dict[str, asyncio.TimerHandle] = {}

    def handle(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Check an action, perform it, and return its result."""
        home = self._home
        if home.generation == "v1" and request.headers.get("Content-Type") != "application/json":
            return web.Response(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        action = json_object(body)
        kind, target = action.get("type"), action.get("target")
        if not is_text(kind) or not is_text(target) or action.get("namespace") not in NAMESPACES:
            raise ApiError(INVALID_ACTION)
        if not is_text(action.get("id")):
            raise ApiError(INVALID_ACTION)
        kind, target = str(kind), str(target)
        if kind in FORBIDDEN_ACTIONS:
            raise ApiError(ACTION_NOT_PERMITTED)
        ident = last_part(target)
        role = self._role(target, ident)
        if (definition := ACTIONS.get((kind, role))) is None:
            raise ApiError(ACTION_NOT_SUPPORTED)
        params = action_params(action.get("params"), definition)
        if role == "RoomSetpoint" and home.setpoint not in params:
            raise ApiError(INVALID_PARAMETER)
        if kind == "Restart":
            home.call_later(0, lambda: home.create_task(home.reboot()))
            if request.transport is not None:
                abort(request.transport)
            return reply({})
        result, properties = self._perform(kind, role, ident, params)
        return reply(
            {
                "type": kind,
                "namespace": action["namespace"],
                "target": target,
                "resultCode": home.action_result or result,
                "properties": properties,
            }
        )

    def _role(self, target: str, ident: str) -> str:
        """Return the type of the capability that an action targets, or "hub"."""
        capabilities = self._home.world["capabilities"]
        if target == f"/capability/{ident}" and ident in capabilities:
            return str(capabilities[ident].get("type", ""))
        if target == f"/device/{self._home.resolve('hub')}":
            return "hub"
        raise ApiError(ENTITY_NOT_FOUND)

    def _perform(self, kind: str, role: str, ident: str, params: Data) -> tuple[str, Data]:
        for name, value in params.items():
            low, high = LIMITS.get(name, (0, 0))
            if name in LIMITS and not low <= value <= high:
                return "InvalidActionRequest", {}
        if params.get("shutterControlBehavior") == "Inverted" and "stepDriveTime" not in params:
            return "InvalidActionRequest", {}
        if self._home.action_result not in (None, "Success"):
            return "UnexpectedFailure", {}
        if role == "hub":
            return self._perform_on_hub(kind, params)
        if self._home.is_reachable(ident):
            # The hub also accepts actions for devices that it cannot reach.
            self._perform_on_device(kind, role, ident, params)
        return "Success", {}

    def _perform_on_hub(self, kind: str, params: Data) -> tuple[str, Data]:  # noqa: C901
        home, world = self._home, self._home.world
        match kind:
            case "SetState":
                home.set_discovery(params["discoveryActive"])
            case "ActivateDeviceDiscovery" | "DeactivateDeviceDiscovery":
                home.set_discovery(kind == "ActivateDeviceDiscovery")
            case "TriggerRule":
                rules = {rule["id"] for interaction in world["interactions"].values() for rule in interaction["rules"]}
                if params["ruleId"] not in rules:
                    return "InvalidActionRequest", {}
                home.set_state("ceiling.DimmerActuator", dimLevel=35)
            case "MarkMessageAsRead":
                if params["messageId"] not in world["messages"]:
                    return "InvalidActionRequest", {}
                home.read_message(params["messageId"])
            case "UpdateDevice":
                if params["device"] not in world["devices"]:
                    return "InvalidActionRequest", {}
            case "CheckForSoftwareUpdate":
                return "Success", {"updateStatus": "UpToDate", "updateVersion": ""}
            case "GetLocalAccessState":
                return "Success", {"localAccess": True}
        return "Success", {}

    def _perform_on_device(self, kind: str, role: str, ident: str, params: Data) -> None:  # noqa: C901
        home = self._home
        cancel(self._ramps, ident)
        match kind, role:
            case "SetState", "RoomSetpoint":
                home.set_room(ident, params[home.setpoint])
            case "SetState", "ThermostatActuator":
                if "operationMode" in params:
                    params["operationMode"] = params["operationMode"].capitalize()
                home.set_state(ident, **params)
            case "SetState", _:
                cancel(self._off_timers, ident)
                home.set_state(ident, **params)
            case "SetStateWithBehavior", _:
                home.set_state(ident, shutterLevel=params["shutterLevel"])
            case "Toggle", _:
                self._toggle(ident)
            case "SwitchOnWithOffTimer", _:
                home.set_state(ident, onState=True)
                self._turn_off_after(ident, params["switchOffDelayTime"] / 10, onState=False)
            case "SoftSwitchWithOffTimer", _:
                home.set_state(ident, dimLevel=params["dimLevel"])
                self._turn_off_after(ident, params["switchOffDelayTime"] / 10, dimLevel=0)
            case "StartRamp", _:
                up = params["rampDirection"] == "RampUp"
                self._ramp(ident, _RAMP_STEP if up else -_RAMP_STEP)
            case "ActivateSiren" | "TestSound", _:
                home.set_state(ident, activeChannel=params["channel"])
                if params.get("offTimer"):
                    self._turn_off_after(ident, params["offTimer"] / 1000, activeChannel="None")
            case "StartCalibration" | "StopCalibration" | "ResetCalibration", _:
                step = {"StartCalibration": 1, "StopCalibration": 2}.get(kind, 0)
                home.push_event(
                    "RollerShutterCalibrated",
                    f"/capability/{ident}",
                    {"calibrationStep": step, "value": 0},
                )

    def _toggle(self, ident: str) -> None:
        state = self._home.world["capability_states"][ident]
        if "dimLevel" in state:
            self._home.set_state(ident, dimLevel=0 if state["dimLevel"]["value"] else _MAX_LEVEL)
            return
        name = "onState" if "onState" in state else "value"
        self._home.set_state(ident, **{name: not state[name]["value"]})

    def _ramp(self, ident: str, step: int) -> None:
        state = self._home.world["capability_states"][ident]
        name = "dimLevel" if "dimLevel" in state else "shutterLevel"
        level = min(_MAX_LEVEL, max(0, state[name]["value"] + step))
        self._home.set_state(ident, **{name: level})
        if 0 < level < _MAX_LEVEL:
            self._ramps[ident] = self._home.call_later(_RAMP_INTERVAL, lambda: self._ramp(ident, step))

    def _turn_off_after(self, ident: str, delay: float, **state: object) -> None:
        cancel(self._off_timers, ident)
        self._off_timers[ident] = self._home.call_later(delay, lambda: self._home.set_state(ident, **state))
