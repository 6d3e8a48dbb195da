"""Base of LIVISI's entities."""

from collections.abc import Iterator, Mapping, Set as AbstractSet
import re
from typing import TYPE_CHECKING, Any, Final, override

from ...core.entity import PushEntity
from .api.model import (
    ALARM,
    BUTTONS,
    DIMMER,
    MOTION,
    ROOM_SETPOINT,
    SHUTTER,
    SIREN,
    SWITCH,
    THERMOSTAT,
    VARIABLE,
    Resource,
)

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator


class LivisiEntity(PushEntity["LivisiCoordinator"]):
    """An entity of a device or of one of its capabilities.

    Args:
        coordinator: Of the entry.
        source: The device or capability.
        key: What tells it from other entities of the source.
        properties: The properties it reads.

    """

    def __init__(
        self,
        coordinator: LivisiCoordinator,
        source: Resource,
        key: str = "",
        *properties: str,
    ) -> None:
        """Follow properties, and whether the device can be reached."""
        self.source = source
        super().__init__(
            coordinator,
            source.device_id,
            source.id,
            key,
            properties=frozenset((*properties, "isReachable", "alert DeviceUnreachable")),
        )
        self._number = _number(coordinator, source)

    @override
    def followed_resources(self) -> tuple[str, ...]:
        """Return the capability and its device."""
        return tuple(dict.fromkeys((self.resource, self.device_id)))

    @property
    @override
    def name(self) -> Any:
        """Return the name, with a number where a device has several of a kind."""
        name = super().name
        if self._number is None:
            return name
        return f"{name} {self._number}" if isinstance(name, str) else f"{self.source.type} {self._number}"

    @override
    def device_available(self) -> bool:
        """Say whether the hub's radio reaches the device."""
        return self.coordinator.model.reachable(self.device_id)

    def value(self, name: str) -> Any:
        """Return the value of a property, None if it is not known."""
        return self.source.state.get(name)

    async def async_act(self, kind: str, **params: Any) -> None:
        """Have the hub act on the source.

        Raises:
            HomeAssistantError: It failed.

        """
        await self.async_command(self.coordinator.async_act(kind, self.source, **params))


def _number(coordinator: LivisiCoordinator, source: Resource) -> int | None:
    """Return which of several capabilities of a type this is, from 1; None for the only one."""
    if source.is_device:
        return None
    twins = [item for item in coordinator.model.capabilities_of(source.device_id) if item.type == source.type]
    return twins.index(source) + 1 if len(twins) > 1 else None


def number(value: Any) -> float | int | None:
    """Return a number; some hubs write it as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None


def flag(value: Any) -> bool | None:
    """Return a yes or no."""
    return value if isinstance(value, bool) else None


# Properties that an actuator's or an event's own entity stands for.
OWN: Final[Mapping[str, frozenset[str]]] = {
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
# Shown elsewhere, or nothing that anybody would want to see.
_LEFT_OUT: Final = frozenset(
    {"configVersion", "currentUTCOffset", "currentUtcOffset", "discoveryActive", "firmwareVersion"}
)
# What may name a person, a place or a network stays out of states.
_PRIVATE: Final = ("address", "ssid", "hash", "host", "location", "serial", "mail", "token", "password", "user")


def leftovers(
    coordinator: LivisiCoordinator, device_id: str, known: AbstractSet[str]
) -> Iterator[tuple[Resource, str, Any]]:
    """Yield the properties of a device that no table knows: resource, name and value.

    Hubs have drivers for things that no document tells of.
    """
    for resource in coordinator.model.resources_of(device_id):
        own = OWN.get(resource.type, frozenset())
        for name, value in resource.state.items():
            if value is None or name in known or name in own or name in _LEFT_OUT:
                continue
            if not any(part in name.lower() for part in _PRIVATE):
                yield resource, name, value


def spoken(name: str) -> str:
    """Return a property's name in words: ``noiseLevel`` is "Noise level"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).split(" ")
    told = " ".join(word if word.isupper() else word.lower() for word in words)
    return told[:1].upper() + told[1:]
