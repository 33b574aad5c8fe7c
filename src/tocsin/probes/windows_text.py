"""Windows events as text: XML, Snare's tabs, the messages that people read.

Enters: a line, or a part of a record. Leaves: flat native fields. XML is read by its tags, without a parser that
wants it whole: senders cut long lines, and a cut event still tells much.
Source: https://learn.microsoft.com/windows/win32/wes/eventschema-schema; Snare for Windows guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tocsin.model import Native
from tocsin.probes.windows_messages import fields_of_message, id_of_message

__all__ = ["claims_text", "data_of_xml", "event_native", "fields_of_message", "read"]

_TOKEN = re.compile(r"<(/?)([A-Za-z][\w:.-]*)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*?)(/?)>|([^<]+)|<")
_ATTRIBUTE = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_SNARE = "MSWinEventLog"


def claims_text(line: str) -> bool:
    """Say whether a line is a Windows event."""
    start = line[:200]
    if "<Event" in start:
        return "<System>" in line[:2000]
    if _SNARE in start:
        return line.count("\t") > 10 or line.count("#011") > 10
    return id_of_message(line) is not None


def read(line: str) -> Native:
    """Read a claimed line. Raises ValueError when it holds no event after all."""
    if "<Event" in line[:200]:
        return event_native(line)
    if _SNARE in line[:200]:
        return _snare(line)
    return _message(line)


def event_native(line: str) -> Native:
    """Give the fields of an event in XML, flat."""
    native: Native = {}
    names: list[str] = []
    for path, attributes, text in _elements(line):
        if path[:1] == ("System",):
            _add_system(native, path, attributes, text)
        elif path[:1] == ("RenderingInfo",):
            if len(path) > 1:
                _put(native, "Message" if path[-1] == "Message" else f"RenderingInfo_{path[-1]}", text)
        elif path[:1] == ("EventData",) and path[-1] == "Data" and not attributes.get("Name"):
            names.append(text)
        elif path[:1] == ("UserData",):
            if len(path) > 2:
                _put(native, path[-1], text)
            for name, value in attributes.items():
                if len(path) > 1 and not name.startswith("xmlns"):
                    _put(native, f"{path[-1]}_{name}", value)
        elif len(path) > 1:
            _put(native, attributes.get("Name") or path[-1], text)
    if names:
        native["Data"] = names if len(names) > 1 else names[0]
    if "EventID" not in native:
        raise ValueError("XML without an EventID")
    return native


def _put(native: Native, name: str, text: str) -> None:
    if name not in native:
        native[name] = text
    elif native[name] != text:
        native[f"EventData.{name}"] = text


def _add_system(native: Native, path: tuple[str, ...], attributes: dict[str, str], text: str) -> None:
    if len(path) < 2:
        return
    name = path[1]
    if text:
        native[name] = text
    for attribute, value in attributes.items():
        native["TimeCreated" if attribute == "SystemTime" else f"{name}_{attribute}"] = value


def data_of_xml(text: str) -> Native:
    """Give the fields of an `<EventData>` or `<UserData>` element that stands alone."""
    native = event_native(f"<Event><System><EventID>0</EventID></System>{text}</Event>")
    del native["EventID"]
    return native


def _elements(line: str) -> Iterator[tuple[tuple[str, ...], dict[str, str], str]]:
    """Give path below the event, attributes and text of every element as it closes or, when cut, as the line ends."""
    stack: list[tuple[str, dict[str, str], list[str]]] = []
    for closing, tag, attributes, single, text in _TOKEN.findall(line):
        if text:
            if stack:
                stack[-1][2].append(text)
        elif not tag:
            continue
        elif closing:
            yield from _closed(stack, _local(tag))
        elif len(stack) < _MAX_DEPTH:
            stack.append((_local(tag), _attributes(attributes), []))
            if single:
                yield from _closed(stack, _local(tag))
    while stack:
        yield from _closed(stack, stack[-1][0])


_MAX_DEPTH = 32


def _closed(
    stack: list[tuple[str, dict[str, str], list[str]]], tag: str
) -> Iterator[tuple[tuple[str, ...], dict[str, str], str]]:
    """Close the innermost element of this name and all that is open inside it."""
    if not any(name == tag for name, _, _ in stack):
        return
    while stack:
        path = tuple(name for name, _, _ in stack if name not in {"Event", "Events"})
        name, attributes, texts = stack.pop()
        text = "".join(texts)
        if text.strip() or not texts:
            yield path, attributes, unescape(text)
        elif attributes:
            yield path, attributes, ""
        if name == tag:
            return


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _attributes(text: str) -> dict[str, str]:
    return {name: unescape(double or single) for name, double, single in _ATTRIBUTE.findall(text)} if text else {}


def unescape(text: str) -> str:
    """Resolve the five named entities and the character references of XML."""
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]


_SNARE_NAMES = (
    "Criticality",
    "Channel",
    "SnareCounter",
    "TimeCreated",
    "EventID",
    "Provider_Name",
    "UserName",
    "SidType",
    "Keywords",
    "Computer",
    "Task",
    "DataString",
    "Message",
    "Checksum",
)


def _snare(line: str) -> Native:
    """Read Snare's fourteen fields, parted by tabs, and what its message says."""
    body = line[line.index(_SNARE) + len(_SNARE) :].replace("#011", "\t").lstrip("\t")
    native: Native = dict(zip(_SNARE_NAMES, body.split("\t", len(_SNARE_NAMES) - 1), strict=False))
    stamp = _CTIME.match(native.get("TimeCreated", ""))
    if stamp:
        month, day, clock, year = stamp.groups()
        native["TimeCreated"] = f"{year}-{_MONTHS.index(month) // 3 + 1:02d}-{int(day):02d} {clock}"
    for name, value in fields_of_message(_WIDE.sub("\n\t", native.get("Message", ""))).items():
        native.setdefault(name, value)
    return native


_CTIME = re.compile(r"\w{3} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +(\d\d?) (\d\d:\d\d:\d\d) (\d{4})$")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_WIDE = re.compile(r" {3,}")


def _message(line: str) -> Native:
    """Read the message of a security event, told apart by its first sentence."""
    event_id = id_of_message(line)
    if event_id is None:
        raise ValueError("not an event's message")
    text = line.replace("#015#012", "\n").replace("#011", "\t")
    provider = "Microsoft-Windows-Eventlog" if event_id == 1102 else "Microsoft-Windows-Security-Auditing"
    native: Native = {"EventID": event_id, "Channel": "Security", "Provider_Name": provider, "Message": text}
    return native | {key: value for key, value in fields_of_message(text).items() if key not in native}
