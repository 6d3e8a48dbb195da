"""Config flow steps of LIVISI: address, and password of Local SmartHome."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PASSWORD
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.device_registry import CONNECTION_NETWORK_MAC, format_mac
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
import voluptuous as vol

from ...const import CONF_VENDOR
from ...core.flow import VendorFlowMixin
from ...core.vendor import ProbeResult
from ...wire.address import may_be_announced
from ...wire.errors import WireError
from .api.client import REST_PORT, LivisiClient, hub_address
from .api.model import SHUTTER, SWITCH, HubModel, Snapshot, Topology
from .binary_sensor import MOTION_OFF_DELAY
from .const import (
    CONF_AS_LIGHT,
    CONF_AS_SWITCH,
    CONF_ESTIMATED_LUX,
    CONF_INVERTED,
    CONF_MOTION_HOLD,
    CONF_THERMOSTATS,
)
from .coordinator import LOCKED_UNTIL

NAME = "livisi"
TITLE = "LIVISI SmartHome"
# Beginning of the host names of v1 hubs.
HOST_NAME = "smarthome"
# Seconds without an answer after which an announced address is followed.
SILENCE = 60.0
# Range in seconds for which a motion is held.
MIN_HOLD = 1
MAX_HOLD = 3600

_SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))


def _user_schema() -> vol.Schema:
    return vol.Schema({vol.Required(CONF_HOST): str, vol.Required(CONF_PASSWORD): _SECRET})


def reauth_schema(_data: Mapping[str, Any]) -> vol.Schema:
    """Return the form for a new password."""
    return vol.Schema({vol.Required(CONF_PASSWORD): _SECRET})


def reconfigure_schema(data: Mapping[str, Any]) -> vol.Schema:
    """Return the form for a new address, and for a new password if there is one."""
    return vol.Schema(
        {
            vol.Required(CONF_HOST, default=data.get(CONF_HOST, vol.UNDEFINED)): str,
            vol.Optional(CONF_PASSWORD): _SECRET,
        }
    )


def options_schema(entry: ConfigEntry) -> vol.Schema:
    """Return the form of the options; the lists of shutters and switches need a loaded entry."""
    model = entry.runtime_data.model if entry.state is ConfigEntryState.LOADED else HubModel("")
    options = entry.options
    return vol.Schema(
        {
            vol.Required(CONF_INVERTED, default=[]): _chosen(model, SHUTTER, options.get(CONF_INVERTED, [])),
            vol.Required(CONF_AS_LIGHT, default=[]): _chosen(model, SWITCH, options.get(CONF_AS_LIGHT, [])),
            vol.Required(CONF_AS_SWITCH, default=[]): _chosen(model, SWITCH, options.get(CONF_AS_SWITCH, [])),
            vol.Required(CONF_THERMOSTATS, default=False): bool,
            vol.Required(CONF_ESTIMATED_LUX, default=False): bool,
            vol.Required(CONF_MOTION_HOLD, default=int(MOTION_OFF_DELAY)): NumberSelector(
                NumberSelectorConfig(
                    min=MIN_HOLD, max=MAX_HOLD, step=1, mode=NumberSelectorMode.BOX, unit_of_measurement="s"
                )
            ),
        }
    )


def _chosen(model: HubModel, kind: str, chosen: Iterable[str]) -> SelectSelector:
    """Return a selector of capabilities by name; a chosen one that no longer exists is shown by its ID."""
    labels = {capability_id: capability_id for capability_id in chosen}
    for capability in model.capabilities.values():
        if capability.type == kind:
            name, room = model.devices[capability.device_id].name, model.room_of(capability.device_id)
            labels[capability.id] = f"{name} ({room})" if room else name
    options = [SelectOptionDict(value=key, label=label) for key, label in labels.items()]
    return SelectSelector(SelectSelectorConfig(options=options, multiple=True, mode=SelectSelectorMode.DROPDOWN))


async def probe(hass: HomeAssistant, data: Mapping[str, Any], entry: ConfigEntry | None) -> ProbeResult:
    """Return the hub that responds at an address, after opening a WebSocket as a check."""
    entry_data = {**data, CONF_HOST: data[CONF_HOST].strip()}
    if entry is not None and not entry_data.get(CONF_PASSWORD):
        entry_data[CONF_PASSWORD] = entry.data[CONF_PASSWORD]
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
    scenarios = [str(interaction.get("id")) for interaction in await client.entities("/interaction")]
    ids = {resource_id: resource_id for resource_id in (*model.devices, *model.capabilities, *scenarios)}
    if entry.state is ConfigEntryState.LOADED:
        ids |= entry.runtime_data.model.counterparts(model)
    return ids


class LivisiSteps(VendorFlowMixin):
    """Config flow steps of LIVISI."""

    async def async_step_dhcp(self, discovery_info: DhcpServiceInfo) -> ConfigFlowResult:
        """Handle a hub in the network, which may be new or have a new address."""
        if not may_be_announced(discovery_info.ip):
            return self.async_abort(reason="not_this_vendor")
        mac = format_mac(discovery_info.macaddress)
        if (entry := self._entry_of(mac)) is not None:
            return await self._follow(entry, discovery_info.ip)
        hosts = {
            hub_address(entry.data[CONF_HOST]).host
            for entry in self._async_current_entries(include_ignore=False)
            if entry.data.get(CONF_VENDOR) == NAME
        }
        if discovery_info.ip in hosts or not discovery_info.hostname.lower().startswith(HOST_NAME):
            return self.async_abort(reason="already_configured" if discovery_info.ip in hosts else "not_this_vendor")
        # The serial number is known only with the password.
        await self.async_set_unique_id(f"{NAME}:{mac}")
        self._abort_if_unique_id_configured()
        if not await self._is_hub(discovery_info.ip):
            return self.async_abort(reason="not_this_vendor")
        self.context["title_placeholders"] = {"name": f"{TITLE} ({discovery_info.ip})"}
        return await self.async_step_with_probe(
            NAME,
            _user_schema(),
            None,
            probe=lambda data: probe(self.hass, data, None),
            then=partial(self.create_entry, NAME),
            suggested={CONF_HOST: discovery_info.ip},
        )

    def _entry_of(self, mac: str) -> ConfigEntry | None:
        """Return the entry of the hub with a MAC address; other vendors have their own discovery."""
        registry = dr.async_get(self.hass)
        for entry in self._async_current_entries(include_ignore=False):
            if entry.data.get(CONF_VENDOR) != NAME:
                continue
            devices = dr.async_entries_for_config_entry(registry, entry.entry_id)
            if any((CONNECTION_NETWORK_MAC, mac) in device.connections for device in devices):
                return entry
        return None

    async def _follow(self, entry: ConfigEntry, host: str) -> ConfigFlowResult:
        """Follow a hub to another address, once the previous one has been silent for a while.

        Over plain HTTP, a hub proves nothing without the password.
        """
        previous = hub_address(entry.data[CONF_HOST])
        is_silent = entry.state is not ConfigEntryState.LOADED or entry.runtime_data.seconds_lost >= SILENCE
        if previous.host == host or not is_silent or await self._is_hub(entry.data[CONF_HOST]):
            return self.async_abort(reason="already_configured")
        address = host if previous.port == REST_PORT else f"{host}:{previous.port}"
        if not await self._is_hub(address):
            return self.async_abort(reason="not_this_vendor")
        return self.async_update_reload_and_abort(
            entry,
            data_updates={CONF_HOST: address},
            reason="already_configured",
            reload_even_if_entry_is_unchanged=False,
        )

    async def _is_hub(self, host: str) -> bool:
        """Return whether a hub answers at an address, without any credential."""
        try:
            await LivisiClient(async_get_clientsession(self.hass), hub_address(host), "").check_is_hub()
        except WireError:
            return False
        return True

    async def async_step_livisi(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Handle the form for address and password."""
        return await self.async_step_with_probe(
            NAME,
            _user_schema(),
            user_input,
            probe=lambda data: probe(self.hass, data, None),
            then=partial(self.create_entry, NAME),
        )
