"""The engine gives what the reference gives: on handwritten points, on invented rules and events, on real data."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.detect.test_sigma_semantics import CONDITIONS, ENTRIES, SEARCHES
from tests.reference import making, reading, sigma
from tocsin.detect.sigma import compile_rules, parse
from tocsin.model import Event

ROOT = Path(__file__).parents[2]
STARTER_PACK = ROOT / "src" / "tocsin" / "rules"


def compare(texts: list[str], events: list[Event]) -> list[str]:
    """Give the differences between engine and reference for rules and events, all against all."""
    return reading.differences(events, reading.engine(texts)(events), reading.reference(texts)(events))


def test_every_point_of_the_specification() -> None:
    """All rules of the tables on all events of the tables: many more pairs than the tables state."""
    detections = [f"s:\n    {line}\ncondition: s" for line, _, _ in ENTRIES] + [text for text, _, _ in SEARCHES]
    events = [making.event(native) for _, native, _ in [*ENTRIES, *SEARCHES]]
    found = compare(_documents(detections), events)
    assert not found, "\n".join(found)


def _documents(detections: list[str]) -> list[str]:
    return [making.document(text, rule_id=f"r{number}") for number, text in enumerate(detections)]


def test_every_condition() -> None:
    names = {"a": "a", "b": "b", "c": "c", "_hidden": "_"}
    searches = "\n".join(f"{name}: {{{name}: 1}}" for name in names)
    texts = _documents([f"{searches}\ncondition: {text}" for text, _, _ in CONDITIONS])
    chosen = itertools.chain.from_iterable(itertools.combinations(names, size) for size in range(len(names) + 1))
    found = compare(texts, [making.event(dict.fromkeys(some, 1)) for some in chosen])
    assert not found, "\n".join(found)


# invented rules and events

LETTERS = "aAbB*?\\ -/.é1$\n"
WORDS = st.text(LETTERS, max_size=4)
FIELDS = ["f", "g", "F", "a.b", "a", "Long Name", "LongName"]
ADDRESSES = st.sampled_from(["10.0.0.1", "10.1.2.3", "192.0.2.7", "fe80::1", "::ffff:10.0.0.1", "10.0.0", "1"])
TEXTUAL = ["", "contains", "startswith", "endswith", "contains|all", "contains|cased", "cased", "neq", "contains|neq"]
TEXTUAL += ["windash", "contains|windash", "startswith|windash", "endswith|cased", "all"]
ENCODED = ["base64|contains", "base64offset|contains", "wide|base64offset|contains", "utf16be|base64|contains"]
ORDERS = ["lt", "lte", "gt", "gte"]
REFERENCES = ["fieldref", "fieldref|contains", "fieldref|startswith", "fieldref|endswith", "fieldref|neq"]
REGEXES = st.sampled_from(["a", "^a", "b$", "a.b", "[ab]+1", "A|b", r"\$", "^$", "a?b", r"\\", "é", r"\d", "(a)(b)"])


def _quoted(value: object) -> str:
    """Write a value as YAML (JSON is YAML, but for what single quotes say more plainly)."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _values(values: list[object]) -> str:
    return _quoted(values[0]) if len(values) == 1 else "[" + ", ".join(map(_quoted, values)) + "]"


@st.composite
def entries(draw: st.DrawFn) -> str:
    """Invent one line of a search."""
    name = draw(st.sampled_from([field.replace(" ", "") for field in FIELDS]))
    kind = draw(st.sampled_from(["text"] * 6 + ["plain"] * 3 + ["number", "re", "cidr", "ref", "exists", "base64"]))
    if kind == "text":
        modifiers = draw(st.sampled_from(TEXTUAL))
        least = 2 if "all" in modifiers else 1
        values: list[object] = draw(st.lists(WORDS, min_size=least, max_size=3))
    elif kind == "plain":
        modifiers = ""
        choice = st.one_of(WORDS, st.integers(0, 12), st.none(), st.booleans())
        values = draw(st.lists(choice, min_size=1, max_size=3))
    elif kind == "number":
        modifiers, values = draw(st.sampled_from(ORDERS)), [draw(st.integers(-2, 12))]
    elif kind == "re":
        modifiers, values = draw(st.sampled_from(["re", "re|i", "re|m", "re|s"])), [draw(REGEXES)]
    elif kind == "cidr":
        modifiers, values = "cidr", [draw(st.sampled_from(["10.0.0.0/8", "10.0.0.0/24", "fe80::/10", "::/0"]))]
    elif kind == "ref":
        modifiers, values = draw(st.sampled_from(REFERENCES)), [draw(st.sampled_from(["f", "g", "a.b"]))]
    elif kind == "exists":
        modifiers, values = "exists", [draw(st.booleans())]
    else:
        modifiers, values = draw(st.sampled_from(ENCODED)), [draw(st.text("abA1", min_size=3, max_size=5))]
    key = f"{name}|{modifiers}" if modifiers else name
    return f'"{key}": {_values(values)}'


@st.composite
def searches(draw: st.DrawFn) -> str:
    """Invent one search: a map, a list of maps, or keywords."""
    kind = draw(st.sampled_from(["map", "map", "maps", "words"]))
    if kind == "words":
        words = draw(st.lists(st.text("aAbB1$é ", min_size=1, max_size=3), min_size=1, max_size=3))
        return (
            "{'|all': " + _values([*words, "a"]) + "}"
            if draw(st.booleans())
            else "[" + ", ".join(map(_quoted, words)) + "]"
        )
    maps = [draw(_maps()) for _ in range(1 if kind == "map" else 2)]
    return maps[0] if kind == "map" else "[" + ", ".join(maps) + "]"


@st.composite
def _maps(draw: st.DrawFn) -> str:
    lines = draw(st.lists(entries(), min_size=1, max_size=3, unique_by=lambda line: line.partition(": ")[0]))
    return "{" + ", ".join(lines) + "}"


CONDITION = st.sampled_from(
    ["s1", "s1 and s2", "s1 or s2", "not s1", "s1 and not s2", "1 of s*", "all of them", "s1 and not 1 of s2*"]
)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Invent the detection of a rule of two searches."""
    return f"s1: {draw(searches())}\ns2: {draw(searches())}\ncondition: {draw(CONDITION)}"


LEAVES = st.one_of(WORDS, WORDS, st.integers(-2, 12), st.booleans(), st.none(), st.floats(0, 2, width=16), ADDRESSES)
ENCODINGS = st.sampled_from(["YWJB", "YWJhYjE=", "eGFiQTE=", "YQBiAEEA", "AGEAYgBB"])
VALUES = st.one_of(LEAVES, LEAVES, ENCODINGS, st.lists(LEAVES, max_size=3))
NESTED = st.one_of(st.dictionaries(st.sampled_from(["b", "B", "c"]), VALUES, max_size=2), VALUES)
NATIVES = st.fixed_dictionaries(
    {},
    optional={"f": VALUES, "g": VALUES, "F": VALUES, "a.b": VALUES, "a": NESTED, "A": NESTED, "Long Name": VALUES},
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(rules(), min_size=4, max_size=10), st.lists(NATIVES, min_size=4, max_size=10))
def test_invented_rules_and_events(detections: list[str], natives: list[dict[str, Any]]) -> None:
    found = compare(_documents(detections), [making.event(native) for native in natives])
    assert not found, "\n".join([*found[:5], *(detections[int(line.split(":")[0][6:])] for line in found[:5])])


# our own rules and samples

SAMPLES = sorted((ROOT / "tests" / "probes" / "golden").rglob("*.in"))


def test_the_starter_pack_on_our_samples() -> None:
    """Every rule that we ship, on every event of the golden folders of the probes and on the rules' own tests."""
    paths = [
        *SAMPLES,
        *sorted(path for path in (ROOT / "tests" / "rules").rglob("*") if path.suffix in {".in", ".jsonl"}),
    ]
    events = [event for path in paths for event in reading.events_of(path)]
    assert len(events) > 200
    found = compare(reading.texts_of([STARTER_PACK]), events)
    assert not found, "\n".join(found)


# real data

REAL = (
    ("endpoint", 12_000),
    ("benign", 4_000),
    ("cloud", 20_000),
    ("identity", 20_000),
    ("saas", 20_000),
    ("network", 2_000),
    ("multi/lsass_campaign_01", 60_000),
    ("multi/lsass_campaign_02", 30_000),
    ("multi/shire_covenant_sharpwmi_create_dcerpc_wmi", 20_000),
    ("formats", 1_000),
)
"""Folder of the development data -> how many events of one file at most."""
BATCH = 5_000
LEAST_EVENTS = 100_000


@pytest.mark.slow
def test_all_rules_on_real_data(data: Path) -> None:
    texts = reading.texts_of([data / "rules" / "sigma"])
    engine, reference = reading.engine(texts), reading.reference(texts)
    found: list[str] = []
    sources: Counter[str] = Counter()
    fired: Counter[str] = Counter()
    for batch in _batches(real_events(data)):
        sources.update(event.source for event in batch)
        ours = engine(batch)
        found += reading.differences(batch, ours, reference(batch))
        fired.update(rule for _, rule in ours)
    print(f"{sources.total()} events, {fired.total()} matches of {len(fired)} rules, {len(found)} differences")
    print(*sources.most_common(), sep="\n")
    assert sources.total() >= LEAST_EVENTS
    assert not found, "\n".join(found[:60])


def real_events(data: Path) -> Iterator[Event]:
    """Give events of all layers, the same ones in every run."""
    for folder, most in REAL:
        for path in sorted(path for path in (data / folder).rglob("*") if path.is_file()):
            yield from itertools.islice(reading.events_of(path), most)


def _batches(events: Iterator[Event]) -> Iterator[list[Event]]:
    while batch := list(itertools.islice(events, BATCH)):
        yield batch


@pytest.mark.slow
def test_both_skip_the_same_rules(data: Path) -> None:
    """What the reference calls no rule, the engine does not load either, and the other way round."""
    texts = reading.texts_of([data / "rules" / "sigma"])
    rules_of_reference, skipped = sigma.read(texts)
    compiled = compile_rules(parse(text) for text in texts)
    assert {rule.id for rule in compiled.rules} == {rule.id for rule in rules_of_reference}
    assert len(compiled.skipped) == len(skipped)
