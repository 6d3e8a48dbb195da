"""Joins, uplinks and downlinks of ResIOT's devices, and what scenes push."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from ...lorawan.event import (
    DOWNLINK,
    JOIN,
    UPLINK,
    LorawanEvent,
    LorawanEventDescription,
)

if TYPE_CHECKING:
    from .coordinator import ResiotCoordinator

PUSH: Final = LorawanEventDescription(
    key="push",
    translation_key="push",
    kinds=("push",),
    entity_registry_enabled_default=False,
)


def entities(coordinator: ResiotCoordinator, device_id: str) -> Iterable[LorawanEvent]:
    """Build the events of a device or of the account."""
    if device_id in coordinator.devices:
        for description in (JOIN, UPLINK, DOWNLINK):
            yield LorawanEvent(coordinator, device_id, description)
    elif device_id == coordinator.hub_id:
        yield LorawanEvent(coordinator, device_id, PUSH)
