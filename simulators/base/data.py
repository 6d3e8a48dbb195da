"""Types of everything that is sent and received, and the tolerant JSON parser."""

from typing import Any

import orjson

type Data = dict[str, Any]
type Frame = Data | list[Any] | str | bytes


def parse(body: bytes) -> object:
    """Return the JSON document in `body`, or None if it is not valid JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
