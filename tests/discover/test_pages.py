"""The pages say what is so: the map of an hour is a map, in both languages, and every kind and role is explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.care.making import load
from tocsin.care import impact
from tocsin.care.atlas import Atlas
from tocsin.care.flows import Flows
from tocsin.discover.comparing import KINDS

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page: str) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", ["care-map.md", "care-map.fr.md"])
def test_the_map_of_an_hour_is_a_map(tmp_path: Path, page: str) -> None:
    loaded = load(tmp_path, "\n".join(blocks(page)))
    assert [one.text() for one in loaded.faults] == []
    atlas = Atlas(loaded.map)
    assert len(loaded.map.hosts) == 18
    assert [one.service for one in impact.effects(atlas, ["ch-lunel/dc-01", "ch-lunel/dc-02"])] == ["ch-lunel/urgences"]
    assert Flows(atlas).ruling("ch-lunel", "ct-01", "198.51.100.7", 443).verdict == "forbidden"


def test_both_languages_show_the_same_map_and_commands() -> None:
    assert blocks("care-map.md") == blocks("care-map.fr.md")
    commands = [
        re.findall(r"^tocsin care (\w+)", (DOCS / page).read_text("utf-8"), re.MULTILINE)
        for page in ("care-map.md", "care-map.fr.md")
    ]
    assert commands[0] == commands[1]
    assert set(commands[0]) <= {"show", "export", "import", "check", "observe", "diff"}


def test_every_kind_of_remark_is_explained() -> None:
    page = (DOCS / "rooms" / "discover.md").read_text("utf-8")
    assert not [kind for kind in KINDS if f"`{kind}`" not in page]


def test_every_file_of_the_room_is_on_its_page() -> None:
    page = (DOCS / "rooms" / "discover.md").read_text("utf-8")
    files = {file.name for file in (DOCS.parent / "src" / "tocsin" / "discover").glob("*.py")}
    told = {"__init__.py", "observing.py", "makers.py"}
    assert not [name for name in sorted(files - told) if f"`{name}`" not in page]
