"""Reading of a range from a platform into the statistics."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from ...wire.errors import WireError


class BackfillNotSupported(WireError):
    """The device does not exist, or its platform keeps no history."""

    translation_key = "backfill_not_supported"


class NoRecorder(WireError):
    """There are no statistics without the recorder."""

    translation_key = "backfill_no_recorder"


@runtime_checkable
class BackfillSource(Protocol):
    """Coordinator of a platform that keeps a history."""

    async def async_backfill(self, device_id: str, start: datetime, end: datetime) -> Mapping[str, Any]:
        """Read a range into the statistics; return the numbers of readings and rows.

        Raises:
            WireError: The range could not be read or imported.

        """
