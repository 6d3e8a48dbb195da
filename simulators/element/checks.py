"""Values that the platform accepts in requests, and its errors."""

from datetime import UTC, datetime
from http import HTTPStatus
import string
from typing import TYPE_CHECKING

from ..base import Data
from .world import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_PAGE_SIZE = 100
PORTS = range(1, 224)

_DIRECTIONS = {"ascending": False, "asc": False, "descending": True, "desc": True}
_SORT_FIELDS = frozenset({"inserted_at", "name", "measured_at", "transceived_at"})
_TIME_FILTERS = {"inserted_at": ("after", "before"), "measured_at": ("measured_after", "measured_before")}


class ApiError(ValueError):
    """An answer with an HTTP error."""

    def __init__(self, status: int) -> None:
        """Initialize with an HTTP status."""
        super().__init__(status)
        self.status = status


def moment(value: str | datetime) -> datetime:
    """Return a time in UTC from any of the accepted forms (docs/protocols/element.md, 2.2)."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    try:
        if value.isdigit() and len(value) > len("20260101"):
            return datetime.fromtimestamp(int(value), UTC)
        result = datetime.fromisoformat(value)
    except ValueError:
        raise ApiError(HTTPStatus.BAD_REQUEST) from None
    return result.replace(tzinfo=UTC) if result.tzinfo is None else result.astimezone(UTC)


def filtered(query: Mapping[str, str], items: list[Data]) -> list[Data]:
    """Return the items that match the filters of a query, in its order."""
    sort = query.get("sort", "inserted_at")
    direction = query.get("sort_direction", "descending")
    if sort not in _SORT_FIELDS or direction not in _DIRECTIONS:
        raise ApiError(HTTPStatus.BAD_REQUEST)
    for field, (low, high) in _TIME_FILTERS.items():
        if low in query:
            since = iso(moment(query[low]))
            items = [item for item in items if item.get(field, "") >= since]
        if high in query:
            until = iso(moment(query[high]))
            items = [item for item in items if item.get(field, "") <= until]
    if "packet_type" in query:
        items = [item for item in items if item.get("packet_type") == query["packet_type"]]
    return sorted(items, key=lambda item: (item.get(sort) or "", item["id"]), reverse=_DIRECTIONS[direction])


def page_size(query: Mapping[str, str]) -> int:
    """Return the requested number of items."""
    limit = query.get("limit", "10")
    if not limit.isdigit() or int(limit) > MAX_PAGE_SIZE:
        raise ApiError(HTTPStatus.BAD_REQUEST)
    return int(limit)


def is_valid_downlink(opts: Data) -> bool:
    """Return whether the options of a downlink are valid (docs/protocols/element.md, 6)."""
    port, payload = opts.get("port"), opts.get("payload")
    if isinstance(port, bool) or not isinstance(port, int) or port not in PORTS:
        return False
    if not isinstance(payload, str) or len(payload) % 2 or set(payload) - set(string.hexdigits):
        return False
    return all(isinstance(opts.get(name, False), bool) for name in ("acknowledge", "immediately"))
