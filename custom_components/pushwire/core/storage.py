"""Storage file of an entry, written without holding the event loop for long."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.json import json_bytes, json_fragment
from homeassistant.helpers.storage import Store

from ..const import DOMAIN
from .background import Background
from .turns import in_turns

# Version of the file that Home Assistant's Store writes around the data.
STORE_VERSION: Final = 1
# Seconds between two writes to disk, since an SD card wears out.
SAVE_DELAY: Final = 300.0


class Storable(Protocol):
    """Object that is stored."""

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""


def store_of(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return the storage file of an entry."""
    return Store(hass, STORE_VERSION, f"{DOMAIN}.{entry_id}")


class EntryStorage:
    """Writes of one entry, some minutes after a change and at unload.

    Args:
        hass: Home Assistant.
        entry_id: ID of the entry.
        background: Timers of the entry.
        data: Returns what is stored besides long lists.
        lists: Returns the objects of long lists by key. They are read after ``data``, in several turns of the event
            loop, so they may be newer.

    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        background: Background,
        *,
        data: Callable[[], dict[str, Any]],
        lists: Callable[[], Mapping[str, Iterable[Storable]]],
    ) -> None:
        """Initialize without changes."""
        self._hass = hass
        self._background = background
        self._data = data
        self._lists = lists
        self._store = store_of(hass, entry_id)
        self._is_scheduled = False
        self._task: asyncio.Task[None] | None = None

    async def async_load(self) -> Any:
        """Return the stored data, or None without a file; see ``Store.async_load`` for the errors."""
        return await self._store.async_load()

    @callback
    def schedule(self) -> None:
        """Save within ``SAVE_DELAY`` seconds, or when Home Assistant or the entry ends."""
        if not self._is_scheduled:
            self._is_scheduled = True
            self._background.call_later(SAVE_DELAY, self._start)
            self._await_end()

    async def async_finish(self) -> None:
        """Save the changes since the last write."""
        if self._task is not None:
            await asyncio.wait({self._task})
        if self._is_scheduled:
            await self._store.async_save(self._everything())

    def _await_end(self) -> None:
        """Let Home Assistant's final write save the changes, if it comes before the next save."""
        self._store.async_delay_save(self._everything, 2 * SAVE_DELAY)

    def _everything(self) -> dict[str, Any]:
        self._is_scheduled = False
        return {**self._data(), **{key: list(map(_as_json, items)) for key, items in self._lists().items()}}

    @callback
    def _start(self) -> None:
        self._task = self._hass.async_create_task(self._async_save(), f"pushwire save {self._store.key}")

    async def _async_save(self) -> None:
        # Changes from now on may be missing from what is written.
        self._is_scheduled = False
        data = self._data()
        for key, items in self._lists().items():
            data[key] = [_as_json(item) async for item in in_turns(items)]
        await self._store.async_save(data)
        if self._is_scheduled:
            # A write makes the store forget what waits for the end.
            self._await_end()


def _as_json(item: Storable) -> json_fragment:
    """Return the JSON of an object, which the garbage collector need not examine like thousands of dictionaries."""
    return json_fragment(json_bytes(item.to_stored()))
