"""Introspection: the gateway's descriptions of buttons and of the ranges of settings."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

from ....wire.errors import WireError
from ....wire.values import number
from .model import Resource

type Range = tuple[float | None, float | None]
type RangeCallback = Callable[[Range], None]
type Read = Callable[[str], Awaitable[dict[str, Any] | None]]

# Keys of an answer: those of the gateway first, then those that earlier versions of Pushwire stored.
MIN_KEYS: Final = ("minval", "minimum", "min")
MAX_KEYS: Final = ("maxval", "maximum", "max")
BUTTON_KEYS: Final = ("buttons", "values")


class RangeCache:
    """Ranges of numeric settings, requested one after the other.

    The range follows from the device's description, so one request per model is enough.

    Args:
        read: Reads a path of the gateway; returns None for an unknown path.

    """

    def __init__(self, read: Read) -> None:
        """Initialize an empty cache."""
        self.entries: dict[str, dict[str, Any]] = {}
        self._read = read
        self._requests: dict[str, tuple[str, list[RangeCallback]]] = {}

    def request(self, release: str, resource: Resource, item: str, receive: RangeCallback) -> None:
        """Pass a range to ``receive``, at once if it is in the cache.

        Args:
            release: Release of the gateway; another release may report another range.
            resource: Sensor.
            item: Setting of the sensor.
            receive: Called with the range.

        """
        model = (resource.attr.get("manufacturername"), resource.attr.get("modelid"), resource.type, item)
        key = release + "|".join(map(str, model))
        if (entry := self.entries.get(key)) is not None:
            receive(_range(entry))
            return
        path = f"devices/{resource.key}/config/{item}/introspect"
        self._requests.setdefault(key, (path, []))[1].append(receive)

    @property
    def pending(self) -> bool:
        """Whether any range is still to be fetched."""
        return bool(self._requests)

    async def fetch_next(self) -> None:
        """Fetch the next pending range.

        Raises:
            WireError: The request failed; the range stays pending, as the last one.

        """
        key, (path, callbacks) = next(iter(self._requests.items()))
        try:
            answer = await self._read(path) or {}
        except WireError:
            self._requests[key] = self._requests.pop(key)
            raise
        del self._requests[key]
        self.entries[key] = {name: answer[name] for name in (*MIN_KEYS, *MAX_KEYS) if name in answer}
        for receive in callbacks:
            receive(_range(self.entries[key]))


class ButtonCache:
    """Names and codes of remotes' buttons.

    Args:
        read: Reads a path of the gateway; returns None for an unknown path.

    """

    def __init__(self, read: Read) -> None:
        """Initialize an empty cache."""
        self.entries: dict[str, dict[str, Any]] = {}
        self._read = read
        self._requested: set[str] = set()

    def restore(self, entries: dict[str, dict[str, Any]]) -> None:
        """Restore the entries of an earlier run."""
        self.entries = entries
        self._requested.update(entries)

    def missing(self, resources: Iterable[Resource]) -> list[str]:
        """Return the keys of remotes that have not been requested yet, and count them as requested."""
        missing = [
            resource.key
            for resource in resources
            if resource.has("state.buttonevent") and resource.key not in self._requested
        ]
        self._requested.update(missing)
        return missing

    async def fetch(self, key: str) -> Mapping[str, Any] | None:
        """Return the description of a remote's buttons, or None if there is none.

        Raises:
            WireError: The request failed; the remote can be requested again.

        """
        try:
            answer = await self._read(f"devices/{key}/state/buttonevent/introspect")
        except WireError:
            self._requested.discard(key)
            raise
        if answer is None or not isinstance(answer.get("buttons"), dict):
            return None
        self.entries[key] = {name: answer.get(name) for name in BUTTON_KEYS}
        return self.entries[key]


def _range(entry: Mapping[str, Any]) -> Range:
    return _first_number(entry, MIN_KEYS), _first_number(entry, MAX_KEYS)


def _first_number(entry: Mapping[str, Any], keys: tuple[str, ...]) -> float | None:
    return next((value for key in keys if (value := number(entry.get(key))) is not None), None)
