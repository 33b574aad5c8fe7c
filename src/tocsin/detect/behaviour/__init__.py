"""Behavioural detectors: what is unusual here, by what was usual. Pure.

The list is the only registry. `Watcher` holds all memories and turns signs into findings.
"""

from tocsin.detect.behaviour.contract import Detector, Sign
from tocsin.detect.behaviour.facts import FactsByKind, gather
from tocsin.detect.behaviour.watcher import Watcher

DETECTORS: tuple[Detector, ...] = ()

__all__ = ["DETECTORS", "Detector", "FactsByKind", "Sign", "Watcher", "gather"]
