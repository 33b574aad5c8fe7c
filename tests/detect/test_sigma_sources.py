"""The table of log sources: complete for the public rules, and the docs name what it leaves out."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from tocsin.detect.sigma import Logsource
from tocsin.detect.sigma.fields import names_of, part_of_url
from tocsin.detect.sigma.lookup import MISSING, derived, direct_key, look_up
from tocsin.detect.sigma.sources import ROWS, SPLIT, is_covered, rows_of, slug

DOCS = Path(__file__).parents[2] / "docs" / "rooms" / "sigma.md"


def test_every_public_logsource_is_covered_or_named_in_the_docs(data: Path) -> None:
    text = DOCS.read_text("utf-8")
    left_out = text[text.index("## Log sources without events") :]
    named = set(re.findall(r"`((?:product|category|service)=[^`]+)`", left_out))
    missing, needless = set(), set(named)
    for path in sorted((data / "rules" / "sigma").rglob("*.yml")):
        source = yaml.safe_load(path.read_text("utf-8"))["logsource"]
        wanted = Logsource(*(str(source.get(key) or "").lower() for key in ("product", "category", "service")))
        if not is_covered(wanted):
            missing.add(str(wanted))
            needless.discard(str(wanted))
    assert missing - named == set()
    assert needless == set()


def test_every_row_can_be_reached() -> None:
    for row in ROWS:
        for source in row.sources:
            place = source.replace(".*", ".a-kind-of-no-row")
            assert row in rows_of(place), (row, source)


def test_split_fields_are_looked_up_as_they_are() -> None:
    """Partial evaluation takes the value under the field's own name: no other name may come before it."""
    for source, field in SPLIT.items():
        place = source if "." in source else f"{source}.security"
        for category in ("", "process_creation"):
            assert names_of(field, place, category)[0] == field


def test_slugs() -> None:
    assert slug("Microsoft-Windows-Windows Defender/Operational") == "microsoft-windows-windows-defender-operational"


def test_names() -> None:
    assert names_of("anything", "windows.sysmon") == ("anything",)
    assert names_of("Image", "windows.security", "process_creation") == ("NewProcessName",)
    assert names_of("image", "windows.security", "process_creation") == ("NewProcessName",)
    assert names_of("Image", "windows.security") == ("Image",)
    assert names_of("data.x", "gcp.audit") == ("data.x", "x")
    assert names_of("userAgent", "azure.signin") == ("userAgent", "properties.userAgent")


def test_parts_of_a_url() -> None:
    assert part_of_url("https://a.fr/x/y.tar.gz?q=1?2", "stem") == "/x/y.tar.gz"
    assert part_of_url("/x/y.tar.gz?q=1?2", "query") == "q=1?2"
    assert part_of_url("/x/y.tar.gz?q=a.exe", "extension") == "gz"
    assert part_of_url("/x.d/y", "extension") == ""
    assert part_of_url("http://a.fr", "stem") == "/"


def test_look_up_and_the_short_cut_agree() -> None:
    records = [
        {"a": 1},
        {"A": 1},
        {"a.b": 1, "a": {"b": 2}},
        {"a": {"b": 2}},
        {"A": {"B": 2}},
        {"a": [{"b": 1}, {"c": 2}, {"b": None}]},
        {"A b": 3, "ab": 4},
        {"A b": 3},
        {"a": "/x.y?z"},
        {},
    ]
    for record in records:
        for names in (("a",), ("a.b",), ("ab",), ("x", "a"), ("a.x", "A"), ("a#stem",)):
            key = direct_key(tuple(record), names)
            value = look_up(record, names)
            if key is False:
                assert value is MISSING
            elif isinstance(key, tuple):
                assert value == derived(record[key[0]], key[1])


def test_look_up() -> None:
    assert look_up({"a": [{"b": 1}, {"c": 2}, {"b": None}]}, ("a.b",)) == [1, None]
    assert look_up({"a": []}, ("a.b",)) is MISSING
    assert look_up({"a": None}, ("a",)) is None
    assert look_up({"x": None, "y": 1}, ("x", "y")) is None
    assert look_up({"u": ["/a.b?c", None]}, ("u#extension",)) == ["b"]
