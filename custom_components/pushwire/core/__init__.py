"""What the vendors share between the wire and Home Assistant."""
