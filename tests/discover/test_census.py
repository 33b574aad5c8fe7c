"""Counting: the same whatever the order and the number of processes, bounded, and never upset by what a log holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.discover.traffic import a_day
from tocsin.care.atlas import Atlas
from tocsin.care.model import CareMap
from tocsin.care.prefixes import outside
from tocsin.discover import census as counting
from tocsin.discover.census import MAX_PORTS, Census, Edge, folded
from tocsin.discover.observing import observe
from tocsin.discover.places import Places
from tocsin.discover.reading import Reader
from tocsin.discover.signs import READERS, Sight, sop_class
from tocsin.survey import Survey, survey

KEY = ("10.0.0.1", "10.0.0.2", "tcp", 443)


def test_many_ports_become_a_range() -> None:
    census = Census()
    for port in range(5000, 5000 + MAX_PORTS + 1):
        census.flow(("10.0.0.1", "10.0.0.2", "udp", port), Edge(1, 5, 6, 1, 1, last_port=port))
    census.flow(KEY, Edge(2, 3, 9, last_port=443))
    ((_, web), (key, edge)) = folded(census.edges)
    assert (web.times, web.first_us, web.last_us) == (2, 3, 9)
    assert (key[3], edge.last_port, edge.times) == (5000, 5000 + MAX_PORTS, MAX_PORTS + 1)


def test_ports_given_out_by_the_system_are_one() -> None:
    census = Census()
    for port in (49_152, 50_001, 65_000):
        census.flow(("10.0.0.1", "10.0.0.2", "tcp", port), Edge(1, 1, 1, last_port=port))
    ((key, edge),) = folded(census.edges)
    assert (key[3], edge.last_port, edge.times) == (49_152, 65_535, 3)


def test_a_protocol_marks_the_connection_whatever_carried_it() -> None:
    census = Census()
    census.flow(("10.0.0.1", "10.0.0.2", "udp", 88), Edge(3, 1, 2, last_port=88))
    census.flow(("10.0.0.1", "10.0.0.2", "tcp", 88), Edge(0, 1, 1, marks=("kerberos",), last_port=88))
    ((key, edge),) = folded(census.edges)
    assert (key[2], edge.times, edge.marks) == ("udp", 3, ("kerberos",))


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MAX_EDGES", 2)
    monkeypatch.setattr(counting, "MAX_SIGNS", 2)
    census = Census()
    for number in range(5):
        census.flow((f"10.0.0.{number}", "10.0.0.9", "tcp", 1), Edge(1, 1, 1))
        census.sign(f"10.0.0.{number}", "title", "x")
        census.name(f"10.0.0.{number}", "x")
        census.vain(f"10.0.0.{number}", "10.0.0.9", 1)
    sizes = [len(one) for one in (census.edges, census.signs, census.names, census.tried)]
    assert (sizes, census.left_out) == ([2, 2, 2, 2], 12)


def test_merging_in_any_order_gives_the_same() -> None:
    def part(number: int) -> Census:
        census = Census()
        census.flow(KEY, Edge(number, number, 10 * number, number, number, (f"m{number}",), 443))
        census.sign("10.0.0.1", "title", "A")
        census.name("10.0.0.1", f"pc-{number}")
        census.vain("10.0.0.1", f"10.0.1.{number}", number)
        census.when(number)
        return census

    wholes = []
    for order in ((1, 2, 3), (3, 1, 2)):
        whole = Census()
        for number in order:
            whole.merge(part(number))
        wholes.append(observe(whole, "ch", Places(Atlas(CareMap()), "ch")))
    assert wholes[0] == wholes[1]


def test_workers_change_nothing(tmp_path: Path) -> None:
    a_day(tmp_path)
    one, two = (survey(Survey((str(tmp_path),), "ch", workers), Atlas(CareMap())) for workers in (1, 2))
    assert one == two


ANY_VALUE = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.text(),
    st.booleans(),
    st.lists(st.text()),
    st.dictionaries(st.text(), st.text()),
)
FIELDS = st.sampled_from(
    (
        "id.orig_h id.resp_h id.resp_p src_ip dest_ip dest_port proto result calling_ae called_ae sop_classes "
        "sop_class_uid command is_orig message_type trigger_event rcode_name success assigned_addr server_addr mac "
        "host_name dhcp uri method user_agent path endpoint host EventID Computer SourceIp Initiated hostname "
        "server_nb_computer_name software_type name"
    ).split()
)


@given(st.sampled_from(sorted(READERS)), st.dictionaries(FIELDS, ANY_VALUE))
def test_no_field_upsets_a_reader(source: str, native: dict[str, object]) -> None:
    census = Census()
    end = Reader(outside).end
    READERS[source](native, Sight(census, 1, end))
    assert "internet" not in {machine for machine, _, _ in census.signs}


def test_the_internet_is_one_end_and_groups_are_none() -> None:
    reader = Reader(outside)
    assert reader.end("198.51.100.7") == "internet"
    assert reader.end("10.0.0.1") == "10.0.0.1"
    assert {reader.end(one) for one in ("224.0.0.1", "255.255.255.255", "0.0.0.0", "x", "fe80::1", "127.0.0.1")} == {""}


@pytest.mark.parametrize(
    ("uid", "what"),
    [
        ("1.2.840.10008.5.1.4.1.1.2", "store CT"),
        ("1.2.840.10008.5.1.4.1.1.99.9", "store other"),
        ("1.2.840.10008.5.1.4.31", "worklist"),
        ("1.2.840.10008.5.1.4.1.2.2.1", "query"),
        ("1.2.840.10008.1.1", "echo"),
        ("9.9", ""),
    ],
)
def test_sop_classes(uid: str, what: str) -> None:
    assert sop_class(uid) == what
