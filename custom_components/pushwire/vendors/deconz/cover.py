"""Cover platform for deCONZ: window coverings and dampers."""

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

from ...wire.values import as_bool, number
from .api.model import Resource
from .entity import DeconzEntity, resources
from .group import GroupEntity
from .placement import COVER_RESOURCE_TYPES, SWITCHABLE, is_cover

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

DAMPER_TYPE: Final = "level controllable output"
# ``windowcoveringtype`` of the Zigbee Cluster Library, in the order of its numbers from 0.
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
# Spellings of these types, without spaces and punctuation.
_SPELLINGS: Final = {
    **{name.replace("_", ""): name for name in COVER_TYPES},
    "rollershade2motor": "rollershade_2_motors",
    "rollershadeexterior2motor": "rollershade_exterior_2_motors",
    "curtain": "drapery",
    "tiltblind": "tilt_blind_tilt_only",
    "tiltblindliftandtilt": "tilt_blind_lift_and_tilt",
}
# Seconds without a new position after which a cover has stopped.
IDLE_SECONDS: Final = 5
# Highest value of the older items, which use the scale of a light's brightness.
MAX_OLD_POSITION: Final = 254
# Percent.
CLOSED: Final = 100


def cover_type_of(value: Any) -> str | None:
    """Return the type of a cover, from the gateway's number or words."""
    if isinstance(value, str) and not value.isdecimal():
        return _SPELLINGS.get("".join(letter for letter in value.lower() if letter.isalnum()))
    index_reported = number(value)
    return next((name for index, name in enumerate(COVER_TYPES) if index == index_reported), None)


def device_class_of(resource: Resource) -> CoverDeviceClass | None:
    """Return the device class of a cover, from the type that the device reports, its items and its resource type."""
    cover_type = cover_type_of(resource.get("config.windowcoveringtype"))
    if cover_type is not None:
        return COVER_TYPES[cover_type]
    resource_type = resource.type.lower()
    if resource_type == DAMPER_TYPE:
        return CoverDeviceClass.DAMPER
    if resource.has("state.tilt"):
        return CoverDeviceClass.BLIND
    return CoverDeviceClass.SHADE if resource_type in COVER_RESOURCE_TYPES else None


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzEntity]:
    """Yield the covers of a device, or the cover of a group."""
    for resource in resources(coordinator, device_id, "lights"):
        if is_cover(resource):
            yield DeconzCover(coordinator, resource)
    for group in resources(coordinator, device_id, "groups"):
        if any(map(is_cover, coordinator.model.members(group))):
            yield GroupCover(coordinator, group)


def position_of(resource: Resource, *, tilt: bool = False) -> int | None:
    """Return the position in percent (100 is open), from the new items or those of older gateways."""
    if _is_new(resource):
        return _percentage(resource.state.get("tilt" if tilt else "lift"))
    return _old_percentage(resource.state.get("sat" if tilt else "bri"))


def _percentage(value: Any) -> int | None:
    """Return the position in percent (100 is open) of a new item."""
    if type(value) is int and 0 <= value <= CLOSED:
        # Nearly every value, and this runs with each position of a movement.
        return CLOSED - value
    return None if (closed := number(value)) is None else CLOSED - min(max(round(closed), 0), CLOSED)


def _old_percentage(value: Any) -> int | None:
    """Return the position in percent (100 is open) of an item of older gateways."""
    return None if (closed := number(value)) is None else _percentage(closed * CLOSED / MAX_OLD_POSITION)


def is_closed(resource: Resource) -> bool | None:
    """Return whether a cover is closed."""
    is_open = as_bool(resource.state.get("open"))
    if is_open is not None:
        return not is_open
    closed = None if _is_new(resource) else as_bool(resource.state.get("on"))
    if closed is None and (position := position_of(resource)) is not None:
        return position == 0
    return closed


def _is_new(resource: Resource) -> bool:
    state = resource.state
    return "lift" in state or "open" in state or "tilt" in state


ITEMS: Final = tuple(f"state.{item}" for item in ("open", "lift", "tilt", "on", "bri", "sat"))


class DeconzCover(DeconzEntity, CoverEntity):
    """Window covering or damper.

    Older gateways report a cover like a light: ``on`` means closed, ``bri`` is the
    position and ``sat`` the tilt. No gateway reports whether a cover is moving; this is
    inferred from commands and position updates.
    """

    _attr_name = None

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, "", *ITEMS, "config.windowcoveringtype")
        self._target: int | None = None
        self._position: int | None = None
        self._direction = 0
        # What the state shows besides the position, as the gateway reports it, and the direction.
        self._shown: tuple[Any, ...] | None = None
        self._cancel_timer: CALLBACK_TYPE | None = None
        # Start of the timer, on the clock of the event loop.
        self._waiting_since = 0.0
        self._revision = -1
        self.update_capabilities()

    def update_capabilities(self) -> None:
        """Update the features from the items, some of which may come later."""
        if self._revision == self.source.revision:
            return
        self._revision = self.source.revision
        self._shown = None
        new = self._new = _is_new(self.source)
        self._percentage = _percentage if new else _old_percentage
        self._lift = "lift" if new else "bri"
        self._tilt = "tilt" if new else "sat"
        self._attr_device_class = device_class_of(self.source)
        features = CoverEntityFeature.OPEN | CoverEntityFeature.CLOSE
        if self.source.has(f"state.{self._lift}"):
            features |= CoverEntityFeature.STOP | CoverEntityFeature.SET_POSITION
        elif self.source.has("state.open"):
            # The gateway accepts the command of a cover without a position as well.
            features |= CoverEntityFeature.STOP
        if self.source.has(f"state.{self._tilt}"):
            features |= (
                CoverEntityFeature.OPEN_TILT
                | CoverEntityFeature.CLOSE_TILT
                | CoverEntityFeature.STOP_TILT
                | CoverEntityFeature.SET_TILT_POSITION
            )
        self._attr_supported_features = features

    @property
    @override
    def current_cover_position(self) -> int | None:
        """Position in percent; not cached, since it is nearly always new when it is read."""
        return self._position

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Cancel the timer."""
        self._cancel()

    @override
    def _update_attrs(self) -> None:
        """Update the position, the tilt and the movement."""
        source = self.source
        if self._revision != source.revision:
            self.update_capabilities()
        state = source.state
        position = self._percentage(state.get(self._lift))
        if position != self._position:
            self._update_direction(position)
        direction = self._direction
        # A movement reports many positions and nothing else.
        shown = (state.get(self._tilt), state.get("open"), state.get("on"), position == 0, direction)
        if shown != self._shown:
            self._shown = shown
            self._attr_current_cover_tilt_position = self._percentage(shown[0])
            self._attr_is_closed = is_closed(source)
            self._attr_is_opening = direction > 0
            self._attr_is_closing = direction < 0

    def _update_direction(self, position: int | None) -> None:
        """Update the direction after a change of the position."""
        before, self._position = self._position, position
        if position is None or before is None:
            return
        if self._availability.lost_at is not None:
            # The time of a movement during a disconnect is unknown.
            return
        if self._target is not None:
            # A gateway may report the target first and then the positions on the way.
            self._direction = _sign(self._target - position)
        elif position in (0, 100):
            self._direction = 0
        else:
            self._direction = 1 if position > before else -1
        if self._direction:
            self._wait()

    @callback
    def _start(self, target: int) -> None:
        """Set the target of a command."""
        if self._position is None or not self.added:
            return
        self._target = target
        self._direction = _sign(target - self._position)
        self._wait()
        self._write()

    @callback
    def _write(self) -> None:
        self._update_attrs()
        self.async_write_ha_state()

    @callback
    def _wait(self) -> None:
        """Expect the next position; those of one second share a timer."""
        now = self.hass.loop.time()
        if self._cancel_timer is not None and now - self._waiting_since < 1:
            return
        self._cancel()
        self._waiting_since = now
        self._cancel_timer = async_call_later(self.hass, IDLE_SECONDS, self._handle_idle)

    @callback
    def _handle_idle(self, _now: datetime) -> None:
        self._cancel_timer = None
        self._stop()

    @callback
    def _stop(self) -> None:
        self._cancel()
        self._target = None
        self._direction = 0
        self._write()

    @callback
    def _cancel(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None

    async def _move(self, item: str, position: int) -> None:
        closed = 100 - position
        await self.async_put("state", **{item: closed if self._new else round(closed * MAX_OLD_POSITION / 100)})

    @override
    async def async_open_cover(self, **kwargs: Any) -> None:
        """Open the cover."""
        await self.async_put("state", **({"open": True} if self._new else {"on": False}))
        self._start(100)

    @override
    async def async_close_cover(self, **kwargs: Any) -> None:
        """Close the cover."""
        await self.async_put("state", **({"open": False} if self._new else {"on": True}))
        self._start(0)

    @override
    async def async_stop_cover(self, **kwargs: Any) -> None:
        """Stop the cover."""
        if not self._new:
            body: dict[str, Any] = {"bri_inc": 0}
        else:
            body = {"stop": True} if self.source.has("state.open") else {"lift": "stop"}
        await self.async_put("state", **body)
        self._stop()

    @override
    async def async_stop_cover_tilt(self, **kwargs: Any) -> None:
        """Stop the slats; the gateway has one command that stops all movement."""
        await self.async_stop_cover()

    @override
    async def async_set_cover_position(self, **kwargs: Any) -> None:
        """Move the cover to a position."""
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
        """Set the tilt of the slats."""
        await self._move(self._tilt, kwargs[ATTR_TILT_POSITION])


class GroupCover(GroupEntity, CoverEntity):
    """Covers of a group, which the gateway can only open and close."""

    _attr_supported_features = CoverEntityFeature.OPEN | CoverEntityFeature.CLOSE

    def __init__(self, coordinator: DeconzCoordinator, group: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, group, *ITEMS)
        if coordinator.placement.platform_for(group) in SWITCHABLE:
            # The lights or plugs of the group have its name.
            self._attr_translation_key = "covers"
        else:
            self._attr_name = None

    @override
    def includes(self, member: Resource) -> bool:
        """Return whether a member is a cover."""
        return is_cover(member)

    @override
    def _update_attrs(self) -> None:
        """Update the state from the members; closed if all are closed."""
        reachable = [member for member in self.members if member.reachable]
        closed_states = [closed for member in reachable if (closed := is_closed(member)) is not None]
        self._attr_is_closed = all(closed_states) if closed_states else None
        positions = [position for member in reachable if (position := position_of(member)) is not None]
        self._attr_current_cover_position = round(mean(positions)) if positions else None

    @override
    async def async_open_cover(self, **kwargs: Any) -> None:
        """Open the covers."""
        await self.async_put("action", open=True)

    @override
    async def async_close_cover(self, **kwargs: Any) -> None:
        """Close the covers."""
        await self.async_put("action", open=False)


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)
