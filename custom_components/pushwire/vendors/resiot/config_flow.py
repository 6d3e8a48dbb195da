"""Config flow step of ResIOT: the address of the socket, and optionally the REST interface."""

from collections.abc import Mapping, Set as AbstractSet
from functools import partial
from typing import Any

from aiohttp import ClientSession
from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol
from yarl import URL

from ...core.flow import VendorFlowMixin
from ...core.vendor import ProbeResult
from ...wire.errors import AuthenticationFailed, CredentialMissing, WireError
from .api.client import account_id, check_rest_url, check_url, open_socket
from .api.rest import RestClient
from .const import CONF_REST_TOKEN, CONF_REST_URL

NAME = "resiot"

# The address contains the credentials, so it is hidden like a password.
_SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
_ADDRESS = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))


def _schema(data: Mapping[str, Any], address: vol.Marker) -> vol.Schema:
    return vol.Schema(
        {
            address: _SECRET,
            vol.Required(CONF_VERIFY_SSL, default=data.get(CONF_VERIFY_SSL, True)): bool,
            vol.Optional(
                CONF_REST_URL,
                description={"suggested_value": data.get(CONF_REST_URL)},
            ): _ADDRESS,
            vol.Optional(CONF_REST_TOKEN): _SECRET,
        }
    )


def reauth_schema(_data: Mapping[str, Any]) -> vol.Schema:
    """Return the form of the credentials, which are part of the address."""
    return vol.Schema({vol.Required(CONF_URL): _SECRET})


def reconfigure_schema(data: Mapping[str, Any]) -> vol.Schema:
    """Return the form of the address; an empty address keeps the saved one.

    Empty REST fields disable the REST interface.
    """
    return _schema(data, vol.Optional(CONF_URL))


def bound_credentials(saved: Mapping[str, Any], entered: Mapping[str, Any]) -> AbstractSet[str]:
    """Return the token if the host of the REST interface is another one."""
    urls = [URL(data.get(CONF_REST_URL) or "") for data in (saved, entered)]
    hosts = [(url.scheme, url.host, url.port) for url in urls]
    return frozenset() if hosts[0] == hosts[1] else {CONF_REST_TOKEN}


async def probe(hass: HomeAssistant, data: Mapping[str, Any], entry: ConfigEntry | None) -> ProbeResult:
    """Return the result of opening the socket and, if configured, reading from the REST interface.

    The platform does not report the account of a socket, so an entry keeps its unique ID,
    which is derived from its first address.
    """
    url = check_url(data[CONF_URL])
    session = async_get_clientsession(hass, verify_ssl=data[CONF_VERIFY_SSL])
    socket = await open_socket(session, url)
    await socket.close()
    result_data = {CONF_URL: str(url), CONF_VERIFY_SSL: data[CONF_VERIFY_SSL]}
    if rest_url := data.get(CONF_REST_URL):
        result_data |= await _probe_rest(session, rest_url, data.get(CONF_REST_TOKEN))
    unique_id = str(entry.unique_id) if entry is not None else f"{NAME}:{account_id(url)}"
    return ProbeResult(unique_id=unique_id, title=f"ResIOT {url.host}", data=result_data)


async def _probe_rest(session: ClientSession, rest_url: str, token: str | None) -> dict[str, str]:
    """Return the data of the REST interface after reading from it."""
    try:
        rest_url = check_rest_url(rest_url)
        if not token:
            raise CredentialMissing
        await RestClient(session, rest_url, token).gateway_names()
    except WireError as err:
        err.field = CONF_REST_TOKEN if isinstance(err, AuthenticationFailed | CredentialMissing) else CONF_REST_URL
        raise
    return {CONF_REST_URL: rest_url, CONF_REST_TOKEN: token}


class ResiotSteps(VendorFlowMixin):
    """Config flow step of ResIOT."""

    async def async_step_resiot(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Handle the form of the address."""
        return await self.async_step_with_probe(
            NAME,
            _schema({}, vol.Required(CONF_URL)),
            user_input,
            probe=lambda data: probe(self.hass, data, None),
            then=partial(self.create_entry, NAME),
        )
