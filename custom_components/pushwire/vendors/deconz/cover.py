"""Window coverings and dampers of a deCONZ gateway; 100 is open, as in Home Assistant."""

from collections.abc import Iterable
from datetime import datetime
from statistics import mean
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.cover import (
    ATTR_POSITION,
    ATTR_TILT_POSITION,
    CoverDeviceClass,
    CoverEntity,
    CoverEntityFeature,
)
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_call_later

from ...wire.stream import ConnectionState
from ...wire.values import as_bool, number
from .api.model import Resource
from .entity import DeconzEntity, resources
from .group import GroupEntity
from .placement import is_cover

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

# What a type is where the device does not tell more.
CLASSES: Final[dict[str, CoverDeviceClass | None]] = {
    "level controllable output": CoverDeviceClass.DAMPER,
    "window covering controller": CoverDeviceClass.SHADE,
    "window covering device": None,
}
# ``windowcoveringtype`` of the ZigBee cluster library, in the order of its numbers from 0 on.
COVER_TYPES: Final = {
    "rollershade": CoverDeviceClass.SHADE,
    "rollershade_2_motors": CoverDeviceClass.SHADE,
    "rollershade_exterior": CoverDeviceClass.SHADE,
    "rollershade_exterior_2_motors": CoverDeviceClass.SHADE,
    "drapery": CoverDeviceClass.CURTAIN,
    "awning": CoverDeviceClass.AWNING,
    "shutter": CoverDeviceClass.SHUTTER,
    "tilt_blind_tilt_only": CoverDeviceClass.BLIND,
    "tilt_blind_lift_and_tilt": CoverDeviceClass.BLIND,
    "projector_screen": CoverDeviceClass.SHADE,
}
# Other ways to write them, as words without anything between.
_SPELLINGS: Final = {
    **{name.replace("_", ""): name for name in COVER_TYPES},
    "rollershade2motor": "rollershade_2_motors",
    "rollershadeexterior2motor": "rollershade_exterior_2_motors",
    "curtain": "drapery",
    "tiltblind": "tilt_blind_tilt_only",
    "tiltblindliftandtilt": "tilt_blind_lift_and_tilt",
}
# A covering that tells no new position for so long stands still, in seconds.
IDLE_SECONDS: Final = 5
# The older items count in steps of a light's brightness.
MAX_OLD_POSITION: Final = 254


def cover_type_of(value: Any) -> str | None:
    """Return what a covering is, from the number or the words of the gateway."""
    if isinstance(value, str) and not value.isdecimal():
        return _SPELLINGS.get("".join(letter for letter in value.lower() if letter.isalnum()))
    which = number(value)
    return next((name for index, name in enumerate(COVER_TYPES) if index == which), None)


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzEntity]:
    """Build a cover for each covering or damper of a device, and for a group with any."""
    for resource in resources(coordinator, device_id, "lights"):
        if is_cover(resource):
            yield DeconzCover(coordinator, resource)
    for group in resources(coordinator, device_id, "groups"):
        if any(map(is_cover, coordinator.model.members(group))):
            yield GroupCover(coordinator, group)


def position_of(resource: Resource, *, tilt: bool = False) -> int | None:
    """Return how far a covering is open in percent, by the new items or those of old gateways."""
    new = _is_new(resource)
    item = ("tilt" if new else "sat") if tilt else "lift" if new else "bri"
    value = number(resource.state.get(item))
    if value is None:
        return None
    return 100 - round(min(max(value if new else value * 100 / MAX_OLD_POSITION, 0), 100))


def is_closed(resource: Resource) -> bool | None:
    """Return whether a covering is closed."""
    told = as_bool(resource.state.get("open"))
    if told is not None:
        return not told
    closed = None if _is_new(resource) else as_bool(resource.state.get("on"))
    if closed is None and (position := position_of(resource)) is not None:
        return position == 0
    return closed


def _is_new(resource: Resource) -> bool:
    return any(item in resource.state for item in ("open", "lift", "tilt"))


ITEMS: Final = tuple(f"state.{item}" for item in ("open", "lift", "tilt", "on", "bri", "sat"))


class DeconzCover(DeconzEntity, CoverEntity):
    """A covering or damper.

    Older gateways tell of it as of a light: ``on`` is closed, ``bri`` how far, ``sat``
    the tilt. None tells whether it moves: that follows from what it was told to do and
    from the positions it passes.
    """

    _attr_name = None

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Take what it can do from its items."""
        super().__init__(coordinator, resource, "", *ITEMS, "config.windowcoveringtype")
        self._target: int | None = None
        self._position: int | None = None
        self._direction = 0
        self._ending: CALLBACK_TYPE | None = None
        self.update_capabilities()

    def update_capabilities(self) -> None:
        """Take what it can do from its items, some of which may come later."""
        new = self._new = _is_new(self.source)
        self._lift = "lift" if new else "bri"
        self._tilt = "tilt" if new else "sat"
        covering = cover_type_of(self.source.get("config.windowcoveringtype"))
        usual = CLASSES.get(self.source.type.lower())
        self._attr_device_class = COVER_TYPES[covering] if covering is not None else usual
        features = CoverEntityFeature.OPEN | CoverEntityFeature.CLOSE
        if self.source.has(f"state.{self._lift}"):
            features |= CoverEntityFeature.STOP | CoverEntityFeature.SET_POSITION
        if self.source.has(f"state.{self._tilt}"):
            features |= (
                CoverEntityFeature.OPEN_TILT
                | CoverEntityFeature.CLOSE_TILT
                | CoverEntityFeature.STOP_TILT
                | CoverEntityFeature.SET_TILT_POSITION
            )
        self._attr_supported_features = features

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Stop to wait for its end."""
        self._cancel()

    @override
    def _update_attrs(self) -> None:
        """Read position, tilt and whether it is closed, and follow its way."""
        self.update_capabilities()
        self._attr_current_cover_position = position_of(self.source)
        self._attr_current_cover_tilt_position = position_of(self.source, tilt=True)
        self._attr_is_closed = is_closed(self.source)
        self._follow(self._attr_current_cover_position)
        self._attr_is_opening = self._direction > 0
        self._attr_is_closing = self._direction < 0

    def _follow(self, position: int | None) -> None:
        """Say where it moves to, if it has moved since."""
        before, self._position = self._position, position
        if position is None or before is None or position == before:
            return
        if self.coordinator.connection_state is not ConnectionState.LIVE:
            # Nobody knows when it moved while there was no link.
            return
        if self._target is not None:
            # A gateway may tell the target at once and only then the way to it.
            self._direction = _sign(self._target - position)
        else:
            self._direction = 0 if position in (0, 100) else _sign(position - before)
        if self._direction:
            self._wait()

    @callback
    def _start(self, target: int) -> None:
        """Begin to move to where it was told to."""
        if self._position is None or not self.added:
            return
        self._target = target
        self._direction = _sign(target - self._position)
        self._wait()
        self._show()

    @callback
    def _show(self) -> None:
        self._update_attrs()
        self.async_write_ha_state()

    @callback
    def _wait(self) -> None:
        self._cancel()
        self._ending = async_call_later(self.hass, IDLE_SECONDS, self._on_still)

    @callback
    def _on_still(self, _now: datetime) -> None:
        self._ending = None
        self._stop()

    @callback
    def _stop(self) -> None:
        self._cancel()
        self._target = None
        self._direction = 0
        self._show()

    @callback
    def _cancel(self) -> None:
        if self._ending is not None:
            self._ending()
            self._ending = None

    async def _move(self, item: str, position: int) -> None:
        closed = 100 - position
        await self.async_put("state", **{item: closed if self._new else round(closed * MAX_OLD_POSITION / 100)})

    @override
    async def async_open_cover(self, **kwargs: Any) -> None:
        """Open it wholly."""
        await self.async_put("state", **({"open": True} if self._new else {"on": False}))
        self._start(100)

    @override
    async def async_close_cover(self, **kwargs: Any) -> None:
        """Close it wholly."""
        await self.async_put("state", **({"open": False} if self._new else {"on": True}))
        self._start(0)

    @override
    async def async_stop_cover(self, **kwargs: Any) -> None:
        """Hold it where it is."""
        await self.async_put("state", **({"stop": True} if self._new else {"bri_inc": 0}))
        self._stop()

    @override
    async def async_stop_cover_tilt(self, **kwargs: Any) -> None:
        """Hold the slats where they are; the gateway knows one stop for all."""
        await self.async_stop_cover()

    @override
    async def async_set_cover_position(self, **kwargs: Any) -> None:
        """Move it to a position."""
        await self._move(self._lift, kwargs[ATTR_POSITION])
        self._start(kwargs[ATTR_POSITION])

    @override
    async def async_open_cover_tilt(self, **kwargs: Any) -> None:
        """Open the slats."""
        await self._move(self._tilt, 100)

    @override
    async def async_close_cover_tilt(self, **kwargs: Any) -> None:
        """Close the slats."""
        await self._move(self._tilt, 0)

    @override
    async def async_set_cover_tilt_position(self, **kwargs: Any) -> None:
        """Turn the slats."""
        await self._move(self._tilt, kwargs[ATTR_TILT_POSITION])


class GroupCover(GroupEntity, CoverEntity):
    """The coverings of a group, which the gateway can only open and close together."""

    _attr_name = None
    _attr_supported_features = CoverEntityFeature.OPEN | CoverEntityFeature.CLOSE

    def __init__(self, coordinator: DeconzCoordinator, group: Resource) -> None:
        """Follow where the members are."""
        super().__init__(coordinator, group, *ITEMS)

    @override
    def includes(self, member: Resource) -> bool:
        """Say whether a member is a covering."""
        return is_cover(member)

    @override
    def _update_attrs(self) -> None:
        """Compute it from the members; closed if all are."""
        there = [member for member in self.members if member.reachable]
        known = [closed for member in there if (closed := is_closed(member)) is not None]
        self._attr_is_closed = all(known) if known else None
        positions = [position for member in there if (position := position_of(member)) is not None]
        self._attr_current_cover_position = round(mean(positions)) if positions else None

    @override
    async def async_open_cover(self, **kwargs: Any) -> None:
        """Open them all."""
        await self.async_put("action", open=True)

    @override
    async def async_close_cover(self, **kwargs: Any) -> None:
        """Close them all."""
        await self.async_put("action", open=False)


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)
