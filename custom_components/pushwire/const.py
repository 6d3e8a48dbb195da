"""Constants of the whole integration."""

from typing import Final

DOMAIN: Final = "pushwire"

CONF_VENDOR: Final = "vendor"
# Devices of a replaced system that its replacement does not have.
CONF_LEFT_DEVICES: Final = "left_devices"
