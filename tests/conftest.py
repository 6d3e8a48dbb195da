"""What every test needs."""

import pytest

# Imported before Home Assistant's test configuration brings its own package of the
# same name.
import custom_components.pushwire  # noqa: F401


@pytest.fixture(autouse=True)
def _own_integration(enable_custom_integrations: None, socket_enabled: None) -> None:
    """Let Home Assistant load Pushwire, and let it reach simulators on loopback."""
