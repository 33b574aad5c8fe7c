"""What is wrong with a care map, where it stands, and what to do.

Enters: nothing. Leaves: `Problem`, with its text as a message of the catalogue and the facts that fill it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct, field

from tocsin.i18n import N_

DID_YOU_MEAN = N_("Did you mean “{near}”?")
KNOWN_ARE = N_("It may be: {known}")

Say = Callable[[str], str]
Facts = Mapping[str, str | int]


class Place(Struct, frozen=True, order=True):
    """Where something is written; line and column count from 1, 0 when the file as a whole is meant."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Write it as compilers do."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Problem(Struct, frozen=True):
    """One thing that is wrong (or, as `advice`, could be better) and what to do."""

    place: Place
    message: str
    facts: Facts = field(default_factory=dict)
    hint: str = ""
    advice: bool = False

    def text(self, say: Say = str) -> str:
        """Say what is wrong."""
        return say(self.message).format(**self._said(say))

    def help(self, say: Say = str) -> str:
        """Say what to do; nothing where that is plain."""
        return say(self.hint).format(**self._said(say)) if self.hint else ""

    def _said(self, say: Say) -> dict[str, str | int]:
        """Give the facts, with the reason of a key in the reader's language."""
        return {name: say(fact) if name == "why" else fact for name, fact in self.facts.items()}  # type: ignore[arg-type]


class WrongValue(Exception):
    """A value that is not written as it must be: the message, its facts and a hint."""

    def __init__(self, message: str, hint: str = "", **facts: str | int) -> None:
        super().__init__(message)
        self.message, self.hint, self.facts = message, hint, facts


def nearest(word: str, known: Iterable[str]) -> str:
    """Give the known word that a word was probably meant to be, or nothing."""
    near = difflib.get_close_matches(word.lower(), list(known), 1, 0.6)
    return near[0] if near else ""


def suggestion(word: str, known: Iterable[str]) -> tuple[str, dict[str, str | int]]:
    """Give a hint with its facts: the nearest known word, else all of them when they are few."""
    words = sorted(known)
    near = nearest(word, words)
    if near:
        return DID_YOU_MEAN, {"near": near}
    return (KNOWN_ARE, {"known": ", ".join(words)}) if 0 < len(words) <= 40 else ("", {})
