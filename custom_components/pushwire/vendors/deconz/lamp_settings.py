"""What can be set on lamps and coverings beyond plain settings: rows of values that need a meaning."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory, UnitOfRatio, UnitOfTemperature, UnitOfTime
from homeassistant.util.color import color_temperature_kelvin_to_mired, color_temperature_mired_to_kelvin

from . import settings, switch
from .api.convert import flag, number
from .api.model import Resource
from .cover import COVERINGS, covering_of
from .entity import DeconzEntity, resources
from .light_state import MAX_BRI, mired_range, xy_point
from .settings import CONFIG, DeconzNumber, DeconzSettingSwitch, SettingNumber, SettingSwitch, setting

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

PREVIOUS: Final = "previous"
FIXED: Final = "fixed"


@dataclass(frozen=True, kw_only=True)
class Level(NumberEntityDescription):
    """A brightness or colour temperature, shown as an owner knows it.

    Attributes:
        item: Path below the configuration.
        present: Item of the state that holds the same of now.
        kelvin: Whether it is a colour temperature.
        may_follow: Whether it may be left as it was before.

    """

    item: str
    present: str
    kelvin: bool = False
    may_follow: bool = True


def _percent(key: str, item: str, *, may_follow: bool = True) -> Level:
    return Level(
        key=key,
        translation_key=key,
        item=item,
        present="bri",
        may_follow=may_follow,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        native_min_value=1,
        native_max_value=100,
        native_step=1,
    )


LEVELS: Final = (
    _percent("bri_startup", "bri.startup"),
    _percent("bri_on_level", "bri.on_level"),
    _percent("bri_min", "bri.min", may_follow=False),
    _percent("bri_max", "bri.max", may_follow=False),
    Level(
        key="ct_startup",
        translation_key="ct_startup",
        item="color.ct.startup",
        present="ct",
        kelvin=True,
        native_unit_of_measurement=UnitOfTemperature.KELVIN,
        native_step=1,
    ),
)
XY_STARTUP: Final = "color.xy.startup"
NUMBERS: Final = (
    SettingNumber(
        key="onoff_transitiontime",
        item="bri.onoff_transitiontime",
        translation_key="onoff_transitiontime",
        device_class=NumberDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        native_min_value=0,
        native_max_value=6553.4,
        native_step=0.1,
        scale=0.1,
    ),
    SettingNumber(
        key="pixel_count",
        item="color.gradient.pixel_count",
        translation_key="pixel_count",
        native_min_value=5,
        native_max_value=50,
    ),
    SettingNumber(key="speed", item="speed", translation_key="speed", native_min_value=0, native_max_value=255),
)
SWITCHES: Final = tuple(
    SettingSwitch(key=key, item=item, translation_key=key)
    for key, item in (
        ("bri_execute_if_off", "bri.execute_if_off"),
        ("color_execute_if_off", "color.execute_if_off"),
        ("couple_ct", "bri.couple_ct"),
        ("gradient_reversed", "color.gradient.reversed"),
    )
)


def has_setting(resource: Resource, item: str) -> bool:
    """Say whether a resource has a setting that is one value."""
    return not isinstance(setting(resource, item), type(...) | dict | list)


def numbers(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzEntity]:
    """Build all numbers of a device."""
    yield from settings.numbers(coordinator, device_id)
    for resource in resources(coordinator, device_id, "lights"):
        for row in NUMBERS:
            if has_setting(resource, row.item):
                yield DeconzNumber(coordinator, resource, row)
        for level in LEVELS:
            if has_setting(resource, level.item):
                yield LevelNumber(coordinator, resource, level)
        if resource.has("state.speed") and resource.has("state.effect"):
            yield EffectSpeed(coordinator, resource)


def switches(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzEntity]:
    """Build all switches of a device."""
    yield from switch.entities(coordinator, device_id)
    for resource in resources(coordinator, device_id, "lights"):
        for row in SWITCHES:
            if has_setting(resource, row.item):
                yield DeconzSettingSwitch(coordinator, resource, row)
        if resource.has("state.music_sync"):
            yield MusicSync(coordinator, resource)


def selects(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzEntity]:
    """Build all choices of a device."""
    yield from settings.selects(coordinator, device_id)
    for resource in resources(coordinator, device_id, "lights"):
        for level in LEVELS:
            if level.may_follow and has_setting(resource, level.item):
                yield LevelSelect(coordinator, resource, level)
        if not isinstance(setting(resource, XY_STARTUP), type(...) | dict):
            yield ColorSelect(coordinator, resource)
    # Some coverings have it on the switch that moves them.
    for resource in resources(coordinator, device_id, "lights", "sensors"):
        if has_setting(resource, "windowcoveringtype"):
            yield CoveringSelect(coordinator, resource)


class LevelNumber(settings.Setting, NumberEntity):
    """A brightness or colour temperature that is set once and kept; unknown while it is as before."""

    entity_description: Level
    _attr_mode = NumberMode.BOX

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource, row: Level) -> None:
        """Take the limits from the lamp."""
        super().__init__(coordinator, resource, row.item, row)
        if row.kelvin:
            low, high = mired_range(resource)
            self._attr_native_min_value = color_temperature_mired_to_kelvin(high)
            self._attr_native_max_value = color_temperature_mired_to_kelvin(low)

    @override
    def refresh(self) -> None:
        """Read the level."""
        value = number(self.present)
        if value is None or value <= 0:
            self._attr_native_value = None
        elif self.entity_description.kelvin:
            self._attr_native_value = color_temperature_mired_to_kelvin(value)
        else:
            self._attr_native_value = max(1, min(100, round(value / MAX_BRI * 100)))

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Write the level."""
        if not self.entity_description.kelvin:
            await self.async_write(round(value / 100 * MAX_BRI))
            return
        low, high = mired_range(self.source)
        await self.async_write(min(max(round(color_temperature_kelvin_to_mired(value)), low), high))


class _FollowSelect(settings.Setting, SelectEntity):
    """Whether something is as it was before, or fixed."""

    _attr_options = [PREVIOUS, FIXED]

    def __init__(
        self,
        coordinator: DeconzCoordinator,
        resource: Resource,
        item: str,
        key: str,
        fixed: Callable[[], Any],
    ) -> None:
        """Keep how to find a value when a fixed one is wanted."""
        super().__init__(
            coordinator, resource, item, SelectEntityDescription(key=key, translation_key=f"{key}_follows")
        )
        self._fixed = fixed
        self._last: Any = None

    @override
    def refresh(self) -> None:
        """Read which it is."""
        present = self.present
        self._attr_current_option = PREVIOUS if present == PREVIOUS else None
        if isinstance(present, int | float | list) and not isinstance(present, bool):
            self._attr_current_option = FIXED
            self._last = present

    @override
    async def async_select_option(self, option: str) -> None:
        """Write it; fixed is what was fixed last, or else what the lamp shows now."""
        if option == PREVIOUS:
            await self.async_write(PREVIOUS)
        else:
            await self.async_write(self._fixed() if self._last is None else self._last)


class LevelSelect(_FollowSelect):
    """Whether a level is as before or fixed; the number beside it is the level."""

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource, row: Level) -> None:
        """Fix at what the lamp shows now."""

        def fixed() -> int:
            shown = number(resource.state.get(row.present))
            return round(shown) if shown else mired_range(resource)[1] if row.kelvin else MAX_BRI

        super().__init__(coordinator, resource, row.item, row.key, fixed)


class ColorSelect(_FollowSelect):
    """Whether the colour at power-on is as before or fixed, at the one shown when that is chosen."""

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Fix at what the lamp shows now, or at white."""

        def fixed() -> list[float]:
            return list(xy_point(resource.state.get("xy")) or (0.3127, 0.329))

        super().__init__(coordinator, resource, XY_STARTUP, "xy_startup", fixed)


class CoveringSelect(settings.Setting, SelectEntity):
    """What a covering is, which decides how it is calibrated."""

    _attr_options = list(COVERINGS)

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Follow the item."""
        key = "windowcoveringtype"
        super().__init__(coordinator, resource, key, SelectEntityDescription(key=key, translation_key=key))

    @override
    def refresh(self) -> None:
        """Read what it is."""
        self._attr_current_option = covering_of(self.present)

    @override
    async def async_select_option(self, option: str) -> None:
        """Write what it is."""
        await self.async_write(self._attr_options.index(option))


class EffectSpeed(DeconzEntity, NumberEntity):
    """How fast effects run."""

    entity_description = NumberEntityDescription(
        key="speed",
        translation_key="effect_speed",
        entity_category=EntityCategory.CONFIG,
        native_min_value=0,
        native_max_value=255,
        mode=NumberMode.BOX,
    )

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Follow the item of the state."""
        super().__init__(coordinator, resource, "speed", "state.speed")

    @override
    def refresh(self) -> None:
        """Read the speed."""
        self._attr_native_value = number(self.read("state.speed"))

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Write the speed."""
        await self.async_put("state", speed=round(value))


class MusicSync(DeconzEntity, SwitchEntity):
    """Whether a lamp moves to music."""

    entity_description = SwitchEntityDescription(key="music_sync", translation_key="music_sync", entity_category=CONFIG)

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Follow the item of the state."""
        super().__init__(coordinator, resource, "music_sync", "state.music_sync")

    @override
    def refresh(self) -> None:
        """Read it."""
        self._attr_is_on = flag(self.read("state.music_sync"))

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Let it move to music."""
        await self.async_put("state", music_sync=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Let it be still."""
        await self.async_put("state", music_sync=False)
