"""The metrics of the evaluation harness, on cases that can be counted by hand."""

import math

import pytest
from benchmarks.detect import metrics
from benchmarks.detect.metrics import Attack, Raised

FIRST = Attack("first", frozenset({1, 2, 3, 4}), begin_s=100, detectable_s=160)
SECOND = Attack("second", frozenset({11, 12}), begin_s=500)


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (81, 263, 0.255, 0.366)],
)
def test_wilson_agrees_with_published_values(found: int, of: int, low: float, high: float) -> None:
    assert metrics.wilson(found, of) == pytest.approx((low, high), abs=0.001)


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.69), (1, 0.025, 5.57), (10, 4.80, 18.39)])
def test_poisson_is_near_the_exact_interval(count: int, low: float, high: float) -> None:
    assert metrics.poisson(count) == pytest.approx((low, high), rel=0.1, abs=0.05)


def test_an_unmeasured_rate_or_share_is_a_dash() -> None:
    assert metrics.share(0, 0) == metrics.rate(3, 0) == "—"


def test_one_incident_for_one_attack() -> None:
    judged = metrics.judge([FIRST], [Raised(frozenset({2, 3, 9}), 190, facts=3)], days=2, alerts=100, seconds=0.5)
    assert (judged.found, judged.missed, judged.false, judged.fragmentation, judged.over_merge) == (1, 0, 0, 1, 1)
    assert (judged.purity, judged.completeness) == (pytest.approx(2 / 3), 0.5)
    assert (judged.delays_s, judged.detectable_delays_s, judged.facts) == ([90], [30], [3])
    assert (judged.reduction, judged.findings_per_s) == (0.99, 200)


def test_split_merged_and_false_incidents_are_told_apart() -> None:
    raised = [Raised(frozenset({1, 11}), 600), Raised(frozenset({2}), 120), Raised(frozenset({77, 78}), 50)]
    judged = metrics.judge([FIRST, SECOND], raised, days=1, alerts=30)
    assert (judged.false, judged.fragmentation, judged.over_merge) == (1, 1.5, 1.5)
    assert judged.purity == 1.0, "false incidents have their own figure"
    assert judged.delays_s == [20, 100]


def test_a_missed_attack_has_no_delay() -> None:
    judged = metrics.judge([FIRST], [], days=1, alerts=0)
    assert (judged.missed, judged.delays_s) == (1, [])
    assert all(map(math.isnan, (judged.purity, judged.fragmentation, judged.reduction, metrics.median([]))))


def test_inputs_add_up() -> None:
    one = metrics.judge([FIRST], [Raised(frozenset({1}), 110)], days=1, alerts=10)
    both = one.add(metrics.judge([SECOND], [], days=2, alerts=5))
    assert (both.attacks, both.found, both.days, both.alerts, both.delays_s) == (2, 1, 3, 15, [10])


@pytest.mark.parametrize(
    ("weights", "threshold", "needed"),
    [([1, 4, 0.5], 2, 1), ([1, 1, 1], 2, 2), ([0.5], 2, 1), ([], 2, 0)],
)
def test_explanation_length(weights: list[float], threshold: float, needed: int) -> None:
    assert metrics.facts_needed(weights, threshold) == needed


@pytest.mark.parametrize(
    ("told", "truth", "right"),
    [
        ("T1003.001", "T1003.001", True),
        ("T1003", "T1003.001", True),
        ("T1003.002", "T1003", True),
        ("T1003.002", "T1003.001", False),
        ("T1059", "T1003", False),
    ],
)
def test_a_technique_its_parent_or_a_closer_name(told: str, truth: str, right: bool) -> None:
    assert metrics.any_technique([told], [truth]) is right


def test_goals_are_found_again_in_a_result() -> None:
    goals = [metrics.Goal("recall", "≥ 0.90", "0.950", True, "0.310"), metrics.Goal("false", "0", "—")]
    table = metrics.goals_table(goals)
    text = "\n".join(["# Title", "", "| other | table |", "|---|---|", "", *table, "", "| goal |"])
    assert metrics.goals_rows(text) == table[2:]
    assert metrics.goals_rows("# nothing") == []
