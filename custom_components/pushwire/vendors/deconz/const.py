"""Names of deCONZ's entry data."""

from typing import Final

CONF_ADVANCED: Final = "advanced"
CONF_FINGERPRINT: Final = "fingerprint"
CONF_OWN_KEY: Final = "own_key"
CONF_USE_TLS: Final = "use_tls"
CONF_WEBSOCKET_PORT: Final = "websocket_port"
