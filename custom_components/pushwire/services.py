"""Actions of the integration, registered once for all entries."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.components.light import (
    ATTR_BRIGHTNESS,
    ATTR_COLOR_TEMP_KELVIN,
    ATTR_RGB_COLOR,
    ATTR_TRANSITION,
    ATTR_XY_COLOR,
)
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID, ATTR_ENTITY_ID, ATTR_NAME, WEEKDAYS, Platform
from homeassistant.core import (
    HassJob,
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, Unauthorized, UnknownUser
from homeassistant.helpers import config_validation as cv, device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import async_get_platforms
from homeassistant.helpers.service import (
    async_register_admin_service,
    async_register_platform_entity_service,
    entity_service_call,
)
from homeassistant.util import dt as dt_util
from homeassistant.util.color import color_RGB_to_xy
import voluptuous as vol

from .const import DOMAIN
from .core.coordinator import PushCoordinator
from .core.entity import to_home_assistant_error, validation_error
from .core.features import (
    Gradient,
    GradientLight,
    HubAction,
    HubActions,
    SceneGroup,
    ScheduledClimate,
    StoredScene,
    TimedSwitch,
    TouchlinkGateway,
)
from .lorawan.api.backfill import BackfillNotSupported, BackfillSource, NoRecorder
from .lorawan.api.controls import Content
from .lorawan.api.downlink import (
    BadPayload,
    BadPort,
    Downlink,
    EncodingFailed,
    FieldNotSupported,
    NoConfirmation,
    NoDownlinks,
    NoEncoder,
    NothingToSend,
    PayloadFormat,
    UnknownDevice,
    check_port,
    read_payload,
)
from .lorawan.api.node_commands import BadCommandInput, NodeCommands, UnknownNodeCommand
from .lorawan.chosen_meanings import exported, import_meanings
from .lorawan.coordinator import LorawanCoordinator
from .lorawan.downlinks import WaitFor, async_encode, async_send
from .wire.errors import WireError
from .wire.schedule import ScheduleDays, SchedulePoint

ACCEPT_DEVICE: Final = "accept_device"
BACKFILL: Final = "backfill"
CREATE_SCENE: Final = "create_scene"
DELETE_MESSAGE: Final = "delete_message"
MARK_MESSAGE_READ: Final = "mark_message_read"
PERFORM_ACTION: Final = "perform_action"
RUN_NODE_COMMAND: Final = "run_node_command"
TURN_ON_WITH_TIMER: Final = "turn_on_with_timer"
EXPORT_MEANINGS: Final = "export_meanings"
IMPORT_MEANINGS: Final = "import_meanings"
GET_SCHEDULE: Final = "get_schedule"
DELETE_SCENE: Final = "delete_scene"
SEND_DOWNLINK: Final = "send_downlink"
SET_GRADIENT: Final = "set_gradient"
SET_SCENE_LIGHT: Final = "set_scene_light"
SET_SCHEDULE: Final = "set_schedule"
TOUCHLINK_IDENTIFY: Final = "touchlink_identify"
TOUCHLINK_RESET: Final = "touchlink_reset"
TOUCHLINK_SCAN: Final = "touchlink_scan"
WRITE: Final = "write"

ATTR_ACTION: Final = "action"
ATTR_START: Final = "start"
ATTR_END: Final = "end"
ATTR_DURATION: Final = "duration"
ATTR_FOUND_ID: Final = "found_id"
ATTR_MESSAGE_ID: Final = "message_id"
ATTR_NAMESPACE: Final = "namespace"
ATTR_PARAMS: Final = "params"
ATTR_TARGET: Final = "target"
ATTR_ADDRESS: Final = "address"
ATTR_COMMAND: Final = "command"
ATTR_INPUTS: Final = "inputs"
ATTR_IMMEDIATELY: Final = "immediately"
ATTR_RETRIES: Final = "retries"
ATTR_DATA: Final = "data"
ATTR_DAYS: Final = "days"
ATTR_LIGHT: Final = "light"
ATTR_LIGHTS: Final = "lights"
ATTR_TURNED_ON: Final = "turned_on"
ATTR_SCHEDULE: Final = "schedule"
ATTR_SECTION: Final = "section"
ATTR_TEMPERATURE: Final = "temperature"
ATTR_TIME: Final = "time"
ATTR_TIMES: Final = "times"
ATTR_CONFIRMED: Final = "confirmed"
ATTR_CONNECTOR: Final = "connector"
ATTR_FORMAT: Final = "format"
ATTR_PAYLOAD: Final = "payload"
ATTR_PORT: Final = "port"
ATTR_REFERENCE: Final = "reference"
ATTR_OFFSET: Final = "offset"
ATTR_POINTS: Final = "points"
ATTR_SEGMENTS: Final = "segments"
ATTR_STYLE: Final = "style"
ATTR_EXPIRES: Final = "expires"
ATTR_WAIT_FOR: Final = "wait_for"
ATTR_MEANINGS: Final = "meanings"

# Number of components of a color.
XY: Final = 2
RGB: Final = 3
MIN_POINTS: Final = 2
MAX_NAME_LENGTH: Final = 32
# Seconds.
MAX_TRANSITION: Final = 6553
MIN_TIMER: Final = timedelta(seconds=1)
MAX_TIMER: Final = timedelta(days=1)
MIN_EXPIRES: Final = timedelta(seconds=1)
MAX_EXPIRES: Final = timedelta(days=1)


def _integer(value: Any) -> int:
    """Return an integer; the number field of a form returns 5.0 for 5.

    Raises:
        vol.Invalid: The value is not an integer.

    """
    number = float(vol.Coerce(float)(value))
    if not number.is_integer():
        raise vol.Invalid("expected a whole number")
    return int(number)


# The action checks the range of the port, so that the error can be translated.
SEND_DOWNLINK_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): vol.All(cv.ensure_list, [cv.string], vol.Length(min=1)),
        vol.Exclusive(ATTR_PAYLOAD, ATTR_PAYLOAD): cv.string,
        vol.Exclusive(ATTR_DATA, ATTR_PAYLOAD): {cv.string: object},
        vol.Optional(ATTR_FORMAT, default=PayloadFormat.HEX): vol.Coerce(PayloadFormat),
        vol.Optional(ATTR_PORT): _integer,
        vol.Optional(ATTR_CONFIRMED, default=False): cv.boolean,
        vol.Optional(ATTR_REFERENCE, default=""): cv.string,
        vol.Optional(ATTR_WAIT_FOR, default=WaitFor.ACCEPTED): vol.Coerce(WaitFor),
        vol.Optional(ATTR_EXPIRES): vol.All(cv.positive_time_period, vol.Range(min=MIN_EXPIRES, max=MAX_EXPIRES)),
        vol.Optional(ATTR_CONNECTOR, default=""): cv.string,
        vol.Optional(ATTR_COMMAND, default=""): cv.string,
        vol.Optional(ATTR_IMMEDIATELY, default=False): cv.boolean,
        vol.Optional(ATTR_RETRIES): vol.All(_integer, vol.Range(min=0, max=15)),
    }
)

# Errors of the input; all others are errors of the connection or the server.
_INPUT_ERRORS: Final = (
    BadPayload,
    BadPort,
    EncodingFailed,
    FieldNotSupported,
    NoConfirmation,
    NoDownlinks,
    NoEncoder,
    NothingToSend,
    UnknownDevice,
)


SCHEDULE_SCHEMA: Final = vol.All(
    cv.ensure_list,
    [
        {
            vol.Required(ATTR_DAYS): vol.All(cv.ensure_list, [vol.In(WEEKDAYS)], vol.Length(min=1)),
            vol.Required(ATTR_TIMES): vol.All(
                cv.ensure_list,
                [{vol.Required(ATTR_TIME): cv.time, vol.Required(ATTR_TEMPERATURE): vol.Coerce(float)}],
                vol.Length(min=1),
            ),
        }
    ],
    vol.Length(min=1),
)
# Only one of these fields may be given.
_COLOR: Final = "color"
SCENE_LIGHT_SCHEMA: Final[dict[vol.Marker, Any]] = {
    vol.Required(ATTR_LIGHT): cv.entity_id,
    vol.Optional(ATTR_TURNED_ON, default=True): cv.boolean,
    vol.Optional(ATTR_BRIGHTNESS): vol.All(vol.Coerce(int), vol.Range(min=1, max=255)),
    vol.Exclusive(ATTR_COLOR_TEMP_KELVIN, _COLOR): vol.All(vol.Coerce(int), vol.Range(min=1)),
    vol.Exclusive(ATTR_RGB_COLOR, _COLOR): vol.All(vol.ExactSequence((cv.byte,) * RGB), vol.Coerce(tuple)),
    vol.Exclusive(ATTR_XY_COLOR, _COLOR): vol.All(vol.ExactSequence((cv.small_float,) * XY), vol.Coerce(tuple)),
    vol.Optional(ATTR_TRANSITION): vol.All(vol.Coerce(float), vol.Range(min=0, max=MAX_TRANSITION)),
}
WRITE_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_ENTITY_ID): cv.entity_id,
        vol.Optional(ATTR_SECTION, default=""): cv.string,
        vol.Required(ATTR_DATA): vol.All({str: object}, vol.Length(min=1)),
    }
)
TIMER_SCHEMA: Final = cv.make_entity_service_schema(
    {
        vol.Required(ATTR_DURATION): vol.All(cv.positive_time_period, vol.Range(min=MIN_TIMER, max=MAX_TIMER)),
        vol.Optional(ATTR_BRIGHTNESS): vol.All(vol.Coerce(int), vol.Range(min=1, max=255)),
    }
)
PERFORM_ACTION_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): cv.string,
        vol.Required(ATTR_ACTION): vol.All(cv.string, vol.Length(min=1)),
        vol.Optional(ATTR_TARGET, default=""): cv.string,
        vol.Optional(ATTR_NAMESPACE, default=""): cv.string,
        vol.Optional(ATTR_PARAMS, default=dict): {str: object},
    }
)
MESSAGE_SCHEMA: Final = vol.Schema(
    {vol.Required(ATTR_DEVICE_ID): cv.string, vol.Required(ATTR_MESSAGE_ID): vol.All(cv.string, vol.Length(min=1))}
)
ACCEPT_DEVICE_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): cv.string,
        vol.Required(ATTR_FOUND_ID): vol.All(cv.string, vol.Length(min=1)),
        vol.Optional(ATTR_NAME, default=""): cv.string,
    }
)
# The inputs are checked by the command, so that the error can be translated.
RUN_NODE_COMMAND_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): cv.string,
        vol.Required(ATTR_COMMAND): vol.All(cv.string, vol.Length(min=1)),
        vol.Optional(ATTR_INPUTS, default=dict): {cv.string: object},
    }
)
# A time without a time zone is local.
BACKFILL_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): cv.string,
        vol.Required(ATTR_START): vol.All(cv.datetime, dt_util.as_utc),
        vol.Optional(ATTR_END): vol.All(cv.datetime, dt_util.as_utc),
    }
)
EXPORT_MEANINGS_SCHEMA: Final = vol.Schema({vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string})
# The meanings are checked by the import, so that the error can be translated.
IMPORT_MEANINGS_SCHEMA: Final = EXPORT_MEANINGS_SCHEMA.extend({vol.Required(ATTR_MEANINGS): object})
TOUCHLINK_SCHEMA: Final = vol.Schema({vol.Required(ATTR_DEVICE_ID): cv.string})
TOUCHLINK_LIGHT_SCHEMA: Final = TOUCHLINK_SCHEMA.extend({vol.Required(ATTR_ADDRESS): cv.string})


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
    hass.services.async_register(DOMAIN, RUN_NODE_COMMAND, _async_run_node_command, schema=RUN_NODE_COMMAND_SCHEMA)
    async_register_platform_entity_service(
        hass,
        DOMAIN,
        SET_GRADIENT,
        entity_domain=Platform.LIGHT,
        func=_async_set_gradient,
        schema={
            vol.Required(ATTR_POINTS): list,
            vol.Optional(ATTR_STYLE): cv.string,
            vol.Optional(ATTR_SEGMENTS): vol.All(_integer, vol.Range(min=1)),
            vol.Optional(ATTR_OFFSET): vol.All(_integer, vol.Range(min=0)),
        },
    )
    async_register_platform_entity_service(
        hass,
        DOMAIN,
        CREATE_SCENE,
        entity_domain=Platform.LIGHT,
        func=_async_create_scene,
        schema={vol.Required(ATTR_NAME): cv.string},
    )
    async_register_platform_entity_service(
        hass, DOMAIN, DELETE_SCENE, entity_domain=Platform.SCENE, func=_async_delete_scene, schema=None
    )
    async_register_platform_entity_service(
        hass,
        DOMAIN,
        SET_SCENE_LIGHT,
        entity_domain=Platform.SCENE,
        func=_async_set_scene_light,
        schema=SCENE_LIGHT_SCHEMA,
    )
    async_register_platform_entity_service(
        hass,
        DOMAIN,
        GET_SCHEDULE,
        entity_domain=Platform.CLIMATE,
        func=_async_get_schedule,
        schema=None,
        supports_response=SupportsResponse.ONLY,
    )
    async_register_platform_entity_service(
        hass,
        DOMAIN,
        SET_SCHEDULE,
        entity_domain=Platform.CLIMATE,
        func=_async_set_schedule,
        schema={vol.Required(ATTR_SCHEDULE): SCHEDULE_SCHEMA},
    )
    async_register_admin_service(
        hass,
        DOMAIN,
        TOUCHLINK_SCAN,
        _async_touchlink_scan,
        schema=TOUCHLINK_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )
    for action, func in ((TOUCHLINK_IDENTIFY, _async_touchlink_identify), (TOUCHLINK_RESET, _async_touchlink_reset)):
        async_register_admin_service(hass, DOMAIN, action, func, schema=TOUCHLINK_LIGHT_SCHEMA)
    async_register_admin_service(hass, DOMAIN, WRITE, _async_write, schema=WRITE_SCHEMA)
    hass.services.async_register(
        DOMAIN, TURN_ON_WITH_TIMER, partial(_async_turn_on_with_timer, hass), schema=TIMER_SCHEMA
    )
    async_register_admin_service(
        hass,
        DOMAIN,
        PERFORM_ACTION,
        _async_perform_action,
        schema=PERFORM_ACTION_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )
    for action, handle in ((MARK_MESSAGE_READ, _async_mark_message_read), (DELETE_MESSAGE, _async_delete_message)):
        async_register_admin_service(hass, DOMAIN, action, handle, schema=MESSAGE_SCHEMA)
    async_register_admin_service(hass, DOMAIN, ACCEPT_DEVICE, _async_accept_device, schema=ACCEPT_DEVICE_SCHEMA)
    async_register_admin_service(
        hass,
        DOMAIN,
        BACKFILL,
        _async_backfill,
        schema=BACKFILL_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )
    async_register_admin_service(
        hass,
        DOMAIN,
        EXPORT_MEANINGS,
        _async_export_meanings,
        schema=EXPORT_MEANINGS_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )
    async_register_admin_service(
        hass,
        DOMAIN,
        IMPORT_MEANINGS,
        _async_import_meanings,
        schema=IMPORT_MEANINGS_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_send_downlink(call: ServiceCall) -> ServiceResponse:
    """Send a downlink to LoRaWAN devices and return the server's answer, or the answers by device for several."""
    device_entry_ids = dict.fromkeys(call.data[ATTR_DEVICE_ID])
    for device_entry_id in device_entry_ids:
        await _async_check_control(call, device_entry_id)
    # Nothing is sent before the input has been checked for all devices.
    prepared = [await _async_prepare_downlink(call, device_entry_id) for device_entry_id in device_entry_ids]
    if len(prepared) == 1:
        return await _async_send(call, *prepared[0])
    if reference := call.data[ATTR_REFERENCE]:
        prepared = [
            (coordinator, device_id, replace(downlink, reference=f"{reference}-{number}"))
            for number, (coordinator, device_id, downlink) in enumerate(prepared, 1)
        ]
    results = await asyncio.gather(*(_async_send(call, *item) for item in prepared), return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    if unexpected := [error for error in errors if not isinstance(error, HomeAssistantError)]:
        raise unexpected[0]
    if errors and (len(errors) == len(results) or not call.return_response):
        raise errors[0]
    answers: dict[str, Any] = {
        device_entry_id: {"result": "failed", "error": str(result)} if isinstance(result, BaseException) else result
        for device_entry_id, result in zip(device_entry_ids, results, strict=True)
    }
    return {"devices": answers}


async def _async_send(
    call: ServiceCall, coordinator: LorawanCoordinator, device_id: str, downlink: Downlink
) -> dict[str, Any]:
    """Send one downlink and return the server's answer."""
    try:
        return await async_send(coordinator, device_id, downlink, call.data[ATTR_WAIT_FOR])
    except _INPUT_ERRORS as err:
        raise validation_error(err.translation_key, details=err.details or "-") from err
    except WireError as err:
        raise to_home_assistant_error(err) from err


async def _async_prepare_downlink(call: ServiceCall, device_entry_id: str) -> tuple[LorawanCoordinator, str, Downlink]:
    """Return the coordinator, the ID of a device, and the downlink for it.

    Raises:
        ServiceValidationError: The device cannot take it, or the input is not valid.

    """
    data = call.data
    coordinator, device_id = _target(call.hass, device_entry_id)
    try:
        if not isinstance(coordinator, LorawanCoordinator) or device_id not in coordinator.devices:
            raise UnknownDevice
        if data[ATTR_WAIT_FOR] is WaitFor.CONFIRMED and not data[ATTR_CONFIRMED]:
            raise NoConfirmation
        payload, port = await _async_payload(coordinator, device_id, data)
        expires = data.get(ATTR_EXPIRES)
        downlink = Downlink(
            payload=payload,
            port=port,
            expires=None if expires is None else expires.total_seconds(),
            confirmed=data[ATTR_CONFIRMED],
            reference=data[ATTR_REFERENCE],
            connector=data[ATTR_CONNECTOR],
            command=data[ATTR_COMMAND],
            immediately=data[ATTR_IMMEDIATELY],
            retries=data.get(ATTR_RETRIES),
        )
    except _INPUT_ERRORS as err:
        raise validation_error(err.translation_key, details=err.details or "-") from err
    return coordinator, device_id, downlink


async def _async_payload(coordinator: LorawanCoordinator, device_id: str, data: Mapping[str, Any]) -> tuple[bytes, int]:
    """Return the payload and the port of a downlink.

    Raises:
        WireError: The input has no payload that can be sent, or no port.

    """
    port = data.get(ATTR_PORT)
    if ATTR_DATA in data:
        return await async_encode(coordinator, device_id, Content(data=data[ATTR_DATA]), port)
    if ATTR_PAYLOAD in data:
        return read_payload(data[ATTR_PAYLOAD], data[ATTR_FORMAT]), check_port(port)
    raise NothingToSend


async def _async_run_node_command(call: ServiceCall) -> None:
    """Run a command that the platform has for a node."""
    await _async_check_control(call, call.data[ATTR_DEVICE_ID])
    coordinator, device_id = _target(call.hass, call.data[ATTR_DEVICE_ID], UnknownNodeCommand.translation_key)
    command = call.data[ATTR_COMMAND]
    if not isinstance(coordinator, NodeCommands):
        raise validation_error(UnknownNodeCommand.translation_key, details=command)
    try:
        await coordinator.async_run_node_command(device_id, command, call.data[ATTR_INPUTS])
    except (BadCommandInput, UnknownNodeCommand) as err:
        raise validation_error(err.translation_key, details=err.details or "-") from err
    except WireError as err:
        raise to_home_assistant_error(err) from err


async def _async_check_control(call: ServiceCall, device_entry_id: str) -> None:
    """Check that a person may control all entities of a device.

    Raises:
        Unauthorized: The person may not, or the device has no entities and the person is not an administrator.

    """
    if call.context.user_id is None:
        return
    if (user := await call.hass.auth.async_get_user(call.context.user_id)) is None:
        raise UnknownUser(context=call.context, permission=POLICY_CONTROL)
    entities = er.async_entries_for_device(er.async_get(call.hass), device_entry_id, include_disabled_entities=True)
    allowed = [user.permissions.check_entity(entity.entity_id, POLICY_CONTROL) for entity in entities]
    if not user.is_admin and not (allowed and all(allowed)):
        raise Unauthorized(context=call.context, permission=POLICY_CONTROL)


def _target(
    hass: HomeAssistant, entry_id: str, unknown: str = UnknownDevice.translation_key
) -> tuple[PushCoordinator, str]:
    """Return the coordinator of a device and the vendor's ID of the device.

    Args:
        hass: Home Assistant.
        entry_id: Device registry's ID of the device.
        unknown: Translation key of the error for another integration's device.

    Raises:
        ServiceValidationError: The device does not exist, or its entry is not loaded.

    """
    device = dr.async_get(hass).async_get(entry_id)
    entry = hass.config_entries.async_get_entry(device.config_entry_id) if device is not None else None
    if device is None or entry is None or entry.domain != DOMAIN:
        raise validation_error(unknown, details="-")
    if entry.state is not ConfigEntryState.LOADED:
        raise validation_error("entry_not_loaded", name=entry.title)
    coordinator: PushCoordinator = entry.runtime_data
    return coordinator, coordinator.device_manager.device_id(device) or ""


async def _async_set_gradient(entity: Entity, call: ServiceCall) -> None:
    """Set a color gradient on a light."""
    if not isinstance(entity, GradientLight):
        raise validation_error("gradient_not_supported")
    data = call.data
    points = tuple(map(_point, data[ATTR_POINTS]))
    if len(points) < MIN_POINTS:
        raise validation_error("gradient_bad_points", details=str(data[ATTR_POINTS]))
    await entity.async_set_gradient(
        Gradient(
            points=points,
            style=data.get(ATTR_STYLE),
            segments=data.get(ATTR_SEGMENTS),
            offset=data.get(ATTR_OFFSET),
        )
    )


def _point(value: Any) -> tuple[float, float]:
    """Return a color in CIE xy, from CIE xy or from red, green and blue.

    Raises:
        ServiceValidationError: The value is not a color.

    """
    parts = value if isinstance(value, list | tuple) else ()
    max_value = {XY: 1, RGB: 255}.get(len(parts), -1)
    if not all(isinstance(part, int | float) and 0 <= part <= max_value for part in parts) or max_value < 0:
        raise validation_error("gradient_bad_points", details=str(value))
    x, y = parts if len(parts) == XY else color_RGB_to_xy(int(parts[0]), int(parts[1]), int(parts[2]))
    return round(float(x), 4), round(float(y), 4)


async def _async_create_scene(entity: Entity, call: ServiceCall) -> None:
    """Save the current state of a group as a new scene in the vendor's system."""
    if not isinstance(entity, SceneGroup):
        raise validation_error("not_a_group", name=entity.entity_id)
    name = call.data[ATTR_NAME].strip()
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        raise validation_error("scene_bad_name", details=str(MAX_NAME_LENGTH))
    await entity.async_create_scene(name)


async def _async_delete_scene(entity: Entity, _call: ServiceCall) -> None:
    """Delete a scene from the vendor's system."""
    if not isinstance(entity, StoredScene):
        raise validation_error("scene_not_stored", name=entity.entity_id)
    await entity.async_delete_scene()


async def _async_set_scene_light(entity: Entity, call: ServiceCall) -> None:
    """Set the stored state of one light in a scene of the vendor's system."""
    if not isinstance(entity, StoredScene):
        raise validation_error("scene_not_stored", name=entity.entity_id)
    state = {name: value for name, value in call.data.items() if name != ATTR_LIGHT}
    if (color := state.pop(ATTR_RGB_COLOR, None)) is not None:
        state[ATTR_XY_COLOR] = color_RGB_to_xy(*color)
    light = er.async_get(call.hass).async_get(call.data[ATTR_LIGHT])
    lights = entity.lights
    if light is None or light.platform != DOMAIN or light.unique_id not in lights:
        raise validation_error("scene_without_light", name=call.data[ATTR_LIGHT])
    await entity.async_set_scene_light(lights[light.unique_id], state)


async def _async_get_schedule(entity: Entity, _call: ServiceCall) -> ServiceResponse:
    """Return a thermostat's own weekly schedule."""
    if not isinstance(entity, ScheduledClimate):
        raise validation_error("schedule_not_supported")
    return {
        ATTR_SCHEDULE: [
            {
                ATTR_DAYS: list(days.days),
                ATTR_TIMES: [
                    {ATTR_TIME: f"{point.time:%H:%M}", ATTR_TEMPERATURE: point.temperature} for point in days.points
                ],
            }
            for days in entity.schedule()
        ]
    }


async def _async_set_schedule(entity: Entity, call: ServiceCall) -> None:
    """Set a thermostat's own weekly schedule."""
    if not isinstance(entity, ScheduledClimate):
        raise validation_error("schedule_not_supported")
    days = [day for entry in call.data[ATTR_SCHEDULE] for day in entry[ATTR_DAYS]]
    if duplicates := sorted({day for day in days if days.count(day) > 1}, key=WEEKDAYS.index):
        raise validation_error("schedule_day_twice", details=", ".join(duplicates))
    schedule = tuple(
        ScheduleDays(
            tuple(entry[ATTR_DAYS]),
            tuple(SchedulePoint(point[ATTR_TIME], point[ATTR_TEMPERATURE]) for point in entry[ATTR_TIMES]),
        )
        for entry in call.data[ATTR_SCHEDULE]
    )
    await entity.async_set_schedule(schedule)


def _touchlink_gateway(call: ServiceCall) -> TouchlinkGateway:
    """Return the gateway of a Touchlink action.

    Raises:
        ServiceValidationError: The device is not a gateway with Touchlink, or its entry is not loaded.

    """
    coordinator, device_id = _target(call.hass, call.data[ATTR_DEVICE_ID], "touchlink_no_gateway")
    if not isinstance(coordinator, TouchlinkGateway) or device_id != coordinator.hub_id:
        raise validation_error("touchlink_no_gateway", details="-")
    return coordinator


async def _async_touchlink_scan(call: ServiceCall) -> ServiceResponse:
    """Return the lights that a gateway finds by Touchlink."""
    gateway = _touchlink_gateway(call)
    try:
        lights: list[Any] = await gateway.async_touchlink_scan()
    except WireError as err:
        raise to_home_assistant_error(err) from err
    return {ATTR_LIGHTS: lights}


async def _async_touchlink_identify(call: ServiceCall) -> None:
    """Let a light blink by Touchlink."""
    gateway = _touchlink_gateway(call)
    try:
        await gateway.async_touchlink_identify(call.data[ATTR_ADDRESS])
    except WireError as err:
        raise to_home_assistant_error(err) from err


async def _async_touchlink_reset(call: ServiceCall) -> None:
    """Reset a light by Touchlink."""
    gateway = _touchlink_gateway(call)
    try:
        await gateway.async_touchlink_reset(call.data[ATTR_ADDRESS])
    except WireError as err:
        raise to_home_assistant_error(err) from err


async def _async_turn_on_with_timer(hass: HomeAssistant, call: ServiceCall) -> None:
    """Turn switches and lights on, and off again after a while."""
    entities = {
        entity_id: entity
        for platform in async_get_platforms(hass, DOMAIN)
        if platform.domain in (Platform.LIGHT, Platform.SWITCH)
        for entity_id, entity in platform.entities.items()
    }
    await entity_service_call(hass, entities, HassJob(_async_turn_on_for), call)


async def _async_turn_on_for(entity: Entity, call: ServiceCall) -> None:
    """Turn one entity on, and off again after a while."""
    if not isinstance(entity, TimedSwitch):
        raise validation_error("timer_not_supported", name=entity.entity_id)
    await entity.async_turn_on_for(call.data[ATTR_DURATION].total_seconds(), call.data.get(ATTR_BRIGHTNESS))


def _hub_of(call: ServiceCall) -> tuple[HubActions, str]:
    """Return the hub of an action, and the vendor's ID of the chosen device.

    Raises:
        ServiceValidationError: The device has no such hub, or its entry is not loaded.

    """
    coordinator, device_id = _target(call.hass, call.data[ATTR_DEVICE_ID], "not_a_hub")
    if not isinstance(coordinator, HubActions):
        raise validation_error("not_a_hub", details="-")
    return coordinator, device_id


async def _async_perform_action(call: ServiceCall) -> ServiceResponse:
    """Execute an action of a hub and return its result."""
    hub, device_id = _hub_of(call)
    action = HubAction(
        kind=call.data[ATTR_ACTION].strip(), namespace=call.data[ATTR_NAMESPACE], params=call.data[ATTR_PARAMS]
    )
    try:
        return await hub.async_perform_action(call.data[ATTR_TARGET] or device_id, action)
    except WireError as err:
        raise to_home_assistant_error(err) from err


async def _async_mark_message_read(call: ServiceCall) -> None:
    """Mark a message of a hub as read."""
    hub, _ = _hub_of(call)
    try:
        await hub.async_mark_message_read(call.data[ATTR_MESSAGE_ID])
    except WireError as err:
        raise to_home_assistant_error(err) from err


async def _async_delete_message(call: ServiceCall) -> None:
    """Delete a message of a hub."""
    hub, _ = _hub_of(call)
    try:
        await hub.async_delete_message(call.data[ATTR_MESSAGE_ID])
    except WireError as err:
        raise to_home_assistant_error(err) from err


async def _async_accept_device(call: ServiceCall) -> None:
    """Include a device that a hub has found."""
    hub, _ = _hub_of(call)
    try:
        await hub.async_accept_device(call.data[ATTR_FOUND_ID], call.data[ATTR_NAME].strip())
    except WireError as err:
        raise to_home_assistant_error(err) from err


async def _async_backfill(call: ServiceCall) -> ServiceResponse:
    """Read a range of a device from its platform into the statistics and return what was read."""
    unknown = BackfillNotSupported.translation_key
    coordinator, device_id = _target(call.hass, call.data[ATTR_DEVICE_ID], unknown)
    if not isinstance(coordinator, BackfillSource):
        raise validation_error(unknown, details="-")
    now = dt_util.utcnow()
    start, end = call.data[ATTR_START], min(call.data.get(ATTR_END, now), now)
    if start >= end:
        raise validation_error("backfill_bad_range")
    try:
        return dict(await coordinator.async_backfill(device_id, start, end))
    except (BackfillNotSupported, NoRecorder) as err:
        raise validation_error(err.translation_key, details="-") from err
    except WireError as err:
        raise to_home_assistant_error(err) from err


def _lorawan_entry(call: ServiceCall) -> ConfigEntry[Any]:
    """Return the config entry of an action for LoRaWAN devices.

    Raises:
        ServiceValidationError: It is another one, or is not loaded.

    """
    entry = call.hass.config_entries.async_get_entry(call.data[ATTR_CONFIG_ENTRY_ID])
    if entry is None or entry.domain != DOMAIN:
        raise validation_error("meanings_not_lorawan")
    if entry.state is not ConfigEntryState.LOADED:
        raise validation_error("entry_not_loaded", name=entry.title)
    if not isinstance(entry.runtime_data, LorawanCoordinator):
        raise validation_error("meanings_not_lorawan")
    return entry


async def _async_export_meanings(call: ServiceCall) -> ServiceResponse:
    """Return the meanings that a person has chosen."""
    meanings: list[Any] = exported(_lorawan_entry(call))
    return {ATTR_MEANINGS: meanings}


async def _async_import_meanings(call: ServiceCall) -> ServiceResponse:
    """Add exported meanings to those of an entry and return their number."""
    entry = _lorawan_entry(call)
    try:
        return {"imported": import_meanings(call.hass, entry, call.data[ATTR_MEANINGS])}
    except vol.Invalid as err:
        raise validation_error("meanings_bad", details=str(err)) from err


async def _async_write(call: ServiceCall) -> None:
    """Write raw values to the resource of an entity."""
    entity_id = call.data[ATTR_ENTITY_ID]
    entity = er.async_get(call.hass).async_get(entity_id)
    entry = call.hass.config_entries.async_get_entry(entity.config_entry_id or "") if entity is not None else None
    if entity is None or entry is None or entry.domain != DOMAIN:
        raise validation_error("write_unknown_entity", name=entity_id)
    if entry.state is not ConfigEntryState.LOADED:
        raise validation_error("entry_not_loaded", name=entry.title)
    coordinator: PushCoordinator = entry.runtime_data
    try:
        await coordinator.async_write(
            coordinator.device_manager.resource_of(entity), call.data[ATTR_SECTION], call.data[ATTR_DATA]
        )
    except WireError as err:
        raise to_home_assistant_error(err) from err
