"""Names of deCONZ's entry data."""

from typing import Final

CONF_ADVANCED: Final = "advanced"
CONF_AS_LIGHT: Final = "as_light"
CONF_AS_SWITCH: Final = "as_switch"
CONF_FINGERPRINT: Final = "fingerprint"
CONF_GROUP_ALL: Final = "group_all"
CONF_MIRROR_EVENTS: Final = "mirror_events"
CONF_OWN_KEY: Final = "own_key"
CONF_USE_TLS: Final = "use_tls"
CONF_WEBSOCKET_PORT: Final = "websocket_port"

# Home Assistant's own integration for the same gateways.
CORE_DOMAIN: Final = "deconz"

# Items of the gateway device: its configuration, and the time until which the network is open.
GATEWAY_ITEMS: Final = frozenset({"config"})
