"""Uplinks of the simulated devices for the demo."""

from contextlib import suppress
from typing import TYPE_CHECKING

from .world import VALUES

if TYPE_CHECKING:
    from .tenant import Tenant

_MAX_HISTORY = 5000


class Demo:
    """A tenant in which one device sends at each step."""

    def __init__(self, tenant: Tenant) -> None:
        """Initialize for the devices of `tenant`."""
        self._tenant = tenant

    def step(self) -> None:
        """Let a device send an uplink."""
        tenant = self._tenant
        with suppress(LookupError):
            items = tenant.uplink(tenant.random.choice(list(VALUES)))
            if items[0]["meta"] is not None and not tenant.random.randrange(5):
                tenant.update_packet(items[0]["id"])
        # The demo runs for days.
        del tenant.world["readings"][:-_MAX_HISTORY], tenant.world["packets"][:-_MAX_HISTORY]
