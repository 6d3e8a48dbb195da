"""Config flow steps of LIVISI: address, and password of Local SmartHome."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult
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
from .api.client import LivisiClient, hub_address
from .api.model import HubModel, Snapshot, Topology
from .coordinator import LOCKED_UNTIL

NAME = "livisi"
TITLE = "LIVISI SmartHome"

_SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))


def _user_schema() -> vol.Schema:
    return vol.Schema({vol.Required(CONF_HOST): str, vol.Required(CONF_PASSWORD): _SECRET})


def reauth_schema(_data: Mapping[str, Any]) -> vol.Schema:
    """Return the form for a new password."""
    return vol.Schema({vol.Required(CONF_PASSWORD): _SECRET})


def reconfigure_schema(data: Mapping[str, Any]) -> vol.Schema:
    """Return the form for a new address."""
    return vol.Schema({vol.Required(CONF_HOST, default=data.get(CONF_HOST, vol.UNDEFINED)): str})


async def probe(hass: HomeAssistant, data: Mapping[str, Any], entry: ConfigEntry | None) -> ProbeResult:
    """Return the hub that responds at an address, after opening a WebSocket as a check."""
    entry_data = {**data, CONF_HOST: data[CONF_HOST].strip()}
    address = hub_address(entry_data[CONF_HOST])
    client = LivisiClient(async_get_clientsession(hass), address, entry_data[CONF_PASSWORD])
    await client.check_is_hub()
    status = await client.status()
    await (await client.open_socket()).close()
    if entry is not None:
        # A successful login proves that the account is not locked.
        hass.data.get(LOCKED_UNTIL, {}).pop(entry.entry_id, None)
    return ProbeResult(unique_id=f"{NAME}:{status['serialNumber']}", title=TITLE, data=entry_data)


async def replacement_ids(hass: HomeAssistant, entry: ConfigEntry, data: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the IDs that devices with the same serial number, and their capabilities, have on another hub.

    A restored hub keeps the IDs; another one has its own.
    """
    client = LivisiClient(async_get_clientsession(hass), hub_address(data[CONF_HOST]), data[CONF_PASSWORD])
    status = await client.status()
    model = HubModel(str(status["serialNumber"]))
    topology = Topology(
        devices=await client.entities("/device"), capabilities=await client.entities("/capability"), locations=[]
    )
    model.apply_snapshot(
        Snapshot(status=status, topology=topology, device_states=[], capability_states=[], messages=[])
    )
    ids = {resource_id: resource_id for resource_id in (*model.devices, *model.capabilities)}
    if entry.state is ConfigEntryState.LOADED:
        ids |= entry.runtime_data.model.counterparts(model)
    return ids


class LivisiSteps(VendorFlowMixin):
    """Config flow steps of LIVISI."""

    async def async_step_livisi(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Handle the form for address and password."""
        return await self.async_step_with_probe(
            NAME,
            _user_schema(),
            user_input,
            probe=lambda data: probe(self.hass, data, None),
            then=partial(self.create_entry, NAME),
        )
