"""Tokenizers for texts made of `key=value` pairs: vendors' log lines, CEF and LEEF.

Enters: text. Leaves: flat dicts of strings. Pure and linear in the text's length.
A key that comes twice keeps its first value under its name (attackers write later fields, devices the first
ones); later, different values are kept as `key#2`, `key#3`… so that nothing is lost.
Source: ArcSight Common Event Format rev. 25; IBM Log Event Extended Format 1.0 and 2.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tocsin.probes.contract import Envelope

_KEY = r"[A-Za-z_][\w.\-]*"
_QUOTED = rf'"((?:[^"\\]|\\.|"(?![\s,;]*\Z|[\s,;]+{_KEY}=))*+)(?:"|\Z)'
_SPACED = re.compile(
    rf"(?:^|(?<=[\s\[(]))({_KEY})=(?:{_QUOTED}|([^\s\"]\S*+(?:[ \t]++(?!{_KEY}=)[^\s\]]\S*+)*+)?)",
    re.DOTALL,
)
_COMMAED = re.compile(rf"(?:^|(?<=[,;]))\s*({_KEY})=(?:{_QUOTED}|([^\",;][^,;]*+)?)", re.DOTALL)
_IS_COMMAED = re.compile(rf'\s*{_KEY}=(?:"[^"]*"|[^\s,;"=]*)[,;]\s*{_KEY}=')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CEF_HEADER = re.compile(r"(?:CEF:\s*)?(\d+)\|" + r"((?:[^|\\]|\\.)*+)\|" * 6, re.DOTALL)
_CEF_KEY = re.compile(r"(?:^|(?<=\s))([\w.\-\[\]]+)=")
_CEF_NAMES = ("DeviceVendor", "DeviceProduct", "DeviceVersion", "DeviceEventClassID", "Name", "Severity")
_CEF_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_LEEF_HEADER = re.compile(r"LEEF:\s*(\d(?:\.\d)?)\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|?")
_LEEF_DELIMITER = re.compile(r"(?:(0?x[0-9A-Fa-f]{2,4})|([^\w\s=|]|\t))?\|")
_LEEF_NAMES = ("DeviceVendor", "DeviceProduct", "DeviceVersion", "EventID")
_LEEF_KEY = re.compile(r"[\w.\-]+=")


def read_pairs(text: str, unescape: bool = False) -> dict[str, str]:
    """Read `key=value key="quoted value"` pairs, parted by white space or by commas (as the first one shows).

    A bare value goes on over blanks until the next `key=`. A quoted value ends at a quote that stands before the
    next key or the end (values with quotes of their own are met), a torn one at the end of the text. `\\"` never
    ends it and is read as `"`; with `unescape` every backslash escape is undone (for products that double them).
    """
    pattern = _COMMAED if _IS_COMMAED.match(text) else _SPACED
    fields: dict[str, str] = {}
    for key, quoted, bare in pattern.findall(text):
        value = bare.rstrip() or quoted
        if "\\" in value:
            value = _ESCAPE.sub(_undo, value) if unescape else value.replace('\\"', '"')
        put(fields, key, value)
    return fields


def put(fields: dict[str, str], key: str, value: str) -> None:
    """Add a field; when its key is taken by another value, add it under the next free `key#n`."""
    if key not in fields:
        fields[key] = value
        return
    rank = 2
    name = key
    while name in fields:
        if fields[name] == value or rank > 99:
            return
        name = f"{key}#{rank}"
        rank += 1
    fields[name] = value


def is_cef(line: str) -> bool:
    """Say whether a line is a CEF record (also when a relay took its `CEF:` for a syslog tag)."""
    return line.startswith("CEF:") or (line[:2] in {"0|", "1|"} and line.count("|", 0, 400) >= 6)


def read_cef(line: str) -> dict[str, str]:
    """Read a CEF record: header under its usual names, extension keys, and custom fields also by their labels.

    Raises:
        ValueError: the header is not whole.
    """
    header = _CEF_HEADER.match(line)
    if header is None:
        raise ValueError("CEF header is not whole")
    fields = dict(zip(_CEF_NAMES, map(_cef_text, header.groups()[1:]), strict=True))
    extension = line[header.end() :]
    keys = list(_CEF_KEY.finditer(extension))
    for place, key in enumerate(keys):
        end = keys[place + 1].start() if place + 1 < len(keys) else len(extension)
        put(fields, key.group(1), _cef_text(extension[key.end() : end].strip()))
    _name_by_label(fields)
    return fields


def read_leef(line: str) -> dict[str, str]:
    """Read a LEEF 1.0 or 2.0 record: header under its usual names, then the attributes.

    Raises:
        ValueError: the header is not whole.
    """
    header = _LEEF_HEADER.match(line)
    if header is None:
        raise ValueError("LEEF header is not whole")
    fields = dict(zip(_LEEF_NAMES, (part.strip() for part in header.groups()[1:]), strict=True))
    rest = line[header.end() :]
    delimiter, rest = _leef_delimiter(header.group(1), rest)
    for item in rest.split(delimiter):
        key, found, value = item.strip().partition("=")
        if found and key:
            put(fields, key, value)
    return fields


def carried(fields: dict[str, str], envelope: Envelope) -> dict[str, str]:
    """Add the syslog header's host and program, which the record itself does not know, as `syslog_*` fields."""
    if envelope.host:
        fields.setdefault("syslog_hostname", envelope.host)
    if envelope.app:
        fields.setdefault("syslog_appname", envelope.app)
    return fields


def without(fields: dict[str, str], marks: Iterable[str]) -> dict[str, str]:
    """Leave out the fields whose value is one of the product's marks for nothing."""
    unset = frozenset(marks)
    return {key: value for key, value in fields.items() if value not in unset}


def _undo(match: re.Match[str]) -> str:
    return match.group(1)


def _cef_text(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda match: _CEF_ESCAPES.get(match.group(1), match.group(1)), text)


def _name_by_label(fields: dict[str, str]) -> None:
    for key in [key for key in fields if key.endswith("Label")]:
        label, value = fields[key], fields.get(key[:-5])
        if label and value:
            fields.setdefault(label, value)


def _leef_delimiter(version: str, rest: str) -> tuple[str, str]:
    """Give the attributes' delimiter: named in a 2.0 header, else a tab, or what the record really uses."""
    if version.startswith("2"):
        named = _LEEF_DELIMITER.match(rest)
        if named is not None:
            code, sign = named.groups()
            delimiter = chr(int(code.lstrip("0x") or "0", 16)) if code else sign or "\t"
            return delimiter, rest[named.end() :]
    if "\t" in rest:
        return "\t", rest
    return next((sign for sign in "|^;" if len(_LEEF_KEY.findall(rest)) > 1 and sign in rest), "\t"), rest
