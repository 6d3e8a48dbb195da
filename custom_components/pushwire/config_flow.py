"""Config flow: vendor menu, reauthentication and reconfiguration."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult, OptionsFlowWithReload
from homeassistant.core import callback
import voluptuous as vol

from .const import CONF_VENDOR, DOMAIN
from .core.vendor import FormSchema, ProbeResult
from .vendors import VENDORS, VendorSteps


class PushwireConfigFlow(VendorSteps, domain=DOMAIN):
    """Config flow of all vendors, which add their own steps."""

    VERSION = 1
    MINOR_VERSION = 1

    @classmethod
    @callback
    @override
    def async_supports_options_flow(cls, config_entry: ConfigEntry) -> bool:
        """Return whether the vendor has options."""
        return VENDORS[config_entry.data[CONF_VENDOR]].options_schema is not None

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> PushwireOptionsFlow:
        """Return the options flow."""
        return PushwireOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the menu of vendors."""
        return self.async_show_menu(step_id="user", menu_options=list(VENDORS))

    async def async_step_reauth(self, _entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Start the reauthentication."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for new credentials and try to connect with them."""
        entry = self._get_reauth_entry()
        schema = VENDORS[entry.data[CONF_VENDOR]].reauth_schema
        return await self._renew("reauth_confirm", entry, schema, user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a new address and try to connect to it."""
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
        """Update an entry after a connection with its data and the input; the account must stay the same."""
        data = dict(entry.data)
        vendor = VENDORS[data.pop(CONF_VENDOR)]
        form = schema(entry.data)
        # A field that was shown with its value and comes back empty was emptied.
        suggested = {str(key) for key in form.schema if "suggested_value" in (key.description or {})}
        remaining = {key: value for key, value in data.items() if key not in suggested}

        async def update_entry(result: ProbeResult) -> ConfigFlowResult:
            await self.async_set_unique_id(result.unique_id)
            self._abort_if_unique_id_mismatch(reason="wrong_account")
            return self.async_update_reload_and_abort(entry, data={CONF_VENDOR: vendor.name, **result.data})

        return await self.async_step_with_probe(
            step_id,
            form,
            user_input,
            probe=lambda values: vendor.probe(self.hass, {**remaining, **values}, entry),
            then=update_entry,
            placeholders={"name": entry.title},
        )


class PushwireOptionsFlow(OptionsFlowWithReload):
    """Options of an entry, whose form the vendor provides."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the form, or save the options."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        schema = VENDORS[self.config_entry.data[CONF_VENDOR]].options_schema
        form = vol.Schema({}) if schema is None else schema(self.config_entry)
        return self.async_show_form(
            step_id="init", data_schema=self.add_suggested_values_to_schema(form, self.config_entry.options)
        )
