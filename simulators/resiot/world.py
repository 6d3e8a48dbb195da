"""Gateways and nodes of the simulated ResIOT server."""

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


def make_node(eui: str, appeui: str, name: str, port: int, seqno: int) -> Data:
    """Return a node with the number of its last uplink."""
    return {
        "deveui": eui,
        "appeui": appeui,
        "name": name,
        "port": port,
        "seqno": seqno,
        "values": {},
        "tags": {},
    }


def build() -> Data:
    """Return the world of the server.

    Keys: `gateways` and `nodes` by EUI, `ids` from readable keys to DevEUIs, `downlinks` as a list.
    """
    return {
        "gateways": {
            GATEWAY: {"eui": GATEWAY, "name": "Dach", "timeout": 300, "alive": None},
            GATEWAY_ROOF: {"eui": GATEWAY_ROOF, "name": "Turm", "timeout": 300, "alive": None},
        },
        "nodes": {eui: make_node(eui, APP, name, port, 1952) for eui, name, port in NODES.values()},
        "ids": {key: eui for key, (eui, _, _) in NODES.items()},
        "downlinks": [],
    }
