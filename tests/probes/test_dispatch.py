"""Dispatch: one probe per record, whatever came before; wrappers and containers are opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from tests.probes.test_golden import CASES, read_all
from tocsin import probes
from tocsin.detect.alerts import may_alert
from tocsin.model import Event, Origin
from tocsin.probes.dispatch import Dispatcher


def golden_events() -> Iterator[tuple[Path, Event]]:
    for case in CASES:
        for item in read_all(case):
            if isinstance(item, Event):
                yield case, item


def test_at_most_one_product_claims_a_record() -> None:
    quarrels = set()
    for case, event in golden_events():
        record = _object(event.raw)
        claiming = [probe.NAME for probe in probes.JSON_PROBES[:-1] if record is not None and probe.claims(record)]
        if len(claiming) > 1:
            quarrels.add((case.parent.name, case.stem, *claiming))
    assert not quarrels


def _object(raw: bytes) -> dict[str, object] | None:
    try:
        value = orjson.loads(raw)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def test_every_source_with_alerts_is_known_to_carry_them() -> None:
    missing = {event.source for _, event in golden_events() if "finding.title" in probes.columns(event)}
    assert not {source for source in missing if not may_alert(source)}


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ({"Records": [{"a": 1}, {"a": 2}]}, 2),
        ({"records": [{"a": 1}]}, 1),
        ([[{"a": 1}], {"b": 2}], 2),
        ({"Records": []}, 1),
        ({"Records": ["text"]}, 1),
        ([1, {"a": 2}], 2),
    ],
)
def test_containers(value: object, count: int) -> None:
    dispatcher = Dispatcher(probes.JSON_PROBES, probes.TEXT_PROBES)
    items = list(dispatcher.document(value, b"x", Origin("o"), 0, ""))
    assert len(items) == count
    assert [item.part for item in items] == list(range(count))
