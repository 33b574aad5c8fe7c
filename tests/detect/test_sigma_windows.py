"""Correlation rules, reference and engine: one line of letters a case, one letter an event.

The letter is the rule that the event matches (`a` and `b` do; others match none), capitals belong to another group,
a digit before it are the seconds that pass first (1 where there is none).
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference import correlation, making, sigma
from tests.reference.making import event
from tocsin.detect.sigma import Engine, compile_rules, parse
from tocsin.detect.sigma.correlation import correlate, hits_of
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
    ("type: temporal\nrules: [a, b]\ngroup-by: [who]\ntimespan: 5s\ncondition: a and not b", "xab9a", [1, 3]),
    ("type: temporal\nrules: [a, b]\ngroup-by: [who]\ntimespan: 5s\ncondition: a or b", "xb", [1]),
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


BODIES = sorted({body for body, _, _ in CASES})
STORIES = st.lists(st.sampled_from(["a", "b", "A", "B", "x", "4a", "5a", "6b", "9a", "59b"]), min_size=2, max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(BODIES), STORIES)
def test_the_engine_sees_the_same_groups(body: str, story: list[str]) -> None:
    """The engine tells episodes, the reference single moments: each moment lies in an episode of its group."""
    events = events_of("".join(story))
    texts = [*RULES, making.correlation(body)]
    moments = [(group_of(events[at], body), events[at].time_us) for at in reference_moments(body, events)]
    episodes = engine_episodes(texts, events)
    assert {group for group, _ in moments} == {group for group, _, _ in episodes}
    for group, time in moments:
        assert any(group == other and first <= time <= last for other, first, last in episodes)
    for group, first, last in episodes:
        assert any(group == other and first <= time <= last for other, time in moments)


def reference_moments(body: str, events: list[Event]) -> list[int]:
    rules = [sigma.rule_of(sigma.documents(text)[0]) for text in RULES]
    wanted = correlation.correlation_of(sigma.documents(making.correlation(body))[0])
    return correlation.run([wanted], rules, events)["c"]


def group_of(event: Event, body: str) -> tuple[str, ...]:
    """Give the group of an event as the case's correlation makes it."""
    wanted = correlation.correlation_of(sigma.documents(making.correlation(body))[0])
    kind = event.native["kind"]
    names = [wanted.aliases.get(name, {}).get(kind.lower(), name) for name in wanted.group_by]
    return tuple(str(event.native[name]).lower() for name in names)


def engine_episodes(texts: list[str], events: list[Event]) -> list[tuple[tuple[str, ...], int, int]]:
    compiled = compile_rules(parse(text) for text in texts)
    matched = Engine(compiled).match(events)
    hits = [hit for at, rule in matched for hit in hits_of(compiled, events[at], rule)]
    return [(match.group, match.time_us, match.last_us) for match in correlate(compiled, hits)]


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
