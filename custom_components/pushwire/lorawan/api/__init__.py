"""LoRaWAN wire code: devices, payloads and the interpretation of values. Imports no Home Assistant."""
