"""The nouns of a plot.

Enters: nothing. Leaves: frozen values; a `Cue` is one act at its moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from msgspec import Struct

from tocsin.care.problems import Place as Spot
from tocsin.simulate.acts import Act


class Span(Struct, frozen=True):
    """How long: between two lengths in seconds, or exponential about the first where it is `random`."""

    least_s: float
    most_s: float
    random: bool = False

    def draw(self, random: Random) -> float:
        """Draw a length."""
        if self.random:
            return random.expovariate(1.0 / self.least_s) if self.least_s > 0 else 0.0
        return self.least_s + (self.most_s - self.least_s) * random.random()


class Begin(Struct, frozen=True):
    """When a plot begins, local time: a weekday (0 is Monday) or a day of the simulation (from 1), and a minute."""

    minute: int
    weekday: int | None = None
    day: int = 1


class Member(Struct, frozen=True):
    """One word of the cast: what to draw it from."""

    name: str
    words: Mapping[str, object]
    spot: Spot


class Step(Struct, frozen=True):
    """One step: an act, when, how often, and the words of the act as written."""

    number: int
    do: str
    words: Mapping[str, object]
    spot: Spot
    name: str = ""
    technique: str = ""
    say: str = ""
    since: str = ""
    after: Span = Span(20.0, 90.0)
    repeat: int = 0
    every: Span = Span(5.0, 30.0)
    unseen_by: frozenset[str] = frozenset()
    when: tuple[str, str] | None = None
    """A word of the cast and the choice at which the step is played; else it is left out."""


class Plot(Struct, frozen=True):
    """A whole plot. `expect`: incident, or nothing where all of it is harmless."""

    name: str
    label: str
    begin: Begin
    expect: str
    cast: tuple[Member, ...]
    steps: tuple[Step, ...]
    story: str = ""
    file: str = ""


class Cue(Struct, frozen=True, eq=False):
    """One act of a plot."""

    act: Act
    plot: str
    step: Step
    unseen_by: frozenset[str]
