"""The simulators keep to what the vendors document."""
