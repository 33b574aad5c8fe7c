"""Make the demo: one night at an invented hospital, as its probes would have written it."""
