"""Select platform for deCONZ."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import MAX_LENGTH_STATE_STATE

from ...core.entity import PushEntity
from ...wire.values import number
from .api.model import Resource
from .cover import COVER_TYPES, cover_type_of
from .entity import SettingEntity, always, configurable_resources, has_setting, resources, setting, type_in
from .levels import LEVELS, LevelDescription
from .light_state import MAX_BRIGHTNESS, mired_range, xy_point
from .number import THERMOSTATS
from .sensitivity import STEPS, highest_step_is

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

PREVIOUS: Final = "previous"
FIXED: Final = "fixed"
XY_STARTUP: Final = "color.xy.startup"
COVER_TYPE: Final = "windowcoveringtype"
# CIE xy of the standard illuminant D65.
WHITE: Final = (0.3127, 0.329)
PURIFIER: Final = "ZHAAirPurifier"


@dataclass(frozen=True, kw_only=True)
class SettingSelectDescription(SelectEntityDescription):
    """Description of a setting with a few values.

    Attributes:
        item: Path below ``config``.
        values: The gateway's value by option.
        allow_unknown: Whether a device may have further values, which become options themselves.
        supported_fn: Returns whether a resource with the item gets the select.

    """

    item: str
    values: dict[str, Any]
    allow_unknown: bool = True
    supported_fn: Callable[[Resource], bool] = always


def _is_remote(resource: Resource) -> bool:
    return resource.type.endswith("Switch")


def _is_not_remote(resource: Resource) -> bool:
    return not _is_remote(resource)


def _has_unnamed_modes(resource: Resource) -> bool:
    """Return whether the modes are not those of a remote, a thermostat or an air purifier."""
    return _is_not_remote(resource) and resource.type not in (*THERMOSTATS, PURIFIER)


def _select(key: str, *words: str, supported_fn: Callable[[Resource], bool] = always) -> SettingSelectDescription:
    return SettingSelectDescription(
        key=key,
        item=key,
        translation_key=key,
        values={word.replace(" ", "_"): word for word in words},
        supported_fn=supported_fn,
    )


SELECTS: Final[tuple[SettingSelectDescription, ...]] = (
    _select("clickmode", "coupled", "decoupled", "highspeed", "multiclick"),
    SettingSelectDescription(
        key="controlsequence",
        item="controlsequence",
        translation_key="controlsequence",
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
    _select(
        "devicemode",
        "singlerocker",
        "singlepushbutton",
        "dualrocker",
        "dualpushbutton",
        supported_fn=_is_remote,
    ),
    _select("devicemode", "undirected", "leftright", supported_fn=_is_not_remote),
    _select("mode", "momentary", "rocker", supported_fn=_is_remote),
    _select("mode", supported_fn=_has_unnamed_modes),
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
    _select("temperaturemeasurement", "air sensor", "floor sensor", "floor protection"),
    _select("triggerdistance", "near", "medium", "far"),
    SettingSelectDescription(
        key="volume",
        item="volume",
        translation_key="volume",
        values={"low": 0, "medium": 1, "high": 2},
    ),
)


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
        self._values = dict(description.values)
        self._update_attrs()

    @override
    def _update_attrs(self) -> None:
        """Update the option; an unknown value becomes an option for as long as the entity exists."""
        value = self.current_value
        option = self._option_of(value)
        if option is None and self.entity_description.allow_unknown and _is_writable(value):
            option = str(value)
            self._values[option] = value
        self._attr_options = list(self._values)
        self._attr_current_option = option

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
            coordinator, resource, item, SelectEntityDescription(key=key, translation_key=f"{key}_follows")
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


def _is_writable(value: Any) -> bool:
    """Return whether a value can be an option and written back."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    return 0 < len(str(value)) <= MAX_LENGTH_STATE_STATE
