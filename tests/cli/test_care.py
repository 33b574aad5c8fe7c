"""`tocsin care`: the answer on standard output, the rest on standard error, exit codes, both languages, 80 columns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.care.making import SITE, WHOLE, load
from tests.cli.conftest import Run


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("verb", [[], ["check"], ["show"], ["import"], ["diff"], ["export"]], ids=" ".join)
def test_every_verb_explains_itself_with_examples(run: Run, verb: list[str], lang: str) -> None:
    outcome = run("care", *verb, "--help", "--lang", lang)
    assert outcome.code == 0
    assert ("Examples:" if lang == "en" else "Exemples\u00a0:") in outcome.out
    assert max(len(line) for line in outcome.out.splitlines()) <= 80 or "tocsin care import" in outcome.out


def test_check_says_what_is_wrong_and_where(run: Run, tmp_path: Path) -> None:
    load(tmp_path / "care", SITE + "zones:\n  a: {class: A, kind: caer}\n")
    outcome = run("care", "check", "care")
    assert outcome.code == 2
    assert outcome.out.startswith(
        "care/a.yaml:3:23: fault: “caer” is not among the words possible here\n    Did you mean “care”?\n"
    )
    assert "1 fault" in outcome.err
    french = run("care", "check", "care", "--lang", "fr")
    assert "care/a.yaml:3:23\u00a0: défaut\u00a0:" in french.out or "care/a.yaml:3:23: défaut" in french.out
    assert "«\u00a0care\u00a0»" in french.out


def test_check_as_json(run: Run, tmp_path: Path) -> None:
    load(tmp_path / "care", SITE + "zones:\n  a: {kind: care}\n")
    outcome = run("care", "check", "care", "--format", "json")
    first = json.loads(outcome.out.splitlines()[0])
    assert (first["kind"], first["file"], first["line"], first["column"]) == ("fault", "care/a.yaml", 3, 3)
    assert outcome.code == 2


def test_advice_counts_only_when_asked(run: Run, tmp_path: Path) -> None:
    load(tmp_path / "care", WHOLE)
    assert run("care", "check", "care").code == 0
    assert run("care", "check", "care", "--strict").code == 2
    assert run("care", "check", "small", "--strict").code == 0


def test_no_such_map(run: Run) -> None:
    outcome = run("care", "check", "gone")
    assert outcome.code == 3
    assert "gone: no such folder" in outcome.err
    assert "small" in outcome.err


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_show_fits_the_terminal(run: Run, lang: str) -> None:
    outcome = run("care", "show", "small", "--lang", lang)
    assert outcome.code == 0
    assert max(len(line) for line in outcome.out.splitlines()) <= 80
    for word in ("Urgences et SMUR", "Dossier patient informatisé", "Sauvegardes"):
        assert word in outcome.out


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_show_what_stops(run: Run, lang: str) -> None:
    outcome = run("care", "show", "small", "--suspect", "pacs-cache-01", "--lang", lang)
    assert ("degraded mode" if lang == "en" else "mode dégradé") in outcome.out
    assert "fiche U-07" in outcome.out
    assert max(len(line) for line in outcome.out.splitlines()) <= 80
    assert run("care", "show", "small", "--suspect", "10.20.30.40").code == 2


def test_show_as_json(run: Run) -> None:
    outcome = run("care", "show", "small", "--suspect", "pacs-01=0.5", "--suspect", "pacs-02=0.5", "--format", "json")
    whole = json.loads(outcome.out)
    risks = {one["id"].partition("/")[2]: one["risk"] for one in whole["services"]}
    assert risks["imagerie"] == 0.25
    assert risks["pharmacie"] == 0


def test_an_unknown_suspect_is_told_with_the_nearest(run: Run) -> None:
    outcome = run("care", "show", "small", "--suspect", "pasc-01")
    assert outcome.code == 2
    assert "Did you mean “pacs-01”?" in outcome.err


def test_import_shows_then_writes(run: Run, tmp_path: Path) -> None:
    load(tmp_path / "care", WHOLE)
    Path("serveurs.csv").write_text("nom;ip\nneuf;10.2.0.99\n")
    dry = run("care", "import", "care", "serveurs.csv", "--dry-run")
    assert (dry.code, dry.out) == (0, "hosts (1)\n  + ch/neuf\n")
    assert not Path("care/imported-csv.yaml").exists()
    assert run("care", "import", "care", "serveurs.csv").code == 0
    assert "neuf" in Path("care/imported-csv.yaml").read_text()
    Path("serveurs.csv").write_text("nom;ip\nfaux;10.2.0.999\n")
    wrong = run("care", "import", "care", "serveurs.csv", "--lang", "fr")
    assert wrong.code == 2
    assert "serveurs.csv:2:2" in wrong.out
    assert run("care", "import", "care", "serveurs.csv", "--kind", "cats").code == 2


def test_diff(run: Run, tmp_path: Path) -> None:
    load(tmp_path / "old", WHOLE)
    load(tmp_path / "new", WHOLE.replace("pc-bureau:", "pc-neuf:"))
    assert run("care", "diff", "old", "old").code == 0
    outcome = run("care", "diff", "old", "new")
    assert (outcome.code, outcome.out) == (1, "hosts (2)\n  - ch/pc-bureau\n  + ch/pc-neuf\n")
    records = [json.loads(line) for line in run("care", "diff", "old", "new", "--format", "json").out.splitlines()]
    assert [one["kind"] for one in records] == ["removed", "added"]


def test_diff_with_what_was_seen(run: Run, tmp_path: Path) -> None:
    load(tmp_path / "old", WHOLE)
    seen = "origin: {known: observed, by: probes}\nflows:\n  - {from: scan-01, to: internet, ports: tcp/443}\n"
    load(tmp_path / "new", WHOLE, seen=seen)
    outcome = run("care", "diff", "old", "new")
    assert "not declared, but seen\n  scan-01 → internet tcp/443" in outcome.out
    assert "declared, never seen" in outcome.out


def test_export(run: Run) -> None:
    assert run("care", "export", "small").code == 2
    assert run("care", "export", "small", "--csv", "tables", "--svg", "map.svg", "--lang", "fr").code == 0
    assert Path("tables/hosts.csv").read_bytes().startswith(b"\xef\xbb\xbfname,")
    assert "Services de soins" in Path("map.svg").read_text("utf-8")
    assert run("care", "export", "small", "--svg", "zones.svg", "--by", "zone").code == 0
    assert "Internet" in Path("zones.svg").read_text("utf-8")
