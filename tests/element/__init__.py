"""Tests of ELEMENT."""
