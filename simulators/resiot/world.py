"""Gateways and nodes of the simulated ResIOT server."""

from datetime import datetime

from ..base import Data

APP = "006c3b194374ac7f"
CONNECTOR = "636f6e313332"
GATEWAY_CONNECTOR = "69643d3139"
GATEWAY = "218000AC0000a05f"
GATEWAY_ROOF = "218000AC0000a060"

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
"""Readable key to DevEUI, name and port of the uplinks."""

POSITION_TAGS = ("Latitude", "Longitude", "Altitude")
"""Tags of every node, which most nodes never set."""


def go_time(moment: datetime) -> str:
    """Return a time in UTC as REST writes it."""
    return f"{moment:%Y-%m-%d %H:%M:%S.%f} +0000 UTC m=+1.2"


def make_node(eui: str, appeui: str, name: str, port: int, seqno: int) -> Data:
    """Return a node with the number of its last uplink.

    `tags` by name have a `value`, `at` (the time of the value as REST writes it, None for a list
    without times, left out for never), and further fields of the list. `last` is the last message.
    """
    return {
        "deveui": eui,
        "appeui": appeui,
        "name": name,
        "port": port,
        "seqno": seqno,
        "values": {},
        "description": {},
        "tags": {name: {"value": "0"} for name in POSITION_TAGS},
        "commands": [],
        "last": None,
    }


def build() -> Data:
    """Return the world of the server.

    Keys: `gateways` and `nodes` by EUI, `ids` from readable keys to DevEUIs, `downlinks` as a list, `started` the
    commands that REST has started.
    """
    return {
        "gateways": {
            GATEWAY: {"eui": GATEWAY, "name": "Dach", "timeout": 300, "alive": None},
            GATEWAY_ROOF: {"eui": GATEWAY_ROOF, "name": "Turm", "timeout": 300, "alive": None},
        },
        "nodes": {eui: make_node(eui, APP, name, port, 1952) for eui, name, port in NODES.values()},
        "ids": {key: eui for key, (eui, _, _) in NODES.items()},
        "downlinks": [],
        "started": [],
    }
