"""Names over time: leases that change hands, shared addresses, renamed hosts, accounts by their ids."""

from __future__ import annotations

import itertools
import random

import pytest

from tocsin.correlate import Binding, bindings, quarter
from tocsin.correlate.aliases import QUARTER_US, Aliases
from tocsin.model import Event, Origin

HOUR_US = 4 * QUARTER_US


def known(*said: tuple[Binding, int]) -> Aliases:
    aliases = Aliases()
    for binding, hour in said:
        aliases.bind(binding, quarter(hour * HOUR_US))
    return aliases


LEASES = ((Binding("pc1", "10.0.0.5"), 8), (Binding("pc1", "10.0.0.5"), 9), (Binding("pc2", "10.0.0.5"), 14))


@pytest.mark.parametrize(
    ("hour", "host"), [(2, "pc1"), (8, "pc1"), (13, "pc1"), (14, "pc2"), (30, "pc2"), (None, "pc1")]
)
def test_an_address_is_the_hosts_that_was_last_seen_with_it(hour: int | None, host: str) -> None:
    assert known(*LEASES).host_of("10.0.0.5", None if hour is None else hour * HOUR_US) == host


def test_the_order_of_sightings_changes_nothing() -> None:
    for said in itertools.permutations(LEASES):
        aliases = known(*said)
        assert [aliases.host_of("10.0.0.5", hour * HOUR_US) for hour in (8, 13, 14)] == ["pc1", "pc1", "pc2"]


def test_three_hosts_in_four_hours_share_an_address_which_is_nobodys() -> None:
    aliases = known(*((Binding(f"pc{n}", "10.0.0.9"), 8 + n % 3) for n in range(3)), (Binding("pc7", "10.0.0.9"), 50))
    assert aliases.host_of("10.0.0.9", 9 * HOUR_US) == ""
    assert aliases.host_of("10.0.0.9", 50 * HOUR_US) == "pc7"
    assert aliases.true("address", "10.0.0.9", 9 * HOUR_US) == ("address", "10.0.0.9")
    assert (aliases.addresses_of("pc0"), aliases.addresses_of("pc7")) == ((), ("10.0.0.9",))


def test_a_renamed_host_is_one_and_circles_end() -> None:
    renames = [Binding("a", "b", "renamed"), Binding("b", "c", "renamed"), Binding("c", "a", "renamed")]
    for seed in range(6):
        random.Random(seed).shuffle(renames)
        aliases = known(*((one, 1) for one in renames), (Binding("c", "10.0.0.1"), 1))
        assert {aliases.true("host", name, None) for name in "abc"} == {("host", "a")}
        assert aliases.host_of("10.0.0.1") == "a"
        assert aliases.names_of("a") == ("b", "c")
        assert aliases.addresses_of("a") == ("10.0.0.1",)


def test_accounts_are_one_by_their_sid_and_an_address_of_a_session_is_its_account() -> None:
    sid = "s-1-5-21-1-2-3-1104"
    aliases = known((Binding("m.lefevre", sid, "uid"), 1), (Binding("m.lefevre", "10.212.1.7", "session"), 1))
    assert aliases.true("identity", sid, None) == ("identity", "m.lefevre")
    assert aliases.true("address", "10.212.1.7", None) == ("identity", "m.lefevre")
    assert aliases.true("identity", "other", None) == ("identity", "other")


def test_memory_is_bounded() -> None:
    aliases = Aliases(limit=10)
    for number in range(1000):
        aliases.bind(Binding(f"h{number}", f"10.0.{number // 250}.{number % 250}"))
        aliases.bind(Binding(f"u{number}", f"s-1-5-21-{number}", "uid"))
        aliases.bind(Binding(f"x{number}", f"y{number}", "renamed"))
    assert sum(bool(aliases.host_of(f"10.0.{n // 250}.{n % 250}")) for n in range(1000)) <= 10
    assert sum(aliases.name_of(f"y{n}") != f"y{n}" for n in range(1000)) <= 10


def event(source: str, **native: object) -> Event:
    return Event(source, 0, dict(native), b"", Origin("a.log"), 0)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (
            event("windows.security", EventID=4624, TargetUserName="m.lefevre", TargetUserSid="S-1-5-21-1-2-3-1104"),
            Binding("m.lefevre", "s-1-5-21-1-2-3-1104", "uid"),
        ),
        (
            event("windows.security", EventID=4781, OldTargetUserName="PC1$", NewTargetUserName="PC9$"),
            Binding("pc1", "pc9", "renamed"),
        ),
        (event("windows.system", EventID=6011, param1="PC1", param2="PC9"), Binding("pc1", "pc9", "renamed")),
        (
            event("fortigate.vpn", user="m.lefevre", tunnelip="10.212.1.7"),
            Binding("m.lefevre", "10.212.1.7", "session"),
        ),
        (
            event("azure.signin", properties={"userPrincipalName": "M.Lefevre@chu.example", "userId": "0a-1b"}),
            Binding("m.lefevre", "0a-1b", "uid"),
        ),
        (event("windows.security", EventID=4624, TargetUserName="PC1$", TargetUserSid="S-1-5-18"), None),
        (event("windows.security", EventID=4781, OldTargetUserName="a", NewTargetUserName="b"), None),
        (event("fortigate.vpn", user=["x"], tunnelip={"y": 1}), None),
    ],
)
def test_what_events_say(one: Event, expected: Binding | None) -> None:
    assert list(bindings(one)) == ([] if expected is None else [expected])
