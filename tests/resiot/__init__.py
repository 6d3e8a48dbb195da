"""Tests of resiot."""
