"""Rules on disk: find them, add them, keep their compiled form."""
