"""Malformed messages that no client may fail on, whatever the vendor."""

from .data import Frame

HUGE_LENGTH = 5_000_000
INVALID_UTF8 = b'{"x":"\xff\xfe"}'

GARBAGE: list[Frame] = [
    b"\x00\x01\x02\xff",
    b'{"binary":"json"}',
    "",
    " ",
    "{",
    '{"type":"StateCha',
    "[[[",
    "nonsense",
    "NaN",
    "1e999",
    "null",
    "true",
    "42",
    '"text"',
    '"\\ud800"',
    "[]",
    "[1,2,3]",
    "[null]",
    "[[]]",
    "{}",
    '{"":null}',
    '{"a":1,"a":2}',
    "[" * 5000 + "]" * 5000,
    "\ufeff{}",
]
