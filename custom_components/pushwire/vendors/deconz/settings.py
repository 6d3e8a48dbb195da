"""What of a device can be set: one table, a row an item, and an entity for each item that is there."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import (
    EntityCategory,
    UnitOfLength,
    UnitOfRatio,
    UnitOfTemperature,
    UnitOfTime,
)
from homeassistant.helpers.entity import EntityDescription

from .convert import flag, number
from .entity import DeconzEntity, resources
from .model import Resource

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

CONFIG: Final = EntityCategory.CONFIG
# The highest number that two bytes hold.
MOST: Final = 65535


@dataclass(frozen=True, kw_only=True)
class SettingNumber(NumberEntityDescription):
    """A number that can be set.

    Attributes:
        item: Path below the resource's configuration, such as ``offset`` or ``bri.startup``.
        scale: What one of the gateway's steps is worth.
        types: Resource types it means this on, or None for all.
        limit: Item that tells the highest value, if the device does.

    """

    item: str
    scale: float = 1
    types: frozenset[str] | None = None
    limit: str | None = None


@dataclass(frozen=True, kw_only=True)
class SettingSwitch(SwitchEntityDescription):
    """A yes or no that can be set."""

    item: str


@dataclass(frozen=True, kw_only=True)
class SettingSelect(SelectEntityDescription):
    """A choice of some values.

    Attributes:
        values: The gateway's value by the option's name.

    """

    item: str
    values: dict[str, Any]


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


NUMBERS: Final[tuple[SettingNumber, ...]] = (
    _offset(
        "temperature",
        UnitOfTemperature.CELSIUS,
        "ZHATemperature",
        "ZHAThermostat",
        device_class=NumberDeviceClass.TEMPERATURE_DELTA,
    ),
    _offset("humidity", UnitOfRatio.PERCENTAGE, "ZHAHumidity"),
    _offset("moisture", UnitOfRatio.PERCENTAGE, "ZHAMoisture"),
    *(_seconds(key) for key in ("delay", "duration", "fadingtime")),
    SettingNumber(
        key="sensitivity",
        item="sensitivity",
        translation_key="sensitivity",
        native_min_value=0,
        native_max_value=MOST,
        limit="sensitivitymax",
    ),
    SettingNumber(
        key="tholddark",
        item="tholddark",
        translation_key="tholddark",
        native_min_value=0,
        native_max_value=MOST - 1,
    ),
    SettingNumber(
        key="tholdoffset",
        item="tholdoffset",
        translation_key="tholdoffset",
        native_min_value=1,
        native_max_value=MOST - 1,
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
)
SWITCHES: Final = tuple(
    SettingSwitch(key=key, item=key, translation_key=key)
    for key in (
        "displayflipped",
        "externalwindowopen",
        "interlock",
        "ledindication",
        "locked",
        "mountingmode",
        "reversed",
        "schedule_on",
        "usertest",
        "windowopendetectionenabled",
    )
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
    ),
    SettingSelect(
        key="devicemode",
        item="devicemode",
        translation_key="devicemode",
        values={
            name: name
            for name in (
                "undirected",
                "leftright",
                "singlerocker",
                "singlepushbutton",
                "dualrocker",
                "dualpushbutton",
            )
        },
    ),
)


def setting(resource: Resource, item: str) -> Any:
    """Return a setting below the resource's configuration, or an ellipsis if it is not there."""
    value: Any = resource.config
    for name in item.split("."):
        if not isinstance(value, dict) or name not in value:
            return ...
        value = value[name]
    return value


def _there(resource: Resource, item: str) -> bool:
    return not isinstance(setting(resource, item), type(...) | dict | list)


def _configured(coordinator: DeconzCoordinator, device_id: str) -> Iterable[Resource]:
    return resources(coordinator, device_id, "lights", "sensors")


def numbers(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzNumber]:
    """Build a number for each row whose item a resource of a device has."""
    for resource in _configured(coordinator, device_id):
        for row in NUMBERS:
            if _there(resource, row.item) and (row.types is None or resource.type in row.types):
                yield DeconzNumber(coordinator, resource, row)


def switches(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzSettingSwitch]:
    """Build a switch for each row whose item a resource of a device has."""
    for resource in _configured(coordinator, device_id):
        for row in SWITCHES:
            if _there(resource, row.item):
                yield DeconzSettingSwitch(coordinator, resource, row)


def selects(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzSelect]:
    """Build a choice for each row whose item a resource of a device has."""
    for resource in _configured(coordinator, device_id):
        for row in SELECTS:
            if _there(resource, row.item):
                yield DeconzSelect(coordinator, resource, row)


class Setting(DeconzEntity):
    """A part of a resource's configuration."""

    _attr_entity_category = CONFIG

    def __init__(
        self, coordinator: DeconzCoordinator, resource: Resource, item: str, description: EntityDescription
    ) -> None:
        """Follow the part."""
        # Below ``config`` the outermost name is what a message changes.
        super().__init__(coordinator, resource, f"config-{description.key}", f"config.{item.partition('.')[0]}")
        self.item = item
        self.entity_description = description

    @property
    def present(self) -> Any:
        """Return the present value."""
        return setting(self.source, self.item)

    async def async_write(self, value: Any) -> None:
        """Write the value, nested as it is read."""
        for name in reversed(self.item.split(".")):
            value = {name: value}
        await self.async_put("config", **value)


class DeconzNumber(Setting, NumberEntity):
    """A number that can be set."""

    entity_description: SettingNumber
    _attr_mode = NumberMode.BOX

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource, row: SettingNumber) -> None:
        """Take the limit that the device tells."""
        super().__init__(coordinator, resource, row.item, row)
        limit = number(setting(resource, row.limit)) if row.limit else None
        if limit is not None and limit > 0:
            self._attr_native_max_value = limit

    @override
    def refresh(self) -> None:
        """Read the number."""
        value = number(self.present)
        self._attr_native_value = None if value is None else round(value * self.entity_description.scale, 2)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Write the number."""
        await self.async_write(round(value / self.entity_description.scale))


class DeconzSettingSwitch(Setting, SwitchEntity):
    """A yes or no that can be set."""

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource, row: SettingSwitch) -> None:
        """Follow the item."""
        super().__init__(coordinator, resource, row.item, row)

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
        self._attr_options = list(row.values)

    @override
    def refresh(self) -> None:
        """Read which is chosen."""
        # Not a look-up by value, for what comes may be a list, and 1 is not True here.
        present = self.present
        self._attr_current_option = next(
            (
                name
                for name, value in self.entity_description.values.items()
                if type(value) is type(present) and value == present
            ),
            None,
        )

    @override
    async def async_select_option(self, option: str) -> None:
        """Write the choice."""
        await self.async_write(self.entity_description.values[option])
