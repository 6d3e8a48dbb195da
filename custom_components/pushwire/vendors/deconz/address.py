"""Address of a gateway in entry data."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import CONF_HOST, CONF_PORT
from yarl import URL

from .api.client import Address
from .const import CONF_ADVANCED, CONF_FINGERPRINT, CONF_USE_TLS, CONF_WEBSOCKET_PORT

# Host of Home Assistant's own app, whose name only Home Assistant resolves.
APP_HOST: Final = "core-deconz"


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


def phoscon_url(data: Mapping[str, Any]) -> str | None:
    """Return the URL of the Phoscon app, which the gateway serves on the port of its REST interface."""
    address = address_of(data)
    if address.host == APP_HOST:
        return None
    scheme = "https" if address.use_tls else "http"
    return str(URL.build(scheme=scheme, host=address.host, port=address.port, path="/pwa"))
