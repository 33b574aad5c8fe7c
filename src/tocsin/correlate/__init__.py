"""Correlation: findings in, incidents out. Pure.

`Correlator` is the door: `bind` what says that a host had an address, `observe` findings, ask for `incidents`.
"""

from tocsin.correlate.bindings import Binding, bindings
from tocsin.correlate.correlator import Correlator

__all__ = ["Binding", "Correlator", "bindings"]
