"""Gather all texts for people, keep the French catalogue in step with them, and compile it (`make i18n`).

Enters: the sources and the rules of the starter pack. Leaves: `locale/fr/LC_MESSAGES/tocsin.po` with every text (new
ones empty, to be filled in by a person) and `tocsin.mo`. Run twice, it changes nothing. Texts are marked `_`, `N_`,
`n_`, `tr`, `say` (see i18n.py); of rules, the titles of those that make findings are gathered.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import yaml
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tocsin import rulebook
from tocsin.rulebook.finding import rule_files

SOURCES = Path(__file__).parent.parent / "src" / "tocsin"
FRENCH = SOURCES / "locale" / "fr" / "LC_MESSAGES" / "tocsin.po"
HEADER = r"""# Texts of Tocsin in French; `make i18n` adds new ones and compiles it.
msgid ""
msgstr ""
"Project-Id-Version: tocsin\n"
"Language: fr\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

"""
_METHODS = [("**.py", "python"), ("report/templates/**.html", "jinja2")]
_KEYWORDS = {"_": None, "N_": None, "_n": None, "tr": None, "say": None, "n_": (1, 2)}

Text = str | tuple[str, ...]


def gather() -> Catalog:
    """Give every text of the sources, in the order of files, then the titles of rules."""
    catalog = Catalog()
    found = extract_from_dir(SOURCES, _METHODS, keywords=_KEYWORDS, strip_comment_tags=True)
    for _, _, text, _, _ in sorted(found, key=lambda one: (one[0], one[1])):
        if text:
            catalog.add(text)
    for file, title in rule_titles():
        catalog.add(title, auto_comments=[f"title of a rule: {file}"])
    return catalog


def rule_titles() -> Iterator[tuple[str, str]]:
    """Give the file and the title of every rule of the starter pack whose findings people see."""
    for file in rule_files(rulebook.STARTER):
        documents = [document for document in yaml.safe_load_all(file.text) if document]
        counted = {name for document in documents for name in _silenced(document)}
        for document in documents:
            if not counted & {document["id"], document.get("name")}:
                yield file.path.relative_to(rulebook.STARTER).as_posix(), document["title"]


def _silenced(document: dict[str, object]) -> list[str]:
    """Name the rules that a correlation counts and that make no findings of their own for it."""
    correlation = document.get("correlation")
    if not isinstance(correlation, dict) or correlation.get("generate"):
        return []
    return list(correlation["rules"])


def french() -> Catalog:
    """Read the French catalogue as it is."""
    with FRENCH.open("rb") as file:
        return read_po(file, locale="fr")


def in_step(gathered: Catalog, known: Catalog) -> bytes:
    """Write the gathered texts with their known translations, as a `.po` file."""
    for message in gathered:
        old = known.get(message.id) if message.id else None
        if old is not None:
            message.string = old.string
    buffer = io.BytesIO()
    write_po(buffer, gathered, width=0, no_location=True, omit_header=True)
    return HEADER.encode() + buffer.getvalue().strip() + b"\n"


def compiled(po: bytes) -> bytes:
    """Compile a `.po` file; without today's date, so that the same texts give the same bytes."""
    buffer = io.BytesIO()
    catalog = read_po(io.BytesIO(po), locale="fr")
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    write_mo(buffer, catalog)
    return buffer.getvalue()


def main() -> None:
    """Write both files anew."""
    po = in_step(gather(), french())
    FRENCH.write_bytes(po)
    FRENCH.with_suffix(".mo").write_bytes(compiled(po))


if __name__ == "__main__":
    main()
