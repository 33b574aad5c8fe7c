"""Rule files to values: what is kept, what is skipped and why. Nothing makes it raise."""

from __future__ import annotations

import json
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.making import document
from tocsin.detect.sigma import Logsource, compile_rules, parse
from tocsin.detect.sigma.rule import All, Not, Some, Test

WHOLE = dedent("""
    title: Whole
    id: 11111111-2222-4333-8444-555555555555
    name: whole
    status: test
    description: says all
    author: A. Uthor
    license: MIT
    references: [https://example.org]
    tags: [attack.credential-access, attack.t1003.001, attack.s0002, attack.g0016, cve.2026-1, attack.T1078]
    logsource: {product: Windows, category: process_creation}
    detection: {s: {f: a}, condition: s}
    falsepositives: [none]
    fields: [f]
    level: HIGH
""")


def test_what_is_kept_of_a_rule() -> None:
    (rule,) = parse(WHOLE, "x.yml").rules
    assert rule.id == "11111111-2222-4333-8444-555555555555"
    assert (rule.title, rule.name, rule.level, rule.status) == ("Whole", "whole", "high", "test")
    assert (rule.author, rule.license, rule.description, rule.path) == ("A. Uthor", "MIT", "says all", "x.yml")
    assert rule.techniques == ("T1003.001", "T1078")
    assert rule.tactics == ("credential-access",)
    assert rule.logsource == Logsource("windows", "process_creation")
    assert (rule.references, rule.falsepositives, rule.fields) == (("https://example.org",), ("none",), ("f",))
    assert rule.condition == Test("f", "eq", "a")


def test_a_rule_without_level_is_medium() -> None:
    (rule,) = parse(document("s: {f: a}\ncondition: s")).rules
    assert rule.level == "medium"


TREES = [
    ("s: {f: 'A*', g|contains: B}\ncondition: s", All((Test("f", "startswith", "a"), Test("g", "contains", "b")))),
    ("s: {f: [a, '*b']}\ncondition: not s", Not(Some((Test("f", "eq", "a"), Test("f", "endswith", "b"))))),
    ("s: {f: 'a?b*c'}\ncondition: s", Test("f", "glob", "a.b.*c", False, "a")),
    ("s: {f: '**'}\ncondition: s", Test("f", "any")),
    ("s: {f|exists: true}\ncondition: s", Not(Test("f", "absent"))),
    ("s: {f|re|i|s: 'x.'}\ncondition: s", Test("f", "re", "x.", True, "is")),
    ("s: {f|hour|gte: 22}\ncondition: s", Test("f", "gte", "22", unit="hour")),
    ("s: {f: []}\ncondition: s", Test("f", "null")),
    ("s: ['W*d']\ncondition: s", Test("", "glob", ".*w.*d.*", False, "w")),
    ("off: {f: a}\ncondition: 1 of off", Test("f", "eq", "a")),
    ("s: {f: a}\ntimeframe: 5m\ncondition: [s, not s]", Some((Test("f", "eq", "a"), Not(Test("f", "eq", "a"))))),
]


@pytest.mark.parametrize(("detection", "expected"), TREES)
def test_a_tree(detection: str, expected: object) -> None:
    sheet = parse(document(detection))
    assert not sheet.skipped
    assert sheet.rules[0].condition == expected


SKIPPED = [
    ("{", "not valid YAML"),
    ("a: 1\na: 2", "stands twice"),
    ("- a\n- b", "no mapping"),
    ("", "no rule in this file"),
    ("title: x", "no detection"),
    ("title: x\nlogsource: {product: a}\ndetection: 3", "detection is no mapping"),
    ("title: x\ndetection: {s: {f: a}, condition: s}", "no logsource"),
    ("title: x\nlogsource: {}\ndetection: {s: {f: a}, condition: s}", "names no product"),
    (document("s: {f: a}\ncondition: t"), "'t', which is not defined"),
    (document("s: {f: a}\ncondition: 1 of t*"), "names no selection"),
    (document("s: {f|expand: '%hosts%'}\ncondition: s"), "placeholder %hosts% has no value"),
    (document("s: {f|nonsense: a}\ncondition: s"), "nonsense"),
    (document("s: {f|re: '('}\ncondition: s"), "invalid"),
    (document("s: {f|cidr: 10.0.0.0/99}\ncondition: s"), "CIDR"),
    (document("s: {f: a}\ncondition: s | count() > 5"), "pipe"),
    (document("off: {f: a}\ncondition: off"), "condition is no text"),
    ("title: x\ncorrelation: {type: odd, rules: [a], timespan: 5m}", "odd"),
    ("title: x\ncorrelation: {type: event_count, rules: [a], timespan: soon, condition: {gte: 1}}", "soon"),
    ("title: x\ncorrelation: 5", "correlation"),
    ("title: x\nlogsource: {product: a}\nfilter: {s: {f: a}, condition: s}", "for which rules"),
]


@pytest.mark.parametrize(("text", "reason"), SKIPPED, ids=[reason for _, reason in SKIPPED])
def test_what_is_skipped(text: str, reason: str) -> None:
    sheet = parse(text, "x.yml")
    assert not sheet.rules
    (skipped,) = sheet.skipped
    assert reason in skipped.reason
    assert skipped.path == "x.yml"


def test_the_line_of_a_yaml_error() -> None:
    (skipped,) = parse("title: x\nlevel: high\ntitle: y").skipped
    assert skipped.line == 3


def test_one_bad_document_costs_only_itself() -> None:
    sheet = parse("title: x\n---\n" + document("s: {f: a}\ncondition: s") + "---\n" + WHOLE)
    assert [rule.id[:2] for rule in sheet.rules] == ["r", "11"]
    assert len(sheet.skipped) == 1


def test_a_global_document_is_laid_under_the_next() -> None:
    head = "action: global\ntitle: shared\nlogsource: {product: windows}\n---\n"
    bodies = "id: {}\nlogsource: {{service: {}}}\ndetection: {{s: {{f: a}}, condition: s}}\n"
    sheet = parse(head + bodies.format("a", "security") + "---\n" + bodies.format("b", "system"))
    assert [(rule.id, rule.title, rule.logsource.service) for rule in sheet.rules] == [
        ("a", "shared", "security"),
        ("b", "shared", "system"),
    ]
    assert {rule.logsource.product for rule in sheet.rules} == {"windows"}


def test_the_first_of_two_with_the_same_id_counts() -> None:
    first, second = (document(f"s: {{f: {value}}}\ncondition: s") for value in "ab")
    compiled = compile_rules([parse(first, "1.yml"), parse(second, "2.yml"), parse(first, "3.yml")])
    assert [rule.path for rule in compiled.rules] == ["1.yml"]
    assert [(skipped.id, skipped.path) for skipped in compiled.skipped] == [("r", "2.yml")]


FILTER = "title: f\nlogsource: {product: windows}\nfilter:\n  rules: %s\n  s: {User: svc}\n  condition: not s\n"


@pytest.mark.parametrize(("rules", "filtered"), [("any", True), ("[r]", True), ("[other]", False)])
def test_a_filter(rules: str, filtered: bool) -> None:
    compiled = compile_rules([parse(document("s: {f: a}\ncondition: s")), parse(FILTER % rules)])
    (rule,) = compiled.rules
    extra = Not(Test("User", "eq", "svc"))
    assert rule.condition == (All((Test("f", "eq", "a"), extra)) if filtered else Test("f", "eq", "a"))


def test_a_correlation_without_its_rule_is_skipped() -> None:
    text = "title: c\ncorrelation: {type: event_count, rules: [r], timespan: 5m, condition: {gte: 2}}"
    chain = text.replace("title: c", "title: d").replace("[r]", "[c]")
    compiled = compile_rules([parse(text), parse(chain)])
    assert not compiled.rules
    assert [skipped.id for skipped in compiled.skipped] == ["c", "d"]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_no_text_makes_it_raise(text: str) -> None:
    parse(text)
    parse(document("s: {f: a}\ncondition: s") + text)


YAML = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text("ab*?\\|%", max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["f", "f|re", "f|cidr", "f|all", "|re", "f|gt", "f|base64"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(YAML, YAML, st.sampled_from(["detection", "correlation", "filter"]))
def test_no_structure_makes_it_raise(selection: object, condition: object, part: str) -> None:
    body = {"title": "x", "logsource": {"product": "a"}, part: {"s": selection, "condition": condition or "s"}}
    parse(json.dumps(body))
    parse(json.dumps({**body, part: selection}))
