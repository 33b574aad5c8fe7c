"""`tocsin care observe` and `diff --observed`: what probes saw, in 80 columns, as JSON, as files; exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.discover.traffic import a_day
from tocsin.care import files


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    wire = a_day(tmp_path / "logs")
    wire.lease("10.20.11.250", "10.20.1.10", "00:a0:c9:00:00:99", "pc-\x1b[2Jinconnu")
    wire.flow("10.20.11.250", "10.20.2.11", 443, "ssl")
    wire.flow("10.20.14.12", "198.51.100.7", 443, "ssl")
    return tmp_path / "logs"


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("verb", ["observe", "diff"])
def test_help(run: Run, verb: str, lang: str) -> None:
    outcome = run("care", verb, "--help", "--lang", lang)
    assert outcome.code == 0
    assert "--observed" in outcome.out or "--out" in outcome.out
    assert max(len(line) for line in outcome.out.splitlines() if "tocsin care" not in line) <= 80


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_observe_fits_the_terminal(run: Run, logs: Path, lang: str) -> None:
    outcome = run("care", "observe", "logs", "--map", "small", "--all", "--lang", lang)
    assert outcome.code == 0
    assert max(len(line) for line in outcome.out.splitlines()) <= 80
    assert "\x1b" not in outcome.out
    assert "modality                  3  ct-01 (Siemens Healthineers)" in outcome.out
    assert ("gives Kerberos tickets" if lang == "en" else "délivre des tickets Kerberos") in outcome.out


def test_observe_without_a_map(run: Run, logs: Path) -> None:
    outcome = run("care", "observe", "logs")
    assert outcome.code == 0
    assert "domain_controller" in outcome.out
    assert "in the map" not in outcome.out


def test_makers_from_a_file(run: Run, logs: Path) -> None:
    Path("oui.txt").write_text("00-A0-C9   (hex)\t\tExemple SA\n")
    assert "Exemple SA" in run("care", "observe", "logs", "--all", "--oui", "oui.txt").out
    Path("empty.txt").write_text("nothing\n")
    wrong = run("care", "observe", "logs", "--oui", "empty.txt")
    assert (wrong.code, "no maker in this file" in wrong.err) == (3, True)
    assert run("care", "observe", "logs", "--oui", "gone.txt").code == 3


def test_observe_as_json(run: Run, logs: Path) -> None:
    records = [json.loads(line) for line in run("care", "observe", "logs", "--format", "json").out.splitlines()]
    assert [records[0]["type"], records[1]["type"], records[-1]["type"]] == ["observed", "machine", "flow"]
    assert run("care", "observe", "gone").code == 3


def test_what_was_written_can_be_compared(run: Run, logs: Path) -> None:
    outcome = run("care", "observe", "logs", "--map", "small", "--out", "seen", "--quiet")
    assert (outcome.code, outcome.out) == (0, "")
    assert {file.name for file in Path("seen").iterdir()} == {"observed.jsonl", "observed-ch-valbrume.yaml"}
    from_logs = run("care", "diff", "small", "--observed", "logs")
    from_file = run("care", "diff", "small", "--observed", "seen")
    assert from_logs.code == from_file.code == 1
    assert from_logs.out == from_file.out
    Path("seen/observed.jsonl").write_text("{}\n")
    assert run("care", "diff", "small", "--observed", "seen").code == 3
    assert run("care", "observe", "logs", "--out", "oui.txt").code == 0
    Path("file").write_text("")
    assert run("care", "observe", "logs", "--out", "file").code == 2


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_diff_tells_the_gravest_first(run: Run, logs: Path, lang: str) -> None:
    outcome = run("care", "diff", "small", "--observed", "logs", "--lang", lang)
    assert outcome.code == 1
    assert max(len(line) for line in outcome.out.splitlines()) <= 80
    lines = outcome.out.splitlines()
    stranger, forbidden = (
        next(n for n, line in enumerate(lines) if text in line) for text in ("10.20.11.250", "ct-02")
    )
    assert stranger < forbidden
    assert (
        "ask: biomédical, poste 7500" if lang == "en" else "demander à\u00a0: biomédical, poste 7500"
    ) in outcome.out


def test_diff_as_json(run: Run, logs: Path) -> None:
    records = [
        json.loads(line)
        for line in run("care", "diff", "small", "--observed", "logs", "--format", "json").out.splitlines()
    ]
    assert records[0]["kind"] == "stranger_in_care"
    assert records[0]["life_class"] == "A"
    (forbidden,) = [one for one in records if one["kind"] == "forbidden"]
    assert (forbidden["sources"], forbidden["targets"], forbidden["times"]) == (["ct-02"], ["internet"], 1)


def test_diff_needs_one_thing_to_compare_with(run: Run) -> None:
    assert run("care", "diff", "small").code == 2
    assert run("care", "diff", "small", "small", "--observed", "x").code == 2


def test_a_group_needs_the_site(run: Run, logs: Path, tmp_path: Path) -> None:
    for name in ("un", "deux"):
        (tmp_path / "group" / name).mkdir(parents=True)
        (tmp_path / "group" / name / "a.yaml").write_text(f"site: {{name: {name}}}\n")
    outcome = run("care", "observe", "logs", "--map", "group")
    assert (outcome.code, "--site: deux, un" in outcome.err) == (2, True)
    assert run("care", "observe", "logs", "--map", "group", "--site", "un", "--quiet").code == 0
    assert files.shipped()
