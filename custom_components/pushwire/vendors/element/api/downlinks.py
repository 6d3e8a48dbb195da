"""Life of ELEMENT's downlinks, from packets and from the states of their actions.

Wire code. Times are Unix times in seconds. Each step of a downlink is returned once,
whichever of the two reports it first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ....lorawan.api.downlink import Downlink
from ....lorawan.api.model import stored_object, stored_text
from ....wire.values import as_datetime, as_float, as_list, as_text, integer
from .frames import Packet, PacketType

REQUESTED: Final = "requested"
SENT: Final = "sent"
ACKNOWLEDGED: Final = "acknowledged"
FAILED: Final = "failed"
EXPIRED: Final = "expired"

# The vendor documents no final states, so they are recognized by the parts of their names.
_STATES: Final[tuple[tuple[str, str], ...]] = (
    ("execut", SENT),
    ("expire", EXPIRED),
    ("cancel", EXPIRED),
    ("timeout", EXPIRED),
    ("fail", FAILED),
    ("error", FAILED),
    ("reject", FAILED),
)
# First and longest pause between two requests for the state of an action.
FIRST_PAUSE: Final = 60.0
MAX_PAUSE: Final = 3600.0
# A downlink is no longer followed afterwards.
MAX_AGE: Final = 7 * 86400.0


@dataclass(slots=True, kw_only=True)
class SentDownlink:
    """Downlink that is followed.

    Attributes:
        action: ID of the action, or empty until the platform has answered.
        reference: Identifier chosen by the sender, or the ID of the action.
        requested_at: Time of the request.
        expires_at: Time at which the platform gives up, or None.
        steps: Steps so far, in their order.
        packet_seen: Whether the packet of the downlink was received.
        next_request: Time of the next request for the state.
        pause: Pause after the next request.

    """

    device_id: str
    port: int
    payload: str
    confirmed: bool
    requested_at: float
    action: str = ""
    reference: str = ""
    expires_at: float | None = None
    steps: list[str] = field(default_factory=list)
    packet_seen: bool = False
    next_request: float = 0.0
    pause: float = FIRST_PAUSE

    @property
    def is_over(self) -> bool:
        """Whether no further step can follow."""
        last = ACKNOWLEDGED if self.confirmed else SENT
        return bool(self.steps) and self.steps[-1] in (last, FAILED, EXPIRED)

    def advance(self, step: str) -> list[str]:
        """Add a step unless it is known; return the new steps, of which there may be none."""
        if step in self.steps or self.is_over:
            return []
        self.steps.append(step)
        # Until the platform has answered, the steps have no ID.
        return [step] if self.action else []

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "device": self.device_id,
            "fport": self.port,
            "data": self.payload,
            "with_ack": self.confirmed,
            "asked_at": self.requested_at,
            "action": self.action,
            "name": self.reference,
            "until": self.expires_at,
            "steps": list(self.steps),
            "was_seen": self.packet_seen,
        }

    @classmethod
    def from_stored(cls, data: Any) -> SentDownlink:
        """Return the downlink of a stored form.

        Raises:
            NotUnderstood: The data has another shape.

        """
        stored = stored_object(data)
        action = stored_text(stored, "action")
        return cls(
            device_id=stored_text(stored, "device"),
            port=integer(stored.get("fport")) or 0,
            payload=as_text(stored.get("data")) or "",
            confirmed=stored.get("with_ack") is True,
            requested_at=as_float(stored.get("asked_at")) or 0.0,
            action=action,
            reference=as_text(stored.get("name")) or action,
            expires_at=as_float(stored.get("until")),
            steps=[step for item in as_list(stored.get("steps")) if (step := as_text(item)) is not None],
            packet_seen=stored.get("was_seen") is True,
        )


type Step = tuple[SentDownlink, str]


class SentDownlinks:
    """Downlinks that are followed, oldest first."""

    def __init__(self) -> None:
        """Initialize without downlinks."""
        self.items: list[SentDownlink] = []

    def request(self, device_id: str, downlink: Downlink, now: float) -> SentDownlink:
        """Follow a downlink that is about to be requested; its packet may precede the answer."""
        item = SentDownlink(
            device_id=device_id,
            port=downlink.port,
            payload=downlink.payload.hex(),
            confirmed=downlink.confirmed,
            reference=downlink.reference,
            requested_at=now,
            next_request=now + FIRST_PAUSE,
            steps=[REQUESTED],
        )
        self.items.append(item)
        return item

    def accept(self, item: SentDownlink, action: Mapping[str, Any]) -> list[Step]:
        """Return the steps of a downlink that the platform has accepted."""
        item.action = as_text(action.get("id")) or ""
        item.reference = item.reference or item.action
        item.expires_at = _time_of(action.get("cancel_after"))
        if not item.action:
            # Without an ID, the downlink cannot be followed.
            self.items.remove(item)
        return [(item, step) for step in item.steps]

    def apply_packet(self, packet: Packet) -> list[Step] | None:
        """Return the steps that a new packet shows, or None if the packet is of no followed downlink."""
        if packet.kind == PacketType.DOWN:
            for item in self._of(packet.device_id):
                if not item.packet_seen and item.payload == packet.payload and packet.radio.port in (None, item.port):
                    item.packet_seen = True
                    return [(item, step) for step in item.advance(SENT)]
        elif packet.kind == PacketType.UP and packet.acknowledges:
            for item in self._of(packet.device_id):
                if item.confirmed and not item.is_over and SENT in item.steps:
                    return [(item, step) for step in item.advance(ACKNOWLEDGED)]
        return None

    def apply_action(self, item: SentDownlink, action: Mapping[str, Any]) -> list[Step]:
        """Return the steps that the state of an action shows."""
        item.expires_at = _time_of(action.get("cancel_after")) or item.expires_at
        state = (as_text(action.get("state")) or "").lower()
        step = next((step for part, step in _STATES if part in state), None)
        return [] if step is None else [(item, step) for step in item.advance(step)]

    def expire(self, now: float) -> list[Step]:
        """Return the steps of downlinks that were not sent in time, and forget the ones that are over."""
        steps = [
            (item, step)
            for item in self.items
            if item.expires_at is not None and item.expires_at < now and SENT not in item.steps and item.action
            for step in item.advance(EXPIRED)
        ]
        self.items = [item for item in self.items if now - item.requested_at < _followed_for(item)]
        return steps

    def due(self, now: float) -> Iterator[SentDownlink]:
        """Yield the downlinks whose state is to be requested, with growing pauses."""
        for item in list(self.items):
            if item.action and SENT not in item.steps and not item.is_over and item.next_request <= now:
                item.next_request = now + item.pause
                item.pause = min(2 * item.pause, MAX_PAUSE)
                yield item

    def _of(self, device_id: str) -> Iterator[SentDownlink]:
        return (item for item in self.items if item.device_id == device_id)


def _followed_for(item: SentDownlink) -> float:
    # The packet of a downlink that is known to be sent may still arrive, and is not another one.
    return 0.0 if item.is_over and (item.packet_seen or item.steps[-1] != SENT) else MAX_AGE


def _time_of(value: Any) -> float | None:
    return None if (time := as_datetime(value)) is None else time.timestamp()
