"""Application of ResIOT's communications to the LoRaWAN model, and the model of its gateways.

Wire code.
"""

from dataclasses import dataclass, field, replace
from statistics import median
from time import time
from typing import Any, Final

from ....lorawan.api.downlink import NETWORK
from ....lorawan.api.meaning import apply_values
from ....lorawan.api.model import (
    DeviceDetails,
    LorawanDevice,
    Radio,
    stored_numbers,
    stored_object,
    stored_text,
)
from ....wire.events import ButtonPress, PushEvent
from ....wire.values import as_float
from .downlinks import STEPS
from .frames import CommType, Communication

# A gateway is overdue after several of its keep-alive intervals, or after the default
# while the interval is unknown; in seconds.
OVERDUE_KEEP_ALIVES: Final = 3.0
MIN_OVERDUE_SECONDS: Final = 60.0
DEFAULT_OVERDUE_SECONDS: Final = 900.0
_MAX_INTERVALS: Final = 9
# A time of a device that is further ahead comes from a clock that was wrong; in seconds.
MAX_CLOCK_DIFFERENCE: Final = 3600.0
# Communications that show that their gateways work.
GATEWAY_ACTIVITY: Final = frozenset({CommType.GATEWAY_ALIVE, CommType.GATEWAY_RX, CommType.JOIN, CommType.RX})

# Communications that a gateway may hold back while it has no connection.
HELD_BY_GATEWAYS: Final = frozenset({CommType.JOIN, CommType.RX})
# Communications about an end device.
DEVICE_COMMUNICATIONS: Final = frozenset({CommType.JOIN, CommType.RX, *STEPS})


# Seconds by which a communication may arrive later than a newer one; a time further ahead
# was set by a clock that was wrong.
MAX_DELAY: Final = 60.0


@dataclass(slots=True)
class Gateway:
    """LoRaWAN gateway.

    Attributes:
        last_alive: Time of the last keep-alive or reception.
        last_keep_alive: Time of the last keep-alive.
        intervals: Seconds between the last keep-alives.

    """

    eui: str
    name: str
    last_alive: float | None = None
    last_keep_alive: float | None = None
    intervals: list[float] = field(default_factory=list)
    online: bool = False

    def note_activity(self, at: float, *, is_keep_alive: bool) -> None:
        """Update the gateway from a keep-alive or a reception."""
        if is_keep_alive:
            if self.last_keep_alive is not None and at > self.last_keep_alive:
                self.intervals = [*self.intervals, at - self.last_keep_alive][-_MAX_INTERVALS:]
            self.last_keep_alive = at
        if self.last_alive is None or not at <= self.last_alive <= at + MAX_DELAY:
            self.last_alive = at
        self.online = True

    @property
    def interval(self) -> float | None:
        """Usual seconds between two keep-alives, or None while they are unknown."""
        return median(self.intervals) if len(self.intervals) > 1 else None

    def is_overdue(self, now: float, connected_since: float) -> bool:
        """Return whether the gateway missed its expected keep-alives.

        Args:
            now: Unix time.
            connected_since: Unix time of the last connection to the server.

        """
        if (interval := self.interval) is not None:
            limit = max(interval * OVERDUE_KEEP_ALIVES, MIN_OVERDUE_SECONDS)
        else:
            limit = DEFAULT_OVERDUE_SECONDS
        return now - max(self.last_alive or 0.0, connected_since) > limit

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "id": self.eui,
            "label": self.name,
            "active_at": self.last_alive,
            "keep_alive_at": self.last_keep_alive,
            "observed_intervals": list(self.intervals),
            "is_online": self.online,
        }

    @classmethod
    def from_stored(cls, data: Any) -> Gateway:
        """Return the gateway of a stored form.

        Raises:
            NotUnderstood: The data has another shape.

        """
        stored = stored_object(data)
        return cls(
            eui=stored_text(stored, "id"),
            name=stored_text(stored, "label"),
            last_alive=as_float(stored.get("active_at")),
            last_keep_alive=as_float(stored.get("keep_alive_at")),
            intervals=stored_numbers(stored.get("observed_intervals")),
            online=stored.get("is_online") is True,
        )


def event_of(item: Communication) -> PushEvent | None:
    """Return the event of an uplink or a join."""
    if item.kind is CommType.RX:
        return PushEvent(resource=item.dev_eui, kind="uplink", attributes={"port": item.port, "payload": item.payload})
    if item.kind is CommType.JOIN:
        return ButtonPress(
            resource=item.dev_eui,
            kind="join",
            attributes={"gateways": list(item.gateways)},
            device_id=item.dev_eui,
            subtype=NETWORK,
        )
    return None


def apply_communication(device: LorawanDevice, item: Communication, at: float) -> set[str]:
    """Apply a communication about an end device; return the names of the changed properties.

    Args:
        device: End device.
        item: Communication.
        at: Time of the communication by the clock of this host.

    """
    now = time()
    changed = device.put_back(max(at, now) + MAX_DELAY, at)
    details = DeviceDetails(dev_eui=item.dev_eui)
    if item.app_eui:
        details |= {"app_eui": item.app_eui, "dev_eui_raw": item.dev_eui_raw}
    changed |= device.update(**details)
    if item.kind is CommType.RX:
        changed |= device.note_uplink(at, item.radio, item.payload or "")
    return changed | apply_values(device, item.values, at)


def apply_last_message(device: LorawanDevice, message: Communication, at: float) -> set[str]:
    """Apply the last message before the connection to an end device; return the names of the changed properties.

    It fires no event: a press that it reports is over.

    Args:
        device: End device.
        message: Message, of which the server may report nothing but the time.
        at: Time of the message by the clock of this host.

    """
    changed = device.note_uplink(at, None if message.radio == Radio() else message.radio, message.payload)
    changed |= apply_values(device, message.values, at)
    device.take_presses()
    return changed


def add_reception(device: LorawanDevice, item: Communication, before: set[str]) -> set[str]:
    """Add the reception of an uplink by a further gateway; return the names of the changed properties.

    Args:
        device: End device.
        item: Communication that repeats the uplink.
        before: Gateways that have reported the uplink before.

    """
    radio, further = device.radio, item.radio
    if radio.frame_counter != further.frame_counter:
        # A newer uplink is shown.
        return set()
    is_better = further.rssi is not None and (radio.rssi is None or further.rssi > radio.rssi)
    count = len(before.union(item.gateways)) or None
    return device.update_radio(replace(further if is_better else radio, gateway_count=count))
