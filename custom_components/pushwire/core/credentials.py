"""Repeated checks of credentials that were refused.

A gateway or server that is restarting may refuse valid credentials. So while a person is
asked for new ones, the saved ones are checked again, ever less often. The entry is
reloaded only once they are accepted, since a reload closes an open dialog.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..wire.errors import AuthenticationFailed, WireError

_FIRST_PAUSES = (2 * 60.0, 5 * 60.0, 15 * 60.0)
_LAST_PAUSE = 60 * 60.0

# Checks by entry. They outlive a coordinator, since a set-up may be refused as well.
CHECKS: HassKey[dict[str, CredentialChecks]] = HassKey(f"{DOMAIN}_credential_checks")


def regular_pauses() -> Iterator[float]:
    """Yield the seconds before each check of a key or token, which is one light request."""
    yield from _FIRST_PAUSES
    while True:
        yield _LAST_PAUSE


class CredentialChecks:
    """Checks of the credentials of one entry, until they are accepted or replaced.

    Args:
        hass: Home Assistant.
        entry: Config entry.
        pauses: Yields the seconds before each check that follows a refusal.

    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, pauses: Callable[[], Iterator[float]]) -> None:
        """Initialize without a timer."""
        self._hass = hass
        self._entry = entry
        self._all_pauses = pauses
        self._pauses = pauses()
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._task: asyncio.Task[None] | None = None

    @callback
    def schedule(self, check: Callable[[], Awaitable[None]], count_failure: Callable[[Exception], None]) -> None:
        """Schedule the next check after a refusal, unless one is scheduled.

        Args:
            check: Sends a request with the credentials; raises a ``WireError``.
            count_failure: Called with an unexpected exception of ``check``.

        """
        if self._cancel_timer is None and self._task is None and (pause := next(self._pauses, None)) is not None:
            self._call_later(pause, check, count_failure)

    def _call_later(
        self, pause: float, check: Callable[[], Awaitable[None]], count_failure: Callable[[Exception], None]
    ) -> None:
        @callback
        def run(_now: datetime) -> None:
            self._cancel_timer = None
            self._task = self._hass.async_create_background_task(
                self._check(pause, check, count_failure), f"pushwire credentials {self._entry.entry_id}"
            )

        self._cancel_timer = async_call_later(self._hass, pause, HassJob(run, cancel_on_shutdown=True))

    async def _check(
        self, pause: float, check: Callable[[], Awaitable[None]], count_failure: Callable[[Exception], None]
    ) -> None:
        try:
            await check()
        except AuthenticationFailed:
            self._task = None
            self.schedule(check, count_failure)
        except WireError:
            # The credentials were not checked.
            self._task = None
            self._call_later(pause, check, count_failure)
        except Exception as err:  # noqa: BLE001
            self._task = None
            count_failure(err)
            self._call_later(pause, check, count_failure)
        else:
            self._task = None
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)

    @callback
    def cancel(self) -> None:
        """Cancel the scheduled or running check."""
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None
        if self._task is not None:
            self._task.cancel()
            self._task = None

    @callback
    def entry_state_changed(self) -> None:
        """End with any other state than that of a refused set-up, and forget the pauses once loaded."""
        if self._entry.state is not ConfigEntryState.SETUP_ERROR:
            self.cancel()
        if self._entry.state is ConfigEntryState.LOADED:
            self._pauses = self._all_pauses()


@callback
def credential_checks(
    hass: HomeAssistant, entry: ConfigEntry, pauses: Callable[[], Iterator[float]]
) -> CredentialChecks:
    """Return the checks of an entry, whose pauses grow over set-ups that are refused."""
    by_entry = hass.data.setdefault(CHECKS, {})
    if (checks := by_entry.get(entry.entry_id)) is None:
        checks = by_entry[entry.entry_id] = CredentialChecks(hass, entry, pauses)
        entry.async_on_state_change(checks.entry_state_changed)
    return checks


@callback
def forget_credential_checks(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget the checks of an entry that was removed."""
    if (checks := hass.data.get(CHECKS, {}).pop(entry.entry_id, None)) is not None:
        checks.cancel()
