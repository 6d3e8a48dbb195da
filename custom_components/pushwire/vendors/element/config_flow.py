"""Config flow steps of ELEMENT: host and API key, then scope and sources."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
    ConfigSubentryFlow,
    SubentryFlowContext,
    SubentryFlowResult,
)
from homeassistant.const import CONF_API_KEY, CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import AbortFlow
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
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from ...const import DOMAIN
from ...core.flow import ProbeFlow, VendorFlowMixin
from ...core.storage import store_of
from ...core.vendor import ProbeResult
from ...wire.errors import CredentialMissing, ScopeForbidden, WireError
from ...wire.values import as_dict, as_list, as_text
from .api.client import DEVICE, MANDATE, SCOPES, SOURCES, STREAM, TAG, ElementClient, NotFound, check_host
from .api.model import device_details, is_active_device, tag_path
from .api.scopes import SocketId
from .const import CONF_IDS, CONF_SCOPE, CONF_SOURCES
from .scopes import further_sockets, own_sockets

NAME = "element"
DEFAULT_HOST = "element-iot.com"
MAX_TITLE_LENGTH = 120

_SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))


class IdsMissing(WireError):
    """A scope other than the mandate requires at least one ID."""

    translation_key = "ids_missing"


class IdsMismatch(WireError):
    """A selected ID belongs to a stream, tag or device, but not to one of the selected scope."""

    translation_key = "ids_mismatch"


class SourcesMissing(WireError):
    """Neither readings nor packets are selected."""

    translation_key = "sources_missing"


class FurtherScopeForbidden(WireError):
    """The key does not have access to a scope of a subentry."""

    translation_key = "further_scope_forbidden"


@dataclass(frozen=True, slots=True)
class Choices:
    """Streams, tags and devices that a key has access to.

    Attributes:
        names: Names by ID, by kind of scope.
        kinds: Words for the kinds of scopes.

    """

    names: Mapping[str, Mapping[str, str]]
    kinds: Mapping[str, str]

    def options(self) -> list[SelectOptionDict]:
        """Return the choices of a form, each with the word for its kind."""
        return [
            SelectOptionDict(value=identifier, label=f"{self.kinds.get(kind, kind)}: {name}")
            for kind, names in self.names.items()
            for identifier, name in sorted(names.items(), key=lambda item: item[1].casefold())
        ]

    def check(self, kind: str, identifiers: Iterable[str]) -> None:
        """Check that identifiers are not those of another kind.

        Raises:
            IdsMismatch: An ID belongs to another kind of scope.

        """
        own = self.names.get(kind, {})
        others = {identifier for names in self.names.values() for identifier in names} - own.keys()
        if not others.isdisjoint(identifiers):
            raise IdsMismatch

    def title(self, kind: str, identifiers: Iterable[str]) -> str:
        """Return the title of a scope."""
        names = ", ".join(self.names.get(kind, {}).get(identifier, identifier) for identifier in identifiers)
        return f"{self.kinds.get(kind, kind)}: {names}"[:MAX_TITLE_LENGTH] if names else self.kinds.get(kind, kind)


async def _read_choices(hass: HomeAssistant, data: Mapping[str, Any]) -> Choices:
    """Return what a key can follow; lists that it does not have access to are empty."""
    client = _client(hass, data)
    names: dict[str, dict[str, str]] = {TAG: {}, STREAM: {}, DEVICE: {}}
    with suppress(WireError):
        tags = {str(tag["id"]): tag for tag in await client.tags()}
        names[TAG] = {identifier: tag_path(tag, tags) for identifier, tag in tags.items()}
    with suppress(WireError):
        names[STREAM] = {str(stream["id"]): _name_of(stream) for stream in await client.streams()}
    with suppress(WireError):
        devices = await client.devices(MANDATE, [])
        names[DEVICE] = {str(device["id"]): _name_of(device) for device in devices if is_active_device(device)}
    words = await async_get_translations(hass, hass.config.language, "selector", {DOMAIN})
    prefix = f"component.{DOMAIN}.selector.element_scope.options."
    return Choices(names, {kind: words.get(f"{prefix}{kind}", kind) for kind in SCOPES})


def _name_of(body: Mapping[str, Any]) -> str:
    return as_text(body.get("name")) or str(body["id"])


def _scope_fields(data: Mapping[str, Any], options: list[SelectOptionDict] | None = None) -> dict[vol.Marker, Any]:
    return {
        vol.Required(CONF_SCOPE, default=data.get(CONF_SCOPE, MANDATE)): SelectSelector(
            SelectSelectorConfig(
                options=list(SCOPES),
                mode=SelectSelectorMode.DROPDOWN,
                translation_key="element_scope",
            )
        ),
        vol.Optional(CONF_IDS, default=data.get(CONF_IDS, [])): _ids_selector(options or []),
        vol.Required(CONF_SOURCES, default=data.get(CONF_SOURCES, list(SOURCES))): SelectSelector(
            SelectSelectorConfig(
                options=list(SOURCES),
                multiple=True,
                mode=SelectSelectorMode.LIST,
                translation_key="element_sources",
            )
        ),
    }


def _ids_selector(options: list[SelectOptionDict]) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(options=options, multiple=True, custom_value=True, mode=SelectSelectorMode.DROPDOWN)
    )


def reauth_schema(_data: Mapping[str, Any]) -> vol.Schema:
    """Return the form of the API key."""
    return vol.Schema({vol.Required(CONF_API_KEY): _SECRET})


def reconfigure_schema(data: Mapping[str, Any]) -> vol.Schema:
    """Return the form of host, key and scope."""
    return vol.Schema(
        {
            vol.Required(CONF_HOST, default=data[CONF_HOST]): str,
            vol.Optional(CONF_API_KEY): _SECRET,
            **_scope_fields(data),
        }
    )


async def async_add_choices(hass: HomeAssistant, entry: ConfigEntry, form: vol.Schema) -> vol.Schema:
    """Return the form of a reconfiguration with the streams, tags and devices of the saved key."""
    choices = await _read_choices(hass, entry.data)
    selector = _ids_selector(choices.options())
    return vol.Schema({field: selector if field == CONF_IDS else value for field, value in form.schema.items()})


def bound_credentials(saved: Mapping[str, Any], entered: Mapping[str, Any]) -> AbstractSet[str]:
    """Return the API key if the host is another one."""
    return frozenset() if check_host(entered[CONF_HOST]) == check_host(saved[CONF_HOST]) else {CONF_API_KEY}


async def identify(hass: HomeAssistant, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the mandate that an API key belongs to."""
    return await _client(hass, data).mandate()


async def probe(hass: HomeAssistant, data: Mapping[str, Any], entry: ConfigEntry | None) -> ProbeResult:
    """Return the result of opening every socket of the scope, and those of the subentries."""
    if not data.get(CONF_API_KEY):
        raise CredentialMissing
    client = _client(hass, data)
    scope = checked_scope(data)
    mandate = await client.mandate()
    await _open_sockets(client, own_sockets(scope))
    unique_id = f"{NAME}:{mandate['id']}"
    if entry is not None and entry.unique_id == unique_id:
        await _open_further_sockets(client, entry)
    return ProbeResult(
        unique_id=unique_id,
        title=str(mandate.get("name") or client.host),
        data={CONF_HOST: client.origin, CONF_API_KEY: data[CONF_API_KEY], **scope},
    )


def checked_scope(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scope of a form, without spaces and repetitions.

    Raises:
        IdsMissing: No stream, tag or device is selected.
        SourcesMissing: No source is selected.

    """
    kind = data[CONF_SCOPE]
    identifiers = list(dict.fromkeys(item.strip() for item in data.get(CONF_IDS) or [] if item.strip()))
    if kind == MANDATE:
        identifiers = []
    elif not identifiers:
        raise IdsMissing
    if not data[CONF_SOURCES]:
        raise SourcesMissing
    return {CONF_SCOPE: kind, CONF_IDS: identifiers, CONF_SOURCES: list(data[CONF_SOURCES])}


async def _open_sockets(client: ElementClient, sockets: Iterable[SocketId]) -> None:
    """Open sockets and close them again, which shows whether the key has access to them."""
    for socket in sockets:
        opened = await client.open_socket(socket.scope.kind, socket.scope.identifier, socket.source)
        await opened.close()


async def _open_further_sockets(client: ElementClient, entry: ConfigEntry) -> None:
    """Open the sockets of subentries.

    Raises:
        FurtherScopeForbidden: The key does not have access to one of them.

    """
    for socket in further_sockets(entry):
        try:
            await _open_sockets(client, [socket])
        except NotFound:
            # A tag that has been deleted must not prevent another key.
            continue
        except ScopeForbidden:
            raise FurtherScopeForbidden from None


async def replacement_ids(hass: HomeAssistant, entry: ConfigEntry, data: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the IDs that devices with the same DevEUI, or the same ID, have in another mandate."""
    if entry.state is ConfigEntryState.LOADED:
        previous = {device.dev_eui: device.device_id for device in entry.runtime_data.devices.values()}
        gateways = list(entry.runtime_data.heard.by_eui)
    else:
        stored = as_dict(await store_of(hass, entry.entry_id).async_load())
        previous = {item.get("eui"): str(item.get("id")) for item in map(as_dict, as_list(stored.get("devices")))}
        heard = as_list(as_dict(stored.get("reception")).get("heard"))
        gateways = [str(item.get("eui")) for item in map(as_dict, heard)]
    client = _client(hass, data)
    bodies = await client.devices(data[CONF_SCOPE], data[CONF_IDS])
    for scope in dict.fromkeys(socket.scope for socket in further_sockets(entry)):
        # Scopes of the subentries need not exist in the other mandate.
        with suppress(ScopeForbidden):
            bodies += await client.devices(scope.kind, [scope.identifier])
    current = {device_details(body).get("dev_eui"): str(body["id"]) for body in bodies}
    # Gateways have the same ID in every mandate.
    same = {identifier: identifier for identifier in (*gateways, *(str(body["id"]) for body in bodies))}
    return same | {previous[eui]: current[eui] for eui in previous.keys() & current.keys() if eui}


def _client(hass: HomeAssistant, data: Mapping[str, Any]) -> ElementClient:
    return ElementClient(async_get_clientsession(hass), data[CONF_HOST], data[CONF_API_KEY])


class ElementSteps(VendorFlowMixin):
    """Config flow steps of ELEMENT."""

    def __init__(self) -> None:
        """Initialize without an API key."""
        super().__init__()
        self._account: dict[str, Any] = {}
        self._choices: Choices | None = None

    async def async_step_element(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Handle the form of host and API key."""
        schema = vol.Schema({vol.Required(CONF_HOST, default=DEFAULT_HOST): str, vol.Required(CONF_API_KEY): _SECRET})

        async def show_scope_form(mandate: Mapping[str, Any]) -> ConfigFlowResult:
            await self.async_set_unique_id(f"{NAME}:{mandate['id']}")
            self._abort_if_unique_id_configured()
            self._account, self._choices = dict(user_input or {}), None
            return await self.async_step_element_scope()

        return await self.async_step_with_probe(
            NAME, schema, user_input, probe=partial(identify, self.hass), then=show_scope_form
        )

    async def async_step_element_scope(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Handle the form of scope and sources."""
        if self._choices is None:
            self._choices = await _read_choices(self.hass, self._account)
        choices = self._choices

        async def probe_scope(scope: Mapping[str, Any]) -> ProbeResult:
            choices.check(scope[CONF_SCOPE], scope.get(CONF_IDS) or [])
            return await probe(self.hass, {**self._account, **scope}, None)

        return await self.async_step_with_probe(
            "element_scope",
            vol.Schema(_scope_fields({}, choices.options())),
            user_input,
            probe=probe_scope,
            then=partial(self.create_entry, NAME),
        )


class ScopeFlow(ProbeFlow[SubentryFlowContext, SubentryFlowResult, tuple[str, str]], ConfigSubentryFlow):
    """Flow that adds or changes a further scope of an entry."""

    _choices: Choices | None = None

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add a scope."""

        async def create(scope: dict[str, Any]) -> SubentryFlowResult:
            return self.async_create_entry(title=self._title(scope), data=scope)

        return await self._scope_form("user", {}, user_input, None, create)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change a scope."""
        subentry = self._get_reconfigure_subentry()

        async def update(scope: dict[str, Any]) -> SubentryFlowResult:
            return self.async_update_and_abort(self._get_entry(), subentry, title=self._title(scope), data=scope)

        return await self._scope_form("reconfigure", subentry.data, user_input, subentry.subentry_id, update)

    async def _scope_form(
        self,
        step_id: str,
        data: Mapping[str, Any],
        user_input: dict[str, Any] | None,
        subentry_id: str | None,
        then: Callable[[dict[str, Any]], Awaitable[SubentryFlowResult]],
    ) -> SubentryFlowResult:
        """Handle the form of scope and sources; the sockets are opened to check the access of the key."""
        entry = self._get_entry()
        if self._choices is None:
            self._choices = await _read_choices(self.hass, entry.data)
        choices = self._choices

        async def probe_scope(values: Mapping[str, Any]) -> dict[str, Any]:
            scope = checked_scope(values)
            choices.check(scope[CONF_SCOPE], scope[CONF_IDS])
            sockets = own_sockets(scope)
            if {*own_sockets(entry.data), *further_sockets(entry, without=subentry_id)}.issuperset(sockets):
                raise AbortFlow("already_configured")
            await _open_sockets(_client(self.hass, entry.data), sockets)
            return scope

        return await self.async_step_with_probe(
            step_id,
            vol.Schema(_scope_fields(data, choices.options())),
            user_input,
            probe=probe_scope,
            then=then,
        )

    def _title(self, scope: Mapping[str, Any]) -> str:
        choices = self._choices or Choices({}, {})
        return choices.title(scope[CONF_SCOPE], scope[CONF_IDS])
