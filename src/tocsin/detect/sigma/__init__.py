"""Sigma: parse rules, compile them, run them on native fields. Pure.

Doors: `parse` (text -> `Sheet`), `compile_rules` (sheets -> `Compiled`), `dump` and `load` (its cached form),
`Engine(compiled)` with `match(events)`, `hits_of(event, rule)` and `correlate(hits)`.
"""

from tocsin.detect.sigma.compile import Compiled, compile_rules, dump, load
from tocsin.detect.sigma.correlation import CorrelationMatch, Hit
from tocsin.detect.sigma.engine import Engine
from tocsin.detect.sigma.parse import parse
from tocsin.detect.sigma.rule import Logsource, Rule, Sheet, Skipped

__all__ = [
    "Compiled",
    "CorrelationMatch",
    "Engine",
    "Hit",
    "Logsource",
    "Rule",
    "Sheet",
    "Skipped",
    "compile_rules",
    "dump",
    "load",
    "parse",
]
