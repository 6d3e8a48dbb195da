"""Home of the integration; a package so that tests can import it."""
