"""One entry of a search, `field|modifiers: values`, as a test of an event.

Enters: the field, the modifiers' names and the values of the YAML. Leaves: an `Entry` that says yes or no to the
values that an event has for the field.
Source: Sigma modifiers appendix 2.1.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.reference import patterns
from tests.reference.fields import text_of
from tests.reference.patterns import Pattern, Wild

Test = Callable[[Any], bool]
ENCODINGS = {"wide": "utf-16-le", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf16": "utf-16-le"}
FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
PARTS: dict[str, Callable[[datetime], int]] = {
    "minute": lambda time: time.minute,
    "hour": lambda time: time.hour,
    "day": lambda time: time.day,
    "week": lambda time: time.isocalendar().week,
    "month": lambda time: time.month,
    "year": lambda time: time.year,
}
ORDER: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
}
ANCHORS = {"contains", "startswith", "endswith"}
KNOWN = {*ENCODINGS, *FLAGS, *PARTS, *ORDER, *ANCHORS, "all", "re", "cidr", "fieldref", "exists", "cased", "neq"}
KNOWN |= {"windash", "base64", "base64offset", "expand"}
_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")


@dataclass
class Entry:
    """`field` is None for keywords. A test takes one value of the event (never null)."""

    field: str | None
    modifiers: list[str]
    tests: list[Test] = field(default_factory=list)
    nulls: int = 0
    references: list[str] = field(default_factory=list)
    exists: bool | None = None

    def matches(self, present: bool, values: list[Any], other: Callable[[str], list[Any]]) -> bool:
        """Say whether the entry holds for a field's values; `other` gives the values of another field."""
        if self.exists is not None:
            return present == self.exists
        answers = [any(test(value) for value in values if value is not None) for test in self.tests]
        answers += [not present or None in values] * self.nulls
        answers += [self._same(values, other(name)) for name in self.references]
        answer = all(answers) if "all" in self.modifiers else any(answers)
        return not answer if "neq" in self.modifiers else answer

    def _same(self, ours: list[Any], theirs: list[Any]) -> bool:
        """Compare two fields of one event: any value of the one with any value of the other."""
        texts = [text for text in map(text_of, theirs) if text is not None]
        return any(
            patterns.tester(anchored([text], self.modifiers), "cased" in self.modifiers)(own)
            for own in map(text_of, ours)
            if own is not None
            for text in texts
        )


def entry(name: str | None, modifiers: list[str], values: list[Any]) -> Entry:
    """Build the entry of one line of a search.

    Raises:
        ValueError: a modifier or value is not Sigma, or needs what a rule does not tell (placeholders).
    """
    unknown = set(modifiers) - KNOWN
    if unknown:
        raise ValueError(f"unknown modifier {sorted(unknown)}")
    built = Entry(name, modifiers)
    for value in values:
        if "exists" in modifiers:
            built.exists = _boolean(value)
        elif value is None:
            built.nulls += 1
        elif "fieldref" in modifiers:
            built.references.append(patterns.plain(patterns.parse(str(value))))
        else:
            built.tests += list(_tests(value, modifiers, keyword=name is None))
    return built


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("exists takes true or false")


def _tests(value: object, modifiers: list[str], keyword: bool) -> Iterator[Test]:
    """Give the tests of one value of the rule: several when a modifier expands it."""
    if "re" in modifiers:
        yield _regex(str(value), modifiers)
    elif "cidr" in modifiers:
        yield _network(str(value))
    elif any(name in PARTS or name in ORDER for name in modifiers):
        yield _numeric(value, modifiers)
    else:
        for pattern in _written(value, modifiers):
            wanted = [Wild.ANY, *pattern, Wild.ANY] if keyword else pattern
            yield _textual(patterns.tester(wanted, "cased" in modifiers))


def _textual(test: Callable[[str], bool]) -> Test:
    def of_value(value: object) -> bool:
        text = text_of(value)
        return text is not None and test(text)

    return of_value


def _regex(text: str, modifiers: list[str]) -> Test:
    flags = 0
    for name in modifiers:
        flags |= FLAGS.get(name, 0)
    try:
        compiled = re.compile(text, flags)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return _textual(lambda value: compiled.search(value) is not None)


def _network(text: str) -> Test:
    """Test of an address: an IPv4 address written in IPv6 (`::ffff:192.0.2.1`) counts as both."""
    network = ipaddress.ip_network(text, strict=False)

    def inside(value: str) -> bool:
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            return False
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return address in network or (mapped is not None and mapped in network)

    return _textual(inside)


def number_of(value: object) -> Decimal | None:
    """Give a value as a number: numbers, and texts that are plainly one."""
    text = None if isinstance(value, bool) else text_of(value)
    if text is None or not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return None


def _numeric(value: object, modifiers: list[str]) -> Test:
    """Test of numbers: the order, and the parts of a date."""
    limit = number_of(value)
    if limit is None:
        raise ValueError(f"{value!r} is not a number")
    orders = [ORDER[name] for name in modifiers if name in ORDER] or [lambda left, right: left == right]
    parts = [PARTS[name] for name in modifiers if name in PARTS]

    def test(value: object) -> bool:
        number = _part(value, parts[0]) if parts else number_of(value)
        return number is not None and all(order(number, limit) for order in orders)

    return test


def _part(value: object, part: Callable[[datetime], int]) -> Decimal | None:
    if not isinstance(value, str):
        return None
    try:
        return Decimal(part(datetime.fromisoformat(value)))
    except ValueError:
        return None


def _written(value: object, modifiers: list[str]) -> list[Pattern]:
    """Apply the modifiers that rewrite text, in the order in which they stand."""
    text = text_of(value)
    if text is None:
        text = str(value)
    current: list[Pattern | bytes] = [patterns.parse(text) if isinstance(value, str) else [text]]
    for name in modifiers:
        current = [new for old in current for new in _rewritten(old, name)]
    return [[item.decode("utf-8", "replace")] if isinstance(item, bytes) else item for item in current]


def _rewritten(value: Pattern | bytes, modifier: str) -> list[Pattern | bytes]:
    if modifier == "expand":
        raise ValueError("a placeholder that nothing fills")
    if modifier in ENCODINGS:
        mark = b"\xff\xfe" if modifier == "utf16" else b""
        return [mark + patterns.plain(_pattern(value)).encode(ENCODINGS[modifier])]
    if modifier == "base64":
        return [[base64.b64encode(_bytes(value)).decode()]]
    if modifier == "base64offset":
        return [[text] for text in patterns.base64_offsets(_bytes(value))]
    if modifier == "windash":
        return list(patterns.windash(_pattern(value)))
    return [anchored(_pattern(value), [modifier])] if modifier in ANCHORS else [value]


def anchored(pattern: Pattern, modifiers: list[str]) -> Pattern:
    """Put wildcards where contains, startswith or endswith allow other text."""
    before = [Wild.ANY] if {"contains", "endswith"} & set(modifiers) else []
    after = [Wild.ANY] if {"contains", "startswith"} & set(modifiers) else []
    return [*before, *pattern, *after]


def _pattern(value: Pattern | bytes) -> Pattern:
    return [value.decode("utf-8", "replace")] if isinstance(value, bytes) else value


def _bytes(value: Pattern | bytes) -> bytes:
    return value if isinstance(value, bytes) else patterns.plain(value).encode()
