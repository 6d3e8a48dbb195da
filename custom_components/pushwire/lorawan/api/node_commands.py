"""Commands that a platform has for a node.

Wire code.
"""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from ...wire.errors import WireError


class UnknownNodeCommand(WireError):
    """The device does not exist, or its platform lists no such command for it."""

    translation_key = "node_command_unknown"


class BadCommandInput(WireError):
    """An input is missing, unknown or of another type; ``details`` is its name."""

    translation_key = "node_command_bad_input"


@runtime_checkable
class NodeCommands(Protocol):
    """Coordinator of a platform whose nodes have commands."""

    async def async_run_node_command(self, device_id: str, command: str, inputs: Mapping[str, Any]) -> None:
        """Run a command of a node, by its tag or its name.

        Raises:
            WireError: The command or an input is not valid, or the platform refused the command.

        """
