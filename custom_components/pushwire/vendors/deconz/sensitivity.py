"""Sensitivity of sensors: a select where each step has a name, otherwise a number."""

from collections.abc import Callable
from typing import Any, Final

from ...wire.values import number
from .api.model import Resource
from .entity import setting

# Names of the steps by the highest step.
STEPS: Final[dict[float, dict[str, Any]]] = {
    1: {"low": 0, "high": 1},
    2: {"low": 0, "medium": 1, "high": 2},
    3: {"low": 1, "medium": 2, "high": 3},
}


def has_named_steps(resource: Resource) -> bool:
    """Return whether each step of the sensitivity has a name."""
    return number(setting(resource, "sensitivitymax")) in STEPS


def highest_step_is(step: float) -> Callable[[Resource], bool]:
    """Return a predicate for resources with a highest step."""
    return lambda resource: number(setting(resource, "sensitivitymax")) == step
