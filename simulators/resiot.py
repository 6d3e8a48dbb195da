"""A ResIOT network server.

Written from documents/resiot-websocket.txt and facts/lorawan.md part B.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from aiohttp import web

from .base import Data, Frame, Simulator, Socket, is_upgrade, parse, reply

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "e7Zp3kQ9vB1x"
REST_TOKEN = "rest-v3-token"
APP = "006c3b194374ac7f"
CONNECTOR = "636f6e313332"
GATEWAY_CONNECTOR = "69643d3139"
GATEWAY = "218000AC0000a05f"
GATEWAY_ROOF = "218000AC0000a060"
LOCAL = timezone(timedelta(hours=1))
NEVER = "0001-01-01 00:00:00 +0000 UTC"
PORTS = range(1, 224)
TX_FIELDS = frozenset(
    {
        "function",
        "Payload",
        "AppEui",
        "DevEUI",
        "DevEui",
        "Connector",
        "Port",
        "WSCommand",
        "Reference",
        "Raw",
        "Confirm",
    }
)

type Answer = Literal["success", "fail", "never", "late", "other_first"]
type ExtraForm = Literal["object", "array", "null"]
type Measurement = tuple[int, str, Any]

LPP: dict[str, tuple[int, Callable[[Any], bytes]]] = {
    "digital_in": (0x00, lambda value: int(value).to_bytes(1)),
    "analog_in": (0x02, lambda value: round(value * 100).to_bytes(2, signed=True)),
    "illuminance": (0x65, lambda value: round(value).to_bytes(2)),
    "presence": (0x66, lambda value: int(value).to_bytes(1)),
    "temperature": (0x67, lambda value: round(value * 10).to_bytes(2, signed=True)),
    "humidity": (0x68, lambda value: round(value * 2).to_bytes(1)),
    "acceleration": (0x71, lambda value: b"".join(round(axis * 1000).to_bytes(2, signed=True) for axis in value)),
    "barometer": (0x73, lambda value: round(value * 10).to_bytes(2)),
    "gps": (
        0x88,
        lambda value: (
            round(value[0] * 10_000).to_bytes(3, signed=True)
            + round(value[1] * 10_000).to_bytes(3, signed=True)
            + round(value[2] * 100).to_bytes(3, signed=True)
        ),
    ),
}
"""Cayenne LPP: type byte and encoder by kind; all numbers big-endian."""


def encode_lpp(measurements: list[Measurement]) -> str:
    """Return Cayenne LPP as hex for (channel, kind, value): °C, %, hPa, lx, g, (°, °, m)."""
    payload = b""
    for channel, kind, value in measurements:
        code, encode = LPP[kind]
        payload += bytes((channel, code)) + encode(value)
    return payload.hex()


NODES: dict[str, tuple[str, str, int]] = {
    "office": ("0732227a557d8601", "Büro Klima", 2),
    "greenhouse": ("0732227a557d8602", "Gewächshaus", 2),
    "door": ("0732227a557d8603", "Tor", 2),
    "presence": ("0732227a557d8604", "Besprechung", 2),
    "tank": ("0732227a557d8605", "Zisterne", 2),
    "tracker": ("0732227a557d8606", "Anhänger", 2),
    "meter": ("0732227a557d8679", "Zähler", 128),
    "valve": ("0732227a557d8608", "Ventil", 50),
}
"""Readable key to DevEUI, name and the port of its uplinks."""


class ResiotSimulator(Simulator):
    """The server with its gateways and nodes; methods take DevEUIs or readable keys."""

    vendor: ClassVar[str] = "resiot"

    def __init__(
        self,
        *,
        type_field: Literal["CommType", "MsgType"] = "CommType",
        extra_form: ExtraForm = "object",
        token_in: Literal["path", "query"] = "path",
        nodetags: bool = False,
        raw_radio: bool = True,
        lifecycle: bool = True,
        rest: bool = False,
        **options: Any,
    ) -> None:
        """Prepare a server.

        `type_field` and `extra_form` choose between the forms of the vendor's page; `nodetags`
        adds decoded values to uplinks; `raw_radio` pushes comm_gwrx; `lifecycle` follows each
        downlink; `rest` puts the REST address into `user_input`.
        """
        super().__init__(**options)
        self.type_field = type_field
        self.extra_form: ExtraForm = extra_form
        self.token_in = token_in
        self.nodetags = nodetags
        self.raw_radio = raw_radio
        self.lifecycle = lifecycle
        self.rest = rest
        self.token = TOKEN
        self.rest_token = REST_TOKEN
        self.refusal = HTTPStatus.UNAUTHORIZED
        self.answer: Answer = "success"
        self.fail_details = "Connector not reachable"
        self.delay = 0.02
        self.late = 1.0
        self.radio_error = ""
        self.confirms = True
        self.world: Data = {
            "gateways": {
                GATEWAY: {"eui": GATEWAY, "name": "Dach", "timeout": 300, "alive": None},
                GATEWAY_ROOF: {"eui": GATEWAY_ROOF, "name": "Turm", "timeout": 300, "alive": None},
            },
            "nodes": {
                eui: {"deveui": eui, "appeui": APP, "name": name, "port": port, "seqno": 1952, "values": {}, "tags": {}}
                for eui, name, port in NODES.values()
            },
            "ids": {key: eui for key, (eui, _, _) in NODES.items()},
            "downlinks": [],
        }

    @property
    def socket_url(self) -> str:
        """The socket's full address, token included, as ResIOT shows it."""
        base = f"ws://{self.host}:{self.port}/ws"
        return f"{base}/{self.token}" if self.token_in == "path" else f"{base}?token={self.token}"

    @property
    def ws_url(self) -> str:
        """The socket's full address, as `socket_url`."""
        return self.socket_url

    @property
    def user_input(self) -> Data:
        """The address, and the REST address and token when wanted."""
        data: Data = {"url": self.socket_url, "verify_ssl": True}
        return {**data, "rest_url": self.url, "rest_token": self.rest_token} if self.rest else data

    def change_token(self, token: str) -> None:
        """Give the socket another address; the old token is refused from now on."""
        self.token = token

    # Serving

    def error_body(self, status: int) -> object:
        """Return an error in the form of the REST gateway."""
        return {"error": HTTPStatus(status).phrase, "code": status}

    async def handle(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Accept the socket at its secret address, and answer REST."""
        parts = request.path.strip("/").split("/")
        if parts[0] == "api":
            return self._rest(request, parts[1:], body)
        path = self.token_in == "path"
        if parts[0] != "ws" or len(parts) != (2 if path else 1):
            return web.Response(status=HTTPStatus.NOT_FOUND, text="404 page not found")
        self.logins += 1
        if (parts[1] if path else request.query.get("token")) != self.token:
            self.refused_logins += 1
            return reply(self.error_body(self.refusal), self.refusal)
        if not is_upgrade(request):
            return web.Response(status=HTTPStatus.BAD_REQUEST, text="Bad Request")
        return await self.socket(request)

    def _rest(self, request: web.Request, parts: list[str], body: bytes) -> web.Response:  # noqa: PLR0911
        given = request.headers.get("Grpc-Metadata-Authorization") or request.headers.get("Authorization")
        if given != self.rest_token:
            self.refused_logins += 1
            return reply(self.error_body(HTTPStatus.UNAUTHORIZED), HTTPStatus.UNAUTHORIZED)
        match request.method, parts:
            case "GET", ["gateways"]:
                limit = request.query.get("limit", "10")
                gateways = [_gateway(item) for item in self.world["gateways"].values()]
                return reply({"result": gateways[: int(limit) if limit.isdigit() else None]})
            case "GET", ["gateways", eui, "lastmessage"] if eui in self.world["gateways"]:
                return reply({"date": self.world["gateways"][eui]["alive"] or NEVER})
            case "PUT", ["application", app, "nodes", eui, "tag", tag, "value"]:
                node = self.world["nodes"].get(eui)
                data = parse(body)
                if node is None or app != node["appeui"]:
                    return reply(self.error_body(HTTPStatus.NOT_FOUND), HTTPStatus.NOT_FOUND)
                if not isinstance(data, dict) or not isinstance(data.get("value"), str):
                    return reply(self.error_body(HTTPStatus.BAD_REQUEST), HTTPStatus.BAD_REQUEST)
                node["tags"][tag] = data["value"]
                return reply({})
        return reply(self.error_body(HTTPStatus.NOT_FOUND), HTTPStatus.NOT_FOUND)

    def text(self, socket: Socket, text: str) -> None:
        """Take a TX command and answer it as `answer` says."""
        data = parse(text.encode())
        reference = str(data.get("Reference", "")) if isinstance(data, dict) else ""
        fault = self._fault(data)
        if fault is None and self.answer == "fail":
            fault = self.fail_details
        result = {"Result": "Success" if fault is None else "Fail", "Details": fault or "", "Reference": reference}
        match self.answer:
            case "never":
                pass
            case "late":
                self.later(self.late, lambda: self.push_to([socket], result))
            case "other_first":
                self.push_to([socket], {"Result": "Fail", "Details": "other", "Reference": f"not-{reference}"})
                self.push_to([socket], result)
            case _:
                self.push_to([socket], result)
        if fault is None and isinstance(data, dict):
            self._send(data, reference)

    def _fault(self, data: object) -> str | None:  # noqa: PLR0911
        if not isinstance(data, dict):
            return "Invalid JSON"
        if unknown := data.keys() - TX_FIELDS:
            return f"Unknown field {min(unknown)}"
        if data.get("function") != "TX":
            return "Invalid function"
        eui = data.get("DevEui", data.get("DevEUI"))
        node = self.world["nodes"].get(eui.lower()) if isinstance(eui, str) else None
        app = data.get("AppEui")
        if node is None:
            return "DevEui not found"
        if not isinstance(app, str) or app.lower() != node["appeui"]:
            return "AppEui not found"
        if data.get("Connector", "") not in ("", CONNECTOR):
            return "Connector not found"
        return _form_fault(data)

    def _send(self, data: Data, reference: str) -> None:
        eui = str(data.get("DevEui", data.get("DevEUI"))).lower()
        payload = data["Payload"].encode().hex() if data.get("Raw") else data["Payload"]
        confirm = bool(data.get("Confirm"))
        self.world["downlinks"].append(
            {"deveui": eui, "payload": payload, "port": data["Port"], "confirm": confirm, "reference": reference}
        )
        self.downlink_seen(eui, payload, data["Port"], reference=reference, confirm=confirm)
        if not self.lifecycle:
            return
        steps: list[tuple[str, Data]] = [
            ("comm_gwtx", {}),
            ("comm_txinfo", {}),
            ("comm_txsendack", {"Error": self.radio_error}),
            ("comm_txsendconfirm", {"Error": self.radio_error}),
        ]
        if confirm and self.confirms and not self.radio_error:
            steps.append(("comm_txconfirm", {}))
        for number, (kind, fields) in enumerate(steps, 1):
            frame = {"Reference": reference, "Payload": payload, "Port": str(data["Port"]), **fields}
            self.later(number * self.delay, self._teller(kind, eui, frame))

    def _teller(self, kind: str, eui: str, fields: Data) -> Callable[[], None]:
        def tell() -> None:
            with suppress(LookupError):
                self.frame(kind, deveui=eui, gateways=[GATEWAY], **fields)

        return tell

    # Frames

    def frame(
        self,
        kind: str,
        *,
        deveui: str = "",
        gateways: list[str] | None = None,
        extra: Data | None = None,
        **fields: object,
    ) -> None:
        """Push a frame of the documented form; `fields` replace or add to it."""
        app = self.world["nodes"][deveui]["appeui"] if deveui else ""
        self.push(
            {
                self.type_field: kind,
                "Connector": CONNECTOR if deveui else GATEWAY_CONNECTOR,
                "AppEui": app,
                "DevEui": deveui,
                "Port": "",
                "GatewayEUIs": gateways or (None if self.extra_form == "null" else []),
                "Payload": "",
                "Extra": self._extra(extra or {}),
                "DT": _now(),
                **fields,
            }
        )

    def _extra(self, extra: Data) -> object:
        match self.extra_form:
            case "array":
                return [{"fieldname": name, "fieldvalue": value} for name, value in extra.items()]
            case "null" if not extra:
                return None
        return extra

    # World

    def resolve(self, key: str) -> str:
        """Return the DevEUI for a readable key such as "office", or the DevEUI itself."""
        eui = str(self.world["ids"].get(key, key)).lower()
        if eui not in self.world["nodes"]:
            raise LookupError(key)
        return eui

    def uplink(
        self,
        key: str,
        payload: str,
        port: int | None = None,
        *,
        duplicate: bool = False,
        gateways: list[str] | None = None,
        **extra: str,
    ) -> None:
        """Receive `payload` (hex); `extra` replaces fields of Extra, whose values are strings."""
        eui = self.resolve(key)
        node = self.world["nodes"][eui]
        node["seqno"] += 1
        heard = [GATEWAY] if gateways is None else gateways
        radio = {
            "adr": "true",
            "channel": "4",
            "duplicate": str(duplicate).lower(),
            "frequency": "867.3",
            "modBW": "125",
            "rssi": str(-self.random.randint(30, 118)),
            "seqno": str(node["seqno"]),
            "sf": "7",
            "snr": f"{self.random.uniform(-5, 10):.1f}",
            **extra,
        }
        shown = {"Port": str(node["port"] if port is None else port), "Payload": payload}
        if self.raw_radio:
            for gateway in heard:
                self.frame("comm_gwrx", deveui=eui, gateways=[gateway], extra=radio, Mine=True, **shown)
        tags = {"nodetags": {name: {"Value": value} for name, value in node["values"].items()}}
        more: Data = tags if self.nodetags else {}
        self.frame("comm_rx", deveui=eui, gateways=heard, extra=radio, **shown, **more)

    def measure(self, key: str, measurements: list[Measurement], **extra: Any) -> None:
        """Receive measurements as Cayenne LPP; `world` keeps their values, the rest is as for uplink."""
        eui = self.resolve(key)
        self.world["nodes"][eui]["values"] |= {kind: value for _, kind, value in measurements}
        self.uplink(eui, encode_lpp(measurements), **extra)

    def join(self, key: str) -> None:
        """Receive a join request; the frame counter starts anew."""
        eui = self.resolve(key)
        self.world["nodes"][eui]["seqno"] = 0
        self.frame("comm_join", deveui=eui)

    def gateway_alive(self, eui: str = GATEWAY) -> None:
        """Hear from a gateway."""
        self.world["gateways"][eui]["alive"] = _go_time()
        self.frame("comm_gwalive", gateways=[eui])

    def foreign_uplink(self, payload: str = "40ffeeddcc800100") -> None:
        """Hear a device of another network: comm_gwrx that is not ours."""
        self.frame("comm_gwrx", gateways=[GATEWAY], Payload=payload, Mine=False)

    def downlink_seen(
        self, key: str, payload: str, port: int = 1, *, reference: str = "", confirm: bool = False
    ) -> None:
        """Show a downlink that was sent by the platform: comm_tx."""
        eui = self.resolve(key)
        frame = {
            self.type_field: "comm_tx",
            "Connector": CONNECTOR,
            "AppEui": self.world["nodes"][eui]["appeui"],
            "DevEui": eui,
            "Port": str(port),
            "Payload": payload,
            "Command": "",
            "Reference": reference,
            "Confirmation": confirm,
            "Extra": self._extra({"priority": 0, "window": "BOTH"}),
            "DT": _now(),
        }
        self.push(frame)

    def push_data(self, data: Data) -> None:
        """Push custom data, as a scene of the platform does: comm_push."""
        self.push({self.type_field: "comm_push", "data": data, "DT": _now()})

    def add_node(self, key: str, deveui: str, name: str = "Neuer Knoten", *, appeui: str = APP) -> None:
        """Add a node; it shows with its first frame. Sigfox and others have short EUIs."""
        eui = deveui.lower()
        self.world["nodes"][eui] = {
            "deveui": eui,
            "appeui": appeui,
            "name": name,
            "port": 1,
            "seqno": 0,
            "values": {},
            "tags": {},
        }
        self.world["ids"][key] = eui

    def delete(self, key: str) -> None:
        """Remove a node; the socket says nothing about it."""
        del self.world["nodes"][self.resolve(key)]

    def step(self) -> None:
        """Let a node or gateway send."""
        with suppress(LookupError):
            kind = self.random.choice((*NODES, "gateway", "gateway_roof", "join", "foreign"))
            match kind:
                case "gateway":
                    self.gateway_alive()
                case "gateway_roof":
                    self.gateway_alive(GATEWAY_ROOF)
                case "join":
                    if not self.random.randrange(10):
                        self.join(self.random.choice(list(NODES)))
                case "foreign":
                    self.foreign_uplink()
                case "meter" | "valve":
                    self.uplink(kind, self.random.randbytes(12).hex())
                case _:
                    self.measure(kind, self._measurements(kind))

    def _measurements(self, kind: str) -> list[Measurement]:
        rng = self.random
        temperature = (1, "temperature", round(rng.uniform(15, 28), 1))
        humidity = (2, "humidity", rng.randint(60, 160) / 2)
        match kind:
            case "office":
                return [temperature, humidity]
            case "greenhouse":
                barometer = (3, "barometer", round(rng.uniform(990, 1030), 1))
                return [temperature, humidity, barometer, (4, "illuminance", rng.randint(0, 40_000))]
            case "door":
                return [(1, "digital_in", rng.randrange(2)), (2, "acceleration", (0.0, round(rng.random(), 3), 1.0))]
            case "presence":
                return [(1, "presence", rng.randrange(2)), temperature]
            case "tank":
                return [(1, "analog_in", round(rng.uniform(0.1, 2.4), 2))]
        position = (round(45.4 + rng.uniform(-0.02, 0.02), 4), round(11.8 + rng.uniform(-0.02, 0.02), 4), 12.0)
        return [(1, "gps", position), (2, "analog_in", 3.61)]

    def garbage_frames(self) -> list[Frame]:
        """Return frames with missing, null, wrong and unknown parts."""
        eui = self.resolve("office")
        base: Data = {self.type_field: "comm_rx", "DevEui": eui, "AppEui": APP, "Connector": CONNECTOR}
        return [
            {self.type_field: None},
            {self.type_field: 7},
            {self.type_field: "comm_neverseen", "DevEui": eui},
            {self.type_field: "comm_rx"},
            {**base},
            {**base, "Payload": "zz", "Port": "2"},
            {**base, "Payload": "016", "Port": "2"},
            {**base, "Payload": None, "Port": None, "Extra": None, "GatewayEUIs": None},
            {**base, "Payload": 7, "Port": "two", "Extra": "text", "GatewayEUIs": "text"},
            {**base, "Payload": "0167", "Port": "2", "Extra": [None, 7, {"fieldname": None}]},
            {**base, "Payload": "", "Port": "2", "Extra": {"rssi": "loud", "snr": [], "seqno": {}}},
            {**base, "Payload": "", "DT": "yesterday"},
            {**base, "DevEui": ["x"], "Payload": "01"},
            {self.type_field: "comm_gwalive", "GatewayEUIs": [None, 7]},
            {self.type_field: "comm_push", "data": None},
            {self.type_field: "comm_push"},
            {"Result": "Success"},
            {"Result": None, "Details": 7, "Reference": []},
            '{"CommType":"comm_gwalive","GatewayEUIs":[]}\n{"CommType":"comm_gwalive"}',
        ]

    def flood_frame(self, index: int, *, change: bool) -> Frame:
        """Return an uplink of the office node with another temperature, or the same as ever."""
        eui = self.resolve("office")
        node = self.world["nodes"][eui]
        if change:
            node["seqno"] += 1
            node["values"] |= {"temperature": 15 + index % 100 / 10, "humidity": 50.0}
        temperature = node["values"].setdefault("temperature", 20.0)
        return {
            self.type_field: "comm_rx",
            "Connector": CONNECTOR,
            "AppEui": node["appeui"],
            "DevEui": eui,
            "Port": "2",
            "GatewayEUIs": [GATEWAY],
            "Payload": encode_lpp([(1, "temperature", temperature), (2, "humidity", 50.0)]),
            "Extra": self._extra({"duplicate": "false", "rssi": "-80", "seqno": str(node["seqno"]), "snr": "7.5"}),
            "DT": _now(),
        }


def _form_fault(data: Data) -> str | None:
    port, payload = data.get("Port"), data.get("Payload")
    if isinstance(port, bool) or not isinstance(port, int) or port not in PORTS:
        return "Invalid Port"
    if not isinstance(payload, str):
        return "Invalid Payload"
    if any(not isinstance(data.get(name, False), bool) for name in ("Raw", "Confirm")):
        return "Invalid Raw or Confirm"
    if any(not isinstance(data.get(name, ""), str) for name in ("Reference", "WSCommand")):
        return "Invalid Reference or WSCommand"
    if not data.get("Raw", False):
        try:
            bytes.fromhex(payload)
        except ValueError:
            return "Payload is not hex encoded"
    return None


def _gateway(item: Data) -> Data:
    alive = item["alive"] or NEVER
    return {
        "name": item["name"],
        "gwEUI": item["eui"],
        "timeout": item["timeout"],
        "LastUplink": alive,
        "LastAliveRadio": alive,
        "LastAliveMonitor": NEVER,
    }


def _now() -> str:
    return f"{datetime.now(LOCAL):%Y-%m-%dT%H:%M:%S.%f}2+01:00"


def _go_time() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} +0000 UTC m=+1.2"
