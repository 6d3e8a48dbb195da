"""LIVISI: the SmartHome hub that pushes events by WebSocket and takes actions by REST."""

from typing import Final

from ...core.vendor import Vendor
from .config_flow import NAME, probe, reauth_schema, reconfigure_schema
from .coordinator import LivisiCoordinator

LIVISI: Final = Vendor(
    name=NAME,
    coordinator=LivisiCoordinator,
    probe=probe,
    reauth_schema=reauth_schema,
    reconfigure_schema=reconfigure_schema,
)
