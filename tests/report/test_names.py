"""Short names: the end of a path and the start of a hash stay, nothing grows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tocsin.model import Party
from tocsin.report.names import FEW, abridged, at_sight, brief, full, in_order


def test_a_hash_keeps_its_first_digits() -> None:
    assert brief("011d485add170850a84b273660a965211d3473d26406d002fa302340fddc7bca") == "011d485add17…"
    assert brief("md5=011d485add170850a84b273660a96521") == "011d485add17…"


def test_a_path_keeps_its_end() -> None:
    path = "c:\\windows\\system32\\windowspowershell\\v1.0\\powershell.exe"
    assert brief(path, 48).endswith("\\powershell.exe")
    assert brief(path, 48).startswith("c:\\windows\\")
    assert brief(path, len(path)) == path


@given(st.text(max_size=300), st.integers(14, 100))
def test_no_name_is_longer_than_asked(name: str, limit: int) -> None:
    assert len(brief(name, limit)) <= limit


def test_a_host_by_its_full_name() -> None:
    host = Party("host", "srv-1", ("10.0.0.7", "srv-1.chu-exemple.fr", "srv-10.chu-exemple.fr"), "")
    assert full(host) == "srv-1.chu-exemple.fr"
    assert full(Party("host", "srv-1", ("10.0.0.7",), "")) == "srv-1"
    assert full(Party("identity", "a.b", ("a.b.c",), "")) == "a.b"


def test_what_says_little_comes_last() -> None:
    names = ("111122223333", "7d1f6a0e-0000-4000-8000-00000000c0de", "sauvegardes-hopital")
    parties = [
        Party("file", "0" * 64, (), ""),
        Party("file", "c:\\a.exe", (), ""),
        *(Party("cloud", name, (), "") for name in names),
    ]
    assert [party.name for party in in_order(parties)] == [names[2], *names[:2], "c:\\a.exe", "0" * 64]


def test_few_are_shown_and_the_rest_is_counted() -> None:
    parties = [Party("host", f"h{number}", (), "") for number in range(5)] + [Party("domain", "exemple.fr", (), "")]
    hosts, domains = at_sight(parties)
    assert (len(hosts.shown), hosts.rest, domains.rest) == (FEW, 2, 0)
    assert abridged(parties)
    assert not abridged(parties[3:])
