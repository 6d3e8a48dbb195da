"""Tests of lorawan."""
