"""Bridge to Home Assistant's own LoRaWAN integration, which lists the devices and passes uplinks to other integrations.

That integration exists from 2026.11 on. On older releases, and where a custom integration has taken
its name, nothing is imported and nothing is done.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.importlib import async_import_module
from homeassistant.loader import Integration, IntegrationNotFound, async_get_integration
from homeassistant.setup import async_setup_component

from ..core.background import Background
from ..core.compat import HAS_CORE_LORAWAN
from ..core.issues import report_issue
from ..wire.dispatch import Dispatcher
from ..wire.events import PushEvent
from .api.downlink import Downlink
from .api.gateways import Reception
from .api.identity import read_identities
from .api.model import LorawanDevice
from .api.uplink import Uplink
from .const import CONF_IDENTITIES

if TYPE_CHECKING:
    from types import ModuleType

    from .connection import LorawanConnection

CORE_DOMAIN: Final = "lorawan"
# Seconds after which a downlink counts as not acknowledged. A class A device may send once a day.
MAX_WAIT: Final = 86400.0
_OUTCOMES: Final[Mapping[str, bool]] = {
    "acknowledged": True,
    "expired": False,
    "failed": False,
    "not_confirmed": False,
}


async def async_core_integration_exists(hass: HomeAssistant) -> bool:
    """Return whether this release has the LoRaWAN integration, and no custom one in its place."""
    integration = await _async_find_integration(hass)
    return integration is not None and integration.is_built_in and not integration.disabled


async def _async_find_integration(hass: HomeAssistant) -> Integration | None:
    try:
        return await async_get_integration(hass, CORE_DOMAIN)
    except IntegrationNotFound:
        return None


class Bridge:
    """Connection of an entry to Home Assistant's own LoRaWAN integration, for as long as the entry is available.

    Args:
        hass: Home Assistant.
        entry: Config entry.
        stack: Catalog of the devices as long as a person has not set any identity.
        background: Runs tasks and timers.
        dispatcher: Reports the outcomes of downlinks.
        is_available: Returns whether the devices can be heard.
        devices: Returns all devices.
        url: Returns the URL of the platform's own pages, or None.
        send: Sends a downlink to a device; raises a WireError.

    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        stack: str,
        *,
        background: Background,
        dispatcher: Dispatcher,
        is_available: Callable[[], bool],
        devices: Callable[[], Iterable[LorawanDevice]],
        url: Callable[[], str | None],
        send: Callable[[str, Downlink], Any],
    ) -> None:
        """Initialize without a connection."""
        self._hass = hass
        self._entry = entry
        self._stack = stack
        self._background = background
        self._dispatcher = dispatcher
        self._is_available = is_available
        self._devices = devices
        self._url = url
        self._send = send
        self._connection_module: ModuleType | None = None
        self._connection: LorawanConnection | None = None
        self._unregister: Callable[[], None] | None = None

    # Life

    @callback
    def start(self) -> None:
        """Connect once Home Assistant's integration is set up, which must not delay the entry."""
        self._background.read(self._async_start(), CORE_DOMAIN)

    async def _async_start(self) -> None:
        if not await async_core_integration_exists(self._hass):
            await self._async_report_custom_integration()
            return
        if await async_setup_component(self._hass, CORE_DOMAIN, {}):
            self._connection_module = await async_import_module(self._hass, f"{__package__}.connection")
            self.follow_connection()

    async def _async_report_custom_integration(self) -> None:
        """Report a custom integration that takes the place of Home Assistant's own, until the entry is unloaded.

        Removing it takes a restart, after which the issue is reported only if the integration is still there.
        """
        integration = await _async_find_integration(self._hass)
        if HAS_CORE_LORAWAN and integration is not None and not integration.is_built_in:
            report_issue(
                self._hass,
                f"lorawan_replaced_{self._entry.entry_id}",
                "lorawan_replaced",
                name=self._entry.title,
                integration=integration.name,
            )

    @callback
    def stop(self) -> None:
        """Disconnect for good."""
        self._connection_module = None
        self._disconnect()

    @callback
    def follow_connection(self) -> None:
        """Connect or disconnect, in step with the connection of the entry."""
        if not self._is_available():
            self._disconnect()
        elif self._connection is None and (module := self._connection_module) is not None:
            connection: LorawanConnection = module.LorawanConnection(
                self._entry.entry_id,
                self._stack,
                read_identities(self._entry.options.get(CONF_IDENTITIES, {})),
                call_later=self._background.call_later,
                send=self._send,
                follow=self._follow,
            )
            # Integrations of manufacturers delete devices that are missing at the beginning.
            for device in self._devices():
                connection.update_device(device)
            self._connection = connection
            self._background.read(self._async_register(connection, module.ConnectionUnavailable), CORE_DOMAIN)

    async def _async_register(self, connection: LorawanConnection, unavailable: type[Exception]) -> None:
        registration = await async_import_module(self._hass, f"{__package__}.registration")
        if connection is not self._connection:
            return
        # A connection that is lost meanwhile is followed by another one.
        with suppress(unavailable):
            self._unregister = await registration.async_register(self._hass, self._entry, connection, self._url())

    @callback
    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.disconnect()
        unregister, self._unregister = self._unregister, None
        if unregister is not None:
            unregister()

    @property
    def is_connected(self) -> bool:
        """Whether anything that is passed on is used."""
        return self._connection is not None

    def diagnostics_data(self) -> dict[str, Any]:
        """Return whether the connection is registered, and its counts."""
        connection = {} if self._connection is None else self._connection.diagnostics_data()
        return {"registered": self._unregister is not None, **connection}

    # Devices

    @callback
    def update_device(self, device: LorawanDevice) -> None:
        """Add a device, or follow its new name or address."""
        if self._connection is not None:
            self._connection.update_device(device)

    @callback
    def remove_device(self, device_id: str) -> None:
        """Remove a device that the entry no longer has."""
        if self._connection is not None:
            self._connection.remove_device(device_id)

    @callback
    def keep_devices(self, devices: Mapping[str, LorawanDevice]) -> None:
        """Remove all devices but those of the entry."""
        if self._connection is not None:
            self._connection.keep_devices(devices)

    # Traffic

    @callback
    def note_uplink(self, device: LorawanDevice, uplink: Uplink) -> None:
        """Pass on a new uplink, which is neither late nor part of a replay."""
        if self._connection is not None:
            self._connection.note_uplink(device, uplink)

    @callback
    def add_receptions(self, device_id: str, key: Hashable, receptions: tuple[Reception, ...]) -> None:
        """Add the receptions of an uplink by further gateways."""
        if self._connection is not None:
            self._connection.add_receptions(device_id, key, receptions)

    @callback
    def note_join(self, device: LorawanDevice, dev_addr: str | None, at: float) -> None:
        """Pass on a join, of which the address is known."""
        if self._connection is not None:
            self._connection.note_join(device, dev_addr, at)

    def _follow(self, device_id: str, reference: str, settle: Callable[[bool], None]) -> Callable[[], None]:
        """Call ``settle`` with the outcome of a downlink; return a function that ends this."""

        @callback
        def receive(event: PushEvent) -> bool:
            if event.attributes.get("reference") == reference and event.kind in _OUTCOMES:
                settle(_OUTCOMES[event.kind])
            # The event entity shows it.
            return False

        unsubscribe = self._dispatcher.subscribe_events(device_id, receive)
        cancel = self._background.call_later(MAX_WAIT, partial(settle, False))  # noqa: FBT003

        @callback
        def stop() -> None:
            unsubscribe()
            cancel()

        return stop
