"""Window coverings and dampers of a deCONZ gateway; 100 is open, as in Home Assistant."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.cover import (
    ATTR_POSITION,
    ATTR_TILT_POSITION,
    CoverDeviceClass,
    CoverEntity,
    CoverEntityFeature,
)

from .convert import flag, number
from .entity import DeconzEntity, resources
from .model import Resource

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

# What a type is where the device does not tell more.
CLASSES: Final[dict[str, CoverDeviceClass | None]] = {
    "level controllable output": CoverDeviceClass.DAMPER,
    "window covering controller": CoverDeviceClass.SHADE,
    "window covering device": None,
}
# ``windowcoveringtype`` of the ZigBee cluster library.
COVERING_CLASSES: Final = {
    0: CoverDeviceClass.SHADE,
    1: CoverDeviceClass.SHADE,
    2: CoverDeviceClass.SHADE,
    3: CoverDeviceClass.SHADE,
    4: CoverDeviceClass.CURTAIN,
    5: CoverDeviceClass.AWNING,
    6: CoverDeviceClass.SHUTTER,
    7: CoverDeviceClass.BLIND,
    8: CoverDeviceClass.BLIND,
    9: CoverDeviceClass.SHADE,
}
WHOLE: Final = 100
# The older items count in steps of a light's brightness.
OLD_WHOLE: Final = 254


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzCover]:
    """Build a cover for each covering or damper of a device."""
    for resource in resources(coordinator, device_id, "lights"):
        if resource.type.lower() in CLASSES:
            yield DeconzCover(coordinator, resource)


class DeconzCover(DeconzEntity, CoverEntity):
    """A covering or damper.

    Older gateways tell of it as of a light: ``on`` is closed, ``bri`` how far, ``sat``
    the tilt.
    """

    _attr_name = None

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Take what it can do from its items."""
        super().__init__(
            coordinator, resource, "", *(f"state.{item}" for item in ("open", "lift", "tilt", "on", "bri", "sat"))
        )
        self._new = any(resource.has(f"state.{item}") for item in ("open", "lift", "tilt"))
        self._lift = "lift" if self._new else "bri"
        self._tilt = "tilt" if self._new else "sat"
        covering = resource.get("config.windowcoveringtype")
        told = COVERING_CLASSES.get(covering) if isinstance(covering, int) else None
        self._attr_device_class = told or CLASSES[resource.type.lower()]
        features = CoverEntityFeature.OPEN | CoverEntityFeature.CLOSE
        if resource.has(f"state.{self._lift}"):
            features |= CoverEntityFeature.STOP | CoverEntityFeature.SET_POSITION
        if resource.has(f"state.{self._tilt}"):
            features |= (
                CoverEntityFeature.OPEN_TILT | CoverEntityFeature.CLOSE_TILT | CoverEntityFeature.SET_TILT_POSITION
            )
        self._attr_supported_features = features

    @override
    def refresh(self) -> None:
        """Read position, tilt and whether it is closed."""
        self._attr_current_cover_position = self._openness(self._lift)
        self._attr_current_cover_tilt_position = self._openness(self._tilt)
        is_open = flag(self.read("state.open"))
        self._attr_is_closed = flag(self.read("state.on")) if is_open is None and not self._new else _not(is_open)
        if self._attr_is_closed is None and self._attr_current_cover_position is not None:
            self._attr_is_closed = self._attr_current_cover_position == 0

    def _openness(self, item: str) -> int | None:
        value = number(self.read(f"state.{item}"))
        if value is None:
            return None
        closed = value if self._new else value * WHOLE / OLD_WHOLE
        return WHOLE - round(min(max(closed, 0), WHOLE))

    async def _move(self, item: str, openness: int) -> None:
        closed = WHOLE - openness
        await self.async_put("state", **{item: closed if self._new else round(closed * OLD_WHOLE / WHOLE)})

    @override
    async def async_open_cover(self, **kwargs: Any) -> None:
        """Open it wholly."""
        await self.async_put("state", **({"open": True} if self._new else {"on": False}))

    @override
    async def async_close_cover(self, **kwargs: Any) -> None:
        """Close it wholly."""
        await self.async_put("state", **({"open": False} if self._new else {"on": True}))

    @override
    async def async_stop_cover(self, **kwargs: Any) -> None:
        """Hold it where it is."""
        await self.async_put("state", **({"stop": True} if self._new else {"bri_inc": 0}))

    @override
    async def async_set_cover_position(self, **kwargs: Any) -> None:
        """Move it to a position."""
        await self._move(self._lift, kwargs[ATTR_POSITION])

    @override
    async def async_open_cover_tilt(self, **kwargs: Any) -> None:
        """Open the slats."""
        await self._move(self._tilt, WHOLE)

    @override
    async def async_close_cover_tilt(self, **kwargs: Any) -> None:
        """Close the slats."""
        await self._move(self._tilt, 0)

    @override
    async def async_set_cover_tilt_position(self, **kwargs: Any) -> None:
        """Turn the slats."""
        await self._move(self._tilt, kwargs[ATTR_TILT_POSITION])


def _not(value: bool | None) -> bool | None:  # noqa: FBT001
    return None if value is None else not value
