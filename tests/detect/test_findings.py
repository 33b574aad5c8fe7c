"""Findings: entities from columns, and episodes that keep memory bounded."""

from __future__ import annotations

from tests.making import finding
from tocsin.detect import findings
from tocsin.detect.findings import Episodes
from tocsin.model import MAX_REFS, Entity


def test_entities_have_one_spelling_each() -> None:
    columns = {
        "device.hostname": "SRV-AD1.chu-exemple.fr",
        "actor.user.name": "VALBOURG\\M.Lefevre",
        "user.name": "SYSTEM",
        "src_endpoint.ip": "::ffff:10.20.1.5",
        "dst_endpoint.ip": "127.0.0.1",
        "query.hostname": "Cdn.Example.com.",
    }
    assert findings.entities(columns) == (
        Entity("host", "srv-ad1", "subject"),
        Entity("identity", "m.lefevre", "actor"),
        Entity("address", "10.20.1.5", "source"),
        Entity("domain", "cdn.example.com", "object"),
    )


def test_the_same_finding_within_a_minute_is_one_episode() -> None:
    episodes = Episodes()
    for at in (0, 0.5, 1.2, 10):
        episodes.add(finding("a", at, host="h"))
    first, second = episodes.close()
    assert (first.count, second.count) == (3, 1)
    assert first.id == "a@0"
    assert (first.time_us, first.last_us) == (0, 72_000_000)


def test_other_entities_make_another_episode() -> None:
    episodes = Episodes()
    episodes.add_all([finding("a", 0, host="h"), finding("a", 0, host="i"), finding("b", 0, host="h")])
    assert len(episodes.close()) == 3


def test_a_flood_costs_detail_never_a_finding() -> None:
    episodes = Episodes(limit=100)
    for number in range(10_000):
        episodes.add(finding(f"rule{number % 7}", number, "low", host=f"h{number % 5000}", user=f"u{number}"))
    found = episodes.close()
    assert sum(one.count for one in found) == 10_000
    assert len(found) <= 201
    assert all(len(one.events) <= MAX_REFS for one in found)


def test_joining_does_not_depend_on_who_comes_first() -> None:
    one, other = finding("a", 0, host="h"), finding("a", 0.5, host="h")
    assert findings.joined(one, other) == findings.joined(other, one)
