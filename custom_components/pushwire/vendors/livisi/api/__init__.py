"""LIVISI wire code. Imports no Home Assistant."""
