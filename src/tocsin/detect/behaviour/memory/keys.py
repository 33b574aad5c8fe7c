"""Stable 64-bit keys of texts.

Enters: texts and numbers. Leaves: numbers that are the same in every process, on every machine.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

MASK64 = 0xFFFF_FFFF_FFFF_FFFF
_CACHED = 1 << 16
"""Parts of recent keys kept: the same few hosts and names come again and again (about 20 MB when full)."""


@lru_cache(maxsize=_CACHED, typed=True)
def key64(*parts: str | int) -> int:
    """Give the key of some texts and numbers; `("ab", "c")` and `("a", "bc")` differ, as `1` and `"1"` do."""
    digest = blake2b(digest_size=8)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else b"\xff%d" % part
        digest.update(b"%d:" % len(raw))
        digest.update(raw)
    return int.from_bytes(digest.digest(), "little")


def pair64(one: int, other: int) -> int:
    """Give the key of two keys, in this order (the finaliser of SplitMix64; Steele, Lea, Flood 2014)."""
    mixed = (one * 0x9E37_79B9_7F4A_7C15 + other) & MASK64
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9) & MASK64
    return mixed ^ (mixed >> 27)
