"""Nothing that an attacker writes may reach a terminal as anything but visible text."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.report.text import clean, escape_json

INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, é, 日本", "plain, é, 日本"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\r\nb\tc", "a\\x0d\\x0ab\\x09c"),
        ("\x9b31m", "\\x9b31m"),
        ("invoice\u202efdp.exe", "invoice\\u202efdp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("half\udcff", "half\\udcff"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("deux\u00a0points\u202f!", "deux\u00a0points\u202f!"),
    ],
)
def test_shows_what_cannot_be_seen(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_bounds_a_long_line() -> None:
    assert clean("x" * 50_000_000, 10) == "xxxxxxxxx…"


@given(st.text(st.characters()))
def test_leaves_nothing_that_a_terminal_obeys(text: str) -> None:
    left = {char for char in clean(text, 10_000) if unicodedata.category(char) in INVISIBLE}
    assert not {
        char for char in left if unicodedata.bidirectional(char) in {"BN", "RLO", "LRO", "B", "S", "RLE", "LRE"}
    }
    assert not {char for char in left if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_escaped_json_means_the_same(text: str) -> None:
    assert json.loads(escape_json(json.dumps(text, ensure_ascii=False))) == text
