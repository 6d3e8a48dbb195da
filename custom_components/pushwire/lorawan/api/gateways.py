"""Gateways of a network server, by what they hear.

Wire code. A platform that does not list its gateways names them in each packet. A device is
heard by several gateways, and by others from one packet to the next, so it belongs to none.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ...wire.values import NotUnderstood, as_float, as_list, integer
from .model import stored_object, stored_text

# Seconds of which the number of packets is shown, and their parts.
PERIOD: Final = 3600.0
PART: Final = 60.0
# A roaming network may have any number of gateways.
MAX_GATEWAYS: Final = 200
# Seconds after which a gateway that heard nothing is forgotten.
FORGOTTEN_AFTER: Final = 30 * 86400.0


class Reception(NamedTuple):
    """Reception of a packet by one gateway.

    Attributes:
        gateway: EUI of the gateway in lower case.
        rssi: RSSI in dBm, or None if it is not reported.
        snr: SNR in dB, or None if it is not reported.

    """

    gateway: str
    rssi: float | None
    snr: float | None = None


@dataclass(slots=True)
class _Part:
    """Packets of a part of the period.

    Attributes:
        start: Unix time of its beginning.
        best: Best RSSI in dBm, or None.

    """

    start: float
    packets: int = 0
    best: float | None = None


@dataclass(slots=True)
class HeardGateway:
    """Gateway that hears devices.

    Attributes:
        eui: EUI in lower case.
        last_packet: Unix time of the last packet.
        parts: Parts of the last period in which packets were heard, oldest first.

    """

    eui: str
    last_packet: float
    parts: list[_Part] = field(default_factory=list)

    @property
    def packets(self) -> int:
        """Number of packets in the last period."""
        return sum(part.packets for part in self.parts)

    @property
    def best_rssi(self) -> float | None:
        """Best RSSI of the last period in dBm, or None."""
        return max((part.best for part in self.parts if part.best is not None), default=None)

    def note(self, at: float, rssi: float | None) -> None:
        """Note a packet."""
        self.last_packet = max(self.last_packet, at)
        start = at // PART * PART
        part = next((part for part in self.parts if part.start == start), None)
        if part is None:
            part = _Part(start)
            self.parts.append(part)
            self.parts.sort(key=lambda other: other.start)
        part.packets += 1
        if rssi is not None:
            part.best = rssi if part.best is None else max(part.best, rssi)

    def forget(self, now: float) -> bool:
        """Remove what is older than the period; return whether there was anything."""
        kept = [part for part in self.parts if part.start > now - PERIOD]
        has_changed = len(kept) < len(self.parts)
        self.parts = kept
        return has_changed

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""
        parts = [[part.start, part.packets, part.best] for part in self.parts]
        return {"eui": self.eui, "heard_at": self.last_packet, "packets": parts}

    @classmethod
    def from_stored(cls, data: Any) -> HeardGateway:
        """Return the gateway of a stored form.

        Raises:
            NotUnderstood: The data has another shape.

        """
        stored = stored_object(data)
        if (last_packet := as_float(stored.get("heard_at"))) is None:
            raise NotUnderstood("stored heard_at")
        gateway = cls(stored_text(stored, "eui"), last_packet)
        for item in as_list(stored.get("packets")):
            start, packets, best = [*as_list(item), None, None, None][:3]
            if (begins := as_float(start)) is not None:
                gateway.parts.append(_Part(begins, integer(packets) or 0, as_float(best)))
        return gateway


class HeardGateways:
    """Gateways that hear the devices of an account.

    Attributes:
        by_eui: Gateways by EUI.
        since: Unix time since which packets are counted, or None before the first one.

    """

    def __init__(self) -> None:
        """Initialize without gateways."""
        self.by_eui: dict[str, HeardGateway] = {}
        self.since: float | None = None
        self._changed: set[str] = set()

    def note(self, receptions: tuple[Reception, ...], at: float, now: float) -> list[str]:
        """Note the receptions of a packet; return the EUIs of gateways that are new."""
        if self.since is None:
            self.since = now
        new = []
        for eui, rssi, _ in receptions:
            if (gateway := self.by_eui.get(eui)) is None:
                if len(self.by_eui) >= MAX_GATEWAYS:
                    continue
                gateway = self.by_eui[eui] = HeardGateway(eui, at)
                new.append(eui)
            if at > now - PERIOD:
                gateway.note(at, rssi)
            else:
                gateway.last_packet = max(gateway.last_packet, at)
            self._changed.add(eui)
        return new

    def packets_of(self, eui: str, now: float) -> int | None:
        """Return the packets of a gateway in the last hour, or None as long as no whole hour is known."""
        return None if self.since is None or now - self.since < PERIOD else self.by_eui[eui].packets

    def take_changes(self, now: float) -> set[str]:
        """Return the EUIs of gateways that have heard something or another number of packets, once."""
        changed, self._changed = self._changed, set()
        return changed | {eui for eui, gateway in self.by_eui.items() if gateway.forget(now)}

    def forget(self, now: float, is_alive: Callable[[str], bool]) -> list[str]:
        """Forget gateways that have not heard anything for long and show no other sign of life; return their EUIs."""
        lost = [
            eui
            for eui, gateway in self.by_eui.items()
            if now - gateway.last_packet > FORGOTTEN_AFTER and not is_alive(eui)
        ]
        for eui in lost:
            del self.by_eui[eui]
        return lost

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"since": self.since, "heard": [gateway.to_stored() for gateway in self.by_eui.values()]}
