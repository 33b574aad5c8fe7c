"""Correlation rules of the reference: one line of letters a case, one letter an event.

The letter is the rule that the event matches (`a` and `b` do; others match none), capitals belong to another group,
a digit before it are the seconds that pass first (1 where there is none).
"""

from __future__ import annotations

import re

import pytest

from tests.reference import correlation, making, sigma
from tests.reference.making import event
from tocsin.model import Event

RULES = [making.document(f"s: {{kind: {kind}}}\ncondition: s", rule_id=kind) for kind in "ab"]

CASES: list[tuple[str, str, list[int]]] = [
    # three events of one group within the window, and every further one
    ("type: event_count\nrules: [a]\ngroup-by: [who]\ntimespan: 10s\ncondition: {gte: 3}", "aaaa", [2, 3]),
    ("type: event_count\nrules: [a]\ngroup-by: [who]\ntimespan: 10s\ncondition: {gte: 3}", "aaAaxb", [3]),
    ("type: event_count\nrules: [a]\ngroup-by: [who]\ntimespan: 10s\ncondition: {gte: 2}", "a9a", [1]),
    ("type: event_count\nrules: [a]\ngroup-by: [who]\ntimespan: 5s\ncondition: {gte: 2}", "a5a", [1]),
    ("type: event_count\nrules: [a]\ngroup-by: [who]\ntimespan: 5s\ncondition: {gte: 2}", "a6a", []),
    ("type: event_count\nrules: [a]\ngroup-by: [who]\ntimespan: 5s\ncondition: {gt: 1, lte: 2}", "aaa", [1]),
    ("type: event_count\nrules: [a]\ngroup-by: [who]\ntimespan: 5s\ncondition: {eq: 2}", "aaa", [1]),
    ("type: event_count\nrules: [a, b]\ngroup-by: [who]\ntimespan: 5s\ncondition: {gte: 3}", "aba", [2]),
    ("type: event_count\nrules: [a]\ntimespan: 10s\ncondition: {gte: 3}", "aAa", [2]),
    # values
    ("type: value_count\nrules: [a]\ngroup-by: [kind]\ntimespan: 1m\ncondition: {field: n, gte: 3}", "aaa", [2]),
    ("type: value_count\nrules: [a]\ntimespan: 1m\ncondition: {field: who, gte: 2}", "aaAa", [2, 3]),
    ("type: value_sum\nrules: [a]\ngroup-by: [who]\ntimespan: 1m\ncondition: {field: n, gte: 3}", "aaaa", [2, 3]),
    ("type: value_avg\nrules: [a]\ngroup-by: [who]\ntimespan: 1m\ncondition: {field: n, gt: 1}", "aaaa", [3]),
    # all rules, in any order or in order
    ("type: temporal\nrules: [a, b]\ngroup-by: [who]\ntimespan: 5s", "ba", [1]),
    ("type: temporal\nrules: [a, b]\ngroup-by: [who]\ntimespan: 5s", "bA", []),
    ("type: temporal\nrules: [a, b]\ngroup-by: [who]\ntimespan: 5s", "b6a", []),
    ("type: temporal_ordered\nrules: [a, b]\ngroup-by: [who]\ntimespan: 5s", "ba", []),
    ("type: temporal_ordered\nrules: [a, b]\ngroup-by: [who]\ntimespan: 5s", "axb", [2]),
    ("type: temporal_ordered\nrules: [a, b]\ngroup-by: [who]\ntimespan: 5s", "bab", [2]),
    ("type: temporal_ordered\nrules: [a, b]\ngroup-by: [who]\ntimespan: 1m", "a9b", [1]),
    # other names of a field
    (
        "type: temporal\nrules: [a, b]\ngroup-by: [x]\ntimespan: 5s\naliases: {x: {a: who, b: other}}",
        "Ab",
        [1],
    ),
    # an event without the group does not count
    ("type: event_count\nrules: [a]\ngroup-by: [absent]\ntimespan: 5s\ncondition: {gte: 1}", "aa", []),
]


def events_of(letters: str) -> list[Event]:
    """Make the events of a case."""
    seconds, events = 0, []
    for pause, letter in re.findall(r"(\d*)([a-zA-Z])", letters):
        seconds += int(pause or 1)
        who = "you" if letter.isupper() else "me"
        native = {"kind": letter, "who": who, "other": "you", "n": len(events)}
        events.append(event(native, time_us=seconds * 1_000_000))
    return events


@pytest.mark.parametrize(("body", "letters", "expected"), CASES)
def test_a_correlation(body: str, letters: str, expected: list[int]) -> None:
    rules = [sigma.rule_of(sigma.documents(text)[0]) for text in RULES]
    wanted = correlation.correlation_of(sigma.documents(making.correlation(body))[0])
    assert correlation.run([wanted], rules, events_of(letters)) == {"c": expected}


def test_a_chain_of_correlations() -> None:
    rules = [sigma.rule_of(sigma.documents(text)[0]) for text in RULES]
    many = "type: event_count\nrules: [a]\ngroup-by: [who]\ntimespan: 10s\ncondition: {gte: 3}"
    then = "type: temporal_ordered\nrules: [many, b]\ngroup-by: [who]\ntimespan: 1m"
    texts = [making.correlation(many, "many"), making.correlation(then)]
    chain = [correlation.correlation_of(sigma.documents(text)[0]) for text in texts]
    assert correlation.run(chain, rules, events_of("baab")) == {"many": [], "c": []}
    assert correlation.run(chain, rules, events_of("aaab")) == {"many": [2], "c": [3]}


def test_a_filter_takes_matches_away() -> None:
    rule = making.rule("s: {f: a}\ncondition: s")
    text = "title: x\nlogsource: {product: windows}\nfilter:\n    rules: [r]\n    s: {g: b}\n    condition: not s\n"
    sigma.with_filters([rule], [sigma.filter_of(sigma.documents(text)[0])])
    assert rule.matches(event({"f": "a"}))
    assert not rule.matches(event({"f": "a", "g": "b"}))
