"""Indicators of compromise against events: addresses, networks, domains, URLs and hashes that somebody shared.

Enters: the text of indicator files (STIX 2 bundle, MISP event or feed, MISP warning list, CSV with a header, or one
indicator a line) and events' columns. Leaves: `Hit`s, each with its indicator's source, confidence and expiry. Pure.

A domain matches itself and what stands below it; a network matches the addresses in it; what a warning list names
(public resolvers, update servers) never matches. An indicator whose time is over at the event's time does not match.
Source: STIX 2.1 §10 patterns, MISP core format, MISP warning lists format.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Literal

import orjson
from msgspec import Struct

from tocsin.model import Columns
from tocsin.model import names as spell
from tocsin.model.times import parse_time

Kind = Literal["address", "network", "domain", "url", "hash"]


class Indicator(Struct, frozen=True):
    """One indicator. `confidence` 0-100; `expires_us` None for no end; `title` what its source says of it."""

    kind: Kind
    value: str
    source: str = ""
    confidence: int = 50
    expires_us: int | None = None
    title: str = ""


class Hit(Struct, frozen=True):
    """An indicator that an event's column matches."""

    indicator: Indicator
    column: str
    value: str


_HASH = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})")
_DEFANGED = (("[.]", "."), ("(.)", "."), ("{.}", "."), ("[:]", ":"), ("hxxp", "http"), ("[at]", "@"))
_STIX = re.compile(r"([a-z0-9-]+):([A-Za-z0-9_.'\-]+)\s*(?:=|ISSUBSET|MATCHES|LIKE)\s*'((?:[^'\\]|\\.)*)'")


def classify(text: str) -> tuple[Kind, str] | None:
    """Tell what kind of indicator a text is, and give it in one spelling; None for anything else.

    Defanged writing (`198.51.100[.]7`, `hxxp://…`) is understood; a port behind an address or domain is dropped.
    """
    plain = text.strip().strip("\"'").lower()
    for odd, right in _DEFANGED:
        plain = plain.replace(odd, right)
    if _HASH.fullmatch(plain):
        return "hash", plain
    if "://" in plain:
        return "url", plain
    network = _network(plain) if "/" in plain else None
    if network is not None:
        return ("network", str(network)) if network.num_addresses > 1 else ("address", str(network.network_address))
    head = plain.partition("/")[0]
    host = head if spell.address(head) else head.rpartition(":")[0] or head
    if spell.address(host):
        return "address", spell.address(host)
    name = spell.domain(host.removeprefix("*."))
    return ("domain", name) if name and re.fullmatch(r"[\w.-]+", name) else None


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def read(text: str, source: str) -> Iterator[Indicator]:
    """Read an indicator file of any of the known forms, told by its content. Lines that are none are passed over."""
    head = text.lstrip("\ufeff \t\r\n")[:1]
    document = _json(text) if head in {"{", "["} else None
    if document is not None:
        yield from _from_json(document, source)
    elif "," in text.partition("\n")[0] or ";" in text.partition("\n")[0]:
        yield from _from_csv(text, source)
    else:
        for line in text.splitlines():
            yield from _one(line.partition("#")[0], source)


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return None


def _one(text: object, source: str, **more: Any) -> Iterator[Indicator]:
    found = classify(text) if isinstance(text, str) else None
    if found is not None:
        yield Indicator(found[0], found[1], source, **more)


def _from_json(document: Any, source: str) -> Iterator[Indicator]:
    if isinstance(document, list):
        for item in document:
            yield from _one(item, source) if isinstance(item, str) else _from_json(item, source)
    elif not isinstance(document, dict):
        return
    elif document.get("type") == "bundle":
        for item in document.get("objects") or ():
            yield from _from_stix(item, source)
    elif isinstance(document.get("Event"), dict):
        yield from _from_misp(document["Event"], source)
    elif isinstance(document.get("Attribute"), list):
        yield from _from_misp(document, source)
    else:
        yield from _from_row(document, source)


def _from_stix(item: Any, source: str) -> Iterator[Indicator]:
    """Read a STIX indicator's pattern: every compared value that is an address, domain, URL or hash."""
    if not isinstance(item, dict) or item.get("type") != "indicator" or item.get("revoked"):
        return
    confidence = item.get("confidence")
    for match in _STIX.finditer(str(item.get("pattern", ""))):
        yield from _one(
            match.group(3),
            source,
            confidence=confidence if isinstance(confidence, int) else 50,
            expires_us=parse_time(item.get("valid_until")),
            title=str(item.get("name") or item.get("description") or ""),
        )


def _from_misp(event: dict[str, Any], source: str) -> Iterator[Indicator]:
    """Read a MISP event's attributes, also those of its objects; only those meant for detection (`to_ids`)."""
    title = str(event.get("info") or "")
    attributes = list(event.get("Attribute") or ())
    for item in event.get("Object") or ():
        attributes += item.get("Attribute") or () if isinstance(item, dict) else ()
    for attribute in attributes:
        if isinstance(attribute, dict) and attribute.get("to_ids", True):
            kinds = str(attribute.get("type", "")).split("|")
            for rank, part in enumerate(str(attribute.get("value", "")).split("|")):
                if "filename" not in kinds[rank : rank + 1]:
                    yield from _one(part, source, title=title)


_VALUE = ("indicator", "value", "ioc", "ioc_value", "observable", "domain", "ip", "address", "url", "hash", "sha256")
_UNTIL = ("expires", "expiration", "valid_until", "expiry")
_TITLE = ("title", "description", "threat", "malware", "info", "name", "comment")


def _from_row(row: Mapping[str, Any], source: str) -> Iterator[Indicator]:
    fields = {str(key).strip().lower(): value for key, value in row.items() if key is not None}
    confidence = str(fields.get("confidence") or "")
    title = next((str(fields[key]) for key in _TITLE if fields.get(key)), "")
    for key in _VALUE:
        yield from _one(
            fields.get(key),
            str(fields.get("source") or source),
            confidence=min(100, int(confidence)) if confidence.isdecimal() else 50,
            expires_us=next((parse_time(fields[key]) for key in _UNTIL if fields.get(key)), None),
            title=title,
        )


def _from_csv(text: str, source: str) -> Iterator[Indicator]:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        return
    rows = csv.reader(
        io.StringIO("\n".join(lines)), delimiter=";" if lines[0].count(";") > lines[0].count(",") else ","
    )
    header = [name.strip().lower() for name in next(rows)]
    if set(header) & set(_VALUE):
        for row in rows:
            yield from _from_row(dict(zip(header, row, strict=False)), source)
        return
    for row in [header, *rows]:
        for cell in row:
            yield from _one(cell, source)


def warning_list(text: str) -> Iterator[str]:
    """Give the values of a MISP warning list (`{"list": […]}`); nothing for any other text."""
    document = _json(text)
    listed = document.get("list") if isinstance(document, dict) else None
    for value in listed if isinstance(listed, list) else ():
        found = classify(str(value))
        if found is not None:
            yield found[1]


_COLUMNS: tuple[tuple[str, str], ...] = (
    ("src_endpoint.ip", "address"),
    ("dst_endpoint.ip", "address"),
    ("device.ip", "address"),
    ("query.hostname", "domain"),
    ("tls.sni", "domain"),
    ("dst_endpoint.hostname", "domain"),
    ("http_request.url", "url"),
    ("process.hash", "hash"),
    ("file.hash", "hash"),
)


class Indicators:
    """Indicators ready to be asked. The first of two equal ones counts; what warning lists name is left out."""

    def __init__(self, indicators: Iterable[Indicator], known_good: Iterable[str] = ()) -> None:
        good = frozenset(known_good)
        self._by_value: dict[str, Indicator] = {}
        self._networks: dict[tuple[int, int], dict[int, Indicator]] = {}
        for indicator in indicators:
            if indicator.value in good:
                continue
            if indicator.kind == "network":
                self._add_network(indicator)
            else:
                self._by_value.setdefault(indicator.value, indicator)

    def __len__(self) -> int:
        return len(self._by_value) + sum(map(len, self._networks.values()))

    def _add_network(self, indicator: Indicator) -> None:
        network = _network(indicator.value)
        if network is not None:
            key = (network.version, network.prefixlen)
            self._networks.setdefault(key, {}).setdefault(int(network.network_address), indicator)

    def match(self, columns: Columns, time_us: int | None) -> Iterator[Hit]:
        """Give the indicators that an event's columns match, each once."""
        seen: set[str] = set()
        for column, kind in _COLUMNS:
            text = columns.get(column)
            indicator = self._find(kind, text) if isinstance(text, str) and text else None
            if indicator is None or indicator.value in seen or _over(indicator, time_us):
                continue
            seen.add(indicator.value)
            yield Hit(indicator, column, str(text))

    def _find(self, kind: str, text: str) -> Indicator | None:
        if kind == "address":
            return self._address(spell.address(text))
        if kind == "domain":
            return self._domain(spell.domain(text))
        if kind == "url":
            return self._url(text.strip().lower())
        return self._by_value.get(text.strip().lower().rpartition("=")[2])

    def _address(self, address: str) -> Indicator | None:
        known = self._by_value.get(address)
        network = _network(address) if known is None and self._networks and address else None
        if network is None:
            return known
        number, bits = int(network.network_address), network.max_prefixlen
        for (version, length), table in sorted(self._networks.items(), reverse=True):
            if version == network.version:
                found = table.get(number >> (bits - length) << (bits - length))
                if found is not None:
                    return found
        return None

    def _domain(self, name: str) -> Indicator | None:
        while "." in name:
            found = self._by_value.get(name)
            if found is not None:
                return found
            name = name.partition(".")[2]
        return None

    def _url(self, url: str) -> Indicator | None:
        found = self._by_value.get(url) or self._by_value.get(url.partition("?")[0])
        if found is not None or "://" not in url:
            return found
        host = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
        plain = host.partition(":")[0]
        return self._address(spell.address(plain)) or self._domain(spell.domain(plain))


def _over(indicator: Indicator, time_us: int | None) -> bool:
    return indicator.expires_us is not None and time_us is not None and time_us > indicator.expires_us
