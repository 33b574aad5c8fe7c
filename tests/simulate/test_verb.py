"""`tocsin simulate` as a user meets it: what it writes, how it refuses, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run, run

__all__ = ["run"]

PLOT = """
plot: {name: mine, label: A file, begin: day 1 10:00}
cast: {desk: {role: workstation}, who: {account: person}}
steps:
  - {do: logon, technique: T1078, on: desk, by: who, kind: interactive}
"""


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_it_explains_itself_with_examples(run: Run, lang: str) -> None:
    outcome = run("simulate", "--help", "--lang", lang)
    assert outcome.code == 0
    assert ("Examples:" if lang == "en" else "Exemples\u00a0:") in outcome.out


def test_it_writes_logs_and_the_truth_beside_them(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(PLOT)
    outcome = run("simulate", "small", "--out", "sim", "--plot", "mine.yaml", "--only-plots", "--workers", "1")
    assert outcome.code == 0
    assert "sim/logs" in outcome.out
    assert (tmp_path / "sim" / "truth.jsonl").read_text().count("\n") == 3
    assert list((tmp_path / "sim" / "logs").rglob("windows*.json"))
    again = run("simulate", "small", "--out", "sim", "--only-plots")
    assert again.code == 3
    assert "files in it already" in again.err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("simulate", "nowhere", "--out", "x"), 3, "nowhere"),
        (("simulate", "small", "--out", "x", "--plot", "s99"), 3, "no such plot"),
        (("simulate", "small", "--out", "x", "--sources", "zeek,radio"), 2, "radio"),
        (("simulate", "small", "--out", "x", "--faults", "many"), 2, "many"),
        (("simulate", "small", "--out", "x", "--start", "monday"), 2, "monday"),
        (("simulate", "small", "--out", "x", "--days", "0"), 2, "--days"),
    ],
)
def test_it_refuses_with_a_reason(run: Run, arguments: tuple[str, ...], code: int, says: str) -> None:
    outcome = run(*arguments)
    assert outcome.code == code
    assert says in outcome.err
    french = run(*arguments, "--lang", "fr")
    assert french.code == code
    assert french.err != outcome.err


def test_a_wrong_plot_is_told_line_by_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(PLOT.replace("do: logon", "do: logn"))
    outcome = run("simulate", "small", "--out", "sim", "--plot", "mine.yaml")
    assert outcome.code == 3
    assert "mine.yaml:5:10" in outcome.err
    assert "logon" in outcome.err
