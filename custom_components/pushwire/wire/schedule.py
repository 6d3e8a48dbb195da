"""What a vendor's thermostats can do beyond Home Assistant's own actions."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True)
class Change:
    """From a time of the day on, a temperature in °C."""

    time: time
    temperature: float


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What happens on some days of the week.

    Attributes:
        days: ``mon`` to ``sun``.
        changes: In the order of their times.

    """

    days: tuple[str, ...]
    changes: tuple[Change, ...]


class ScheduledClimate(ABC):
    """A climate entity whose device may follow a weekly plan of its own."""

    @abstractmethod
    def weekly_plan(self) -> tuple[DayPlan, ...]:
        """Return the plan.

        Raises:
            HomeAssistantError: The device has none.

        """

    @abstractmethod
    async def async_set_weekly_plan(self, plan: tuple[DayPlan, ...]) -> None:
        """Have the device follow another plan.

        Raises:
            HomeAssistantError: The device has none, or the vendor refused it.

        """
