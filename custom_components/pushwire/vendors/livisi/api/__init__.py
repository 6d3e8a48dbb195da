"""Wire code of LIVISI. Imports no Home Assistant."""
