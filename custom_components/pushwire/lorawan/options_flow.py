"""Options flow of LoRaWAN entries: meanings of values, silence until a device is unavailable, brand and model."""

from collections.abc import Iterable
from typing import Any

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.sensor import (
    DEVICE_CLASS_UNITS,
    SensorDeviceClass,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, OptionsFlowWithReload
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from .api.choices import PLATFORMS, Choice, model_of
from .api.identity import MAX_VENDOR_ID, Identity, proposed_brand, read_identities, read_model
from .api.model import LorawanDevice, Value, ValueDescription
from .bridge import async_core_integration_exists
from .chosen_meanings import MAX_PRECISION, NOT_MEASURED, errors_of, merged
from .const import CONF_IDENTITIES, CONF_SILENCE_LIMITS, CONF_VALUES
from .coordinator import LorawanCoordinator
from .repairs import CONF_STATISTICS, statistics_selector
from .statistics_unit import StatisticsChange, StoredStatistics, async_stored_statistics, change_statistics

NONE = "none"
ONE_DEVICE = "device"
ALL_OF_MODEL = "model"
_HOUR = 3600.0
_MIN_HOURS = 0.5
_MAX_HOURS = 8760
# Characters of a last value that are shown.
_MAX_SHOWN = 40
_STATE_CLASSES = [NONE, *(state_class.value for state_class in SensorStateClass)]


class LorawanOptionsFlow(OptionsFlowWithReload):
    """Options flow in which a person sets meanings of values, and limits and identities of devices."""

    _device: LorawanDevice
    _devices: list[LorawanDevice]
    _key: str
    _platform: str
    _choice: Choice
    _stored: list[StoredStatistics]

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the menu."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        return self.async_show_menu(
            step_id="init",
            menu_options=[
                "value",
                *(["forget"] if self._options else []),
                "silence",
                # Nothing else asks for brand and model.
                *(["identity"] if await async_core_integration_exists(self.hass) else []),
            ],
        )

    @property
    def _coordinator(self) -> LorawanCoordinator:
        coordinator: LorawanCoordinator = self.config_entry.runtime_data
        return coordinator

    @property
    def _options(self) -> list[dict[str, Any]]:
        return list(self.config_entry.options.get(CONF_VALUES, []))

    async def async_step_value(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a device that has values."""
        devices = {device.device_id: device for device in self._coordinator.devices.values() if _values_of(device)}
        if not devices:
            return self.async_abort(reason="no_values")
        if user_input is not None and (device := devices.get(user_input["device"])) is not None:
            self._device = device
            return await self.async_step_value_key()
        return self.async_show_form(step_id="value", data_schema=_device_schema(devices.values()))

    async def async_step_value_key(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a key, and whether it is a number or a flag; the list shows the last values."""
        values = _values_of(self._device)
        if user_input is not None and user_input["key"] in values:
            self._key, self._platform = user_input["key"], user_input["platform"]
            return await self.async_step_value_meaning()
        options = [SelectOptionDict(value=key, label=f"{key}: {_shown(self._device, key)}") for key in values]
        schema = vol.Schema(
            {
                vol.Required("key"): _dropdown(options),
                vol.Required("platform", default=PLATFORMS[0]): SelectSelector(
                    SelectSelectorConfig(
                        options=list(PLATFORMS), mode=SelectSelectorMode.LIST, translation_key="lorawan_platform"
                    )
                ),
            }
        )
        return self.async_show_form(
            step_id="value_key", data_schema=schema, description_placeholders={"device": self._device.name}
        )

    async def async_step_value_meaning(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for class, unit, state class, name and precision."""
        value = _values_of(self._device)[self._key]
        errors: dict[str, str] = {}
        if user_input is not None:
            self._choice = self._choice_of(user_input)
            if not (errors := errors_of(self._choice)):
                return await self.async_step_value_statistics()
        schema = self.add_suggested_values_to_schema(
            await self._meaning_schema(), user_input or ({} if value is None else self._suggested(value.description))
        )
        return self.async_show_form(
            step_id="value_meaning",
            data_schema=schema,
            errors=errors,
            description_placeholders={
                "device": self._device.name,
                "key": self._key,
                "value": _shown(self._device, self._key),
            },
        )

    async def _meaning_schema(self) -> vol.Schema:
        model = model_of(self._device)
        scopes = [ONE_DEVICE, *([ALL_OF_MODEL] if model is not None else [])]
        fields: dict[vol.Marker, Any] = {
            vol.Required("scope", default=ONE_DEVICE): SelectSelector(
                SelectSelectorConfig(options=scopes, mode=SelectSelectorMode.LIST, translation_key="lorawan_scope")
            ),
            vol.Required("device_class", default=NONE): _dropdown(await self._class_options()),
        }
        if self._platform == "sensor":
            units = sorted({str(unit) for units in DEVICE_CLASS_UNITS.values() for unit in units if unit is not None})
            fields |= {
                vol.Optional("unit"): SelectSelector(
                    SelectSelectorConfig(options=units, custom_value=True, mode=SelectSelectorMode.DROPDOWN)
                ),
                vol.Required("state_class", default=NONE): SelectSelector(
                    SelectSelectorConfig(
                        options=_STATE_CLASSES,
                        mode=SelectSelectorMode.DROPDOWN,
                        translation_key="lorawan_state_class",
                    )
                ),
                vol.Optional("precision"): NumberSelector(NumberSelectorConfig(min=0, max=MAX_PRECISION, step=1)),
            }
        fields[vol.Optional("name")] = TextSelector()
        return vol.Schema(fields)

    async def _class_options(self) -> list[SelectOptionDict]:
        """Return the device classes of the platform under Home Assistant's names."""
        texts = await async_get_translations(self.hass, self.hass.config.language, "entity_component", {self._platform})
        classes: Iterable[SensorDeviceClass | BinarySensorDeviceClass] = (
            [device_class for device_class in SensorDeviceClass if device_class not in NOT_MEASURED]
            if self._platform == "sensor"
            else list(BinarySensorDeviceClass)
        )
        options = [
            SelectOptionDict(
                value=device_class.value,
                label=texts.get(
                    f"component.{self._platform}.entity_component.{device_class.value}.name", device_class.value
                ),
            )
            for device_class in classes
        ]
        return [SelectOptionDict(value=NONE, label="-"), *sorted(options, key=lambda option: option["label"])]

    def _suggested(self, description: ValueDescription) -> dict[str, Any]:
        """Return what the form shows at first: the present meaning."""
        choice = self._device.choices.find(self._device, self._key)
        suggested = {
            "device_class": description.device_class,
            "unit": description.unit,
            "state_class": description.state_class,
            "precision": description.precision,
            "name": None if choice is None else choice.name,
        }
        if description.platform != self._platform:
            suggested = {"name": suggested["name"]}
        return {name: value for name, value in suggested.items() if value is not None}

    def _choice_of(self, user_input: dict[str, Any]) -> Choice:
        is_device = user_input["scope"] == ONE_DEVICE
        return Choice.from_option(
            {
                **{name: value for name, value in user_input.items() if value != NONE},
                "key": self._key,
                "platform": self._platform,
                "device": self._device.device_id if is_device else None,
                "model": None if is_device else model_of(self._device),
            }
        )

    async def async_step_value_statistics(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what becomes of the stored statistics if the unit changes, and save the meaning."""
        unit = self._choice.unit
        if user_input is not None:
            change = StatisticsChange(user_input[CONF_STATISTICS])
            for stored in self._stored:
                possible = self._changes(stored)
                change_statistics(self.hass, stored, unit, change if change in possible else possible[0])
            return self._save()
        self._stored = [stored for stored in await self._stored_statistics() if self._changes(stored)]
        if not self._stored:
            return self._save()
        changes = self._changes(self._stored[0])
        return self.async_show_form(
            step_id="value_statistics",
            data_schema=vol.Schema(
                {vol.Required(CONF_STATISTICS, default=changes[0].value): statistics_selector(changes)}
            ),
            description_placeholders={
                "key": self._key,
                "old": self._stored[0].unit or "-",
                "new": unit or "-",
                "count": str(len(self._stored)),
            },
        )

    def _changes(self, stored: StoredStatistics) -> list[StatisticsChange]:
        return stored.changes(self._choice.unit, has_statistics=self._choice.state_class is not None)

    async def _stored_statistics(self) -> list[StoredStatistics]:
        """Return the statistics of all values that get the meaning."""
        coordinator, choice = self._coordinator, self._choice
        devices = [
            device
            for device in coordinator.devices.values()
            if self._key in device.values
            and (device.device_id == choice.device if choice.model is None else model_of(device) == choice.model)
        ]
        entity_ids = [coordinator.corrections.entity_id(device, self._key) for device in devices]
        found = [await async_stored_statistics(self.hass, entity_id) for entity_id in entity_ids if entity_id]
        return [stored for stored in found if stored is not None]

    def _save(self) -> ConfigFlowResult:
        return self._saved(CONF_VALUES, merged(self.config_entry.options, self._choice))

    def _saved(self, option: str, value: Any) -> ConfigFlowResult:
        return self.async_create_entry(data={**self.config_entry.options, option: value})

    async def async_step_forget(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which meanings are no longer set by a person."""
        choices = {str(number): Choice.from_option(option) for number, option in enumerate(self._options)}
        if user_input is not None:
            kept = [choice.to_option() for number, choice in choices.items() if number not in user_input["values"]]
            return self._saved(CONF_VALUES, kept)
        options = [
            SelectOptionDict(value=number, label=f"{choice.key} ({self._scope_name(choice)})")
            for number, choice in choices.items()
        ]
        selector = SelectSelector(SelectSelectorConfig(options=options, multiple=True, mode=SelectSelectorMode.LIST))
        return self.async_show_form(
            step_id="forget", data_schema=vol.Schema({vol.Required("values", default=list[str]): selector})
        )

    async def async_step_silence(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a device."""
        devices = self._coordinator.devices
        if not devices:
            return self.async_abort(reason="no_devices")
        if user_input is not None and (device := devices.get(user_input["device"])) is not None:
            self._device = device
            return await self.async_step_silence_limit()
        return self.async_show_form(step_id="silence", data_schema=_device_schema(devices.values()))

    async def async_step_silence_limit(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask after how many hours without an uplink the device is unavailable; empty for the learned ones."""
        device = self._device
        if user_input is not None:
            limits = {**self.config_entry.options.get(CONF_SILENCE_LIMITS, {})}
            limits.pop(device.device_id, None)
            if (hours := user_input.get("hours")) is not None:
                limits[device.device_id] = hours * _HOUR
            return self._saved(CONF_SILENCE_LIMITS, limits)
        schema = vol.Schema(
            {
                vol.Optional("hours"): NumberSelector(
                    NumberSelectorConfig(
                        min=_MIN_HOURS,
                        max=_MAX_HOURS,
                        step=_MIN_HOURS,
                        unit_of_measurement="h",
                        mode=NumberSelectorMode.BOX,
                    )
                )
            }
        )
        own = {} if device.own_limit is None else {"hours": device.own_limit / _HOUR}
        return self.async_show_form(
            step_id="silence_limit",
            data_schema=self.add_suggested_values_to_schema(schema, own),
            description_placeholders={"device": device.name, "learned": f"{device.learned_limit / _HOUR:.1f}"},
        )

    async def async_step_identity(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for devices of one model."""
        devices = {
            device_id: device for device_id, device in self._coordinator.devices.items() if device.dev_eui is not None
        }
        if not devices:
            return self.async_abort(reason="no_devices")
        if user_input is not None:
            self._devices = [devices[device_id] for device_id in user_input["devices"] if device_id in devices]
            if self._devices:
                return await self.async_step_identity_model()
        selector = SelectSelector(
            SelectSelectorConfig(
                options=_device_options(devices.values()), multiple=True, mode=SelectSelectorMode.DROPDOWN
            )
        )
        return self.async_show_form(
            step_id="identity",
            data_schema=vol.Schema({vol.Required("devices"): selector}),
            errors={} if user_input is None else {"devices": "no_device_selected"},
        )

    async def async_step_identity_model(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for brand and model of the devices; empty for devices that are only listed."""
        identities = {**self.config_entry.options.get(CONF_IDENTITIES, {})}
        errors: dict[str, str] = {}
        if user_input is not None:
            brand, model = user_input.get("brand"), user_input.get("model")
            identity = None
            if brand is not None or model:
                model_id = read_model(model or "")
                if brand is None:
                    errors["brand"] = "brand_missing"
                elif model_id is None:
                    errors["model"] = "model_not_valid"
                else:
                    identity = Identity(brand=int(brand), model=model_id)
            if not errors:
                for device in self._devices:
                    identities.pop(device.device_id, None)
                    if identity is not None:
                        identities[device.device_id] = identity.to_option()
                return self._saved(CONF_IDENTITIES, identities)
        schema = vol.Schema(
            {
                vol.Optional("brand"): NumberSelector(
                    NumberSelectorConfig(min=1, max=MAX_VENDOR_ID, step=1, mode=NumberSelectorMode.BOX)
                ),
                vol.Optional("model"): TextSelector(),
            }
        )
        return self.async_show_form(
            step_id="identity_model",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or self._suggested_identity()),
            errors=errors,
            description_placeholders={"devices": ", ".join(device.name for device in self._devices)},
        )

    def _suggested_identity(self) -> dict[str, Any]:
        """Return the identity of the first device that has one; a DevEUI proposes the brand alone."""
        known = read_identities(self.config_entry.options.get(CONF_IDENTITIES, {}))
        for device in self._devices:
            if (identity := known.get(device.device_id)) is not None:
                return identity.to_option()
        brands = {proposed_brand(device.dev_eui) for device in self._devices}
        return {"brand": brands.pop()} if len(brands) == 1 and None not in brands else {}

    def _scope_name(self, choice: Choice) -> str:
        devices = self._coordinator.devices
        if choice.device is not None:
            return devices[choice.device].name if choice.device in devices else choice.device
        names = (device.parser_name for device in devices.values() if device.parser == choice.model)
        return next((name for name in names if name), str(choice.model))


def _values_of(device: LorawanDevice) -> dict[str, Value | None]:
    """Return the values of a device that may have another meaning, which a location has not; None for presses."""
    values = {key: value for key, value in device.values.items() if value.description.platform in PLATFORMS}
    return values | dict.fromkeys(key for key in device.press_kinds if key not in device.values)


def _device_schema(devices: Iterable[LorawanDevice]) -> vol.Schema:
    return vol.Schema({vol.Required("device"): _dropdown(_device_options(devices))})


def _device_options(devices: Iterable[LorawanDevice]) -> list[SelectOptionDict]:
    return [
        SelectOptionDict(value=device.device_id, label=device.name)
        for device in sorted(devices, key=lambda device: device.name.casefold())
    ]


def _dropdown(options: list[SelectOptionDict]) -> SelectSelector:
    return SelectSelector(SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN))


def _shown(device: LorawanDevice, key: str) -> str:
    """Return the last value with its unit, or the kinds of presses, as a text for a form."""
    if (value := device.values.get(key)) is None:
        return ", ".join(device.press_kinds[key])[:_MAX_SHOWN]
    unit = value.description.unit
    return f"{value.value}{f' {unit}' if unit else ''}"[:_MAX_SHOWN]
