"""Names of the entities of values in the language of Home Assistant."""

from collections.abc import Mapping
from itertools import count
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations

from ..const import DOMAIN
from ..wire.text import shorten
from .api.model import LorawanDevice, Value, ValueDescription
from .api.names import NameParts, name_of_display, name_parts
from .api.presses import is_message_kind

_ENTITY_TEXTS: Final = f"component.{DOMAIN}.entity"
# Texts of the usual words in keys of values, and of what stands behind them.
_WORDS: Final = f"{_ENTITY_TEXTS}.sensor.measured.state"
_ENDS: Final = f"{_ENTITY_TEXTS}.sensor.measured_end.state"
# Texts with the names of the entities that each device has, by platform and translation key.
_PAYLOAD: Final = "sensor.payload"
_MESSAGE: Final = "event.message"
_PRESS: Final = ValueDescription(platform="event")
DEVICE_NAMES: Final = (
    "binary_sensor.uplinks_missing",
    "event.downlink",
    "event.join",
    "event.uplink",
    "sensor.airtime",
    "sensor.expected_interval",
    "sensor.frame_counter",
    "sensor.frequency",
    "sensor.gateway_count",
    "sensor.installation_date",
    "sensor.last_uplink",
    "sensor.lost_frames",
    "sensor.missed_frames",
    _PAYLOAD,
    "sensor.port",
    "sensor.rssi",
    "sensor.snr",
    "sensor.spreading_factor",
)


def _unlike(name: str, taken: set[str]) -> str:
    """Return a name with a number if the name is taken."""
    candidates = (shorten(name, f" ({number})") for number in count(2))
    return name if name.casefold() not in taken else next(item for item in candidates if item.casefold() not in taken)


class EntityNames:
    """Names of the values of devices.

    Args:
        hass: Home Assistant.
        texts: Texts of the integration, in the language of Home Assistant.

    """

    def __init__(self, hass: HomeAssistant, texts: Mapping[str, str]) -> None:
        """Initialize for one platform."""
        self._hass = hass
        self._texts = texts

    def name_of(self, device: LorawanDevice, key: str) -> str:
        """Return the name of a value of a device, which no other entity of the device has.

        A later value does not change the names of earlier ones.
        """
        own = {self._texts.get(f"{_ENTITY_TEXTS}.{name}.name", "").casefold() for name in DEVICE_NAMES}
        taken: set[str] = set()
        name = ""
        for other, value in device.values.items():
            name = self._plain_name(device, other, value)
            if name.casefold() in own:
                name = shorten(name, f" ({self._texts.get(f'{_ENTITY_TEXTS}.{_PAYLOAD}.name', '')})")
            name = _unlike(name, taken)
            taken.add(name.casefold())
            if other == key:
                break
        return name

    def name_of_press(self, device: LorawanDevice, key: str) -> str:
        """Return the name of the presses of a key, which no other entity of the device has."""
        own = {self._texts.get(f"{_ENTITY_TEXTS}.{name}.name", "").casefold() for name in DEVICE_NAMES}
        taken = own | {self.name_of(device, other).casefold() for other in device.values}
        name = ""
        for other in device.press_kinds:
            parts = name_parts(other)[0]
            plain = self._texts.get(f"{_ENTITY_TEXTS}.{_MESSAGE}.name", "") if is_message_kind(other) else None
            name = _unlike(plain or self._joined(self._words(parts, _PRESS) or parts.text, parts), taken)
            taken.add(name.casefold())
            if other == key:
                break
        return name

    def _plain_name(self, device: LorawanDevice, key: str, value: Value) -> str:
        """Return the name of a value on its own."""
        choice = device.choices.find(device, key)
        if choice is not None and choice.name:
            return shorten(choice.name)
        description = value.description
        forms = name_parts(key, description.device_class, description.unit)
        for parts in forms:
            if (words := self._words(parts, description)) is not None:
                return self._joined(words, parts)
        declared = device.fields.get(key)
        if declared is not None and (display := name_of_display(declared.display)) is not None:
            return display
        return self._joined(forms[0].text, forms[0])

    def _words(self, parts: NameParts, description: ValueDescription) -> str | None:
        own = self._texts.get(f"{_WORDS}.{parts.words}")
        if not parts.is_class:
            return own
        language = self._hass.config.language
        text, english = (self._class_name(description, name) for name in (language, "en"))
        # Some names of classes have no translation yet.
        is_missing = text is None or (own is not None and text == english and not language.startswith("en"))
        return own if is_missing else text

    def _class_name(self, description: ValueDescription, language: str) -> str | None:
        """Return Home Assistant's name of a device class in a language."""
        texts = async_get_cached_translations(self._hass, language, "entity_component", description.platform)
        return texts.get(f"component.{description.platform}.entity_component.{description.device_class}.name")

    def _joined(self, words: str, parts: NameParts) -> str:
        ends = [
            " ".join(filter(None, (self._texts.get(f"{_ENDS}.{word}", word) if word else "", number)))
            for word, number in parts.ends
        ]
        return shorten(words, f" {' '.join(ends)}" if ends else "")
