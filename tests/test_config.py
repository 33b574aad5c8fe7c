"""The configuration: strict, helpful, and an empty file runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin import config
from tocsin.errors import ConfigError


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Stand in an empty folder with no variable of ours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(config, "PLACES", (Path("tocsin.toml"),))
    for key in ("CONFIG", *config.KEYS):
        monkeypatch.delenv(f"TOCSIN_{key.upper()}", raising=False)


def written(text: str) -> str:
    Path("mine.toml").write_text(text, "utf-8")
    return "mine.toml"


def test_an_empty_file_runs() -> None:
    loaded = config.load(written(""))
    assert loaded.settings.site == "local"
    assert set(loaded.origins.values()) == {"default"}


def test_no_file_runs() -> None:
    assert config.load().file is None


def test_search_order(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("tocsin.toml").write_text('site = "here"')
    assert config.load().settings.site == "here"
    Path("named.toml").write_text('site = "named"')
    monkeypatch.setenv("TOCSIN_CONFIG", "named.toml")
    assert config.load().settings.site == "named"
    assert config.load(written('site = "asked"')).settings.site == "asked"


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_SITE", "ch-lunel")
    monkeypatch.setenv("TOCSIN_RULES", "/a:/b")
    loaded = config.load(written('site = "x"\nworkers = 2'))
    assert loaded.settings.site == "ch-lunel"
    assert loaded.settings.rules == ("/a", "/b")
    assert loaded.origins["site"] == "TOCSIN_SITE"
    assert loaded.origins["workers"] == "mine.toml"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('# x\nsyte = "a"', "unknown key “syte” in mine.toml line 2", "Did you mean “site”?"),
        ("[probes]\nx = 1", "unknown key “probes” in mine.toml line 1", "All keys: tocsin config"),
        ("[zz.yy]\nx = 1", "unknown key “zz” in mine.toml line 1", "All keys: tocsin config"),
        ("site = 3", "site (from mine.toml): input should be a valid string", "hospital"),
        ('lang = "de"', "lang (from mine.toml): input should be", "Language"),
        ("workers = -1", "workers (from mine.toml): input should be greater", "Worker"),
        ("site = ", "mine.toml is not valid TOML", "tocsin config --example"),
        ("site = '\udcff'", "mine.toml is not valid TOML", "tocsin config --example"),
    ],
)
def test_faults_are_named(text: str, message: str, hint: str) -> None:
    Path("mine.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError) as raised:
        config.load("mine.toml")
    assert message in str(raised.value)
    assert hint in raised.value.hint


def test_an_unknown_variable_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_WORKER", "2")
    with pytest.raises(ConfigError, match="unknown key “worker” in the variable TOCSIN_WORKER") as raised:
        config.load()
    assert "“workers”" in raised.value.hint


def test_a_file_asked_for_must_exist() -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml"):
        config.load("gone.toml")


def test_every_setting_has_a_sentence() -> None:
    for line in config.lines(config.load()):
        assert line.sentence.endswith(".")


@pytest.mark.parametrize("value", ['a"b\\c\n', ("a", "b"), 3, "é"])
def test_values_are_written_as_toml(value: object) -> None:
    import tomllib

    read = tomllib.loads(f"x = {config.toml(value)}")["x"]
    assert read == (list(value) if isinstance(value, tuple) else value)
