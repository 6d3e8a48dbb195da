"""Refused credentials: they are checked again, with long pauses, until they are accepted or replaced."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.core.credentials import CHECKS
from custom_components.pushwire.wire.stream import ConnectionState
from simulators import DeconzSimulator, ElementSimulator, LivisiSimulator, ResiotSimulator, Simulator
from simulators.deconz.gateway import KEY
from tests.common import set_up, wait_until
from tests.element.conftest import wait_primed

pytestmark = pytest.mark.usefixtures("quick_links")


@dataclass(frozen=True)
class Case:
    """Vendor whose credentials can be refused.

    Attributes:
        create: Creates the simulator.
        refuse: Makes the simulator refuse the entry's credentials.
        accept: Makes the simulator accept them again.
        pauses: Minutes before each check.

    """

    create: Callable[[], Any]
    refuse: Callable[[Any], None]
    accept: Callable[[Any], None]
    pauses: tuple[float, ...] = (2, 5, 15, 60, 60)


PASSWORD: str = LivisiSimulator().password
TOKEN: str = ResiotSimulator().token
NEW_KEY = {"name": "Simulator", "created": ""}
CASES = [
    Case(LivisiSimulator, lambda sim: sim.change_password("other"), lambda sim: sim.change_password(PASSWORD), (15,)),
    Case(
        DeconzSimulator, lambda sim: sim.revoke_key(), lambda sim: sim.keys.update({KEY: {"name": "x", "created": ""}})
    ),
    Case(ElementSimulator, lambda sim: sim.refuse_key(), lambda sim: sim.refuse_key(False)),
    Case(ResiotSimulator, lambda sim: sim.change_token("other"), lambda sim: sim.change_token(TOKEN)),
]
ALL = pytest.mark.parametrize("case", CASES, ids=["livisi", "deconz", "element", "resiot"])


def reauth_flows(hass: HomeAssistant) -> list[Any]:
    """Return the open reauthentications."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [flow for flow in flows if flow["context"]["source"] == SOURCE_REAUTH]


async def advance(hass: HomeAssistant, minutes: float) -> None:
    """Run everything that is due within a time from now."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=minutes, seconds=1))
    await hass.async_block_till_done(wait_background_tasks=False)


async def lose_credentials(hass: HomeAssistant, sim: Simulator, case: Case) -> ConfigEntry[Any]:
    """Set up an entry and refuse its credentials while it is connected."""
    entry = await set_up(hass, sim)
    if isinstance(sim, ElementSimulator):
        await wait_primed(hass, entry)
    case.refuse(sim)
    await sim.drop()
    await wait_until(hass, lambda: bool(reauth_flows(hass)))
    streams = entry.runtime_data.streams
    await wait_until(hass, lambda: all(stream.state is ConnectionState.REFUSED for stream in streams))
    return entry


def requests_since(sim: Simulator, seen: int) -> int:
    """Return the number of requests since an earlier one."""
    return len([request for request in sim.requests[seen:] if "introspect" not in request.path])


@ALL
async def test_a_refusal_by_mistake_heals_by_itself(hass: HomeAssistant, case: Case) -> None:
    async with case.create() as sim:
        entry = await lose_credentials(hass, sim, case)
        case.accept(sim)
        await advance(hass, case.pauses[0] - 0.1)
        assert reauth_flows(hass)
        await advance(hass, case.pauses[0])
        await wait_until(hass, lambda: not reauth_flows(hass) and entry.state is ConfigEntryState.LOADED)
        await wait_until(hass, lambda: entry.runtime_data.available)
        await hass.config_entries.async_unload(entry.entry_id)


@ALL
async def test_a_refusal_during_set_up_heals_by_itself(hass: HomeAssistant, case: Case) -> None:
    async with case.create() as sim:
        entry = await set_up(hass, sim)
        await hass.config_entries.async_unload(entry.entry_id)
        case.refuse(sim)
        await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_ERROR
        assert len(reauth_flows(hass)) == 1
        case.accept(sim)
        await advance(hass, case.pauses[0])
        await wait_until(hass, lambda: entry.state is ConfigEntryState.LOADED)
        assert not reauth_flows(hass)
        await hass.config_entries.async_unload(entry.entry_id)


@ALL
async def test_checks_become_rarer_and_do_not_close_the_dialog(hass: HomeAssistant, case: Case) -> None:
    async with case.create() as sim:
        entry = await lose_credentials(hass, sim, case)
        (flow,) = reauth_flows(hass)
        for pause in case.pauses:
            seen = len(sim.requests)
            await advance(hass, pause - 0.1)
            assert requests_since(sim, seen) == 0
            await advance(hass, pause)
            await wait_until(hass, lambda: requests_since(sim, seen) >= 1)  # noqa: B023
            await hass.async_block_till_done(wait_background_tasks=True)
            assert requests_since(sim, seen) == 1
        assert reauth_flows(hass) == [flow]
        if len(case.pauses) == 1:
            # Each attempt counts toward a lock of the account.
            seen = len(sim.requests)
            await advance(hass, 600)
            await hass.async_block_till_done(wait_background_tasks=True)
            assert requests_since(sim, seen) == 0
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("end", ["unload", "remove"])
@pytest.mark.parametrize("during_set_up", [True, False])
async def test_no_check_outlives_the_entry(hass: HomeAssistant, end: str, *, during_set_up: bool) -> None:
    case = CASES[1]
    async with DeconzSimulator() as sim:
        entry = await lose_credentials(hass, sim, case)
        if during_set_up:
            await hass.config_entries.async_reload(entry.entry_id)
            assert entry.state is ConfigEntryState.SETUP_ERROR
        if end == "unload":
            await hass.config_entries.async_unload(entry.entry_id)
        else:
            await hass.config_entries.async_remove(entry.entry_id)
            assert not hass.data[CHECKS]
            assert not reauth_flows(hass)
        seen = len(sim.requests)
        await advance(hass, 600)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert requests_since(sim, seen) == 0


async def test_new_credentials_end_the_checks(hass: HomeAssistant) -> None:
    async with DeconzSimulator() as sim:
        entry = await lose_credentials(hass, sim, CASES[1])
        sim.keys["another"] = NEW_KEY
        (flow,) = reauth_flows(hass)
        done = await hass.config_entries.flow.async_configure(flow["flow_id"], {"api_key": "another"})
        assert done["reason"] == "reauth_successful"
        await wait_until(hass, lambda: entry.state is ConfigEntryState.LOADED)
        await hass.async_block_till_done()
        seen = len(sim.requests)
        await advance(hass, 2)
        assert requests_since(sim, seen) == 0
        await hass.config_entries.async_unload(entry.entry_id)


async def test_pauses_grow_over_reloads_and_start_again_once_loaded(hass: HomeAssistant) -> None:
    async with DeconzSimulator() as sim:
        case = CASES[1]
        entry = await lose_credentials(hass, sim, case)
        await advance(hass, 2)
        await hass.async_block_till_done(wait_background_tasks=True)
        await hass.config_entries.async_reload(entry.entry_id)
        seen = len(sim.requests)
        await advance(hass, 14.9)
        assert requests_since(sim, seen) == 0
        case.accept(sim)
        await advance(hass, 15)
        await wait_until(hass, lambda: entry.state is ConfigEntryState.LOADED)
        case.refuse(sim)
        await sim.drop()
        await wait_until(hass, lambda: bool(reauth_flows(hass)))
        case.accept(sim)
        await advance(hass, 2)
        await wait_until(hass, lambda: not reauth_flows(hass))
        await hass.async_block_till_done()
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("unexpected", [True, False])
async def test_a_check_that_fails_otherwise_is_repeated_after_the_same_pause(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, *, unexpected: bool
) -> None:
    async with DeconzSimulator() as sim:
        entry = await lose_credentials(hass, sim, CASES[1])

        async def fail() -> None:
            raise KeyError("odd")

        with monkeypatch.context() as patch:
            if unexpected:
                patch.setattr(entry.runtime_data.client, "config", fail)
            else:
                sim.refuse(503)
            await advance(hass, 2)
            await hass.async_block_till_done(wait_background_tasks=True)
        assert sum(entry.runtime_data.frame_log.failures.values()) == int(unexpected)
        sim.allow()
        CASES[1].accept(sim)
        await advance(hass, 2)
        await wait_until(hass, lambda: not reauth_flows(hass) and entry.state is ConfigEntryState.LOADED)
        await hass.config_entries.async_unload(entry.entry_id)
