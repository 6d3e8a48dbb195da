"""LIVISI SmartHome: hub with events by WebSocket, and full state and actions by REST."""

from types import MappingProxyType
from typing import Final

from homeassistant.const import Platform

from ...core.vendor import Vendor
from . import binary_sensor, button, climate, cover, event, light, number, select, sensor, siren, switch
from .config_flow import NAME, options_schema, probe, reauth_schema, reconfigure_schema, replacement_ids
from .coordinator import LivisiCoordinator

LIVISI: Final = Vendor(
    name=NAME,
    coordinator=LivisiCoordinator,
    builders=MappingProxyType(
        {
            Platform.BINARY_SENSOR: binary_sensor.entities,
            Platform.BUTTON: button.entities,
            Platform.CLIMATE: climate.entities,
            Platform.COVER: cover.entities,
            Platform.EVENT: event.entities,
            Platform.LIGHT: light.entities,
            Platform.NUMBER: number.entities,
            Platform.SELECT: select.entities,
            Platform.SENSOR: sensor.entities,
            Platform.SIREN: siren.entities,
            Platform.SWITCH: switch.entities,
        }
    ),
    probe=probe,
    options_schema=options_schema,
    reauth_schema=reauth_schema,
    reconfigure_schema=reconfigure_schema,
    replacement_ids=replacement_ids,
)
