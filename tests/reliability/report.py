"""Reports that the tests write: ``docs/reliability.md``, and others of the same form."""

import os
from pathlib import Path
from typing import Final

PATH: Final = Path(__file__).parents[2] / "docs" / "reliability.md"
# Set to 1, rewrites the reports with what a run finds.
WRITE: Final = "PUSHWIRE_WRITE_RELIABILITY"

type Columns = dict[str, dict[str, str]]
"""Results by column and row."""


class Report:
    """Tables of all vendors between an introduction and the end of the file.

    Args:
        introduction: Text above the tables.
        titles: Titles of the vendors.
        phases: Names of the columns.
        faults: Names of the rows.
        path: Path of the file.
        corner: Name of the first column.

    """

    def __init__(
        self,
        introduction: str,
        titles: list[str],
        phases: list[str],
        faults: list[str],
        *,
        path: Path = PATH,
        corner: str = "fault",
    ) -> None:
        """Initialize with the tables of the file."""
        self._introduction = introduction
        self._titles = titles
        self._phases = phases
        self._faults = faults
        self._path = path
        self._corner = corner
        self._tables: dict[str, Columns] = {title: {} for title in titles}
        self.text = path.read_text(encoding="utf-8") if path.exists() else ""
        self._read()

    def _read(self) -> None:
        table: Columns = {}
        phases: list[str] = []
        for line in self.text.splitlines():
            if line.startswith("## "):
                table, phases = self._tables.get(line[3:], {}), []
            elif line.startswith("|"):
                fault, *cells = [cell.strip() for cell in line.strip("|").split("|")]
                if not phases:
                    phases = [cell.lower() for cell in cells]
                else:
                    for phase, cell in zip(phases, cells, strict=True):
                        table.setdefault(phase, {})[fault] = cell

    def column(self, title: str, phase: str) -> dict[str, str]:
        """Return the results of a vendor in one phase."""
        found = self._tables[title].get(phase, {})
        return {fault: found[fault] for fault in self._faults if fault in found}

    def replace(self, title: str, phase: str, found: dict[str, str]) -> None:
        """Write the results of a vendor in one phase."""
        self._tables[title][phase] = found
        self._path.write_text(self.render(), encoding="utf-8")

    def row(self, title: str, fault: str) -> dict[str, str]:
        """Return the results of a vendor for one fault."""
        return {phase: self._tables[title].get(phase, {}).get(fault, "") for phase in self._phases}

    def replace_row(self, title: str, fault: str, found: dict[str, str]) -> None:
        """Write the results of a vendor for one fault."""
        for phase, cell in found.items():
            self._tables[title].setdefault(phase, {})[fault] = cell
        self._path.write_text(self.render(), encoding="utf-8")

    def render(self) -> str:
        """Return the text of the file."""
        lines = [self._introduction.strip()]
        for title in self._titles:
            lines += ["", f"## {title}", "", f"| {self._corner} | {' | '.join(self._phases)} |"]
            lines.append("|---" * (len(self._phases) + 1) + "|")
            for fault in self._faults:
                cells = [self._tables[title].get(phase, {}).get(fault, "") for phase in self._phases]
                lines.append(f"| {fault} | {' | '.join(cells)} |")
        return "\n".join(lines) + "\n"


def is_rewriting() -> bool:
    """Return whether a run rewrites the reports."""
    return os.environ.get(WRITE) == "1"
