"""The shipped model of everyday starts of programs: how rare a word of a command line is, and a child of a parent.

Enters: words as `commands` makes them, names and kinds of programs. Leaves: -log10 of probabilities. The model
(`models/commands.bin`) is counts of starts that `scripts/train_commands.py` generates; `models/COMMANDS.md` says how.

Source: interpolation by the number of different continuations of a context (I. Witten, T. Bell, 1991): words after
program and two words before, after program and one, after program, at all, any.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from math import log10

import msgspec
import numpy as np
from numpy.typing import NDArray

from tocsin.detect.behaviour.commands import shape

MODEL = "commands.bin"
BITS = 13
"""A word's number has so many bits: four of them and the level fill a key of 64."""
LEVELS = 4
CONTEXTS = 20_000
"""Contexts that the model knows at most (BEHAVIOUR.md E2); the rarest are left out."""
BEGIN, UNKNOWN = 0, 1
MOST = 6.0
"""Decades of one word at most."""


class Model(msgspec.Struct, array_like=True, frozen=True):
    """What is in the file. Arrays are bytes: `contexts`, `grams` sorted uint64, the others uint32 beside them.

    `totals` and `kinds` say how often, and by how many different words, a context was continued. `scores` are the
    quantiles (1 - 10^-(n/10)) of what everyday command lines score that were kept out of training. `starts` are
    (parent, child, times), numbers of `programs`.
    """

    words: list[str]
    contexts: bytes
    totals: bytes
    kinds: bytes
    grams: bytes
    counts: bytes
    scores: list[float]
    programs: list[str]
    kind_of: list[str]
    starts: list[tuple[int, int, int]]


class Words:
    """The words' part of the model, ready to be asked."""

    def __init__(self, model: Model) -> None:
        self.number = {word: n for n, word in enumerate(model.words)}
        self._contexts = np.frombuffer(model.contexts, "<u8")
        self._totals = np.frombuffer(model.totals, "<u4")
        self._kinds = np.frombuffer(model.kinds, "<u4")
        self._grams = np.frombuffer(model.grams, "<u8")
        self._counts = np.frombuffer(model.counts, "<u4")
        self._scores = model.scores
        self._even = 1.0 / max(1, len(model.words))

    def knows(self, program: str) -> bool:
        """Say whether a program is in the model."""
        return f"={program}" in self.number

    def surprises(self, program: str, words: Sequence[str]) -> NDArray[np.float64]:
        """Give -log10 of each word's probability, (n,); the end of the line is a word too."""
        start = self.number.get(f"={program}", UNKNOWN)
        coded = [self._code(word) for word in words]
        contexts = contexts_of(start, coded)
        grams = (contexts << np.uint64(BITS)) | np.array([*coded, BEGIN], np.uint64)
        totals, kinds = self._find(contexts, self._contexts, self._totals, self._kinds)
        (counts,) = self._find(grams, self._grams, self._counts)
        p = np.full(contexts.shape[1], self._even)
        for level in range(LEVELS):  # from the widest context to the narrowest
            seen = totals[level] + kinds[level]
            with_context = (counts[level] + kinds[level] * p) / np.maximum(seen, 1)
            p = np.where(seen > 0, with_context, p)
        surprises: NDArray[np.float64] = np.minimum(MOST, -np.log10(p))
        return surprises

    def _code(self, word: str) -> int:
        known = self.number.get(word)
        return known if known is not None else self.number.get(shape(word), UNKNOWN)

    @staticmethod
    def _find(
        keys: NDArray[np.uint64], table: NDArray[np.uint64], *columns: NDArray[np.uint32]
    ) -> list[NDArray[np.float64]]:
        at = np.minimum(np.searchsorted(table, keys), len(table) - 1)
        there = table[at] == keys
        return [np.where(there, column[at], 0).astype(np.float64) for column in columns]

    def rarity(self, score: float) -> float:
        """Give the decades of a score: how seldom an everyday command line scores as much."""
        scores = self._scores
        if not scores or score <= scores[0]:
            return 0.0
        at = next((n for n, known in enumerate(scores) if known >= score), len(scores))
        if at == len(scores):
            return at / 10
        below, above = scores[at - 1], scores[at]
        part = (score - below) / (above - below) if above > below else 0.0
        return (at - 1 + part) / 10


def contexts_of(program: int, coded: Sequence[int]) -> NDArray[np.uint64]:
    """Give the keys of the contexts of each word and of the end, (levels, n + 1)."""
    bits, size = np.uint64(BITS), len(coded) + 1
    one, two = np.zeros(size, np.uint64), np.zeros(size, np.uint64)
    one[1:], two[2:] = coded, coded[:-1]
    keys = np.zeros((LEVELS, size), np.uint64)
    whose = np.uint64(program)
    keys[1] = (np.uint64(1) << (bits * np.uint64(3))) | whose
    keys[2] = (np.uint64(2) << (bits * np.uint64(3))) | (whose << bits) | one
    keys[3] = (np.uint64(3) << (bits * np.uint64(3))) | (whose << (bits + bits)) | (two << bits) | one
    return keys


class Starts:
    """The parents' part of the model, ready to be asked."""

    def __init__(self, model: Model) -> None:
        self._kind_of = dict(zip(model.programs, model.kind_of, strict=True))
        self._sums: dict[str, dict[str, int]] = {}
        for one, other, times in model.starts:
            parent, child = model.programs[one], model.programs[other]
            for whose, what in self._contexts(parent, child):
                table = self._sums.setdefault(whose, {})
                table[what] = table.get(what, 0) + times
        self._all = {
            whose: (
                sum(times for name, times in table.items() if not name.startswith("kind ")),
                sum(not name.startswith("kind ") for name in table),
                sum(times for name, times in table.items() if name.startswith("kind ")),
            )
            for whose, table in self._sums.items()
        }

    def _contexts(self, parent: str, child: str) -> tuple[tuple[str, str], ...]:
        kinds = (f"kind {self._kind_of.get(parent, '')}", f"kind {self._kind_of.get(child, '')}")
        return (
            (f"> {parent}", child),
            (f"> {kinds[0]}", child),
            (f"> {kinds[0]}", kinds[1]),
            (f"in {kinds[1]}", child),
            (f"< {child}", parent),
            (f"< {child}", kinds[0]),
        )

    def knows(self, program: str) -> bool:
        """Say whether a program is in the model."""
        return program in self._kind_of

    def child(self, parent: str, parent_kind: str, child: str, child_kind: str) -> float:
        """Give the probability that what a parent starts is this child."""
        p = self._share(f"> kind {parent_kind}", f"kind {child_kind}", 1.0 / 12)
        known = child if child in self._kind_of else ""
        if known:
            p *= self._share(f"in kind {child_kind}", known, 0.01)
            p = self._mixed(f"> kind {parent_kind}", known, p)
        return self._mixed(f"> {parent}", known or f"kind {child_kind}", p)

    def parent(self, parent: str, parent_kind: str, child: str) -> float:
        """Give the probability that a known child was started by this parent, or by a parent of its kind."""
        table = self._sums.get(f"< {child}")
        if table is None:
            return 1.0
        mine = table.get(parent, 0) or 0.1 * table.get(f"kind {parent_kind}", 0)
        return (mine + 0.5) / (self._all[f"< {child}"][0] + 1.0)

    def _share(self, whose: str, what: str, other: float) -> float:
        names, _, kinds = self._all.get(whose, (0, 0, 0))
        total = kinds if what.startswith("kind ") else names
        return (self._sums.get(whose, {}).get(what, 0) + other) / (total + 1.0)

    def _mixed(self, whose: str, what: str, other: float) -> float:
        table = self._sums.get(whose)
        if not table:
            return other
        total, kinds, _ = self._all[whose]
        return (table.get(what, 0) + kinds * other) / (total + kinds)


@cache
def _model() -> Model:
    raw = files("tocsin.detect.behaviour").joinpath("models", MODEL).read_bytes()
    return msgspec.msgpack.decode(raw, type=Model)


@cache
def words() -> Words:
    """Give the shipped model of command lines."""
    return Words(_model())


@cache
def starts() -> Starts:
    """Give the shipped model of parents and children."""
    return Starts(_model())


RAREST = 3


def total(surprises: NDArray[np.float64]) -> float:
    """Give the score of a line: its three rarest words together, not the mean, which long lines would wash out."""
    return float(np.sort(surprises)[-RAREST:].sum())


@lru_cache(maxsize=8_192)
def rarity(program: str, line: tuple[str, ...]) -> float:
    """Give the decades by which a command line is rarer than everyday ones; 0 for a program that is not known."""
    model = words()
    return model.rarity(total(model.surprises(program, line))) if model.knows(program) else 0.0


@lru_cache(maxsize=8_192)
def child_rarity(parent: str, parent_kind: str, child: str, child_kind: str) -> float:
    """Give -log10 of how often such a parent starts such a child."""
    return -log10(max(1e-9, starts().child(parent, parent_kind, child, child_kind)))
