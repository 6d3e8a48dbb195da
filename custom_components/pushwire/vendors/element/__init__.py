"""ELEMENT IoT: a LoRaWAN platform with sockets for decoded readings and packets."""

from typing import Final

from ...core.vendor import Vendor
from .config_flow import NAME, probe, reauth_schema, reconfigure_schema
from .coordinator import ElementCoordinator

ELEMENT: Final = Vendor(
    name=NAME,
    coordinator=ElementCoordinator,
    probe=probe,
    reauth_schema=reauth_schema,
    reconfigure_schema=reconfigure_schema,
)
