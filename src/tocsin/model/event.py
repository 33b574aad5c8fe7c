"""Event: one record of one probe, as received, with the little that everybody needs to know of it.

Enters: nothing. Leaves: `Origin`, `Event`, `Reject`, the values that probes produce.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, NamedTuple

from msgspec import Struct

Native = dict[str, Any]


class Origin(Struct, frozen=True):
    """Where bytes came from: the name shown to people, and a key made of the content's first bytes.

    The key, not the name, enters event ids: a moved or renamed file keeps its ids. `written_us` says when the
    stream was last written (microseconds since 1970 UTC, 0 when unknown, as for standard input): it gives a year
    to records whose time has none.
    """

    name: str
    key: bytes = b""
    written_us: int = 0

    @classmethod
    def of(cls, name: str, head: bytes, written_us: int = 0) -> Origin:
        """Make the origin of a stream from its name, its first bytes (decompressed) and when it was last written."""
        return cls(name, blake2b(head[:4096], digest_size=8).digest(), written_us)


class Parsed(NamedTuple):
    """What a probe says of one record.

    `source` is `family.kind` (`zeek.conn`), `time_us` microseconds since 1970 UTC or None when the record
    has no time, `native` the vendor's own fields.
    """

    source: str
    time_us: int | None
    native: Native


class Event(Struct, frozen=True):
    """One record of one probe.

    `native` holds the vendor's fields under the vendor's names; `raw` the record's bytes as received;
    `offset` the record's first byte in the (decompressed) stream; `part` its rank inside that record when a
    record holds several events.
    """

    source: str
    time_us: int | None
    native: Native
    raw: bytes
    origin: Origin
    offset: int
    part: int = 0
    site: str = ""

    @property
    def id(self) -> str:
        """A stable id of 16 hex digits: the same record of the same stream always has the same one."""
        digest = blake2b(self.raw, digest_size=8, key=self.origin.key)
        digest.update(b"%d.%d" % (self.offset, self.part))
        return digest.hexdigest()

    @property
    def family(self) -> str:
        """The part of the source before its first dot: the product family (`zeek`, `windows`, …)."""
        return self.source.partition(".")[0]


class Reject(Struct, frozen=True):
    """One record that could not become an event: where it stands and why. Its bytes are kept."""

    origin: Origin
    offset: int
    reason: str
    raw: bytes = b""
    part: int = 0
