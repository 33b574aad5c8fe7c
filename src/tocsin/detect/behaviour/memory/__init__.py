"""What detectors remember with: counters, novelty, volumes, sketches and rings, packed and of limited size.

Enters: keys, times and amounts. Leaves: what was usual. Deterministic: the same calls in the same order give the
same answers and the same bytes, whatever the process's hash seed. Keys are 64-bit numbers made by `key64`.
"""

from tocsin.detect.behaviour.memory.counts import Counts
from tocsin.detect.behaviour.memory.keys import key64, pair64
from tocsin.detect.behaviour.memory.moments import Moments
from tocsin.detect.behaviour.memory.novelty import Novelty
from tocsin.detect.behaviour.memory.packing import Packed
from tocsin.detect.behaviour.memory.rings import Rings
from tocsin.detect.behaviour.memory.sketches import CountMin, Distinct, Quantiles
from tocsin.detect.behaviour.memory.volume import Volume

__all__ = [
    "CountMin",
    "Counts",
    "Distinct",
    "Moments",
    "Novelty",
    "Packed",
    "Quantiles",
    "Rings",
    "Volume",
    "key64",
    "pair64",
]
