"""Alarm systems of a deCONZ gateway, with or without a keypad."""

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
# What the gateway calls the system that it has from the start.
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
    """Build a panel for each alarm system; they belong to the gateway."""
    for resource in resources(coordinator, device_id, "alarmsystems"):
        yield DeconzAlarmPanel(coordinator, resource)


class DeconzAlarmPanel(DeconzEntity, AlarmControlPanelEntity):
    """An alarm system, which takes no command without its code."""

    _attr_translation_key = "alarm_system"
    _attr_code_format = CodeFormat.NUMBER
    _attr_supported_features = (
        AlarmControlPanelEntityFeature.ARM_AWAY
        | AlarmControlPanelEntityFeature.ARM_HOME
        | AlarmControlPanelEntityFeature.ARM_NIGHT
    )

    def __init__(self, coordinator: DeconzCoordinator, resource: Resource) -> None:
        """Follow its state and its name; the seconds of a delay are a sensor's."""
        super().__init__(coordinator, resource, "alarm", STATE, NAME)

    @property
    @override
    def name(self) -> Any:
        """Return the name that a person gave it."""
        told = as_text(self.read(NAME))
        return super().name if told in (None, UNNAMED) else told

    @override
    def _update_attrs(self) -> None:
        """Read the state."""
        self._attr_alarm_state = STATES.get(as_text(self.read(STATE)) or "")

    @override
    async def async_alarm_disarm(self, code: str | None = None) -> None:
        """Disarm."""
        await self._async_command("disarm", code)

    @override
    async def async_alarm_arm_away(self, code: str | None = None) -> None:
        """Arm, with nobody at home."""
        await self._async_command("arm_away", code)

    @override
    async def async_alarm_arm_home(self, code: str | None = None) -> None:
        """Arm, with somebody at home."""
        await self._async_command("arm_stay", code)

    @override
    async def async_alarm_arm_night(self, code: str | None = None) -> None:
        """Arm for the night."""
        await self._async_command("arm_night", code)

    async def _async_command(self, command: str, code: str | None) -> None:
        if not code:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="code_missing")
        try:
            await self.async_put(command, **{CODE: code})
        except HomeAssistantError as err:
            cause = err.__cause__
            # The gateway names the parameter, and would have the code shown beside it.
            if isinstance(cause, CommandFailed) and CODE in cause.details:
                raise ServiceValidationError(translation_domain=DOMAIN, translation_key="code_refused") from None
            raise
