"""Tests of ResIOT."""
