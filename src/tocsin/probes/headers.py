"""Syslog headers, in the dialects that are met: opened before any text probe sees the message.

Enters: a line of text. Leaves: an `Envelope` and the message. `Envelope.fields` holds, where the header had them,
`priority`, `msgid`, `structured` (RFC 5424 data by its ids) and `relay` (the host of the outer of two headers).

A time without a year takes the year in which the stream was last written, or the year before when that would
lie more than a day after it; without that hint (standard input) the record has no time rather than a wrong one.
A time without a zone is taken as UTC.
Source: RFC 3164, RFC 5424, RFC 6587 (octet counting), rsyslog's templates, Cisco IOS logging.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache

from tocsin.model import Native
from tocsin.probes.contract import Envelope

_RECORD_WORDS = frozenset({"CEF", "LEEF"})
_DAY_US = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NUMBER = {name: number for number, name in enumerate(_MONTHS, 1)}
_LEVELS = "EMERG ALERT CRIT CRITICAL ERR ERROR WARN WARNING NOTICE INFO DEBUG TRACE FATAL"
_LEVEL_WORDS = frozenset(_LEVELS.split())

_PRI = re.compile(r"(?:\d{1,7} )?<(\d{1,3})>\s?", re.ASCII)
_VERSION = re.compile(r"(?:[1-9]\d? +)", re.ASCII)
_CISCO = re.compile(r"(?:\d+: )?(?:([\w.\-]+): )?(?=[*.]?[A-Z][a-z]{2} +\d|\d+: [*.]?[A-Z][a-z]{2} +\d)(?:\d+: )?[*.]?")
_BSD = re.compile(
    r"(?:(\d{4}) )?([A-Z][a-z]{2}) +(\d\d?) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?"
    r"(?: (\d{4})(?=[ :]))?(?: [A-Z]{3,4}(?=:))?(?::(?= |$))?(?: +|$)"
)
_ISO = re.compile(r"(\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(?:[.,]\d{1,9})?) ?(Z|[+-]\d\d:?\d\d)?:?(?: +|$)", re.ASCII)
_HOST_AND_TAG = re.compile(
    r"(?:([\w.:\-]{0,255}\w) +)?(?!CEF:|LEEF:)([A-Za-z0-9_/][\w./@+\-()]{0,63})(?:\[([^\]\s]{0,20})\])?"
    r"(?: <\w+>)?:(?: +|$)",
    re.ASCII,
)
_HOST = re.compile(r"([\w.:\-]{0,255}\w) +", re.ASCII)
_HOST_LIKE = re.compile(r".*[\d.\-]|localhost$")
_RECORD_LIKE = re.compile(r"CEF:|LEEF:|[{<]|[A-Za-z_][\w.\-]*=|\d,|%\w+-\d-")
_REST_5424 = re.compile(
    r"(\S+) (\S+) (\S+) (\S+) (-|(?:\[(?:[^\]\"\\]|\\.|\"(?:[^\"\\]|\\.)*+\")*+\])++)(?: |$)", re.DOTALL
)
_ELEMENT = re.compile(r'\[([^\s=\]"]+)((?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*+")*+)\]', re.DOTALL)
_PARAMETER = re.compile(r'([^\s=\]"]+)="((?:[^"\\]|\\.)*+)"', re.DOTALL)
_UNESCAPE = re.compile(r'\\(["\\\]])')

_PEER = r" ([\w.\-]{0,255}\w) ([\w/][\w/\-]{0,63})(?:\[(\d{1,10})\])?: +"
_STAMP = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))"
_USUAL_BSD = re.compile(r"(?:<(\d{1,3})>)?([A-Z][a-z]{2} [ \d]\d) (\d\d):(\d\d):(\d\d)" + _PEER, re.ASCII)
_USUAL_ISO = re.compile(r"(?:<(\d{1,3})>)?" + _STAMP + _PEER, re.ASCII)
_USUAL_5424 = re.compile(rf"<(\d{{1,3}})>1 {_STAMP} ([^\s-]\S*) ([^\s-]\S*) (\d{{1,10}}) - - (?=[^\s\ufeff])", re.ASCII)

_NONE = Envelope()
_DIGITS = frozenset("0123456789")
_MARKS = _DIGITS | frozenset("<*.")


def open_envelope(line: str, written_us: int = 0) -> tuple[Envelope, str]:
    """Split a line in its syslog envelope (empty when there is none) and its message.

    `written_us` says when the stream was last written (microseconds since 1970 UTC, 0 when unknown): it gives
    a year to times without one.
    """
    if not _may_have_header(line):
        return _NONE, line
    usual = _open_usual(line, written_us)
    if usual is not None:
        return usual
    envelope, body = _open_one(line, written_us)
    if not envelope.app and _may_have_header(body) and (envelope.host or body[0] == "<"):
        inner, inner_body = _open_one(body, written_us)
        if inner.host or inner.app:
            return _relayed(envelope, inner), inner_body
    return envelope, body


def _may_have_header(line: str) -> bool:
    return line[:1] in _MARKS or line[:3] in _MONTH_NUMBER


def _open_usual(line: str, written_us: int) -> tuple[Envelope, str] | None:
    """Open the headers that nearly all lines have with one match each; None leaves the line to the slow path.

    It must give what the slow path gives: a property test compares them.
    """
    found = _USUAL_BSD.match(line) if line[:1] not in _DIGITS else None
    if found is not None:
        pri, day, hour, minute, second, host, app, pid = found.groups()
        time_us = _day_us(day, written_us // _DAY_US)
        if time_us is not None:
            time_us += (int(hour) * 3600 + int(minute) * 60 + int(second)) * 1_000_000
    else:
        found = (_USUAL_5424.match(line) if line[:1] == "<" else None) or _USUAL_ISO.match(line)
        if found is None:
            return None
        pri, stamp, host, app, pid = found.groups()
        time_us = _stamp_us(stamp)
    if app in _RECORD_WORDS or host in _LEVEL_WORDS:
        return None
    return Envelope(time_us, host, app, pid or "", {"priority": int(pri)} if pri else {}), line[found.end() :]


def _open_one(line: str, written_us: int) -> tuple[Envelope, str]:
    fields: Native = {}
    start = 0
    pri = _PRI.match(line)
    if pri is not None:
        fields["priority"] = int(pri.group(1))
        start = pri.end()
        version = _VERSION.match(line, start)
        opened = _open_5424(line, version.end(), fields) if version else None
        if opened is not None:
            return opened
    found = _BSD.match(line, start)
    if found is not None:
        return _open_rest(line, found.end(), _bsd_time(found, written_us), fields, pri is not None, True)
    found = _ISO.match(line, start)
    if found is not None:
        return _open_iso(line, found, fields, pri is not None)
    if pri is not None or line[0] in "*.":
        return _open_cisco(line, start, written_us, fields)
    return _NONE, line


def _open_5424(line: str, start: int, fields: Native) -> tuple[Envelope, str] | None:
    time_us, stamped = None, start
    found = _ISO.match(line, start)
    if found is not None:
        time_us, stamped = _iso_time(found), found.end()
    elif line.startswith("- ", start):
        stamped = start + 2
    else:
        return None
    return _open_rest_5424(line, stamped, time_us, fields)


def _open_rest_5424(line: str, start: int, time_us: int | None, fields: Native) -> tuple[Envelope, str] | None:
    rest = _REST_5424.match(line, start)
    if rest is None:
        return None
    host, app, pid, msgid, structured = (("" if text == "-" else text) for text in rest.groups())
    if msgid:
        fields["msgid"] = msgid
    if structured:
        fields["structured"] = _structured(structured)
    return Envelope(time_us, host, app, pid, fields), line[rest.end() :].lstrip("\ufeff ")


def _open_iso(line: str, found: re.Match[str], fields: Native, pri: bool) -> tuple[Envelope, str]:
    time_us = _iso_time(found)
    if found.group(2) == " " and not pri:
        return Envelope(time_us, fields=fields), line
    opened = _open_rest_5424(line, found.end(), time_us, fields)
    return opened or _open_rest(line, found.end(), time_us, fields, pri, False)


def _open_rest(
    line: str, start: int, time_us: int | None, fields: Native, pri: bool, bsd: bool
) -> tuple[Envelope, str]:
    """Read `host tag[pid]: message` after the time. `bsd`: the time was RFC 3164's, so a host must follow."""
    found = _HOST_AND_TAG.match(line, start)
    if found is not None:
        host, app, pid = found.groups()
        return Envelope(time_us, _not_a_level(host), app, pid or "", fields), line[found.end() :]
    host_only = _HOST.match(line, start)
    if host_only is None:
        return Envelope(time_us, fields=fields), line[start:]
    host, end = host_only.group(1), host_only.end()
    sure = pri or bsd or bool(_HOST_LIKE.match(host)) or bool(_RECORD_LIKE.match(line, end))
    if not sure or host in _LEVEL_WORDS:
        return Envelope(time_us, fields=fields), line[start:]
    return Envelope(time_us, host, fields=fields), line[end:]


def _not_a_level(host: str | None) -> str:
    return "" if host is None or host in _LEVEL_WORDS else host


def _open_cisco(line: str, start: int, written_us: int, fields: Native) -> tuple[Envelope, str]:
    """Read Cisco's `123: host: *Mar  1 18:46:11.123 UTC: %SYS-5-…`, or a message without a time."""
    lead = _CISCO.match(line, start)
    found = _BSD.match(line, lead.end()) if lead is not None else None
    if lead is not None and found is not None:
        return Envelope(_bsd_time(found, written_us), lead.group(1) or "", fields=fields), line[found.end() :]
    tag = _HOST_AND_TAG.match(line, start)
    if tag is not None and tag.group(1) is None:
        return Envelope(None, "", tag.group(2), tag.group(3) or "", fields), line[tag.end() :]
    return (Envelope(fields=fields) if fields else _NONE), line[start:]


def _relayed(outer: Envelope, inner: Envelope) -> Envelope:
    """Join two headers: the inner one is the sender's; the outer one names the relay."""
    fields = {**outer.fields, **inner.fields}
    if outer.host and inner.host and outer.host != inner.host:
        fields["relay"] = outer.host
    time_us = inner.time_us if inner.time_us is not None else outer.time_us
    return Envelope(time_us, inner.host or outer.host, inner.app, inner.pid, fields)


def _structured(text: str) -> Native:
    return {
        element: {name: _UNESCAPE.sub(r"\1", value) for name, value in _PARAMETER.findall(parameters)}
        for element, parameters in _ELEMENT.findall(text)
    }


def _iso_time(found: re.Match[str]) -> int | None:
    stamp, _, zone = found.groups()
    return _stamp_us(stamp.replace(",", ".") + (zone or "Z"))


def _stamp_us(stamp: str) -> int | None:
    try:
        since = datetime.fromisoformat(stamp) - _EPOCH
    except (ValueError, OverflowError):
        return None
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


@lru_cache(maxsize=4096)
def _day_us(day: str, written_day: int) -> int | None:
    """Give the start of a day such as `Mar  7`, as `_bsd_time` finds its year."""
    number = _MONTH_NUMBER.get(day[:3])
    if number is None or not written_day:
        return None
    days = _days_without_year(number, int(day[4:]), written_day)
    return None if days is None else days * _DAY_US


def _bsd_time(found: re.Match[str], written_us: int) -> int | None:
    first_year, month, day, year, hour, minute, second, fraction, last_year = found.groups()
    clock_us = (int(hour) * 3600 + int(minute) * 60 + int(second)) * 1_000_000
    if fraction:
        clock_us += int(fraction[:6].ljust(6, "0"))
    number = _MONTH_NUMBER.get(month)
    if number is None:
        return None
    dated = first_year or year or last_year
    if dated:
        days = _days(int(dated), number, int(day))
    elif written_us >= _DAY_US:
        days = _days_without_year(number, int(day), written_us // _DAY_US)
    else:
        return None
    return None if days is None else days * _DAY_US + clock_us


@lru_cache(maxsize=4096)
def _days_without_year(month: int, day: int, written_day: int) -> int | None:
    """Give the latest such day that lies at most one day after the day on which the stream was written."""
    try:
        year = date.fromordinal(written_day + _EPOCH_DAY).year
    except (ValueError, OverflowError):
        return None
    for candidate in (year + 1, year, year - 1, year - 2, year - 3, year - 4):
        days = _days(candidate, month, day)
        if days is not None and days <= written_day + 1:
            return days
    return None


@lru_cache(maxsize=4096)
def _days(year: int, month: int, day: int) -> int | None:
    try:
        return date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
