"""How far a sensor's settings go, which the gateway tells by introspection.

Wire code. What the gateway tells of an item follows from the device's description, so
that one look is enough for all devices of a model.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from ....wire.errors import WireError
from .convert import number
from .model import Resource

type Range = tuple[float | None, float | None]
type Take = Callable[[Range], None]

# The names that the gateway's answer has had for either end.
LEAST: Final = ("minimum", "min")
MOST: Final = ("maximum", "max")


class Limits:
    """Looks up ranges, one after the other, and keeps them.

    Args:
        read: Reads a path of the gateway; None where there is nothing.

    """

    def __init__(self, read: Callable[[str], Awaitable[dict[str, Any] | None]]) -> None:
        """Know nothing."""
        self.known: dict[str, dict[str, Any]] = {}
        self._read = read
        self._waiting: dict[str, tuple[str, list[Take]]] = {}

    def ask(self, release: str, resource: Resource, item: str, take: Take) -> bool:
        """Hand a range on, at once if it is known; says whether it has to be looked up first.

        Args:
            release: Of the gateway; what another one told is asked anew.
            resource: A sensor.
            item: A setting of it.
            take: Is given the range.

        """
        of_model = (resource.attr.get("manufacturername"), resource.attr.get("modelid"), resource.type, item)
        mark = release + "|".join(map(str, of_model))
        if (told := self.known.get(mark)) is not None:
            take(_range(told))
            return False
        path = f"devices/{resource.key}/config/{item}/introspect"
        self._waiting.setdefault(mark, (path, []))[1].append(take)
        return True

    @property
    def are_wanted(self) -> bool:
        """Say whether any range is waited for."""
        return bool(self._waiting)

    async def look_up(self) -> None:
        """Look up the next range that is waited for.

        Raises:
            WireError: The gateway could not tell; the range is waited for still, as the last of all.

        """
        mark, (path, takers) = next(iter(self._waiting.items()))
        try:
            told = await self._read(path) or {}
        except WireError:
            self._waiting[mark] = self._waiting.pop(mark)
            raise
        del self._waiting[mark]
        self.known[mark] = {name: told[name] for name in (*LEAST, *MOST) if name in told}
        for take in takers:
            take(_range(self.known[mark]))


def _range(told: Mapping[str, Any]) -> Range:
    return _first(told, LEAST), _first(told, MOST)


def _first(told: Mapping[str, Any], names: tuple[str, ...]) -> float | None:
    return next((end for name in names if (end := number(told.get(name))) is not None), None)
