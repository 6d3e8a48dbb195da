"""Codecs that a person chooses for payloads which nothing else decodes."""
