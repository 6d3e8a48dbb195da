"""What every test needs."""

from collections.abc import Generator
from dataclasses import replace
import importlib
from unittest.mock import patch

import pytest
from syrupy.assertion import SnapshotAssertion

# Imported before Home Assistant's test configuration brings its own package of the
# same name.
import custom_components.pushwire  # noqa: F401
from tests.snapshots import LinesSnapshotExtension


@pytest.fixture(autouse=True)
def _own_integration(request: pytest.FixtureRequest, socket_enabled: None) -> None:
    """Reach simulators on loopback, and let Home Assistant load Pushwire where a test has one."""
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture
def quick_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let links notice silence and come back at once."""
    for vendor in ("livisi", "deconz", "element", "resiot"):
        module = importlib.import_module(f"custom_components.pushwire.vendors.{vendor}.coordinator")
        policy = replace(
            module.POLICY,
            ping_interval=0.05,
            idle_timeout=0.15,
            idle_timeout_no_pong=0.15,
            backoff_first=0.005,
            backoff_cap=0.02,
        )
        monkeypatch.setattr(module, "POLICY", policy)


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Store lines in text files."""
    return snapshot.use_extension(LinesSnapshotExtension)


@pytest.fixture
def all_enabled() -> Generator[None]:
    """Let entities that are off by default be on from the start."""
    with patch("homeassistant.helpers.entity.Entity.entity_registry_enabled_default", return_value=True):
        yield
