"""Two maps compared, and observed flows held against declared ones."""

# ruff: noqa: E501  (data, one a line)
from __future__ import annotations

from pathlib import Path

from tests.care.making import WHOLE, load
from tocsin.care.diff import compare, judge


def test_a_map_equals_itself_in_any_files(tmp_path: Path) -> None:
    one = load(tmp_path / "one", WHOLE).map
    head, _, tail = WHOLE.partition("\nhosts:")
    two = load(tmp_path / "two", head, b="hosts:" + tail).map
    assert compare(one, two) == ()


def test_changes_are_told_one_by_one(tmp_path: Path) -> None:
    after = WHOLE.replace("  pc-bureau: {address: 10.3.0.9", "  pc-neuf: {address: 10.3.0.9")
    after = after.replace("autonomy: 2 h", "autonomy: 3 h").replace(
        "{need: 2, members: [dpi", "{need: 1, members: [dpi"
    )
    after = after.replace("ports: [tcp/443], purpose: web", "ports: [tcp/80], purpose: web")
    found = compare(load(tmp_path / "a", WHOLE).map, load(tmp_path / "b", after).map)
    assert [(one.kind, one.section, one.id, one.key, one.before, one.after) for one in found] == [
        ("changed", "services", "ch/urgences", "autonomy_min", "120", "180"),
        ("changed", "applications", "ch/dpi", "components", "frontaux 2/3, base 1/1, compte 1/1", "frontaux 1/3, base 1/1, compte 1/1"),
        ("removed", "hosts", "ch/pc-bureau", "", "", ""),
        ("added", "hosts", "ch/pc-neuf", "", "", ""),
        ("removed", "flows", "ch/bureaux → internet tcp/443", "", "", ""),
        ("added", "flows", "ch/bureaux → internet tcp/80", "", "", ""),
    ]  # fmt: skip


OBSERVED = """
origin: {known: observed, by: probes, since: 2026-11-01}
flows:
  - {from: pc-01, to: dpi-01, ports: tcp/443}
  - {from: pc-01, to: bdd-01, ports: tcp/5432}
  - {from: scan-01, to: internet, ports: tcp/443}
zones:
  rea: {kind: care}
hosts:
  resp-01: {address: 10.1.7.5}
"""


def test_undeclared_unused_and_forbidden_flows(tmp_path: Path) -> None:
    declared = load(tmp_path / "a", WHOLE).map
    seen = load(tmp_path / "b", WHOLE, b=OBSERVED + "").map
    observed = [one for one in seen.conduits if one.origin.known != "declared"]
    share = load(tmp_path / "c", WHOLE, b="flows:\n  - {from: rea, to: dc-01, ports: tcp/445, known: observed}\n").map
    observed += [one for one in share.conduits if one.origin.known == "observed"]
    found = judge(declared, observed)
    told = {(one.kind, one.conduit.source, one.conduit.target) for one in found}
    assert ("forbidden", "ch/rea", "ch/dc-01") in told
    assert ("undeclared", "ch/scan-01", "internet") in told
    assert ("undeclared", "ch/pc-01", "ch/bdd-01") in told
    assert ("unused", "ch/bureaux", "internet") in told
    assert ("unused", "ch/soins", "ch/dpi-01") not in told
    assert ("undeclared", "ch/pc-01", "ch/dpi-01") not in told
