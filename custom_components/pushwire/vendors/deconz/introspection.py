"""Background requests for the gateway's descriptions, kept over restarts."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.core import callback

from ...core.background import Background
from ...wire.errors import WireError
from ...wire.frame_log import FrameLog
from .api.introspection import ButtonCache, RangeCache, RangeCallback, Read
from .api.model import GatewayModel, Resource


class Introspection:
    """Descriptions of buttons and of numeric settings.

    Args:
        model: Model of the gateway.
        read: Reads a path of the gateway; returns None for an unknown path.
        background: Runs the requests.
        frame_log: Counts requests that fail.
        schedule_save: Saves the descriptions.
        notify: Notifies subscribers of changed items of a resource.

    """

    def __init__(
        self,
        model: GatewayModel,
        read: Read,
        *,
        background: Background,
        frame_log: FrameLog,
        schedule_save: Callable[[], None],
        notify: Callable[[str, set[str]], None],
    ) -> None:
        """Initialize without descriptions."""
        self._model = model
        self._background = background
        self._frame_log = frame_log
        self._schedule_save = schedule_save
        self._notify = notify
        self._buttons = ButtonCache(read)
        self._ranges = RangeCache(read)
        self._fetching_ranges = False

    def data_to_store(self) -> dict[str, Any]:
        """Return the descriptions of the gateway's release."""
        # Before the first full state the release is unknown, and every description is kept.
        release = self._release if self._model.config else ""
        ranges = {key: entry for key, entry in self._ranges.entries.items() if entry and key.startswith(release)}
        return {"buttons": self._buttons.entries, "ranges": ranges}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Restore the result of an earlier run's ``data_to_store``."""
        if isinstance(buttons := data.get("buttons"), dict):
            self._buttons.restore(buttons)
        if isinstance(ranges := data.get("ranges"), dict):
            self._ranges.entries = ranges

    def apply_buttons(self) -> None:
        """Apply the saved descriptions of buttons to the model."""
        for key, description in self._buttons.entries.items():
            self._model.learn_buttons(key, description)

    @callback
    def fetch_buttons(self) -> None:
        """Fetch the descriptions of remotes that do not have one yet."""
        if keys := self._buttons.missing(self._model.of_kind("sensors")):
            self._background.start(self._fetch_buttons(keys), "button introspection")

    async def _fetch_buttons(self, keys: list[str]) -> None:
        for key in keys:
            try:
                description = await self._buttons.fetch(key)
            except WireError:
                # Repeated at the next connection.
                continue
            if description is not None:
                self._schedule_save()
                if changed := self._model.learn_buttons(key, description):
                    self._notify(key, changed)

    @callback
    def request_range(self, resource: Resource, item: str, receive: RangeCallback) -> None:
        """Call ``receive`` with the range of a setting of a sensor, once it is known."""
        self._ranges.request(self._release, resource, item, receive)
        self.fetch_ranges()

    @callback
    def fetch_ranges(self) -> None:
        """Fetch the pending ranges."""
        if self._ranges.pending and not self._fetching_ranges:
            self._fetching_ranges = True
            self._background.start(self._fetch_ranges(), "range introspection")

    async def _fetch_ranges(self) -> None:
        try:
            while self._ranges.pending:
                await self._ranges.fetch_next()
                self._schedule_save()
        except WireError as err:
            # Repeated with the next full state.
            self._frame_log.count_unknown(f"ranges {err.translation_key}")
        finally:
            self._fetching_ranges = False

    @property
    def _release(self) -> str:
        return f"{self._model.config.get('swversion')}|"
