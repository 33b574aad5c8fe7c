"""Password spray: guesses are told from forgotten passwords, gateways and expired ones."""

from __future__ import annotations

import pytest

from tests.detect.behaviour.account_rows import DAY, call, logon, names, tell, ticket
from tocsin.detect.behaviour import spray


def guesses(number: int, every: float = 0.5, src: str = "10.9.9.9", start: float = 0.0, **more: str) -> list:
    return [logon(start + n * every, f"agent{n:03d}", src, ok=False, **more) for n in range(number)]


def test_ten_accounts_in_ten_minutes() -> None:
    (sign,) = tell(spray, guesses(10))
    assert (
        sign.message.format(**sign.facts) == "10.9.9.9 failed to log on with 10 accounts in 4 min, at most 1 times each"
    )
    assert sign.decades > 2
    assert names(sign, "source") == ["10.9.9.9"]
    assert sign.techniques == ("T1110.003",)
    assert len(sign.events) == 10


def test_success_after_the_spray_names_the_account() -> None:
    rows = [*guesses(12), logon(7, "agent050", "10.9.9.9")]
    spray_sign, hit = tell(spray, rows)
    assert names(hit, "target") == ["agent050"]
    assert hit.decades == 3.0
    assert spray_sign.time_us < hit.time_us


def test_tickets_and_logons_of_one_source_count_together() -> None:
    failed = [ticket(n / 2, f"agent{n:03d}", src="10.9.9.9", kind="AS", ok=False, reason="0x18") for n in range(6)]
    assert len(tell(spray, [*failed, *guesses(12, start=3)[6:]])) == 1


def test_slow_spray_is_found_when_there_is_a_day_of_history() -> None:
    before = [logon(n, "somebody", "10.1.1.1") for n in range(0, DAY + 10, 60)]
    (sign,) = tell(spray, [*before, *guesses(32, every=40, start=DAY)])
    assert sign.facts["span"] == "19 h"


def test_one_program_from_many_addresses() -> None:
    rows = [
        logon(n / 2, f"agent{n}", f"198.51.100.{n}", "vpn", "vpn", False, device=f"python-requests/2.{n}")
        for n in range(12)
    ]
    (sign,) = tell(spray, rows)
    assert sign.facts["client"] == "python-requests/#"


def explicit(number: int, every: float = 0.3) -> list:
    return [logon(n * every, f"agent{n:03d}", "poste-12", "poste-12", "explicit") for n in range(number)]


def test_passwords_given_explicitly() -> None:
    (sign,) = tell(spray, explicit(25))
    assert names(sign, "source") == ["poste-12"]
    assert sign.decades == spray.BLIND_DECADES


QUIET = {
    "a terminal server in the morning": [
        row
        for n, one in enumerate(explicit(60))
        for row in (one, logon(n * 0.3 + 0.01, one.account, f"10.1.1.{n}", "poste-12", "remote"))
    ],
    "nine accounts": guesses(9),
    "one account with an old password": [logon(n / 10, "svc-app", "10.1.1.1", ok=False) for n in range(200)],
    "expired passwords of a ward after the holidays": guesses(30, reason="0xC0000071"),
    "second factors of an identity provider": guesses(30, kind="cloud", reason="Strong Authentication is required."),
    "clocks, controllers, hours": guesses(30, reason="0xc0000133"),
    "a shared desk where people mistype and then get in": [
        row
        for n in range(20)
        for row in (
            logon(n * 0.4, f"ide{n:02d}", "10.2.0.7", ok=False),
            logon(n * 0.4 + 0.2, f"ide{n:02d}", "10.2.0.7"),
        )
    ],
    "a gateway with everybody behind it": [
        logon(n / 20, f"agent{n:03d}", "192.0.2.1", "portail", "cloud", ok=n % 10 != 0) for n in range(200)
    ],
    "accounts unknown to the probe": [ticket(n / 5, f"a{n}", kind="AS", ok=False, reason="0x19") for n in range(40)],
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    assert tell(spray, QUIET[name]) == []


def test_a_gateway_that_only_logs_failures_is_learned() -> None:
    """Fifteen people a day mistype behind one address and their successes are written elsewhere."""
    rows = [
        logon(day * DAY + 480 + n * 30, f"agent{(day * 7 + n) % 200:03d}", "192.0.2.1", ok=False)
        for day in range(10)
        for n in range(15)
    ]
    assert tell(spray, rows) == []


def test_told_once_however_long_it_lasts() -> None:
    assert len(tell(spray, guesses(400, every=0.1))) == 1


def test_a_flood_of_sources_and_accounts_stays_bounded() -> None:
    memory = spray.memory()
    rows = [logon(n / 1000, f"a{n % 700}", f"10.{n // 700}.1.1", ok=False) for n in range(7_000)]
    tell(spray, rows, memory)
    assert all(len(source.tried) <= spray.ACCOUNTS for source in memory.sources.values())
    assert len(memory.sources) <= spray.SOURCES


def test_other_kinds_of_rows_are_none_of_its_business() -> None:
    assert tell(spray, [call(1, "a", "b")]) == []
