"""The starter pack keeps its promises: whole metadata, known techniques, and a test beside every rule that holds."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml

from tocsin import rulebook
from tocsin.model import LEVELS, attack

PACK = rulebook.STARTER
FILES = sorted(path for path in PACK.rglob("*.yml") if not path.name.endswith(".test.yml"))
LAYERS = {"network", "endpoint", "identity", "cloud", "medical"}
WANTED = ("title", "id", "status", "description", "author", "date", "license", "tags", "falsepositives", "level")
_TECHNIQUE = re.compile(r"attack\.t\d{4}(\.\d{3})?")


def documents(path: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(path.read_text("utf-8")) if document]


ALL = [(path, document) for path in FILES for document in documents(path)]
IDS = [f"{path.stem}-{number}" for number, (path, _) in enumerate(ALL)]


def test_the_pack_has_rules_on_all_layers() -> None:
    assert {path.parent.name for path in FILES} == LAYERS
    assert len(FILES) >= 80
    for layer in LAYERS:
        assert sum(path.parent.name == layer for path in FILES) >= 10, layer


def test_ids_names_and_titles_are_unique() -> None:
    ids = [document["id"] for _, document in ALL]
    assert len(ids) == len(set(ids))
    names = [document["name"] for _, document in ALL if "name" in document]
    assert len(names) == len(set(names))
    shown = [document["title"] for _, document in ALL if document["level"] != "informational"]
    assert len(shown) == len(set(shown)), {title for title in shown if shown.count(title) > 1}


@pytest.mark.parametrize(("path", "document"), ALL, ids=IDS)
def test_metadata(path: Path, document: dict[str, Any]) -> None:
    assert not [key for key in WANTED if not document.get(key)], path
    assert uuid.UUID(document["id"]).version == 4
    assert document["author"] == "Tocsin"
    assert document["license"] == "Apache-2.0"
    assert document["status"] in {"experimental", "test", "stable"}
    assert document["level"] in LEVELS
    assert re.fullmatch(r"[a-z0-9_]+", path.stem), path.stem
    assert document["description"].endswith(".")
    assert all(isinstance(text, str) and text[0].isupper() for text in document["falsepositives"])


@pytest.mark.parametrize(("path", "document"), ALL, ids=IDS)
def test_tags_are_of_attack(path: Path, document: dict[str, Any]) -> None:
    techniques = [tag.removeprefix("attack.") for tag in document["tags"] if _TECHNIQUE.fullmatch(tag)]
    tactics = [tag.removeprefix("attack.") for tag in document["tags"] if not _TECHNIQUE.fullmatch(tag)]
    assert techniques, path
    assert all(technique.upper() in attack.techniques() for technique in techniques), techniques
    known = {tactic.short for tactic in attack.TACTICS}
    assert tactics and set(tactics) <= known, tactics


def test_nothing_of_the_pack_is_refused_or_out_of_reach() -> None:
    assert [problem.reason for problem in rulebook.check([PACK])] == []


def test_base_rules_of_correlations_make_no_findings_of_their_own() -> None:
    named = {name for _, document in ALL for name in document.get("correlation", {}).get("rules", [])}
    bases = {document["name"]: document for _, document in ALL if "name" in document}
    assert named == set(bases)
    for path in FILES:
        assert documents(path)[-1].get("name") is None, f"{path}: the last rule is the one that is shown"


@pytest.mark.parametrize("tested", rulebook.test([PACK]), ids=lambda tested: Path(tested.path).stem)
def test_events_beside_the_rule(tested: rulebook.Tested) -> None:
    assert not tested.failures
    assert tested.fires, "no event that fires"
    assert tested.silent, "no event that stays silent"


def test_no_test_stands_alone() -> None:
    alone = [path for path in PACK.rglob("*.test.yml") if path.with_name(path.name.replace(".test", "")) not in FILES]
    assert not alone
