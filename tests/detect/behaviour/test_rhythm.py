"""How regular contacts are: the likelihood against chance, of many pairs at once."""

from __future__ import annotations

import numpy as np
import pytest

from tocsin.detect.behaviour.rhythm import CAP, Rhythm, rhythm


def judged(*lines: list[float], size: float = 100.0) -> Rhythm:
    """Judge lines of starts in seconds, all of one size."""
    width = max(map(len, lines))
    times = np.array([[*line, *[line[-1]] * (width - len(line))] for line in lines]) * 1e6
    sizes = np.full(times.shape, size, np.float32)
    return rhythm(times.astype(np.int64), sizes, np.array([len(line) for line in lines]))


def timer(every: float, number: int, jitter: float = 0.0, seed: int = 1) -> list[float]:
    drawn = np.random.default_rng(seed)
    return np.cumsum(every * (1 + jitter * drawn.uniform(-1, 1, number))).tolist()


def chance(mean: float, number: int, seed: int = 1) -> list[float]:
    return np.cumsum(np.random.default_rng(seed).exponential(mean, number)).tolist()


def test_a_timer() -> None:
    found = judged(timer(300, 60))
    assert found.evidence[0] > 9
    assert (found.period_s[0], found.width[0], found.near[0], found.same_size[0]) == (300, 0.05, 1.0, 1.0)


@pytest.mark.parametrize("jitter", [0.1, 0.2, 0.5])
@pytest.mark.parametrize("every", [60, 600, 1800])
def test_jitter(every: float, jitter: float) -> None:
    found = judged(timer(every, max(40, int(7_200 / every)), jitter))
    assert found.evidence[0] > 4
    assert found.period_s[0] == pytest.approx(every, rel=0.25)


def test_less_evidence_the_more_jitter_and_the_fewer_calls() -> None:
    by_jitter = [judged(timer(600, 30, jitter)).evidence[0] for jitter in (0.0, 0.2, 0.5, 0.8)]
    assert by_jitter == sorted(by_jitter, reverse=True)
    by_number = [judged(timer(600, number)).evidence[0] for number in (4, 8, 16, 32)]
    assert by_number == sorted(by_number)


def test_chance_gives_little() -> None:
    assert judged(*(chance(600, 40, seed) for seed in range(200))).evidence.max() < 3


def test_equal_sizes_double() -> None:
    assert judged(timer(300, 60)).evidence[0] == pytest.approx(2 * judged(timer(300, 60), size=-1.0).evidence[0])


@pytest.mark.parametrize(
    "line",
    [[0.0], [0.0, 300.0], [0.0, 300.0, 600.0], [5.0] * 50, timer(1.0, 500), [0, 1, 300, 301, 600, 601]],
    ids=["one", "two", "three", "all at once", "one page", "three with retries"],
)
def test_too_little_to_say(line: list[float]) -> None:
    assert judged(line).evidence[0] < 1.0


@pytest.mark.parametrize("mean", [0.2, 1.0, 3.0])
def test_what_comes_all_the_time_is_no_timer(mean: float) -> None:
    """Merging makes of it contacts every two seconds."""
    assert judged(chance(mean, int(9_000 / mean))).evidence[0] < 2.0


def test_retries_and_pictures_of_a_page_are_one_contact() -> None:
    plain = timer(300, 60)
    found = judged(sorted(plain + [one + 1 for one in plain] + [one + 15 for one in plain[::3]]))
    assert found.starts[0] == 60
    assert found.period_s[0] == 300


def test_asleep_at_night() -> None:
    line = timer(600, 40)
    night = [one + 12 * 3600 for one in line]
    assert judged(line + [one + line[-1] for one in night]).near[0] == 1.0


def test_half_an_hour_is_not_persistence() -> None:
    assert judged(timer(30, 60)).evidence[0] < judged(timer(120, 60)).evidence[0]


def test_short_bursts_for_days_are_not_persistence() -> None:
    bursts = [day * 86_400 + second for day in range(5) for second in timer(3, 60)]
    assert judged(bursts).evidence[0] < 2


def test_the_cap_is_never_reached() -> None:
    assert CAP - 2 < judged(timer(300, 512)).evidence[0] < CAP


def test_one_line_is_not_changed_by_the_others() -> None:
    lines = [timer(300, 60, 0.3), chance(500, 20), [0.0], timer(3600, 5)]
    together = judged(*lines)
    for at, line in enumerate(lines):
        alone = judged(line)
        assert [column[at] for column in together] == [column[0] for column in alone]


def test_order_does_not_matter() -> None:
    line = timer(300, 60, 0.3)
    assert judged(line[::-1]).evidence[0] == judged(line).evidence[0]


def test_absurd_times() -> None:
    """The first moments of the Unix clock and the last ones that a log can hold."""
    found = judged([0.0, 9e10, 300.0, -9e10, 600.0, 1e3], [0.0] * 6)
    assert np.isfinite(found.evidence).all()
