"""What of a device can be set: one table, a row an item, and an entity for each item that is there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.components.text import TextEntity, TextEntityDescription
from homeassistant.const import (
    LIGHT_LUX,
    MAX_LENGTH_STATE_STATE,
    EntityCategory,
    Platform,
    UnitOfLength,
    UnitOfRatio,
    UnitOfTemperature,
    UnitOfTime,
)
from homeassistant.core import callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity import EntityDescription

from ...const import DOMAIN
from .api.convert import flag, light_level, lux, number, word
from .api.introspection import Range
from .api.model import Resource
from .entity import DeconzEntity, once, resources

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

CONFIG: Final = EntityCategory.CONFIG
# The highest number that two bytes hold.
MOST: Final = 65535
# What a remote's ``group`` says when the gateway shall choose.
AUTO: Final = "auto"
# More than the sun gives, and less than a light level can say.
MOST_LUX: Final = 200000


def _always(_: Resource) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class SettingNumber(NumberEntityDescription):
    """A number that can be set.

    Attributes:
        item: Path below the resource's configuration, such as ``offset`` or ``bri.startup``.
        scale: What one of the gateway's steps is worth.
        types: Resource types it means this on, or None for all.
        but: Resource types it means something else on.
        limit: Item that tells the highest value, if the device does.
        fits: Whether it is a number on a resource that has it.
        above: Item that has to be added to the gateway's number.
        light: Whether the gateway's number is a light level, which is shown in lux.
        section: Where it stands.

    """

    item: str
    scale: float = 1
    types: frozenset[str] | None = None
    but: frozenset[str] = frozenset()
    limit: str | None = None
    fits: Callable[[Resource], bool] = _always
    above: str | None = None
    light: bool = False
    section: str = "config"


@dataclass(frozen=True, kw_only=True)
class SettingSwitch(SwitchEntityDescription):
    """A yes or no that can be set.

    Attributes:
        types: Resource types it means this on, or None for all.
        section: Where it stands.
        shared: Whether all resources of an endpoint tell the same one.

    """

    item: str
    types: frozenset[str] | None = None
    section: str = "config"
    shared: bool = False


@dataclass(frozen=True, kw_only=True)
class SettingSelect(SelectEntityDescription):
    """A choice of some values.

    Attributes:
        values: The gateway's value by the option's name.
        others: Whether a device may have values of its own, which are shown as they are.
        fits: Whether it is a choice on a resource that has it.

    """

    item: str
    values: dict[str, Any]
    others: bool = False
    fits: Callable[[Resource], bool] = _always


@dataclass(frozen=True, kw_only=True)
class SettingText(TextEntityDescription):
    """A text that can be set."""

    item: str


def _seconds(key: str) -> SettingNumber:
    return SettingNumber(
        key=key,
        item=key,
        translation_key=key,
        device_class=NumberDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        native_min_value=0,
        native_max_value=MOST,
    )


def _offset(what: str, unit: str, *types: str, device_class: NumberDeviceClass | None = None) -> SettingNumber:
    return SettingNumber(
        key="offset",
        item="offset",
        # A device with several sensors has one for each.
        translation_key=f"offset_{what}",
        types=frozenset(types),
        device_class=device_class,
        native_unit_of_measurement=unit,
        native_min_value=-100,
        native_max_value=100,
        native_step=0.1,
        scale=0.01,
    )


def _steps(resource: Resource) -> Any:
    """Return the highest sensitivity if it is so low that each step has a name."""
    most = number(setting(resource, "sensitivitymax"))
    return most if most in STEPS else None


def _has_steps(most: float, resource: Resource) -> bool:
    return bool(_steps(resource) == most)


def _is_remote(resource: Resource) -> bool:
    return resource.type.endswith("Switch")


def _has_other_mode(resource: Resource) -> bool:
    """Say whether a mode is none that a remote, a thermostat or a fan has."""
    return not _is_remote(resource) and resource.type not in (*THERMOSTATS, PURIFIER)


# Names of the steps of sensitivity, by the highest there is.
STEPS: Final[dict[float, dict[str, Any]]] = {
    1: {"low": 0, "high": 1},
    2: {"low": 0, "medium": 1, "high": 2},
    3: {"low": 1, "medium": 2, "high": 3},
}
THERMOSTATS: Final = ("ZHAThermostat", "CLIPThermostat")
TEMPERATURES: Final = ("ZHATemperature", "CLIPTemperature", *THERMOSTATS)
HUMIDITIES: Final = ("ZHAHumidity", "CLIPHumidity")
MOISTURE: Final = "ZHAMoisture"
DAYLIGHT_OFFSET: Final = "CLIPDaylightOffset"
PURIFIER: Final = "ZHAAirPurifier"

NUMBERS: Final[tuple[SettingNumber, ...]] = (
    _offset(
        "temperature",
        UnitOfTemperature.CELSIUS,
        *TEMPERATURES,
        device_class=NumberDeviceClass.TEMPERATURE_DELTA,
    ),
    _offset("humidity", UnitOfRatio.PERCENTAGE, *HUMIDITIES),
    _offset("moisture", UnitOfRatio.PERCENTAGE, MOISTURE),
    SettingNumber(
        key="offset",
        item="offset",
        translation_key="offset",
        but=frozenset({*TEMPERATURES, *HUMIDITIES, MOISTURE, DAYLIGHT_OFFSET}),
        native_min_value=-32768,
        native_max_value=32767,
    ),
    *(
        SettingNumber(
            key=key,
            item=key,
            translation_key=translation_key,
            types=frozenset({kind}),
            device_class=NumberDeviceClass.DURATION,
            native_unit_of_measurement=UnitOfTime.MINUTES,
            native_min_value=-120,
            native_max_value=120,
        )
        for kind, key, translation_key in (
            ("Daylight", "sunriseoffset", "sunriseoffset"),
            ("Daylight", "sunsetoffset", "sunsetoffset"),
            (DAYLIGHT_OFFSET, "offset", "offset_daylight"),
        )
    ),
    *(_seconds(key) for key in ("delay", "duration", "fadingtime")),
    SettingNumber(
        key="sensitivity",
        item="sensitivity",
        translation_key="sensitivity",
        native_min_value=0,
        native_max_value=MOST,
        limit="sensitivitymax",
        fits=lambda resource: _steps(resource) is None,
    ),
    *(
        SettingNumber(
            key=key,
            item=key,
            translation_key=key,
            device_class=NumberDeviceClass.ILLUMINANCE,
            native_unit_of_measurement=LIGHT_LUX,
            native_min_value=0,
            native_max_value=MOST_LUX,
            native_step=0.1,
            light=True,
            above=above,
        )
        # The gateway tells daylight by how far it is above darkness.
        for key, above in (("tholddark", None), ("tholdoffset", "tholddark"))
    ),
    SettingNumber(
        key="detectionrange",
        item="detectionrange",
        translation_key="detectionrange",
        device_class=NumberDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.CENTIMETERS,
        native_min_value=0,
        native_max_value=600,
    ),
    SettingNumber(
        key="externalsensortemp",
        item="externalsensortemp",
        translation_key="externalsensortemp",
        device_class=NumberDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        native_min_value=-20,
        native_max_value=60,
        native_step=0.01,
        scale=0.01,
    ),
    SettingNumber(
        key="unoccupiedheatsetpoint",
        item="unoccupiedheatsetpoint",
        translation_key="unoccupiedheatsetpoint",
        device_class=NumberDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        native_min_value=5,
        native_max_value=32,
        native_step=0.5,
        scale=0.01,
    ),
    SettingNumber(
        key="filterlifetime",
        item="filterlifetime",
        translation_key="filterlifetime",
        device_class=NumberDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.DAYS,
        native_min_value=1,
        native_max_value=3650,
        # The gateway counts minutes.
        scale=1 / 1440,
    ),
    *(
        SettingNumber(
            key=key,
            item=key,
            translation_key=key,
            native_min_value=0,
            native_max_value=most,
            entity_registry_enabled_default=enabled,
        )
        for key, most, enabled in (
            ("interfacemode", MOST, False),
            ("melody", 255, True),
            ("pulseconfiguration", MOST, False),
        )
    ),
    SettingNumber(
        key="status",
        item="status",
        section="state",
        translation_key="status",
        types=frozenset({"CLIPGenericStatus"}),
        native_min_value=-(2**31),
        native_max_value=2**31 - 1,
    ),
    *(
        SettingNumber(
            key=f"{mode}_{delay}",
            item=f"{mode}_{delay}",
            translation_key=f"{mode}_{delay}",
            device_class=NumberDeviceClass.DURATION,
            native_unit_of_measurement=UnitOfTime.SECONDS,
            native_min_value=0,
            native_max_value=255,
            entity_registry_enabled_default=False,
        )
        for mode in ("disarmed", "armed_away", "armed_stay", "armed_night")
        for delay in ("entry_delay", "exit_delay", "trigger_duration")
    ),
)
# Each sensor of a device lists these, though the device has but one.
SHARED: Final = frozenset({"ledindication", "usertest"})
SWITCHES: Final = (
    *(
        SettingSwitch(key=key, item=key, translation_key=key, shared=key in SHARED)
        for key in (
            "displayflipped",
            "externalwindowopen",
            "interlock",
            "ledindication",
            "loadbalancing",
            "locked",
            "mountingmode",
            "radiatorcovered",
            "reportgrid",
            "reversed",
            "schedule_on",
            "setvalve",
            "usertest",
            "windowopen_set",
            "windowopendetectionenabled",
        )
    ),
    SettingSwitch(key="on", item="on", translation_key="enabled", entity_registry_enabled_default=False),
    SettingSwitch(
        key="flag", item="flag", section="state", translation_key="flag", types=frozenset({"CLIPGenericFlag"})
    ),
)
SELECTS: Final[tuple[SettingSelect, ...]] = (
    SettingSelect(
        key="on_startup",
        item="on.startup",
        translation_key="on_startup",
        values={"on": True, "off": False, "previous": "previous"},
    ),
    SettingSelect(
        key="triggerdistance",
        item="triggerdistance",
        translation_key="triggerdistance",
        values={"near": "near", "medium": "medium", "far": "far"},
        others=True,
    ),
    *(
        SettingSelect(
            key="devicemode",
            item="devicemode",
            translation_key="devicemode",
            values={name: name for name in names},
            others=True,
            fits=fits,
        )
        for names, fits in (
            (("singlerocker", "singlepushbutton", "dualrocker", "dualpushbutton"), _is_remote),
            (("undirected", "leftright"), lambda resource: not _is_remote(resource)),
        )
    ),
    *(
        SettingSelect(
            key="sensitivity",
            item="sensitivity",
            translation_key="sensitivity",
            values=values,
            others=True,
            fits=partial(_has_steps, most),
        )
        for most, values in STEPS.items()
    ),
    SettingSelect(
        key="mode",
        item="mode",
        translation_key="mode",
        values={name: name for name in ("momentary", "rocker")},
        others=True,
        fits=_is_remote,
    ),
    SettingSelect(
        key="mode",
        item="mode",
        translation_key="mode",
        values={},
        others=True,
        fits=_has_other_mode,
    ),
    SettingSelect(
        key="clickmode",
        item="clickmode",
        translation_key="clickmode",
        values={name: name for name in ("coupled", "decoupled", "highspeed", "multiclick")},
        others=True,
    ),
    SettingSelect(
        key="controlsequence",
        item="controlsequence",
        translation_key="controlsequence",
        values={
            name: number
            for number, name in enumerate(
                (
                    "cooling",
                    "cooling_with_reheat",
                    "heating",
                    "heating_with_reheat",
                    "cooling_and_heating",
                    "cooling_and_heating_with_reheat",
                )
            )
        },
        others=True,
    ),
    SettingSelect(
        key="temperaturemeasurement",
        item="temperaturemeasurement",
        translation_key="temperaturemeasurement",
        values={name.replace(" ", "_"): name for name in ("air sensor", "floor sensor", "floor protection")},
        others=True,
    ),
    SettingSelect(
        key="volume",
        item="volume",
        translation_key="volume",
        values={"low": 0, "medium": 1, "high": 2},
        others=True,
    ),
)
TEXTS: Final = (SettingText(key="group", item="group", translation_key="group", entity_registry_enabled_default=False),)


def setting(resource: Resource, item: str, section: str = "config") -> Any:
    """Return a setting below a section of the resource, or an ellipsis if it is not there."""
    value: Any = resource.config if section == "config" else resource.state
    for name in item.split("."):
        if not isinstance(value, dict) or name not in value:
            return ...
        value = value[name]
    return value


def _there(resource: Resource, row: SettingNumber | SettingSwitch) -> bool:
    return _is_plain(resource, row.item, row.section) and (row.types is None or resource.type in row.types)


def _is_plain(resource: Resource, item: str, section: str = "config") -> bool:
    return not isinstance(setting(resource, item, section), type(...) | dict | list)


def _configured(coordinator: DeconzCoordinator, device_id: str) -> Iterable[Resource]:
    return resources(coordinator, device_id, "lights", "sensors", "alarmsystems")


def numbers(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzNumber]:
    """Build a number for each row whose item a resource of a device has."""
    for resource in _configured(coordinator, device_id):
        for row in NUMBERS:
            if _there(resource, row) and resource.type not in row.but and row.fits(resource):
                yield DeconzNumber(coordinator, resource, row)


def switches(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzSettingSwitch]:
    """Build a switch for each row whose item a resource of a device has."""
    shared: dict[tuple[str, str], list[tuple[Resource, SettingSwitch]]] = {}
    for resource in _configured(coordinator, device_id):
        for row in SWITCHES:
            if not _there(resource, row):
                continue
            if row.shared:
                shared.setdefault((resource.unit, row.key), []).append((resource, row))
            else:
                yield DeconzSettingSwitch(coordinator, resource, row)
    for (_, key), candidates in shared.items():
        yield DeconzSettingSwitch(coordinator, *once(coordinator, Platform.SWITCH, f"config-{key}", candidates))


def selects(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzSelect]:
    """Build a choice for each row whose item a resource of a device has."""
    for resource in _configured(coordinator, device_id):
        for row in SELECTS:
            if _is_plain(resource, row.item) and row.fits(resource):
                yield DeconzSelect(coordinator, resource, row)


def texts(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzText]:
    """Build a text for each row whose item a resource of a device has."""
    for resource in _configured(coordinator, device_id):
        for row in TEXTS:
            if _is_plain(resource, row.item):
                yield DeconzText(coordinator, resource, row)


class Setting(DeconzEntity):
    """A part of a resource's configuration, or of its state where that can be written."""

    _attr_entity_category: EntityCategory | None = CONFIG

    def __init__(
        self,
        coordinator: DeconzCoordinator,
        resource: Resource,
        item: str,
        description: EntityDescription,
        *beside: str,
        section: str = "config",
    ) -> None:
        """Follow the part, and what it is understood by."""
        # Below a section the outermost name is what a message changes.
        followed = (f"{section}.{name.partition('.')[0]}" for name in (item, *beside))
        super().__init__(coordinator, resource, f"{section}-{description.key}", *followed)
        self.item = item
        self.section = section
        self.entity_description = description
        if section == "state":
            # A value of its own, not a property of the device.
            self._attr_entity_category = None

    @property
    def present(self) -> Any:
        """Return the present value."""
        return setting(self.source, self.item, self.section)

    async def async_write(self, value: Any) -> None:
        """Write the value, nested as it is read."""
        for name in reversed(self.item.split(".")):
            value = {name: value}
        await self.async_put(self.section, **value)


class DeconzNumber(Setting, NumberEntity):
    """A number that can be set."""

    entity_description: SettingNumber
    _attr_mode = NumberMode.BOX

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource, row: SettingNumber) -> None:
        """Take the limit that the device tells."""
        beside = (row.above,) if row.above else ()
        super().__init__(coordinator, resource, row.item, row, *beside, section=row.section)
        limit = number(setting(resource, row.limit)) if row.limit else None
        if limit is not None and limit > 0:
            self._attr_native_max_value = limit

    @override
    async def async_added_to_hass(self) -> None:
        """Ask how far it goes on this device."""
        await super().async_added_to_hass()
        row = self.entity_description
        if self.source.kind == "sensors" and self.section == "config" and not row.light:
            self.coordinator.ask_for_limits(self.source, self.item, self._narrow)

    @callback
    def _narrow(self, limits: Range) -> None:
        """Keep to what the device takes; what is wider than usual says only how large the gateway's number may be."""
        low, high = (None if end is None else round(end * self.entity_description.scale, 2) for end in limits)
        low = self.native_min_value if low is None else max(low, self.native_min_value)
        high = self.native_max_value if high is None else min(high, self.native_max_value)
        if not self.is_there or low >= high or (low, high) == (self.native_min_value, self.native_max_value):
            return
        self._attr_native_min_value, self._attr_native_max_value = low, high
        self.async_write_ha_state()

    def _base(self) -> float:
        """Return what the gateway's number counts from."""
        above = self.entity_description.above
        return 0 if above is None else number(setting(self.source, above)) or 0

    @override
    def refresh(self) -> None:
        """Read the number."""
        row = self.entity_description
        value = number(self.present)
        if value is None:
            self._attr_native_value = None
        elif row.light:
            self._attr_native_value = lux(value + self._base())
        else:
            self._attr_native_value = round(value * row.scale, 2)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Write the number."""
        row = self.entity_description
        if not row.light:
            await self.async_write(round(value / row.scale))
            return
        level = light_level(value) - round(self._base())
        if row.above is not None and level < 1:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="daylight_below_dark")
        await self.async_write(level)


class DeconzSettingSwitch(Setting, SwitchEntity):
    """A yes or no that can be set."""

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource, row: SettingSwitch) -> None:
        """Follow the item."""
        super().__init__(coordinator, resource, row.item, row, section=row.section)
        if row.key == "on":
            self.tell_apart("config.on")

    @override
    def refresh(self) -> None:
        """Read it."""
        self._attr_is_on = flag(self.present)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Say yes."""
        await self.async_write(value=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Say no."""
        await self.async_write(value=False)


class DeconzSelect(Setting, SelectEntity):
    """A choice of some values."""

    entity_description: SettingSelect

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource, row: SettingSelect) -> None:
        """Offer the values."""
        super().__init__(coordinator, resource, row.item, row)
        self._values = dict(row.values)
        self.refresh()

    @override
    def refresh(self) -> None:
        """Read which is chosen; a value that only this device has can be chosen again from then on."""
        present = self.present
        chosen = self._option(present)
        if chosen is None and self.entity_description.others and _may_be_chosen(present):
            chosen = str(present)
            self._values[chosen] = present
        self._attr_options = list(self._values)
        self._attr_current_option = chosen

    def _option(self, present: Any) -> str | None:
        # Not a look-up by value, for what comes may be a list, and 1 is not True here.
        return next(
            (name for name, value in self._values.items() if type(value) is type(present) and value == present),
            None,
        )

    @override
    async def async_select_option(self, option: str) -> None:
        """Write the choice."""
        await self.async_write(self._values[option])


class DeconzText(Setting, TextEntity):
    """A text that can be set."""

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource, row: SettingText) -> None:
        """Follow the item."""
        super().__init__(coordinator, resource, row.item, row)

    @override
    def refresh(self) -> None:
        """Read the text."""
        told = word(self.present)
        self._attr_native_value = told if told is None or len(told) <= MAX_LENGTH_STATE_STATE else None

    @override
    async def async_set_value(self, value: str) -> None:
        """Write the text."""
        if not all(part.isascii() and part.isdecimal() for part in value.split(",")) and value != AUTO:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="not_groups")
        await self.async_write(value)


def _may_be_chosen(value: Any) -> bool:
    """Say whether a value is one that could be written back."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    return 0 < len(str(value)) <= MAX_LENGTH_STATE_STATE
