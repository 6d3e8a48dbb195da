"""Application of ELEMENT's devices, readings and packets to the LoRaWAN model.

Wire code.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from ....lorawan.api.locations import LOCATION, LOCATION_KEY, location_text
from ....lorawan.api.meaning import apply_values
from ....lorawan.api.model import (
    DeviceDetails,
    LorawanDevice,
    Radio,
    stored_object,
    stored_text,
)
from ....wire.values import NotUnderstood, as_bool, as_date, as_dict, as_float, as_list, as_text, integer
from .frames import Packet, PacketType, Reading

# Number of IDs by which items that a replay or a second socket repeats are recognized.
MAX_RECENT_IDS: Final = 4000

# Names, mostly German, that customers give to the fields of their device profiles.
_MANUFACTURER_FIELDS: Final = frozenset({"hersteller", "manufacturer", "vendor"})
_MODEL_FIELDS: Final = frozenset({"geratetyp", "geraetetyp", "model", "typ"})
_INSTALLATION_DATE_FIELDS: Final = frozenset(
    {"einbaudatum", "eingebaut_am", "installation_date", "installationsdatum", "installiert_am", "montagedatum"}
)
_YEAR_OF_NO_DATE: Final = 1970
_SERIAL_NUMBER_FIELDS: Final = frozenset({"meter_id", "serial", "seriennummer", "zaehlernummer", "zahlernummer"})

_SECONDS: Final[Mapping[str, float]] = {"months": 30 * 86400.0, "days": 86400.0, "secs": 1.0}


@dataclass(slots=True)
class Cursor:
    """Position up to which a socket has been read.

    Attributes:
        after: Newest ``inserted_at`` as the platform wrote it, for a replay.
        inserted_at: Newest ``inserted_at`` as Unix time.
        ids: IDs of the items with this ``inserted_at``, which a replay repeats.

    """

    after: str
    inserted_at: float
    ids: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, time: float) -> Cursor:
        """Return a cursor at a Unix time."""
        return cls(to_timestamp(time), time)

    def move(self, item: Reading | Packet) -> None:
        """Move forward to an item; an older item does not move the cursor."""
        if item.inserted_at > self.inserted_at:
            self.after, self.inserted_at, self.ids = item.inserted, item.inserted_at, [item.id]
        elif item.inserted_at == self.inserted_at and item.id not in self.ids:
            self.ids.append(item.id)

    def to_stored(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"replay_from": self.after, "time": self.inserted_at, "items": list(self.ids)}

    @classmethod
    def from_stored(cls, data: Any) -> Cursor:
        """Return the cursor of a stored form.

        Raises:
            NotUnderstood: The data has another shape.

        """
        stored = stored_object(data)
        if (inserted_at := as_float(stored.get("time"))) is None:
            raise NotUnderstood("stored time")
        ids = [identifier for item in as_list(stored.get("items")) if (identifier := as_text(item)) is not None]
        return cls(stored_text(stored, "replay_from"), inserted_at, ids)


def to_timestamp(time: float) -> str:
    """Return a Unix time in the platform's format."""
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class RecentIds:
    """IDs of the last items.

    Attributes:
        limit: Number of IDs that are kept.

    """

    def __init__(self) -> None:
        """Initialize without IDs."""
        self.limit = MAX_RECENT_IDS
        self._ids: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, identifier: str) -> bool:
        """Return whether an ID has been added."""
        return identifier in self._ids

    def add(self, identifier: str) -> bool:
        """Add an ID; return False if it has been added before."""
        if identifier in self._ids:
            return False
        self._ids[identifier] = None
        if len(self._ids) > self.limit:
            self._ids.popitem(last=False)
        return True


def is_active_device(body: Mapping[str, Any]) -> bool:
    """Return whether a REST object is a device that has not been deleted."""
    return isinstance(body.get("id"), str) and not body.get("deleted_at")


def device_details(body: Mapping[str, Any]) -> DeviceDetails:
    """Return name, DevEUI, folder, parser, statistics and profile of a device's REST object.

    The object also contains the device's LoRaWAN keys, which are not read.
    """
    details = _profile_details(_profiles(body))
    if (name := as_text(body.get("name"))) is not None:
        details["name"] = name
    for interface in as_list(body.get("interfaces")):
        if (eui := as_text(as_dict(as_dict(interface).get("opts")).get("device_eui"))) is not None:
            details["dev_eui"] = eui.lower()
    if isinstance(tags := body.get("tags"), list):
        folder = as_dict(tags[0]).get("name") if tags else None
        details["area"] = folder.rpartition(" / ")[2] if isinstance(folder, str) else None
    if "parser_id" in body:
        details["parser"] = as_text(body["parser_id"])
    stats = as_dict(body.get("stats"))
    if (interval := interval_of(stats.get("packet_interval"))) is not None:
        details["server_interval"] = interval
    if (sends := as_bool(stats.get("nominally_sending"))) is not None:
        details["sends_as_expected"] = sends
    if (missed := integer(stats.get("missed_up_frames"))) is not None:
        details["missed_frames"] = missed
    return details


def tag_path(tag: Mapping[str, Any], tags: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the name of a tag after those of the tags above it.

    Args:
        tag: REST object of the tag.
        tags: REST objects of all known tags, by ID.

    """
    name = as_text(tag.get("name")) or str(tag["id"])
    # Some platforms write the whole path into the name.
    above = [
        as_text(tags[parent].get("name"))
        for parent in map(str, as_list(tag.get("path")))
        if parent in tags and parent != tag["id"]
    ]
    parents = [parent for parent in above if parent]
    return name if parents and name.startswith(f"{parents[-1]} / ") else " / ".join((*parents, name))


def _profiles(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values of the profiles, which stand in one of two places."""
    data = {str(number): as_dict(item).get("data") for number, item in enumerate(as_list(body.get("profile_data")))}
    return {**data, **as_dict(body.get("fields"))}


def _profile_details(profiles: Mapping[str, Any]) -> DeviceDetails:
    details = DeviceDetails()
    for profile in profiles.values():
        for name, value in as_dict(profile).items():
            if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
                continue
            if name.lower() in _MANUFACTURER_FIELDS:
                details["manufacturer"] = str(value)
            elif name.lower() in _MODEL_FIELDS:
                details["model"] = str(value)
            elif name.lower() in _SERIAL_NUMBER_FIELDS:
                details["serial_number"] = str(value)
            elif name.lower() in _INSTALLATION_DATE_FIELDS:
                day = as_date(value)
                # 1970 stands for no date.
                if day is not None and day.year > _YEAR_OF_NO_DATE:
                    details["installation_date"] = day
    return details


def interval_of(value: Any) -> float | None:
    """Return the seconds of an interval of months, days and seconds."""
    parts = as_dict(value)
    return sum(seconds * (as_float(parts.get(name)) or 0.0) for name, seconds in _SECONDS.items()) or None


def apply_item(
    device: LorawanDevice, item: Reading | Packet, *, readings_only: bool, shown_at: float | None = None
) -> set[str]:
    """Apply a reading or packet; return the names of the changed properties.

    Args:
        device: Device of the item.
        item: Reading or packet.
        readings_only: Whether readings are the only sign of an uplink, because packets
            are not followed.
        shown_at: Time at which the states show the values; None for now.

    """
    if isinstance(item, Packet):
        return _apply_packet(device, item)
    changed = apply_values(device, item.data, item.measured_at, item.inserted_at, shown_at)
    if item.location is not None:
        changed |= set_location(device, item.location, item.measured_at, item.inserted_at)
    if item.packet is not None:
        changed |= _apply_packet(device, item.packet)
    elif readings_only:
        changed |= device.note_uplink(item.inserted_at)
    return changed


def set_location(
    device: LorawanDevice, location: tuple[float, float], measured_at: float = 0.0, inserted_at: float = 0.0
) -> set[str]:
    """Set the location of a device unless a newer one is known; return the names of the changed properties.

    Args:
        device: Device of the location.
        location: Latitude and longitude in degrees.
        measured_at: Time of the measurement; 0 for a location without a time.
        inserted_at: Time at which the platform stored the location.

    """
    if (text := location_text(*location)) is None:
        return set()
    return device.set_values({LOCATION_KEY: (text, LOCATION)}, measured_at, inserted_at)


def _apply_packet(device: LorawanDevice, packet: Packet) -> set[str]:
    if packet.kind != PacketType.UP:
        return set()
    # An amended packet refines the reception of its uplink.
    radio = packet.radio if packet.radio != Radio() else None
    return device.note_uplink(packet.transceived_at, radio, packet.payload)
