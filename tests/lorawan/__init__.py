"""Tests of the shared LoRaWAN code."""
