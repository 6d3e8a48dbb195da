"""What lights, groups and scenes of a vendor can do beyond Home Assistant's own actions."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Gradient:
    """Colours along a lamp.

    Attributes:
        points: The colours in CIE xy, from one end to the other.
        style: The vendor's word for how they are laid out, or None.
        segments: How often they are repeated, or None.
        offset: How many segments they are shifted by, or None.

    """

    points: tuple[tuple[float, float], ...]
    style: str | None = None
    segments: int | None = None
    offset: int | None = None


class GradientLight(ABC):
    """A light entity that may be able to show a gradient."""

    @abstractmethod
    async def async_set_gradient(self, gradient: Gradient) -> None:
        """Show a gradient.

        Raises:
            HomeAssistantError: The lamp cannot, or the vendor refused it.

        """


class SceneGroup(ABC):
    """An entity of a group that the vendor can keep scenes of."""

    @abstractmethod
    async def async_create_scene(self, name: str) -> None:
        """Keep what the group shows as a new scene.

        Raises:
            HomeAssistantError: The vendor refused it.

        """


class StoredScene(ABC):
    """A scene entity that stands for a scene kept by the vendor."""

    @property
    @abstractmethod
    def lights(self) -> AbstractSet[str]:
        """Return the unique ids of the entities of the lamps that it can show."""

    @abstractmethod
    async def async_set_scene_light(self, light: str, look: Mapping[str, Any]) -> None:
        """Have the scene show a lamp otherwise than it does, whatever the lamp shows now.

        Args:
            light: One of ``lights``.
            look: Whether it is ``turned_on``, and what else, in the names of Home Assistant's ``light.turn_on``.

        Raises:
            HomeAssistantError: The vendor refused it.

        """

    @abstractmethod
    async def async_delete_scene(self) -> None:
        """Delete the scene at the vendor.

        Raises:
            HomeAssistantError: The vendor refused it.

        """
