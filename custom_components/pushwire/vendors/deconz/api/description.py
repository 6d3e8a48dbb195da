"""Words of settings, from the gateway's description of a device.

``GET /devices/<address>/ddf`` holds, for each part of a device, the words that its settings
accept with the numbers behind them: ``{"config/mode": {"off": 0, "heat": 1}}``.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ....wire.values import as_dict, as_list, as_text, integer, number
from .model import Resource, Words

type ReadDescription = Callable[[str], Awaitable[dict[str, Any] | None]]

# Items whose words a description may hold.
WORD_ITEMS: Final = (
    "config.clickmode",
    "config.devicemode",
    "config.duration",
    "config.fanmode",
    "config.interfacemode",
    "config.melody",
    "config.mode",
    "config.preset",
    "config.sensitivity",
    "config.swingmode",
    "config.temperaturemeasurement",
    "config.triggerdistance",
    "config.volume",
)
# A setting with more values is not a choice.
MAX_VALUES: Final = 32
_EXTENDED_ADDRESS_COLONS: Final = 7
# Position of the endpoint in the unique ID of a part, whose first element stands for the address.
_ENDPOINT: Final = 1


@dataclass(slots=True)
class Request:
    """Description to be fetched.

    Attributes:
        model: Key of the model and its firmware.
        address: Address of one device of the model.

    """

    model: str
    address: str


@dataclass(slots=True)
class DescriptionCache:
    """Words by model and firmware, one request for each.

    Args:
        read: Reads the description of the device with an address; returns None if there is none.

    Attributes:
        entries: Parts of each model with the words of their items, as they are stored.

    """

    read: ReadDescription
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    _requested: set[str] = field(default_factory=set)

    def missing(self, release: str, devices: Mapping[str, Iterable[Resource]]) -> list[Request]:
        """Return the descriptions that have not been requested yet, and count them as requested.

        Args:
            release: Release of the gateway; another release may have another description.
            devices: Resources of each device.

        """
        requests: list[Request] = []
        for address, resources in devices.items():
            if address.count(":") != _EXTENDED_ADDRESS_COLONS:
                continue
            resource = next((one for one in resources if any(one.has(item) for item in WORD_ITEMS)), None)
            if resource is None or (model := model_of(resource)) in self._requested:
                continue
            if as_dict(self.entries.get(model)).get("release") != release:
                self._requested.add(model)
                requests.append(Request(model, address))
        return requests

    async def fetch(self, release: str, request: Request) -> bool:
        """Fetch one description; return whether the gateway has it.

        Raises:
            WireError: The request failed; the description can be requested again.

        """
        try:
            answer = await self.read(request.address)
        except BaseException:
            self._requested.discard(request.model)
            raise
        if answer is None or not isinstance(answer.get("subdevices"), list):
            return False
        self.entries[request.model] = {"release": release, "parts": parts_of(answer)}
        return True

    def words(self, resource: Resource) -> Words | None:
        """Return the words of a resource's items, or None if they are not known."""
        entry = self.entries.get(model_of(resource))
        return None if entry is None else words_for(as_list(as_dict(entry).get("parts")), resource)


class SeenValues:
    """Values that settings have had, which may be set again; for settings whose words are not described.

    Args:
        changed: Called when a value is added.

    """

    def __init__(self, changed: Callable[[], None]) -> None:
        """Initialize without values."""
        self.entries: dict[str, dict[str, list[Any]]] = {}
        self._changed = changed

    def restore(self, entries: Mapping[str, Any]) -> None:
        """Restore the entries of an earlier run."""
        self.entries = {
            key: {item: as_list(values) for item, values in as_dict(items).items()} for key, items in entries.items()
        }

    def with_value(self, key: str, item: str, *current: Any) -> list[Any]:
        """Return the values of an item of a resource, after adding its current one, if there is one."""
        known = self.entries.get(key, {}).get(item, [])
        new = [value for value in current if value not in known]
        if new and len(known) < MAX_VALUES:
            known = self.entries.setdefault(key, {})[item] = known + new
            self._changed()
        return known


def model_of(resource: Resource) -> str:
    """Return a key of the model and firmware of a resource's device."""
    return "|".join(str(resource.attr.get(name)) for name in ("manufacturername", "modelid", "swversion"))


def parts_of(description: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the words of a device's parts, or nothing if no part has any."""
    parts = [
        {
            "type": as_text(part.get("type")),
            "place": _place(as_list(part.get("uuid"))),
            "words": {
                item.replace("/", "."): words
                for item, reported in as_dict(as_dict(part.get("meta")).get("values")).items()
                if (words := _words(as_dict(reported)))
            },
        }
        for part in map(as_dict, as_list(description.get("subdevices")))
    ]
    return parts if any(part["words"] for part in parts) else []


def words_for(parts: Iterable[Any], resource: Resource) -> Words:
    """Return the words of a resource's items.

    A part describes the resource with its endpoint and cluster, else the resources of its type. The
    gateway reports some types by the names of constants, so words on which all parts agree apply as well.
    """
    described = [as_dict(part) for part in parts]
    same_place = [part for part in described if part.get("place") == resource.endpoint_and_cluster]
    same_type = [part for part in described if part.get("type") == resource.type]
    words: dict[str, dict[str, Any]] = {}
    contradicted: set[str] = set()
    for part in same_place or same_type or described:
        for item, known in as_dict(part.get("words")).items():
            if words.setdefault(item, as_dict(known)) != known:
                contradicted.add(item)
    return {item: known for item, known in words.items() if item not in contradicted}


def _words(reported: Mapping[str, Any]) -> dict[str, Any]:
    return {word: value for word, value in reported.items() if word and number(value) is not None}


def _place(uuid: list[Any]) -> str:
    """Return endpoint and cluster as in a unique ID, such as ``01-0201``, from hexadecimal texts."""
    names = [_hexadecimal(name) for name in uuid[_ENDPOINT:]]
    if not names or None in names:
        return ""
    return "-".join(f"{name:0{2 * width}x}" for width, name in enumerate(names, 1) if name is not None)


def _hexadecimal(value: Any) -> int | None:
    if not isinstance(value, str):
        return integer(value)
    try:
        return int(value, 16)
    except ValueError:
        return None
