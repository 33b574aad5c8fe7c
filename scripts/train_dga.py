"""Train the model of names: how likely each character is after the two before it, in names that people registered.

    python scripts/train_dga.py [--out FOLDER] [--seed N] [--check]

The material is Chromium's list of hosts that insist on HTTPS, as the PyPI package `hstspreload` holds it (BSD-3-Clause,
as is Chromium's own list): some 160,000 names whose owners entered them themselves, of all languages, with hardly a
generated one among them. Only counts of triples of characters leave it. The package is needed only here:

    pip install hstspreload==2025.1.1

The model is the same, byte for byte, for the same version of the package and the same seed; the seed chooses the
twentieth of names that is kept out, on which the script says how well names are told from evenly drawn characters.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
from collections.abc import Iterator
from importlib import import_module, metadata, resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.behaviour import letters
from tocsin.detect.behaviour.domains import parts

PACKAGE, VERSION, LICENCE = "hstspreload", "2025.1.1", "BSD-3-Clause"
SEED = 2026
FOLDER = Path(__file__).parents[1] / "src/tocsin/detect/behaviour/models"
_LEAF = 0x80
SMOOTH = 8.0
"""Triples seen as often as this weigh as much as what the pair alone says."""
HELD_OUT = 20

RECORD = """# Model of names

`letters.bin`: −log10 of how likely a character is after the two before it, in units of 1/{scale}, one byte for each of
{size}³ triples of characters. Made by `python scripts/train_dga.py`; trained again, it is the same byte for byte.

| | |
|---|---|
| material | labels that people registered, from Chromium's list of hosts that insist on HTTPS |
| package | `{package}` {version} from the Python package index |
| licence | {licence} (the package, and Chromium's list); only counts of triples leave it |
| digest of the material (SHA-256) | `{material}` |
| labels | {labels} to train, {held} kept out |
| seed | {seed} |
| digest of the model (SHA-256) | `{model}` |
| kept-out names taken for drawn ones | {false:.2%} |
| drawn names found: 12 letters / 10 mixed / 16 hexadecimal | {letters:.1%} / {mixed:.1%} / {hexadecimal:.1%} |
"""


def material() -> tuple[bytes, str]:
    """Give the list as the package holds it and its digest.

    Raises SystemExit where the package is not there, or is not the version that the model was made from.
    """
    try:
        import_module(PACKAGE)
        found = metadata.version(PACKAGE)
    except (ImportError, metadata.PackageNotFoundError):
        sys.exit(f"The package {PACKAGE} is needed: pip install {PACKAGE}=={VERSION}")
    if found != VERSION:
        sys.exit(f"{PACKAGE} {found} is there, the model is made from {VERSION}")
    raw = resources.files(PACKAGE).joinpath("hstspreload.bin").read_bytes()
    return raw, hashlib.sha256(raw).hexdigest()


def _hosts(raw: bytes) -> Iterator[str]:
    """Give the host names: flags, length and text one after the other; leaves hold whole names."""
    at = 0
    while at + 2 <= len(raw):
        flags, size = raw[at], raw[at + 1]
        if flags & _LEAF:
            yield raw[at + 2 : at + 2 + size].decode("ascii", "replace")
        at += 2 + size


def labels(raw: bytes, seed: int) -> tuple[list[str], list[str]]:
    """Give the registered labels to train on and those kept out."""
    found = sorted({parts(host).label for host in _hosts(raw)} - {""})
    found = [label for label in found if not label.startswith("xn--")]
    random.Random(seed).shuffle(found)
    cut = len(found) // HELD_OUT
    return found[cut:], found[:cut]


def train(names: list[str]) -> bytes:
    """Count triples and write their costs, one byte each."""
    size = letters.SIZE
    triples = np.zeros((size, size, size))
    for name in names:
        codes = letters.codes(name)
        for one, two, three in zip(codes, codes[1:], codes[2:], strict=False):
            triples[one, two, three] += 1
    return _costs(triples)


def _costs(triples: NDArray[np.float64]) -> bytes:
    """Interpolate triples with pairs and single characters (Witten and Bell's idea with a fixed weight)."""
    pairs = triples.sum(0)
    singles = pairs.sum(0)
    even = (singles + 1) / (singles + 1).sum()
    by_one = (pairs + SMOOTH * even) / (pairs.sum(1, keepdims=True) + SMOOTH)
    by_two = (triples + SMOOTH * by_one) / (triples.sum(2, keepdims=True) + SMOOTH)
    costs: NDArray[np.float64] = np.round(-np.log10(by_two) * letters.SCALE)
    return np.clip(costs, 0, 255).astype(np.uint8).tobytes()


def _found(table: bytes, names: list[str]) -> float:
    return sum(letters.judged(name, table) >= letters.DRAWN for name in names) / max(1, len(names))


def _drawn(rng: random.Random, alphabet: str, length: int) -> list[str]:
    return ["".join(rng.choices(alphabet, k=length)) for _ in range(5_000)]


def record(table: bytes, digest: str, trained: int, held: list[str], seed: int) -> str:
    """Say where the model comes from and how well it tells."""
    rng = random.Random(seed + 1)
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    return RECORD.format(
        scale=letters.SCALE,
        size=letters.SIZE,
        package=PACKAGE,
        version=VERSION,
        licence=LICENCE,
        material=digest,
        labels=trained,
        held=len(held),
        seed=seed,
        model=hashlib.sha256(table).hexdigest(),
        false=_found(table, held),
        letters=_found(table, _drawn(rng, alphabet, 12)),
        mixed=_found(table, _drawn(rng, alphabet + "0123456789", 10)),
        hexadecimal=_found(table, _drawn(rng, "0123456789abcdef", 16)),
    )


def main() -> int:
    """Train, write and say what was made; with `--check` only compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--check", action="store_true", help="compare with the model that is there, write nothing")
    options = parser.parse_args()
    raw, digest = material()
    names, held = labels(raw, options.seed)
    table = train(names)
    if options.check:
        same = (options.out / letters.MODEL).read_bytes() == table
        print("the same" if same else "not the same")
        return 0 if same else 1
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / letters.MODEL).write_bytes(table)
    text = record(table, digest, len(names), held, options.seed)
    (options.out / "README.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
