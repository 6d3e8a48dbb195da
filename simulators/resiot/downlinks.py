"""TX commands of a socket: their result, and the frames that follow (docs/protocols/resiot.md, 3)."""

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Literal

from ..base import Data, parse
from .checks import device_eui_of, fault_of
from .world import GATEWAY

if TYPE_CHECKING:
    from ..base import Socket
    from .network import Network

type TxResult = Literal["success", "fail", "never", "late", "other_first"]


class Downlinks:
    """The downlinks of a network."""

    def __init__(self, network: Network, *, lifecycle: bool) -> None:
        """Initialize; `lifecycle` reports each downlink on its way to the device."""
        self._network = network
        self._lifecycle = lifecycle
        self.result: TxResult = "success"
        self.result_delay = 1.0
        self.fail_details = "Connector not reachable"
        self.step_delay = 0.02
        self.radio_error = ""
        self.device_confirms = True

    def handle(self, socket: Socket, text: str) -> None:
        """Answer a command, and send its downlink if the command is valid."""
        command = parse(text.encode())
        reference = str(command.get("Reference", "")) if isinstance(command, dict) else ""
        fault = fault_of(command, self._network.world["nodes"])
        if fault is None and self.result == "fail":
            fault = self.fail_details
        self._push_result(socket, reference, fault)
        if fault is None and isinstance(command, dict):
            self._send(command, reference)

    def _push_result(self, socket: Socket, reference: str, fault: str | None) -> None:
        network = self._network
        result = {"Result": "Success" if fault is None else "Fail", "Details": fault or "", "Reference": reference}
        match self.result:
            case "never":
                pass
            case "late":
                network.call_later(self.result_delay, lambda: network.push_to([socket], result))
            case "other_first":
                network.push_to([socket], {"Result": "Fail", "Details": "other", "Reference": f"not-{reference}"})
                network.push_to([socket], result)
            case _:
                network.push_to([socket], result)

    def _send(self, command: Data, reference: str) -> None:
        network = self._network
        eui = str(device_eui_of(command)).lower()
        payload = command["Payload"].encode().hex() if command.get("Raw") else command["Payload"]
        port, confirm = command["Port"], bool(command.get("Confirm"))
        network.world["downlinks"].append(
            {"deveui": eui, "payload": payload, "port": port, "confirm": confirm, "reference": reference}
        )
        network.report_downlink(eui, payload, port, reference=reference, confirm=confirm)
        if not self._lifecycle:
            return
        steps: list[tuple[str, Data]] = [
            ("comm_gwtx", {}),
            ("comm_txinfo", {}),
            ("comm_txsendack", {"Error": self.radio_error}),
            ("comm_txsendconfirm", {"Error": self.radio_error}),
        ]
        if confirm and self.device_confirms and not self.radio_error:
            steps.append(("comm_txconfirm", {}))
        for number, (kind, fields) in enumerate(steps, 1):
            frame = {"Reference": reference, "Payload": payload, "Port": str(port), **fields}
            network.call_later(number * self.step_delay, partial(self._push_step, kind, eui, frame))

    def _push_step(self, kind: str, eui: str, fields: Data) -> None:
        # The node may have been deleted.
        with suppress(LookupError):
            self._network.push_frame(kind, deveui=eui, gateways=[GATEWAY], **fields)
