"""Features of a vendor's entities beyond Home Assistant's own actions.

An entity class implements the protocols whose features its device may have; the actions in
``services`` require nothing else of an entity.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..wire.schedule import ScheduleDays


@dataclass(frozen=True, slots=True, kw_only=True)
class Gradient:
    """Color gradient along a light.

    Attributes:
        points: Colors in CIE xy, from one end to the other.
        style: Vendor's name of the layout, or None.
        segments: Number of repetitions, or None.
        offset: Number of segments by which the colors are shifted, or None.

    """

    points: tuple[tuple[float, float], ...]
    style: str | None = None
    segments: int | None = None
    offset: int | None = None


class GradientLight(ABC):
    """Light entity that may support gradients."""

    @abstractmethod
    async def async_set_gradient(self, gradient: Gradient) -> None:
        """Set a gradient.

        Raises:
            HomeAssistantError: The light does not support gradients, or the vendor refused the command.

        """


class SceneGroup(ABC):
    """Entity of a group that can have scenes stored by the vendor."""

    @abstractmethod
    async def async_create_scene(self, name: str) -> None:
        """Save the current state of the group as a new scene.

        Raises:
            HomeAssistantError: The vendor refused the command.

        """


class StoredScene(ABC):
    """Scene entity of a scene stored by the vendor."""

    @property
    @abstractmethod
    def lights(self) -> Mapping[str, str]:
        """IDs of the lights that can be part of the scene, by the unique ID of their entity."""

    @abstractmethod
    async def async_set_scene_light(self, light: str, state: Mapping[str, Any]) -> None:
        """Set the stored state of one light, without changing the light itself.

        Args:
            light: One of the IDs in ``lights``.
            state: ``turned_on``, and attributes named as in Home Assistant's ``light.turn_on``.

        Raises:
            HomeAssistantError: The vendor refused the command.

        """

    @abstractmethod
    async def async_delete_scene(self) -> None:
        """Delete the scene from the vendor's system.

        Raises:
            HomeAssistantError: The vendor refused the command.

        """


class ScheduledClimate(ABC):
    """Climate entity whose device may follow a weekly schedule of its own."""

    @abstractmethod
    def schedule(self) -> tuple[ScheduleDays, ...]:
        """Return the schedule.

        Raises:
            HomeAssistantError: The device does not have one.

        """

    @abstractmethod
    async def async_set_schedule(self, schedule: tuple[ScheduleDays, ...]) -> None:
        """Set the schedule.

        Raises:
            HomeAssistantError: The device does not have one, or the vendor refused the command.

        """


class TouchlinkGateway(ABC):
    """Coordinator of a gateway that reaches lights close to it by Touchlink, in whichever network they are."""

    @abstractmethod
    async def async_touchlink_scan(self) -> list[dict[str, Any]]:
        """Return the lights that a scan finds, with ``address``, ``factory_new``, ``channel`` and ``rssi``.

        Raises:
            WireError: The gateway refused the command or could not be reached.

        """

    @abstractmethod
    async def async_touchlink_identify(self, address: str) -> None:
        """Let a light of the last scan blink.

        Raises:
            WireError: No such light was found, or the gateway refused the command.

        """

    @abstractmethod
    async def async_touchlink_reset(self, address: str) -> None:
        """Reset a light of the last scan to its factory settings.

        Raises:
            WireError: No such light was found, or the gateway refused the command.

        """
