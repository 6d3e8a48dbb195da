"""What ELEMENT and ResIOT share: LoRaWAN devices, their values and downlinks."""
