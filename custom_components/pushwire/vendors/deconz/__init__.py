"""deCONZ: a ZigBee gateway that pushes by WebSocket and takes commands by REST."""

from typing import Final

from ...core.vendor import Vendor
from .config_flow import NAME, forget, options_schema, probe, reauth_schema, reconfigure_schema
from .coordinator import DeconzCoordinator

DECONZ: Final = Vendor(
    name=NAME,
    coordinator=DeconzCoordinator,
    probe=probe,
    reauth_schema=reauth_schema,
    reconfigure_schema=reconfigure_schema,
    forget=forget,
    options_schema=options_schema,
)
