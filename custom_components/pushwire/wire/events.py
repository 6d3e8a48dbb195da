"""Stateless happenings: button presses, motion pulses, joins, messages.

An edge happens once. It never stands in a state, is never fired again by a snapshot
or a replay, and has listeners of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Something happened at a resource.

    Attributes:
        resource: Id of the resource it happened at.
        kind: What happened, in the words of the event entity's ``event_types``.
        attributes: Further facts for the event entity.

    """

    resource: str
    kind: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonEdge(Edge):
    """A button was used.

    Attributes:
        device_id: Vendor's id of the device that has the button.
        subtype: Which button, as the device trigger names it (``button_1``).
        also: Further pairs of kind and subtype that a device trigger may name it by.

    """

    device_id: str
    subtype: str
    also: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonTrigger:
    """One thing that a person can choose as a device trigger.

    Attributes:
        kind: The kind of press (``press_end``), see ``ButtonEdge.kind``.
        subtype: The button, see ``ButtonEdge.subtype``.

    """

    kind: str
    subtype: str
