"""Tests of element."""
