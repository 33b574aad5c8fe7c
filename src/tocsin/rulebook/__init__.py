"""Rules on disk: find, add, check and test them, keep their compiled form. Touches files and, to add, the network.

Enters: folders of rules. Leaves: a `Rulebook`, whose `compiled` rules an `Engine` runs.
"""

from tocsin.rulebook.adding import KNOWN, Added, add
from tocsin.rulebook.checking import Problem, Tested, check, test
from tocsin.rulebook.loading import STARTER, Pack, Rulebook, data_dir, load

__all__ = [
    "KNOWN",
    "STARTER",
    "Added",
    "Pack",
    "Problem",
    "Rulebook",
    "Tested",
    "add",
    "check",
    "data_dir",
    "load",
    "test",
]
