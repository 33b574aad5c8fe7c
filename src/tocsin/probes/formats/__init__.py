"""Container formats: how a stream falls into records. The list's order is the order of recognition."""

from tocsin.probes.contract import Format
from tocsin.probes.formats import documents, evtx, lines, pcap, table, winxml, zeek_tsv

FORMATS: tuple[Format, ...] = (evtx, winxml, documents, zeek_tsv, pcap, table, lines)
"""`lines` is last: it takes anything."""

BY_NAME: dict[str, Format] = {format_.NAME: format_ for format_ in FORMATS}


def recognise(head: bytes) -> Format:
    """Give the format of a stream from its first bytes (up to 64 KiB)."""
    return next(format_ for format_ in FORMATS if format_.recognise(head))
