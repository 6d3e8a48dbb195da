"""Config flow steps of deCONZ: address, and an API key that is entered or created."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_API_KEY, CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.service_info.ssdp import SsdpServiceInfo
import voluptuous as vol
from yarl import URL

from ...const import DOMAIN
from ...core.flow import VendorFlowMixin
from ...core.vendor import ProbeResult
from ...wire.address import may_be_announced, parse_address
from ...wire.errors import WireError, WrongSystem
from ...wire.snapshot import PendingSnapshot
from .address import address_of
from .api.client import (
    Address,
    DeconzClient,
    create_key,
    fetch_fingerprint,
    fetch_identity,
)
from .api.model import GatewayModel
from .const import (
    CONF_ADVANCED,
    CONF_AS_LIGHT,
    CONF_AS_SWITCH,
    CONF_FINGERPRINT,
    CONF_GROUP_ALL,
    CONF_MIRROR_EVENTS,
    CONF_OWN_KEY,
    CONF_USE_TLS,
    CONF_WEBSOCKET_PORT,
    CORE_DOMAIN,
)
from .coordinator import DeconzCoordinator

NAME = "deconz"
DEFAULT_PORT = 80
# Seconds without an answer after which an announced address is followed.
SILENCE = 60.0

_SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))


def _address_fields(data: Mapping[str, Any]) -> dict[vol.Marker, Any]:
    return {
        vol.Required(CONF_HOST, default=data.get(CONF_HOST, vol.UNDEFINED)): str,
        vol.Required(CONF_PORT, default=data.get(CONF_PORT, DEFAULT_PORT)): cv.port,
    }


def _advanced_field(data: Mapping[str, Any]) -> dict[vol.Marker, Any]:
    advanced = data.get(CONF_ADVANCED, {})
    return {
        vol.Optional(CONF_ADVANCED): section(
            vol.Schema(
                {
                    vol.Optional(
                        CONF_WEBSOCKET_PORT,
                        description={"suggested_value": advanced.get(CONF_WEBSOCKET_PORT)},
                    ): cv.port,
                    vol.Optional(CONF_USE_TLS, default=advanced.get(CONF_USE_TLS, False)): bool,
                }
            ),
            {"collapsed": True},
        )
    }


def _user_schema() -> vol.Schema:
    return vol.Schema(
        {
            **_address_fields({}),
            vol.Optional(CONF_API_KEY): _SECRET,
            **_advanced_field({}),
        }
    )


def reauth_schema(_data: Mapping[str, Any]) -> vol.Schema:
    """Return the form of an API key; without one, an unlocked gateway creates a new key."""
    return vol.Schema({vol.Optional(CONF_API_KEY, default=""): _SECRET})


def reconfigure_schema(data: Mapping[str, Any]) -> vol.Schema:
    """Return the form of a new address."""
    return vol.Schema({**_address_fields(data), **_advanced_field(data)})


def options_schema(entry: ConfigEntry) -> vol.Schema:
    """Return the form of the options; the lists of plugs and lights need a loaded entry."""
    coordinator = entry.runtime_data if entry.state is ConfigEntryState.LOADED else None
    plugs, lights = coordinator.placement.reassignable() if isinstance(coordinator, DeconzCoordinator) else ({}, {})
    return vol.Schema(
        {
            vol.Required(CONF_MIRROR_EVENTS, default=False): bool,
            vol.Required(CONF_GROUP_ALL, default=False): bool,
            vol.Required(CONF_AS_LIGHT, default=[]): _chosen(plugs, entry.options.get(CONF_AS_LIGHT, [])),
            vol.Required(CONF_AS_SWITCH, default=[]): _chosen(lights, entry.options.get(CONF_AS_SWITCH, [])),
        }
    )


def _chosen(names: Mapping[str, str], chosen: Iterable[str]) -> SelectSelector:
    """Return a selector of resources by name; a chosen resource that no longer exists is shown by its ID."""
    labels = {**{key: key for key in chosen}, **names}
    options = [SelectOptionDict(value=key, label=label) for key, label in labels.items()]
    return SelectSelector(SelectSelectorConfig(options=options, multiple=True, mode=SelectSelectorMode.DROPDOWN))


def _address_from_core(hass: HomeAssistant) -> Mapping[str, Any]:
    """Return the address of a gateway that only Home Assistant's own integration uses."""
    ours = {entry.unique_id for entry in hass.config_entries.async_entries(DOMAIN)}
    for entry in hass.config_entries.async_entries(CORE_DOMAIN, include_ignore=False):
        if f"{NAME}:{entry.unique_id}" not in ours and CONF_HOST in entry.data:
            return {key: entry.data[key] for key in (CONF_HOST, CONF_PORT) if key in entry.data}
    return {}


def _with_parsed_host(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return entry data with the parts of an address that was entered as the host.

    Raises:
        InvalidUrl: The host is not an address.

    """
    address = parse_address(data[CONF_HOST], schemes=("http", "https"))
    values = {**data, CONF_HOST: address.host}
    if address.port is not None:
        values[CONF_PORT] = address.port
    if address.scheme == "https":
        values[CONF_ADVANCED] = {**(data.get(CONF_ADVANCED) or {}), CONF_USE_TLS: True}
    return values


async def probe(hass: HomeAssistant, data: Mapping[str, Any], entry: ConfigEntry | None) -> ProbeResult:
    """Return the gateway's identity, after a connection with the API key or a new one."""
    session = async_get_clientsession(hass)
    values = _with_parsed_host(data)
    values.pop(CONF_FINGERPRINT, None)
    if entry is not None and values.get(CONF_API_KEY) != entry.data[CONF_API_KEY]:
        # An API key that was entered may belong to another application.
        values.pop(CONF_OWN_KEY, None)
    if (values.get(CONF_ADVANCED) or {}).get(CONF_USE_TLS):
        values[CONF_FINGERPRINT] = (await fetch_fingerprint(address_of(values))).hex()
    address = address_of(values)
    identity = await fetch_identity(session, address)
    unique_id = f"{NAME}:{identity['bridgeid'].upper()}"
    title = str(identity.get("name") or "deCONZ")
    if entry is not None and unique_id != entry.unique_id:
        # Another gateway must not receive the key.
        data = {key: value for key, value in values.items() if key not in (CONF_API_KEY, CONF_OWN_KEY)}
        return ProbeResult(unique_id=unique_id, title=title, data=data, is_verified=False)
    if not values.get(CONF_API_KEY):
        values[CONF_API_KEY] = await create_key(session, address)
        values[CONF_OWN_KEY] = True
    client = DeconzClient(session, address, values[CONF_API_KEY])
    await client.config()
    # The socket has a port of its own, which a firewall may block.
    await (await client.open_socket()).close()
    return ProbeResult(unique_id=unique_id, title=title, data=values)


async def replacement_ids(hass: HomeAssistant, _entry: ConfigEntry, data: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the IEEE addresses of the devices that a gateway has."""
    client = DeconzClient(async_get_clientsession(hass), address_of(data), data[CONF_API_KEY])
    full = await client.full_state()
    if full is None:
        raise WrongSystem
    model = GatewayModel("")
    model.apply_snapshot(full.body, PendingSnapshot())
    return {device_id: device_id for device_id in model.devices if ":" in device_id}


async def async_cleanup(hass: HomeAssistant, data: Mapping[str, Any]) -> None:
    """Delete the API key from the gateway, if it was created for this entry."""
    if not data.get(CONF_OWN_KEY):
        return
    client = DeconzClient(async_get_clientsession(hass), address_of(data), data[CONF_API_KEY])
    await client.delete_key()


class DeconzSteps(VendorFlowMixin):
    """Config flow steps of deCONZ."""

    def __init__(self) -> None:
        """Initialize without an address."""
        super().__init__()
        self._address: dict[str, Any] = {}

    async def async_step_deconz(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the address, and for an API key if there is one."""
        self._address = dict(user_input or {})
        if self._address.get(CONF_API_KEY):
            return await self.async_step_with_probe(
                NAME,
                _user_schema(),
                user_input,
                probe=lambda data: probe(self.hass, data, None),
                then=partial(self.create_entry, NAME),
            )
        return await self.async_step_with_probe(
            NAME,
            _user_schema(),
            user_input,
            probe=self._identify,
            then=lambda _: self.async_step_deconz_link(),
            suggested=_address_from_core(self.hass),
        )

    async def async_step_ssdp(self, discovery_info: SsdpServiceInfo) -> ConfigFlowResult:
        """Handle a discovered gateway, which may be new or have a new address."""
        location = URL(discovery_info.ssdp_location or "")
        if location.host is None or not may_be_announced(location.host):
            return self.async_abort(reason="not_this_vendor")
        data = {CONF_HOST: location.host, CONF_PORT: location.port or DEFAULT_PORT}
        session = async_get_clientsession(self.hass)
        identity = await self.try_probe(fetch_identity(session, address_of(data)))
        if identity is None:
            return self.async_abort(reason=self.errors["base"])
        entry = await self.async_set_unique_id(f"{NAME}:{identity['bridgeid'].upper()}")
        if entry is not None and CONF_HOST in entry.data:
            # The gateway announces its port without encryption.
            fields = {CONF_HOST} if address_of(entry.data).use_tls else {CONF_HOST, CONF_PORT}
            updates = {key: data[key] for key in fields}
            if await self._has_moved(entry, identity, address_of({**entry.data, **updates})):
                self._abort_if_unique_id_configured(updates=updates)
        self._abort_if_unique_id_configured()
        self._address = data
        name = str(identity.get("name") or "deCONZ")
        self.context["title_placeholders"] = {"name": f"{name} ({location.host})"}
        return await self.async_step_deconz_link()

    async def _has_moved(self, entry: ConfigEntry, identity: Mapping[str, Any], announced: Address) -> bool:
        """Return whether an entry may follow its gateway to an announced address.

        Over plain HTTP, a gateway proves nothing. So the old address must have been silent
        for a while; over TLS, the certificate must be the pinned one.
        """
        if entry.state is ConfigEntryState.LOADED and entry.runtime_data.seconds_lost < SILENCE:
            return False
        if await self._is_reachable(entry.data, identity):
            return False
        if announced.fingerprint is None:
            return True
        try:
            return await fetch_fingerprint(announced) == announced.fingerprint
        except WireError:
            return False

    async def _is_reachable(self, data: Mapping[str, Any], identity: Mapping[str, Any]) -> bool:
        """Return whether the gateway still answers at the address in entry data."""
        try:
            current = await fetch_identity(async_get_clientsession(self.hass), address_of(data))
        except WireError:
            return False
        return bool(current["bridgeid"].upper() == identity["bridgeid"].upper())

    async def _identify(self, data: Mapping[str, Any]) -> str:
        """Return the ID of a gateway that does not have an entry yet."""
        self._address = _with_parsed_host(data)
        identity = await fetch_identity(async_get_clientsession(self.hass), address_of(self._address))
        await self.async_set_unique_id(f"{NAME}:{identity['bridgeid'].upper()}", raise_on_progress=False)
        self._abort_if_unique_id_configured()
        return str(identity["bridgeid"])

    async def async_step_deconz_link(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask to unlock the gateway, then create an API key."""
        return await self.async_step_with_probe(
            "deconz_link",
            vol.Schema({}),
            user_input,
            probe=lambda _: probe(self.hass, self._address, None),
            then=partial(self.create_entry, NAME),
        )
