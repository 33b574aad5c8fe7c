"""The READMEs say the same in both languages, and nothing that is not so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tocsin import errors, probes

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.fr.md")


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def shape(name: str) -> list[str]:
    """Give the kinds of a page's lines: headings with their level, table rows, code fences, list items."""
    return re.findall(r"^(#+|\||```|- )", text(name), re.MULTILINE)


def test_both_languages_have_the_same_shape() -> None:
    assert shape("README.md") == shape("README.fr.md")


@pytest.mark.parametrize("name", READMES)
def test_every_probe_is_named(name: str) -> None:
    missing = [probe.NAME for probe in probes.PROBES if f"`{probe.NAME}`" not in text(name)]
    assert not missing


@pytest.mark.parametrize("name", READMES)
def test_every_exit_code_is_named(name: str) -> None:
    codes = {
        error.exit_code for error in vars(errors).values() if isinstance(error, type) and hasattr(error, "exit_code")
    }
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", text(name), re.MULTILINE)} >= codes | {0, 130}


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md", "SECURITY.md", "docs/configuration.md"])
def test_links_lead_somewhere(name: str) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", text(name))
    gone = [target for target in targets if "://" not in target and not ((ROOT / name).parent / target).exists()]
    assert not gone


@pytest.mark.parametrize("name", READMES)
def test_targets_of_make_exist(name: str) -> None:
    targets = set(re.findall(r"^make (\w+)", text(name), re.MULTILINE))
    assert targets <= set(re.findall(r"^([a-z0-9-]+):", text("Makefile"), re.MULTILINE))
