"""Set-up of LIVISI: the hub's address and the password of its local access."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PASSWORD
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ...core.flow import VendorFlowMixin
from ...core.vendor import ProbeResult
from .api.client import LivisiClient, address_from
from .coordinator import LOCKS

NAME = "livisi"
TITLE = "LIVISI SmartHome"

_SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))


def _user_schema() -> vol.Schema:
    return vol.Schema({vol.Required(CONF_HOST): str, vol.Required(CONF_PASSWORD): _SECRET})


def reauth_schema(_data: Mapping[str, Any]) -> vol.Schema:
    """Return the form of a new password."""
    return vol.Schema({vol.Required(CONF_PASSWORD): _SECRET})


def reconfigure_schema(data: Mapping[str, Any]) -> vol.Schema:
    """Return the form of a new address."""
    return vol.Schema({vol.Required(CONF_HOST, default=data.get(CONF_HOST, vol.UNDEFINED)): str})


async def probe(hass: HomeAssistant, data: Mapping[str, Any], entry: ConfigEntry | None) -> ProbeResult:
    """Log in, ask the hub who it is, and make sure that it tells its events."""
    kept = {**data, CONF_HOST: data[CONF_HOST].strip()}
    client = LivisiClient(async_get_clientsession(hass), address_from(kept[CONF_HOST]), kept[CONF_PASSWORD])
    status = await client.status()
    await (await client.open_socket()).close()
    if entry is not None:
        # Whoever can log in is not locked out any more.
        hass.data.get(LOCKS, {}).pop(entry.entry_id, None)
    return ProbeResult(unique_id=f"{NAME}:{status['serialNumber']}", title=TITLE, data=kept)


class LivisiSteps(VendorFlowMixin):
    """The step of LIVISI."""

    async def async_step_livisi(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for address and password."""
        return await self.async_step_with_probe(
            NAME,
            _user_schema(),
            user_input,
            probe=lambda data: probe(self.hass, data, None),
            then=partial(self.create_entry, NAME),
        )
