"""Set-up: the vendor menu, and new credentials and addresses for all vendors."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult, OptionsFlowWithReload
from homeassistant.core import callback
import voluptuous as vol

from .const import CONF_VENDOR, DOMAIN
from .core.vendor import FormSchema
from .vendors import VENDORS, VendorSteps


class PushwireConfigFlow(VendorSteps, domain=DOMAIN):
    """Menu first; each vendor brings its own steps."""

    VERSION = 1
    MINOR_VERSION = 1

    @classmethod
    @callback
    @override
    def async_supports_options_flow(cls, config_entry: ConfigEntry) -> bool:
        """Say whether the vendor has options."""
        return VENDORS[config_entry.data[CONF_VENDOR]].options_schema is not None

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> PushwireOptionsFlow:
        """Return the form of the options."""
        return PushwireOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which vendor's system to connect."""
        return self.async_show_menu(step_id="user", menu_options=list(VENDORS))

    async def async_step_reauth(self, _entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin to ask for a new credential."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a new credential and try it."""
        entry = self._get_reauth_entry()
        schema = VENDORS[entry.data[CONF_VENDOR]].reauth_schema
        return await self._renew("reauth_confirm", entry, schema, user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a new address and try it."""
        entry = self._get_reconfigure_entry()
        schema = VENDORS[entry.data[CONF_VENDOR]].reconfigure_schema
        return await self._renew("reconfigure", entry, schema, user_input)

    async def _renew(
        self,
        step_id: str,
        entry: ConfigEntry,
        schema: FormSchema,
        user_input: dict[str, Any] | None,
    ) -> ConfigFlowResult:
        """Try entry data with what was typed; the account must stay the same."""
        known = dict(entry.data)
        vendor = VENDORS[known.pop(CONF_VENDOR)]
        if user_input is not None:
            # What was shown with its value and came back empty, was emptied.
            shown = {str(key) for key in schema(entry.data).schema if "suggested_value" in (key.description or {})}
            kept = {key: value for key, value in known.items() if key not in shown}
            found = await self.attempt(vendor.probe(self.hass, {**kept, **user_input}, entry))
            if found is not None:
                await self.async_set_unique_id(found.unique_id)
                self._abort_if_unique_id_mismatch(reason="wrong_account")
                return self.async_update_reload_and_abort(entry, data={CONF_VENDOR: vendor.name, **found.data})
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema(entry.data), user_input),
            errors=self.errors,
            description_placeholders={"name": entry.title},
        )


class PushwireOptionsFlow(OptionsFlowWithReload):
    """The options of an entry; its vendor brings the form."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the options and keep them."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        schema = VENDORS[self.config_entry.data[CONF_VENDOR]].options_schema
        form = vol.Schema({}) if schema is None else schema(self.config_entry)
        return self.async_show_form(
            step_id="init", data_schema=self.add_suggested_values_to_schema(form, self.config_entry.options)
        )
