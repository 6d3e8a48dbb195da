"""ResIOT's devices and gateways, as its communications tell of them.

Wire code.
"""

from dataclasses import asdict, dataclass, field
from statistics import median
from time import time
from typing import Any, Final

from ...lorawan import cayenne
from ...lorawan.model import LorawanDevice, Radio
from .frames import CommType, Communication

# A gateway is missed after so many of its own intervals of being alive, and before
# two have been seen after this many seconds.
MISSED_ALIVES: Final = 3.0
ALIVE_UNKNOWN: Final = 900.0
# The ports on which Cayenne LPP is usual: one frame is enough to believe it there.
LPP_PORTS: Final = frozenset({1, 2})

DOWNLINK_KINDS: Final[dict[CommType | str, str]] = {
    CommType.TX: "requested",
    CommType.GATEWAY_TX: "queued",
    CommType.TX_INFO: "queued",
    CommType.TX_SEND_ACK: "sent",
    CommType.TX_SEND_CONFIRM: "handled",
    CommType.TX_CONFIRM: "acknowledged",
}
DOWNLINK_FAILED: Final = "failed"


@dataclass(slots=True)
class Gateway:
    """A gateway: when it last said that it is alive, Unix time, and how often."""

    eui: str
    name: str
    last_alive: float | None = None
    intervals: list[float] = field(default_factory=list)
    online: bool = False

    def alive(self, at: float) -> bool:
        """Note a sign of life; True when it was missing before."""
        if self.last_alive is not None and at > self.last_alive:
            self.intervals = [*self.intervals[-8:], at - self.last_alive]
        self.last_alive = max(at, self.last_alive or 0.0)
        came, self.online = not self.online, True
        return came

    def is_missed(self, now: float) -> bool:
        """Say whether it has been silent for longer than is its way."""
        if self.last_alive is None:
            return True
        usual = max(median(self.intervals) * MISSED_ALIVES, 60.0) if len(self.intervals) > 1 else ALIVE_UNKNOWN
        return now - self.last_alive > usual

    def dump(self) -> dict[str, Any]:
        """Return it as JSON-like data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Uplink:
    """What an uplink changed.

    Attributes:
        changed: Names of the device's properties that changed.
        new_features: Whether it has keys that it did not have before.

    """

    changed: set[str]
    new_features: bool


def apply_rx(device: LorawanDevice, rx: Communication) -> Uplink:
    """Take an uplink: payload, radio figures and decoded values."""
    at = rx.at or time()
    features = len(device.values), device.payload is None
    changed = device.heard(at)
    if device.last_uplink is not None and at < device.last_uplink:
        # Late, by another way than a later one: it must not take the state back.
        return Uplink(changed, new_features=False)
    changed |= device.receive(_radio(rx))
    payload = rx.payload.hex() if rx.payload is not None else ""
    if payload != device.payload:
        device.payload = payload
        changed.add("payload")
    changed |= _decode(device, rx, at)
    return Uplink(changed, (len(device.values), device.payload is None) != features)


def _radio(rx: Communication) -> Radio:
    spreading = rx.number("sf")
    counter = rx.number("seqno")
    return Radio(
        rssi=rx.number("rssi"),
        snr=rx.number("snr"),
        spreading_factor=None if spreading is None else int(spreading),
        frequency=rx.number("frequency"),
        bandwidth=rx.number("modbw"),
        port=rx.port,
        frame_counter=None if counter is None else int(counter),
        gateway=rx.gateways[0] if rx.gateways else None,
        gateway_count=len(rx.gateways) or None,
    )


def _decode(device: LorawanDevice, rx: Communication, at: float) -> set[str]:
    """Decode Cayenne LPP where the port is known to carry it.

    Nothing in a payload says that it is Cayenne LPP, so a port is believed to carry
    it only while every payload on it is valid: at once on the usual ports, and on
    others from the first payload with more than one value.
    """
    if not rx.payload:
        return set()
    port = str(rx.port)
    verdicts: dict[str, bool] = device.facts.setdefault("cayenne", {})
    if verdicts.get(port) is False:
        return set()
    try:
        values = cayenne.decode(rx.payload)
    except cayenne.NotCayenne:
        verdicts[port] = False
        return set()
    if port not in verdicts and rx.port not in LPP_PORTS and len(values) == 1:
        return set()
    verdicts[port] = True
    return {key for key, (value, meaning) in values.items() if device.measure(key, value, at, meaning)}
