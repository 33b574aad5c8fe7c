"""The small texts of which records are made: times, JSON texts, ids. Quick, because each is written a million times.

Enters: microseconds since 1970 (UTC), texts, numbers. Leaves: texts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b

import orjson

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = tuple(_ALPHABET[at // 62 % 62] + _ALPHABET[at % 62] for at in range(4096))
_MASK = (1 << 64) - 1


def mixed(no: int, part: int) -> int:
    """Give another number of 64 bits for a part of what a number stands for."""
    no = (no + part * 0x9E3779B97F4A7C15) & _MASK
    no = ((no ^ (no >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    no = ((no ^ (no >> 27)) * 0x94D049BB133111EB) & _MASK
    return no ^ (no >> 31)


def uid(no: int, prefix: str = "C") -> str:
    """Give an id in Zeek's form."""
    other = mixed(no, 77)
    return (
        f"{prefix}{_PAIRS[no & 4095]}{_PAIRS[no >> 12 & 4095]}{_PAIRS[no >> 24 & 4095]}{_PAIRS[no >> 36 & 4095]}"
        f"{_PAIRS[other & 4095]}{_PAIRS[other >> 12 & 4095]}{_PAIRS[other >> 24 & 4095]}{_PAIRS[other >> 36 & 4095]}"
    )


def guid(no: int) -> str:
    """Give a GUID, without braces."""
    text = f"{no:016x}{mixed(no, 5):016x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def epoch(us: int) -> str:
    """Write a time as Zeek does: seconds with six decimals."""
    return f"{us // 1_000_000}.{us % 1_000_000:06}"


@lru_cache(maxsize=8192)
def second(at_s: int) -> str:
    """Write a second as `2026-11-16T08:00:00`."""
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%S}"


def iso(us: int) -> str:
    """Write a time as `2026-11-16T08:00:00.123Z`."""
    return f"{second(us // 1_000_000)}.{us % 1_000_000 // 1000:03}Z"


def plain(us: int) -> str:
    """Write a time as Sysmon does: `2026-11-16 08:00:00.123`."""
    return f"{second(us // 1_000_000).replace('T', ' ')}.{us % 1_000_000 // 1000:03}"


@lru_cache(maxsize=1 << 15)
def quoted(text: str) -> str:
    """Write a text as JSON, with its quotes."""
    return orjson.dumps(text.encode("utf-8", "replace").decode()).decode()


@lru_cache(maxsize=1 << 14)
def digest(text: str, size: int = 32) -> str:
    """Give a file's hash by its name and version: the same file, the same hash everywhere."""
    return blake2b(text.lower().encode("utf-8", "replace"), digest_size=size, person=b"tocsin.file").hexdigest()
