"""Repetitions of uplinks, which are passed on once.

Wire code. The platform sends a packet again after completing it, preloads it into each of its
readings, and may store a frame that several gateways have received under several IDs.
"""

from collections.abc import Hashable
from typing import Final

from .frames import Packet
from .model import RecentIds

# Seconds within which a frame with the same counter and payload is the same uplink.
_MAX_AGE: Final = 300.0


def uplink_key(packet: Packet) -> Hashable:
    """Return what all packets of one uplink have in common; without a counter, the ID."""
    counter = packet.radio.frame_counter
    return packet.id if counter is None else (counter, packet.radio.port, packet.payload)


class PassedOn:
    """Uplinks that have been passed on."""

    def __init__(self) -> None:
        """Initialize without an uplink."""
        self._packets = RecentIds()
        # Last uplink of each device, with its time.
        self._last: dict[str, tuple[Hashable, float]] = {}

    def add(self, device_id: str, packet: Packet, now: float) -> bool:
        """Return whether the uplink of a packet is new."""
        if not self._packets.add(packet.id):
            return False
        key = uplink_key(packet)
        before, at = self._last.get(device_id, (None, 0.0))
        self._last[device_id] = (key, now)
        return key != before or now - at > _MAX_AGE
