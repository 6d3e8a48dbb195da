"""Fields that a parser declares in its source.

Wire code. A parser is an Elixir module, whose ``fields`` lists maps with the name, the
display name and the unit of each field, with atoms or texts as keys. The list is read, never
executed; fields that are computed are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
import re
from typing import Any, Final

from ....lorawan.api.model import Field
from ....wire.values import as_text

_START: Final = re.compile(r"^[ \t]*defp?\s+fields\b(?:\(\s*\))?", re.MULTILINE)
_END: Final = re.compile(r"^[ \t]*(?:defp?|@\w+|defmodule)\b", re.MULTILINE)
_COMMENT: Final = re.compile(r"(?m)^\s*#.*$")
_MAP: Final = re.compile(r"%\{([^{}]*)\}")
_ENTRY: Final = re.compile(
    r"""(?:"(field|display|unit)"\s*=>|:(field|display|unit)\s*=>|\b(field|display|unit):)\s*"((?:[^"\\]|\\.)*)\""""
)
# Longer sources are not read.
_MAX_LENGTH: Final = 500_000


@dataclass(frozen=True, slots=True)
class Parser:
    """Parser of the platform.

    Attributes:
        name: Name, or None.
        fields: Declared fields, by key.

    """

    name: str | None = None
    fields: Mapping[str, Field] = field(default_factory=dict)


def read_parser(body: Mapping[str, Any]) -> Parser:
    """Return the parser of a REST object."""
    code = as_text(body.get("code")) or ""
    return Parser(as_text(body.get("name")), _declared_fields(code) if len(code) <= _MAX_LENGTH else {})


def _declared_fields(code: str) -> dict[str, Field]:
    """Return the fields of a source; of a field that is declared twice, only the first one counts."""
    fields: dict[str, Field] = {}
    if (start := _START.search(code)) is None:
        return fields
    end = _END.search(code, start.end())
    source = _COMMENT.sub("", code[start.end() : end.start() if end else None])
    for literal in _MAP.finditer(source):
        entries = {next(filter(None, match.groups()[:3])): _text(match[4]) for match in _ENTRY.finditer(literal[1])}
        if name := entries.get("field"):
            fields.setdefault(name, Field(entries.get("unit") or None, entries.get("display") or None))
    return fields


def _text(literal: str) -> str:
    """Return the text of a literal without its escapes."""
    return re.sub(r"\\(.)", r"\1", literal).strip()
