"""The actions of Pushwire, registered once for all entries."""

from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr
import voluptuous as vol

from .const import DOMAIN
from .coordinator import PushCoordinator
from .entity import translated
from .errors import WireError
from .lorawan.downlink import (
    BadPayload,
    BadPort,
    Downlink,
    DownlinkSender,
    NotSupported,
    PayloadFormat,
    UnknownDevice,
    check_port,
    read_payload,
)

SEND_DOWNLINK: Final = "send_downlink"

ATTR_COMMAND: Final = "command"
ATTR_CONFIRMED: Final = "confirmed"
ATTR_CONNECTOR: Final = "connector"
ATTR_FORMAT: Final = "format"
ATTR_PAYLOAD: Final = "payload"
ATTR_PORT: Final = "port"
ATTR_REFERENCE: Final = "reference"


def _whole(value: Any) -> int:
    """Return a whole number; a form's number field gives 5.0 for it.

    Raises:
        vol.Invalid: It is none.

    """
    number = float(vol.Coerce(float)(value))
    if not number.is_integer():
        raise vol.Invalid("expected a whole number")
    return int(number)


# The range of the port is checked by the action, for an answer that says what to do.
SEND_DOWNLINK_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): cv.string,
        vol.Required(ATTR_PAYLOAD): cv.string,
        vol.Optional(ATTR_FORMAT, default=PayloadFormat.HEX): vol.Coerce(PayloadFormat),
        vol.Required(ATTR_PORT): _whole,
        vol.Optional(ATTR_CONFIRMED, default=False): cv.boolean,
        vol.Optional(ATTR_REFERENCE, default=""): cv.string,
        vol.Optional(ATTR_CONNECTOR, default=""): cv.string,
        vol.Optional(ATTR_COMMAND, default=""): cv.string,
    }
)

# Faults of what was typed; everything else is a fault of the way.
_INPUT_ERRORS: Final = (BadPayload, BadPort, NotSupported, UnknownDevice)


@callback
def async_register_actions(hass: HomeAssistant) -> None:
    """Register all actions."""
    hass.services.async_register(
        DOMAIN,
        SEND_DOWNLINK,
        _async_send_downlink,
        schema=SEND_DOWNLINK_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_send_downlink(call: ServiceCall) -> ServiceResponse:
    """Send a message to a LoRaWAN device and return the server's answer."""
    data = call.data
    coordinator, device_id = _target(call.hass, data[ATTR_DEVICE_ID])
    try:
        if not isinstance(coordinator, DownlinkSender):
            raise UnknownDevice
        downlink = Downlink(
            payload=read_payload(data[ATTR_PAYLOAD], data[ATTR_FORMAT]),
            port=check_port(data[ATTR_PORT]),
            confirmed=data[ATTR_CONFIRMED],
            reference=data[ATTR_REFERENCE],
            connector=data[ATTR_CONNECTOR],
            command=data[ATTR_COMMAND],
        )
        answer = await coordinator.async_send_downlink(device_id, downlink)
    except _INPUT_ERRORS as err:
        raise _invalid(err.translation_key, details=err.details or "-") from err
    except WireError as err:
        raise translated(err) from err
    return dict(answer)


def _target(hass: HomeAssistant, entry_id: str) -> tuple[PushCoordinator, str]:
    """Return the coordinator of a device and the vendor's id of it.

    Raises:
        ServiceValidationError: There is no such device, or its entry is not loaded.

    """
    device = dr.async_get(hass).async_get(entry_id)
    entry = hass.config_entries.async_get_entry(device.config_entry_id) if device is not None else None
    if device is None or entry is None or entry.domain != DOMAIN:
        raise _invalid(UnknownDevice.translation_key, details="-")
    if entry.state is not ConfigEntryState.LOADED:
        raise _invalid("entry_not_loaded", name=entry.title)
    coordinator: PushCoordinator = entry.runtime_data
    return coordinator, coordinator.device_id_of(device) or ""


def _invalid(key: str, **placeholders: Any) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )
