"""ELEMENT IoT, a LoRaWAN platform that pushes readings and packets through WebSockets."""

from types import MappingProxyType
from typing import Final

from homeassistant.const import Platform

from ...core.vendor import Vendor
from ...lorawan import binary_sensor, sensor
from . import event
from .config_flow import NAME, probe, reauth_schema, reconfigure_schema
from .coordinator import ElementCoordinator

ELEMENT: Final = Vendor(
    name=NAME,
    coordinator=ElementCoordinator,
    builders=MappingProxyType(
        {
            Platform.BINARY_SENSOR: binary_sensor.entities,
            Platform.EVENT: event.entities,
            Platform.SENSOR: sensor.entities,
        }
    ),
    probe=probe,
    reauth_schema=reauth_schema,
    reconfigure_schema=reconfigure_schema,
)
