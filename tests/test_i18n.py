"""The French catalogue: complete, compiled, faithful to its placeholders, and written as French is."""

from __future__ import annotations

import re
import string

import pytest
from scripts import i18n as gathering

from tocsin import i18n
from tocsin.model import attack

CATALOGUE = gathering.french()
MESSAGES = [message for message in CATALOGUE if message.id]


def texts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def translated(source: str | tuple[str, ...]) -> bool:
    return source in CATALOGUE and all(texts(CATALOGUE[source].string))


def test_every_text_is_translated() -> None:
    gathered = gathering.gather()
    missing = [message.id for message in gathered if message.id and not translated(message.id)]
    assert not missing, f"make i18n, then translate: {missing}"
    gone = [message.id for message in MESSAGES if message.id not in gathered]
    assert not gone, f"make i18n: no longer in the sources: {gone}"


def test_titles_of_rules_are_among_them() -> None:
    titles = {title for _, title in gathering.rule_titles()}
    assert "LSASS Dump Command" in titles
    assert all(translated(title) and CATALOGUE[title].string != title for title in titles)
    assert len({CATALOGUE[title].string for title in titles}) == len(titles), "two rules under one French title"
    assert not [title for title in titles if CATALOGUE[title].string.endswith(".")]


def test_the_compiled_catalogue_is_that_of_the_source() -> None:
    compiled = gathering.FRENCH.with_suffix(".mo").read_bytes()
    assert compiled == gathering.compiled(gathering.FRENCH.read_bytes()), "make i18n"


def fields(text: str) -> set[str]:
    return {f"{name}:{spec}" for _, name, spec, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: texts(message.id)[0][:40])
def test_placeholders_survive(message) -> None:
    wanted = fields(texts(message.id)[-1])
    for text in texts(message.string):
        assert fields(text) <= wanted
    assert fields(texts(message.string)[-1]) == wanted


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: texts(message.id)[0][:40])
def test_french_typography(message) -> None:
    for text in texts(message.string):
        typography(text)


@pytest.mark.parametrize("technique", sorted(attack.techniques()))
def test_french_typography_of_techniques(technique: str) -> None:
    typography(attack.full_name(technique, "fr"))


def typography(text: str) -> None:
    prose = re.sub(r"\{[^}]*\}", "x", text)
    assert not re.search(r"\w'\w", prose), "’, not '"
    assert not re.search(r" [:;?!»]", prose), "a no-break space before : ; ? ! »"
    assert not re.search(r"[\w)»][;?!](\s|$)", prose), "a narrow no-break space before ; ? !"
    assert not re.search(r"[\w)»]:(\s|$)", prose), "a no-break space before :"
    assert "« " not in prose
    assert '"' not in prose


@pytest.mark.parametrize(
    ("asked", "environ", "lang"),
    [
        (None, {}, "en"),
        (None, {"LANG": "fr_FR.UTF-8"}, "fr"),
        (None, {"LANG": "fr_CH"}, "fr"),
        (None, {"LC_ALL": "C.UTF-8", "LANG": "fr_FR.UTF-8"}, "en"),
        (None, {"LC_MESSAGES": "fr_FR", "LANG": "en_GB"}, "fr"),
        (None, {"LC_ALL": "", "LANG": "fr"}, "fr"),
        ("en", {"LANG": "fr_FR"}, "en"),
        ("fr", {}, "fr"),
        ("de", {"LANG": "de_DE"}, "en"),
    ],
)
def test_choice_of_language(asked: str | None, environ: dict[str, str], lang: str) -> None:
    assert i18n.language(asked, environ) == lang


def test_a_translator_per_language() -> None:
    assert i18n.translator("fr")("high") == "élevé"
    assert i18n.translator("en")("high") == "high"
    assert i18n.translator("fr")("a text that nobody marked") == "a text that nobody marked"
    assert i18n.translator("fr")("") == ""
    assert i18n.catalogue("fr").ngettext("{n} event", "{n} events", 0) == "{n} événement"
