"""Tests of deconz."""
