"""Faults of TX commands (docs/protocols/resiot.md, 3)."""

from ..base import Data
from .world import CONNECTOR

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


def device_eui_of(command: Data) -> object:
    """Return the DevEUI of a command, in either spelling of its key."""
    return command.get("DevEui", command.get("DevEUI"))


def fault_of(command: object, nodes: Data) -> str | None:  # noqa: PLR0911
    """Return the fault of a command to one of `nodes`, or None if the command is valid."""
    if not isinstance(command, dict):
        return "Invalid JSON"
    if unknown := command.keys() - TX_FIELDS:
        return f"Unknown field {min(unknown)}"
    if command.get("function") != "TX":
        return "Invalid function"
    eui = device_eui_of(command)
    node = nodes.get(eui.lower()) if isinstance(eui, str) else None
    app = command.get("AppEui")
    if node is None:
        return "DevEui not found"
    if not isinstance(app, str) or app.lower() != node["appeui"]:
        return "AppEui not found"
    if command.get("Connector", "") not in ("", CONNECTOR):
        return "Connector not found"
    return _form_fault(command)


def _form_fault(command: Data) -> str | None:
    port, payload = command.get("Port"), command.get("Payload")
    if isinstance(port, bool) or not isinstance(port, int) or port not in PORTS:
        return "Invalid Port"
    if not isinstance(payload, str):
        return "Invalid Payload"
    if any(not isinstance(command.get(name, False), bool) for name in ("Raw", "Confirm")):
        return "Invalid Raw or Confirm"
    if any(not isinstance(command.get(name, ""), str) for name in ("Reference", "WSCommand")):
        return "Invalid Reference or WSCommand"
    if not command.get("Raw", False):
        try:
            bytes.fromhex(payload)
        except ValueError:
            return "Payload is not hex encoded"
    return None
