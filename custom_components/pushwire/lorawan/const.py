"""Names in the options of LoRaWAN entries."""

from typing import Final

CONF_IDENTITIES: Final = "identities"
CONF_SILENCE_LIMITS: Final = "silence_limits"
CONF_VALUES: Final = "values"
