"""What a measured value means, in Home Assistant's words but without its code."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """How a value is to be shown.

    Attributes:
        platform: ``sensor`` or ``binary_sensor``.
        device_class: Home Assistant's word for the quantity, or None.
        unit: Unit as Home Assistant spells it, or None.
        state_class: ``measurement``, ``total``, ``total_increasing`` or None.
        precision: Decimals worth showing, or None.
        diagnostic: Whether it tells of the device and not of the world.
        enabled: Whether it is shown without being asked for.

    """

    platform: str = "sensor"
    device_class: str | None = None
    unit: str | None = None
    state_class: str | None = None
    precision: int | None = None
    diagnostic: bool = False
    enabled: bool = True
