"""Frames to test a client with: floods of valid uplinks, and malformed frames."""

from typing import TYPE_CHECKING

from ..base import Data, Frame
from .lpp import encode_lpp
from .network import local_now
from .world import APP, CONNECTOR, GATEWAY

if TYPE_CHECKING:
    from .network import Network


def climate_uplink(network: Network, index: int, *, change: bool) -> Frame:
    """Return an uplink of the node in the office: a new temperature, or the current one again."""
    eui = network.resolve("office")
    node = network.world["nodes"][eui]
    if change:
        node["seqno"] += 1
        node["values"] |= {"temperature": 15 + index % 100 / 10, "humidity": 50.0}
    temperature = node["values"].setdefault("temperature", 20.0)
    return {
        network.type_field: "comm_rx",
        "Connector": CONNECTOR,
        "AppEui": node["appeui"],
        "DevEui": eui,
        "Port": "2",
        "GatewayEUIs": [GATEWAY],
        "Payload": encode_lpp([(1, "temperature", temperature), (2, "humidity", 50.0)]),
        "Extra": network.format_extra({"duplicate": "false", "rssi": "-80", "seqno": str(node["seqno"]), "snr": "7.5"}),
        "DT": local_now(),
    }


def malformed_frames(network: Network) -> list[Frame]:
    """Return frames with missing, null, wrong and unknown parts."""
    eui, kind = network.resolve("office"), network.type_field
    base: Data = {kind: "comm_rx", "DevEui": eui, "AppEui": APP, "Connector": CONNECTOR}
    return [
        {kind: None},
        {kind: 7},
        {kind: "comm_neverseen", "DevEui": eui},
        {kind: "comm_rx"},
        {**base},
        {**base, "Payload": "zz", "Port": "2"},
        {**base, "Payload": "016", "Port": "2"},
        {**base, "Payload": None, "Port": None, "Extra": None, "GatewayEUIs": None},
        {**base, "Payload": 7, "Port": "two", "Extra": "text", "GatewayEUIs": "text"},
        {**base, "Payload": "0167", "Port": "2", "Extra": [None, 7, {"fieldname": None}]},
        {**base, "Payload": "", "Port": "2", "Extra": {"rssi": "loud", "snr": [], "seqno": {}}},
        {**base, "Payload": "", "DT": "yesterday"},
        {**base, "DevEui": ["x"], "Payload": "01"},
        {kind: "comm_gwalive", "GatewayEUIs": [None, 7]},
        {kind: "comm_push", "data": None},
        {kind: "comm_push"},
        {"Result": "Success"},
        {"Result": None, "Details": 7, "Reference": []},
        '{"CommType":"comm_gwalive","GatewayEUIs":[]}\n{"CommType":"comm_gwalive"}',
    ]
