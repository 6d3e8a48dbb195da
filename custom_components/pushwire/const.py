"""Names that every part of the integration shares."""

from typing import Final

DOMAIN: Final = "pushwire"

CONF_VENDOR: Final = "vendor"

# A drop shorter than this many seconds does not blank the house.
GRACE: Final = 30.0
