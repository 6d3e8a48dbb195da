"""Config flow: vendor menu, reauthentication and reconfiguration."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
    OptionsFlowWithReload,
)
from homeassistant.core import callback
import voluptuous as vol

from .const import CONF_LEFT_DEVICES, CONF_VENDOR, DOMAIN
from .core.replacement import move_registry_entries
from .core.storage import store_of
from .core.vendor import ProbeResult, ReplacementIds
from .vendors import VENDORS, VendorSteps
from .wire.errors import WireError, WrongSystem


class PushwireConfigFlow(VendorSteps, domain=DOMAIN):
    """Config flow of all vendors, which add their own steps."""

    VERSION = 1
    MINOR_VERSION = 1

    # Form of a reconfiguration.
    _form: vol.Schema | None = None
    # Another system that a reconfiguration has found.
    _replacement: ProbeResult
    _replacement_ids: ReplacementIds

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the options flow."""
        return (VENDORS[config_entry.data[CONF_VENDOR]].options_flow or PushwireOptionsFlow)()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the flows of the vendor's subentries."""
        return dict(VENDORS[config_entry.data[CONF_VENDOR]].subentry_flows)

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
        vendor = VENDORS[entry.data[CONF_VENDOR]]
        return await self._renew(f"reauth_{vendor.name}", entry, vendor.reauth_schema(entry.data), user_input)

    # The texts of the form are those of the vendor.
    async_step_reauth_livisi = async_step_reauth_confirm
    async_step_reauth_deconz = async_step_reauth_confirm
    async_step_reauth_element = async_step_reauth_confirm
    async_step_reauth_resiot = async_step_reauth_confirm

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a new address and try to connect to it."""
        entry = self._get_reconfigure_entry()
        vendor = VENDORS[entry.data[CONF_VENDOR]]
        if self._form is None:
            form = vendor.reconfigure_schema(entry.data)
            add_choices = vendor.async_add_choices
            self._form = form if add_choices is None else await add_choices(self.hass, entry, form)
        return await self._renew("reconfigure", entry, self._form, user_input)

    async def _renew(
        self,
        step_id: str,
        entry: ConfigEntry,
        form: vol.Schema,
        user_input: dict[str, Any] | None,
    ) -> ConfigFlowResult:
        """Update an entry after a connection with its data and the input; the account must stay the same."""
        data = dict(entry.data)
        vendor = VENDORS[data.pop(CONF_VENDOR)]
        # A field that was shown with its value and comes back empty was emptied.
        suggested = {str(key) for key in form.schema if "suggested_value" in (key.description or {})}
        remaining = {key: value for key, value in data.items() if key not in suggested}

        def merged(values: Mapping[str, Any]) -> dict[str, Any]:
            bound = vendor.bound_credentials(entry.data, {**remaining, **values})
            return {**{key: value for key, value in remaining.items() if key not in bound}, **values}

        async def update_entry(result: ProbeResult) -> ConfigFlowResult:
            await self.async_set_unique_id(result.unique_id)
            if (
                result.unique_id != entry.unique_id
                and vendor.replacement_ids is not None
                and self.source == SOURCE_RECONFIGURE
            ):
                self._abort_if_unique_id_configured()
                self._replacement = result
                self._replacement_ids = vendor.replacement_ids
                return await self.async_step_take_over()
            self._abort_if_unique_id_mismatch(reason="wrong_account")
            left = {CONF_LEFT_DEVICES: entry.data[CONF_LEFT_DEVICES]} if CONF_LEFT_DEVICES in entry.data else {}
            return self.async_update_reload_and_abort(entry, data={CONF_VENDOR: vendor.name, **left, **result.data})

        return await self.async_step_with_probe(
            step_id,
            form,
            user_input,
            probe=lambda values: vendor.probe(self.hass, merged(values), entry),
            then=update_entry,
            placeholders={"name": entry.title},
        )

    async def async_step_take_over(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether another system replaces the one of the entry."""
        return self.async_show_menu(
            step_id="take_over",
            menu_options=["take_over_confirm", "take_over_decline"],
            description_placeholders=self._both_systems(),
        )

    async def async_step_take_over_decline(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Leave the entry as it is."""
        return self.async_abort(reason="wrong_account")

    async def async_step_take_over_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the credentials of the other system if needed, then move the entry to it."""
        entry, replacement = self._get_reconfigure_entry(), self._replacement
        if replacement.is_verified:
            return await self._take_over(replacement)
        vendor = VENDORS[entry.data[CONF_VENDOR]]

        async def probe(values: Mapping[str, Any]) -> ProbeResult:
            result = await vendor.probe(self.hass, {**replacement.data, **values}, None)
            if result.unique_id != replacement.unique_id:
                raise WrongSystem
            return result

        return await self.async_step_with_probe(
            "take_over_confirm",
            vendor.reauth_schema(entry.data),
            user_input,
            probe=probe,
            then=self._take_over,
            placeholders=self._both_systems(),
        )

    def _both_systems(self) -> dict[str, str]:
        entry, replacement = self._get_reconfigure_entry(), self._replacement
        return {
            "old": f"{entry.title} ({str(entry.unique_id).partition(':')[2]})",
            "new": f"{replacement.title} ({replacement.unique_id.partition(':')[2]})",
        }

    async def _take_over(self, result: ProbeResult) -> ConfigFlowResult:
        """Move an entry, with its devices and entities, to another system."""
        entry = self._get_reconfigure_entry()
        vendor = VENDORS[entry.data[CONF_VENDOR]]
        try:
            ids = await self._replacement_ids(self.hass, entry, result.data)
        except WireError as err:
            return self.async_abort(reason=err.translation_key)
        await self.hass.config_entries.async_unload(entry.entry_id)
        left = move_registry_entries(self.hass, entry, result.unique_id.partition(":")[2], ids)
        # The stored data holds IDs of the replaced system.
        await store_of(self.hass, entry.entry_id).async_remove()
        self.hass.config_entries.async_update_entry(
            entry,
            unique_id=result.unique_id,
            data={
                CONF_VENDOR: vendor.name,
                CONF_LEFT_DEVICES: entry.data[CONF_LEFT_DEVICES],
                **result.data,
            },
        )
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_abort(
            reason="taken_over" if left else "taken_over_completely",
            description_placeholders={**self._both_systems(), "left": ", ".join(left)},
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
