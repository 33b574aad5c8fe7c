"""What goes wrong with logs on their way: lost, doubled and late records.

Enters: the lines of one file for one stretch. Leaves: their bytes, in the order in which they arrive. Clocks that are
wrong are the machines' own (`cast.py`), rotation is that of the files (one a day).
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from tocsin.simulate.dice import poisson
from tocsin.simulate.recorders.contract import Line


class Faults(NamedTuple):
    """Shares of records that are lost, doubled, or come late by up to `late_s` seconds."""

    lost: float = 0.0002
    doubled: float = 0.0005
    late: float = 0.002
    late_s: float = 240.0


NONE = Faults(0.0, 0.0, 0.0, 0.0)
USUAL = Faults()
ROUGH = Faults(0.01, 0.05, 0.03, 1_800.0)
KINDS = {"none": NONE, "usual": USUAL, "rough": ROUGH}


def arrive(lines: list[Line], random: Random, faults: Faults) -> bytes:
    """Give the bytes of a file: whole lines, in the order of their arrival."""
    lines.sort()
    total = len(lines)
    for _ in range(min(total, poisson(random, total * faults.late))):
        at = int(random.random() * total)
        us, text = lines[at]
        lines[at] = us + int(random.random() * faults.late_s * 1e6), text
    for _ in range(poisson(random, total * faults.doubled)):
        us, text = lines[int(random.random() * total)]
        lines.append((us + int(random.random() * 2e6), text))
    for _ in range(min(total, poisson(random, total * faults.lost))):
        del lines[int(random.random() * len(lines))]
    lines.sort()
    return ("\n".join([text for _, text in lines]) + "\n").encode("utf-8", "replace") if lines else b""
