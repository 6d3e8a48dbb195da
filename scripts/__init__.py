"""Code that the commands in this folder share with the end-to-end tests."""
