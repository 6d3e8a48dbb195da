"""What all codecs have in common: their input, their result and their errors.

Wire code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

# Values of one payload; more are no measurements.
MAX_VALUES: Final = 500


class Reason(StrEnum):
    """Why a codec cannot decode a payload, or cannot be used at all."""

    # The code or the layout cannot be read.
    CODE = "code"
    # The code has no function that decodes.
    FUNCTION = "function"
    # The payload is shorter than the layout, or has records of an unknown type.
    PAYLOAD = "payload"
    # The code raised an exception or reported errors.
    ERROR = "error"
    TIME = "time"
    MEMORY = "memory"
    RECURSION = "recursion"
    # The result is no object with values.
    RESULT = "result"


# Reasons after which the code may hold up or exhaust the host again.
DANGEROUS: Final = frozenset({Reason.TIME, Reason.MEMORY, Reason.RECURSION})


class CodecError(Exception):
    """A payload that a codec cannot decode.

    Attributes:
        reason: Reason.
        details: What the codec says about it, or empty.

    """

    def __init__(self, reason: Reason, details: str = "") -> None:
        """Initialize with a reason."""
        super().__init__(reason.value)
        self.reason = reason
        self.details = details[:200]


@dataclass(frozen=True, slots=True)
class Decoded:
    """Result of a codec.

    Attributes:
        values: Values by name, nested as the codec returns them; ``{"value": …, "unit": …}`` where
            the codec declares a unit.
        warnings: Warnings of the codec.

    """

    values: Mapping[str, Any]
    warnings: tuple[str, ...] = field(default=())


class Codec(Protocol):
    """Decoder of payloads."""

    def decode(self, payload: bytes, port: int | None, at: float) -> Decoded:
        """Return the values of a payload.

        Args:
            payload: Payload.
            port: Port of the uplink.
            at: Unix time of the uplink.

        Raises:
            CodecError: The payload cannot be decoded.

        """
