"""The probes of JSON products together: whose record is whose, and any object at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.model import COLUMNS, Event, Origin
from tocsin.probes import (
    DISPATCHER,
    alerts,
    aws,
    azure,
    defender,
    gcp,
    harfanglab,
    keycloak,
    kubernetes,
    m365,
    okta,
    wazuh,
)
from tocsin.probes import columns as columns_of
from tocsin.probes.contract import Envelope, JsonProbe

GOLDEN = Path(__file__).parent / "golden"
PROBES: tuple[JsonProbe, ...] = (
    aws,
    azure,
    defender,
    gcp,
    harfanglab,
    keycloak,
    kubernetes,
    m365,
    okta,
    wazuh,
    alerts,
)


def golden_records() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give (probe, record) of every JSON object of all golden inputs."""
    for path in sorted(GOLDEN.rglob("*.in")):
        for line in path.read_bytes().splitlines():
            try:
                value = orjson.loads(line)
            except ValueError:
                continue
            if isinstance(value, dict):
                yield path.parent.name, value


RECORDS = list(golden_records())


@pytest.mark.parametrize("probe", PROBES[:-1], ids=lambda probe: probe.NAME)
def test_claims_its_own_and_nothing_else(probe: JsonProbe) -> None:
    wrongly = {owner for owner, record in RECORDS if owner != probe.NAME and probe.claims(record)}
    assert wrongly == set()
    assert any(probe.claims(record) for owner, record in RECORDS if owner == probe.NAME)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"message": "x", "time": 1},
        {"ts": 1.0, "uid": "C1", "id.orig_h": "10.0.0.1", "service": "http"},
        {"event_type": "flow", "timestamp": "2026-03-02T00:00:00Z", "src_ip": "10.0.0.1", "flow_id": 1},
        {"time": "2026-03-02T00:00:00Z", "rule_name": "allow-dns", "src_ip": "10.0.0.1", "action": "Allow"},
        {"eventType": {"name": "vault"}, "actor": {"id": 1}, "displayMessage": "x"},
        {"category": "x", "operationName": "y"},
        {"time": 1, "name": "lease", "hostname": "PC-1"},
        {"verb": "GET", "path": "/"},
        {"data": {"x": 1}, "id": "1"},
        {"agent": {"name": "x"}, "host": {"name": "y"}, "@timestamp": "2026-03-02T00:00:00Z", "log": {"level": "info"}},
    ],
)
def test_steals_nothing(record: dict[str, Any]) -> None:
    assert [probe.NAME for probe in PROBES if probe.claims(record)] == []


NAMES = sorted({name for _, record in RECORDS for name in record})
INNER = sorted({name for _, record in RECORDS for part in record.values() if isinstance(part, dict) for name in part})
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["{", "[]", "{}", "AdvancedHunting-x", "kube-audit", "alert", "T1059", "[::1]:9", "a@b", "DOM\\u"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(INNER), st.text(max_size=5)), inner, max_size=4),
    ),
    max_leaves=8,
)
OBJECTS = st.one_of(
    st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=8)), VALUES, max_size=10),
    st.builds(
        lambda record, spoilt: {**record, **spoilt},
        st.sampled_from([record for _, record in RECORDS]),
        st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4),
    ),
)


@settings(max_examples=400, deadline=None)
@given(OBJECTS)
def test_any_object(record: dict[str, Any]) -> None:
    for probe in PROBES:
        if not probe.claims(record):
            continue
        try:
            parsed = probe.read(record)
        except (ValueError, KeyError, TypeError):
            continue
        event = Event(parsed.source, parsed.time_us, parsed.native, b"", Origin("x"), 0)
        found = columns_of(event)
        assert not set(found) - set(COLUMNS)
        assert all(value not in ("", None) for value in found.values())


@settings(max_examples=200, deadline=None)
@given(OBJECTS)
def test_dispatcher_always_gives_an_event(record: dict[str, Any]) -> None:
    assert DISPATCHER.json(record).source


@given(st.text(max_size=200))
def test_any_line(line: str) -> None:
    for probe in (aws, keycloak):
        for text in (line, f"2 1 eni-0 {line}", f"type=LOGIN, realmId={line}"):
            if probe.claims_text(text, Envelope()):
                try:
                    parsed = probe.read_text(text, Envelope())
                except (ValueError, KeyError):
                    continue
                columns_of(Event(parsed.source, parsed.time_us, parsed.native, b"", Origin("x"), 0))
