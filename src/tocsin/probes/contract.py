"""What a probe and a container format must look like: plain modules, checked by these protocols.

A *format* knows how a stream falls into records (lines, one JSON document, EVTX chunks, a table). A *probe*
knows one product: it claims a record and reads it. All of it is pure: bytes and values in, values out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol, runtime_checkable

from msgspec import Struct

from tocsin.model import Columns, Event, Layer, Native, Origin, Parsed, Reject

BLOCK_BYTES = 1 << 20
"""Aimed size of a block: large enough to amortise a hand-over between processes, small enough to stream."""

MAX_RECORD_BYTES = 64 << 20
"""A longer record is rejected (its first bytes are kept): memory stays bounded whatever attackers write."""

KEPT_REJECT_BYTES = 4096
"""Bytes of a rejected record that are kept for a person to look at."""


class Block(Struct, frozen=True):
    """A run of whole records of one stream, ready to be read anywhere (it is small and can be pickled).

    `context` is what the format needs from before the block (header fields of a table); `offset` is the
    position of `data[0]` in the decompressed stream.
    """

    format: str
    origin: Origin
    offset: int
    data: bytes
    context: tuple[str, ...] = ()
    site: str = ""


class Envelope(NamedTuple):
    """What carried a text record: the syslog header or the shipper's wrapper, where there was one."""

    time_us: int | None = None
    host: str = ""
    app: str = ""
    pid: str = ""
    fields: Native = {}  # noqa: RUF012 - never changed: an empty default


@runtime_checkable
class Format(Protocol):
    """A container format: one module of `probes/formats/`."""

    @property
    def NAME(self) -> str:
        """The format's name, as blocks carry it."""

    def recognise(self, head: bytes) -> bool:
        """Say whether a stream that starts with these (up to 64 KiB) bytes has this format."""

    def cut(self, chunks: Iterable[bytes], origin: Origin, site: str) -> Iterator[Block | Reject]:
        """Cut a stream of byte chunks into blocks of whole records (cheap: runs in the reading process)."""

    def read(self, block: Block) -> Iterator[Event | Reject]:
        """Read a block's records (dear: runs in a worker). Every record gives an Event or a Reject."""


@runtime_checkable
class Probe(Protocol):
    """A product: one module of `probes/`. See `JsonProbe` and `TextProbe` for its doors."""

    @property
    def NAME(self) -> str:
        """The product's name."""

    @property
    def LAYER(self) -> Layer:
        """The layer that it sees."""

    @property
    def SOURCES(self) -> tuple[str, ...]:
        """The families of its events' sources: what stands before the first dot (`windows`, `zeek`), or whole
        sources (`linux.auditd`) where several probes share a family."""

    def columns(self, event: Event) -> Columns:
        """Give the OCSF columns of one of this probe's events."""


@runtime_checkable
class JsonProbe(Probe, Protocol):
    """A probe whose records are JSON objects."""

    def claims(self, record: dict[str, Any]) -> bool:
        """Say whether this object is a record of this product, from its content only. Must be quick."""

    def read(self, record: dict[str, Any]) -> Parsed:
        """Read a claimed record. May raise ValueError or KeyError: the record then goes to `json.record`."""


@runtime_checkable
class TextProbe(Probe, Protocol):
    """A probe whose records are lines of text (after the syslog header, where there is one)."""

    def claims_text(self, line: str, envelope: Envelope) -> bool:
        """Say whether this line is a record of this product, from its content only. Must be quick."""

    def read_text(self, line: str, envelope: Envelope) -> Parsed:
        """Read a claimed line. May raise ValueError or KeyError: the line then goes to `text.line`."""
