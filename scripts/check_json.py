"""Parse the JSON files named on standard input, separated by NUL.

A slip in a translation shows only at run time otherwise.
"""

import json
from pathlib import Path
import sys


def _refuse_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object, or raise ValueError for a duplicate key, of which the last would silently win."""
    keys = [key for key, _ in pairs]
    if twice := {key for key in keys if keys.count(key) > 1}:
        msg = f"duplicate keys: {', '.join(sorted(twice))}"
        raise ValueError(msg)
    return dict(pairs)


def main() -> int:
    """Return 1 when a file does not parse."""
    failed = 0
    for name in filter(None, sys.stdin.read().split("\0")):
        path = Path(name)
        if not path.exists():
            continue
        try:
            json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_refuse_duplicates)
        except ValueError as err:
            print(f"{name}: {err}")
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
