"""Write a detector's memory and read it back: versioned msgpack, no pickle, nothing run that was read.

Enters: a memory: a dataclass of dataclasses, dicts, lists, tuples, numbers, texts, numpy arrays and the primitives of
`memory`. Leaves: bytes, and the same memory again. Types come from the annotations of our own classes, never from the
bytes. Equal memories give equal bytes; sets are refused, as their order differs from process to process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from hashlib import blake2b
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
import numpy as np

from tocsin.detect.behaviour.memory import (
    CountMin,
    Counts,
    Distinct,
    Moments,
    Novelty,
    Packed,
    Quantiles,
    Rings,
    Volume,
)
from tocsin.errors import InputError

VERSION = 1
_PRIMITIVES: tuple[type[Packed], ...] = (CountMin, Counts, Distinct, Moments, Novelty, Quantiles, Rings, Volume)
_PLAIN = frozenset({int, float, str, bytes, bool, NoneType})
_HINT = "start without the snapshot: the memory is then learned anew"

Memory = TypeVar("Memory")


class _Head(msgspec.Struct, array_like=True):
    """What must be the same for a snapshot to be read."""

    version: int
    byteorder: str
    shape: str


class _Written(msgspec.Struct, array_like=True):
    """A whole snapshot; the digest tells bytes that a disk has damaged."""

    head: _Head
    digest: bytes
    memory: msgspec.Raw


def dump(memory: object) -> bytes:
    """Give the bytes of a memory. Raises TypeError for a memory that cannot be written the same everywhere.

    A lone surrogate in a text is written as a question mark, a number beyond 64 bits as the nearest within.
    """
    head = _Head(VERSION, sys.byteorder, shape(type(memory)))
    try:
        raw = msgspec.msgpack.encode(memory, enc_hook=_plain)
    except (UnicodeEncodeError, OverflowError):  # what a log line may hold, and msgpack cannot
        raw = msgspec.msgpack.encode(_cleaned(msgspec.to_builtins(memory, builtin_types=(bytes,), enc_hook=_plain)))
    return msgspec.msgpack.encode(_Written(head, _digest(raw), msgspec.Raw(raw)))


def load(raw: bytes, memory_factory: Callable[[], Memory]) -> Memory:
    """Give the memory that bytes hold; `memory_factory` (a detector's `memory`) says of which type it is.

    Raises InputError when the bytes are damaged, of another version, or of a memory with other fields.
    """
    wanted = type(memory_factory())
    try:
        written = msgspec.msgpack.decode(raw, type=_Written)
        if written.head != _Head(VERSION, sys.byteorder, shape(wanted)):
            raise InputError("the snapshot was written by another version", hint=_HINT)
        if written.digest != _digest(written.memory):
            raise InputError("the snapshot is damaged", hint=_HINT)
        return msgspec.msgpack.decode(written.memory, type=wanted, dec_hook=_restored)
    except (msgspec.DecodeError, TypeError, ValueError, KeyError) as error:
        raise InputError(f"the snapshot is damaged: {error}", hint=_HINT) from error


def _digest(raw: bytes | msgspec.Raw) -> bytes:
    return blake2b(raw, digest_size=16).digest()


def shape(kind: type) -> str:
    """Give the fingerprint of a memory's fields. Raises TypeError where a field has no fixed form."""
    digest = blake2b(digest_size=8)
    for line in _fields(kind, kind.__name__, set()):
        digest.update(line.encode())
    return digest.hexdigest()


def _fields(hint: Any, where: str, seen: set[type]) -> Iterator[str]:
    """Walk all types that a type holds; each class once."""
    origin = get_origin(hint)
    if origin is np.ndarray or hint in _PLAIN or hint in _PRIMITIVES:
        yield f"{where}={hint}"
    elif origin in {dict, list, tuple, Union, UnionType, Literal}:
        yield f"{where}={origin}"
        for part in get_args(hint) if origin is not Literal else ():
            yield from _fields(part, where, seen) if part is not Ellipsis else ()
    elif isinstance(hint, type) and _has_fields(hint):
        yield f"{where}={hint.__qualname__}"
        if hint not in seen:
            seen.add(hint)
            for name, part in get_type_hints(hint).items():
                yield from _fields(part, f"{hint.__qualname__}.{name}", seen)
    else:
        raise TypeError(f"{where}: {hint} cannot be written in a snapshot")


def _has_fields(kind: type) -> bool:
    return is_dataclass(kind) or issubclass(kind, msgspec.Struct) or hasattr(kind, "_fields")


def _plain(value: object) -> object:
    if isinstance(value, _PRIMITIVES):
        return value.state()
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    raise NotImplementedError(f"{type(value).__name__} cannot be written in a snapshot")


def _restored(kind: type, state: Any) -> object:
    if kind in _PRIMITIVES:
        return kind.restored(state)
    if get_origin(kind) is np.ndarray:
        dtype, size, raw = state
        return np.frombuffer(bytearray(raw), np.dtype(dtype)).reshape(size)
    raise NotImplementedError(f"{kind} cannot be read from a snapshot")


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode() if not value.isascii() else value
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-(1 << 63), min((1 << 64) - 1, value))
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_cleaned(part) for part in value)
    return value
