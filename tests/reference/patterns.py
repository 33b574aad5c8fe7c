"""Sigma text patterns: wildcards, escapes and the modifiers that rewrite text.

Enters: the text of a rule. Leaves: a pattern (a list of literal texts and wildcards) and a test of one text.
Source: Sigma rules specification 2.0, "String Wildcard" and "Escaping"; modifiers appendix 2.1.
"""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Callable, Iterator
from enum import Enum


class Wild(Enum):
    """`*` any run of characters, also none; `?` exactly one character."""

    ANY = ".*"
    ONE = "."


Pattern = list[str | Wild]
DASHES = ("-", "/", "\u2013", "\u2014", "\u2015")
_FLAG_DASH = re.compile(r"\B[-/]\b")


def parse(text: str) -> Pattern:
    r"""Read `*`, `?` and the escapes `\*`, `\?`, `\\`; a backslash before anything else is a backslash."""
    pattern: Pattern = []
    literal = ""
    position = 0
    while position < len(text):
        char, following = text[position], text[position + 1 : position + 2]
        if char == "\\" and following and following in "*?\\":
            literal += following
            position += 2
            continue
        if char in "*?":
            pattern += [literal, Wild.ANY if char == "*" else Wild.ONE]
            literal = ""
        else:
            literal += char
        position += 1
    return [*pattern, literal]


def plain(pattern: Pattern) -> str:
    """Give the text of a pattern without wildcards.

    Raises:
        ValueError: it has a wildcard.
    """
    if any(isinstance(part, Wild) for part in pattern):
        raise ValueError("a wildcard where only plain text may stand")
    return "".join(part for part in pattern if isinstance(part, str))


def tester(pattern: Pattern, cased: bool) -> Callable[[str], bool]:
    """Give the test of a whole text: both sides in lower case, unless `cased`."""
    expression = "".join(_expression(part, cased) for part in pattern)
    compiled = re.compile(expression, re.DOTALL)
    if cased:
        return lambda text: compiled.fullmatch(text) is not None
    return lambda text: compiled.fullmatch(text.lower()) is not None


def _expression(part: str | Wild, cased: bool) -> str:
    if isinstance(part, Wild):
        return part.value
    return re.escape(part if cased else part.lower())


def windash(pattern: Pattern) -> Iterator[Pattern]:
    """Give every writing of the flags: each `-` or `/` that starts a word becomes each of the five dashes."""
    choices = [[part] if isinstance(part, Wild) else list(_dashed(part)) for part in pattern]
    for parts in itertools.product(*choices):
        yield list(parts)


def _dashed(text: str) -> Iterator[str]:
    places = [found.start() for found in _FLAG_DASH.finditer(text)]
    for dashes in itertools.product(DASHES, repeat=len(places)):
        letters = list(text)
        for place, dash in zip(places, dashes, strict=True):
            letters[place] = dash
        yield "".join(letters)


def base64_offsets(content: bytes) -> list[str]:
    """Give what stays the same of the Base64 of any text that holds `content`, at each of the three shifts.

    A Base64 letter holds six bits: those that lie wholly inside the content are kept.
    """
    return [_shifted(content, shift) for shift in range(3)]


def _shifted(content: bytes, shift: int) -> str:
    letters = base64.b64encode(b"\0" * shift + content).decode()
    first = -(-shift * 8 // 6)
    last = (shift + len(content)) * 8 // 6
    return letters[first:last]
