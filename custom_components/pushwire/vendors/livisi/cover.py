"""Cover platform for LIVISI."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.cover import (
    ATTR_POSITION,
    CoverDeviceClass,
    CoverEntity,
    CoverEntityFeature,
)
from homeassistant.core import CALLBACK_TYPE, callback

from ...wire.values import number
from .api.model import RAMP_NAMESPACE, SHUTTER, Resource
from .const import CONF_INVERTED
from .entity import LivisiEntity

if TYPE_CHECKING:
    from .coordinator import LivisiCoordinator

# Levels of the hub, which are positions in Home Assistant.
OPEN: Final = 100
CLOSED: Final = 0
SHUTTER_LEVEL: Final = "shutterLevel"
# Difference to the wanted level at which a movement has ended.
TOLERANCE: Final = 2
# Seconds after which a movement has ended that the hub does not report.
MOVEMENT_SECONDS: Final = 90.0


def entities(coordinator: LivisiCoordinator, device_id: str) -> Iterable[LivisiShutter]:
    """Yield the shutters of a device."""
    for capability in coordinator.model.capabilities_of(device_id):
        if capability.type == SHUTTER:
            yield LivisiShutter(coordinator, capability)


class LivisiShutter(LivisiEntity, CoverEntity):
    """Roller shutter."""

    _attr_name = None
    _attr_device_class = CoverDeviceClass.SHUTTER
    _attr_supported_features = (
        CoverEntityFeature.OPEN | CoverEntityFeature.CLOSE | CoverEntityFeature.STOP | CoverEntityFeature.SET_POSITION
    )

    def __init__(self, coordinator: LivisiCoordinator, source: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, source, "", SHUTTER_LEVEL)
        # Level to which a command moves the shutter, and the timer that ends the movement.
        self._target: float | None = None
        self._end_timer: CALLBACK_TYPE | None = None

    @property
    def is_inverted(self) -> bool:
        """Whether the shutter is mounted so that its level 0 is open."""
        return self.source.id in self.coordinator.entry.options.get(CONF_INVERTED, ())

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Cancel the timer."""
        self._end_movement()

    @override
    def _update_attrs(self) -> None:
        """Update position and movement."""
        level = number(self.reported(SHUTTER_LEVEL))
        if level is not None and self._target is not None and abs(level - self._target) <= TOLERANCE:
            self._end_movement()
        position = None if level is None else self._flipped(round(level))
        target = None if self._target is None else self._flipped(round(self._target))
        self._attr_current_cover_position = position
        self._attr_is_closed = None if position is None else position == CLOSED
        self._attr_is_opening = target is not None and position is not None and target > position
        self._attr_is_closing = target is not None and position is not None and target < position

    def _flipped(self, level: int) -> int:
        """Return the position of a level, or the level of a position."""
        return OPEN - level if self.is_inverted else level

    def _end_movement(self) -> None:
        self._target = None
        if self._end_timer is not None:
            self._end_timer()
            self._end_timer = None

    @callback
    def _movement_ended(self) -> None:
        self._end_timer = None
        self._end_movement()
        self._on_change()

    @override
    async def async_open_cover(self, **kwargs: Any) -> None:
        """Open the shutter."""
        await self._move(OPEN)

    @override
    async def async_close_cover(self, **kwargs: Any) -> None:
        """Close the shutter."""
        await self._move(CLOSED)

    @override
    async def async_set_cover_position(self, **kwargs: Any) -> None:
        """Move the shutter to a position."""
        await self._move(kwargs[ATTR_POSITION])

    async def _move(self, position: int) -> None:
        """Move the shutter to a position, and show the movement until the hub reports its end."""
        level = self._flipped(position)
        await self.async_execute("SetState", shutterLevel=level)
        self._end_movement()
        self._target = level
        self._end_timer = self.coordinator.background.call_later(MOVEMENT_SECONDS, self._movement_ended)
        self._on_change()

    @override
    async def async_stop_cover(self, **kwargs: Any) -> None:
        """Stop the shutter."""
        await self.async_command(self.coordinator.async_execute("StopRamp", self.source, RAMP_NAMESPACE))
        self._end_movement()
        self._on_change()
