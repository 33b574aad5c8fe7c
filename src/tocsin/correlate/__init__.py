"""Correlation: findings in, incidents out. Pure.

`Correlator` is the door of a scan: `bind` names, `observe` findings, ask for `incidents`. A service feeds an `Engine`.
"""

from tocsin.correlate.aliases import quarter
from tocsin.correlate.bindings import Binding, bindings
from tocsin.correlate.clocks import ClockOffset, Meetings
from tocsin.correlate.correlator import Correlator

__all__ = ["Binding", "ClockOffset", "Correlator", "Meetings", "bindings", "quarter"]
