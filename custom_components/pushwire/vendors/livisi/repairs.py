"""Repair issues of LIVISI entries, each deleted when its cause is gone."""

from collections.abc import Callable
from time import time
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.hass_dict import HassKey

from ...const import DOMAIN
from ...wire.errors import WireError
from ...wire.values import as_float, as_list
from .api.client import RightMissing, TermsNotAccepted

# Number of attempts to connect after which a missing right counts as permanent.
REFUSALS: Final = 3
# Attempts that ended with a missing right, by entry; each attempt to set up an entry has a new coordinator.
_REFUSED: Final[HassKey[dict[str, int]]] = HassKey("pushwire_livisi_refusals")
MAX_RESTARTS: Final = 3
_DAY: Final = 86_400.0
# Seconds within which two signs of a restart belong to the same one.
_SAME_RESTART: Final = 300.0
# Memory usage of a v1 hub in percent, and the seconds after which it is reported.
MEMORY_LIMIT: Final = 90.0
MEMORY_SECONDS: Final = 3600.0


class HubRepairs:
    """Issues of one hub.

    Args:
        hass: Home Assistant.
        entry: Config entry.
        save: Schedules a write of the times of the restarts.

    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], save: Callable[[], None]) -> None:
        """Initialize without knowledge of the hub."""
        self._hass = hass
        self._entry = entry
        self._save = save
        # Unix times.
        self._restarts: list[float] = []
        self._memory_high_since: float | None = None

    def data_to_store(self) -> list[float]:
        """Return the times of the restarts for ``restore``."""
        return self._restarts

    def restore(self, data: Any) -> None:
        """Restore the times of the restarts of an earlier run."""
        self._restarts = [at for item in as_list(data) if (at := as_float(item)) is not None]

    @callback
    def connection_failed(self, error: WireError) -> None:
        """Report what only a person can change."""
        if isinstance(error, TermsNotAccepted):
            self._create("terms_not_accepted", ir.IssueSeverity.ERROR)
        elif isinstance(error, RightMissing):
            refused = self._hass.data.setdefault(_REFUSED, {})
            count = refused[self._entry.entry_id] = refused.get(self._entry.entry_id, 0) + 1
            if count >= REFUSALS:
                self._create("right_missing", ir.IssueSeverity.ERROR)

    @callback
    def connected(self) -> None:
        """Delete the issues of the connection, and check the restarts."""
        self._hass.data.setdefault(_REFUSED, {}).pop(self._entry.entry_id, None)
        self._delete("terms_not_accepted")
        self._delete("right_missing")
        self.check_restarts()

    @callback
    def restarted(self) -> None:
        """Count a restart of the hub, of which there may be several signs."""
        now = time()
        if not self._restarts or now - self._restarts[-1] > _SAME_RESTART:
            self._restarts.append(now)
            self._save()
        self.check_restarts()

    @callback
    def check_restarts(self) -> None:
        """Create or delete the issue about many restarts within a day."""
        since = time() - _DAY
        self._restarts = [at for at in self._restarts if at >= since]
        if len(self._restarts) > MAX_RESTARTS:
            self._create("hub_restarts", ir.IssueSeverity.WARNING)
        else:
            self._delete("hub_restarts")

    @callback
    def memory_used(self, percent: float | None) -> None:
        """Create or delete the issue about the memory of a v1 hub."""
        if percent is None:
            return
        if percent <= MEMORY_LIMIT:
            self._memory_high_since = None
            self._delete("hub_memory")
            return
        now = time()
        if self._memory_high_since is None:
            self._memory_high_since = now
        if now - self._memory_high_since >= MEMORY_SECONDS:
            self._create("hub_memory", ir.IssueSeverity.WARNING)

    def _create(self, key: str, severity: ir.IssueSeverity) -> None:
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"{key}_{self._entry.entry_id}",
            is_fixable=False,
            severity=severity,
            translation_key=key,
            translation_placeholders={"name": self._entry.title},
        )

    def _delete(self, key: str) -> None:
        ir.async_delete_issue(self._hass, DOMAIN, f"{key}_{self._entry.entry_id}")
