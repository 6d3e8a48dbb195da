"""Life of ResIOT's downlinks, from the answer to the command and the communications that follow.

Wire code. Times are Unix times in seconds. All reports about a downlink have its reference; each
step is returned once, whichever of them reports it first, and nothing follows a failure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ....lorawan.api.downlink import Downlink, downlink_event
from ....lorawan.api.model import stored_object, stored_text
from ....wire.events import ButtonPress, PushEvent
from ....wire.values import as_float, as_list, as_text, integer
from .frames import CommType, Communication

REQUESTED: Final = "requested"
FAILED: Final = "failed"
ACKNOWLEDGED: Final = "acknowledged"
NOT_CONFIRMED: Final = "not_confirmed"

STEPS: Final[Mapping[CommType | str, str]] = {
    CommType.TX: REQUESTED,
    CommType.GATEWAY_TX: "queued",
    CommType.TX_INFO: "queued",
    CommType.TX_SEND_ACK: "sent",
    CommType.TX_SEND_CONFIRM: "handled",
    CommType.TX_CONFIRM: ACKNOWLEDGED,
}
_FINAL: Final = frozenset({FAILED, ACKNOWLEDGED, NOT_CONFIRMED})
# Uplinks after which a device that was asked for an acknowledgment has not received the downlink: it
# acknowledges with its next uplink, which may be lost.
_MAX_UPLINKS: Final = 2
# Seconds after which a downlink is no longer followed.
MAX_AGE: Final = 86400.0
_MAX_FOLLOWED: Final = 64


@dataclass(slots=True, kw_only=True)
class FollowedDownlink:
    """Downlink that is followed.

    Attributes:
        reference: Reference of all reports.
        requested_at: Time of the first report.
        steps: Steps so far, in their order.
        uplinks: Uplinks of the device since the first report.
        expires_at: Time at which the downlink is no longer followed.

    """

    device_id: str
    reference: str
    port: int | None
    payload: str | None
    confirmed: bool
    requested_at: float
    steps: list[str] = field(default_factory=list)
    uplinks: int = 0
    expires_at: float = float("inf")

    def advance(self, step: str) -> bool:
        """Add a step; return False if it is known or comes after the end."""
        if step in self.steps or not _FINAL.isdisjoint(self.steps):
            return False
        self.steps.append(step)
        return True

    def event(self, step: str, **more: Any) -> ButtonPress:
        """Return the event of a step."""
        attributes = {
            "port": self.port,
            "payload": self.payload,
            "reference": self.reference,
            "confirmed": self.confirmed,
            **more,
        }
        return downlink_event(self.device_id, step, attributes)

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "device": self.device_id,
            "name": self.reference,
            "fport": self.port,
            "data": self.payload,
            "with_ack": self.confirmed,
            "asked_at": self.requested_at,
            "steps": list(self.steps),
            "uplinks_since": self.uplinks,
            "until": min(self.expires_at, self.requested_at + MAX_AGE),
        }

    @classmethod
    def from_stored(cls, data: Any) -> FollowedDownlink:
        """Return the downlink of a stored form.

        Raises:
            NotUnderstood: The data has another shape.

        """
        stored = stored_object(data)
        return cls(
            device_id=stored_text(stored, "device"),
            reference=stored_text(stored, "name"),
            port=integer(stored.get("fport")),
            payload=as_text(stored.get("data")),
            confirmed=stored.get("with_ack") is True,
            requested_at=as_float(stored.get("asked_at")) or 0.0,
            steps=[step for item in as_list(stored.get("steps")) if (step := as_text(item)) is not None],
            uplinks=integer(stored.get("uplinks_since")) or 0,
            expires_at=as_float(stored.get("until")) or 0.0,
        )


class Downlinks:
    """Downlinks that are followed, oldest first."""

    def __init__(self) -> None:
        """Initialize without downlinks."""
        self.items: list[FollowedDownlink] = []

    def request(self, device_id: str, downlink: Downlink, reference: str, now: float) -> FollowedDownlink:
        """Follow a downlink that is about to be requested; reports may precede the answer."""
        item = FollowedDownlink(
            device_id=device_id,
            reference=reference,
            port=downlink.port,
            payload=downlink.payload.hex(),
            confirmed=downlink.confirmed,
            requested_at=now,
            expires_at=now + (MAX_AGE if downlink.expires is None else downlink.expires),
        )
        self._add(item)
        return item

    def find(self, device_id: str, reference: str) -> FollowedDownlink | None:
        """Return the last downlink with a reference."""
        known = (item for item in reversed(self.items) if (item.device_id, item.reference) == (device_id, reference))
        return next(known, None)

    def apply(self, report: Communication, now: float) -> list[PushEvent]:
        """Return the events of a report, of which there may be none."""
        error = as_text(report.fields.get("error"))
        step = FAILED if error else STEPS[report.kind]
        item = self.find(report.dev_eui, report.reference) if report.reference else None
        if item is None:
            item = FollowedDownlink(
                device_id=report.dev_eui,
                reference=report.reference,
                port=report.port,
                payload=report.payload,
                confirmed=report.fields.get("confirmation") is True,
                requested_at=now,
            )
            if report.reference:
                self._add(item)
        if not item.advance(step):
            return []
        more = {"command": report.fields.get("command"), **({"error": error} if error else {})}
        return [item.event(step, **more)]

    def note_uplink(self, device_id: str) -> list[PushEvent]:
        """Return the events of downlinks that a device has not acknowledged with its next uplinks."""
        return [
            item.event(NOT_CONFIRMED)
            for item in self._unconfirmed()
            if item.device_id == device_id and _is_another(item) and item.advance(NOT_CONFIRMED)
        ]

    def expire(self, now: float) -> list[PushEvent]:
        """Return the events of downlinks whose time is over, and forget them."""
        over = [item for item in self.items if now >= min(item.expires_at, item.requested_at + MAX_AGE)]
        events: list[PushEvent] = [
            item.event(NOT_CONFIRMED) for item in over if item.confirmed and item.steps and item.advance(NOT_CONFIRMED)
        ]
        self.items = [item for item in self.items if item not in over]
        return events

    def _unconfirmed(self) -> Iterator[FollowedDownlink]:
        return (item for item in self.items if item.confirmed and item.steps and _FINAL.isdisjoint(item.steps))

    def _add(self, item: FollowedDownlink) -> None:
        self.items = [*self.items, item][-_MAX_FOLLOWED:]


def _is_another(item: FollowedDownlink) -> bool:
    """Count an uplink; return whether it is the last for which a downlink waits."""
    item.uplinks += 1
    return item.uplinks >= _MAX_UPLINKS
