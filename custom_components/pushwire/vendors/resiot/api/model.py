"""ResIOT's devices and gateways, as its communications tell of them.

Wire code.
"""

from dataclasses import asdict, dataclass, field
from statistics import median
from time import time
from typing import Any, Final

from ....lorawan.api import cayenne
from ....lorawan.api.inference import take_values
from ....lorawan.api.model import LorawanDevice, Radio, integer
from .frames import CommType, Communication, plain_tags

# A gateway is missed after so many of its own intervals of being alive, and before
# two have been seen after this many seconds.
MISSED_ALIVES: Final = 3.0
ALIVE_UNKNOWN: Final = 900.0
# What is pushed has just happened: a time further away than this is of a clock that is
# wrong, and would make everything look silent, or every later value look old.
WRONG_CLOCK: Final = 3600.0
# Only what a gateway itself has said or heard is a sign of its life.
SIGNS_OF_LIFE: Final = frozenset({CommType.GATEWAY_ALIVE, CommType.GATEWAY_RX, CommType.JOIN, CommType.RX})
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
    """A gateway.

    Attributes:
        last_alive: When it was last heard, Unix time.
        last_call: When it last said by itself that it is alive.
        intervals: Seconds between such calls; what it hears in between does not tell
            how often it calls.

    """

    eui: str
    name: str
    last_alive: float | None = None
    last_call: float | None = None
    intervals: list[float] = field(default_factory=list)
    online: bool = False

    def alive(self, at: float, *, call: bool) -> None:
        """Note a sign of life, and whether it is a call of the gateway's own."""
        if call:
            if self.last_call is not None and at > self.last_call:
                self.intervals = [*self.intervals[-8:], at - self.last_call]
            self.last_call = at
        self.last_alive = max(at, self.last_alive or 0.0)
        self.online = True

    def is_missed(self, now: float, since: float) -> bool:
        """Say whether it has been silent for longer than is its way.

        Args:
            now: Unix time.
            since: Since when we listen without a break.

        """
        usual = max(median(self.intervals) * MISSED_ALIVES, 60.0) if len(self.intervals) > 1 else ALIVE_UNKNOWN
        return now - max(self.last_alive or 0.0, since) > usual

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


def moment_of(item: Communication, now: float) -> float:
    """Return when something happened, Unix time: as the server says, if that can be."""
    return item.at if item.at is not None and abs(item.at - now) <= WRONG_CLOCK else now


def apply_rx(device: LorawanDevice, rx: Communication) -> Uplink:
    """Take an uplink: payload, radio figures and decoded values."""
    at = moment_of(rx, time())
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
    changed |= take_values(device, plain_tags(rx.fields.get("nodetags")), at)
    return Uplink(changed, (len(device.values), device.payload is None) != features)


def _radio(rx: Communication) -> Radio:
    return Radio(
        rssi=rx.number("rssi"),
        snr=rx.number("snr"),
        spreading_factor=integer(rx.extra.get("sf")),
        frequency=rx.number("frequency"),
        bandwidth=rx.number("modbw"),
        port=rx.port,
        frame_counter=integer(rx.extra.get("seqno")),
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
    # By port the keys that were decoded from it, or None once it is known to carry else.
    known: dict[str, list[str] | None] = device.facts.setdefault("cayenne", {})
    keys = known.get(port, [])
    if keys is None:
        return set()
    try:
        values = cayenne.decode(rx.payload)
    except cayenne.NotCayenne:
        known[port] = None
        # What was read from it before was then never measured.
        return {key for key in keys if device.measure(key, None, at, device.values[key].meaning)}
    if not keys and rx.port not in LPP_PORTS and len(values) == 1:
        return set()
    known[port] = [*keys, *(key for key in values if key not in keys)]
    return {key for key, (value, meaning) in values.items() if device.measure(key, value, at, meaning)}
