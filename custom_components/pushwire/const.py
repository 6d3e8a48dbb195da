"""Constants of the whole integration."""

from typing import Final

DOMAIN: Final = "pushwire"

CONF_VENDOR: Final = "vendor"
