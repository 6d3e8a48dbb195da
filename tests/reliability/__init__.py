"""Tests of what faults of a vendor's system do to an entry."""
