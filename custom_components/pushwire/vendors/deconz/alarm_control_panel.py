"""Alarm control panel platform for deCONZ."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.alarm_control_panel import (
    AlarmControlPanelEntity,
    AlarmControlPanelEntityFeature,
    AlarmControlPanelState,
    CodeFormat,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ...const import DOMAIN
from ...wire.errors import CommandFailed
from ...wire.values import as_text
from .api.model import Resource
from .entity import DeconzEntity, resources

if TYPE_CHECKING:
    from .coordinator import DeconzCoordinator

STATE: Final = "state.armstate"
NAME: Final = "attr.name"
# Name of the alarm system that every gateway has.
UNNAMED: Final = "default"
CODE: Final = "code0"

STATES: Final = {
    "disarmed": AlarmControlPanelState.DISARMED,
    "armed_away": AlarmControlPanelState.ARMED_AWAY,
    "armed_stay": AlarmControlPanelState.ARMED_HOME,
    "armed_night": AlarmControlPanelState.ARMED_NIGHT,
    "arming_away": AlarmControlPanelState.ARMING,
    "arming_stay": AlarmControlPanelState.ARMING,
    "arming_night": AlarmControlPanelState.ARMING,
    "exit_delay": AlarmControlPanelState.ARMING,
    "entry_delay": AlarmControlPanelState.PENDING,
    "in_alarm": AlarmControlPanelState.TRIGGERED,
}


def entities(coordinator: DeconzCoordinator, device_id: str) -> Iterable[DeconzAlarmPanel]:
    """Yield the alarm panels of the gateway."""
    for resource in resources(coordinator, device_id, "alarmsystems"):
        yield DeconzAlarmPanel(coordinator, resource)


class DeconzAlarmPanel(DeconzEntity, AlarmControlPanelEntity):
    """Alarm system; every command requires the code."""

    _attr_translation_key = "alarm_system"
    _attr_code_format = CodeFormat.NUMBER
    _attr_supported_features = (
        AlarmControlPanelEntityFeature.ARM_AWAY
        | AlarmControlPanelEntityFeature.ARM_HOME
        | AlarmControlPanelEntityFeature.ARM_NIGHT
    )

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, resource, "alarm", STATE, NAME)

    @property
    @override
    def name(self) -> Any:
        """Name of the alarm system on the gateway, if a person changed it."""
        name = as_text(self.read(NAME))
        return super().name if name in (None, UNNAMED) else name

    @override
    def _update_attrs(self) -> None:
        """Update the state."""
        self._attr_alarm_state = STATES.get(as_text(self.read(STATE)) or "")

    @override
    async def async_alarm_disarm(self, code: str | None = None) -> None:
        """Disarm."""
        await self._async_command("disarm", code)

    @override
    async def async_alarm_arm_away(self, code: str | None = None) -> None:
        """Arm away."""
        await self._async_command("arm_away", code)

    @override
    async def async_alarm_arm_home(self, code: str | None = None) -> None:
        """Arm home."""
        await self._async_command("arm_stay", code)

    @override
    async def async_alarm_arm_night(self, code: str | None = None) -> None:
        """Arm night."""
        await self._async_command("arm_night", code)

    async def _async_command(self, command: str, code: str | None) -> None:
        if not code:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="code_missing")
        try:
            await self.async_put(command, **{CODE: code})
        except HomeAssistantError as err:
            cause = err.__cause__
            # The gateway's text holds the name of the parameter and the code.
            if isinstance(cause, CommandFailed) and CODE in cause.details:
                raise ServiceValidationError(translation_domain=DOMAIN, translation_key="code_refused") from None
            raise
