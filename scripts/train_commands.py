"""Train the model of everyday starts of programs: words of command lines, and which parent starts which child.

    python scripts/train_commands.py [--out FOLDER] [--seed N] [--check]

The material is drawn from habits that we wrote down (`scripts/commands/`): nobody's logs are in it. The model is the
same, byte for byte, for the same seed. `--check` trains anew and fails when the shipped model differs.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter
from pathlib import Path

import commands
import msgspec
import numpy as np
from numpy.typing import NDArray

from tocsin.detect.behaviour import command_model
from tocsin.detect.behaviour.command_model import BITS, CONTEXTS, LEVELS, Model, contexts_of
from tocsin.detect.behaviour.commands import command, shape
from tocsin.detect.behaviour.programs import CAPABLE, program

SEED = 2026
NUMBER = 400_000
JUDGED = 60_000
LEAST_WORD = 40
"""A word that comes less often counts as its shape: invented names are to be unknown words, not known ones."""
FOLDER = Path(__file__).parents[1] / "src/tocsin/detect/behaviour/models"
QUANTILES = 36

RECORD = """# Model of everyday starts of programs

`commands.bin`: counts of words in command lines after a program and up to two words before, and of parents and
children. Made by `python scripts/train_commands.py` from habits that we wrote down (`scripts/commands/*.txt`; our own,
under the licence of the rest; all names in them are invented); trained again, it is the same byte for byte.

| | |
|---|---|
| habits | {habits}, of which {kept} kept out |
| starts drawn | {number} to train, {judged} of the kept-out habits to set the scale |
| seed | {seed} |
| words, contexts, sequences | {words}, {contexts}, {grams} |
| parents and children | {starts} pairs |
| size | {size} bytes |
| digest (SHA-256) | `{digest}` |
"""


def _lines(material: list[commands.Start]) -> list[tuple[str, tuple[str, ...]]]:
    """Give program and words of each start of a program that can do more than its name says."""
    made = [command(start.image, start.command) for start in material]
    return [(one.program, one.words) for one in made if program(one.program).kind in CAPABLE]


def vocabulary(lines: list[tuple[str, tuple[str, ...]]]) -> list[str]:
    """Give the words that are known, the mark of an end and of the unknown first; programs begin with `=`."""
    words = Counter(word for _, line in lines for word in line)
    programs = Counter(f"={name}" for name, _ in lines)
    shapes = {shape(word) for word in words}
    known = sorted({word for word, times in words.items() if times >= LEAST_WORD} | shapes)
    listed = sorted(name for name, times in programs.items() if times >= LEAST_WORD // 2)
    return ["<end>", "<unknown>", *known, *listed][: 1 << BITS]


def count(lines: list[tuple[str, tuple[str, ...]]], words: list[str]) -> tuple[Counter[int], Counter[int]]:
    """Count sequences of words, and how often each context is continued."""
    number = {word: n for n, word in enumerate(words)}
    grams: Counter[int] = Counter()
    for name, line in lines:
        start = number.get(f"={name}")
        if start is None:
            continue
        coded = [number.get(word, number[shape(word)]) for word in line]
        keys = (contexts_of(start, coded) << np.uint64(BITS)) | np.array([*coded, 0], np.uint64)
        grams.update(keys.ravel().tolist())
    totals: Counter[int] = Counter()
    for gram, times in grams.items():
        totals[gram >> BITS] += times
    return grams, totals


def _array(values: list[int], kind: str) -> bytes:
    return np.array(values, np.dtype(kind)).tobytes()


def train(seed: int, number: int) -> Model:
    """Train on what is drawn with a seed; the scale is set on habits that were kept out."""
    material = list(commands.starts(seed, number))
    lines = _lines(material)
    words = vocabulary(lines)
    grams, totals = count(lines, words)
    kept = {key for key, _ in sorted(totals.items(), key=lambda one: (-one[1], one[0]))[:CONTEXTS]}
    listed = sorted(gram for gram in grams if gram >> BITS in kept)
    contexts = sorted(kept)
    kinds = Counter(gram >> BITS for gram in listed)
    names, kind_of, pairs = _pairs(material)
    model = Model(
        words,
        _array(contexts, "<u8"),
        _array([totals[key] for key in contexts], "<u4"),
        _array([kinds[key] for key in contexts], "<u4"),
        _array(listed, "<u8"),
        _array([grams[key] for key in listed], "<u4"),
        [],
        names,
        kind_of,
        pairs,
    )
    return msgspec.structs.replace(model, scores=_scale(model, seed + 1))


def _pairs(material: list[commands.Start]) -> tuple[list[str], list[str], list[tuple[int, int, int]]]:
    """Count parents and children; programs of one site are only their kind (none)."""
    pairs: Counter[tuple[str, str]] = Counter()
    kinds: dict[str, str] = {}
    times: Counter[str] = Counter()
    for start in material:
        both = program(start.parent), program(start.image)
        for one in both:
            kinds[one.name] = one.kind
            times[one.name] += 1
        pairs[both[0].name, both[1].name] += 1
    known = {name for name, often in times.items() if often >= LEAST_WORD // 2}
    merged: Counter[tuple[str, str]] = Counter()
    for (parent, child), often in pairs.items():
        merged[parent if parent in known else "", child if child in known else ""] += often
    names = sorted({name for pair in merged for name in pair})
    number = {name: n for n, name in enumerate(names)}
    rows = sorted((number[one], number[other], often) for (one, other), often in merged.items())
    return names, [kinds.get(name, "") for name in names], rows


def scores(model: Model, material: list[commands.Start]) -> NDArray[np.float64]:
    """Give the scores of starts of programs that the model knows, sorted."""
    asked = command_model.Words(model)
    found = [command_model.total(asked.surprises(name, line)) for name, line in _lines(material) if asked.knows(name)]
    return np.sort(np.array(found))


def _scale(model: Model, seed: int) -> list[float]:
    """Give the quantiles 1 - 10^-(n/10) of the scores of habits that were kept out."""
    judged = scores(model, list(commands.starts(seed, JUDGED, kept_out=True)))
    at = [min(len(judged) - 1, int(len(judged) * (1 - 10 ** (-n / 10)))) for n in range(QUANTILES)]
    return [round(float(judged[place]), 3) for place in at]


def main() -> int:
    """Train, write, say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--check", action="store_true", help="only say whether the shipped model is this one")
    options = parser.parse_args()
    model = train(options.seed, NUMBER)
    raw = msgspec.msgpack.encode(model)
    if options.check:
        same = (FOLDER / command_model.MODEL).read_bytes() == raw
        print("the same" if same else "another one")
        return 0 if same else 1
    (options.out / command_model.MODEL).write_bytes(raw)
    listed = commands.habits()
    record = RECORD.format(
        habits=len(listed),
        kept=sum(habit.kept_out for habit in listed),
        number=NUMBER,
        judged=JUDGED,
        seed=options.seed,
        words=len(model.words),
        contexts=len(model.contexts) // 8,
        grams=len(model.grams) // 8,
        starts=len(model.starts),
        size=len(raw),
        digest=hashlib.sha256(raw).hexdigest(),
    )
    (options.out / "COMMANDS.md").write_text(record, "utf-8")
    print(record)
    print("levels", LEVELS, "scale", model.scores)
    return 0


if __name__ == "__main__":
    sys.exit(main())
