"""ResIOT, a LoRaWAN network server that pushes every communication through a WebSocket."""

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
from . import binary_sensor, button, event, number, sensor, switch, text
from .config_flow import NAME, bound_credentials, probe, reauth_schema, reconfigure_schema
from .coordinator import ResiotCoordinator

RESIOT: Final = Vendor(
    name=NAME,
    coordinator=ResiotCoordinator,
    builders=MappingProxyType(
        {
            Platform.BINARY_SENSOR: combine(lorawan_binary_sensors, binary_sensor.entities),
            Platform.BUTTON: combine(lorawan_buttons, button.entities),
            Platform.DEVICE_TRACKER: lorawan_trackers,
            Platform.EVENT: event.entities,
            Platform.NUMBER: combine(lorawan_numbers, number.entities),
            Platform.SELECT: lorawan_selects,
            Platform.SENSOR: combine(lorawan_sensors, sensor.entities),
            Platform.SWITCH: combine(lorawan_switches, switch.entities),
            Platform.TEXT: text.entities,
        }
    ),
    probe=probe,
    reauth_schema=reauth_schema,
    reconfigure_schema=reconfigure_schema,
    create_fix_flow=create_fix_flow,
    options_flow=LorawanOptionsFlow,
    subentry_flows=MappingProxyType({CODEC_TYPE: CodecSubentryFlow}),
    bound_credentials=bound_credentials,
)
