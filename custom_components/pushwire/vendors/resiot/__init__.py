"""ResIOT: a LoRaWAN network server with a socket for every communication."""

from typing import Final

from ...core.vendor import Vendor
from .config_flow import NAME, probe, reauth_schema, reconfigure_schema
from .coordinator import ResiotCoordinator

RESIOT: Final = Vendor(
    name=NAME,
    coordinator=ResiotCoordinator,
    probe=probe,
    reauth_schema=reauth_schema,
    reconfigure_schema=reconfigure_schema,
)
