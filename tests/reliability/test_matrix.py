"""Matrix of faults: every vendor, every fault, every phase of an entry.

After each fault, the entry has to come back by itself and show the vendor's truth, after a bounded
number of attempts, without an error in the log, and leave nothing behind when it is unloaded.

The results are in ``docs/reliability.md``. A run fails if it finds anything else than the report
says. To write the report again after an intended change::

    PUSHWIRE_WRITE_RELIABILITY=1 pytest tests/reliability

Not with several processes (``-n``), which would overwrite each other's columns.
"""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
import importlib
import logging
import os
from typing import Any, Final

import aiohttp
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.core import HassJob, HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.async_ import get_scheduled_timer_handles
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.wire.stream import ConnectionState
from simulators.base.faults import Giant
from tests.common import run_pending_updates, states_of, wait_until

from . import faults
from .clock import MINUTES, PING_INTERVAL, Clock, settled
from .conftest import OtherHost
from .faults import Fault, Phase
from .report import WRITE, Report, is_rewriting
from .systems import SYSTEMS, System

# Highest number of attempts of one connection, and of requests of one attempt.
MAX_ATTEMPTS: Final = 20
MAX_REQUESTS: Final = 12
# Attempts of a set-up during a fault.
SETUPS: Final = 3

INTRODUCTION: Final = f"""
# Reliability

What happens when the system of a vendor, its server or the network fails, for each fault and for the phase in which
Pushwire meets it. This file is written by the tests in `tests/reliability`, which run each cell against a simulated
system and fail if anything else happens than the tables say.

After each fault, without a restart or a reload, and without anyone doing anything:

- the connection is back, and all states are those of the vendor's system: a reload changes none of them;
- no error was logged, no task, timer or socket is left after unloading, and no other host has received a credential.

The phases:

- **setting up**: the fault exists before the entry is set up. Home Assistant repeats a failed set-up, first after five
  seconds, then ever less often. The number of requests is that of one attempt.
- **reading the state**: the connection is live, and the fault affects the requests that read the state.
- **live**: the connection is live, is lost to the fault, and the fault affects everything from then on.
- **unloading**: as live, and the entry is unloaded during the fault.

*Reconnects (n attempts in {MINUTES} min)* counts the attempts of one connection during a fault of {MINUTES} minutes;
the pauses between them grow to about a minute. After 30 seconds without a connection, entities become unavailable.
*Asks for credentials* means that a person is asked to enter new ones, while Pushwire keeps checking the saved ones.
*Stays connected* means that the fault does not affect the connection: ResIOT does without what it reads by REST.
"""


@dataclass
class Cell:
    """One fault in one phase.

    Attributes:
        value: Temperature that the vendor's system gets during the fault.
        logged: Position in the log at which the cell begins.

    """

    hass: HomeAssistant
    system: System
    entry: ConfigEntry[Any]
    clock: Clock
    fault: Fault
    phase: Phase
    value: float
    _running: bool = False
    _patches: ExitStack = field(default_factory=ExitStack)

    # The fault

    async def begin(self) -> None:
        """Begin the fault."""
        sim, fault = self.system.sim, self.fault
        self._running = True
        self.clock.begin()
        is_connected = self.phase in (Phase.LIVE, Phase.UNLOADING)
        answer = fault.answer_in(self.system, self.phase)
        if answer is not None:
            sim.fail(answer, faults.applies(fault, self.system, self.phase))
        if fault.name == faults.SILENT or (fault.name == faults.HALF_OPEN and self.phase is Phase.READING):
            self._shorten_timeouts()
        await self._begin_beyond_answers()
        if self.phase is Phase.READING:
            for stream in self.entry.runtime_data.streams:
                stream.resync()
        elif is_connected and not fault.keeps_socket:
            await sim.drop()

    async def _begin_beyond_answers(self) -> None:
        """Begin the part of the fault that is not an answer to a request."""
        sim = self.system.sim
        match self.fault.name:
            case faults.HALF_OPEN:
                sim.silence()
            case faults.SLOW:
                sim.latency = PING_INTERVAL / 4
            case faults.ANOTHER:
                self._patches.enter_context(self.system.another())
            case faults.REFUSED:
                await (sim.refuse_connections() if self.phase is Phase.READING else sim.close())
            case faults.GARBAGE:
                sim.garbage(broken_utf8=True)
            case faults.GIANT if self.phase in (Phase.LIVE, Phase.UNLOADING):
                sim.push("[" + " " * faults.GIANT_FRAME + "]")

    async def end(self) -> None:
        """End the fault, unless it has ended."""
        if not self._running:
            return
        self._running = False
        sim = self.system.sim
        self._patches.close()
        self.system.change(self.value)
        if self.fault.name == faults.ANOTHER:
            await self._reconnect()
        sim.latency = 0.0
        if self.fault.name == faults.REFUSED:
            await (sim.accept_connections() if self.phase is Phase.READING else sim.listen())
        sim.allow()
        self.clock.end()

    async def _reconnect(self) -> None:
        """End the sockets of the other system, and wait for new ones."""
        if self.entry.state is ConfigEntryState.LOADED and self.system.sim.open_sockets:
            streams = self.entry.runtime_data.streams
            before = sum(stream.statistics.connects for stream in streams)
            await self.system.sim.drop()
            await wait_until(
                self.hass, lambda: sum(stream.statistics.connects for stream in streams) >= before + len(streams)
            )

    def _shorten_timeouts(self) -> None:
        """Shorten the timeouts of requests until the fault ends."""
        seconds = 5 * PING_INTERVAL
        vendor = importlib.import_module(f"custom_components.pushwire.vendors.{self.system.vendor}.coordinator")
        api = f"custom_components.pushwire.vendors.{self.system.vendor}.api"
        client = importlib.import_module(f"{api}.{self.system.client_module}")
        patch = pytest.MonkeyPatch()
        self._patches.callback(patch.undo)
        patch.setattr(client, "REST_TIMEOUT", aiohttp.ClientTimeout(total=seconds))
        patch.setattr(vendor, "POLICY", replace(vendor.POLICY, open_timeout=seconds))
        if hasattr(client, "_HANDSHAKE_TIMEOUT"):
            patch.setattr(client, "_HANDSHAKE_TIMEOUT", seconds / 2)
        if self.entry.state is ConfigEntryState.LOADED:
            for stream in self.entry.runtime_data.streams:
                patch.setattr(stream, "policy", replace(stream.policy, open_timeout=seconds))

    async def affected(self, already: int = 0) -> str:
        """Wait until the fault changes nothing any more; return what it does to a loaded entry.

        Args:
            already: Attempts that have succeeded before.

        """
        sim, streams = self.system.sim, self.entry.runtime_data.streams
        await wait_until(self.hass, settled(self.clock, sim, streams))
        attempts = max(self.clock.attempts.values(), default=0) - already
        assert attempts <= MAX_ATTEMPTS
        text = f"{attempts} attempt{'s' if attempts != 1 else ''}"
        if any(stream.state is ConnectionState.REFUSED for stream in streams):
            result = f"asks for credentials, heals after {self.system.minutes} min"
            return f"{result} ({text})" if attempts else result
        if any(self.clock.has_run_out(stream) for stream in streams):
            return f"reconnects ({text} in {MINUTES} min)"
        return f"reconnects ({text})" if attempts else "stays connected"

    # Afterwards

    async def recovered(self) -> None:
        """Wait until the entry has come back by itself and shows the vendor's truth."""
        await wait_until(self.hass, lambda: self.entry.state is ConfigEntryState.LOADED)
        coordinator = self.entry.runtime_data
        if coordinator.connection_state is ConnectionState.REFUSED:
            await self.credentials_checked()
            coordinator = self.entry.runtime_data
        await wait_until(
            self.hass, lambda: coordinator.connection_state is ConnectionState.LIVE and coordinator.available
        )
        await self.hass.async_block_till_done()
        self.system.repeat(self.value)
        await wait_until(self.hass, self.shows_value)
        assert not coordinator.frame_log.failures
        await self.system.settle(self.hass, self.entry)
        await run_pending_updates(self.hass)
        before = states_of(self.hass)
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.system.settle(self.hass, self.entry)
        await run_pending_updates(self.hass)
        assert states_of(self.hass) == before
        assert self.shows_value()

    def shows_value(self) -> bool:
        """Return whether the sensor shows the temperature that was set right before the end of the fault."""
        state = self.hass.states.get(self.system.entity_id)
        return state is not None and state.state == str(self.value)

    async def credentials_checked(self) -> None:
        """Let the next check of the credentials run, which finds them accepted."""
        assert len(self.reauth_flows()) == 1
        await self.advance(minutes=self.system.minutes, seconds=1)
        await wait_until(self.hass, lambda: not self.reauth_flows() and self.entry.state is ConfigEntryState.LOADED)

    def reauth_flows(self) -> list[Any]:
        """Return the open reauthentications."""
        flows = self.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        return [flow for flow in flows if flow["context"]["source"] == SOURCE_REAUTH]

    async def advance(self, **delta: float) -> None:
        """Run the timers that are due within a time from now."""
        async_fire_time_changed(self.hass, dt_util.utcnow() + timedelta(**delta))
        await self.hass.async_block_till_done()

    async def unload(self) -> None:
        """Unload the entry, which leaves nothing behind."""
        async with asyncio.timeout(5):
            assert await self.hass.config_entries.async_unload(self.entry.entry_id)
        assert self.entry.state is ConfigEntryState.NOT_LOADED
        await self.system.sim.wait(lambda: not self.system.sim.open_sockets and not self.system.sim.in_flight)
        left = [task for task in asyncio.all_tasks() if "pushwire" in f"{task.get_name()} {task.get_coro()}"]
        assert [task for task in left if task is not asyncio.current_task()] == []
        assert [
            handle
            for handle in get_scheduled_timer_handles(asyncio.get_running_loop())
            if not handle.cancelled() and any("pushwire" in _module_of(argument) for argument in handle._args or ())
        ] == []

    # Phases

    async def run(self) -> str:
        """Run the cell and return what happens."""
        match self.phase:
            case Phase.SETTING_UP:
                return await self._set_up()
            case Phase.UNLOADING:
                return await self._unload()
        await self.begin()
        result = await self.affected()
        await self.end()
        await self.recovered()
        return result

    async def _set_up(self) -> str:
        await self.unload()
        await self.begin()
        sim = self.system.sim
        requests: list[int] = []
        for number in range(SETUPS):
            seen = len(sim.requests)
            if number == 0:
                await self.hass.config_entries.async_setup(self.entry.entry_id)
            else:
                # Counts the failed attempts.
                tries = self.entry._tries
                await self.advance(minutes=MINUTES)
                await wait_until(self.hass, lambda: self.entry._tries != tries)  # noqa: B023
            if self.entry.state is not ConfigEntryState.SETUP_RETRY:
                break
            requests.append(len(sim.requests) - seen)
        assert max(requests, default=0) <= MAX_REQUESTS
        if self.entry.state is ConfigEntryState.SETUP_RETRY:
            text = f"{max(requests)} request{'s' if max(requests) != 1 else ''}"
            result = f"retries the set-up ({text} each time)"
            await self.end()
            await self.advance(minutes=MINUTES)
        elif self.entry.state is ConfigEntryState.SETUP_ERROR:
            result = f"asks for credentials, heals after {self.system.minutes} min"
            await self.end()
            await self.credentials_checked()
        else:
            result = f"is set up, {await self.affected(already=1)}"
            await self.end()
        await self.recovered()
        return result

    async def _unload(self) -> str:
        await self.begin()
        streams = self.entry.runtime_data.streams
        sim = self.system.sim
        await wait_until(
            self.hass,
            lambda: (
                any(stream.state is not ConnectionState.LIVE for stream in streams)
                or sim.in_flight > 0
                or self.fault.keeps_socket
            ),
        )
        await self.unload()
        await self.end()
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.recovered()
        return "unloads at once"


def _module_of(argument: Any) -> str:
    target = argument.target if isinstance(argument, HassJob) else argument
    return str(getattr(target, "__module__", ""))


def check_log(records: list[logging.LogRecord]) -> None:
    """Check that no error and no traceback was logged."""
    for record in records:
        if record.levelno < logging.INFO:
            # The loop's own notes of connections that were reset.
            continue
        text = record.getMessage()
        assert record.levelno < logging.ERROR, text
        assert record.exc_info is None, text
        assert "Traceback" not in text, text


def report_of(names: list[Fault]) -> Report:
    """Return the report with the rows of all faults."""
    titles = [system.title for system in SYSTEMS.values()]
    return Report(INTRODUCTION, titles, list(Phase), [fault.name for fault in names])


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("vendor", list(SYSTEMS))
async def test_every_fault_heals_by_itself(
    hass: HomeAssistant,
    clock: Clock,
    system: System,
    entry: ConfigEntry[Any],
    other_host: OtherHost,
    phase: Phase,
    caplog: pytest.LogCaptureFixture,
) -> None:
    giant = Giant()
    rows = faults.rows(other_host.url, giant)
    found: dict[str, str] = {}
    for number, fault in enumerate(rows):
        if (reason := fault.not_applicable(system, phase)) is not None:
            found[fault.name] = f"n/a: {reason}"
            continue
        cell = Cell(hass, system, entry, clock, fault, phase, value=21.5 + number / 2)
        caplog.clear()
        try:
            found[fault.name] = await cell.run()
            check_log(caplog.records)
            assert not entry.runtime_data.frame_log.failures
            assert not cell.reauth_flows()
            assert not giant.completed
            assert not other_host.requests_with(system.secrets())
        except Exception as err:
            err.add_note(f"{system.title}, {phase}, {fault.name}")
            raise
        finally:
            await cell.end()
    report = report_of(rows)
    if is_rewriting():
        assert "PYTEST_XDIST_WORKER" not in os.environ
        report.replace(system.title, phase, found)
    assert report.column(system.title, phase) == found, f"see {WRITE} in {__name__}"


def test_the_report_is_complete() -> None:
    report = report_of(faults.rows("", Giant()))
    assert report.render() == report.text
