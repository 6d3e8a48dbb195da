"""Names in the options of LoRaWAN entries."""

from typing import Final

CONF_VALUES: Final = "values"
