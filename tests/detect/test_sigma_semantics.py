"""The reference evaluator, one line a point of the Sigma specification; the engine's own tests may reuse the table."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reference import making

YES, NO = True, False

ENTRIES: list[tuple[str, dict[str, Any], bool]] = [
    # text: whole value, case-insensitive
    ("f: abc", {"f": "ABC"}, YES),
    ("f: abc", {"f": "abcd"}, NO),
    ("f: 'É'", {"f": "é"}, YES),
    ("f: 'straße'", {"f": "STRASSE"}, NO),
    ("f|cased: abc", {"f": "ABC"}, NO),
    ("f|cased: aBc", {"f": "aBc"}, YES),
    ("f|contains|cased: B", {"f": "abc"}, NO),
    # wildcards and escapes
    ("f: 'a*c'", {"f": "abbbc"}, YES),
    ("f: 'a*c'", {"f": "ac"}, YES),
    ("f: 'a*c'", {"f": "a\nc"}, YES),
    ("f: 'a?c'", {"f": "abc"}, YES),
    ("f: 'a?c'", {"f": "ac"}, NO),
    ("f: '*'", {"f": ""}, YES),
    ("f: '*'", {}, NO),
    ("f: '?*'", {"f": ""}, NO),
    (r"f: 'a\*c'", {"f": "a*c"}, YES),
    (r"f: 'a\*c'", {"f": "abc"}, NO),
    (r"f: 'a\?c'", {"f": "a?c"}, YES),
    (r"f: 'a\?c'", {"f": "abc"}, NO),
    (r"f: 'a\bc'", {"f": r"a\bc"}, YES),
    (r"f: 'a\\bc'", {"f": r"a\bc"}, YES),
    (r"f: 'a\\*c'", {"f": r"a\xyzc"}, YES),
    (r"f: 'a\\*c'", {"f": "a*c"}, NO),
    (r"f: 'a\\\*c'", {"f": r"a\*c"}, YES),
    (r"f: 'a\\\*c'", {"f": r"a\xc"}, NO),
    (r"f: 'a\\\b'", {"f": r"a\\b"}, YES),
    (r"f: 'a\\\\b'", {"f": r"a\\b"}, YES),
    ("f: 'a\\'", {"f": "a\\"}, YES),
    (r"f|startswith: 'C:\'", {"f": r"c:\windows"}, YES),
    (r"f|endswith: '\cmd.exe'", {"f": r"C:\CMD.exe"}, YES),
    (r"f|endswith: '\cmd.exe'", {"f": "xcmd.exe"}, NO),
    ("f: 'a.c'", {"f": "abc"}, NO),
    ("f: '[a]'", {"f": "a"}, NO),
    # contains, startswith, endswith
    ("f|contains: b", {"f": "ABC"}, YES),
    ("f|contains: 'b*d'", {"f": "abxxde"}, YES),
    ("f|contains: ''", {"f": "x"}, YES),
    ("f|contains: ''", {}, NO),
    ("f|startswith: a", {"f": "Abc"}, YES),
    ("f|startswith: b", {"f": "abc"}, NO),
    ("f|endswith: c", {"f": "abC"}, YES),
    ("f|endswith: b", {"f": "abc"}, NO),
    ("f|contains: 1", {"f": 210}, YES),
    # lists of values
    ("f: [a, b]", {"f": "B"}, YES),
    ("f: [a, b]", {"f": "c"}, NO),
    ("f|contains|all: [a, b]", {"f": "xbxa"}, YES),
    ("f|contains|all: [a, b]", {"f": "xa"}, NO),
    # lists in the event
    ("f: b", {"f": ["a", "B"]}, YES),
    ("f|contains|all: [a, b]", {"f": ["xa", "xb"]}, YES),
    ("f: ''", {"f": []}, NO),
    ("f: null", {"f": []}, NO),
    ("f|exists: true", {"f": []}, YES),
    # null, empty, exists
    ("f: null", {}, YES),
    ("f: null", {"f": None}, YES),
    ("f: null", {"f": ""}, NO),
    ("f: null", {"f": [None, "a"]}, YES),
    ("f: ''", {"f": ""}, YES),
    ("f: ''", {"f": " "}, NO),
    ("f: ''", {}, NO),
    ("f: ''", {"f": None}, NO),
    ("f: [null, a]", {}, YES),
    ("f: [null, a]", {"f": "A"}, YES),
    ("f: [null, a]", {"f": "b"}, NO),
    ("f|exists: true", {"f": ""}, YES),
    ("f|exists: true", {"f": None}, YES),
    ("f|exists: true", {}, NO),
    ("f|exists: false", {}, YES),
    ("f|exists: false", {"f": "x"}, NO),
    ("f.g|exists: true", {"f": {"g": 0}}, YES),
    ("f|exists: true", {"f": {"g": 0}}, YES),
    # numbers and booleans by their text
    ("f: 1", {"f": 1}, YES),
    ("f: 1", {"f": "1"}, YES),
    ("f: '1'", {"f": 1}, YES),
    ("f: 1", {"f": 1.0}, NO),
    ("f: 1.5", {"f": 1.5}, YES),
    ("f: 1", {"f": True}, NO),
    ("f: true", {"f": True}, YES),
    ("f: true", {"f": "True"}, YES),
    ("f: 'true'", {"f": True}, YES),
    ("f: false", {"f": False}, YES),
    ("f: -5", {"f": "-5"}, YES),
    ("f: '1*'", {"f": 1234}, YES),
    # order
    ("f|lt: 5", {"f": 4}, YES),
    ("f|lt: 5", {"f": 5}, NO),
    ("f|lte: 5", {"f": "5"}, YES),
    ("f|gt: 5", {"f": 5.01}, YES),
    ("f|gt: 5", {"f": "x"}, NO),
    ("f|gt: 5", {}, NO),
    ("f|gte: 5", {"f": "5.0"}, YES),
    ("f|gte: 5", {"f": "0x10"}, NO),
    ("f|gte: 0", {"f": True}, NO),
    ("f|gt: 9007199254740992", {"f": 9007199254740993}, YES),
    ("f|gt: 5", {"f": [1, 9]}, YES),
    ("f|lt: -1.5", {"f": "-2e0"}, YES),
    # unequal
    ("f|neq: a", {"f": "b"}, YES),
    ("f|neq: a", {"f": "A"}, NO),
    ("f|neq: a", {}, YES),
    ("f|neq: [a, b]", {"f": "b"}, NO),
    ("f|neq: 5", {"f": 5}, NO),
    ("f|contains|neq: a", {"f": "bab"}, NO),
    ("f|neq: a", {"f": ["a", "b"]}, NO),
    # regular expressions: case-sensitive, anywhere, sub-modifiers
    (r"f|re: 'a\d+'", {"f": "xxa12"}, YES),
    (r"f|re: 'a\d+'", {"f": "A12"}, NO),
    (r"f|re|i: 'a\d+'", {"f": "A12"}, YES),
    ("f|re: '^b'", {"f": "a\nb"}, NO),
    ("f|re|m: '^b'", {"f": "a\nb"}, YES),
    ("f|re: 'a.b'", {"f": "a\nb"}, NO),
    ("f|re|s: 'a.b'", {"f": "a\nb"}, YES),
    ("f|re|i|s: 'A.B'", {"f": "a\nb"}, YES),
    ("f|re: '^$'", {"f": ""}, YES),
    ("f|re: '.*'", {}, NO),
    ("f|re: '(?i)abc'", {"f": "ABC"}, YES),
    (r"f|re: '^\d$'", {"f": 7}, YES),
    ("f|re: [x, y]", {"f": "-y-"}, YES),
    ("f|re: 'É'", {"f": "é"}, NO),
    ("f|re|i: 'É'", {"f": "é"}, YES),
    # networks
    ("f|cidr: 10.0.0.0/8", {"f": "10.1.2.3"}, YES),
    ("f|cidr: 10.0.0.0/8", {"f": "11.1.2.3"}, NO),
    ("f|cidr: 10.0.0.0/8", {"f": "10.1.2"}, NO),
    ("f|cidr: 10.0.0.0/8", {"f": ""}, NO),
    ("f|cidr: 'fe80::/10'", {"f": "fe80:0:0:0:1::2"}, YES),
    ("f|cidr: 'fe80::/10'", {"f": "10.0.0.1"}, NO),
    ("f|cidr: '::1/128'", {"f": "0:0:0:0:0:0:0:1"}, YES),
    ("f|cidr: 10.0.0.0/8", {"f": "::ffff:10.1.2.3"}, YES),
    ("f|cidr: '::ffff:0:0/96'", {"f": "::ffff:10.1.2.3"}, YES),
    ("f|cidr: [192.0.2.0/24, 10.0.0.0/8]", {"f": ["198.51.100.1", "192.0.2.9"]}, YES),
    # encodings
    ("f|base64: foobar", {"f": "Zm9vYmFy"}, YES),
    ("f|base64|contains: foobar", {"f": "xxZm9vYmFyxx"}, YES),
    ("f|base64offset|contains: foobar", {"f": "Zm9vYmFy"}, YES),
    ("f|base64offset|contains: foobar", {"f": "eGZvb2Jhcg=="}, YES),
    ("f|base64offset|contains: foobar", {"f": "eHhmb29iYXI="}, YES),
    ("f|base64offset|contains: foobar", {"f": "Zm9vYmF6"}, NO),
    ("f|wide|base64offset|contains: foo", {"f": "ZgBvAG8A"}, YES),
    ("f|utf16le|base64: foo", {"f": "ZgBvAG8A"}, YES),
    ("f|utf16be|base64: foo", {"f": "AGYAbwBv"}, YES),
    ("f|utf16|base64: foo", {"f": "//5mAG8AbwA="}, YES),
    # windash
    ("f|windash: '-s'", {"f": "-s"}, YES),
    ("f|windash: '-s'", {"f": "/s"}, YES),
    ("f|windash: '/s'", {"f": "-s"}, YES),
    ("f|windash: '-s'", {"f": "\u2013s"}, YES),
    ("f|windash: '-s'", {"f": "\u2014S"}, YES),
    ("f|windash: '-s'", {"f": "\u2015s"}, YES),
    ("f|windash: '-s'", {"f": "+s"}, NO),
    ("f|windash|contains: '-a-b'", {"f": "x /a-b"}, YES),
    ("f|windash|contains: '-a-b'", {"f": "x -a/b"}, NO),
    ("f|contains|windash: ' -x -y'", {"f": "c /x \u2013y"}, YES),
    # references to another field
    ("f|fieldref: g", {"f": "A", "g": "a"}, YES),
    ("f|fieldref: g", {"f": "a", "g": "b"}, NO),
    ("f|fieldref: g", {"f": "a"}, NO),
    ("f|fieldref: g", {}, NO),
    ("f|cased|fieldref: g", {"f": "A", "g": "a"}, NO),
    ("f|fieldref|contains: g", {"f": "xAx", "g": "a"}, YES),
    ("f|fieldref|startswith: g", {"f": "Axx", "g": "a"}, YES),
    ("f|fieldref|endswith: g", {"f": "xxA", "g": "a"}, YES),
    ("f|fieldref|endswith: g", {"f": "Axx", "g": "a"}, NO),
    ("f|fieldref: g", {"f": "a", "g": "*"}, NO),
    ("f|fieldref: g.h", {"f": 7, "g": {"h": "7"}}, YES),
    ("f|fieldref: g", {"f": ["a", "b"], "g": ["c", "B"]}, YES),
    ("f|fieldref|neq: g", {"f": "a", "g": "b"}, YES),
    # parts of a date
    ("f|hour: 3", {"f": "2026-01-02T03:04:05Z"}, YES),
    ("f|minute: 4", {"f": "2026-01-02 03:04:05"}, YES),
    ("f|day: 2", {"f": "2026-01-02"}, YES),
    ("f|week: 1", {"f": "2026-01-02"}, YES),
    ("f|month: 2", {"f": "2026-01-02"}, NO),
    ("f|year: 2026", {"f": "2026-01-02"}, YES),
    ("f|hour|gte: 3", {"f": "2026-01-02T04:00:00"}, YES),
    ("f|hour: 3", {"f": "three"}, NO),
    # names of fields
    ("F: a", {"f": "a"}, YES),
    ("F: a", {"F": "b", "f": "a"}, NO),
    ("ThreatName: a", {"Threat Name": "a"}, YES),
    ("ThreatName: a", {"Threat Name": "a", "threatname": "b"}, NO),
    ("f.g: a", {"f": {"g": "a"}}, YES),
    ("f.g: a", {"f.g": "a", "f": {"g": "b"}}, YES),
    ("f.g: b", {"f.g": "a", "f": {"g": "b"}}, NO),
    ("F.G: a", {"f": {"g": "a"}}, YES),
    ("f.g: a", {"f": [{"g": "b"}, {"g": "a"}]}, YES),
    ("f.g: null", {"f": []}, YES),
    ("f.g: a", {"f": "a"}, NO),
    ("f: a", {"f": {"g": "a"}}, NO),
    ("f: null", {"f": {"g": "a"}}, NO),
    ('f|contains: \'"g":"a\'', {"f": {"g": "a"}}, YES),
    ("f.g.h: a", {"f": {"g.h": "a"}}, YES),
]

SEARCHES: list[tuple[str, dict[str, Any], bool]] = [
    ("s: {f: a, g: b}\ncondition: s", {"f": "a", "g": "b"}, YES),
    ("s: {f: a, g: b}\ncondition: s", {"f": "a"}, NO),
    ("s: [{f: a}, {g: b}]\ncondition: s", {"g": "b"}, YES),
    ("s: [{f: a, g: b}, {h: c}]\ncondition: s", {"f": "a"}, NO),
    ("s: [word, other]\ncondition: s", {"f": "a WORD here"}, YES),
    ("s: [word]\ncondition: s", {"f": {"g": ["x", "sword"]}}, YES),
    ("s: word\ncondition: s", {"f": "word"}, YES),
    ("s: ['w*d']\ncondition: s", {"f": "a w--d"}, YES),
    ("s: [fieldname]\ncondition: s", {"fieldname": 1}, YES),
    ("s: [123]\ncondition: s", {"f": 51234}, YES),
    ("s: {'|all': [one, two]}\ncondition: s", {"f": "one", "g": "TWO"}, YES),
    ("s: {'|all': [one, two]}\ncondition: s", {"f": "one"}, NO),
    ("s: {'|re': 'o.e'}\ncondition: s", {"f": "one"}, YES),
    ("s: [word, {f: a}]\ncondition: s", {"f": "a"}, YES),
    ("s: ['$']\ncondition: s", {"f": "x$"}, YES),
    ("s: ['a\"b']\ncondition: s", {"f": 'a"b'}, YES),
]

CONDITIONS: list[tuple[str, str, bool]] = [
    ("a and b", "ab", YES),
    ("a and b", "a", NO),
    ("a or b", "b", YES),
    ("not a", "", YES),
    ("not not a", "a", YES),
    ("a or b and c", "a", YES),
    ("(a or b) and c", "a", NO),
    ("not a and b", "b", YES),
    ("not (a or b)", "b", NO),
    ("not a or b", "b", YES),
    ("1 of them", "c", YES),
    ("any of them", "c", YES),
    ("1 of them", "_", NO),
    ("all of them", "abc", YES),
    ("all of them", "ab", NO),
    ("1 of a*", "a", YES),
    ("all of *", "abc", YES),
    ("a and not 1 of b*", "ab", NO),
    ("a and not 1 of b*", "a", YES),
    ("1 of _hid*", "_", YES),
    ("[a, b]", "b", YES),
    ("((a))", "a", YES),
]


@pytest.mark.parametrize(("line", "native", "expected"), ENTRIES, ids=lambda value: str(value)[:40])
def test_an_entry(line: str, native: dict[str, Any], expected: bool) -> None:
    assert making.entry_holds(line, native) is expected


@pytest.mark.parametrize(("detection", "native", "expected"), SEARCHES)
def test_a_search(detection: str, native: dict[str, Any], expected: bool) -> None:
    assert making.rule(detection).matches(making.event(native)) is expected


@pytest.mark.parametrize(("condition", "true", "expected"), CONDITIONS)
def test_a_condition(condition: str, true: str, expected: bool) -> None:
    names = {"a": "a", "b": "b", "c": "c", "_hidden": "_"}
    searches = "\n".join(f"{name}: {{{name}: 1}}" for name in names)
    native = {name: 1 for name, short in names.items() if short in true}
    assert making.rule(f"{searches}\ncondition: {condition}").matches(making.event(native)) is expected


@pytest.mark.parametrize(
    "detection",
    [
        "s: {f: a}\ncondition: t",
        "s: {f: a}\ncondition: s and",
        "s: {f: a}\ncondition: (s",
        "s: {f: a}\ncondition: s s",
        "s: {f: a}\ncondition: 1 of t*",
        "s: {f: a}\ncondition: s | count() > 5",
        "s: {f: a, f: b}\ncondition: s",
        "s: {f|nonsense: a}\ncondition: s",
        "s: {f|expand: '%hosts%'}\ncondition: s",
        "s: {f|re: '('}\ncondition: s",
        "s: {f|base64: 'a*'}\ncondition: s",
        "s: {f|exists: 1}\ncondition: s",
        "s: {f|lt: a}\ncondition: s",
        "s: {f|cidr: '10.0.0.0/99'}\ncondition: s",
    ],
)
def test_what_is_no_rule(detection: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        making.rule(detection)
