"""What the set-up steps of all vendors share."""

from collections.abc import Awaitable
import logging

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.data_entry_flow import AbortFlow

from ..const import CONF_VENDOR
from ..wire.errors import WireError
from .vendor import Found

_LOGGER = logging.getLogger(__name__)


class FlowSteps(ConfigFlow):
    """Base of the vendors' steps.

    A step calls ``attempt`` with a real connection; when that returns None it shows
    its form again with ``self.errors``.
    """

    def __init__(self) -> None:
        """Start without errors."""
        self.errors: dict[str, str] = {}

    async def attempt[ResultT](self, probe: Awaitable[ResultT]) -> ResultT | None:
        """Return what a connection showed, or None with ``self.errors`` set."""
        self.errors = {}
        try:
            return await probe
        except AbortFlow:
            raise
        except WireError as err:
            self.errors["base"] = err.translation_key
        except Exception:
            _LOGGER.exception("Unexpected fault while connecting")
            self.errors["base"] = "unknown"
        return None

    async def finish(self, vendor: str, found: Found) -> ConfigFlowResult:
        """Create the entry, unless it is there already."""
        # Home Assistant ends a discovery of the same system when the entry is there.
        await self.async_set_unique_id(found.unique_id, raise_on_progress=False)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title=found.title, data={CONF_VENDOR: vendor, **found.data})
