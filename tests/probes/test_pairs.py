"""The tokenizers: quotes, escapes, repeated keys, and what attackers write into values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.probes import pairs

PAIR_CASES = [
    ('a=1 b="two words" c=', {"a": "1", "b": "two words", "c": ""}),
    ("time=2024-06-14 10:02:11 fw=x", {"time": "2024-06-14 10:02:11", "fw": "x"}),
    ('user="x\\" src=10.0.0.1" src=198.51.100.24', {"user": 'x" src=10.0.0.1', "src": "198.51.100.24"}),
    ('msg="it says "no" here" src=1.2.3.4', {"msg": 'it says "no" here', "src": "1.2.3.4"}),
    ("src=1.2.3.4 user=x src=6.6.6.6", {"src": "1.2.3.4", "user": "x", "src#2": "6.6.6.6"}),
    ("a=1 a=1", {"a": "1"}),
    ('date=2024-06-14,ip="1.1.1.1, 2.2.2.2",x=y', {"date": "2024-06-14", "ip": "1.1.1.1, 2.2.2.2", "x": "y"}),
    ("dst= dstname= type=vpn", {"dst": "", "dstname": "", "type": "vpn"}),
    ('a=1 msg="torn src=1.2.3.4', {"a": "1", "msg": "torn src=1.2.3.4"}),
    ("http://x/?a=b", {}),
    ("", {}),
]


@pytest.mark.parametrize(("text", "expected"), PAIR_CASES)
def test_pairs(text: str, expected: dict[str, str]) -> None:
    assert pairs.read_pairs(text) == expected


def test_escapes_are_undone_where_the_product_doubles_its_backslashes() -> None:
    assert pairs.read_pairs('c="\\"C:\\\\x\\\\y.exe\\" /a"', unescape=True) == {"c": '"C:\\x\\y.exe" /a'}


def test_cef_values_cannot_open_new_keys() -> None:
    fields = pairs.read_cef(
        "CEF:0|v|p|1|id|a \\| b|5|msg=said src\\=10.0.0.1 x src=198.51.100.24 cs1=a cs1Label=My Label"
    )
    assert fields["Name"] == "a | b"
    assert fields["msg"] == "said src=10.0.0.1 x"
    assert fields["src"] == "198.51.100.24"
    assert fields["My Label"] == "a"


def test_a_torn_cef_header_is_said() -> None:
    with pytest.raises(ValueError, match="not whole"):
        pairs.read_cef("CEF:0|v|p|1")


def test_leef_delimiters() -> None:
    assert pairs.read_leef("LEEF:1.0|v|p|1|id|a=1\tb=2 3")["b"] == "2 3"
    assert pairs.read_leef("LEEF:2.0|v|p|1|id|^|a=1^b=2 3")["b"] == "2 3"
    assert pairs.read_leef("LEEF:2.0|v|p|1|id|0x5E|a=1^b=2 3")["b"] == "2 3"


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}", fullmatch=True),
        st.text(st.characters(codec="utf-8", exclude_characters='"\\'), min_size=1, max_size=20),
        max_size=6,
    )
)
def test_quoted_pairs_come_back(fields: dict[str, str]) -> None:
    text = " ".join(f'{key}="{value}"' for key, value in fields.items())
    assert pairs.read_pairs(text) == fields


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    pairs.read_pairs(text)
    for read, head in ((pairs.read_cef, "CEF:0|v|p|1|id|n|5|"), (pairs.read_leef, "LEEF:2.0|v|p|1|id|")):
        read(head + text)


@pytest.mark.parametrize(
    "unit",
    [
        'a="',
        ' a="x',
        ' a="x" ',
        ',a="x",',
        "a=b ",
        "a ",
        '"',
        "\\",
        "a=\\",
        "a= ",
        " x=y z",
        ",a=b",
        "|",
        "=",
        "a=b=c ",
    ],
)
def test_long_texts_take_linear_time(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    pairs.read_pairs(text)
    pairs.read_pairs("a=1,b=2," + text)
    pairs.read_cef("CEF:0|v|p|1|id|n|5|" + text)
    pairs.read_leef("LEEF:2.0|v|p|1|id|" + text)
