"""A LoRaWAN device: its radio, its values, and when it is heard.

Wire code. Times are Unix seconds in UTC.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import isfinite
from statistics import median
from time import time
from typing import Any, Final

from .meaning import Meaning

type Scalar = str | float | int | bool | None

# A device is missed after so many of its own intervals, but never before the floor:
# the first intervals after a join are short, and single uplinks get lost.
MISSED_INTERVALS: Final = 3.0
OVERDUE_FLOOR: Final = 2 * 3600.0
# Before any interval is known: many devices report once a day.
OVERDUE_UNKNOWN: Final = 25 * 3600.0
_INTERVALS_KEPT: Final = 9


@dataclass(slots=True)
class Value:
    """One measured value.

    Attributes:
        value: As measured.
        measured_at: When; a value measured earlier never replaces a later one.
        meaning: How it is to be shown; fixed when the key is first seen, for
            statistics break when a unit changes.
        inserted_at: When the server took it in; decides between two values measured
            at the same time.

    """

    value: Scalar
    measured_at: float
    meaning: Meaning
    inserted_at: float = 0.0


@dataclass(slots=True)
class Radio:
    """How the last uplink was received, by the gateway that heard it best.

    Attributes:
        rssi: dBm.
        snr: dB.
        frequency: MHz.
        bandwidth: kHz.
        port: LoRaWAN fPort.
        frame_counter: LoRaWAN FCnt of the uplink.
        gateway: EUI of the gateway.
        gateway_count: How many gateways heard it.

    """

    rssi: float | None = None
    snr: float | None = None
    spreading_factor: int | None = None
    frequency: float | None = None
    bandwidth: float | None = None
    port: int | None = None
    frame_counter: int | None = None
    gateway: str | None = None
    gateway_count: int | None = None


def number(value: Any) -> float | None:
    """Return a finite number, which both platforms write as text in places."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        plain = float(value)
    except OverflowError, ValueError:
        return None
    # NaN and the infinities are no measured values.
    return plain if isfinite(plain) else None


def integer(value: Any) -> int | None:
    """Return a number's whole part."""
    return None if (plain := number(value)) is None else int(plain)


RADIO_FIELDS: Final = tuple(Radio.__dataclass_fields__)


@dataclass(slots=True)
class LorawanDevice:
    """One end device.

    Attributes:
        device_id: The vendor's stable id.
        dev_eui: 16 lower-case hex digits, or whatever the vendor has instead.
        server_interval: Seconds between uplinks as the server knows them, or None.

    """

    device_id: str
    name: str
    dev_eui: str | None = None
    app_eui: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    serial_number: str | None = None
    area: str | None = None
    last_uplink: float | None = None
    payload: str | None = None
    server_interval: float | None = None
    overdue: bool = False
    radio: Radio = field(default_factory=Radio)
    values: dict[str, Value] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    intervals: deque[float] = field(default_factory=lambda: deque(maxlen=_INTERVALS_KEPT))

    def heard(self, at: float) -> set[str]:
        """Note an uplink; returns the names of what changed."""
        if self.last_uplink is not None:
            if at <= self.last_uplink:
                return set()
            self.intervals.append(at - self.last_uplink)
        self.last_uplink = at
        return {"last_uplink"} | self.look_at_clock(time())

    def look_at_clock(self, now: float) -> set[str]:
        """See whether the device is overdue; returns the names of what changed."""
        overdue = self.is_overdue(now)
        if overdue is self.overdue:
            return set()
        self.overdue = overdue
        return {"available"}

    def receive(self, radio: Radio) -> set[str]:
        """Take the radio figures of the newest uplink; returns what changed."""
        changed = {name for name in RADIO_FIELDS if getattr(radio, name) != getattr(self.radio, name)}
        self.radio = radio
        return changed

    def measure(
        self,
        key: str,
        value: Scalar,
        measured_at: float,
        meaning: Meaning,
        inserted_at: float = 0.0,
    ) -> bool:
        """Take a value unless a later one is known; True when the state changed."""
        known = self.values.get(key)
        if known is None:
            self.values[key] = Value(value, measured_at, meaning, inserted_at)
            return True
        if (measured_at, inserted_at) < (known.measured_at, known.inserted_at):
            return False
        changed = known.value != value
        known.value = value
        known.measured_at = measured_at
        known.inserted_at = inserted_at
        return changed

    @property
    def interval(self) -> float | None:
        """Return the seconds between uplinks: the server's figure or the learned."""
        learned = median(self.intervals) if len(self.intervals) > 1 else None
        known = [item for item in (self.server_interval, learned) if item is not None]
        return max(known) if known else None

    def is_overdue(self, now: float) -> bool:
        """Say whether the device has been silent for longer than is its way."""
        if self.last_uplink is None:
            return False
        interval = self.interval
        limit = OVERDUE_UNKNOWN if interval is None else max(interval * MISSED_INTERVALS, OVERDUE_FLOOR)
        return now - self.last_uplink > limit

    def dump(self) -> dict[str, Any]:
        """Return everything as JSON-like data, for ``load``."""
        return asdict(self) | {"intervals": list(self.intervals)}

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> LorawanDevice:
        """Make a device again from what ``dump`` returned.

        Raises:
            AttributeError, KeyError, TypeError: The data is of another shape.

        """
        fields = dict(data)
        fields["radio"] = Radio(**fields["radio"])
        fields["values"] = {
            key: Value(**{**value, "meaning": Meaning(**value["meaning"])}) for key, value in fields["values"].items()
        }
        fields["intervals"] = deque(fields["intervals"], maxlen=_INTERVALS_KEPT)
        return cls(**fields)
