"""Tests of Pushwire."""
