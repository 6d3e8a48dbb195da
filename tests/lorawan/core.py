"""Home Assistant's own LoRaWAN integration as that of 2026.11 behaves toward a connection, for older releases."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module
from homeassistant.util import dt as dt_util
from lorawan_connection import (
    Connection,
    ConnectionUnavailable,
    DeviceDescriptor,
    DeviceEvent,
    EventType,
    UplinkEvent,
)
import pytest
from pytest_homeassistant_custom_component.common import MockModule, async_fire_time_changed, mock_integration

from custom_components.pushwire.lorawan import bridge, connection

# Longer than a test, so that only the test ends it.
COLLECTION_TIME = 20.0


@dataclass
class Core:
    """The registry of connections, by the ID of their entry, and all events that have been delivered."""

    connections: dict[str, Connection] = field(default_factory=dict)
    urls: list[str | None] = field(default_factory=list)
    devices: dict[str, DeviceDescriptor] = field(default_factory=dict)
    events: list[DeviceEvent] = field(default_factory=list)
    set_ups: int = 0
    loses: bool = False

    async def async_register(
        self, _hass: HomeAssistant, entry: ConfigEntry, added: Connection, url: str | None
    ) -> Callable[[], None]:
        """Subscribe to a connection until it is lost."""
        entry_id = entry.entry_id
        if entry_id in self.connections:
            raise ValueError("A connection is already registered for this entry")
        stops: list[Callable[[], None]] = []
        active = True

        def unsubscribe() -> None:
            nonlocal active
            if active:
                active = False
                self.connections.pop(entry_id, None)
                self.devices.clear()
            for stop in stops:
                stop()
            stops.clear()

        if self.loses:
            active = False
            raise ConnectionUnavailable("Connection lost during registration")
        stops.append(added.on_disconnect(unsubscribe))
        stops.append(await added.async_subscribe(brands=None, listener=self._take))
        self.connections[entry_id] = added
        self.urls.append(url)
        return unsubscribe

    def _take(self, event: DeviceEvent) -> None:
        self.events.append(event)
        if event.type is EventType.REMOVED:
            del self.devices[event.dev_eui]
        elif event.descriptor is not None:
            self.devices[event.dev_eui] = event.descriptor

    def uplinks(self, dev_eui: str) -> list[UplinkEvent]:
        """Return the uplinks of a device so far."""
        return [event for event in self.events if isinstance(event, UplinkEvent) and event.dev_eui == dev_eui]

    def of_type(self, kind: EventType) -> list[DeviceEvent]:
        """Return the events of one type so far."""
        return [event for event in self.events if event.type is kind]


def provide_core(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    *,
    built_in: bool = True,
    sets_up: bool = True,
    **manifest: Any,
) -> Core:
    """Add the integration to Home Assistant."""
    core = Core()

    async def async_setup(_hass: HomeAssistant, _config: Any) -> bool:
        core.set_ups += 1
        return sets_up

    module = MockModule("lorawan", async_setup=async_setup, partial_manifest=manifest)
    mock_integration(hass, module, built_in=built_in)

    async def import_module(hass: HomeAssistant, name: str) -> Any:
        if name.endswith(".registration"):
            return SimpleNamespace(async_register=core.async_register)
        return await async_import_module(hass, name)

    monkeypatch.setattr(bridge, "async_import_module", import_module)
    monkeypatch.setattr(connection, "COLLECTION_TIME", COLLECTION_TIME)
    return core


async def collect_uplinks(hass: HomeAssistant) -> None:
    """Let the time pass in which further gateways report an uplink."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=COLLECTION_TIME + 1))
    await hass.async_block_till_done()
