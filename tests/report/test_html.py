"""The page: all facts without a script, nothing from elsewhere, nothing that logs could inject."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import msgspec
import pytest

from tests.report.samples import EMPTY, HOSTILE_RESULT, NIGHT, QUIET, RESULT, SUMMARY, finding
from tocsin.model import Entity, Party
from tocsin.pipeline import ScanResult
from tocsin.report import html
from tocsin.report.html import page

RESULTS = {"night": RESULT, "hostile": HOSTILE_RESULT, "quiet": QUIET, "empty": EMPTY}
VOID = {"meta", "br", "link", "img", "input", "hr"}
SHAPES = {"path", "circle", "line"}


class Reader(HTMLParser):
    """Collects tags, attributes and text, and checks that tags nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(params=[(name, lang) for name in RESULTS for lang in ("en", "fr")], ids="-".join)
def any_page(request: pytest.FixtureRequest) -> str:
    name, lang = request.param
    return page(RESULTS[name], lang)


def test_is_self_contained(any_page: str) -> None:
    reader = read(any_page)
    tags = {tag for tag, _ in reader.tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "audio", "video"}
    for _, attributes in reader.tags:
        assert not {name for name in attributes if name.startswith("on") or name in {"src", "style", "srcset"}}
        assert (attributes.get("href") or "#").startswith("#")
    style = re.search(r"<style>(.*?)</style>", any_page, re.DOTALL)
    assert style
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_the_policy_lets_only_its_own_style_pass(any_page: str) -> None:
    policy = next(attrs["content"] for tag, attrs in read(any_page).tags if attrs.get("http-equiv"))
    style = re.search(r"<style>(.*?)</style>", any_page, re.DOTALL)
    assert policy and style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_is_accessible_in_structure(any_page: str) -> None:
    reader = read(any_page)
    ids = [attrs["id"] for _, attrs in reader.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    pointed = [attrs["href"][1:] for tag, attrs in reader.tags if tag == "a" and attrs.get("href")]
    labels = " ".join(attrs.get("aria-labelledby") or "" for _, attrs in reader.tags).split()
    assert set(pointed) | set(labels) <= set(ids)
    assert [attrs["lang"] for tag, attrs in reader.tags if tag == "html"] in (["en"], ["fr"])
    assert [tag for tag, _ in reader.tags].count("h1") == 1
    levels = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for tag, attrs in reader.tags:
        if tag == "svg":
            assert attrs.get("aria-hidden") == "true" or (attrs.get("role") == "img" and attrs.get("aria-labelledby"))
        if tag == "th":
            assert attrs.get("scope") in {"col", "row"}


def test_holds_every_fact() -> None:
    text = " ".join(" ".join(read(page(RESULT, "en")).text).split())
    facts = [
        "1,204,119",
        "chu-exemple",
        "urgency 94",
        "strong evidence",
        *NIGHT.story,
        "CHU\\presta-rx, presta-rx@chu-exemple.fr",
    ]
    facts += ["OS Credential Dumping: LSASS Memory (T1003.001)", "2026-11-02 02:18:00 + 4 min", "not a JSON object"]
    facts += [
        "rule 0000-4 · by Tocsin · Apache-2.0 · T1490",
        "logs/dc-01.json.gz, byte 16384",
        "0000000000000004",
        "×41",
    ]
    facts += ["unknown modifier: foo", "detector rare-address", "windows.security", "904,119"]
    facts = [fact.replace("+ 4 min", "+ 4 min") for fact in facts]
    for fact in facts:
        assert fact in text.replace("\u00a0", " "), fact


def test_titles_of_our_rules_are_in_french_everywhere() -> None:
    ours = finding(1, 0, "LSASS Dump Command", (Entity("host", "poste-rx7"),))
    text = page(ScanResult((msgspec.structs.replace(NIGHT, findings=(ours,)),), SUMMARY), "fr")
    assert text.count("Mémoire de LSASS vidée par une commande") == 2, "in the table and in the drawing"
    assert "LSASS Dump Command" not in text


def test_long_names_are_short_at_sight_and_whole_below() -> None:
    files = tuple(Party("file", f"{number:064x}", (), "") for number in range(5))
    text = page(ScanResult((msgspec.structs.replace(NIGHT, entities=(*NIGHT.entities, *files)),), SUMMARY), "en")
    seen, _, below = text.partition("All 9 entities, in full")
    assert f"{0:012x}…" in seen
    assert "and 2 more" in seen
    assert f"{4:064x}" in below
    assert "in full" not in page(RESULT, "en")


def test_hostile_text_stays_text() -> None:
    text = page(HOSTILE_RESULT, "fr")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "{{ 7*7 }}" in text
    assert not {char for char in text if (ord(char) < 32 and char != "\n") or 0x7F <= ord(char) < 0xA0}
    assert not set(text) & {"\u202e", "\udcff"}


def test_quiet_page_never_says_all_clear() -> None:
    text = page(QUIET, "en")
    assert "No incident found in what was read" in text
    assert "stays unseen" in text
    assert "12 records could not be read" in text


def test_a_flood_stays_small() -> None:
    findings = tuple(
        finding(number, number / 10, f"finding {number}", (Entity("host", f"h{number % 40}"), Entity("identity", "u")))
        for number in range(1, 1001)
    )
    flood = tuple(msgspec.structs.replace(NIGHT, id=f"i{number}", findings=findings) for number in range(200))
    text = page(ScanResult(flood, SUMMARY), "en")
    assert text.count("<article") == html.MAX_INCIDENTS
    assert "150 less urgent incidents are not on this page" in text
    assert "900 more findings" in text
    reader = read(page(ScanResult(flood[:1], SUMMARY), "en"))
    assert sum(tag in SHAPES for tag, _ in reader.tags) < 800


def test_same_scan_same_bytes() -> None:
    assert page(RESULT, "fr") == page(RESULT, "fr")
