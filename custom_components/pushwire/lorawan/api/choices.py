"""Meanings that a person has chosen for keys of a device, or of all devices of a model.

Wire code.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ...wire.values import as_text, integer
from .inference import SOURCE_USER
from .model import LorawanDevice, ValueDescription

PLATFORMS: Final = ("sensor", "binary_sensor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Meaning of one key.

    Attributes:
        key: Parser's name of the value.
        device: ID of the device, or None for all devices of the model.
        model: Model or parser of the devices, or None for one device.
        name: Name of the entity, or None for the usual one.

    """

    key: str
    device: str | None
    model: str | None
    platform: str
    device_class: str | None
    unit: str | None
    state_class: str | None
    name: str | None
    precision: int | None

    @classmethod
    def from_option(cls, option: Mapping[str, Any]) -> Choice:
        """Return the choice of an option."""
        return cls(
            key=str(option["key"]),
            device=as_text(option.get("device")),
            model=as_text(option.get("model")),
            platform="binary_sensor" if option.get("platform") == "binary_sensor" else "sensor",
            device_class=as_text(option.get("device_class")),
            unit=as_text(option.get("unit")),
            state_class=as_text(option.get("state_class")),
            name=as_text(option.get("name")),
            precision=integer(option.get("precision")),
        )

    def to_option(self) -> dict[str, Any]:
        """Return the form in which the options of an entry hold the choice."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}

    @property
    def scope(self) -> tuple[str | None, str | None, str]:
        """Devices and key of the choice, of which there is one choice at most."""
        return self.device, self.model, self.key

    def describe(self, description: ValueDescription) -> ValueDescription:
        """Return a description with the chosen meaning."""
        return replace(
            description,
            platform=self.platform,
            device_class=self.device_class,
            unit=self.unit,
            state_class=self.state_class,
            precision=self.precision,
            enabled=True,
            source=SOURCE_USER,
        )


class Choices:
    """Choices of an entry."""

    def __init__(self, options: Iterable[Mapping[str, Any]] = ()) -> None:
        """Initialize from the options of an entry."""
        self._by_scope = {choice.scope: choice for choice in map(Choice.from_option, options)}

    def find(self, device: LorawanDevice, key: str) -> Choice | None:
        """Return the choice for a key of a device; one for the device itself comes first."""
        if not self._by_scope:
            return None
        own = self._by_scope.get((device.device_id, None, key))
        return own or self._by_scope.get((None, model_of(device), key))


def model_of(device: LorawanDevice) -> str | None:
    """Return what devices with the same keys have in common: the parser, or else the model."""
    return device.parser or device.model
