"""Base of the entities of controls, and what their downlinks are."""

from collections.abc import Iterable, Sequence
from typing import Any, override

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.restore_state import ExtraStoredData, RestoredExtraData, RestoreEntity

from ..core.entity import PushEntity
from .api.codecs.codec import Codec
from .api.controls import PRESS, Control, ControlError, ControlKind, Fault
from .api.downlink import BadPayload, BadPort, Downlink, EncodingFailed, NoEncoder
from .codecs import ScriptThread
from .coordinator import LorawanCoordinator
from .downlinks import WaitFor, async_encode, async_encode_with, async_send

_VALUE = "value"


async def async_check_controls(
    hass: HomeAssistant, thread: ScriptThread, codec: Codec, controls: Sequence[Control]
) -> None:
    """Encode each control once: the ends of a range, each option, on and off.

    Raises:
        ControlError: The codec cannot encode one of them.

    """
    for control in controls:
        for value in control.samples:
            place = "" if value == PRESS else f"{value}: "
            try:
                await async_encode_with(hass, thread, codec, control.content(value), control.port)
            except NoEncoder:
                raise ControlError(Fault.ENCODER, control.name) from None
            except EncodingFailed as err:
                raise ControlError(Fault.ENCODING, control.name, f"{place}{err.details}") from None
            except BadPayload as err:
                raise ControlError(Fault.PAYLOAD, control.name, f"{place}{err.details}") from None
            except BadPort:
                raise ControlError(Fault.PORT, control.name) from None


def controls_of_kind(
    coordinator: LorawanCoordinator, device_id: str, kind: ControlKind
) -> Iterable[tuple[str, Control]]:
    """Yield the controls of a device for a platform, with the keys of their entities."""
    if (device := coordinator.devices.get(device_id)) is not None:
        for key, control in coordinator.controls_of(device).items():
            if control.kind is kind:
                yield key, control


class ControlEntity(PushEntity[LorawanCoordinator], RestoreEntity):
    """Entity that sends downlinks, and shows the last value that the server has accepted.

    Args:
        coordinator: Coordinator of the entry.
        device_id: ID of the device.
        key: Distinguishes the entity from others of the device.
        control: Control.

    """

    _attr_entity_category = EntityCategory.CONFIG
    # A downlink may be lost, and the device may be set in another way.
    _attr_assumed_state = True

    def __init__(self, coordinator: LorawanCoordinator, device_id: str, key: str, control: Control) -> None:
        """Initialize the entity without a value."""
        super().__init__(coordinator, device_id, device_id, key, properties=frozenset())
        self.control = control
        self.accepted: Any = None
        self._attr_name = control.name
        # Home Assistant reads options and ranges before it adds the entity.
        self._update_attrs()

    @property
    @override
    def extra_restore_state_data(self) -> ExtraStoredData:
        """Value that was accepted, which an entity that is unavailable does not show."""
        return RestoredExtraData({_VALUE: self.accepted})

    @override
    async def async_added_to_hass(self) -> None:
        """Restore the last value, then subscribe."""
        if (data := await self.async_get_last_extra_data()) is not None:
            self.accepted = data.as_dict().get(_VALUE)
        await super().async_added_to_hass()

    @override
    def adopt(self, rebuilt: PushEntity[LorawanCoordinator]) -> None:
        """Follow a changed control."""
        if isinstance(rebuilt, ControlEntity) and rebuilt.control != self.control:
            self.control = rebuilt.control
            self._attr_name = self.control.name
            # Otherwise it is still being added, and reads the control then.
            if self.hass is not None:
                self.update_name()
                self._on_change()

    async def async_send(self, value: str | float) -> None:
        """Send what belongs to a value, which is shown once the server has accepted it.

        Raises:
            HomeAssistantError: The downlink was refused, not answered, or could not be sent.

        """
        await self.async_command(self._async_send(value))
        self.accepted = value
        self._on_change()

    async def _async_send(self, value: str | float) -> None:
        payload, port = await async_encode(
            self.coordinator, self.device_id, self.control.content(value), self.control.port
        )
        await async_send(self.coordinator, self.device_id, Downlink(payload=payload, port=port), WaitFor.ACCEPTED)
