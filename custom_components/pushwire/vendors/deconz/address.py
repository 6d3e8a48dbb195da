"""Address of a gateway in entry data."""

from collections.abc import Mapping
from typing import Any

from homeassistant.const import CONF_HOST, CONF_PORT

from .api.client import Address
from .const import CONF_ADVANCED, CONF_FINGERPRINT, CONF_USE_TLS, CONF_WEBSOCKET_PORT


def address_of(data: Mapping[str, Any]) -> Address:
    """Return the gateway's address in entry data."""
    advanced = data.get(CONF_ADVANCED) or data
    fingerprint = data.get(CONF_FINGERPRINT)
    return Address(
        host=data[CONF_HOST],
        port=int(data[CONF_PORT]),
        use_tls=bool(advanced.get(CONF_USE_TLS)),
        websocket_port=advanced.get(CONF_WEBSOCKET_PORT),
        fingerprint=bytes.fromhex(fingerprint) if fingerprint else None,
    )
