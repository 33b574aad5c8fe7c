"""Correlation rules through the engine: one line of letters a case, one letter an event.

The letter is the rule that the event matches (`a` and `b` do, letter case aside), capitals belong to another group,
digits before it are the seconds that pass first (1 where there are none).
"""

from __future__ import annotations

import pickle
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.making import correlation, document, event
from tocsin.detect.sigma import Engine, Hit, compile_rules, parse, windows
from tocsin.detect.sigma import correlation as correlation_module
from tocsin.detect.sigma.windows import Seen
from tocsin.model import Event

BASE = [document(f"s: {{kind: {kind}}}\ncondition: s", rule_id=kind) for kind in "ab"]
COUNT = "type: event_count\nrules: [a]\ngroup-by: [who]\ntimespan: 10s\ncondition: {gte: 3}"


def events_of(letters: str) -> list[Event]:
    seconds, events = 0, []
    for pause, letter in re.findall(r"(\d*)([a-zA-Z])", letters):
        seconds += int(pause or 1)
        who = "you" if letter.isupper() else "Me"
        native = {"kind": letter, "who": who, "other": "YOU", "n": len(events), "list": [None, who]}
        events.append(event(native, time_us=seconds * 1_000_000))
    return events


def run(letters: str, *bodies: str) -> list[tuple[str, int, int, int, tuple[int, ...]]]:
    """Give (rule, first second, last second, count, events behind it) of every match."""
    names = ["c", "d", "e"]
    texts = [*BASE, *(correlation(body, name) for name, body in zip(names, bodies, strict=False))]
    compiled = compile_rules(parse(text) for text in texts)
    assert not compiled.skipped
    engine = Engine(compiled)
    events = events_of(letters)
    found = [(index, hit) for index, rule in engine.match(events) for hit in engine.hits_of(events[index], rule)]
    return [
        (
            compiled.rules[match.rule].id,
            match.time_us // 1_000_000,
            match.last_us // 1_000_000,
            match.count,
            tuple(sorted({found[place][0] for place in match.hits})),
        )
        for match in engine.correlate(hit for _, hit in found)
    ]


CASES: list[tuple[str, str, list[tuple[int, int, int, tuple[int, ...]]]]] = [
    (COUNT, "aa", []),
    (COUNT, "aaa", [(3, 3, 1, (0, 1, 2))]),
    (COUNT, "aaaaa", [(3, 5, 3, (0, 1, 2, 3, 4))]),
    (COUNT, "aaAaxb", [(4, 4, 1, (0, 1, 3))]),
    (COUNT, "aaa99aaa", [(3, 3, 1, (0, 1, 2)), (104, 104, 1, (3, 4, 5))]),
    (COUNT.replace("3}", "2}"), "a10a", [(11, 11, 1, (0, 1))]),
    (COUNT.replace("3}", "2}"), "a11a", []),
    (COUNT.replace("{gte: 3}", "{gt: 1, lte: 2}"), "aaaa", [(2, 2, 1, (0, 1))]),
    (COUNT.replace("{gte: 3}", "{eq: 2}"), "aaa", [(2, 2, 1, (0, 1))]),
    (COUNT.replace("who", "absent"), "aaaa", []),
    (COUNT.replace("who", "list"), "aaa", [(3, 3, 1, (0, 1, 2))]),
    ("type: event_count\nrules: [a, b]\ntimespan: 5s\ncondition: {gte: 3}", "aba", [(3, 3, 1, (0, 1, 2))]),
    ("type: value_count\nrules: [a]\ntimespan: 1m\ncondition: {field: who, gte: 2}", "aaA", [(3, 3, 1, (0, 1, 2))]),
    (
        "type: value_count\nrules: [a]\ntimespan: 1m\ncondition: {field: [who, kind], gte: 2}",
        "aA",
        [(2, 2, 1, (0, 1))],
    ),
    ("type: value_sum\nrules: [a]\ntimespan: 1m\ncondition: {field: n, gte: 3}", "aaa", [(3, 3, 1, (0, 1, 2))]),
    ("type: value_sum\nrules: [a]\ntimespan: 2s\ncondition: {field: n, gte: 6}", "aaaa", [(4, 4, 1, (1, 2, 3))]),
    ("type: value_avg\nrules: [a]\ntimespan: 1m\ncondition: {field: n, gt: 1}", "aaaa", [(4, 4, 1, (0, 1, 2, 3))]),
    ("type: value_median\nrules: [a]\ntimespan: 1m\ncondition: {field: n, gte: 1}", "aaa", [(3, 3, 1, (0, 1, 2))]),
    (
        "type: value_percentile\nrules: [a]\ntimespan: 1m\ncondition: {field: n, gte: 2, percentile: 90}",
        "aaa",
        [(3, 3, 1, (0, 1, 2))],
    ),
    ("type: value_sum\nrules: [a]\ntimespan: 1m\ncondition: {field: who, gte: 0}", "aaa", []),
    ("type: temporal\nrules: [a, b]\ngroup-by: [who]\ntimespan: 5s", "ba", [(2, 2, 1, (0, 1))]),
    ("type: temporal\nrules: [a, b]\ngroup-by: [who]\ntimespan: 5s", "bA", []),
    ("type: temporal\nrules: [a, b]\ngroup-by: [who]\ntimespan: 5s", "b6a", []),
    ("type: temporal\nrules: [a, b]\ntimespan: 5s\ncondition: a and not b", "ba9a", [(11, 11, 1, (2,))]),
    ("type: temporal_ordered\nrules: [a, b]\ngroup-by: [who]\ntimespan: 5s", "ba", []),
    ("type: temporal_ordered\nrules: [a, b]\ngroup-by: [who]\ntimespan: 5s", "axb", [(3, 3, 1, (0, 2))]),
    ("type: temporal_ordered\nrules: [a, b]\ngroup-by: [who]\ntimespan: 5s", "a9ab", [(11, 11, 1, (1, 2))]),
    ("type: temporal_ordered\nrules: [a, b]\ntimespan: 9s\ncondition: {gte: 1}", "ba", [(2, 2, 1, (1,))]),
    (
        "type: temporal\nrules: [a, b]\ngroup-by: [x]\ntimespan: 5s\naliases: {x: {a: who, b: other}}",
        "Ab",
        [(2, 2, 1, (0, 1))],
    ),
    ("type: temporal\nrules: [a, b]\ngroup-by: [x]\ntimespan: 5s\naliases: {x: {a: who, b: kind}}", "ab", []),
]


@pytest.mark.parametrize(("body", "letters", "expected"), CASES)
def test_a_correlation(body: str, letters: str, expected: list[tuple[int, int, int, tuple[int, ...]]]) -> None:
    assert [match[1:] for match in run(letters, body)] == expected


def test_a_chain() -> None:
    then = "type: temporal_ordered\nrules: [c, b]\ngroup-by: [who]\ntimespan: 1m"
    assert [match[0] for match in run("baab", COUNT, then)] == []
    assert run("aaab", COUNT, then) == [("d", 4, 4, 1, (2, 3))]
    loud = COUNT + "\ngenerate: true"
    assert [match[0] for match in run("aaab", loud, then)] == ["d"]
    assert [match[0] for match in run("aaab", COUNT, then + "\ngenerate: true")] == ["c", "d"]


def test_which_rules_are_silent() -> None:
    def silent(*bodies: str) -> set[str]:
        texts = [*BASE, *(correlation(body, f"c{number}") for number, body in enumerate(bodies))]
        compiled = compile_rules(parse(text) for text in texts)
        return {compiled.rules[index].id for index in compiled.silent}

    assert silent(COUNT) == {"a"}
    assert silent(COUNT + "\ngenerate: true") == set()
    assert silent(COUNT, COUNT + "\ngenerate: true") == set()


def test_hits_travel_between_processes() -> None:
    compiled = compile_rules(parse(text) for text in [*BASE, correlation(COUNT)])
    engine = Engine(compiled)
    (first, *_) = events_of("a")
    (hit,) = engine.hits_of(first, 0)
    assert pickle.loads(pickle.dumps(hit)) == hit
    assert compiled.base_of_correlation(0)
    assert not compiled.base_of_correlation(1)
    assert engine.hits_of(first, 1) == ()
    assert engine.hits_of(event({"kind": "a", "who": "x"}, time_us=None), 0) == ()


def test_groups_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correlation_module, "MAX_GROUPS", 10)
    compiled = compile_rules(parse(text) for text in [*BASE, correlation(COUNT)])
    correlator = correlation_module.Correlator(compiled)
    for number in range(100):
        for _ in range(3):
            correlator.add(Hit(2, 0, number, f"{number}-{_}", (str(number),)))
    assert max(map(len, correlator._groups.values())) == 10
    assert len(correlator.matches()) == 100


def test_windows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MAX_WINDOW", 50)
    compiled = compile_rules(parse(text) for text in [*BASE, correlation(COUNT)])
    correlator = correlation_module.Correlator(compiled)
    for number in range(1000):
        correlator.add(Hit(2, 0, 0, str(number), ("x",)))
    (match,) = correlator.matches()
    assert match.count == 998
    assert len(match.hits) == windows.MAX_NAMED


NUMBERS = st.lists(st.tuples(st.integers(0, 30), st.integers(-5, 5)), min_size=1, max_size=25)


@settings(max_examples=80)
@given(NUMBERS, st.sampled_from(["value_sum", "value_avg", "value_median", "value_percentile"]))
def test_statistics_equal_those_of_the_whole_window(pairs: list[tuple[int, int]], kind: str) -> None:
    body = f"type: {kind}\nrules: [a]\ntimespan: 5s\ncondition: {{field: n, gte: 1, percentile: 75}}"
    (rule,) = parse(correlation(body)).rules
    assert rule.correlation is not None
    window = windows.window_for(rule.correlation)
    pairs.sort(key=lambda pair: pair[0])
    for place, (second, number) in enumerate(pairs):
        held = window.add(Seen(place, second * 1_000_000, str(place), "a", str(number)))
        inside = sorted(n for t, n in pairs[: place + 1] if t >= second - 5)
        middle = len(inside) // 2
        expected = {
            "value_sum": sum(inside),
            "value_avg": sum(inside) / len(inside),
            "value_median": inside[middle] if len(inside) % 2 else (inside[middle - 1] + inside[middle]) / 2,
            "value_percentile": inside[max(-(-len(inside) * 75 // 100), 1) - 1],
        }[kind]
        assert held == (expected >= 1)
