"""Select platform for deCONZ."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import MAX_LENGTH_STATE_STATE

from ...core.entity import PushEntity
from ...wire.values import number
from .api.convert import to_snake_case
from .api.model import WORDS, Resource
from .climate import has_climate
from .cover import COVER_TYPES, cover_type_of
from .entity import (
    SettingEntity,
    always,
    configurable_resources,
    has_setting,
    resources,
    setting,
    type_in,
    with_different_names,
)
from .levels import LEVELS, PREVIOUS, LevelDescription
from .light_state import MAX_BRIGHTNESS, mired_range, xy_point
from .number import INDEXED_DURATIONS, has_indexed_duration
from .sensitivity import STEPS, highest_step_is

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

FIXED: Final = "fixed"
XY_STARTUP: Final = "color.xy.startup"
COVER_TYPE: Final = "windowcoveringtype"
# CIE xy of the standard illuminant D65.
WHITE: Final = (0.3127, 0.329)
PURIFIER: Final = "ZHAAirPurifier"
# Orders of the French pilot wire, and the model whose words the gateway has without a description.
PILOT_WIRE_MODEL: Final = "Cable outlet"
PILOT_WIRE_MODES: Final = ("confort", "confort-1", "confort-2", "eco", "hors gel", "off")


@dataclass(frozen=True, kw_only=True)
class SettingSelectDescription(SelectEntityDescription):
    """Description of a setting with a few values.

    Attributes:
        item: Path below ``config``.
        values: The gateway's value by option, for devices whose words the gateway does not describe.
        has_words: Whether the words are those that the gateway describes, or else those seen on the device.
        allow_unknown: Whether a device may have further values, which become options themselves.
        supported_fn: Returns whether a resource with the item gets the select.

    """

    item: str
    values: dict[str, Any] = field(default_factory=dict)
    has_words: bool = False
    allow_unknown: bool = True
    supported_fn: Callable[[Resource], bool] = always


def _option(word: Any) -> str:
    return to_snake_case(word) or str(word)


def _has_modes(resource: Resource) -> bool:
    """Return whether no other entity has the modes."""
    return resource.type != PURIFIER and not has_climate(resource)


def _has_pilot_wire(resource: Resource) -> bool:
    """Return whether the modes are the orders of a pilot wire, of which *off* is usual elsewhere as well."""
    return _has_modes(resource) and (
        resource.attr.get("modelid") == PILOT_WIRE_MODEL or resource.get("config.mode") in PILOT_WIRE_MODES[:-1]
    )


def _words(
    key: str,
    *,
    values: dict[str, Any] | None = None,
    supported_fn: Callable[[Resource], bool] = always,
) -> SettingSelectDescription:
    return SettingSelectDescription(
        key=key,
        item=key,
        translation_key=key,
        has_words=True,
        values=values or {},
        supported_fn=supported_fn,
    )


SELECTS: Final[tuple[SettingSelectDescription, ...]] = (
    _words("clickmode"),
    SettingSelectDescription(
        key="controlsequence",
        item="controlsequence",
        translation_key="controlsequence",
        entity_registry_enabled_default=False,
        values={
            option: value
            for value, option in enumerate(
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
    ),
    _words("devicemode"),
    SettingSelectDescription(
        key="duration",
        item="duration",
        translation_key="duration",
        values={str(seconds): index for index, seconds in enumerate(INDEXED_DURATIONS)},
        allow_unknown=False,
        supported_fn=has_indexed_duration,
    ),
    _words("mode", supported_fn=lambda resource: _has_modes(resource) and not _has_pilot_wire(resource)),
    _words("mode", values={_option(word): word for word in PILOT_WIRE_MODES}, supported_fn=_has_pilot_wire),
    SettingSelectDescription(
        key="on_startup",
        item="on.startup",
        translation_key="on_startup",
        values={"on": True, "off": False, "previous": PREVIOUS},
        allow_unknown=False,
    ),
    *(
        SettingSelectDescription(
            key="sensitivity",
            item="sensitivity",
            translation_key="sensitivity",
            has_words=True,
            values=values,
            supported_fn=highest_step_is(step),
        )
        for step, values in STEPS.items()
    ),
    SettingSelectDescription(
        key="preset",
        item="preset",
        # What makes a siren with a thermometer and a hygrometer sound.
        translation_key="alarm_preset",
        values={word: word for word in ("both", "humidity", "off", "temperature")},
        supported_fn=type_in("ZHAAlarm"),
    ),
    _words("temperaturemeasurement"),
    _words("triggerdistance"),
    # The words of makers contradict each other.
    _words("volume", values={str(step): step for step in range(3)}),
)


@with_different_names
def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[PushEntity[DeconzCoordinator]]:
    """Yield the selects of a device."""
    for resource in configurable_resources(coordinator, device_id):
        for description in SELECTS:
            if has_setting(resource, description.item) and description.supported_fn(resource):
                yield SettingSelect(coordinator, resource, description)
    for resource in resources(coordinator, device_id, "lights"):
        for level in LEVELS:
            if level.has_previous and has_setting(resource, level.item):
                yield LevelSelect(coordinator, resource, level)
        # The value is a pair of coordinates.
        if not isinstance(setting(resource, XY_STARTUP), type(...) | dict):
            yield ColorSelect(coordinator, resource)
    # Some covers have the setting on the remote that moves them.
    for resource in resources(coordinator, device_id, "lights", "sensors"):
        if has_setting(resource, COVER_TYPE):
            yield CoverTypeSelect(coordinator, resource)


class SettingSelect(SettingEntity, SelectEntity):
    """Setting with a few values."""

    entity_description: SettingSelectDescription

    def __init__(
        self, coordinator: DeconzCoordinator, resource: Resource, description: SettingSelectDescription
    ) -> None:
        """Initialize the entity with the options."""
        super().__init__(coordinator, resource, description.item, description)
        self._words = f"config.{description.item}"
        self.properties = frozenset((*(self.properties or ()), WORDS))
        self._values: dict[str, Any] = {}
        self._update_attrs()

    @override
    def _update_attrs(self) -> None:
        """Update the option; a value that is not known becomes an option."""
        description = self.entity_description
        value = self.current_value
        words = self.source.words.get(self._words) if description.has_words else None
        self._values = dict(description.values) if words is None else _values(words, value, description.values)
        is_new = description.allow_unknown and _is_writable(value) and self._option_of(value) is None
        known = [value] if is_new else []
        if words is None and description.allow_unknown:
            known = self.coordinator.descriptions.seen.with_value(self.source.key, self._words, *known)
        self._values |= {_option(one): one for one in known if self._option_of(one) is None}
        self._attr_options = list(self._values)
        self._attr_current_option = self._option_of(value)

    def _option_of(self, value: Any) -> str | None:
        # Not a look-up by value: the value may be a list, and 1 does not mean True.
        return next(
            (option for option, known in self._values.items() if type(known) is type(value) and known == value),
            None,
        )

    @override
    async def async_select_option(self, option: str) -> None:
        """Set the option."""
        await self.async_write_setting(self._values[option])


class _PreviousOrFixedSelect(SettingEntity, SelectEntity):
    """Whether a value is the previous one or fixed."""

    _attr_options = [PREVIOUS, FIXED]

    def __init__(
        self,
        coordinator: DeconzCoordinator,
        resource: Resource,
        item: str,
        key: str,
        default_fixed: Callable[[], Any],
    ) -> None:
        """Initialize the entity with a function that returns the value to fix first."""
        super().__init__(
            coordinator,
            resource,
            item,
            SelectEntityDescription(key=key, translation_key=f"{key}_follows", entity_registry_enabled_default=False),
        )
        self._default_fixed = default_fixed
        self._last_fixed: Any = None

    @override
    def _update_attrs(self) -> None:
        """Update the option."""
        value = self.current_value
        self._attr_current_option = PREVIOUS if value == PREVIOUS else None
        if isinstance(value, int | float | list) and not isinstance(value, bool):
            self._attr_current_option = FIXED
            self._last_fixed = value

    @override
    async def async_select_option(self, option: str) -> None:
        """Set the option; fixed means the last fixed value, or else the light's current one."""
        if option == PREVIOUS:
            await self.async_write_setting(PREVIOUS)
        else:
            await self.async_write_setting(self._default_fixed() if self._last_fixed is None else self._last_fixed)


class LevelSelect(_PreviousOrFixedSelect):
    """Whether a level is the previous one or fixed; the number of the same key is the level."""

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource, description: LevelDescription) -> None:
        """Initialize the entity with the light's current level as default."""

        def current_level() -> int:
            current = number(resource.state.get(description.state_item))
            if current:
                return round(current)
            return mired_range(resource)[1] if description.is_color_temperature else MAX_BRIGHTNESS

        super().__init__(coordinator, resource, description.item, description.key, current_level)


class ColorSelect(_PreviousOrFixedSelect):
    """Whether the color at power-on is the previous one or fixed."""

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity with the light's current color, or white, as default."""

        def current_color() -> list[float]:
            return list(xy_point(resource.state.get("xy")) or WHITE)

        super().__init__(coordinator, resource, XY_STARTUP, "xy_startup", current_color)


class CoverTypeSelect(SettingEntity, SelectEntity):
    """Type of a cover, which decides how the cover is calibrated."""

    _attr_options = list(COVER_TYPES)

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        super().__init__(
            coordinator, resource, COVER_TYPE, SelectEntityDescription(key=COVER_TYPE, translation_key=COVER_TYPE)
        )

    @override
    def _update_attrs(self) -> None:
        """Update the type."""
        self._attr_current_option = cover_type_of(self.current_value)

    @override
    async def async_select_option(self, option: str) -> None:
        """Set the type."""
        await self.async_write_setting(self._attr_options.index(option))


def _values(words: Mapping[str, Any], value: Any, usual: Mapping[str, Any]) -> dict[str, Any]:
    """Return the gateway's value by option; a setting that is a number takes the numbers behind its words."""
    example = next(iter(usual.values()), None) if value is None else value
    is_number = isinstance(example, int | float) and not isinstance(example, bool)
    return {_option(word): behind if is_number else word for word, behind in words.items()}


def _is_writable(value: Any) -> bool:
    """Return whether a value can be an option and written back."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    return 0 < len(str(value)) <= MAX_LENGTH_STATE_STATE
