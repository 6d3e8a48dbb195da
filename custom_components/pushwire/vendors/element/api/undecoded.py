"""Count of packets that no parser understood.

Wire code. The platform does not report such packets; they are those without a reading.
"""

from typing import Final

from .frames import Packet, PacketType, Reading
from .model import RecentIds

# Seconds after a packet within which its reading arrives. Parsers run before the packet is sent.
READING_TIME: Final = 60.0


class UndecodedPackets:
    """Packets that were received without a reading.

    Attributes:
        count: Number of these packets.

    """

    def __init__(self) -> None:
        """Initialize without packets."""
        self.count = 0
        # Times at which packets without a reading were received.
        self._waiting: dict[str, float] = {}
        self._decoded = RecentIds()

    def note(self, item: Reading | Packet, now: float) -> None:
        """Note a packet, or the reading of one, in any order."""
        if isinstance(item, Reading):
            if item.packet_id is not None:
                self._decoded.add(item.packet_id)
                self._waiting.pop(item.packet_id, None)
        elif item.kind == PacketType.UP and item.is_parsed and item.id not in self._decoded:
            self._waiting.setdefault(item.id, now)

    def check(self, now: float) -> bool:
        """Count the packets whose readings should have arrived; return whether there are any."""
        overdue = [identifier for identifier, at in self._waiting.items() if now - at >= READING_TIME]
        for identifier in overdue:
            del self._waiting[identifier]
        self.count += len(overdue)
        return bool(overdue)
