"""Files of a care map: every kind of fault is told with its true line and column, and all at once."""

# ruff: noqa: E501  (one fault a line)
from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.care.making import HOSTS, SITE, WHOLE, ZONES, load
from tocsin.care import files
from tocsin.care.atlas import Atlas
from tocsin.care.impact import effects
from tocsin.care.reading import read
from tocsin.errors import InputError


def said(folder: Path, text: str, **more: str) -> list[tuple[int, int, str, str]]:
    loaded = load(folder, text, **more)
    return [(one.place.line, one.place.column, one.text(), one.help()) for one in loaded.faults]


def test_the_small_map_has_no_fault(tmp_path: Path) -> None:
    assert said(tmp_path, WHOLE) == []


FAULTS = [
    ("zone:\n  a: {}\n", (1, 1, "there is no section “zone”", "Did you mean “zones”?")),
    ("zones:\n  a: {clas: A, kind: care, class: A}\n", (2, 7, "there is no key “clas” here", "Did you mean “class”?")),
    ("zones:\n  a: {kind: care}\n", (2, 3, "“a” has no “class”", "Add “class”: class of the most critical thing inside.")),
    ("zones:\n  a: {class: E, kind: care}\n", (2, 14, "“E” is not among the words possible here", "It may be: A, B, C, D")),
    ("zones:\n  a: {class: A, kind: caer}\n", (2, 23, "“caer” is not among the words possible here", "Did you mean “care”?")),
    (
        "zones:\n  a: {class: A, kind: care, addresses: [10.1.0.1/24]}\n",
        (2, 41, "10.1.0.1/24 is an address inside a network, not the network", "Did you mean “10.1.0.0/24”?"),
    ),
    (
        "zones:\n  a: {class: A, kind: care, addresses: [10.1/24]}\n",
        (2, 41, "“10.1/24” is no network prefix", "Write a network and its length: 10.20.1.0/24."),
    ),
    (
        "zones:\n  a: {class: A, kind: care, addresses: [10.0.0.0/8]}\n  b: {class: A, kind: care, addresses: [10.1.0.0/16]}\n",
        (3, 40, "10.1.0.0/16 overlaps 10.0.0.0/8 of zone “a”", "Correct one of them, or write “within: a” if it is meant."),
    ),
    (
        "zones:\n  a: {class: A, kind: care, addresses: [10.0.0.0/8]}\n  b: {class: A, kind: care, addresses: [10.0.0.0/8], within: a}\n",
        (3, 40, "10.0.0.0/8 overlaps 10.0.0.0/8 of zone “a”", "Correct one of them, or write “within: a” if it is meant."),
    ),
    ("zones:\n  a: {class: A, kind: care}\n  a: {class: B, kind: care}\n", (3, 3, "“a” is here a second time (first in line 2)", "Remove one of them, or give it another name.")),
    ("services:\n  s: {class: B, downtime: 3 cats, contact: x}\n", (2, 27, "“3 cats” is no duration", "Write a number and its unit: 45 min, 4 h, 1 h 30 min, 2 d.")),
    ("services:\n  s: {class: B, needs: [dpi]}\n", (2, 25, "“dpi” is not in applications", "Declare it, or correct it.")),
    ("services:\n  s: {class: B, load: [1, 2]}\n", (2, 23, "24 shares are needed, one an hour from midnight; here are 2", "")),
    ("services:\n  s: {class: B, tested: 24/11/2026}\n", (2, 25, "“24/11/2026” is no day", "Write it as 2026-11-24.")),
    ("hosts:\n  h: {address: 10.1.1}\n", (2, 16, "“10.1.1” is no address", "Write 10.20.1.11, or 10.20.1.11..50 for a series.")),
    ("hosts:\n  h-1..3: {address: 10.1.0.1..9}\n", (2, 21, "3 names but 9 addresses", "Give as many addresses as names, as in 10.20.1.11..50.")),
    ("hosts:\n  h: {address: 10.9.9.9}\n", (2, 16, "“h” is in no zone: its address is in no prefix", "Give it a zone, or add its prefix to one.")),
    ("hosts:\n  h-9..3: {}\n", (2, 3, "“h-9..3” is no series of names", "Write the first and the last number, at most 4096 names: pc-01..12.")),
    ("hosts:\n  h: {role: modalité}\n", (2, 13, "“modalité” is not among the words possible here", "Did you mean “modality”?")),
    ("hosts:\n  h: {role: poste}\n", (2, 13, "“poste” is not among the words possible here", "Did you mean “workstation”?")),
    ("vendors:\n  v: {windows: [always]}\n", (2, 17, "“always” are no hours of the week", "Write days and hours: mon-fri 08:00-18:00, or sun 02:00-05:00.")),
    ("flows: {}\n", (1, 8, "flows are a list", "Begin each flow with a dash: - {from: …, to: …}")),
    ("flows:\n  - {from: any}\n", (2, 5, "“flows” has no “to”", "Add “to”: host, zone, internet or any.")),
    ("flows:\n  - {from: any, to: any, ports: tcp/99999}\n", (2, 33, "“tcp/99999” is no port", "Write tcp/104, udp/161-162, icmp or any.")),
    ("backups:\n  b: {protects: [], immutable: maybe}\n", (2, 32, "“maybe” is neither yes nor no", "")),
    ("zones:\n  a/b: {class: A, kind: care}\n", (2, 3, "“a/b” is no name: it is empty or holds a slash", "")),
    ("zones: [a\n", (2, 1, "it is not valid YAML: did not find expected ',' or ']'", "Look at the indentation, colons, quotes and brackets here and on the line above.")),
    ("- a\n", (1, 1, "a file holds sections, each a name and a colon", "Begin with a section, such as “zones:”.")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"), FAULTS, ids=lambda value: value[2][:40] if isinstance(value, tuple) else ""
)
def test_a_fault_says_where_and_what_to_do(tmp_path: Path, text: str, expected: tuple[int, int, str, str]) -> None:
    assert expected in said(tmp_path, text, site=SITE)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = "zones:\n  a: {clas: A}\n  b: {class: Z, kind: care}\nhosts:\n  h: {address: nope, zone: c}\nnets: {}\n"
    lines = [line for line, _, _, _ in said(tmp_path, text, site=SITE)]
    assert {2, 3, 5, 6} <= set(lines)
    assert lines == sorted(lines)


def test_a_dangling_name_is_told_with_the_nearest(tmp_path: Path) -> None:
    text = WHOLE.replace("base: [bdd-01]", "base: [bdd-1]")
    faults = said(tmp_path, text)
    line = text[: text.index("base: [bdd-1]")].count("\n") + 1
    assert faults == [(line, 14, "“bdd-1” is not in hosts, identities", "Did you mean “bdd-01”?")]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("frontaux: {need: 2", "frontaux: {need: 4", "“frontaux” needs 4 of 3 members"),
        ("frontaux: {need: 2", "frontaux: {need: 0", "“frontaux” needs 0 of 3 members"),
        ("bdd-01: {address: [10.2.0.21", "bdd-01: {address: [10.2.0.11", "10.2.0.11 belongs to “dpi-01” already"),
        ("pc-bureau: {address: 10.3.0.9", "pc-bureau: {zone: rea, address: 10.3.0.9", "10.3.0.9 is not in zone “rea”"),
        ("annuaire: {comp", "annuaire: {needs: [dpi], comp", "these applications need each other in a circle: annuaire → dpi → annuaire"),
        ("  pc-bureau:", "  soins:", "“soins” is both a zone and a host"),
    ],
)  # fmt: skip
def test_what_does_not_hold_together(tmp_path: Path, before: str, after: str, expected: str) -> None:
    assert before in WHOLE
    assert expected in [text for _, _, text, _ in said(tmp_path, WHOLE.replace(before, after))]


def test_declared_twice_in_two_files(tmp_path: Path) -> None:
    faults = load(tmp_path, SITE + ZONES, b="zones:\n  REA: {class: A, kind: care}\n").faults
    assert [one.text() for one in faults] == [f"“REA” is declared a second time (first in {tmp_path}/a.yaml:5:3)"]
    assert str(faults[0].place) == f"{tmp_path}/b.yaml:2:3"


def test_words_are_never_taken_for_other_things(tmp_path: Path) -> None:
    text = SITE + ZONES + "hosts:\n  no: {address: 10.1.0.1, may_isolate: no, label: 0123, system: 12:30}\n"
    host = load(tmp_path, text).map.hosts["ch/no"]
    assert (host.label, host.system, host.may_isolate) == ("0123", "12:30", "no")


def test_hand_goes_before_imports_and_seen_makes_both(tmp_path: Path) -> None:
    imported = (
        "origin: {by: netbox, since: 2026-01-02}\nhosts:\n  PC-01: {system: Windows 7, label: netbox, zone: soins}\n"
    )
    seen = (
        "origin: {known: observed, by: probes, since: 2026-03-01, last: 2026-11-01}\n"
        "flows:\n  - {from: soins, to: dpi-01, ports: tcp/443}\n  - {from: scan-01, to: internet, ports: tcp/80}\n"
    )
    own = HOSTS.replace("pc-01..04: {", "pc-01..04: {label: main, ")
    loaded = load(tmp_path, SITE + ZONES + own + REST_ONLY, imported=imported, seen=seen)
    assert not loaded.faults
    host = loaded.map.hosts["ch/pc-01"]
    assert (host.label, host.system, host.origin.by, host.origin.since) == ("main", "Windows 7", "hand", "2026-01-02")
    known = {(one.source, one.target): one.origin for one in loaded.map.conduits}
    both = known["ch/soins", "ch/dpi-01"]
    assert (both.known, both.by, both.since, both.last) == ("both", "hand", "2026-03-01", "2026-11-01")
    assert known["ch/scan-01", "internet"].known == "observed"


REST_ONLY = WHOLE.removeprefix(SITE + ZONES + HOSTS)


def test_a_group_of_sites(tmp_path: Path) -> None:
    load(tmp_path / "one", WHOLE.replace("name: ch}", "name: one}"))
    two = ZONES + "hosts:\n  pc-01: {address: 10.1.0.1}\n"
    two += "applications:\n  local: {components: {c: [pc-01, one/dc-01, bdd-01]}}\n"
    load(tmp_path / "two", "site: {name: two}\n" + two)
    loaded = load(tmp_path, "")
    assert not loaded.faults
    assert set(loaded.map.sites) == {"one", "two"}
    assert loaded.map.applications["two/local"].components[0].members == ("two/pc-01", "one/dc-01", "one/bdd-01")


def test_advice_spoils_nothing(tmp_path: Path) -> None:
    loaded = load(tmp_path, WHOLE)
    told = [one.text() for one in loaded.advice]
    assert "no continuity plan was ever tested" in told
    assert all(one.hint for one in loaded.advice)


def test_no_folder_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        files.load(tmp_path / "gone")
    with pytest.raises(InputError, match="no YAML file here"):
        files.load(tmp_path)


def test_latin_text_is_a_fault_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("site: {name: ch}\nzones:\n  é: {}\n".encode("cp1252"))
    (fault, *_) = files.load(tmp_path).faults
    assert (fault.place.line, fault.place.column, fault.text()) == (3, 3, "this is not UTF-8 text")


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "- " * 100_000, "a: &a [*a, *a]", "a: {<<: {b: 1}}", "\x00", "!!python/x 1"]
)
def test_hostile_text_is_a_problem_not_a_crash(text: str) -> None:
    _, problems = read("x.yaml", text)
    assert problems


@given(st.text(alphabet=st.sampled_from("abz: -{}[],\n'\"#&*!|>%@0?"), max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    read("x.yaml", "hosts:\n  " + text)
    read("x.yaml", text)


SEEDS = WHOLE.replace("{", " ").replace("}", " ").replace(",", " ").split()


@given(
    st.lists(
        st.tuples(st.sampled_from(SEEDS), st.sampled_from([*SEEDS, "{}", "[]", "", "a/b", "x-1..3", "-1"])), max_size=6
    )
)
def test_any_map_can_be_judged(tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, str]]) -> None:
    text = WHOLE
    for before, after in changes:
        text = text.replace(before, after, 1)
    loaded = load(tmp_path_factory.mktemp("map"), text)
    assert all(one.text() and str(one.place) for one in loaded.problems)
    everything = [*loaded.map.hosts, *loaded.map.applications]
    effects(Atlas(loaded.map), everything)


def test_one_mistake_is_told_once(tmp_path: Path) -> None:
    wrong = SITE + ZONES + "hosts:\n  pc-01..12: {address: 10.1.0.1..9}\n  x-1..3: {}\n"
    wrong += "services:\n  s: {class: A, downtime: 30, autonomy: 1 h, procedure: p, contact: c, needs: [gone]}\n"
    loaded = load(tmp_path, wrong)
    told = [one.text() for one in loaded.problems if "PCRA" not in one.text() and "plan" not in one.text()]
    assert told == [
        "12 names but 9 addresses",
        "“x-1” is in no zone: its address is in no prefix",
        "“30” is no duration",
        "“gone” is not in applications",
    ]
