"""Constants of ELEMENT."""

from typing import Final

CONF_IDS: Final = "ids"
CONF_SCOPE: Final = "scope"
CONF_SOURCES: Final = "sources"
