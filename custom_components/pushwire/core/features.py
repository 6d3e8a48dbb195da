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


@dataclass(frozen=True, slots=True, kw_only=True)
class HubAction:
    """Action of a hub.

    Attributes:
        kind: Type of the action, as the vendor names it.
        namespace: Product that implements the action; empty for the hub itself.
        params: Parameters by name.

    """

    kind: str
    namespace: str = ""
    params: Mapping[str, Any]


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


class TimedSwitch(ABC):
    """Switch or light entity that can turn itself off after a while."""

    @abstractmethod
    async def async_turn_on_for(self, seconds: float, brightness: int | None) -> None:
        """Turn on, and off again after a number of seconds.

        Args:
            seconds: Time until the entity turns off.
            brightness: Brightness from 1 to 255; None for the last one.

        Raises:
            HomeAssistantError: The vendor refused the command.

        """


class HubActions(ABC):
    """Coordinator of a hub whose own actions, messages and new devices an administrator may handle."""

    @abstractmethod
    async def async_perform_action(self, target: str, action: HubAction) -> dict[str, Any]:
        """Execute an action of the hub and return its result.

        Args:
            target: Link or ID of the target; empty for the hub itself.
            action: The action.

        Raises:
            WireError: The action is refused, or the hub could not be reached.

        """

    @abstractmethod
    async def async_mark_message_read(self, message_id: str) -> None:
        """Mark a message as read.

        Raises:
            WireError: The message does not exist, or the hub could not be reached.

        """

    @abstractmethod
    async def async_delete_message(self, message_id: str) -> None:
        """Delete a message.

        Raises:
            WireError: The message does not exist, or the hub could not be reached.

        """

    @abstractmethod
    async def async_accept_device(self, found_id: str, name: str) -> None:
        """Include a device that the hub has found.

        Args:
            found_id: ID of the device, as the hub reported it.
            name: Name for the device; empty for the hub's own.

        Raises:
            WireError: The hub has not found the device, refused it, or could not be reached.

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
