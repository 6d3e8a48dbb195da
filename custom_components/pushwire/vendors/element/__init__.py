"""ELEMENT IoT, a LoRaWAN platform that pushes readings and packets through WebSockets."""

from types import MappingProxyType
from typing import Final

from homeassistant.const import Platform

from ...core.vendor import Vendor, combine
from ...lorawan.binary_sensor import entities as lorawan_binary_sensors
from ...lorawan.button import entities as lorawan_buttons
from ...lorawan.codec_flow import CodecSubentryFlow
from ...lorawan.codecs import SUBENTRY_TYPE as CODEC_TYPE
from ...lorawan.device_tracker import entities as lorawan_trackers
from ...lorawan.number import entities as lorawan_numbers
from ...lorawan.options_flow import LorawanOptionsFlow
from ...lorawan.repairs import create_fix_flow
from ...lorawan.select import entities as lorawan_selects
from ...lorawan.sensor import entities as lorawan_sensors
from ...lorawan.switch import entities as lorawan_switches
from . import event, sensor
from .config_flow import (
    NAME,
    ScopeFlow,
    async_add_choices,
    bound_credentials,
    probe,
    reauth_schema,
    reconfigure_schema,
    replacement_ids,
)
from .coordinator import ElementCoordinator
from .scopes import SUBENTRY_TYPE

ELEMENT: Final = Vendor(
    name=NAME,
    coordinator=ElementCoordinator,
    builders=MappingProxyType(
        {
            Platform.BINARY_SENSOR: lorawan_binary_sensors,
            Platform.BUTTON: lorawan_buttons,
            Platform.DEVICE_TRACKER: lorawan_trackers,
            Platform.EVENT: event.entities,
            Platform.NUMBER: lorawan_numbers,
            Platform.SELECT: lorawan_selects,
            Platform.SENSOR: combine(lorawan_sensors, sensor.entities),
            Platform.SWITCH: lorawan_switches,
        }
    ),
    probe=probe,
    reauth_schema=reauth_schema,
    reconfigure_schema=reconfigure_schema,
    create_fix_flow=create_fix_flow,
    options_flow=LorawanOptionsFlow,
    bound_credentials=bound_credentials,
    replacement_ids=replacement_ids,
    subentry_flows=MappingProxyType({SUBENTRY_TYPE: ScopeFlow, CODEC_TYPE: CodecSubentryFlow}),
    async_add_choices=async_add_choices,
)
