"""Uplink with its raw payload, for integrations that decode it themselves.

Wire code.
"""

from collections.abc import Hashable
from dataclasses import dataclass

from .gateways import Reception


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """Uplink that has just been received for the first time.

    Attributes:
        key: Distinguishes the uplink from others of its device; further gateways report it with the same key.
        payload: Payload in hex, or None if it is unknown.
        port: fPort, or None if it is unknown.
        at: Unix time.
        receptions: Receptions that are known so far.

    """

    key: Hashable
    payload: str | None
    port: int | None
    at: float
    receptions: tuple[Reception, ...] = ()
