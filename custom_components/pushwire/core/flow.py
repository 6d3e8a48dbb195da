"""Steps of a config flow that try a connection before they continue."""

from collections.abc import Awaitable, Callable, Mapping
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigFlow, ConfigFlowContext, ConfigFlowResult
from homeassistant.const import CONF_API_KEY, CONF_HOST, CONF_PASSWORD, CONF_URL
from homeassistant.data_entry_flow import AbortFlow, FlowContext, FlowHandler, FlowResult
import voluptuous as vol

from ..const import CONF_VENDOR
from ..wire.errors import WireError
from .vendor import ProbeResult

_LOGGER = logging.getLogger(__name__)

_ADDRESS = (CONF_HOST, CONF_URL)
# Fields that an error may be about; the first one that the form has shows it.
ERROR_FIELDS: Final = {
    "cannot_connect": _ADDRESS,
    "certificate_changed": _ADDRESS,
    "further_scope_forbidden": (CONF_API_KEY,),
    "credential_missing": (CONF_API_KEY, CONF_PASSWORD),
    "ids_mismatch": ("ids",),
    "ids_missing": ("ids",),
    "local_access_off": _ADDRESS,
    "invalid_auth": (CONF_PASSWORD, CONF_API_KEY, CONF_URL),
    "invalid_url": _ADDRESS,
    "not_this_vendor": _ADDRESS,
    "scope_forbidden": ("scope",),
    "sources_missing": ("sources",),
}


class ProbeFlow[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    FlowHandler[ContextT, ResultT, HandlerT]
):
    """Base of flows that try a connection before they continue."""

    def __init__(self) -> None:
        """Initialize without errors."""
        self.errors: dict[str, str] = {}
        # Field that the last error is about, if the probe knows it.
        self.error_field: str | None = None

    async def async_step_with_probe[ProbedT](
        self,
        step_id: str,
        schema: vol.Schema,
        user_input: Mapping[str, Any] | None,
        *,
        probe: Callable[[Mapping[str, Any]], Awaitable[ProbedT]],
        then: Callable[[ProbedT], Awaitable[ResultT]],
        suggested: Mapping[str, Any] | None = None,
        placeholders: Mapping[str, str] | None = None,
    ) -> ResultT:
        """Return the form of a step, or the result of ``then`` once ``probe`` accepts the input.

        Args:
            step_id: ID of the step.
            schema: Form of the step.
            user_input: Values that a person entered, or None for a new form.
            probe: Makes a real connection with the input; a ``WireError`` is shown in the form.
            then: Continues with the result of ``probe``.
            suggested: Values of a new form.
            placeholders: Placeholders of the form's texts.

        """
        self.errors = {}
        if user_input is not None and (result := await self.try_probe(probe(user_input))) is not None:
            return await then(result)
        if (error := self.errors.pop("base", None)) is not None:
            shown = {str(marker) for marker in schema.schema}
            field = self.error_field or next((name for name in ERROR_FIELDS.get(error, ()) if name in shown), "base")
            self.errors[field] = error
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, user_input or suggested),
            errors=self.errors,
            description_placeholders=placeholders,
        )

    async def try_probe[ProbedT](self, probe: Awaitable[ProbedT]) -> ProbedT | None:
        """Return the result of a connection, or None after setting ``errors``."""
        self.errors = {}
        self.error_field = None
        try:
            return await probe
        except AbortFlow:
            raise
        except WireError as err:
            self.errors["base"] = err.translation_key
            self.error_field = err.field
        except Exception:
            _LOGGER.exception("Unexpected error while connecting")
            self.errors["base"] = "unknown"
        return None


class VendorFlowMixin(ProbeFlow[ConfigFlowContext, ConfigFlowResult, str], ConfigFlow):
    """Base of the vendors' steps."""

    async def create_entry(self, vendor: str, result: ProbeResult) -> ConfigFlowResult:
        """Return a new entry, or abort if there is already one for the system."""
        # Home Assistant ends a discovery of the same system when the entry is created.
        await self.async_set_unique_id(result.unique_id, raise_on_progress=False)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title=result.title, data={CONF_VENDOR: vendor, **result.data})
