"""Questions about a map: names, addresses, zones, classes, closures, flows, effects, harm, risk."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.care.making import HOSTS, REST, SITE, ZONES, atlas, load
from tocsin.care import files, impact
from tocsin.care.atlas import NOWHERE, SPARED, Atlas
from tocsin.care.flows import Flows
from tocsin.care.model import WEEK_HOURS
from tocsin.care.values import duration, windows


@pytest.fixture
def small(tmp_path: Path) -> Atlas:
    return atlas(tmp_path)


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("10.2.0.11", "ch/dpi-01"),
        ("::ffff:10.2.0.11", "ch/dpi-01"),
        ("fd00:2:0::21", "ch/bdd-01"),
        ("DPI-01.ch-exemple.fr", "ch/dpi-01"),
        ("DC-02$", "ch/dc-02"),
        ("dossier", "ch/dpi-01"),
        ("10.9.9.9", None),
        ("nobody", None),
    ],
)
def test_hosts_by_any_of_their_names(small: Atlas, name: str, host: str | None) -> None:
    found = small.host("ch", name)
    assert (found.id if found else None) == host
    assert small.host("local", name) == found, "the only hospital of a map is the one of all events"


@pytest.mark.parametrize(
    ("address", "zone"),
    [("10.1.7.3", "ch/rea"), ("10.1.8.3", "ch/soins"), ("fd00:2::7", "ch/serveurs"), ("10.4.0.1", None), ("x", None)],
)
def test_the_longest_prefix_is_the_zone(small: Atlas, address: str, zone: str | None) -> None:
    found = small.zone("ch", address)
    assert (found.id if found else None) == zone


@pytest.mark.parametrize(
    ("name", "life_class", "criticality"),
    [
        ("10.1.0.1", "A", SPARED),  # a workstation of the emergency department, 3 of 4 needed
        ("bdd-01", "A", 1.0),  # the only database
        ("dc-01", "A", SPARED),  # one of two
        ("scan-01", "B", 0.7),
        ("pc-bureau", "D", 0.15 * SPARED),
        ("10.1.9.9", "A", 1.0),  # unknown in a care zone
        ("10.2.0.99", "B", 0.7),  # unknown among servers: the class of the zone
        ("10.250.0.1", None, NOWHERE),
        ("93.184.216.34", None, 0.0),
    ],
)
def test_classes_and_criticality(small: Atlas, name: str, life_class: str | None, criticality: float) -> None:
    assert small.life_class("ch", name) == life_class
    assert small.criticality("ch", name) == pytest.approx(criticality)


@pytest.mark.parametrize(("account", "criticality"), [("secours", 1.0), ("CH\\svc-dpi", 1.0), ("nobody-known", 0.0)])
def test_accounts_matter_too(small: Atlas, account: str, criticality: float) -> None:
    assert small.account_criticality("ch", account) == criticality


def test_unknown_means_in_a_zone_but_not_in_the_map(small: Atlas) -> None:
    assert small.unknown("ch", "10.1.9.9")
    assert not small.unknown("ch", "10.1.0.1")
    assert not small.unknown("ch", "10.250.0.1")


def test_closures_both_ways(small: Atlas) -> None:
    closure = small.closure("ch/urgences")
    assert closure.applications == {"ch/dpi", "ch/annuaire"}
    assert {"ch/dc-01", "ch/dpi-03", "ch/bdd-01", "ch/svc-dpi", "ch/pc-04"} <= closure.members
    assert small.services_of("ch/dc-01") == ("ch/urgences", "ch/gestion")
    assert small.services_of("ch/dpi") == ("ch/urgences",)
    assert small.applications_of("ch/bdd-01") == ("ch/dpi",)
    assert small.identity("ch", "CH\\svc-dpi") == "ch/svc-dpi"
    assert small.hosts_in("ch/bureaux") == ("ch/pc-bureau",)


@pytest.mark.parametrize(
    ("source", "target", "port", "protocol", "verdict"),
    [
        ("10.1.0.1", "10.2.0.11", 443, "tcp", "allowed"),
        ("10.1.7.9", "10.2.0.11", 443, "tcp", "allowed"),  # intensive care lies within the care zone
        ("10.1.0.1", "10.2.0.11", 22, "tcp", "undeclared"),
        ("10.1.0.1", "10.2.0.11", 443, "udp", "undeclared"),
        ("10.1.0.1", "10.2.0.21", 445, "tcp", "allowed"),
        ("10.1.7.9", "10.2.0.21", 445, "tcp", "forbidden"),  # what forbids goes before what allows
        ("pc-bureau", "93.184.216.34", 443, "tcp", "allowed"),
        ("10.1.0.1", "93.184.216.34", 443, "tcp", "undeclared"),
        ("10.9.9.9", "10.2.0.11", 443, "tcp", "undeclared"),
    ],
)
def test_who_may_talk_to_whom(small: Atlas, source: str, target: str, port: int, protocol: str, verdict: str) -> None:
    flows = Flows(small)
    assert flows.ruling("ch", source, target, port, protocol).verdict == verdict
    assert flows.allowed("ch", source, target, port, protocol) == (verdict == "allowed")


def test_vital_flows_are_what_clinical_isolation_keeps(small: Atlas) -> None:
    host = small.map.hosts["ch/dpi-01"]
    flows = Flows(small)
    assert [(one.source, one.target) for one in flows.vital(host)] == [
        ("ch/soins", "ch/dpi-01"),
        ("ch/dpi-01", "ch/bdd-01"),
    ]
    assert {one.purpose for one in flows.of(host)} == {"dossier", "base", "partages"}


EFFECTS = [
    (["ch/pc-01"], [("ch/urgences", "thinner", 0)]),
    (["ch/pc-01", "ch/pc-02"], [("ch/urgences", "degraded", 120)]),
    (["ch/scan-01"], [("ch/scanner", "stopped", 0)]),
    (["ch/dpi-01"], [("ch/urgences", "thinner", 0)]),
    (["ch/dpi-01", "ch/dpi-02"], [("ch/urgences", "degraded", 240)]),
    (["ch/svc-dpi"], [("ch/urgences", "degraded", 240)]),
    (["ch/dc-01"], [("ch/urgences", "thinner", 0), ("ch/gestion", "thinner", 0)]),
    (["ch/dc-01", "ch/dc-02"], [("ch/gestion", "stopped", 0), ("ch/urgences", "degraded", 120)]),
    (["ch/annuaire"], [("ch/gestion", "stopped", 0), ("ch/urgences", "degraded", 120)]),
    (["ch/pc-bureau"], []),
]  # fmt: skip


@pytest.mark.parametrize(("stopped", "expected"), EFFECTS)
def test_what_stops(small: Atlas, stopped: list[str], expected: list[tuple[str, str, int]]) -> None:
    found = impact.effects(small, stopped)
    assert [(one.service, one.state, one.holds_min) for one in found] == expected


def test_why_it_stops(small: Atlas) -> None:
    (one,) = impact.effects(small, ["ch/bdd-01"])
    assert one.because == ("ch/urgences", "ch/dpi", "base", "ch/bdd-01")
    assert one.fallback == "papier"


def test_harm_begins_when_the_degraded_mode_ends(small: Atlas) -> None:
    assert impact.harm(small, ["ch/bdd-01"], 240) == 0
    assert impact.harm(small, ["ch/bdd-01"], 300) == 60
    assert impact.harm(small, ["ch/bdd-01", "ch/svc-dpi"], 300) == 60, "a service counts once"
    assert impact.harm(small, ["ch/scan-01"], 60) == pytest.approx(42)


def test_harm_follows_the_load(tmp_path: Path) -> None:
    day = ", ".join(["0"] * 8 + ["1"] * 12 + ["0.5"] * 4)
    loaded = load(
        tmp_path, SITE + ZONES + HOSTS + REST.replace("scanner: {class: B,", f"scanner: {{class: B, load: [{day}],")
    )
    by_day = Atlas(loaded.map)
    assert impact.harm(by_day, ["ch/scan-01"], 60, hour_of_week=3) == 0
    assert impact.harm(by_day, ["ch/scan-01"], 60, hour_of_week=24 + 9) == pytest.approx(42)
    assert impact.harm(by_day, ["ch/scan-01"], 120, hour_of_week=19) == pytest.approx(42 + 21)


def test_risk(small: Atlas) -> None:
    assert impact.risk(small, "ch/urgences", {"ch/bdd-01": 0.4}) == pytest.approx(0.4)
    assert impact.risk(small, "ch/urgences", {"ch/dc-01": 0.9}) == 0
    assert impact.risk(small, "ch/urgences", {"ch/dc-01": 0.5, "ch/dc-02": 0.5}) == pytest.approx(0.25)
    assert impact.risk(small, "ch/urgences", {"ch/dpi-01": 0.5, "ch/dpi-02": 0.5, "ch/dpi-03": 0.5}) == pytest.approx(
        0.5
    )
    assert impact.risks(small, {"ch/dc-01": 1.0, "ch/dc-02": 1.0}) == {"ch/gestion": 1.0, "ch/urgences": 1.0}


@given(
    st.dictionaries(
        st.sampled_from(["dc-01", "dc-02", "dpi-01", "dpi-02", "bdd-01", "pc-01", "pc-02"]), st.floats(0, 1)
    )
)
def test_risk_is_a_probability_and_grows(tmp_path_factory: pytest.TempPathFactory, chances: dict[str, float]) -> None:
    small = _shared(tmp_path_factory)
    suspected = {f"ch/{name}": chance for name, chance in chances.items()}
    found = impact.risk(small, "ch/urgences", suspected)
    assert 0 <= found <= 1
    assert impact.risk(small, "ch/urgences", suspected | {"ch/svc-dpi": 0.5}) >= found - 1e-9


_kept: dict[str, Atlas] = {}


def _shared(factory: pytest.TempPathFactory) -> Atlas:
    if "map" not in _kept:
        _kept["map"] = atlas(factory.mktemp("map"))
    return _kept["map"]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("45 min", 45), ("4 h", 240), ("1 h 30 min", 90), ("2 d", 2880), ("1,5 h", 90), ("2 j", 2880), ("1h30min", 90)],
)
def test_durations(text: str, minutes: int) -> None:
    assert duration(text) == minutes


def test_windows_go_over_midnight_and_over_the_week() -> None:
    night = windows("sun 22:00-06:00")
    assert [(one.start_min, one.end_min) for one in night] == [(6 * 1440 + 1320, WEEK_HOURS * 60), (0, 360)]
    assert len(windows("lun-ven 8h-18h")) == 5
    assert len(windows("sam-lun 08:00-18:00")) == 3


def big(folder: Path) -> Path:
    """Write the map of 12,000 hosts, each on a line of its own."""
    lines = ["site: {name: chu}", "zones:"]
    lines += [f"  z{zone}: {{class: A, kind: care, addresses: [10.{zone}.0.0/16]}}" for zone in range(48)]
    lines += ["hosts:"] + [
        f"  pc-{n:05d}: {{address: 10.{n % 48}.{n // 250}.{n % 250 + 1}, role: workstation, system: Windows 11}}"
        for n in range(12_000)
    ]
    (folder / "all.yaml").write_text("\n".join(lines) + "\n")
    return folder


def test_twelve_thousand_hosts_load_fast(tmp_path: Path) -> None:
    folder = big(tmp_path)
    times = []
    for _ in range(3):
        start = time.process_time()
        loaded = files.load(folder)
        times.append(time.process_time() - start)
    assert not loaded.faults
    assert len(loaded.map.hosts) == 12_000
    assert min(times) < 3, "a second of processor time on a machine at rest"
    large = Atlas(loaded.map)
    large.life_class("chu", "10.1.0.2")
    start = time.process_time()
    for n in range(10_000):
        large.criticality("chu", f"10.{n % 48}.{n % 250}.7")
    assert time.process_time() - start < 1
