"""`--json` is a contract: the schema in the docs, the order of lines, and nothing but JSON."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from tests.report.samples import HOSTILE, HOSTILE_INCIDENT, HOSTILE_RESULT, NIGHT, QUIET, RESULT, SUMMARY
from tocsin.pipeline import ScanResult
from tocsin.report import jsonl

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "scan.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def objects(result: ScanResult) -> list[dict]:
    return [json.loads(line) for line in jsonl.lines(result)]


@pytest.mark.parametrize("result", [RESULT, HOSTILE_RESULT, QUIET], ids=["night", "hostile", "quiet"])
def test_every_line_follows_the_schema(result: ScanResult) -> None:
    lines = objects(result)
    for line in lines:
        VALIDATOR.validate(line)
    assert [line["type"] for line in lines] == ["incident"] * len(result.incidents) + ["summary"]


def test_the_schema_refuses_what_is_not_the_contract() -> None:
    incident, summary = objects(RESULT)
    for line in (
        incident | {"extra": 1},
        {key: incident[key] for key in incident if key != "story"},
        summary | {"events": -1},
    ):
        with pytest.raises(jsonschema.ValidationError):
            VALIDATOR.validate(line)


def test_an_incident_is_told_whole() -> None:
    incident = objects(RESULT)[0]
    assert incident["first_event"] == "2026-11-02T02:14:00Z"
    assert incident["deciding_event"] == "2026-11-02T02:18:00Z"
    assert incident["entities"][0] == {
        "kind": "host",
        "name": "poste-rx7",
        "aliases": ["poste-rx7.chu-exemple.fr", "10.20.4.17"],
        "role": "target",
    }
    finding = incident["findings"][1]
    assert finding["count"] == 41
    assert finding["rule"] == {
        "id": "0000-2",
        "title": "41 shares opened in 70 seconds",
        "level": "high",
        "author": "Tocsin",
        "license": "Apache-2.0",
    }
    assert finding["events"] == [
        {
            "id": "0000000000000002",
            "source": "windows.security",
            "time": "2026-11-02T02:16:12Z",
            "file": "logs/dc-01.json.gz",
            "offset": 8192,
        }
    ]
    assert incident["findings"][4]["rule"] is None


def test_the_summary_counts_all() -> None:
    summary = objects(RESULT)[-1]
    assert summary["events"] + summary["rejected"] == summary["records"]
    assert summary["events_per_second"] == 131_929
    assert summary["rules"] == {"loaded": 98, "skipped": [{"id": "0000-1111", "reason": "unknown modifier: foo"}]}


def test_order_does_not_depend_on_the_input_order() -> None:
    other = msgspec.structs.replace(NIGHT, id="0", urgency=10)
    here = ScanResult((NIGHT, HOSTILE_INCIDENT, other), SUMMARY)
    there = ScanResult((other, HOSTILE_INCIDENT, NIGHT), SUMMARY)
    assert list(jsonl.lines(here)) == list(jsonl.lines(there))
    assert [line.get("urgency") for line in objects(here)] == [94, 55, 10, None]


def test_hostile_text_stays_one_line_of_plain_characters() -> None:
    for line in jsonl.lines(HOSTILE_RESULT):
        text = line.decode("utf-8")
        assert text.endswith("}\n")
        assert text.count("\n") == 1
        assert not set(text) & {"\x1b", "\x9b", "\u202e", "\x00"}
    told = objects(HOSTILE_RESULT)[1]
    assert told["title"] == HOSTILE.replace("\udcff", "\\udcff")


def test_rejects_keep_place_reason_and_bytes() -> None:
    first = json.loads(next(jsonl.reject_lines(SUMMARY)))
    expected = {"file": "logs/conn.log", "offset": 77, "part": 0, "reason": "not a JSON object", "raw": '{"ts": 1\\xff'}
    assert first == expected
