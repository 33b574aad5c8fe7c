"""Container formats: how a stream falls into records. The list's order is the order of recognition."""

from itertools import islice

from tocsin.model import Event
from tocsin.probes.contract import Block, Format
from tocsin.probes.formats import documents, evtx, lines, pcap, table, winxml, zeek_tsv

FORMATS: tuple[Format, ...] = (evtx, winxml, documents, zeek_tsv, pcap, table, lines)
"""`lines` is last: it takes anything."""

BY_NAME: dict[str, Format] = {format_.NAME: format_ for format_ in FORMATS}


def recognise(head: bytes) -> Format:
    """Give the format of a stream from its first bytes (up to 64 KiB)."""
    return next(format_ for format_ in FORMATS if format_.recognise(head))


LOOKED_AT = 20
"""Records of a block that are asked for a time: header lines and torn records have none."""


def begins(block: Block) -> int | None:
    """Give the time of the first record of a block that tells one; None where none of the first ones does."""
    if block.format == evtx.NAME:
        return evtx.begins(block)
    if block.format == documents.NAME:
        return None  # one document is read as a whole or not at all
    records = islice(BY_NAME[block.format].read(block), LOOKED_AT)
    times = (record.time_us for record in records if isinstance(record, Event))
    return next((time_us for time_us in times if time_us is not None), None)
