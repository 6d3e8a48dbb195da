"""ELEMENT IoT wire code. Imports no Home Assistant."""
