"""Code shared by the vendors of LoRaWAN platforms."""
