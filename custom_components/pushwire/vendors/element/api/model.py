"""ELEMENT's devices, and what readings and packets change in them.

Wire code.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from ....lorawan.api.inference import take_values
from ....lorawan.api.meaning import Meaning
from ....lorawan.api.model import LorawanDevice, Radio, number
from .frames import Packet, PacketType, Reading

# Ids of what was seen lately, to drop what a replay or a second socket brings again.
SEEN: Final = 4000

# Names that customers give to fields of their device profiles, in German mostly.
_PROFILE: Final[Mapping[str, frozenset[str]]] = {
    "manufacturer": frozenset({"hersteller", "manufacturer", "vendor"}),
    "model": frozenset({"geratetyp", "geraetetyp", "model", "typ"}),
    "serial_number": frozenset({"seriennummer", "serial", "meter_id", "zaehlernummer", "zahlernummer"}),
}


@dataclass(slots=True)
class Cursor:
    """How far a socket has been read.

    Attributes:
        after: Newest ``inserted_at`` as the platform wrote it, for its replay.
        inserted_at: The same in Unix seconds.
        ids: Ids of the items inserted at just that time, which a replay repeats.

    """

    after: str
    inserted_at: float
    ids: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, moment: float) -> Cursor:
        """Stand at a moment, Unix time."""
        return cls(written(moment), moment)

    def move(self, item: Reading | Packet) -> None:
        """Go on to an item; never back."""
        if item.inserted_at > self.inserted_at:
            self.after, self.inserted_at, self.ids = item.inserted, item.inserted_at, [item.id]
        elif item.inserted_at == self.inserted_at and item.id not in self.ids:
            self.ids.append(item.id)


def written(moment: float) -> str:
    """Return a Unix time as the platform writes times."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Seen:
    """Remembers the ids of the last items."""

    def __init__(self) -> None:
        """Start empty."""
        self._ids: OrderedDict[str, None] = OrderedDict()

    def add(self, identifier: str) -> bool:
        """Note an id; False when it was known."""
        if identifier in self._ids:
            return False
        self._ids[identifier] = None
        if len(self._ids) > SEEN:
            self._ids.popitem(last=False)
        return True


def describe(device: LorawanDevice, body: Mapping[str, Any]) -> None:
    """Take a device's name, address, place and pace from its REST object.

    The object also holds the device's LoRaWAN keys, which are left where they are.
    """
    if isinstance(name := body.get("name"), str) and name:
        device.name = name
    interfaces = body.get("interfaces")
    for interface in interfaces if isinstance(interfaces, list) else ():
        opts = interface.get("opts") if isinstance(interface, dict) else None
        eui = opts.get("device_eui") if isinstance(opts, dict) else None
        if isinstance(eui, str) and eui:
            device.dev_eui = eui.lower()
    tags = body.get("tags")
    if isinstance(tags, list):
        folder = tags[0].get("name") if tags and isinstance(tags[0], dict) else None
        device.area = folder.rpartition(" / ")[2] if isinstance(folder, str) else None
    stats = body.get("stats")
    if isinstance(stats, dict):
        device.server_interval = interval_of(stats.get("packet_interval")) or device.server_interval
    fields = body.get("fields")
    if isinstance(fields, dict):
        _profile(device, fields)


def _profile(device: LorawanDevice, fields: Mapping[str, Any]) -> None:
    for profile in fields.values():
        for name, value in profile.items() if isinstance(profile, dict) else ():
            for attribute, names in _PROFILE.items():
                if name.lower() in names and value not in (None, ""):
                    setattr(device, attribute, str(value))


def interval_of(value: Any) -> float | None:
    """Return the seconds of the platform's interval of months, days and seconds."""
    if not isinstance(value, dict):
        return None
    parts = ((name, number(value.get(name)) or 0.0) for name in ("months", "days", "secs"))
    lengths = {"months": 30 * 86400.0, "days": 86400.0, "secs": 1.0}
    return sum(lengths[name] * amount for name, amount in parts) or None


def apply_reading(device: LorawanDevice, reading: Reading) -> set[str]:
    """Take a reading; returns the keys whose newest value changed."""
    changed = take_values(device, reading.data, reading.measured_at, reading.inserted_at)
    if reading.location is not None:
        changed |= _locate(device, reading)
    return changed


def _locate(device: LorawanDevice, reading: Reading) -> set[str]:
    degrees = Meaning(unit="°", precision=5)
    return {
        key
        for key, value in zip(("latitude", "longitude"), reading.location or (), strict=True)
        if device.measure(key, value, reading.measured_at, degrees, reading.inserted_at)
    }


def apply_packet(device: LorawanDevice, packet: Packet) -> set[str]:
    """Take an uplink's radio figures and payload; returns what changed.

    A packet that was completed later refines the radio figures of its uplink; one
    that is older than the last known changes nothing.
    """
    if packet.kind != PacketType.UP:
        return set()
    if device.last_uplink is not None and packet.transceived_at < device.last_uplink:
        return set()
    changed = device.heard(packet.transceived_at)
    if packet.radio != Radio():
        changed |= device.receive(packet.radio)
    if packet.payload is not None and packet.payload != device.payload:
        device.payload = packet.payload
        changed.add("payload")
    return changed


def is_live(body: Mapping[str, Any]) -> bool:
    """Say whether a device object is of a device that was not deleted."""
    return isinstance(body.get("id"), str) and not body.get("deleted_at")
