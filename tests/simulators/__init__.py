"""Tests of the simulators: they keep to docs/protocols/."""
