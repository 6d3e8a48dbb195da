"""Nodes of an account with their tags and commands, read by REST in the background.

Few requests are sent, one after the other: lists first, then the nodes that were read the longest
time ago. Whatever fails is counted, and tried again at the next reading.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Final

from ...core.background import Background
from ...wire.errors import WireError, WrongSystem
from .api.frames import Communication
from .api.nodes import Node, Tag
from .api.rest import RequestKind, RestClient

READ_INTERVAL: Final = timedelta(minutes=15)
# Seconds between the starts of two readings, since some servers close every connection soon.
MIN_PAUSE = 60.0
# Seconds between two nodes that are added, and between two whose tags are read.
ADD_PAUSE = 0.01
NODE_PAUSE = 0.2
# Nodes whose tags are read at a time.
MAX_NODES_READ: Final = 100
MAX_NODES: Final = 5000


class Inventory:
    """What the REST interface reports of the nodes.

    Args:
        client: Client of the server.
        background: Starts the readings.
        now: Returns the time of the event loop.
        heard_nodes: Returns the nodes that have been received, which the server need not list.
        add_node: Called with a node that the server lists.
        apply_message: Called with the last message of a node; returns whether its time could be used.
        apply_tags: Called with a node, its tags, and the last uplink before they were read.
        last_uplink: Returns the Unix time of the last uplink of a node, or None.
        features_changed: Called with a node that has other commands.
        count_unknown: Counts a request that has failed.
        results_changed: Called after each reading.

    Attributes:
        nodes: Nodes by DevEUI.
        is_reading: Whether the nodes are being read.

    """

    def __init__(
        self,
        client: RestClient,
        *,
        background: Background,
        now: Callable[[], float],
        heard_nodes: Callable[[], Iterable[Node]],
        add_node: Callable[[Node], None],
        apply_message: Callable[[Node, Communication], bool],
        apply_tags: Callable[[Node, dict[str, Tag], float | None], None],
        last_uplink: Callable[[Node], float | None],
        features_changed: Callable[[Node], None],
        count_unknown: Callable[[str], None],
        results_changed: Callable[[], None],
    ) -> None:
        """Initialize without nodes."""
        self._client = client
        self._background = background
        self._now = now
        self._heard_nodes = heard_nodes
        self._add_node = add_node
        self._apply_message = apply_message
        self._apply_tags = apply_tags
        self._last_uplink = last_uplink
        self._features_changed = features_changed
        self._count_unknown = count_unknown
        self._results_changed = results_changed
        self.nodes: dict[str, Node] = {}
        self.is_reading = False
        self._started_at: float | None = None
        # Kinds of requests that have failed in this reading.
        self._failed: set[RequestKind] = set()

    def start(self) -> None:
        """Read now and regularly."""
        self.read()
        self._background.call_every(READ_INTERVAL, lambda _now: self.read())

    def handle_connected(self) -> None:
        """Read again after a new connection, before which messages may have been lost."""
        for node in self.nodes.values():
            node.is_message_read = False
        if self._started_at is not None and self._now() - self._started_at >= MIN_PAUSE:
            self.read()

    def read(self) -> None:
        """Read everything in the background, unless that is being done."""
        if not self.is_reading:
            self.is_reading = True
            self._started_at = self._now()
            self._background.read(self._async_read(), "rest")

    async def _async_read(self) -> None:
        self._failed.clear()
        try:
            await self._async_read_lists()
            due = sorted(self.nodes.values(), key=lambda node: node.read_at)[:MAX_NODES_READ]
            for node in due:
                await self._async_read_node(node)
                await asyncio.sleep(NODE_PAUSE)
        finally:
            self.is_reading = False
            self._results_changed()

    async def _async_read_lists(self) -> None:
        """Read the nodes of all applications; those that have been received are known without."""
        heard = {node.dev_eui: node for node in self._heard_nodes()}
        applications = await self._async_try(RequestKind.APPLICATIONS, self._client.applications)
        if applications is None:
            applications = list(dict.fromkeys(node.app_eui for node in heard.values()))
        for app_eui in applications:
            listed = await self._async_try(RequestKind.NODES, partial(self._client.nodes, app_eui))
            for node in listed or ():
                if self._note(node):
                    # Each new node is a dozen entities.
                    await asyncio.sleep(ADD_PAUSE)
        for node in heard.values():
            self.nodes.setdefault(node.dev_eui, node)

    def _note(self, node: Node) -> bool:
        """Note a node that the server lists; return whether it is new."""
        is_new = node.dev_eui not in self.nodes
        if (known := self.nodes.get(node.dev_eui)) is not None:
            known.name, known.model, known.manufacturer = node.name, node.model, node.manufacturer
            known.app_eui, known.dev_eui_raw = node.app_eui, node.dev_eui_raw
            node = known
        elif len(self.nodes) >= MAX_NODES:
            return False
        self.nodes[node.dev_eui] = node
        self._add_node(node)
        return is_new

    async def _async_read_node(self, node: Node) -> None:
        """Read the last message of a node before its tags, which may have been decoded from it."""
        is_first = not node.read_at
        node.read_at = self._now()
        if not node.is_message_read:
            message = await self._async_try(RequestKind.LAST_MESSAGES, partial(self._client.last_message, node))
            node.is_message_read = message is not None and self._apply_message(node, message)
        await self._async_read_tags(node)
        if is_first:
            commands = await self._async_try(RequestKind.COMMANDS, partial(self._client.commands, node))
            if commands:
                node.commands = commands
                self._features_changed(node)

    async def _async_read_tags(self, node: Node) -> bool:
        """Read the tags of a node; return whether that was possible."""
        last_uplink, writes = self._last_uplink(node), node.writes
        tags = await self._async_try(RequestKind.TAGS, partial(self._client.tags, node))
        if tags is None:
            return False
        # Tags that were requested before a write may be older than it; whoever wrote reads them again.
        if node.writes == writes:
            self._apply_tags(node, tags, last_uplink)
        return True

    async def _async_try[ResultT](self, kind: RequestKind, request: Callable[[], Awaitable[ResultT]]) -> ResultT | None:
        """Return the result of a request, or None if it fails or is known to fail."""
        if kind in self._failed or not self._client.may_have(kind):
            return None
        try:
            return await request()
        except WireError as err:
            if not isinstance(err, WrongSystem):
                self._failed.add(kind)
            self._count_unknown(f"rest {kind} {err.translation_key}")
            return None

    def forget(self, dev_eui: str) -> None:
        """Forget a node until the server lists it again."""
        self.nodes.pop(dev_eui, None)

    # Commands

    async def async_write_tag(self, node: Node, name: str, value: str) -> None:
        """Write a tag, and read the tags of its node again.

        Raises:
            WireError: The server refused the value, or cannot be reached.

        """
        try:
            await self._client.write_tag(node, name, value)
        finally:
            node.writes += 1
            self._results_changed()
        self._failed.discard(RequestKind.TAGS)
        if not await self._async_read_tags(node):
            # The value that was read before is none any more.
            self._apply_tags(node, {tag: item for tag, item in node.tags.items() if tag != name}, None)

    async def async_run_command(self, node: Node, tag: str, inputs: dict[str, str]) -> None:
        """Run a command of a node.

        Raises:
            WireError: The server refused the command, or cannot be reached.

        """
        try:
            await self._client.run_command(node, tag, inputs)
        finally:
            self._results_changed()
