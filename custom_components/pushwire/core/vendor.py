"""Interface between a vendor and the shared code."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentryFlow, OptionsFlow
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
import voluptuous as vol

from .coordinator import Builder, PushCoordinator, PushwireConfigEntry
from .entity import PushEntity

if TYPE_CHECKING:
    from homeassistant.components.repairs import RepairsFlow


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """Result of a real connection to a vendor's system.

    Attributes:
        unique_id: ``<vendor>:<stable ID of the gateway or account>``.
        title: Name of the entry; holds no secret.
        data: Entry data, without the vendor's name.
        is_verified: Whether the credentials were accepted; False for another gateway, to
            which they were not sent.

    """

    unique_id: str
    title: str
    data: Mapping[str, Any]
    is_verified: bool = True


type Probe = Callable[[HomeAssistant, Mapping[str, Any], ConfigEntry | None], Awaitable[ProbeResult]]
type ReplacementIds = Callable[[HomeAssistant, ConfigEntry, Mapping[str, Any]], Awaitable[Mapping[str, str]]]
type FormSchema = Callable[[Mapping[str, Any]], vol.Schema]
type OptionsSchema = Callable[[ConfigEntry], vol.Schema]


def combine(*builders: Builder) -> Builder:
    """Return one builder for the entities of several."""

    def build(coordinator: Any, device_id: str) -> Iterable[PushEntity[Any]]:
        for builder in builders:
            yield from builder(coordinator, device_id)

    return build


def _none_bound(_saved: Mapping[str, Any], _entered: Mapping[str, Any]) -> AbstractSet[str]:
    return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """Everything the shared code knows about a vendor.

    Attributes:
        name: Name in entries and in the set-up menu.
        coordinator: Class of the coordinators of the vendor's entries.
        builders: Builder of the entities of each platform that the vendor has.
        probe: Connects with entry data, saved or just typed, and the entry, if there is one;
            raises a ``WireError``.
        reauth_schema: Form of the credentials, from entry data.
        reconfigure_schema: Form of the address, from entry data.
        bound_credentials: Names of the saved credentials that belong to the host, and must not be
            sent to the host of other entry data.
        replacement_ids: Returns the IDs that devices and resources of an entry have on another
            system, by their present ones, from entry data for that system; None if an entry
            cannot move to another system.
        create_fix_flow: Returns the flow that fixes an issue of an entry, by the data of the issue.
        async_cleanup: Deletes what the set-up created in the vendor's system, when an entry is removed.
        options_schema: Form of the options, from the entry; None for a vendor without such a form.
        options_flow: Creates the options flow of a vendor whose options are more than one form.
        subentry_flows: Classes of the flows of the vendor's subentries, by type.
        async_add_choices: Returns the form of a reconfiguration with choices that are read from the system.

    """

    name: str
    coordinator: type[PushCoordinator]
    builders: Mapping[Platform, Builder]
    probe: Probe
    reauth_schema: FormSchema
    reconfigure_schema: FormSchema
    bound_credentials: Callable[[Mapping[str, Any], Mapping[str, Any]], AbstractSet[str]] = _none_bound
    async_cleanup: Callable[[HomeAssistant, Mapping[str, Any]], Awaitable[None]] | None = None
    replacement_ids: ReplacementIds | None = None
    create_fix_flow: Callable[[ConfigEntry, Mapping[str, Any]], RepairsFlow] | None = None
    options_schema: OptionsSchema | None = None
    options_flow: Callable[[], OptionsFlow] | None = None
    subentry_flows: Mapping[str, type[ConfigSubentryFlow]] = MappingProxyType({})
    async_add_choices: Callable[[HomeAssistant, ConfigEntry, vol.Schema], Awaitable[vol.Schema]] | None = None

    def create_coordinator(self, hass: HomeAssistant, entry: PushwireConfigEntry) -> PushCoordinator:
        """Return a coordinator for an entry."""
        return self.coordinator(hass, entry, self.builders)
