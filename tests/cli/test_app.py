"""The command line as a whole: help in two languages, documented verbs, completion, and a quick start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from scripts.cli_reference import reference

from tests.cli.conftest import FakePipeline, Run
from tocsin import __version__, config

ROOT = Path(__file__).parents[2]
VERBS = [
    ["scan"],
    ["demo"],
    ["doctor"],
    ["config"],
    ["rules"],
    ["rules", "list"],
    ["rules", "check"],
    ["rules", "test"],
]
VERBS += [["rules", "add"]]


def test_version(run: Run) -> None:
    assert run("--version").out == f"tocsin {__version__}\n"


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_explains_itself_with_examples(run: Run, verb: list[str], lang: str) -> None:
    outcome = run(*verb, "--help", "--lang", lang)
    assert outcome.code == 0
    assert outcome.out.startswith("Usage: tocsin" if lang == "en" else "Usage\u00a0: tocsin")
    assert ("Examples:" if lang == "en" else "Exemples\u00a0:") in outcome.out
    assert "--lang fr|en" in outcome.out
    assert "[required]" not in outcome.out


def test_no_verb_shows_the_help(run: Run) -> None:
    outcome = run()
    assert outcome.code == 2
    assert "tocsin demo" in outcome.err


def test_a_wrong_verb_is_named(run: Run) -> None:
    outcome = run("scna", "x")
    assert outcome.code == 2
    assert "scna" in outcome.err


def test_the_reference_is_what_the_help_says(golden) -> None:
    golden(ROOT / "docs" / "cli.md", reference())


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    for key in config.KEYS:
        assert f"`{key}`" in text
        assert f"`TOCSIN_{key.upper()}`" in text


def test_help_imports_nothing_heavy() -> None:
    script = "import sys\nfrom tocsin import cli\ntry:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
    script += "print(*sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    heavy = {
        "rich",
        "pydantic",
        "jinja2",
        "hyperscan",
        "evtx",
        "yaml",
        "orjson",
        "sigma",
        "tocsin.pipeline",
        "tocsin.probes",
    }
    assert not heavy & set(done.stderr.split())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    environ = os.environ | {"_TOCSIN_COMPLETE": f"source_{shell}", "PYTHONPATH": str(ROOT / "src")}
    script = "from tocsin import cli; cli.main([])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environ)
    assert "_TOCSIN_COMPLETE" in done.stdout
    words = {"COMP_WORDS": "tocsin do", "COMP_CWORD": "1", "_TYPER_COMPLETE_ARGS": "tocsin do"}
    environ = environ | words | {"_TOCSIN_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environ)
    assert "doctor" in done.stdout


def test_a_fault_of_ours_is_one_line(tmp_path: Path) -> None:
    script = "from tocsin import cli\nfrom tocsin.cli import doctor\ndoctor.EXAMINATIONS = (1,)\ncli.main(['doctor'])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"LANG": "C.UTF-8"},
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: Tocsin failed: TypeError")
    assert "Traceback" not in done.stderr


def test_demo_ends_with_the_page_and_cleans_up(run: Run, fake: FakePipeline, tmp_path: Path) -> None:
    outcome = run("demo")
    page = tmp_path / "data" / "demo" / "night.html"
    assert outcome.code == 0
    assert page.as_uri() in outcome.out
    assert outcome.out.startswith("Exercise")
    assert page.exists()
    assert run("demo", "--clean").code == 0
    assert not page.exists()
    assert "Nothing to remove" in run("demo", "--clean").out


def test_config_says_where_each_value_comes_from(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("tocsin.toml").write_text('site = "ch-lunel"\n')
    monkeypatch.setenv("TOCSIN_WORKERS", "2")
    out = run("config").out
    assert 'site = "ch-lunel"  (tocsin.toml)' in out
    assert "workers = 2  (TOCSIN_WORKERS)" in out
    assert "rules = []  (default)" in out
    for key in config.KEYS:
        assert f"\n{key} = " in out


def test_the_example_configuration_is_one(run: Run) -> None:
    text = run("config", "--example").out
    Path("tocsin.toml").write_text(text)
    assert run("config").code == 0
    Path("tocsin.toml").write_text(text.replace("\n# site", "\nsite").replace("\n# workers", "\nworkers"))
    assert 'site = "local"  (tocsin.toml)' in run("config").out
