"""Rules on disk: loading and its cache, adding, checking, testing."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.reference.making import document
from tocsin import rulebook
from tocsin.errors import ConfigError, InputError, RemoteError
from tocsin.rulebook import loading

RULE = document("s: {f: a}\ncondition: s", rule_id="mine")
OTHER = document("s: {f: b}\ncondition: s", rule_id="other")


@pytest.fixture
def empty_starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "starter"
    folder.mkdir()
    monkeypatch.setattr(loading, "STARTER", folder)
    return folder


def ids(book: rulebook.Rulebook) -> list[str]:
    return [rule.id for rule in book.rules]


def test_the_order_of_packs(empty_starter: Path, tmp_path: Path) -> None:
    data, given = tmp_path / "data", tmp_path / "given"
    for folder, title in ((empty_starter, "starter"), (data / "rules" / "added", "added"), (given, "given")):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "x.yml").write_text(RULE.replace("title: mine", f"title: {title}"), "utf-8")
    (given / "y.yml").write_text(OTHER, "utf-8")
    book = rulebook.load([given], data)
    assert [rule.title for rule in book.rules] == ["starter", "other"]
    assert [pack.name for pack in book.packs] == ["starter", "added", "given"]
    assert {skipped.path for skipped in book.skipped} == {str(data / "rules/added/x.yml"), str(given / "x.yml")}


def test_a_changed_file_is_parsed_anew_and_only_that(
    empty_starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "x.yml").write_text(RULE, "utf-8")
    (folder / "y.yml").write_text(OTHER, "utf-8")
    parsed: list[int] = []
    original = loading._parse_chunk
    monkeypatch.setattr(loading, "_parse_chunk", lambda texts: parsed.append(len(texts)) or original(texts))
    told: list[tuple[int, int]] = []
    assert ids(rulebook.load([folder], tmp_path, lambda done, total: told.append((done, total)))) == ["mine", "other"]
    assert ids(rulebook.load([folder], tmp_path)) == ["mine", "other"]
    assert (parsed, told) == ([2], [(2, 2)])
    (folder / "y.yml").write_text(OTHER.replace("f: b", "f: c"), "utf-8")
    book = rulebook.load([folder], tmp_path)
    assert parsed == [2, 1]
    assert "c" in str(book.rules[1].condition)


@pytest.mark.parametrize("junk", [b"", b"junk", b"\x93\x01\xa0\x80", None])
def test_a_broken_cache_costs_only_time(empty_starter: Path, tmp_path: Path, junk: bytes | None) -> None:
    (empty_starter / "x.yml").write_text(RULE, "utf-8")
    expected = rulebook.load([], tmp_path)
    for path in (tmp_path / "cache").iterdir():
        path.write_bytes(path.read_bytes()[:-3] if junk is None else junk)
    assert rulebook.load([], tmp_path) == expected
    assert rulebook.load([], tmp_path) == expected


def test_a_data_folder_that_is_a_file_is_no_error(empty_starter: Path, tmp_path: Path) -> None:
    (empty_starter / "x.yml").write_text(RULE, "utf-8")
    blocked = tmp_path / "blocked"
    blocked.write_text("", "utf-8")
    assert ids(rulebook.load([], blocked)) == ["mine"]


def test_several_processes_give_the_same(empty_starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(150):
        (empty_starter / f"{number:03}.yml").write_text(
            document("s: {f: a}\ncondition: s", rule_id=f"r{number}"), "utf-8"
        )
    one = rulebook.load([], tmp_path / "one")
    monkeypatch.setattr(loading, "_WORTH_PROCESSES", 2)
    assert rulebook.load([], tmp_path / "two") == one
    assert len(one.rules) == 150


def test_licences(empty_starter: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    (pack / "rules").mkdir(parents=True)
    (pack / "LICENSE").write_text("Detection Rule License (DRL) 1.1\n", "utf-8")
    (pack / "rules" / "x.yml").write_text(RULE, "utf-8")
    (pack / "rules" / "y.yml").write_text(OTHER + "license: MIT\n", "utf-8")
    assert [rule.license for rule in rulebook.load([pack / "rules"], tmp_path).rules] == ["DRL-1.1", "MIT"]


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such rules folder"):
        rulebook.load([tmp_path / "absent"], tmp_path)


def test_add_a_folder_and_a_file(empty_starter: Path, tmp_path: Path) -> None:
    pack = tmp_path / "My Pack"
    (pack / "sub").mkdir(parents=True)
    (pack / "sub" / "x.yml").write_text(RULE, "utf-8")
    (pack / "notes.txt").write_text("no rule", "utf-8")
    (pack / "LICENSE").write_text("Some licence\n", "utf-8")
    data = tmp_path / "data"
    added = rulebook.add(str(pack), data)
    assert (added.name, added.files, added.rules, added.skipped) == ("my-pack", 1, 1, 0)
    assert sorted(path.name for path in Path(added.folder).rglob("*") if path.is_file()) == ["LICENSE", "x.yml"]
    single = tmp_path / "y.yml"
    single.write_text(OTHER, "utf-8")
    assert rulebook.add(str(single), data).name == "y"
    assert ids(rulebook.load([], data)) == ["mine", "other"]
    (pack / "sub" / "x.yml").write_text("broken: [", "utf-8")
    assert rulebook.add(str(pack), data).skipped == 1
    assert ids(rulebook.load([], data)) == ["other"]


def test_add_an_archive_that_wants_out(empty_starter: Path, tmp_path: Path) -> None:
    archive = tmp_path / "pack.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("rules/x.yml", RULE)
        file.writestr("LICENSE", "Detection Rule License")
        for name in ("../out.yml", "/abs.yml", "a/../../out2.yml", "..\\out3.yml", "c:/out4.yml", "run.sh"):
            file.writestr(name, OTHER)
    data = tmp_path / "data"
    added = rulebook.add(str(archive), data)
    assert (added.name, added.files) == ("pack", 1)
    found = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if "out" in path.name)
    assert found == []
    assert rulebook.load([], data).rules[0].license == "DRL-1.1"


def test_add_what_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04" + b"\0" * 50 + b"PK\x05\x06" + b"\0" * 18)
    for source, error in (("absent", InputError), ("empty", InputError), ("broken.zip", InputError)):
        with pytest.raises(error):
            rulebook.add(str(tmp_path / source), tmp_path / "data")
    with pytest.raises(InputError, match="only https"):
        rulebook.add("http://example.org/rules.zip", tmp_path / "data")
    assert [path.name for path in (tmp_path / "data" / "rules").iterdir()] == []


def test_add_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(RemoteError, match="cannot be fetched"):
        rulebook.add("https://rules.invalid/pack.zip", tmp_path)


def test_check(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(RULE, "utf-8")
    (tmp_path / "b.yml").write_text(RULE, "utf-8")
    (tmp_path / "c.yml").write_text(document("s: {f: a}\ncondition: s and missing", rule_id="c"), "utf-8")
    (tmp_path / "d.yml").write_text(document("s: {f: a}\ncondition: s", "product: toaster", "d"), "utf-8")
    (tmp_path / "e.yml").write_text("title: x\ntitle: y\n", "utf-8")
    found = {(Path(one.path).name, one.line): (one.reason, one.warning) for one in rulebook.check([tmp_path])}
    assert set(found) == {("b.yml", 2), ("c.yml", 6), ("d.yml", 3), ("e.yml", 2)}
    assert "also that of" in found["b.yml", 2][0]
    assert found["d.yml", 3] == ("no probe gives events of this logsource: product=toaster", True)


TEST = "source: windows.sysmon\nfires:\n  - {EventID: 1, f: a}\nsilent:\n  - {EventID: 1, f: b}\n"
CORRELATION = """
title: many
id: many
correlation: {type: event_count, rules: [mine], group-by: [who], timespan: 10s, condition: {gte: 2}}
"""


def test_rule_tests(tmp_path: Path) -> None:
    cases = {
        "good": (RULE, TEST),
        "none": (RULE, None),
        "wrong": (RULE, TEST.replace("f: b", "f: A").replace("f: a}", "f: c}")),
        "broken": (RULE, "fires: 3"),
        "many": (
            f"{RULE}---{CORRELATION}",
            "source: windows.sysmon\n"
            "fires: [{f: a, who: x, _time: 1}, {f: a, who: x, _time: 5}]\n"
            "silent: [{f: a, who: x, _time: 1}, {f: a, who: x, _time: 50}, {f: a, who: y, _time: 50}]\n",
        ),
    }
    for name, (rule, test) in cases.items():
        (tmp_path / f"{name}.yml").write_text(rule, "utf-8")
        if test:
            (tmp_path / f"{name}.test.yml").write_text(test, "utf-8")
    results = {Path(result.path).stem: result for result in rulebook.test([tmp_path])}
    assert set(results) == set(cases)
    assert results["good"].failures == () and results["good"].fires == results["good"].silent == 1
    assert results["none"].untested
    assert results["wrong"].failures == ("event 1 of 'fires' does not fire", "event 1 of 'silent' fires: mine")
    assert "cannot be read" in results["broken"].failures[0]
    assert results["many"].failures == ()


def test_the_starter_pack() -> None:
    """Every rule that we ship has an event that fires it and one that does not."""
    results = rulebook.test([rulebook.STARTER])
    wrong = [result for result in results if result.failures or not (result.fires and result.silent)]
    assert not wrong
