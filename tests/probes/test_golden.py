"""Golden folders: `golden/<probe>/<case>.in` (a product's bytes) -> `<case>.json` (events, columns, rejects).

`pytest --bless tests/probes/test_golden.py` writes the expected files anew and prints what changed.
"""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from msgspec.structs import replace

from tocsin import probes
from tocsin.ingest import files
from tocsin.model import COLUMNS, Event, Reject
from tocsin.model.times import rfc3339
from tocsin.probes.contract import Block
from tocsin.probes.formats import BY_NAME

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(GOLDEN.rglob("*.in"))
WRITTEN_US = 1_718_452_800_000_000  # 2024-06-15T12:00:00Z


def read_all(path: Path) -> list[Event | Reject]:
    """Read one file as `tocsin scan` does."""
    items: list[Event | Reject] = []
    for item in files.blocks(path, "site"):
        items.extend([item] if isinstance(item, Reject) else BY_NAME[item.format].read(written(item)))
    return items


def written(block: Block) -> Block:
    """Date the file: a checkout's own date must not give the year of times that have none."""
    return replace(block, origin=replace(block.origin, written_us=WRITTEN_US))


def describe(item: Event | Reject) -> dict[str, object]:
    if isinstance(item, Reject):
        return {"reject": item.reason, "offset": item.offset}
    columns = probes.columns(item)
    assert not set(columns) - set(COLUMNS), f"unknown columns {set(columns) - set(COLUMNS)}"
    return {
        "source": item.source,
        "time": rfc3339(item.time_us),
        "offset": item.offset,
        "native": item.native,
        "columns": columns,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_golden(case: Path, golden) -> None:
    items = [describe(item) for item in read_all(case)]
    assert items, "a golden case without a record tests nothing"
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    text = "\n".join(orjson.dumps(item, options).decode() for item in items) + "\n"
    golden(case.with_suffix(".json"), text)


def test_every_probe_has_a_golden_case() -> None:
    missing = {probe.NAME for probe in probes.PROBES} - {case.parent.name for case in CASES}
    assert not missing, f"no golden case for {sorted(missing)}"
