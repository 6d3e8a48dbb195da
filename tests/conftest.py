"""Fixtures of all tests."""

from collections.abc import Generator
from dataclasses import replace
import importlib
import logging
from unittest.mock import patch

import pytest
import quickjs  # noqa: F401  (its thread starts with the import)
from syrupy.assertion import SnapshotAssertion

# Imported before Home Assistant's test configuration, which has a package of the same name.
import custom_components.pushwire  # noqa: F401
from tests.snapshots import LinesSnapshotExtension


def pytest_sessionstart() -> None:
    """Keep the statements of the recorder out of the output; Home Assistant's test configuration logs them."""
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


@pytest.fixture(autouse=True)
def _own_integration(request: pytest.FixtureRequest, socket_enabled: None) -> None:
    """Allow loopback sockets, and let Home Assistant load custom integrations."""
    if "recorder_db_url" in request.fixturenames:
        # The database must be chosen before Home Assistant starts.
        request.getfixturevalue("recorder_db_url")
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture
def quick_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the idle timeout and the backoff of all streams."""
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
    """Store snapshots as lines of text."""
    return snapshot.use_extension(LinesSnapshotExtension)


@pytest.fixture
def all_enabled() -> Generator[None]:
    """Enable entities that are disabled by default."""
    with patch("homeassistant.helpers.entity.Entity.entity_registry_enabled_default", return_value=True):
        yield
