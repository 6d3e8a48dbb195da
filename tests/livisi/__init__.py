"""Tests of the LIVISI vendor."""
