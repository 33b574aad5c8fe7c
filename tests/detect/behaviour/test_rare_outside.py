"""New places with strange clients: told on machines with habits, quiet where news is usual."""

from __future__ import annotations

import random

import pytest

from tests.detect.behaviour.account_rows import names, tell
from tests.detect.behaviour.flow_rows import DAY, HOUR, web
from tocsin.detect.behaviour import rare_outside
from tocsin.detect.behaviour.facts import Web
from tocsin.detect.behaviour.snapshot import dump, load

BROWSER, SYSTEM, STRANGE = "t13d1516h2_8daaf6152771_02713d6af862", "t12d190800_d83cc789557e", "t13d880900_fcb5b95cb75a"
SERVER, LATE = "10.0.0.8", 4 * DAY
DOMAINS = ("exemple-maj.fr", "exemple-presse.fr", "exemple-outils.org")


def habits(days: int = 4, machines: int = 20) -> list[Web]:
    """Machines that all use a browser and the system's library, at a few places, and a server that updates."""
    rows = []
    for hour in range(days * 24):
        for n in range(machines):
            domain = DOMAINS[(hour + n) % 3]
            agent = BROWSER if n % 2 else SYSTEM
            rows.append(web(hour * HOUR + n, f"www.{domain}", src=f"10.1.1.{n}", dst="192.0.2.10", agent=agent))
        rows.append(web(hour * HOUR + 50, "www.exemple-maj.fr", src=SERVER, dst="192.0.2.10", agent=SYSTEM))
    return rows


def test_a_tool_of_its_own_on_a_server() -> None:
    (sign,) = tell(rare_outside, [*habits(), web(LATE, "cdn.exemple-inconnu.org", src=SERVER, agent=STRANGE)])
    text = sign.message.format(**sign.facts)
    assert text == (
        f"{SERVER} contacted cdn.exemple-inconnu.org, where it and its peers do not go,"
        f" with a client not seen there ({STRANGE})"
    )
    assert names(sign, "destination") == ["cdn.exemple-inconnu.org", "198.51.100.66"]
    assert 1.0 <= sign.decades <= rare_outside.MOST_DECADES < 2


def test_by_address_where_there_is_no_name() -> None:
    (sign,) = tell(rare_outside, [*habits(), web(LATE, "", src=SERVER, agent=STRANGE)])
    assert sign.facts["place"] == "198.51.100.0/24"


def test_user_agents_count_as_well() -> None:
    rows = [web(LATE, "", src=SERVER, agent="outil/3.1 (inconnu)", tls=False, port=80)]
    (sign,) = tell(rare_outside, [*habits(), *rows])
    assert sign.facts["client"] == "outil/# (inconnu)"


def test_told_once() -> None:
    again = [web(LATE + n * HOUR, f"x{n}.exemple-inconnu.org", src=SERVER, agent=STRANGE) for n in range(9)]
    assert len(tell(rare_outside, [*habits(), *again])) == 1


def restless() -> list[Web]:
    """A browser that changes its fingerprint with each handshake and reads everywhere."""
    return [
        web(n * 900, f"www.site{n}.example", src="10.1.1.3", dst="192.0.2.10", agent=f"{n:032x}") for n in range(400)
    ]


LAST = {
    "a new place with the usual client": [web(LATE, "www.exemple-inconnu.org", src=SERVER, agent=SYSTEM)],
    "a new client at the usual place": [web(LATE, "dl.exemple-maj.fr", src=SERVER, agent=STRANGE)],
    "what peers do": [web(LATE, "www.exemple-presse.fr", src=SERVER, agent=BROWSER)],
    "inside": [web(LATE, "", src=SERVER, dst="10.0.0.9", agent=STRANGE)],
    "no fingerprint": [web(LATE, "www.exemple-inconnu.org", src=SERVER, agent="")],
    "a machine without habits": [web(LATE, "www.exemple-inconnu.org", src="10.1.9.9", agent=STRANGE)],
    "no machine": [web(LATE, "www.exemple-inconnu.org", src="\ud800", agent=STRANGE)],
    "a restless one": restless(),
}


@pytest.mark.parametrize("name", LAST)
def test_quiet(name: str) -> None:
    rows = sorted([*habits(), *LAST[name]], key=lambda row: row.time_us)
    assert tell(rare_outside, rows) == []


def test_the_first_hours_say_nothing() -> None:
    rows = habits(days=1, machines=2)[:60]
    assert tell(rare_outside, [*rows, web(20 * HOUR, "www.exemple-inconnu.org", src=SERVER, agent=STRANGE)]) == []


def test_the_order_of_one_moment_changes_nothing() -> None:
    last = [web(LATE, f"x.exemple-{n}.org", src=SERVER, agent=STRANGE + str(n % 2)) for n in range(6)]
    mixed = random.Random(2).sample(last, len(last))
    told = [[sign.facts for sign in tell(rare_outside, [*habits(), *rows], batch=10_000)] for rows in (last, mixed)]
    assert told[0] == told[1] != []


def test_time_backwards() -> None:
    assert isinstance(tell(rare_outside, habits()[::-1]), list)


def test_a_memory_that_was_written_and_read_goes_on() -> None:
    memory = rare_outside.memory()
    tell(rare_outside, habits(), memory)
    again = load(dump(memory), rare_outside.memory)
    assert tell(rare_outside, [web(LATE, "cdn.exemple-inconnu.org", src=SERVER, agent=STRANGE)], again)


def test_a_flood_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rare_outside, "RECENT", 100)
    memory = rare_outside.memory()
    tell(rare_outside, [web(n, f"x.a{n}.org", src=SERVER, agent=f"{n}") for n in range(3_000)], memory)
    assert len(memory.recent) <= 100
