"""Replication by who is no domain controller."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import DAY, HOUR, change, names, tell, ticket
from tocsin.detect.behaviour import replication

GET_ALL = "%%7688 {1131f6ad-9c07-11d1-f79f-00c04fc2dcd2} {19195a5b-6da0-11d0-afd3-00c04fd930c9}"
GET = GET_ALL.replace("f6ad", "f6aa")


@pytest.mark.parametrize("right", [GET, GET_ALL, GET_ALL.upper()])
def test_a_user_replicates(right: str) -> None:
    (sign,) = tell(replication, [change(1, "m.durand", right), change(1.01, "m.durand", right)])
    assert sign.sure
    assert sign.decades == 4.0
    assert names(sign, "actor") == ["m.durand"]
    assert names(sign, "target") == ["srv-dc1"]


def test_told_again_only_on_another_day() -> None:
    hours = [change(n * HOUR, "m.durand", GET_ALL) for n in range(30)]
    assert len(tell(replication, hours)) == 2


def test_an_unknown_machine_that_replicates_once() -> None:
    rows = [change(1, "poste-12$", GET_ALL), change(60, "autre", "%%7688")]
    (sign,) = tell(replication, rows)
    assert not sign.sure
    assert names(sign, "actor") == ["poste-12"]


def test_a_desk_is_given_the_names_of_a_controller() -> None:
    names_of = "servicePrincipalName=HOST/poste GC/poste.chu.example/chu.example"
    (sign,) = tell(replication, [change(1, "m.durand", names_of, "POSTE-12$")])
    assert sign.sure
    assert sign.techniques == ("T1207",)
    assert names(sign, "target") == ["poste-12"]


def test_a_server_object_for_a_machine() -> None:
    rows = [change(1, "m.durand", "objectClass=nTDSDSA", "CN=POSTE-12,CN=Servers,CN=Sites,DC=chu")]
    assert len(tell(replication, rows)) == 1


def test_a_synchroniser_is_a_prior_until_its_hours_are_regular() -> None:
    rows = [change(n * 30, "msol_0a1b2c", GET_ALL) for n in range(24 * 2 * 10)]
    signs = tell(replication, rows)
    assert [sign.decades for sign in signs] == [1.0]


def test_regular_use_does_not_silence_a_burst_by_somebody_else() -> None:
    rows = [change(n * 30, "msol_0a1b2c", GET_ALL) for n in range(480)]
    assert any(sign.sure for sign in tell(replication, [*rows, change(9000, "m.durand", GET_ALL)]))


def granted(days: int, accounts: int = 40) -> list:
    return [
        row
        for day in range(days)
        for n in range(accounts)
        for row in (
            ticket(day * DAY + 480 + n, f"agent{n}", kind="AS"),
            ticket(day * DAY + 481 + n, f"agent{n}", "srv-fic1$"),
            ticket(day * DAY + 490 + n, f"agent{n}", "srv-app$"),
        )
    ]


def test_a_ticket_that_nobody_granted() -> None:
    forged = [*granted(25), ticket(25 * DAY, "fantome", "srv-dc1$", src="10.9.9.9")]
    (sign,) = tell(replication, forged)
    assert sign.techniques == ("T1558.001",)
    assert sign.decades == 1.5


QUIET = {
    "controllers among themselves": [
        row for n in range(50) for row in (change(n * 15, "srv-dc2$", GET_ALL), change(n * 15, "srv-dc1$", GET_ALL))
    ],
    "an access list that names the rights": [
        change(1, "m.durand", f"nTSecurityDescriptor=(OA;;CR;{GET_ALL};;S-1-5-9)")
    ],
    "other rights": [change(1, "m.durand", "%%7688 {bf967a86-0de6-11d0-a285-00aa003049e2}")],
    "ordinary service names": [change(1, "m.durand", "servicePrincipalName=HTTP/intranet.chu.example", "SRV-WEB$")],
    "a controller sets its own names": [change(1, "srv-dc3$", "servicePrincipalName=GC/srv-dc3", "SRV-DC3$")],
    "tickets where some controllers do not log": [
        row for row in granted(25) if row.kind == "TGS" or row.account[-1] in "135"
    ],
    "tickets in the first week": [*granted(5), ticket(5 * DAY, "fantome", "srv-dc1$")],
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(replication, QUIET[name]) == []
