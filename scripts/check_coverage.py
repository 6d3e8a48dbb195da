"""Check the share of tested lines and branches in every module of the integration.

One number for the whole lets a well-tested module hide an untested one. Config flows are held to 100 %: they are the
first thing a person meets, and every way out of an error must lead on.
"""

import json
from pathlib import Path
import sys

FLOOR = 95.0
FLOW_FLOOR = 100.0


def shortfalls(report: dict[str, dict[str, dict[str, dict[str, float]]]]) -> list[str]:
    """Return one line for each module of a `coverage json` report that falls short."""
    lines = []
    for name, module in sorted(report["files"].items()):
        floor = FLOW_FLOOR if Path(name).name == "config_flow.py" else FLOOR
        covered = module["summary"]["percent_covered"]
        if covered < floor:
            lines.append(f"{name}: {covered:.1f} % covered, {floor:.0f} % wanted; lines {module['missing_lines']}")
    return lines


def main() -> int:
    """Read the report named as the argument; return 1 when a module falls short."""
    report = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if not report["files"]:
        print("coverage: nothing was measured")
        return 1
    lines = shortfalls(report)
    print(*lines, sep="\n") if lines else print(f"coverage: {len(report['files'])} modules, none falls short")
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main())
