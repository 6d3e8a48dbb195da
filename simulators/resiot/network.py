"""LoRaWAN network of the server: what its gateways and nodes can send, and the frames that report it."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar, Literal

from ..base import Data, Simulator
from .lpp import Measurement, encode_lpp
from .world import APP, CONNECTOR, GATEWAY, GATEWAY_CONNECTOR, build, go_time, make_node

type ExtraForm = Literal["object", "array", "null"]

_LOCAL = timezone(timedelta(hours=1))


def local_now() -> str:
    """Return the time as frames carry it: seven fractional digits and the local offset."""
    return f"{datetime.now(_LOCAL):%Y-%m-%dT%H:%M:%S.%f}2+01:00"


class Network(Simulator):
    """The server's gateways and nodes; methods take DevEUIs or the readable keys of `world["ids"]`."""

    vendor: ClassVar[str] = "resiot"

    def __init__(
        self, *, type_field: str, extra_form: ExtraForm, nodetags: bool, raw_radio: bool, **options: Any
    ) -> None:
        """Initialize; the options are those of `ResiotSimulator`."""
        super().__init__(**options)
        self.type_field = type_field
        self.extra_form: ExtraForm = extra_form
        self.nodetags = nodetags
        self.raw_radio = raw_radio
        self.world = build()
        # Nodes that have sent Cayenne LPP, with the port.
        self._introduced: set[tuple[str, int | None]] = set()

    def resolve(self, key: str) -> str:
        """Return the DevEUI for a readable key such as "office", or the DevEUI itself."""
        eui = str(self.world["ids"].get(key, key)).lower()
        if eui not in self.world["nodes"]:
            raise LookupError(key)
        return eui

    def push_frame(
        self,
        kind: str,
        *,
        deveui: str = "",
        gateways: list[str] | None = None,
        extra: Data | None = None,
        **fields: object,
    ) -> None:
        """Push a frame of the documented form; `fields` replace or extend it."""
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
                "Extra": self.format_extra(extra or {}),
                "DT": local_now(),
                **fields,
            }
        )

    def format_extra(self, extra: Data) -> object:
        """Return the fields of Extra in the form that `extra_form` selects."""
        match self.extra_form:
            case "array":
                return [{"fieldname": name, "fieldvalue": value} for name, value in extra.items()]
            case "null" if not extra:
                return None
        return extra

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
        receivers = [GATEWAY] if gateways is None else gateways
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
        node["last"] = {"date": go_time(datetime.now(UTC)), **shown, "Extra": radio}
        if self.raw_radio:
            for gateway in receivers:
                self.push_frame("comm_gwrx", deveui=eui, gateways=[gateway], extra=radio, Mine=True, **shown)
        tags = {"nodetags": {name: {"Value": value} for name, value in node["values"].items()}}
        more: Data = tags if self.nodetags else {}
        self.push_frame("comm_rx", deveui=eui, gateways=receivers, extra=radio, **shown, **more)

    def uplink_lpp(
        self,
        key: str,
        measurements: list[Measurement],
        port: int | None = None,
        *,
        introduce: bool = True,
        **options: Any,
    ) -> None:
        """Receive measurements as Cayenne LPP and store their values; `options` are those of `uplink`.

        With `introduce`, the first measurements of a port come twice: a client cannot recognize the
        format from one payload.
        """
        eui = self.resolve(key)
        self.world["nodes"][eui]["values"] |= {kind: value for _, kind, value in measurements}
        payload = encode_lpp(measurements)
        if introduce and (eui, port) not in self._introduced:
            self.uplink(eui, payload, port, **options)
        if not self._losing and self.open_sockets:
            self._introduced.add((eui, port))
        self.uplink(eui, payload, port, **options)

    def join(self, key: str, **fields: Any) -> None:
        """Receive a join request; the frame counter restarts at 0. `fields` extend the frame."""
        eui = self.resolve(key)
        self.world["nodes"][eui]["seqno"] = 0
        self.push_frame("comm_join", deveui=eui, **fields)

    def gateway_alive(self, eui: str = GATEWAY) -> None:
        """Receive the keep-alive message of a gateway."""
        self.world["gateways"][eui]["alive"] = go_time(datetime.now(UTC))
        self.push_frame("comm_gwalive", gateways=[eui])

    def foreign_uplink(self, payload: str = "40ffeeddcc800100") -> None:
        """Receive a device of another network: a comm_gwrx frame with `Mine` false."""
        self.push_frame("comm_gwrx", gateways=[GATEWAY], Payload=payload, Mine=False)

    def report_downlink(
        self, key: str, payload: str, port: int = 1, *, reference: str = "", confirm: bool = False
    ) -> None:
        """Report a downlink that is requested on the platform: a comm_tx frame."""
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
            "Extra": self.format_extra({"priority": 0, "window": "BOTH"}),
            "DT": local_now(),
        }
        self.push(frame)

    def push_data(self, data: Data) -> None:
        """Push custom data, as a scene of the platform does: a comm_push frame."""
        self.push({self.type_field: "comm_push", "data": data, "DT": local_now()})

    def add_node(self, key: str, deveui: str, name: str = "Neuer Knoten", *, appeui: str = APP) -> None:
        """Add a node, which clients see with its first frame; nodes of Sigfox and others have short EUIs."""
        eui = deveui.lower()
        self.world["nodes"][eui] = make_node(eui, appeui, name, 1, 0)
        self.world["ids"][key] = eui

    def delete(self, key: str) -> None:
        """Remove a node; the socket reports nothing about it."""
        del self.world["nodes"][self.resolve(key)]
