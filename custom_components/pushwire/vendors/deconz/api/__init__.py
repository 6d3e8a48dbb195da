"""deCONZ wire code. Imports no Home Assistant."""
