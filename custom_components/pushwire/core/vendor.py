"""What a vendor hands to the shared core."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import voluptuous as vol

from .coordinator import PushCoordinator


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a real connection to a vendor's system has shown.

    Attributes:
        unique_id: ``<vendor>:<stable id of the gateway or account>``.
        title: Name of the entry; holds no secret.
        data: Entry data, without the vendor's name.

    """

    unique_id: str
    title: str
    data: Mapping[str, Any]


type Probe = Callable[[HomeAssistant, Mapping[str, Any], ConfigEntry | None], Awaitable[Found]]
type FormSchema = Callable[[Mapping[str, Any]], vol.Schema]
type OptionsSchema = Callable[[ConfigEntry], vol.Schema]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """One vendor, as the shared core sees it.

    Attributes:
        name: Word that stands in entries and in the set-up menu.
        coordinator: Class of the coordinator of its entries.
        probe: Connects with entry data, old or just typed, and returns what it
            found; raises a ``WireError``. It is given the entry, if there is one.
        reauth_schema: Form of the credential, from entry data.
        reconfigure_schema: Form of the address, from entry data.
        forget: Called when an entry is removed, to take back at the vendor what was
            created there; must not raise.
        options_schema: Form of the options, from the entry; None for a vendor without any.

    """

    name: str
    coordinator: type[PushCoordinator]
    probe: Probe
    reauth_schema: FormSchema
    reconfigure_schema: FormSchema
    forget: Callable[[HomeAssistant, Mapping[str, Any]], Awaitable[None]] | None = None
    options_schema: OptionsSchema | None = None
