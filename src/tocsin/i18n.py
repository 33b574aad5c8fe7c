"""The languages in which Tocsin speaks to people: English, as written in the code, and French.

Enters: a language asked for, the environment's locale, English texts. Leaves: the same texts in that language.
Texts are marked where they stand: `_("…")` translates now, `N_("…")` marks for later, `n_("one", "many", n)` counts.
Source: GNU gettext; catalogues in `locale/<language>/LC_MESSAGES/tocsin.po`, compiled by `make i18n`.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("en", "fr")
DOMAIN = "tocsin"
FOLDER = Path(__file__).parent / "locale"

_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


class _Speech:
    """The language of this process: set once, when the command line is read."""

    lang = "en"


def language(asked: str | None, environ: Mapping[str, str]) -> str:
    """Choose the language: the one asked for, else French in a French locale, else English."""
    if asked in LANGUAGES:
        return str(asked)
    locale = next((environ[name] for name in _LOCALE_VARIABLES if environ.get(name)), "")
    return "fr" if locale.lower().startswith("fr") else "en"


@lru_cache(maxsize=4)
def catalogue(lang: str) -> gettext.NullTranslations:
    """Give the catalogue of a language; one without a catalogue (English) gives the texts as they are."""
    return gettext.translation(DOMAIN, str(FOLDER), [lang], fallback=True)


def translator(lang: str) -> Callable[[str], str]:
    """Give the function that puts an English text into a language; a text it does not know stays English."""
    return lambda text: catalogue(lang).gettext(text) if text else ""


def use(lang: str) -> None:
    """Set the language in which `_` and `n_` speak."""
    _Speech.lang = lang


def current() -> str:
    """Give the language in which `_` and `n_` speak."""
    return _Speech.lang


def _(text: str) -> str:
    """Translate a text into the language in use."""
    return catalogue(_Speech.lang).gettext(text) if text else ""


def n_(one: str, many: str, number: int) -> str:
    """Translate a text that counts, into the language in use; the caller formats the number in."""
    return catalogue(_Speech.lang).ngettext(one, many, number)


def N_(text: str) -> str:
    """Mark a text for translation and give it as it is."""
    return text
