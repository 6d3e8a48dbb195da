"""Commands whose end Pushwire controls: expected values, off timers and writes of the configuration."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from time import time
from typing import Any, Final, Protocol

from homeassistant.core import CALLBACK_TYPE, callback

from ...core.background import Background
from ...wire.errors import CommandFailed, WireError
from ...wire.values import as_dict, as_float, as_text
from .api.client import LivisiClient
from .api.frames import Event
from .api.model import Resource

# Seconds without an event after which the state is read that a command should have led to.
CONFIRM_SECONDS: Final = 5.0
# Seconds in which the hub has to report the outcome of a change of its configuration.
CONFIGURATION_SECONDS: Final = 20.0
# Seconds between attempts to turn something off whose time is over.
RETRY_SECONDS: Final = 15.0


class ConfigurationRefused(CommandFailed):
    """The hub could not apply a change of its configuration."""

    translation_key = "configuration_refused"


class ConfigurationUnconfirmed(CommandFailed):
    """The hub has not reported the outcome of a change of its configuration."""

    translation_key = "configuration_unconfirmed"


class SetState(Protocol):
    """Function that executes ``SetState`` on a capability."""

    def __call__(self, capability: Resource, params: Mapping[str, Any]) -> Awaitable[None]:
        """Execute the action; raises a ``WireError``."""


async def all_of(commands: Iterable[Awaitable[Any]]) -> None:
    """Execute commands one after the other, also after one has failed.

    Raises:
        WireError: The first failure.

    """
    failure: WireError | None = None
    for command in commands:
        try:
            await command
        except WireError as err:
            failure = failure or err
    if failure is not None:
        raise failure


class Expectations:
    """Values that commands should lead to, until the hub reports or a reading shows them.

    Args:
        background: Timers and requests of the entry.
        merge: Sets properties of a resource in the model and publishes the changes.
        read: Reads the state of a resource and applies it.

    """

    def __init__(
        self,
        background: Background,
        merge: Callable[[Resource, Mapping[str, Any]], None],
        read: Callable[[Resource], Coroutine[Any, Any, None]],
    ) -> None:
        """Initialize without expectations."""
        self._background = background
        self._merge = merge
        self._read = read
        # Value before the command and expected value, by resource ID and property; empty nearly all the time.
        self.pending: dict[tuple[str, str], tuple[Any, Any]] = {}
        self._timers: dict[str, CALLBACK_TYPE] = {}

    @callback
    def expect(self, resource: Resource, values: Mapping[str, Any]) -> None:
        """Show values at once, and read the state if the hub does not report them."""
        missing = {name: value for name, value in values.items() if resource.state.get(name) != value}
        if not missing:
            return
        for name, value in missing.items():
            self.pending[resource.id, name] = (resource.state.get(name), value)
        self._merge(resource, missing)
        if (cancel := self._timers.pop(resource.id, None)) is not None:
            cancel()
        self._timers[resource.id] = self._background.call_later(CONFIRM_SECONDS, lambda: self._check(resource))

    @callback
    def filter(self, resource: Resource, event: Event) -> Event:
        """Return an event without values that are older than a command."""
        properties = dict(event.properties)
        for name, value in event.properties.items():
            if (pending := self.pending.get((resource.id, name))) is None:
                continue
            before, expected = pending
            # None stays: it says that the hub has no value.
            if value == before and value is not None:
                del properties[name]
            elif value == expected:
                del self.pending[resource.id, name]
        return event if len(properties) == len(event.properties) else replace(event, properties=properties)

    def _check(self, resource: Resource) -> None:
        del self._timers[resource.id]
        names = [key for key in self.pending if key[0] == resource.id]
        for key in names:
            del self.pending[key]
        if names:
            self._background.read(self._read(resource), "state after a command")


class OffTimers:
    """Timers that turn devices off, for hubs that cannot do so themselves; kept over restarts.

    Args:
        background: Timers and requests of the entry.
        find: Returns the capability of an ID, or None.
        set_state: Executes ``SetState`` on a capability.
        save: Schedules a write of ``data_to_store``.

    """

    def __init__(
        self,
        background: Background,
        find: Callable[[str], Resource | None],
        set_state: SetState,
        save: Callable[[], None],
    ) -> None:
        """Initialize without timers."""
        self._background = background
        self._find = find
        self._set_state = set_state
        self._save = save
        # Unix time and parameters of the command, by capability ID.
        self.ends: dict[str, tuple[float, dict[str, Any]]] = {}
        self._timers: dict[str, CALLBACK_TYPE] = {}

    def data_to_store(self) -> dict[str, Any]:
        """Return the timers for ``restore``."""
        return {capability_id: {"at": at, "params": params} for capability_id, (at, params) in self.ends.items()}

    def restore(self, data: Any) -> None:
        """Restore the timers of an earlier run."""
        for capability_id, item in as_dict(data).items():
            at, params = as_float(as_dict(item).get("at")), as_dict(as_dict(item).get("params"))
            if at is not None and params:
                self.ends[capability_id] = (at, params)

    @callback
    def resume(self) -> None:
        """Schedule restored timers."""
        for capability_id in self.ends:
            if capability_id not in self._timers:
                self._schedule(capability_id)

    @callback
    def set(self, capability: Resource, seconds: float, params: Mapping[str, Any]) -> None:
        """Execute ``SetState`` with parameters after a number of seconds."""
        self.cancel(capability.id)
        self.ends[capability.id] = (time() + seconds, dict(params))
        self._schedule(capability.id)
        self._save()

    @callback
    def cancel(self, capability_id: str) -> None:
        """Cancel the timer of a capability."""
        if self.ends.pop(capability_id, None) is not None:
            self._save()
        if (cancel := self._timers.pop(capability_id, None)) is not None:
            cancel()

    def _schedule(self, capability_id: str, delay: float | None = None) -> None:
        if delay is None:
            delay = max(self.ends[capability_id][0] - time(), 0.0)
        self._timers[capability_id] = self._background.call_later(
            delay, lambda: self._background.read(self._turn_off(capability_id), "off timer")
        )

    async def _turn_off(self, capability_id: str) -> None:
        self._timers.pop(capability_id, None)
        capability = self._find(capability_id)
        if capability is None or capability_id not in self.ends:
            self.ends.pop(capability_id, None)
            return
        try:
            await self._set_state(capability, self.ends[capability_id][1])
        except CommandFailed:
            self.cancel(capability_id)
            raise
        except WireError:
            # The horn must not sound on since the hub could not be reached for a moment.
            self._schedule(capability_id, RETRY_SECONDS)
            raise
        self.cancel(capability_id)


class ConfigurationWriter:
    """Writes of the hub's configuration: one at a time, each until its outcome is known.

    Args:
        client: Client of the hub.

    """

    def __init__(self, client: LivisiClient) -> None:
        """Initialize without a write."""
        self._client = client
        self._lock = asyncio.Lock()
        self._outcome: asyncio.Future[None] | None = None

    async def write(self, resource: Resource, values: Mapping[str, Any]) -> None:
        """Change values of a resource's configuration.

        Raises:
            WireError: The hub refused the change, did not report its outcome, or could not be reached.

        """
        async with self._lock:
            # The hub replaces the whole entity, which may have changed elsewhere.
            body = as_dict(await self._client.get(resource.link))
            if not body.get("id"):
                raise CommandFailed(resource.type)
            config = {**as_dict(body.get("config")), **values}
            await self._send(self._client.put(resource.link, {**body, "config": config}))

    async def add(self, path: str, body: Mapping[str, Any]) -> None:
        """Add an entity.

        Raises:
            WireError: The hub refused the entity, did not report the outcome, or could not be reached.

        """
        async with self._lock:
            await self._send(self._client.post(path, body))

    async def _send(self, request: Awaitable[bool]) -> None:
        """Await a request that returns whether it changes anything, and then the outcome that the hub reports."""
        # The hub may report the outcome before it answers the request.
        self._outcome = outcome = asyncio.get_running_loop().create_future()
        try:
            if not await request:
                return
            async with asyncio.timeout(CONFIGURATION_SECONDS):
                await outcome
        except TimeoutError:
            raise ConfigurationUnconfirmed from None
        finally:
            self._outcome = None
            if outcome.done() and not outcome.cancelled():
                # A request that failed as well has its own error.
                outcome.exception()

    @callback
    def confirm(self) -> None:
        """Report that the hub has applied a change."""
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(None)

    @callback
    def refuse(self, event: Event) -> None:
        """Report that the hub could not apply a change."""
        if self._outcome is not None and not self._outcome.done():
            reason = event.properties.get("errorReason") or event.properties.get("errorEntry")
            self._outcome.set_exception(ConfigurationRefused(as_text(reason) or event.type))
