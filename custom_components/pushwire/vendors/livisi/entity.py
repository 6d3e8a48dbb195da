"""Bases of LIVISI entities."""

from collections.abc import Callable, Iterator, Mapping, Set as AbstractSet
from functools import cache
import re
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.helpers.entity import ToggleEntity
from homeassistant.helpers.restore_state import ExtraStoredData, RestoredExtraData, RestoreEntity
from propcache.api import cached_property

from ...core.entity import PushEntity
from ...core.features import TimedSwitch
from ...wire.values import as_bool
from .api.model import (
    ALARM,
    BUTTONS,
    DIMMER,
    DRAWN_ENERGY,
    FED_ENERGY,
    HUB_TYPES,
    HUMIDITY,
    MOTION,
    REACHABLE,
    ROOM_HUMIDITY,
    ROOM_SETPOINT,
    ROOM_TEMPERATURE,
    SHUTTER,
    SIREN,
    SWITCH,
    TEMPERATURE,
    THERMOSTAT,
    UNREACHABLE,
    VARIABLE,
    Resource,
    alert_property,
)

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

MAX_NAME: Final = 40
# Key of a property's value in the data that Home Assistant keeps.
_VALUE: Final = "value"
REACHABILITY_PROPERTIES: Final = frozenset({"isReachable", alert_property(UNREACHABLE)})
# Properties that the main entity of a resource already shows, by type.
COVERED_PROPERTIES: Final[Mapping[str, frozenset[str]]] = {
    ALARM: frozenset({"onState"}),
    BUTTONS: frozenset({"lastKeyPressCounter", "lastPressedButtonIndex"}),
    DIMMER: frozenset({"dimLevel"}),
    MOTION: frozenset({"motionDetectedCount"}),
    ROOM_SETPOINT: frozenset({"pointTemperature", "setpointTemperature"}),
    SHUTTER: frozenset({"shutterLevel"}),
    SIREN: frozenset({"activeChannel"}),
    SWITCH: frozenset({"onState"}),
    THERMOSTAT: frozenset({"operationMode", "pointTemperature"}),
    VARIABLE: frozenset({"value"}),
}
# Properties that another entity or the device registry shows, or without a use.
IGNORED: Final = frozenset(
    {"configVersion", "currentUTCOffset", "currentUtcOffset", "discoveryActive", "firmwareVersion"}
)
# Parts of names of properties that may identify a person, a place or a network.
_PRIVATE_PARTS: Final = (
    "address",
    "hash",
    "host",
    "location",
    "mail",
    "password",
    "serial",
    "ssid",
    "token",
    "user",
)


# Types of the capabilities that have a property, known or not, by property.
TYPES_BY_PROPERTY: Final[Mapping[str, frozenset[str]]] = {
    "absoluteEnergyConsumption": frozenset({"EnergyConsumptionSensor"}),
    "energyConsumptionDayEuro": frozenset({"EnergyConsumptionSensor"}),
    "energyConsumptionDayKWh": frozenset({"EnergyConsumptionSensor"}),
    "energyConsumptionMonthEuro": frozenset({"EnergyConsumptionSensor"}),
    "energyConsumptionMonthKWh": frozenset({"EnergyConsumptionSensor"}),
    **dict.fromkeys(
        ("energyPerDayInEuro", "energyPerDayInKWh", "energyPerMonthInEuro", "energyPerMonthInKWh", "totalEnergy"),
        frozenset({"GenerationMeterEnergySensor", DRAWN_ENERGY, FED_ENERGY}),
    ),
    "frostWarning": frozenset({TEMPERATURE}),
    "humidity": frozenset({HUMIDITY, ROOM_HUMIDITY}),
    "isDay": frozenset({"Calendar"}),
    "isOn": frozenset({"SabotageSensor"}),
    "isOpen": frozenset({"WindowDoorSensor"}),
    "isSmokeAlarm": frozenset({"SmokeDetectorSensor"}),
    "luminance": frozenset({"LuminanceSensor"}),
    "moldWarning": frozenset({HUMIDITY}),
    "nextSunrise": frozenset({"Calendar"}),
    "nextSunset": frozenset({"Calendar"}),
    "nextTimeEvent": frozenset({"Calendar"}),
    "powerConsumptionWatt": frozenset({"PowerConsumptionSensor"}),
    "powerInWatt": frozenset({"GenerationMeterPowerConsumptionSensor", "TwoWayMeterPowerConsumptionSensor"}),
    "temperature": frozenset({TEMPERATURE, ROOM_TEMPERATURE}),
    "valvePosition": frozenset({"ValveActuator"}),
    "windowReductionActive": frozenset({THERMOSTAT}),
    # Properties of the hub itself.
    **dict.fromkeys(("CPULoad", "LBDongleAttached", "MBusDongleAttached", "OSState", "memoryLoad"), frozenset({"SHC"})),
    **dict.fromkeys(
        (
            "cpuUsage",
            "lbDongleAttached",
            "memoryUsage",
            "operationStatus",
            "wMBusDongleAttached",
            "wifiSignalStrength",
        ),
        frozenset({"SHCA"}),
    ),
    **dict.fromkeys(("diskUsage", "lastReboot", "updateAvailable"), HUB_TYPES),
}
# Properties of every device with a radio.
RADIO_PROPERTIES: Final = frozenset({"deviceConfigurationState", "deviceInclusionState", REACHABLE, "updateState"})
_RADIO_PROTOCOLS: Final = frozenset({"Cosip", "Lemonbeat", "wMBus"})


def has_property(resource: Resource, name: str) -> bool:
    """Return whether a resource has a property, whether or not the hub knows its value."""
    if name in resource.state or resource.type in TYPES_BY_PROPERTY.get(name, ()):
        return True
    return resource.is_device and name in RADIO_PROPERTIES and resource.config.get("protocolId") in _RADIO_PROTOCOLS


def always(_: Resource) -> bool:
    """Return True for every resource."""
    return True


def type_in(*types: str) -> Callable[[Resource], bool]:
    """Return a predicate for resources of some types."""
    return lambda resource: resource.type in types


@cache
def _followed_properties(properties: tuple[str, ...]) -> frozenset[str]:
    """Return properties with those of the device's reachability; entities of a kind share the set."""
    return REACHABILITY_PROPERTIES.union(properties)


class LivisiEntity(PushEntity["LivisiCoordinator"]):
    """Entity of a device or of a capability.

    Args:
        coordinator: Coordinator of the entry.
        source: Device or capability.
        key: Distinguishes the entity from others of the source.
        properties: Properties that the entity reads.

    """

    # Distinguishes the entity from that of another capability with the same property.
    label = ""

    def __init__(
        self,
        coordinator: LivisiCoordinator,
        source: Resource,
        key: str = "",
        *properties: str,
    ) -> None:
        """Initialize the entity."""
        self.source = source
        self._called_unreachable = coordinator.model.called_unreachable
        super().__init__(
            coordinator,
            source.device_id,
            source.id,
            key,
            properties=_followed_properties(properties),
        )
        self._sibling_number = _sibling_number(coordinator, source)

    @override
    def followed_resources(self) -> tuple[str, ...]:
        """Return the capability and its device."""
        return tuple(dict.fromkeys((self.resource, self.device_id)))

    @cached_property
    @override
    def name(self) -> Any:
        """Name, with what distinguishes the capability if the device has several of the kind."""
        name = super().name
        if self._sibling_number is not None:
            return f"{name if isinstance(name, str) else humanize(self.source.type)} {self._sibling_number}"
        return f"{name} ({self.label})"[:MAX_NAME] if self.label and isinstance(name, str) else name

    @override
    def device_available(self) -> bool:
        """Return whether the hub's radio reaches the device."""
        # Read with every state; nearly always, the call is not needed.
        return self.device_id not in self._called_unreachable or self.coordinator.model.is_reachable(self.device_id)

    def reported(self, name: str) -> Any:
        """Return the value of a property, or None for an unknown value."""
        return self.source.state.get(name)

    async def async_execute(self, kind: str, expected: Mapping[str, Any] | None = None, **params: Any) -> None:
        """Execute an action on the source.

        Args:
            kind: Type of the action.
            expected: Values that the action leads to; None for the parameters of ``SetState``.
            params: Parameters of the action.

        Raises:
            HomeAssistantError: The command failed.

        """
        await self.async_command(self.coordinator.async_execute(kind, self.source, expected=expected, **params))

    async def async_configure(self, **values: Any) -> None:
        """Change values of the source's configuration.

        Raises:
            HomeAssistantError: The hub refused the change.

        """
        await self.async_command(self.coordinator.async_configure(self.source, **values))


class RestoredEntity(LivisiEntity, RestoreEntity):
    """Entity of a property whose last value is shown until the hub knows one again.

    After a restart, a hub has no values of sleeping devices until these report. Values of
    earlier runs are put into the model, so that climate entities show them too.
    """

    # Name of the property; empty for one whose last value says nothing.
    restored_item = ""

    @property
    @override
    def extra_restore_state_data(self) -> ExtraStoredData:
        """Value of the property as the hub reported it."""
        return RestoredExtraData({_VALUE: self.reported(self.restored_item)})

    @override
    async def async_added_to_hass(self) -> None:
        """Put back the last value, then subscribe."""
        item = self.restored_item
        if item and self.reported(item) is None and (data := await self.async_get_last_extra_data()) is not None:
            self.coordinator.restore_value(self.source, self.restored_item, data.as_dict().get(_VALUE))
        await super().async_added_to_hass()


class TimedEntity(LivisiEntity, TimedSwitch):
    """Entity that the hub, or else Pushwire, turns off after a while."""

    @override
    async def async_turn_on_for(self, seconds: float, brightness: int | None) -> None:
        """Turn on, and off again after a number of seconds."""
        await self.async_turn_on_on_hub(seconds)

    async def async_turn_on_on_hub(self, seconds: float) -> None:
        """Turn ``onState`` on, and off again after a number of seconds.

        The unit of the time is known for v1 only, so Pushwire turns devices of other hubs off.
        """
        coordinator = self.coordinator
        if coordinator.client.is_classic:
            await self.async_execute(
                "SwitchOnWithOffTimer",
                expected={"onState": True},
                switchOffDelayTime=tenths(seconds),
            )
            return
        await self.async_execute("SetState", onState=True)
        coordinator.off_timers.set(self.source, seconds, {"onState": False})


class OnStateEntity(TimedEntity, ToggleEntity):
    """Base of lights and horns whose two commands write ``onState``."""

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, source, "", "onState")

    @override
    def _update_attrs(self) -> None:
        """Update the state."""
        self._attr_is_on = as_bool(self.reported("onState"))

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn on."""
        self.coordinator.off_timers.cancel(self.source.id)
        await self.async_execute("SetState", onState=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn off."""
        self.coordinator.off_timers.cancel(self.source.id)
        await self.async_execute("SetState", onState=False)


def tenths(seconds: float) -> int:
    """Return a time in tenths of a second, at least one."""
    return max(1, round(seconds * 10))


def _sibling_number(coordinator: LivisiCoordinator, source: Resource) -> int | None:
    """Return the number, from 1, of one of several capabilities of a type; None for the only one."""
    if source.is_device:
        return None
    siblings = [item for item in coordinator.model.capabilities_of(source.device_id) if item.type == source.type]
    return siblings.index(source) + 1 if len(siblings) > 1 else None


def label_among(coordinator: LivisiCoordinator, source: Resource, items: AbstractSet[str]) -> str:
    """Return what distinguishes a resource from others of its device with the same property, or an empty text."""
    others = {
        resource.type
        for resource in coordinator.model.resources_of(source.device_id)
        if any(has_property(resource, item) for item in items)
    }
    return humanize(source.type) if others - {source.type} else ""


def unknown_properties(
    coordinator: LivisiCoordinator, device_id: str, described: AbstractSet[str]
) -> Iterator[tuple[Resource, str, Any]]:
    """Yield resource, name and value of a device's properties without a description.

    Drivers of some devices have properties that no document mentions.
    """
    for resource in coordinator.model.resources_of(device_id):
        excluded = described | COVERED_PROPERTIES.get(resource.type, frozenset()) | IGNORED
        for name, value in resource.state.items():
            if value is None or name in excluded or any(part in name.lower() for part in _PRIVATE_PARTS):
                continue
            yield resource, name, value


def humanize(name: str) -> str:
    """Return a property's name in words: ``noiseLevel`` becomes "Noise level"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).split(" ")
    text = " ".join(word if word.isupper() else word.lower() for word in words)
    return text[:1].upper() + text[1:]
