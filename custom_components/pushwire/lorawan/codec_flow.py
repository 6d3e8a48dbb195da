"""Config subentry flow of a codec, in which a person sees what it makes of payloads before it is saved."""

from collections.abc import Iterable
from time import time
from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)
from homeassistant.requirements import RequirementsNotFound
from homeassistant.util.yaml import dump
import voluptuous as vol

from .api.cayenne import maker_of
from .api.codecs.codec import Codec, CodecError
from .api.codecs.match import CodecMatch
from .api.controls import ControlError
from .api.downlink import MAX_PAYLOAD
from .api.meaning import describe
from .api.model import LorawanDevice, Scalar, ValueDescription, is_hex
from .codec_lists import (
    ADDRESSES,
    CodecList,
    CodecListError,
    CodecListReader,
    PublishedCodec,
    async_read_codec,
    folder_name,
)
from .codecs import (
    CAYENNE,
    CONF_CODE,
    CONF_CONTROLS,
    CONF_KIND,
    JAVASCRIPT,
    KINDS,
    LAYOUT,
    MBUS,
    TEMPLATE,
    async_build,
    parse_controls,
)
from .coordinator import LorawanCoordinator
from .corrections import shown_as
from .downlink_controls import async_check_controls

CONF_ADDRESS = "address"
CONF_LIST = "list"
CONF_MAKER = "maker"
CONF_SHA256 = "sha256"
CONF_SOURCE = "source"
CONF_TITLE = "title"
CONF_URL = "url"
_MATCH_FIELDS = ("devices", "model", "app_eui", "name_pattern")
# A description cannot hold braces.
_TEMPLATE_EXAMPLE = "`{{ {'temperature': unpack(payload, '>h') / 10} }}`"
_CONTROLS_EXAMPLE = """
```yaml
- name: Restart
  kind: button
  port: 85
  payload: "ff10ff"
- name: Interval
  kind: number
  field: minutes
  min: 1
  max: 255
  unit: min
```
"""
# Values that are listed in the form.
_MAX_SHOWN = 40


class CodecSubentryFlow(ConfigSubentryFlow):
    """Flow that adds or changes a codec."""

    _kind: str
    _codec: Codec
    _input: dict[str, Any]
    # What the last test of the form has shown.
    _result = ""
    # Devices for which a repair has started the flow.
    _devices: tuple[str, ...] = ()
    _reader: CodecListReader
    _maker: str
    _models: list[str]
    _title = ""
    _published: PublishedCodec | None = None

    @property
    def _coordinator(self) -> LorawanCoordinator:
        coordinator: LorawanCoordinator = self._get_entry().runtime_data
        return coordinator

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show the menu of the kinds of codecs; a repair starts the flow with its device."""
        if user_input is not None:
            self._devices = tuple(user_input["devices"])
        if self._get_entry().state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        return self.async_show_menu(step_id="user", menu_options=["list", "url", *KINDS])

    async def async_step_list(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for a public list of codecs and the maker of the device."""
        errors: dict[str, str] = {}
        if user_input is not None:
            kind = CodecList(user_input[CONF_LIST])
            self._maker = folder_name(user_input[CONF_MAKER])
            try:
                self._reader = CodecListReader(
                    async_get_clientsession(self.hass), kind, user_input.get(CONF_ADDRESS) or ADDRESSES[kind]
                )
                self._models = await self._reader.async_models(self._maker)
            except CodecListError as err:
                errors["base"] = err.translation_key
            else:
                return await self.async_step_list_model()
        schema = vol.Schema(
            {
                vol.Required(CONF_LIST, default=CodecList.TTN.value): SelectSelector(
                    SelectSelectorConfig(
                        options=[kind.value for kind in (CodecList.TTN, CodecList.CHIRPSTACK)],
                        mode=SelectSelectorMode.LIST,
                        translation_key="codec_list",
                    )
                ),
                vol.Required(CONF_MAKER): TextSelector(),
                vol.Optional(CONF_ADDRESS): TextSelector(),
            }
        )
        return self.async_show_form(
            step_id="list",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or {CONF_MAKER: self._proposed_maker()}),
            errors=errors,
        )

    async def async_step_list_model(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the model, and read its codec."""
        errors: dict[str, str] = {}
        if user_input is not None:
            model = user_input["model"]
            try:
                self._published = await self._reader.async_codec(self._maker, model)
            except CodecListError as err:
                errors["base"] = err.translation_key
            else:
                self._title = f"{self._maker} {model}"
                return await self._show_code(JAVASCRIPT, None)
        options = [SelectOptionDict(value=model, label=model) for model in self._models]
        schema = vol.Schema(
            {
                vol.Required("model"): SelectSelector(
                    SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN)
                )
            }
        )
        return self.async_show_form(
            step_id="list_model",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or {}),
            errors=errors,
            description_placeholders={"maker": self._maker},
        )

    async def async_step_url(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the address of a script, and read it."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                self._published = await async_read_codec(async_get_clientsession(self.hass), user_input[CONF_URL])
            except CodecListError as err:
                errors[CONF_URL] = err.translation_key
            else:
                return await self._show_code(JAVASCRIPT, None)
        schema = self.add_suggested_values_to_schema(
            vol.Schema({vol.Required(CONF_URL): TextSelector()}), user_input or {}
        )
        return self.async_show_form(step_id="url", data_schema=schema, errors=errors)

    def _proposed_maker(self) -> str | None:
        """Return the maker to which the DevEUI of the device belongs, or of one that nothing decodes."""
        devices = self._coordinator.devices
        chosen = [devices[device_id] for device_id in self._devices if device_id in devices]
        undecoded = [device for device in devices.values() if device.payload and not device.values]
        return next(filter(None, map(maker_of, chosen or undecoded)), None)

    async def async_step_reconfigure(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show the form of the codec's kind."""
        if self._get_entry().state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        data = self._get_reconfigure_subentry().data
        if CONF_SOURCE in data:
            self._published = PublishedCodec(data[CONF_SOURCE], data[CONF_CODE])
        kind = data[CONF_KIND]
        return await self._show_code(kind, None)

    async def async_step_javascript(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for a script and its devices."""
        return await self._show_code(JAVASCRIPT, user_input)

    async def async_step_layout(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for a layout and its devices."""
        return await self._show_code(LAYOUT, user_input)

    async def async_step_template(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for a template and its devices."""
        return await self._show_code(TEMPLATE, user_input)

    async def async_step_mbus(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the devices that send M-Bus records, and what comes before these."""
        return await self._show_code(MBUS, user_input)

    async def async_step_cayenne(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the devices that send Cayenne LPP."""
        return await self._show_code(CAYENNE, user_input)

    async def _show_code(self, kind: str, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        errors: dict[str, str] = {}
        details = "-"
        if user_input is not None:
            try:
                codec = await async_build(
                    self.hass, self._coordinator.codecs.thread, kind, user_input.get(CONF_CODE, "")
                )
            except CodecError as err:
                errors[CONF_CODE] = f"codec_{err.reason}"
                details = err.details or "-"
            except RequirementsNotFound:
                errors["base"] = "codec_engine"
            else:
                if not CodecMatch.from_data(user_input).is_empty:
                    self._kind, self._codec, self._input = kind, codec, user_input
                    return await self.async_step_test()
                errors["devices"] = "codec_no_devices"
        return self.async_show_form(
            step_id=kind,
            data_schema=self.add_suggested_values_to_schema(self._schema(kind), user_input or self._saved()),
            errors=errors,
            description_placeholders={
                "details": details,
                "source": self._shown_source(),
                "example": _TEMPLATE_EXAMPLE,
            },
        )

    def _shown_source(self) -> str:
        published = self._published
        return "-" if published is None else f"{published.source} (SHA-256 {published.sha256})"

    def _saved(self) -> dict[str, Any]:
        if self.source != SOURCE_RECONFIGURE:
            code = {} if self._published is None else {CONF_CODE: self._published.code}
            return {CONF_TITLE: self._title, "devices": list(self._devices), **code}
        subentry = self._get_reconfigure_subentry()
        return {CONF_TITLE: subentry.title, **subentry.data}

    def _schema(self, kind: str) -> vol.Schema:
        devices = self._coordinator.devices.values()
        fields: dict[vol.Marker, Any] = {
            vol.Required(CONF_TITLE): TextSelector(),
            vol.Optional("devices"): SelectSelector(
                SelectSelectorConfig(
                    options=[
                        SelectOptionDict(value=device.device_id, label=device.name)
                        for device in sorted(devices, key=lambda device: device.name.casefold())
                    ],
                    multiple=True,
                    mode=SelectSelectorMode.DROPDOWN,
                )
            ),
            vol.Optional("model"): _choice(device.model for device in devices),
            vol.Optional("app_eui"): _choice(device.app_eui for device in devices),
            vol.Optional("name_pattern"): TextSelector(),
        }
        if kind == MBUS:
            fields[vol.Optional(CONF_CODE)] = TextSelector()
        elif kind != CAYENNE:
            fields[vol.Required(CONF_CODE)] = TextSelector(TextSelectorConfig(multiline=True))
        return vol.Schema(fields)

    async def async_step_test(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show what the codec makes of a payload, until a person saves it."""
        match = CodecMatch.from_data(self._input)
        payloads = {
            f"{device.radio.port or 0}:{device.payload}": device
            for device in self._coordinator.devices.values()
            if device.payload and match.rank(device)
        }
        errors: dict[str, str] = {}
        if user_input is None:
            chosen = next(iter(payloads), "")
        else:
            chosen = str(user_input.get("payload") or "").replace(" ", "").lower()
            if user_input["save"]:
                return await self.async_step_controls() if user_input[CONF_CONTROLS] else self._save()
        if chosen:
            port, _, text = chosen.rpartition(":")
            if not is_hex(text) or len(text) > 2 * MAX_PAYLOAD or not (port or "0").isdecimal():
                errors["payload"] = "codec_bad_hex"
            else:
                self._result = await self._test(bytes.fromhex(text), int(port or 0) or None, payloads.get(chosen))
        options = [
            SelectOptionDict(value=key, label=f"{device.name}: {device.payload}") for key, device in payloads.items()
        ]
        schema = vol.Schema(
            {
                vol.Optional("payload"): SelectSelector(
                    SelectSelectorConfig(options=options, custom_value=True, mode=SelectSelectorMode.DROPDOWN)
                ),
                vol.Required("save", default=not payloads): BooleanSelector(),
                vol.Required(CONF_CONTROLS, default=bool(self._proposed_controls())): BooleanSelector(),
            }
        )
        return self.async_show_form(
            step_id="test",
            data_schema=self.add_suggested_values_to_schema(schema, {**(user_input or {}), "payload": chosen}),
            errors=errors,
            description_placeholders={"result": self._result or "-"},
        )

    def _proposed_controls(self) -> str:
        """Return the controls of the codec, or buttons for the examples of a public list."""
        if self.source == SOURCE_RECONFIGURE:
            return str(self._get_reconfigure_subentry().data.get(CONF_CONTROLS, ""))
        return dump([*self._published.buttons]) if self._published is not None and self._published.buttons else ""

    async def async_step_controls(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for controls, each of which is encoded once before the codec is saved."""
        errors: dict[str, str] = {}
        control = details = "-"
        if user_input is not None:
            text = user_input.get(CONF_CONTROLS, "")
            try:
                await async_check_controls(
                    self.hass, self._coordinator.codecs.thread, self._codec, parse_controls(text)
                )
            except ControlError as err:
                errors[CONF_CONTROLS] = f"codec_control_{err.fault}"
                control, details = err.control or "-", err.details or "-"
            else:
                return self._save(text)
        schema = vol.Schema({vol.Optional(CONF_CONTROLS): TextSelector(TextSelectorConfig(multiline=True))})
        return self.async_show_form(
            step_id="controls",
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or {CONF_CONTROLS: self._proposed_controls()}
            ),
            errors=errors,
            description_placeholders={"control": control, "details": details, "example": _CONTROLS_EXAMPLE},
        )

    def _save(self, controls: str = "") -> SubentryFlowResult:
        data = {CONF_KIND: self._kind, CONF_CODE: self._input.get(CONF_CODE, "")}
        if controls.strip():
            data[CONF_CONTROLS] = controls
        data |= {key: self._input[key] for key in _MATCH_FIELDS if self._input.get(key)}
        # A script that has been changed is no longer the published one.
        if self._published is not None and self._published.code == data[CONF_CODE]:
            data |= {CONF_SOURCE: self._published.source, CONF_SHA256: self._published.sha256}
        title = self._input[CONF_TITLE]
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._get_entry(), self._get_reconfigure_subentry(), data=data, title=title
            )
        return self.async_create_entry(title=title, data=data)

    async def _test(self, payload: bytes, port: int | None, device: LorawanDevice | None) -> str:
        """Return a table of the values that the codec decodes, beside those that are shown now."""
        try:
            decoded = await self._coordinator.codecs.thread.async_decode(self.hass, self._codec, payload, port, time())
        except CodecError as err:
            return f"**{err.reason.value}** {err.details}".strip()
        sample = LorawanDevice(
            device_id="", name="" if device is None else device.name, model=None if device is None else device.model
        )
        values = describe(sample, decoded.values, time()).values
        lines = [
            f"| {key} | {_text(value, description)} | {shown_as(description)} | {_shown_now(device, key)} |"
            for key, (value, description) in list(values.items())[:_MAX_SHOWN]
        ]
        warnings = [f"⚠ {warning}" for warning in decoded.warnings]
        return "\n".join(["| | | | |", "|---|---|---|---|", *lines, "", *warnings])


def _shown_now(device: LorawanDevice | None, key: str) -> str:
    known = None if device is None else device.values.get(key)
    return "-" if known is None else _text(known.value, known.description)


def _text(value: Scalar, description: ValueDescription) -> str:
    unit = "" if description.unit is None else f" {description.unit}"
    return f"{value}{unit}".replace("|", "/")[:_MAX_SHOWN]


def _choice(values: Iterable[str | None]) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=sorted({value for value in values if value}), custom_value=True, mode=SelectSelectorMode.DROPDOWN
        )
    )
