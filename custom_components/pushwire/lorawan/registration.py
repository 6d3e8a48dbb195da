"""Registration of a connection with Home Assistant's own LoRaWAN integration, which exists from 2026.11 on.

Only ``bridge`` uses this module, once that integration is set up. The end-to-end tests run it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

if TYPE_CHECKING:
    from .connection import LorawanConnection


async def async_register(
    hass: HomeAssistant, entry: ConfigEntry, connection: LorawanConnection, configuration_url: str | None
) -> Callable[[], None]:
    """Register the connection of an entry; return a function that withdraws it.

    Raises:
        ConnectionUnavailable: The connection was lost in the meantime.

    """
    # Older releases have no such module.
    from homeassistant.components.lorawan import (  # type: ignore[import-not-found] # noqa: PLC0415
        async_register_connection,
    )

    unregister: Callable[[], None] = await async_register_connection(
        hass, entry, connection=connection, configuration_url=configuration_url
    )
    return unregister
