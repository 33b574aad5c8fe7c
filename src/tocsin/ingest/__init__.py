"""Receivers: how bytes get in. This room touches files and programs; it imports model and probes only."""
