"""Device triggers of the buttons of a device."""

from typing import Any

from homeassistant.components.device_automation import DEVICE_TRIGGER_BASE_SCHEMA
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_DEVICE_ID, CONF_DOMAIN, CONF_PLATFORM, CONF_TYPE
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import TriggerActionType, TriggerInfo
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .const import DOMAIN
from .core.coordinator import PushCoordinator, trigger_signal
from .wire.events import ButtonPress

CONF_SUBTYPE = "subtype"

TRIGGER_SCHEMA = DEVICE_TRIGGER_BASE_SCHEMA.extend({vol.Required(CONF_TYPE): str, vol.Required(CONF_SUBTYPE): str})


async def async_get_triggers(hass: HomeAssistant, device_id: str) -> list[dict[str, Any]]:
    """Return the triggers of a device."""
    device = dr.async_get(hass).async_get(device_id)
    if device is None or (coordinator := _coordinator(hass, device)) is None:
        return []
    return [
        {
            CONF_PLATFORM: "device",
            CONF_DOMAIN: DOMAIN,
            CONF_DEVICE_ID: device_id,
            CONF_TYPE: trigger.kind,
            CONF_SUBTYPE: trigger.subtype,
        }
        for trigger in coordinator.button_triggers(coordinator.device_manager.device_id(device) or "")
    ]


async def async_attach_trigger(
    hass: HomeAssistant,
    config: ConfigType,
    action: TriggerActionType,
    trigger_info: TriggerInfo,
) -> CALLBACK_TYPE:
    """Run an action on each press that matches the trigger.

    The subscription belongs to the device and not to the entry's coordinator, so it
    survives a reload of the entry.
    """
    job = HassJob(action)
    trigger_data = trigger_info["trigger_data"]

    @callback
    def handle_press(event: ButtonPress) -> None:
        trigger = config[CONF_TYPE], config[CONF_SUBTYPE]
        if trigger != (event.kind, event.subtype) and trigger not in event.aliases:
            return
        hass.async_run_hass_job(
            job,
            {
                "trigger": {
                    **trigger_data,
                    **config,
                    "description": f"{config[CONF_SUBTYPE]} {config[CONF_TYPE]}",
                    "attributes": dict(event.attributes),
                }
            },
        )

    return async_dispatcher_connect(hass, trigger_signal(config[CONF_DEVICE_ID]), handle_press)


def _coordinator(hass: HomeAssistant, device: dr.DeviceEntry | dr.ChildDeviceEntry) -> PushCoordinator | None:
    entry = hass.config_entries.async_get_entry(device.config_entry_id)
    if entry is None or entry.domain != DOMAIN:
        return None
    return entry.runtime_data if entry.state is ConfigEntryState.LOADED else None
