"""Identity of a device in the catalog of ChirpStack, by which integrations of manufacturers recognize it.

Wire code. The model of a device cannot be read from its address or its payloads, so only a
person names it; the address only proposes the manufacturer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from ...wire.values import NotUnderstood, as_text, integer
from .model import stored_object

# Vendor IDs of the LoRa Alliance have 16 bits.
MAX_VENDOR_ID: Final = 0xFFFF
# Vendor IDs by the first six digits of the DevEUIs that the manufacturer assigns.
_VENDOR_IDS: Final[Mapping[str, int]] = {
    "24e124": 601,  # Milesight
    "2cf7f1": 744,  # Seeed
    "a84041": 676,  # Dragino
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Brand and model of a device.

    Attributes:
        brand: Vendor ID of the LoRa Alliance.
        model: ID of the device in the catalog of ChirpStack.

    """

    brand: int
    model: str

    def to_option(self) -> dict[str, Any]:
        """Return the form in which the options hold the identity."""
        return {"brand": self.brand, "model": self.model}

    @classmethod
    def from_option(cls, option: Any) -> Identity:
        """Return the identity that the options hold.

        Raises:
            NotUnderstood: The option has another shape.

        """
        stored = stored_object(option)
        brand, model = integer(stored.get("brand")), as_text(stored.get("model"))
        if brand is None or not model:
            raise NotUnderstood("identity")
        return cls(brand=brand, model=model)


def read_identities(options: Mapping[str, Any]) -> dict[str, Identity]:
    """Return the identities of the options, by device."""
    return {device_id: Identity.from_option(option) for device_id, option in options.items()}


def read_model(text: str) -> str | None:
    """Return a model ID as the catalog writes it, or None if the text is none."""
    try:
        return str(UUID(text.strip()))
    except ValueError:
        return None


def proposed_brand(dev_eui: str | None) -> int | None:
    """Return the vendor ID that a DevEUI suggests, or None."""
    return None if dev_eui is None else _VENDOR_IDS.get(dev_eui.lower()[:6])
