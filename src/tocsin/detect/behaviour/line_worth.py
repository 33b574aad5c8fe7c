"""What a command line is worth by itself: what its words can do, what hides them, how rare they are for the model.

Enters: a `Command`. Leaves: decades with their reasons. Shared by the detectors of command lines and of autoruns.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from tocsin.detect.behaviour import programs
from tocsin.detect.behaviour.capabilities import capability
from tocsin.detect.behaviour.command_model import rarity
from tocsin.detect.behaviour.commands import ODD, Command

MOST = 3.0
LM_SHARE, LM_MOST = 0.4, 0.5
"""The model's decades count less than half: a site's own lines are as new to it as an attacker's (measured)."""
ODD_MOST = 1.8
CODED_ALONE = 0.2
"""Share of a coded command's oddity where it does nothing of note: management tools code their commands too."""


class Judged(NamedTuple):
    """What a line is worth by itself, whatever the site: decades, techniques, how rare the model finds it, why."""

    decades: float
    techniques: tuple[str, ...]
    rare: float
    odd: tuple[str, ...]


@lru_cache(maxsize=8_192)
def alone(line: Command) -> Judged:
    """Judge a line without history."""
    can = capability(line.program, line.words)
    odd = min(ODD_MOST, sum(ODD[one] for one in line.odd))
    if line.odd == ("coded",):
        odd *= 1.0 if can.decades >= 0.6 else CODED_ALONE
    rare = min(LM_MOST, LM_SHARE * rarity(line.program, line.words)) if capable(line.program) else 0.0
    techniques = can.techniques + (("T1027",) if line.odd else ())
    return Judged(min(MOST, can.decades + odd + rare), techniques, rare, line.odd)


@lru_cache(maxsize=8_192)
def capable(image: str) -> bool:
    """Say whether a program, named or by its path, runs or does what others tell it."""
    return programs.program(image).kind in programs.CAPABLE
