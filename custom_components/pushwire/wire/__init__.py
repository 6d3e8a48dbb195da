"""Wire code: sockets, dispatch, errors and values. Imports no Home Assistant."""
