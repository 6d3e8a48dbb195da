"""deCONZ: Zigbee gateway with a WebSocket for changes and REST for commands."""

from types import MappingProxyType
from typing import Final

from homeassistant.const import Platform

from ...core.vendor import Vendor
from . import (
    alarm_control_panel,
    binary_sensor,
    button,
    climate,
    cover,
    event,
    fan,
    light,
    lock,
    number,
    scene,
    select,
    sensor,
    siren,
    switch,
    text,
    valve,
)
from .config_flow import NAME, async_cleanup, options_schema, probe, reauth_schema, reconfigure_schema, replacement_ids
from .coordinator import DeconzCoordinator
from .repairs import CertificateRepairFlow

DECONZ: Final = Vendor(
    name=NAME,
    coordinator=DeconzCoordinator,
    builders=MappingProxyType(
        {
            Platform.ALARM_CONTROL_PANEL: alarm_control_panel.entities,
            Platform.BINARY_SENSOR: binary_sensor.entities,
            Platform.BUTTON: button.entities,
            Platform.CLIMATE: climate.entities,
            Platform.COVER: cover.entities,
            Platform.EVENT: event.entities,
            Platform.FAN: fan.entities,
            Platform.LIGHT: light.entities,
            Platform.LOCK: lock.entities,
            Platform.NUMBER: number.entities,
            Platform.SCENE: scene.entities,
            Platform.SELECT: select.entities,
            Platform.SENSOR: sensor.entities,
            Platform.SIREN: siren.entities,
            Platform.SWITCH: switch.entities,
            Platform.TEXT: text.entities,
            Platform.VALVE: valve.entities,
        }
    ),
    probe=probe,
    reauth_schema=reauth_schema,
    reconfigure_schema=reconfigure_schema,
    async_cleanup=async_cleanup,
    options_schema=options_schema,
    replacement_ids=replacement_ids,
    create_fix_flow=CertificateRepairFlow,
)
