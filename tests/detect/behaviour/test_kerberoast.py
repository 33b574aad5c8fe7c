"""Tickets asked for in order to crack them."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import DAY, HOUR, names, tell, ticket
from tocsin.detect.behaviour import kerberoast

SERVICES = [f"svc_{name}" for name in ("sql", "web", "pacs", "labo", "paie", "gam", "rh", "doc")]


def history(days: int = 10, cipher: str = "0x12") -> list:
    """People who use two or three services of a dozen, an application server that uses many."""
    rows = []
    for day in range(days):
        for n in range(30):
            start = day * DAY + 8 * HOUR + n
            rows.append(ticket(start, f"agent{n}", "svc_intranet", cipher=cipher))
            rows.append(ticket(start + 1, f"agent{n}", SERVICES[n % 3], cipher=cipher))
        rows += [ticket(day * DAY + n, "portail", f"svc_m{day}_{n}", cipher=cipher) for n in range(6)]
    return rows


def test_six_services_never_used_within_an_hour() -> None:
    roast = [ticket(10 * DAY + n * 8, "agent7", service, cipher="0x12") for n, service in enumerate(SERVICES[2:])]
    (sign,) = tell(kerberoast, [*history(), *roast])
    assert sign.facts["account"] == "agent7"
    assert sign.decades >= 1
    assert names(sign, "actor") == ["agent7"]


def test_rc4_adds_to_it() -> None:
    aes, rc4 = (
        tell(
            kerberoast, [*history(), *(ticket(10 * DAY + n, "agent7", s, cipher=c) for n, s in enumerate(SERVICES[2:]))]
        )
        for c in ("0x12", "0x17")
    )
    assert max(s.decades for s in rc4) > max(s.decades for s in aes)


def test_five_in_rc4_at_once_without_history() -> None:
    (sign,) = tell(kerberoast, [ticket(n / 60, "agent7", s, cipher="0x17") for n, s in enumerate(SERVICES[:5])])
    assert sign.decades == 2.0
    assert sign.techniques == ("T1558.003",)


def test_three_accounts_without_preauthentication() -> None:
    rows = [ticket(n, f"vieux{n}", src="10.9.9.9", kind="AS", cipher="0x17", preauth="0") for n in range(4)]
    (sign,) = tell(kerberoast, rows)
    assert sign.techniques == ("T1558.004",)
    assert names(sign, "source") == ["10.9.9.9"]


def test_fall_back_to_rc4_where_both_sides_used_aes() -> None:
    usual = [ticket(n * 30, f"agent{n % 4}", "svc_sql") for n in range(400)]
    (sign,) = tell(kerberoast, [*usual, ticket(400 * 30, "agent1", "svc_sql", cipher="0x17")])
    assert sign.message.startswith("{account} was given a ticket for {service} in RC4")


QUIET = {
    "services in AES on the first day": [ticket(n, "agent7", s) for n, s in enumerate(SERVICES)],
    "machines' own services": [
        *history(),
        *(ticket(10 * DAY + n, "agent7", f"srv{n}$", cipher="0x17") for n in range(9)),
    ],
    "an old device that only speaks RC4": [ticket(n * 60, "scanner", "svc_dicom", cipher="0x17") for n in range(500)],
    "an application server's habit": history(days=20),
    "somebody new who asks for what everybody uses": [
        *history(),
        *(ticket(10 * DAY + n, "nouveau", s) for n, s in enumerate(["svc_intranet", *SERVICES[:3]])),
    ],
    "one old account without pre-authentication": [
        ticket(n * 60, "vieux", kind="AS", cipher="0x17", preauth="0") for n in range(100)
    ],
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(kerberoast, QUIET[name]) == []
