"""A LIVISI SmartHome hub, classic (v1) or Avatar (v2).

Written from documents/livisi-*.txt and facts/livisi.md sections 1 to 5 and 11.
"""

import asyncio
import base64
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
import secrets
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl

from aiohttp import web
import orjson

from .base import Data, Frame, Simulator, Socket, abort, is_upgrade, parse, reply
from .livisi_home import ZERO_ID, build, identifier, timestamp

type Version = Literal["v1", "v2"]

CLIENT = "Basic Y2xpZW50SWQ6Y2xpZW50UGFzcw=="
FRAGMENT = 1500
V1_REQUESTS = 5
FAILURES_TO_LOCK = 5
COUNTER_SIZE = 256
MAX_SIREN_MS = 120_000

ERRORS: dict[int, tuple[int, str]] = {
    1000: (500, "An unknown error has occurred."),
    1004: (400, "Invalid operation."),
    1005: (400, "A required argument is missing or has the wrong value."),
    1006: (503, "The service is too busy."),
    1007: (400, "The request is not supported."),
    1008: (412, "Precondition failed."),
    2002: (403, "Invalid token."),
    2003: (401, "Invalid client id or secret."),
    2007: (401, "The token has expired."),
    2009: (401, "Invalid user credentials."),
    2013: (403, "The account is temporarily locked."),
    3000: (404, "The entity does not exist."),
    3001: (400, "The content could not be parsed."),
    3002: (304, "Nothing has changed."),
    3003: (409, "The entity exists already."),
    4000: (404, "The action is invalid."),
    4001: (400, "An action parameter is invalid."),
    4002: (403, "The action is not permitted."),
    4003: (404, "The action type is not supported."),
    5003: (412, "The terms and conditions are not accepted."),
}
"""HTTP status and text by error code (facts/livisi.md, 1.3)."""

STATUS_CODES = {401: 2007, 403: 2002, 404: 3000, 409: 2006, 412: 1008, 503: 1006, 408: 1002}

NAMESPACES = frozenset({"core.RWE", "CosipDevices.RWE", "VariableActuator.RWE"})
FORBIDDEN_ACTIONS = frozenset({"FactoryReset", "DeleteAllDevices"})

type Check = Callable[[object], bool]


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _one_of(*allowed: str) -> Check:
    return lambda value: isinstance(value, str) and value in allowed


def _is_mode(value: object) -> bool:
    return isinstance(value, str) and value.lower() in {"auto", "manu"}


@dataclass(frozen=True, slots=True)
class Action:
    """What an action takes: required parameters, optional ones, and limits of numbers."""

    required: dict[str, Check]
    optional: dict[str, Check]


def _action(required: dict[str, Check] | None = None, /, **optional: Check) -> Action:
    return Action(required or {}, optional)


TOGGLE = {"rampOnTime": _is_int, "rampOffTime": _is_int}
CHANNEL = _one_of("None", "Alarm", "Notification", "Feedback")

ACTIONS: dict[tuple[str, str], Action] = {
    ("SetState", "SwitchActuator"): _action({"onState": _is_bool}),
    ("SetState", "AlarmActuator"): _action({"onState": _is_bool}),
    ("SetState", "DimmerActuator"): _action({"dimLevel": _is_number}),
    ("SetState", "RollerShutterActuator"): _action({"shutterLevel": _is_number}),
    ("SetState", "ThermostatActuator"): _action(pointTemperature=_is_number, operationMode=_is_mode),
    ("SetState", "RoomSetpoint"): _action(setpointTemperature=_is_number, pointTemperature=_is_number),
    ("SetState", "SirenActuator"): _action({"activeChannel": CHANNEL}),
    ("SetState", "BooleanStateActuator"): _action({"value": _is_bool}),
    ("SetState", "hub"): _action({"discoveryActive": _is_bool}),
    ("Toggle", "SwitchActuator"): _action(),
    ("Toggle", "DimmerActuator"): _action(**TOGGLE),
    ("Toggle", "BooleanStateActuator"): _action(),
    ("SwitchOnWithOffTimer", "SwitchActuator"): _action({"switchOffDelayTime": _is_int}),
    ("SwitchOnWithOffTimer", "AlarmActuator"): _action({"switchOffDelayTime": _is_int}),
    ("SoftSwitchWithOffTimer", "DimmerActuator"): _action(
        {"dimLevel": _is_number, "switchOffDelayTime": _is_int}, **TOGGLE
    ),
    ("StartRamp", "DimmerActuator"): _action({"rampDirection": _one_of("RampUp", "RampDown")}, rampTime=_is_int),
    ("StartRamp", "RollerShutterActuator"): _action({"rampDirection": _one_of("RampUp", "RampDown")}, rampTime=_is_int),
    ("StopRamp", "DimmerActuator"): _action(),
    ("StopRamp", "RollerShutterActuator"): _action(),
    ("SetStateWithBehavior", "RollerShutterActuator"): _action(
        {"shutterLevel": _is_number, "shutterControlBehavior": _one_of("Normal", "Inverted")},
        stepDriveTime=_is_int,
    ),
    ("StartCalibration", "RollerShutterActuator"): _action(),
    ("StopCalibration", "RollerShutterActuator"): _action(),
    ("ResetCalibration", "RollerShutterActuator"): _action(),
    ("ActivateSiren", "SirenActuator"): _action({"channel": CHANNEL}, offTimer=_is_int),
    ("TestSound", "SirenActuator"): _action({"channel": CHANNEL, "soundId": _is_int}, offTimer=_is_int),
    ("Restart", "hub"): _action(reason=_is_text),
    ("ActivateDeviceDiscovery", "hub"): _action(),
    ("DeactivateDeviceDiscovery", "hub"): _action(),
    ("CheckForSoftwareUpdate", "hub"): _action(),
    ("TriggerSoftwareUpdate", "hub"): _action(),
    ("UpdateDevice", "hub"): _action({"device": _is_text}),
    ("TriggerRule", "hub"): _action({"ruleId": _is_text}),
    ("MarkMessageAsRead", "hub"): _action({"messageId": _is_text}),
    ("SetTimeZone", "hub"): _action({"timeZone": _is_text}),
    ("GetLocalAccessState", "hub"): _action(),
}
"""Parameters by action and target (facts/livisi.md, 2.6)."""

LIMITS: dict[str, tuple[float, float]] = {
    "dimLevel": (0, 100),
    "shutterLevel": (0, 100),
    "pointTemperature": (6, 30),
    "setpointTemperature": (6, 30),
    "offTimer": (0, MAX_SIREN_MS),
    "switchOffDelayTime": (0, 864_000),
    "stepDriveTime": (1, 6000),
}


class ApiError(Exception):
    """An answer with one of the hub's error codes."""

    def __init__(self, code: int) -> None:
        """Answer with `code`."""
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Session:
    """One login: the token's end in loop time and the refresh token that renews it."""

    expires_at: float
    refresh: str


class LivisiSimulator(Simulator):
    """The hub with its world; all methods take ids or the readable keys of `world["ids"]`."""

    vendor: ClassVar[str] = "livisi"

    def __init__(
        self,
        *,
        version: Version = "v2",
        password: str = "geheim+/=1",
        expires_in: int = 172_800,
        nested_status: bool = False,
        device_states_broken: bool = False,
        **options: Any,
    ) -> None:
        """Prepare a hub.

        `expires_in` is seconds; `nested_status` answers /status in the documented form;
        `device_states_broken` makes GET /device/states fail as it does on some v1 hubs.
        """
        super().__init__(**options)
        self.generation: Version = version
        self.separate_socket = version == "v2"
        self.password = password
        self.expires_in = expires_in
        self.nested_status = nested_status
        self.device_states_broken = device_states_broken
        self.terms_accepted = True
        self.locked = False
        self.starting = False
        self.action_result: str | None = None
        self.honours_refresh = True
        self.sequence = 690
        self.world = build(version)
        self._failures = 0
        self._sessions: dict[str, Session] = {}
        self._refresh_tokens: set[str] = set()
        self._ramps: dict[str, asyncio.TimerHandle] = {}
        self._off_timers: dict[str, asyncio.TimerHandle] = {}

    @property
    def keepalive_seconds(self) -> float:
        """How long an idle REST connection lives (facts/livisi.md, 1.1)."""
        return 5.0 if self.generation == "v1" else 75.0

    @property
    def version(self) -> str:
        """`v1` or `v2`."""
        return self.generation

    @property
    def user_input(self) -> Data:
        """Host with the REST port, and the password."""
        return {"host": f"{self.host}:{self.port}", "password": self.password}

    @property
    def ws_url(self) -> str:
        """The address of the events, without the token."""
        return f"ws://{self.host}:{self.ws_port}/events"

    @property
    def serial_number(self) -> str:
        """The hub's serial number."""
        return str(self.world["status"]["serialNumber"])

    @property
    def access_tokens(self) -> list[str]:
        """The access tokens that were handed out and are known."""
        return list(self._sessions)

    # Sessions

    def expire_tokens(self, *, refresh: bool = False) -> None:
        """End every access token's lifetime (2007); `refresh` forgets refresh tokens as well."""
        for session in self._sessions.values():
            session.expires_at = 0
        if refresh:
            self._refresh_tokens.clear()

    def revoke_tokens(self) -> None:
        """Forget every session, as if purged (2002)."""
        self._sessions.clear()
        self._refresh_tokens.clear()

    def change_password(self, password: str) -> None:
        """Take another password and end what was opened with the old one."""
        self.password = password
        self.revoke_tokens()

    def lock_account(self, on: bool = True) -> None:  # noqa: FBT001, FBT002
        """Lock or unlock the account (2013)."""
        self.locked = on
        self._failures = 0

    def _login(self, request: web.Request, body: bytes) -> web.Response:
        self.logins += 1
        try:
            return self._grant(request, body)
        except ApiError:
            self.refused_logins += 1
            raise

    def _grant(self, request: web.Request, body: bytes) -> web.Response:
        content = request.headers.get("Content-Type", "")
        known = {"application/json", "application/x-www-form-urlencoded"}
        if self.generation == "v1" and content not in known:
            return web.Response(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        if request.headers.get("Authorization") != CLIENT:
            raise ApiError(2003)
        form = content.startswith("application/x-www-form-urlencoded")
        fields = dict(parse_qsl(body.decode(errors="replace"))) if form else parse(body)
        if not isinstance(fields, dict):
            raise ApiError(3001)
        match fields.get("grant_type"):
            case "password":
                self._check_password(fields)
                refresh = secrets.token_hex(16)
            case "refresh_token":
                refresh = str(fields.get("refresh_token"))
                if not self.honours_refresh:
                    raise ApiError(1004)
                if refresh not in self._refresh_tokens:
                    raise ApiError(2002)
            case _:
                raise ApiError(1004)
        return reply(
            {
                "access_token": self.hand_out_token(refresh),
                "token_type": "Bearer",
                "expires_in": self.expires_in,
                "refresh_token": refresh,
            }
        )

    def hand_out_token(self, refresh: str = "") -> str:
        """Open a session and return its access token, valid for `expires_in` seconds from now."""
        token = self._token()
        if refresh:
            self._refresh_tokens.add(refresh)
        self._sessions[token] = Session(asyncio.get_running_loop().time() + self.expires_in, refresh)
        return token

    def _check_password(self, fields: Data) -> None:
        if self.locked:
            raise ApiError(2013)
        if not fields.get("username") or "password" not in fields:
            raise ApiError(1005)
        if fields["username"] != "admin" or fields["password"] != self.password:
            self._failures += 1
            self.locked = self._failures >= FAILURES_TO_LOCK
            raise ApiError(2009)
        self._failures = 0

    def _token(self) -> str:
        claims = {"iss": self.serial_number, "sub": "admin", "jti": secrets.token_hex(16)}
        head = base64.b64encode(b'{"alg":"RS256","typ":"JWT"}').decode()
        middle = base64.b64encode(orjson.dumps(claims)).decode()
        tail = ""
        while not {"+", "/", "="} <= set(tail):
            # Real tokens are standard base64, so every client meets these sooner or later.
            tail = base64.b64encode(secrets.token_bytes(64)).decode()
        return f"{head}.{middle}.{tail}"

    def _check_started(self) -> None:
        if self.starting:
            raise ApiError(1008)

    def _check_token(self, token: str | None) -> None:
        if token is None or (session := self._sessions.get(token)) is None:
            raise ApiError(2002)
        if session.expires_at <= asyncio.get_running_loop().time():
            raise ApiError(2007)

    # Serving

    def error_body(self, status: int) -> object:
        """Return an error body with the code that usually stands for `status`."""
        return _error_body(STATUS_CODES.get(status, 1000))

    async def handle(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Answer REST and the handshake at /events."""
        try:
            self._check_started()
            if request.path == "/events":
                return await self._events(request)
            if request.path == "/auth/token" and request.method == "POST":
                return self._login(request, body)
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            self._check_token(token if scheme == "Bearer" else None)
            return await self._rest(request, body)
        except ApiError as error:
            status, _ = ERRORS[error.code]
            if status == HTTPStatus.NOT_MODIFIED:
                return web.Response(status=status)
            return reply(_error_body(error.code), status)

    def answered(self, request: web.Request, count: int) -> None:
        """Close a v1 connection after its fifth request, without announcing it."""
        if self.generation == "v1" and count >= V1_REQUESTS and not is_upgrade(request):
            transport = request.transport
            if transport is not None:
                # Any later and a client would already have put its next request on the line.
                self.later(0, transport.close)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_token(request.query.get("token"))
        except ApiError:
            self.refused_logins += 1
            raise
        if not is_upgrade(request):
            raise ApiError(1007)
        return await self.socket(request)

    def opened(self, socket: Socket) -> None:
        """Tell a v1 client at once that the hub is connected."""
        if self.generation != "v1":
            return
        socket.fragment = FRAGMENT
        self.push_to(
            [socket],
            {
                "sequenceNumber": -1,
                "type": "ControllerConnectivityChanged",
                "namespace": "core.RWE",
                "source": "System",
                "properties": {"isConnected": True, "serialNumber": self.serial_number},
            },
        )

    def text(self, socket: Socket, text: str) -> None:
        """Answer the heartbeat, ignore anything else."""
        if "hbeat" in text and "ping" in text:
            socket.send('{"hbeat":"pong"}')

    async def _rest(self, request: web.Request, body: bytes) -> web.StreamResponse:  # noqa: PLR0911
        if not self.terms_accepted:
            raise ApiError(5003)
        parts = request.path.strip("/").split("/")
        match request.method, parts:
            case "GET", ["status"]:
                return reply(self._status())
            case "POST", ["action"]:
                return await self._act(request, body)
            case _, ["device" | "capability" | "location" | "message" | "interaction", *_]:
                return self._entities(request.method, parts, body)
            case "GET", ["home", *_] | ["product", *_] | ["relationship"] | ["user"]:
                return reply([])
            case "GET", ["data", *_]:
                return reply([])
            case "GET", ["usb_storage"] if self.generation == "v2":
                return reply({"external_storage": False})
            case "GET", ["unmount"] if self.generation == "v2":
                return reply({})
            case "GET", ["reboot"] if self.generation == "v1":
                self.later(0.05, lambda: self.spawn(self.reboot()))
                return reply({})
        raise ApiError(1007)

    def _status(self) -> Data:
        status = dict(self.world["status"])
        return {"gateway": status} if self.nested_status else status

    def _entities(self, method: str, parts: list[str], body: bytes) -> web.StreamResponse:  # noqa: C901, PLR0911
        kind = parts[0]
        table = {"capability": "capabilities"}.get(kind, f"{kind}s")
        entities: dict[str, Data] = self.world[table]
        match method, parts[1:]:
            case "GET", []:
                return reply(list(entities.values()))
            case "GET", ["states"] if kind in {"device", "capability"}:
                return self._bulk(kind)
            case "GET", [ident] if ident in entities:
                return reply(entities[ident])
            case "GET", [ident, "state"] if ident in entities:
                state = self.world[f"{kind}_states"].get(ident, {})
                if kind == "device" and self.generation == "v1":
                    return reply({"id": ident, "state": state})
                return reply(state)
            case "GET", [ident, "capabilities"] if ident in entities:
                return reply([self.world["capabilities"][c] for c in self._caps(ident)])
            case "GET", [ident, "capability", "state"] if ident in entities:
                return reply([self._with_state("capability", c) for c in self._caps(ident)])
            case "POST", [] if kind in {"device", "location", "interaction"}:
                return self._create(kind, _object(body))
            case "PUT", [ident] if ident in entities:
                return self._put(kind, ident, _object(body))
            case "DELETE", [ident] if ident in entities and kind != "capability":
                return self._delete(kind, ident)
            case "GET" | "PUT" | "DELETE", [_, *_]:
                raise ApiError(3000)
        raise ApiError(1007)

    def _bulk(self, kind: str) -> web.Response:
        if kind == "device" and self.device_states_broken:
            raise ApiError(1005)
        table = "devices" if kind == "device" else "capabilities"
        return reply([self._with_state(kind, ident) for ident in self.world[table]])

    def _with_state(self, kind: str, ident: str) -> Data:
        state = self.world[f"{kind}_states"].get(ident)
        return {"id": ident} if state is None else {"id": ident, "state": state}

    def _caps(self, ident: str) -> list[str]:
        links: list[str] = self.world["devices"][ident].get("capabilities") or []
        return [_last(link) for link in links]

    def _create(self, kind: str, entity: Data) -> web.Response:
        if kind == "device":
            ident = entity.get("id")
            if ident in self.world["devices"]:
                raise ApiError(3003)
            if ident not in self.world["found"]:
                raise ApiError(3000)
            if not isinstance(entity.get("config"), dict) or "type" not in entity:
                raise ApiError(3001)
            self.accept_device(str(ident), entity)
            return reply(self.world["devices"][ident])
        ident = str(entity.get("id") or secrets.token_hex(16))
        if not isinstance(entity.get("config" if kind == "location" else "rules"), dict | list):
            raise ApiError(3001)
        entity["id"] = ident
        self.world[f"{kind}s"][ident] = entity
        self._configured(**{f"{kind}s": [entity]})
        return reply(entity)

    def _put(self, kind: str, ident: str, entity: Data) -> web.Response:
        table = "capabilities" if kind == "capability" else f"{kind}s"
        current = self.world[table][ident]
        if kind == "message":
            if not isinstance(entity.get("read"), bool):
                raise ApiError(3001)
            self.read_message(ident, read=entity["read"])
            return reply(current)
        if entity == current:
            raise ApiError(3002)
        # The hub replaces the entity: whatever is left out would be gone.
        if not current.keys() <= entity.keys() or entity["id"] != ident:
            raise ApiError(3001)
        self.world[table][ident] = entity
        self._configured(**{table: [entity]})
        return reply(entity)

    def _delete(self, kind: str, ident: str) -> web.Response:
        if kind == "message":
            self.delete_message(ident)
        elif kind == "device":
            self.remove_device(ident)
        else:
            del self.world[f"{kind}s"][ident]
            self._configured(deleted=[f"/{kind}/{ident}"])
        return reply({})

    # Actions

    async def _act(self, request: web.Request, body: bytes) -> web.StreamResponse:
        if self.generation == "v1" and request.headers.get("Content-Type") != "application/json":
            return web.Response(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        action = _object(body)
        kind, target = action.get("type"), action.get("target")
        if not _is_text(kind) or not _is_text(target) or action.get("namespace") not in NAMESPACES:
            raise ApiError(4000)
        if not _is_text(action.get("id")):
            raise ApiError(4000)
        kind, target = str(kind), str(target)
        if kind in FORBIDDEN_ACTIONS:
            raise ApiError(4002)
        ident = _last(target)
        role = self._role(target, ident)
        if kind not in {name for name, _ in ACTIONS}:
            raise ApiError(4003)
        if (definition := ACTIONS.get((kind, role))) is None:
            raise ApiError(4003)
        params = _params(action.get("params"), definition)
        if role == "RoomSetpoint" and self.setpoint not in params:
            raise ApiError(4001)
        if kind == "Restart":
            self.later(0, lambda: self.spawn(self.reboot()))
            if request.transport is not None:
                abort(request.transport)
            return reply({})
        result, properties = self._perform(kind, role, ident, params)
        return reply(
            {
                "type": kind,
                "namespace": action["namespace"],
                "target": target,
                "resultCode": self.action_result or result,
                "properties": properties,
            }
        )

    @property
    def setpoint(self) -> str:
        """The name of a room's target temperature in this generation."""
        return "pointTemperature" if self.generation == "v1" else "setpointTemperature"

    def _role(self, target: str, ident: str) -> str:
        if target == f"/capability/{ident}" and ident in self.world["capabilities"]:
            return str(self.world["capabilities"][ident].get("type", ""))
        if target == f"/device/{self.resolve('hub')}":
            return "hub"
        raise ApiError(3000)

    def _perform(self, kind: str, role: str, ident: str, params: Data) -> tuple[str, Data]:
        for name, value in params.items():
            low, high = LIMITS.get(name, (0, 0))
            if name in LIMITS and not low <= value <= high:
                return "InvalidActionRequest", {}
        if params.get("shutterControlBehavior") == "Inverted" and "stepDriveTime" not in params:
            return "InvalidActionRequest", {}
        if self.action_result not in (None, "Success"):
            return "UnexpectedFailure", {}
        if role == "hub":
            return self._perform_hub(kind, params)
        if self.is_reachable(ident):
            # The hub accepts for a device it cannot reach too; only the radio knows better.
            self._perform_radio(kind, role, ident, params)
        return "Success", {}

    def _perform_hub(self, kind: str, params: Data) -> tuple[str, Data]:  # noqa: C901
        match kind:
            case "SetState":
                self.discovery(params["discoveryActive"])
            case "ActivateDeviceDiscovery" | "DeactivateDeviceDiscovery":
                self.discovery(kind == "ActivateDeviceDiscovery")
            case "TriggerRule":
                rules = {
                    rule["id"] for interaction in self.world["interactions"].values() for rule in interaction["rules"]
                }
                if params["ruleId"] not in rules:
                    return "InvalidActionRequest", {}
                self.set_state("ceiling.DimmerActuator", dimLevel=35)
            case "MarkMessageAsRead":
                if params["messageId"] not in self.world["messages"]:
                    return "InvalidActionRequest", {}
                self.read_message(params["messageId"])
            case "UpdateDevice":
                if params["device"] not in self.world["devices"]:
                    return "InvalidActionRequest", {}
            case "CheckForSoftwareUpdate":
                return "Success", {"updateStatus": "UpToDate", "updateVersion": ""}
            case "GetLocalAccessState":
                return "Success", {"localAccess": True}
        return "Success", {}

    def _perform_radio(self, kind: str, role: str, ident: str, params: Data) -> None:  # noqa: C901
        self._cancel(self._ramps, ident)
        match kind, role:
            case "SetState", "RoomSetpoint":
                self.set_room(ident, params[self.setpoint])
            case "SetState", "ThermostatActuator":
                if "operationMode" in params:
                    params["operationMode"] = params["operationMode"].capitalize()
                self.set_state(ident, **params)
            case "SetState", _:
                self._cancel(self._off_timers, ident)
                self.set_state(ident, **params)
            case "SetStateWithBehavior", _:
                self.set_state(ident, shutterLevel=params["shutterLevel"])
            case "Toggle", _:
                self._toggle(ident)
            case "SwitchOnWithOffTimer", _:
                self.set_state(ident, onState=True)
                self._off_after(ident, params["switchOffDelayTime"] / 10, onState=False)
            case "SoftSwitchWithOffTimer", _:
                self.set_state(ident, dimLevel=params["dimLevel"])
                self._off_after(ident, params["switchOffDelayTime"] / 10, dimLevel=0)
            case "StartRamp", _:
                up = params["rampDirection"] == "RampUp"
                self._ramp(ident, 10 if up else -10)
            case "ActivateSiren" | "TestSound", _:
                self.set_state(ident, activeChannel=params["channel"])
                if params.get("offTimer"):
                    self._off_after(ident, params["offTimer"] / 1000, activeChannel="None")
            case "StartCalibration" | "StopCalibration" | "ResetCalibration", _:
                step = {"StartCalibration": 1, "StopCalibration": 2}.get(kind, 0)
                self.event(
                    "RollerShutterCalibrated",
                    f"/capability/{ident}",
                    {"calibrationStep": step, "value": 0},
                )

    def _toggle(self, ident: str) -> None:
        state = self.world["capability_states"][ident]
        if "dimLevel" in state:
            self.set_state(ident, dimLevel=0 if state["dimLevel"]["value"] else 100)
            return
        name = "onState" if "onState" in state else "value"
        self.set_state(ident, **{name: not state[name]["value"]})

    def _ramp(self, ident: str, step: int) -> None:
        state = self.world["capability_states"][ident]
        name = "dimLevel" if "dimLevel" in state else "shutterLevel"
        level = min(100, max(0, state[name]["value"] + step))
        self.set_state(ident, **{name: level})
        if 0 < level < 100:  # noqa: PLR2004
            self._ramps[ident] = self.later(0.1, lambda: self._ramp(ident, step))

    def _off_after(self, ident: str, delay: float, **state: object) -> None:
        self._cancel(self._off_timers, ident)
        self._off_timers[ident] = self.later(delay, lambda: self.set_state(ident, **state))

    @staticmethod
    def _cancel(timers: dict[str, asyncio.TimerHandle], ident: str) -> None:
        if (handle := timers.pop(ident, None)) is not None:
            handle.cancel()

    # Events

    def event(
        self,
        kind: str,
        source: str | None,
        properties: Data | None = None,
        *,
        data: object = None,
        sequence: int | None = None,
        namespace: str = "core.RWE",
    ) -> None:
        """Push an event; without `sequence` the hub's counter moves on."""
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        frame: Data = {
            "sequenceNumber": sequence,
            "type": kind,
            "desc": f"/desc/device/{self._hub_type}.RWE/1.0/event/{kind}",
            "namespace": namespace,
            "timestamp": timestamp(),
        }
        if source is not None:
            frame["source"] = source
        if properties is not None:
            frame["properties"] = properties
        if data is not None:
            frame["data"] = data
        self.push(frame)

    @property
    def _hub_type(self) -> str:
        return "SHC" if self.generation == "v1" else "SHCA"

    @property
    def hub_link(self) -> str:
        """The source of the hub's own events: the zero id on v2."""
        return f"/device/{self.resolve('hub') if self.generation == 'v1' else ZERO_ID}"

    def skip_sequence(self, count: int = 1) -> None:
        """Count events that never reach a socket."""
        self.sequence += count

    async def reboot(self, *, starting: bool = False) -> None:
        """Cut all sockets and count from the start; `starting` answers 1008 until started()."""
        self.starting = starting
        self.sequence = 0
        self.world["device_states"][self.resolve("hub")]["lastReboot"] = _value(timestamp())
        await self.drop()

    def started(self) -> None:
        """End the time in which REST answers 1008."""
        self.starting = False

    # World

    def resolve(self, key: str) -> str:
        """Return the id for a readable key such as "coffee.SwitchActuator", or the id itself."""
        return str(self.world["ids"].get(key, key))

    def value(self, key: str, name: str) -> Any:
        """Return the true value of a capability's or device's property, None if it has none."""
        ident = self.resolve(key)
        state = self.world["capability_states"].get(ident)
        if state is None:
            state = self.world["device_states"].get(ident, {})
        return state.get(name, {}).get("value")

    def is_reachable(self, capability: str) -> bool:
        """Tell whether the radio reaches the device of a capability."""
        device = _last(self.world["capabilities"][self.resolve(capability)]["device"])
        state = self.world["device_states"].get(device, {})
        return state.get("isReachable", {}).get("value") is not False

    def set_state(self, key: str, /, **properties: object) -> None:
        """Change a capability's or device's state and push StateChanged with just that."""
        ident = self.resolve(key)
        kind = "capability" if ident in self.world["capabilities"] else "device"
        if kind == "device" and ident not in self.world["devices"]:
            raise LookupError(key)
        stamped = {name: _value(value) for name, value in properties.items()}
        self.world[f"{kind}_states"].setdefault(ident, {}).update(stamped)
        hub = kind == "device" and ident == self.resolve("hub")
        source = self.hub_link if hub else f"/{kind}/{ident}"
        shown = stamped if self.generation == "v1" else properties
        self.event("StateChanged", source, shown, namespace="core.RWE" if hub else self._space(key))

    def _space(self, key: str) -> str:
        ident = self.resolve(key)
        if (capability := self.world["capabilities"].get(ident)) is not None:
            ident = _last(capability["device"])
        return str(self.world["devices"][ident]["product"])

    def set_room(self, key: str, temperature: float) -> None:
        """Set a room's target in °C; its thermostats follow."""
        ident = self.resolve(key)
        self.set_state(ident, **{self.setpoint: temperature})
        members = self.world["capabilities"][ident]["config"].get("underlyingCapabilityIds", "")
        for member in filter(None, members.split(",")):
            self.set_state(member, pointTemperature=temperature)

    def press(self, key: str, index: int, *, long: bool = False) -> None:
        """Press button `index` (from 0): ButtonPressed, then the stale twin StateChanged."""
        ident = self.resolve(key)
        counter = (self.value(ident, "lastKeyPressCounter") + 1) % COUNTER_SIZE
        kind = "LongPress" if long else "ShortPress"
        properties: Data = {"index": index, "type": kind, "keyPressCounter": counter}
        if self.generation == "v1":
            properties |= {"lastPressedButtonIndex": index, "eventType": kind}
        self.event("ButtonPressed", f"/capability/{ident}", properties, namespace=self._space(ident))
        self.set_state(ident, lastPressedButtonIndex=index, lastKeyPressCounter=counter)

    def motion(self, key: str, *, luminance: int | None = None) -> None:
        """Detect motion; there is no event for its end."""
        ident = self.resolve(key)
        count = self.value(ident, "motionDetectedCount") + 1
        state: Data = {"motionDetectedCount": count}
        self.world["capability_states"][ident]["motionDetectedCount"] = _value(count)
        if luminance is not None:
            state["luminance"] = luminance
        self.event("MotionDetected", f"/capability/{ident}", state, namespace=self._space(ident))

    def device_reachable(self, key: str, reachable: bool) -> None:  # noqa: FBT001
        """Lose or find a device's radio, with the alert that goes with it."""
        ident = self.resolve(key)
        self.set_state(ident, isReachable=reachable)
        self._alert("DeviceUnreachable", ident, on=not reachable)

    def battery_low(self, key: str, low: bool = True) -> None:  # noqa: FBT001, FBT002
        """Run a battery down or change it; v1 tells only by message."""
        ident = self.resolve(key)
        if self.generation == "v2":
            self.set_state(ident, isBatteryLow=low)
        self._alert("DeviceLowBattery", ident, on=low)

    def smoke(self, key: str = "smoke", on: bool = True) -> None:  # noqa: FBT001, FBT002
        """Detect smoke, or see it clear."""
        ident = self.resolve(key)
        self.set_state(self.resolve(f"{key}.SmokeDetectorSensor"), isSmokeAlarm=on)
        self._alert("SmokeDetected", ident, on=on)

    def _alert(self, kind: str, ident: str, *, on: bool) -> None:
        link = f"/device/{ident}"
        if on:
            self.create_message(kind, ident)
            return
        for message in list(self.world["messages"].values()):
            if message["type"] == kind and link in message["devices"]:
                self.delete_message(message["id"])

    def create_message(self, kind: str, device: str | None = None, *, properties: Data | None = None) -> str:
        """Create a message, about a device if given, push it, and return its id."""
        ident = secrets.token_hex(16)
        links, details, alert = [], properties or {}, "alert"
        if device is not None:
            device = self.resolve(device)
            entity = self.world["devices"][device]
            links = [f"/device/{device}"]
            location = self.world["locations"].get(_last(entity.get("location") or ""), {})
            details = {
                "deviceName": entity["config"]["name"],
                "deviceSerial": entity["serialNumber"],
                "serialNumber": entity["serialNumber"],
                "deviceLocation": location.get("config", {}).get("name", ""),
                "locationName": "",
                **details,
            }
        if self.generation == "v1":
            alert = "Alert"
        message: Data = {
            "id": ident,
            "namespace": "core.RWE" if device is None else self._space(device),
            "class": alert,
            "type": kind,
            "read": False,
            "timestamp": timestamp(),
            "devices": links,
            "capabilities": [],
            "properties": details,
        }
        self.world["messages"][ident] = message
        self.event("MessageCreated", self.hub_link, {}, data=message)
        return ident

    def read_message(self, ident: str, *, read: bool = True) -> None:
        """Mark a message as read, or as unread."""
        message = self.world["messages"][ident]
        message["read"] = read
        if self.generation == "v1":
            state = {"state": "Read" if read else "New"}
            self.event("MessageUpdated", f"/message/{ident}", state, data={"id": ident, "read": read})
        else:
            self.event("MessageUpdated", self.hub_link, data={**message, "state": True})

    def delete_message(self, ident: str) -> None:
        """Remove a message, as the hub does by itself when an alert's cause is gone."""
        del self.world["messages"][ident]
        if self.generation == "v1":
            self.event("MessageDeleted", f"/message/{ident}", data={"Id": ident})
        else:
            self.event("MessageDeleted", self.hub_link, data={"id": ident})

    def discovery(self, active: bool = True) -> None:  # noqa: FBT001, FBT002
        """Start or end pairing; while it runs, waiting devices are announced."""
        hub = self.resolve("hub")
        self.set_state(hub, discoveryActive=active)
        self.event(
            "DeviceDiscoveryStatusChanged",
            self.hub_link,
            {"active": active, "product": "core.RWE"},
        )
        if active:
            for ident in list(self.world["found"]):
                self.device_found(ident)

    def device_found(self, ident: str) -> None:
        """Announce a device that waits in `world["found"]`."""
        self.event("DeviceFound", self.hub_link, {}, data=self.world["found"][ident])

    def accept_device(self, ident: str, entity: Data | None = None) -> None:
        """Include a found device, with the entity a client posted if any."""
        device = {**self.world["found"].pop(ident), **(entity or {})}
        device["config"] = {**device["config"], "timeOfAcceptance": timestamp()}
        capabilities = []
        for link in device["capabilities"]:
            capability = {
                "id": _last(link),
                "type": "BooleanStateActuator",
                "device": f"/device/{ident}",
                "config": {"name": "BooleanStateActuator", "activityLogActive": True},
                "tags": {},
            }
            capabilities.append((capability, {"value": False}))
        self.add_device(device, capabilities)

    def add_device(self, device: Data, capabilities: list[tuple[Data, Data]]) -> None:
        """Include `device` with its capabilities and their plain states."""
        ident = device["id"]
        self.world["devices"][ident] = device
        self.world["device_states"][ident] = {
            "isReachable": _value(True),  # noqa: FBT003
            "deviceInclusionState": _value("Included"),
        }
        for capability, state in capabilities:
            self.world["capabilities"][capability["id"]] = capability
            self.world["capability_states"][capability["id"]] = {name: _value(value) for name, value in state.items()}
        self._configured(devices=[device], capabilities=[item for item, _ in capabilities])

    def add_switch(self, key: str, name: str = "Neue Steckdose", room: str = "kitchen") -> str:
        """Include a plug switch under the readable key `key`, and return its device id."""
        ident, capability = identifier(key), identifier(f"{key}.SwitchActuator")
        self.world["ids"] |= {key: ident, f"{key}.SwitchActuator": capability}
        device = {
            **self.world["devices"][self.resolve("coffee")],
            "id": ident,
            "serialNumber": f"91429{len(self.world['devices']):07}",
            "location": f"/location/{self.resolve(room)}",
            "capabilities": [f"/capability/{capability}"],
        }
        device["config"] = {**device["config"], "name": name}
        item = {
            **self.world["capabilities"][self.resolve("coffee.SwitchActuator")],
            "id": capability,
            "device": f"/device/{ident}",
        }
        self.add_device(device, [(item, {"onState": False})])
        return ident

    def remove_device(self, key: str) -> None:
        """Remove a device with its capabilities and messages."""
        ident = self.resolve(key)
        caps = self._caps(ident)
        del self.world["devices"][ident]
        self.world["device_states"].pop(ident, None)
        for capability in caps:
            del self.world["capabilities"][capability]
            self.world["capability_states"].pop(capability, None)
        links = [f"/device/{ident}", *(f"/capability/{capability}" for capability in caps)]
        self._configured(deleted=links)

    def rename_device(self, key: str, name: str, *, room: str | None = None) -> None:
        """Give a device another name and, with `room`, another room."""
        device = self.world["devices"][self.resolve(key)]
        device["config"] = {**device["config"], "name": name}
        if room is not None:
            device["location"] = f"/location/{self.resolve(room)}"
        self._configured(devices=[device])

    def rename_room(self, key: str, name: str) -> None:
        """Give a room another name."""
        location = self.world["locations"][self.resolve(key)]
        location["config"] = {**location["config"], "name": name}
        self._configured(locations=[location])

    def _configured(self, **entities: list[Any]) -> None:
        status = self.world["status"]
        version = int(status["configVersion"]) + 1
        shown: str | int = str(version) if self.generation == "v1" else version
        status["configVersion"] = shown
        self.world["device_states"][self.resolve("hub")]["configVersion"] = _value(shown)
        data: Data = {"configVersion": version}
        if self.generation == "v2":
            # v2 lists what changed; a removal shows only in the version and the topology.
            data |= {name: items for name, items in entities.items() if name != "deleted"}
            self.event("ConfigurationChanged", self.hub_link, data=data)
            return
        kinds = (
            "devices",
            "capabilities",
            "locations",
            "interactions",
            "homes",
            "homeSetups",
            "members",
            "deleted",
        )
        data |= {name: entities.get(name, []) for name in kinds}
        self.event(
            "ConfigurationChanged",
            "/desc/device/SHC.RWE/1.0",
            {"configurationVersion": version},
            data=data,
        )

    def hub_load(self, cpu: float, memory: float, disk: float = 57.358) -> None:
        """Change the hub's load in percent: pushed by v2, only readable on v1."""
        hub = self.resolve("hub")
        if self.generation == "v2":
            self.set_state(hub, cpuUsage=cpu, memoryUsage=memory, diskUsage=disk)
            return
        self.world["device_states"][hub] |= {
            "CPULoad": _value(round(cpu)),
            "memoryLoad": _value(round(memory)),
            "diskUsage": _value(round(disk)),
        }

    def step(self) -> None:
        """Let something happen in the home."""
        rng = self.random
        choices: list[tuple[int, Callable[[], None]]] = [
            (8, self._step_temperature),
            (4, self._step_power),
            (3, lambda: self._flip("coffee.SwitchActuator", "onState")),
            (3, lambda: self._flip("spots.SwitchActuator", "onState")),
            (3, lambda: self._flip("fountain.SwitchActuator", "onState")),
            (3, lambda: self.set_state("ceiling.DimmerActuator", dimLevel=rng.randint(0, 100))),
            (2, lambda: self.set_state("bedside.DimmerActuator", dimLevel=rng.choice((0, 30)))),
            (
                3,
                lambda: self.set_state("shutter.RollerShutterActuator", shutterLevel=rng.randrange(0, 101, 10)),
            ),
            (3, lambda: self._flip("bath_window.WindowDoorSensor", "isOpen")),
            (3, lambda: self._flip("front_door.WindowDoorSensor", "isOpen")),
            (4, lambda: self.motion("hall_motion.MotionDetectionSensor")),
            (3, lambda: self.motion("terrace_motion.MotionDetectionSensor")),
            (
                3,
                lambda: self.set_state("hall_motion.LuminanceSensor", luminance=rng.randint(5, 90)),
            ),
            (
                3,
                lambda: self.press("remote.PushButtonSensor", rng.randrange(8), long=not rng.randrange(5)),
            ),
            (2, lambda: self.press("spots.PushButtonSensor", rng.randrange(2))),
            (
                2,
                lambda: self.set_state("floor_heating.ValveActuator", valvePosition=rng.randint(0, 100)),
            ),
            (
                3,
                lambda: self.set_state("station.CarbonDioxideSensor", carbonDioxideLevel=rng.randint(420, 1400)),
            ),
            (4, lambda: self.hub_load(rng.uniform(1, 30), rng.uniform(40, 60))),
        ]
        weights = [weight for weight, _ in choices]
        _, action = rng.choices(choices, weights)[0]
        with suppress(LookupError):
            action()

    def _flip(self, key: str, name: str) -> None:
        self.set_state(key, **{name: not self.value(key, name)})

    def _step_temperature(self) -> None:
        rng = self.random
        key, room = rng.choice(
            (
                ("bath_radiator", "bath_climate"),
                ("living_radiator", "living_climate"),
                ("living_wall", "living_climate"),
            )
        )
        temperature = round(self.value(f"{key}.TemperatureSensor", "temperature"), 1)
        drift = rng.choice((-0.2, -0.1, 0.1, 0.2))
        temperature = round(min(25, max(16, temperature + drift)), 1)
        self.set_state(f"{key}.TemperatureSensor", temperature=temperature)
        self.set_state(f"{room}.RoomTemperature", temperature=temperature)
        humidity = float(rng.randint(35, 70))
        self.set_state(f"{key}.HumiditySensor", humidity=humidity)
        self.set_state(f"{room}.RoomHumidity", humidity=humidity)

    def _step_power(self) -> None:
        key = "meter.EnergyConsumptionSensor"
        total = round(self.value(key, "absoluteEnergyConsumption") + 0.01, 2)
        day = round(self.value(key, "energyConsumptionDayKWh") + 0.01, 2)
        self.set_state(key, absoluteEnergyConsumption=total, energyConsumptionDayKWh=day)
        watt = self.random.randint(120, 2400)
        self.set_state("meter.PowerConsumptionSensor", powerConsumptionWatt=watt)
        self.set_state("solar.TwoWayMeterPowerConsumptionSensor", powerInWatt=self.random.randint(-900, 600))

    def garbage_frames(self) -> list[Frame]:
        """Return events with missing, null, wrong and unknown parts."""
        source = f"/capability/{self.resolve('coffee.SwitchActuator')}"
        base = {"sequenceNumber": -1, "type": "StateChanged", "source": source}
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

    def flood_frame(self, index: int, *, change: bool) -> Frame:
        """Return a new temperature of the bath's radiator, or the present one again."""
        key = "bath_radiator.TemperatureSensor"
        if change:
            self.world["capability_states"][self.resolve(key)]["temperature"] = _value(round(15 + index % 100 / 10, 1))
        self.sequence += 1
        value = self.value(key, "temperature")
        return {
            "sequenceNumber": self.sequence,
            "type": "StateChanged",
            "desc": "/desc/device/RST2.RWE/1.0/capability/TemperatureSensor/event/StateChanged",
            "namespace": "CosipDevices.RWE",
            "timestamp": timestamp(),
            "source": f"/capability/{self.resolve(key)}",
            "properties": {"temperature": value},
        }


def _error_body(code: int) -> Data:
    _, text = ERRORS.get(code, (0, ""))
    return {"errorcode": code, "description": text, "messages": []}


def _value(value: object) -> Data:
    return {"value": value, "lastChanged": timestamp()}


def _last(link: str) -> str:
    return link.rpartition("/")[2]


def _object(body: bytes) -> Data:
    data = parse(body)
    if not isinstance(data, dict):
        raise ApiError(3001)
    return data


def _params(raw: object, definition: Action) -> Data:
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        raise ApiError(4001)
    params: Data = {}
    for name, wrapped in raw.items():
        check = definition.required.get(name) or definition.optional.get(name)
        if check is None or not isinstance(wrapped, dict) or wrapped.get("type") != "Constant":
            raise ApiError(4001)
        if not check(wrapped.get("value")):
            raise ApiError(4001)
        params[name] = wrapped["value"]
    if definition.required.keys() - params.keys():
        raise ApiError(4001)
    return params
