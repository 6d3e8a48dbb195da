"""Config flow steps of ELEMENT: host and API key, then scope and sources."""

from collections.abc import Mapping, Set as AbstractSet
from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_API_KEY, CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from ...core.coordinator import store_of
from ...core.flow import VendorFlowMixin
from ...core.vendor import ProbeResult
from ...wire.errors import CredentialMissing, WireError
from ...wire.values import as_dict, as_list
from .api.client import MANDATE, SCOPES, SOURCES, ElementClient, check_host
from .api.model import device_details
from .const import CONF_IDS, CONF_SCOPE, CONF_SOURCES

NAME = "element"
DEFAULT_HOST = "element-iot.com"

_SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))


class IdsMissing(WireError):
    """A scope other than the mandate requires at least one ID."""

    translation_key = "ids_missing"


class SourcesMissing(WireError):
    """Neither readings nor packets are selected."""

    translation_key = "sources_missing"


def _scope_fields(data: Mapping[str, Any]) -> dict[vol.Marker, Any]:
    return {
        vol.Required(CONF_SCOPE, default=data.get(CONF_SCOPE, MANDATE)): SelectSelector(
            SelectSelectorConfig(
                options=list(SCOPES),
                mode=SelectSelectorMode.DROPDOWN,
                translation_key="element_scope",
            )
        ),
        vol.Optional(CONF_IDS, default=data.get(CONF_IDS, [])): SelectSelector(
            SelectSelectorConfig(options=[], multiple=True, custom_value=True)
        ),
        vol.Required(CONF_SOURCES, default=data.get(CONF_SOURCES, list(SOURCES))): SelectSelector(
            SelectSelectorConfig(
                options=list(SOURCES),
                multiple=True,
                mode=SelectSelectorMode.LIST,
                translation_key="element_sources",
            )
        ),
    }


def reauth_schema(_data: Mapping[str, Any]) -> vol.Schema:
    """Return the form of the API key."""
    return vol.Schema({vol.Required(CONF_API_KEY): _SECRET})


def reconfigure_schema(data: Mapping[str, Any]) -> vol.Schema:
    """Return the form of host, scope and sources; another host requires the API key."""
    return vol.Schema(
        {
            vol.Required(CONF_HOST, default=data[CONF_HOST]): str,
            vol.Optional(CONF_API_KEY): _SECRET,
            **_scope_fields(data),
        }
    )


def bound_credentials(saved: Mapping[str, Any], entered: Mapping[str, Any]) -> AbstractSet[str]:
    """Return the API key if the host is another one."""
    return frozenset() if check_host(entered[CONF_HOST]) == check_host(saved[CONF_HOST]) else {CONF_API_KEY}


async def identify(hass: HomeAssistant, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the mandate that an API key belongs to."""
    return await _client(hass, data).mandate()


async def probe(hass: HomeAssistant, data: Mapping[str, Any], _entry: ConfigEntry | None) -> ProbeResult:
    """Return the result of opening every socket of the scope."""
    if not data.get(CONF_API_KEY):
        raise CredentialMissing
    client = _client(hass, data)
    scope = data[CONF_SCOPE]
    identifiers = [item.strip() for item in data.get(CONF_IDS) or [] if item.strip()]
    if scope != MANDATE and not identifiers:
        raise IdsMissing
    if not data[CONF_SOURCES]:
        raise SourcesMissing
    mandate = await client.mandate()
    for identifier in identifiers if scope != MANDATE else [""]:
        for source in data[CONF_SOURCES]:
            socket = await client.open_socket(scope, identifier, source)
            await socket.close()
    return ProbeResult(
        unique_id=f"{NAME}:{mandate['id']}",
        title=str(mandate.get("name") or client.host),
        data={
            CONF_HOST: client.origin,
            CONF_API_KEY: data[CONF_API_KEY],
            CONF_SCOPE: scope,
            CONF_IDS: identifiers if scope != MANDATE else [],
            CONF_SOURCES: list(data[CONF_SOURCES]),
        },
    )


async def replacement_ids(hass: HomeAssistant, entry: ConfigEntry, data: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the IDs that devices with the same DevEUI, or the same ID, have in another mandate."""
    if entry.state is ConfigEntryState.LOADED:
        previous = {device.dev_eui: device.device_id for device in entry.runtime_data.devices.values()}
    else:
        stored = as_dict(await store_of(hass, entry.entry_id).async_load())
        previous = {item.get("eui"): str(item.get("id")) for item in map(as_dict, as_list(stored.get("devices")))}
    bodies = await _client(hass, data).devices(data[CONF_SCOPE], data[CONF_IDS])
    current = {device_details(body).get("dev_eui"): str(body["id"]) for body in bodies}
    same = {str(body["id"]): str(body["id"]) for body in bodies}
    return same | {previous[eui]: current[eui] for eui in previous.keys() & current.keys() if eui}


def _client(hass: HomeAssistant, data: Mapping[str, Any]) -> ElementClient:
    return ElementClient(async_get_clientsession(hass), data[CONF_HOST], data[CONF_API_KEY])


class ElementSteps(VendorFlowMixin):
    """Config flow steps of ELEMENT."""

    def __init__(self) -> None:
        """Initialize without an API key."""
        super().__init__()
        self._account: dict[str, Any] = {}

    async def async_step_element(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Handle the form of host and API key."""
        schema = vol.Schema({vol.Required(CONF_HOST, default=DEFAULT_HOST): str, vol.Required(CONF_API_KEY): _SECRET})

        async def show_scope_form(mandate: Mapping[str, Any]) -> ConfigFlowResult:
            await self.async_set_unique_id(f"{NAME}:{mandate['id']}")
            self._abort_if_unique_id_configured()
            self._account = dict(user_input or {})
            return await self.async_step_element_scope()

        return await self.async_step_with_probe(
            NAME, schema, user_input, probe=partial(identify, self.hass), then=show_scope_form
        )

    async def async_step_element_scope(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Handle the form of scope and sources."""
        return await self.async_step_with_probe(
            "element_scope",
            vol.Schema(_scope_fields({})),
            user_input,
            probe=lambda scope: probe(self.hass, {**self._account, **scope}, None),
            then=partial(self.create_entry, NAME),
        )
