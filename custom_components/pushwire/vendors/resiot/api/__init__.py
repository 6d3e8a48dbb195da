"""ResIOT wire code. Imports no Home Assistant."""
