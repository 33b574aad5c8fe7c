"""Plots: what an attacker (or a noisy night) does, written as YAML, with the truth that comes of it.

Enters: YAML files. Leaves: `Plot`s with every fault by line and column; acts at their moments (`Cue`); truth.
"""

from __future__ import annotations

from tocsin.simulate.plots.casting import cues
from tocsin.simulate.plots.files import find, load, shipped
from tocsin.simulate.plots.model import Cue, Plot
from tocsin.simulate.plots.truth import truth

__all__ = ["Cue", "Plot", "cues", "find", "load", "shipped", "truth"]
