"""`tocsin scan`: options reach the pipeline, the answer reaches the right stream, exit codes say what happened."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import FakePipeline, Run
from tests.report.samples import HOSTILE_RESULT, QUIET, T0
from tocsin import clock
from tocsin.errors import InputError, RemoteError


def test_prints_the_answer_on_one_screen(run: Run, fake: FakePipeline) -> None:
    outcome = run("scan", "logs")
    assert outcome.code == 0
    assert outcome.out.startswith("◆ CRITICAL  urgency 94")
    assert outcome.err == ""
    assert "\x1b" not in outcome.out


def test_options_reach_the_pipeline(run: Run, fake: FakePipeline, tmp_path: Path) -> None:
    Path("tocsin.toml").write_text('site = "ch-lunel"\nrules = ["a"]\nworkers = 3\n')
    run("scan", "one", "-", "--since", "2026-11-02T02:14", "--until", "2026-11-02", "--rules", "b", "--rules", "c")
    options = fake.options
    assert options
    assert options.paths == ("one", "-")
    assert options.site == "ch-lunel"
    assert options.rules == ("a", "b", "c")
    assert options.workers == 3
    assert options.data_dir == str(tmp_path / "data")
    assert options.since_us == T0
    assert options.until_us == T0 - (2 * 60 + 14) * 60_000_000 + 86_400_000_000 - 1
    run("scan", "one", "--site", "ch-millau", "--workers", "1")
    assert fake.options
    assert (fake.options.site, fake.options.workers) == ("ch-millau", 1)


def test_relative_times_count_from_now(run: Run, fake: FakePipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now_us", lambda: T0)
    run("scan", "logs", "--since", "24h", "--until", "90min")
    assert fake.options
    assert fake.options.since_us == T0 - 86_400_000_000
    assert fake.options.until_us == T0 - 5_400_000_000


def test_json_is_all_that_stands_on_standard_output(run: Run, fake: FakePipeline) -> None:
    outcome = run("scan", "logs", "--json", "-v")
    lines = [json.loads(line) for line in outcome.out.splitlines()]
    assert [line["type"] for line in lines] == ["incident", "summary"]


@pytest.mark.parametrize(
    ("level", "code"),
    [("critical", 1), ("high", 1), ("94", 1), ("95", 0), ("100", 0), ("informational", 1), ("CRITICAL", 1)],
)
def test_fail_on(run: Run, fake: FakePipeline, level: str, code: int) -> None:
    assert run("scan", "logs", "--fail-on", level).code == code


def test_fail_on_without_incident(run: Run, fake: FakePipeline) -> None:
    fake.result = QUIET
    assert run("scan", "logs", "--fail-on", "informational").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fail-on", "terrible"], "“terrible” is no level"),
        (["--fail-on", "101"], "“101” is no level"),
        (["--since", "yesterday"], "“yesterday” is no time"),
        (["--html", "no/such/folder/x.html"], "no/such/folder: no such folder"),
        (["--rejects", "."], ". cannot be written"),
        (["--config", "none.toml"], "none.toml: no such configuration file"),
        (["--nonsense"], "there is no option --nonsense."),
        (["--workers", "many"], "--workers: "),
    ],
)
def test_wrong_usage_is_one_block_and_exit_2(run: Run, fake: FakePipeline, arguments: list[str], said: str) -> None:
    outcome = run("scan", "logs", *arguments)
    assert outcome.code == 2
    assert said in outcome.err
    assert outcome.err.startswith("error: ")
    assert len(outcome.err.splitlines()) == 2
    assert "Traceback" not in outcome.err
    assert outcome.out == ""
    assert fake.options is None


def test_errors_have_their_exit_codes(run: Run, fake: FakePipeline) -> None:
    fake.error = InputError("x\x1b[2J: no such file or folder", "Check the path.")
    outcome = run("scan", "x")
    assert outcome.code == 3
    assert outcome.err == "error: x\\x1b[2J: no such file or folder\n  hint: Check the path.\n"
    fake.error = RemoteError("gone")
    assert run("scan", "x").code == 5
    fake.error = KeyboardInterrupt()
    outcome = run("scan", "x")
    assert outcome.code == 130
    assert outcome.err.strip().startswith("Interrupted")


def test_debug_shows_the_traceback(run: Run, fake: FakePipeline) -> None:
    from tocsin import cli

    fake.error = InputError("gone")
    with pytest.raises(InputError):
        cli.main(["scan", "x", "--debug"])


def test_quiet_leaves_only_files_and_the_exit_code(run: Run, fake: FakePipeline) -> None:
    outcome = run("scan", "logs", "--quiet", "--html", "night.html", "--fail-on", "high")
    assert outcome == (1, "", "")
    assert "<!doctype html>" in Path("night.html").read_text()


def test_writes_page_and_rejects(run: Run, fake: FakePipeline) -> None:
    outcome = run("scan", "logs", "--html", "night.html", "--rejects", "rejects.jsonl", "--lang", "fr")
    assert '<html lang="fr">' in Path("night.html").read_text()
    assert [json.loads(line)["offset"] for line in Path("rejects.jsonl").read_text().splitlines()] == [77, 5]
    assert "rejects.jsonl contient les 2 premiers des 212 enregistrements illisibles" in outcome.err
    assert "Écrit\u00a0: night.html" in outcome.err


def test_speaks_french_in_a_french_locale(run: Run, fake: FakePipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert "CRITIQUE" in run("scan", "logs").out
    assert fake.voice
    assert fake.voice.lang == "fr"
    assert fake.voice.say("At {when}: {what}.") == "À {when}\u00a0: {what}."
    assert "CRITICAL" in run("scan", "logs", "--lang", "en").out
    Path("tocsin.toml").write_text('lang = "en"\n')
    assert "CRITICAL" in run("scan", "logs").out
    assert "il manque CHEMIN..." in run("scan").err


def test_hostile_logs_cannot_write_on_the_terminal(run: Run, fake: FakePipeline) -> None:
    fake.result = HOSTILE_RESULT
    for arguments in (["-vv"], ["--json"], []):
        outcome = run("scan", "logs", *arguments)
        assert not [char for char in outcome.out if (ord(char) < 32 and char != "\n") or 0x7F <= ord(char) < 0xA0]


SCRIPT = """
import sys
from tests.report.samples import RESULT
from tocsin import cli, pipeline
big = pipeline.ScanResult(RESULT.incidents * 3000, RESULT.summary)
pipeline.scan = lambda options, progress, voice: big
cli.main(["scan", "logs", "--json", "--lang", "en"])
"""


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    command = f"{sys.executable} -c '{SCRIPT}' | head -n 1 | cut -c 1-19"
    done = subprocess.run(["bash", "-c", command], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == '{"type":"incident",\n'
    assert done.stderr == ""
