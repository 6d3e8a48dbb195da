"""Devices for which a codec is chosen.

Wire code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ....wire.values import as_list, as_text
from ..model import LorawanDevice


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecMatch:
    """Devices, by ID or by what they have in common.

    Attributes:
        devices: IDs of devices.
        app_eui: AppEUI (JoinEUI) of the devices, or None.
        model: Model of the devices, or None.
        name_pattern: Pattern of the names with ``*`` and ``?``, or None.

    """

    devices: frozenset[str] = frozenset()
    app_eui: str | None = None
    model: str | None = None
    name_pattern: str | None = None

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> CodecMatch:
        """Return the match of the data of a codec."""
        return cls(
            devices=frozenset(item for item in as_list(data.get("devices")) if isinstance(item, str)),
            app_eui=as_text(data.get("app_eui")),
            model=as_text(data.get("model")),
            name_pattern=as_text(data.get("name_pattern")),
        )

    @property
    def is_empty(self) -> bool:
        """Whether the match fits no device."""
        return self == CodecMatch()

    def rank(self, device: LorawanDevice) -> int:
        """Return how closely the match describes a device; 0 if it does not fit.

        A device that is named is meant more than one of a model, which is meant more than one that
        shares an AppEUI or a pattern.
        """
        if device.device_id in self.devices:
            return 4
        if self.model is not None and _same(self.model, device.model):
            return 3
        if self.app_eui is not None and _same(self.app_eui, device.app_eui):
            return 2
        pattern = self.name_pattern
        return int(pattern is not None and fnmatchcase(device.name.casefold(), pattern.casefold()))


def _same(chosen: str, own: str | None) -> bool:
    return own is not None and chosen.casefold() == own.casefold()
