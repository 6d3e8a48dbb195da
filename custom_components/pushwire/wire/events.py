"""Events without a state: button presses, motion, joins, messages.

An event occurs once. It is never part of a state and never fired again by a snapshot
or a replay; callbacks subscribe to events separately from states.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PushEvent:
    """Event of a resource.

    Attributes:
        resource: ID of the resource.
        kind: Event type, as in the event entity's ``event_types``.
        attributes: Attributes of the event entity.

    """

    resource: str
    kind: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPress(PushEvent):
    """Event that is a device trigger as well: the use of a button, motion, a join, a step of a downlink.

    Attributes:
        device_id: Vendor's ID of the device.
        subtype: Button, or what else has occurred, as the device trigger names it (``button_1``).
        aliases: Further pairs of kind and subtype that a device trigger may use.

    """

    device_id: str
    subtype: str
    aliases: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonTrigger:
    """Device trigger offered in the automation editor.

    Attributes:
        kind: Kind of press (``press_end``), see ``ButtonPress.kind``.
        subtype: Button, see ``ButtonPress.subtype``.

    """

    kind: str
    subtype: str
