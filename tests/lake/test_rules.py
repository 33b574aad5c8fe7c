"""A Sigma rule over the past finds what the engine finds on the same events: no more, no less."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lake.making import NOW_US, event, fill, golden_events
from tocsin import rulebook
from tocsin.detect.sigma import Compiled, Engine, compile_rules, parse
from tocsin.detect.sigma.text import text_of
from tocsin.lake import hunting, narrowing, runs
from tocsin.lake.asking import EVERYTHING
from tocsin.lake.store import Lake


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("lake")
    fill(folder, golden_events())
    return Lake(folder)


def found(lake: Lake, rules: Compiled) -> set[str]:
    return set(hunting.hunt(lake, hunting.Hunt(rules=rules, limit=0)).rows.column("event_id").to_pylist())


def check(lake: Lake, compiled: Compiled, every: int) -> int:
    """Compare every rule that hits and each `every`-th of the others with the engine; give how many hit."""
    events = golden_events()
    wanted: dict[int, set[str]] = {}
    for index, rule in Engine(compiled).match(events):
        wanted.setdefault(rule, set()).add(events[index].id)
    plain = [rank for rank, rule in enumerate(compiled.rules) if rule.condition is not None]
    for rank in sorted({*wanted, *plain[::every]}):
        rule = compiled.rules[rank]
        assert found(lake, Compiled((rule,))) == wanted.get(rank, set()), rule.title
    return len(wanted)


def test_rules_of_the_starter_pack_find_the_same(lake: Lake, tmp_path: Path) -> None:
    compiled = rulebook.load([], tmp_path).compiled
    assert check(lake, compiled, 60) > 20


@pytest.mark.slow
def test_rules_of_sigmahq_find_the_same(lake: Lake, tmp_path: Path, data: Path) -> None:
    compiled = rulebook.load([data / "rules" / "sigma"], tmp_path).compiled
    assert check(lake, compiled, 5) > 50


HEAD = "title: t\nid: 5d1b3a1e-0000-4000-8000-00000000000{n}\nname: r{n}\nlevel: low\n"
SPRAY = (
    HEAD.format(n=1)
    + "logsource: {product: windows, service: security}\n"
    + "detection: {s: {EventID: 4625}, condition: s}\n---\n"
    + HEAD.format(n=2)
    + "correlation: {type: event_count, rules: [r1], group-by: [IpAddress], timespan: 1m, condition: {gte: 3}}\n"
)


def test_a_correlation_finds_the_events_behind_it(tmp_path: Path) -> None:
    failed = {"EventID": 4625, "Channel": "Security", "source": "windows.security"}
    events = [event(failed | {"IpAddress": "10.0.0.1"}, NOW_US + n * 1_000_000, n) for n in range(4)]
    events.append(event(failed | {"IpAddress": "10.0.0.2"}, NOW_US, 9))
    fill(tmp_path, events)
    assert found(Lake(tmp_path), compile_rules([parse(SPRAY)])) == {one.id for one in events[:4]}


ESCAPED = HEAD.format(n=1) + "logsource: {product: windows, service: security}\n"
ESCAPED += "detection: {s: {CommandLine|contains: 'x\\cmd.exe \"é'}, condition: s}\n"


def test_escapes_hide_nothing(tmp_path: Path) -> None:
    native = {"EventID": 4688, "Channel": "Security", "CommandLine": 'X\\CMD.exe "É'}
    raw = b'{"EventID": 4688, "Channel": "Security", "CommandLine": "X\\\\\\u0043MD.exe \\u0022\\u00c9"}'
    assert orjson.loads(raw) == native
    one = event(native | {"source": "windows.security"})
    hidden = type(one)(one.source, NOW_US, native, raw, one.origin, 0)
    fill(tmp_path, [hidden])
    assert found(Lake(tmp_path), compile_rules([parse(ESCAPED)])) == {hidden.id}


VALUES = (
    st.text(st.sampled_from('ab1.0-+e \\"/é:,{}KİK\u212a\x00'), max_size=12)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
)


@given(value=VALUES, cut=st.tuples(st.integers(0, 12), st.integers(0, 12)))
def test_a_run_of_any_part_of_a_value_stands_in_its_json(value: str | float, cut: tuple[int, int]) -> None:
    text = text_of(value).lower()
    run = runs.run_of(text[min(cut) : max(cut)])
    assert run in orjson.dumps({"a": value}).decode().lower() if -(2**63) <= _whole(value) < 2**63 else True


def _whole(value: str | float) -> float:
    return 0 if isinstance(value, str) else value


def test_tests_that_no_text_decides_narrow_nothing() -> None:
    text = HEAD.format(n=1) + "logsource: {product: windows}\ndetection: {s: {A|re: x.y, B: null}, condition: not s}\n"
    condition = parse(text).rules[0].condition
    assert condition is not None
    assert narrowing.narrowed(condition) == EVERYTHING
