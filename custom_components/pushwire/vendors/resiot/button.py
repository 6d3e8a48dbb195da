"""Button platform for ResIOT."""

from collections.abc import Iterable
from typing import override

from homeassistant.components.button import ButtonEntity

from ...core.entity import PushEntity
from ...wire.text import shorten
from .api.nodes import NodeCommand
from .coordinator import ResiotCoordinator


def entities(coordinator: ResiotCoordinator, device_id: str) -> Iterable[NodeCommandButton]:
    """Yield the commands of an end device that have no inputs."""
    if (node := coordinator.node_of(device_id)) is not None:
        for command in node.commands.values():
            if not command.inputs:
                yield NodeCommandButton(coordinator, device_id, command)


class NodeCommandButton(PushEntity[ResiotCoordinator], ButtonEntity):
    """Command of a node that has no inputs."""

    def __init__(self, coordinator: ResiotCoordinator, device_id: str, command: NodeCommand) -> None:
        """Initialize the entity."""
        super().__init__(coordinator, device_id, device_id, f"command-{command.tag}", properties=frozenset())
        self._command = command.tag
        self._attr_name = shorten(command.name)

    @override
    async def async_press(self) -> None:
        """Run the command."""
        await self.async_command(self.coordinator.async_run_node_command(self.device_id, self._command, {}))
