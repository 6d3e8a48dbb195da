"""Background requests for the words of devices' settings, kept over restarts.

Entities read the words in ``Resource.words`` and follow ``WORDS``.
"""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.core import callback

from ...core.background import Background
from ...wire.errors import WireError
from ...wire.frame_log import FrameLog
from ...wire.values import as_dict
from .api.description import DescriptionCache, ReadDescription, Request, SeenValues, model_of
from .api.model import WORDS, GatewayModel, Resource


class Descriptions:
    """Words of the settings of a gateway's devices.

    Args:
        model: Model of the gateway.
        read: Reads the description of the device with an address; returns None if there is none.
        background: Runs the requests.
        frame_log: Counts requests that fail.
        schedule_save: Saves the words.
        notify: Notifies subscribers of changed properties of a resource.

    Attributes:
        pending: Number of descriptions that are still to be fetched.
        seen: Values that settings without a description have had.

    """

    def __init__(
        self,
        model: GatewayModel,
        read: ReadDescription,
        *,
        background: Background,
        frame_log: FrameLog,
        schedule_save: Callable[[], None],
        notify: Callable[[str, set[str]], None],
    ) -> None:
        """Initialize without words."""
        self._model = model
        self._background = background
        self._frame_log = frame_log
        self._schedule_save = schedule_save
        self._notify = notify
        self._cache = DescriptionCache(read)
        self.seen = SeenValues(schedule_save)
        self.pending = 0

    def data_to_store(self) -> dict[str, Any]:
        """Return the words by model and firmware, and the values that existing resources have had."""
        # Before the first full state no resource is known, and every value is kept.
        known = self._model.resources or self.seen.entries
        seen = {key: values for key, values in self.seen.entries.items() if key in known}
        return {"descriptions": self._cache.entries, "seen_values": seen}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Restore the result of an earlier run's ``data_to_store``."""
        self._cache.entries = as_dict(data.get("descriptions"))
        self.seen.restore(as_dict(data.get("seen_values")))

    def apply(self, *device_ids: str) -> None:
        """Apply the known words to the resources of some devices, or of all, before their entities exist."""
        for device_id in device_ids or tuple(self._model.devices):
            for resource in self._model.devices.get(device_id, ()):
                self._apply(resource)

    def _apply(self, resource: Resource) -> bool:
        words = self._cache.words(resource)
        # After an update of a device's firmware, its previous words apply until the new ones are known.
        if words is None or words == resource.words:
            return False
        resource.words = words
        return True

    @callback
    def fetch(self) -> None:
        """Fetch the descriptions of models that do not have one yet."""
        if requests := self._cache.missing(self._release, self._model.devices):
            self.pending += len(requests)
            self._background.start(self._fetch(requests), "device descriptions")

    async def _fetch(self, requests: list[Request]) -> None:
        for request in requests:
            try:
                if await self._cache.fetch(self._release, request):
                    self._schedule_save()
                    self._apply_model(request.model)
            except WireError as err:
                # Repeated with the next full state.
                self._frame_log.count_unknown(f"descriptions {err.translation_key}")
            finally:
                self.pending -= 1

    def _apply_model(self, model: str) -> None:
        for resource in tuple(self._model.resources.values()):
            if model_of(resource) == model and self._apply(resource):
                self._notify(resource.key, {WORDS})

    @property
    def _release(self) -> str:
        return str(self._model.config.get("swversion"))
