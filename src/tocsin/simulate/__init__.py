"""The simulator: a care map in, what the probes of that hospital would write out, with a known truth beside it.

Enters: a `CareMap`, a seed, a first moment, a number of days, plots. Leaves: log files in the products' own formats,
and the truth in a file of its own, never in the telemetry. The same seed gives the same bytes, whatever the number
of worker processes.
"""
