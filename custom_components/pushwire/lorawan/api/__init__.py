"""LoRaWAN wire code: devices, payloads and the meaning of values. Imports no Home Assistant."""
