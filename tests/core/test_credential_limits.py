"""Limits of the checks of refused credentials."""

from homeassistant.core import HomeAssistant
import pytest

from tests.core.test_credentials import CASES, advance, lose_credentials, requests_since

pytestmark = pytest.mark.usefixtures("quick_links")


async def test_a_password_is_checked_only_once(hass: HomeAssistant) -> None:
    """Each attempt counts toward a lock of the account."""
    case = CASES[0]
    async with case.create() as sim:
        entry = await lose_credentials(hass, sim, case)
        seen = len(sim.requests)
        for expected in (1, 1, 1):
            await advance(hass, 600)
            # The request is sent in the background.
            await hass.async_block_till_done(wait_background_tasks=True)
            assert requests_since(sim, seen) == expected
        await hass.config_entries.async_unload(entry.entry_id)


async def test_an_entry_that_is_not_loaded_sends_no_check(hass: HomeAssistant) -> None:
    case = CASES[1]
    async with case.create() as sim:
        entry = await lose_credentials(hass, sim, case)
        await hass.config_entries.async_unload(entry.entry_id)
        seen = len(sim.requests)
        await advance(hass, 600)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert requests_since(sim, seen) == 0
