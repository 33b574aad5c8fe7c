"""Say what a machine does from its profile, with how sure that is and why, in words.

Enters: a `Profile`. Leaves: guesses, the likeliest first. Each clue that holds speaks for a role with its own weight; a
role's confidence is 1 − Π(1 − weight) of its clues (noisy-or), so that two weak clues are worth one good one and no
number of clues makes a certainty. Fixed weights, nothing learned: the same traffic gives the same answer. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec import Struct

from tocsin.discover.clues import CLUES
from tocsin.discover.profiles import Profile

SURE, LIKELY = 0.9, 0.6
_MOST = 4
"""Guesses that are kept of one machine."""

_COVERS: dict[str, frozenset[str]] = {
    "domain_controller": frozenset({"dns", "ntp", "file_server", "web", "application", "management", "dhcp"}),
    "pacs": frozenset({"web", "application", "dicom_router", "modality", "file_server"}),
    "hl7_engine": frozenset({"web", "application", "analyser"}),
    "print_server": frozenset({"file_server", "web", "application"}),
    "workstation": frozenset({"medical_device"}),
}
"""A role that explains what speaks for others: a domain controller serves names and shares too."""
_GENERAL = frozenset({"web", "application", "file_server", "workstation", "medical_device", "bastion", "management"})
"""Roles that many machines have besides their own: they give way to any other likely one."""


class Reason(Struct, frozen=True):
    """One clue that held: its English text (a template for gettext), how many, and an example."""

    text: str
    number: int
    example: str = ""

    def told(self, say: Callable[[str], str]) -> str:
        """Tell it in the language of `say`."""
        return say(self.text).format(n=self.number, example=self.example)


class Guess(Struct, frozen=True):
    """A role, how sure it is (0-1), and why."""

    role: str
    confidence: float
    reasons: tuple[Reason, ...] = ()


class _Held(NamedTuple):
    weight: float
    reason: Reason


def guess(profile: Profile) -> tuple[Guess, ...]:
    """Give what a machine does: roles that are at least likely, the one that explains most first."""
    held: dict[str, list[_Held]] = {}
    for clue in CLUES:
        number, example = clue.found(profile)
        if number >= clue.least:
            held.setdefault(clue.role, []).append(_Held(clue.weight, Reason(clue.text, number, example)))
    guesses = [_guess(role, several) for role, several in held.items()]
    likely = [one for one in guesses if one.confidence >= LIKELY]
    kept = [one for one in likely if not _covered(one.role, likely)]
    return tuple(sorted(kept, key=_order)[:_MOST])


def _guess(role: str, held: Iterable[_Held]) -> Guess:
    doubt = 1.0
    several = sorted(held, key=lambda one: -one.weight)
    for one in several:
        doubt *= 1 - one.weight
    return Guess(role, round(1 - doubt, 3), tuple(one.reason for one in several))


def _covered(role: str, likely: Iterable[Guess]) -> bool:
    return any(role in _COVERS.get(one.role, ()) and one.confidence >= 0.8 for one in likely)


def _order(one: Guess) -> tuple[bool, float, str]:
    return one.role in _GENERAL, -one.confidence, one.role
