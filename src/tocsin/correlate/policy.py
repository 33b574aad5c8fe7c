"""How much evidence is enough, and what is near: the numbers of the correlator in one place.

`SCAN` is for one look at an input without history, `LIVE` for a service that has seen the days before. Both run the
same code. A scan tells more: it has learned nothing, is looked at once, and says all there is; a service rings.
"""

from __future__ import annotations

from msgspec import Struct

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US


class Policy(Struct, frozen=True):
    """Thresholds in decades of evidence, distances in microseconds."""

    raise_signatures: float
    """Evidence of signatures (severity, discounted by how common the rule is) at which a case becomes an incident."""

    raise_rarity: float = 9.0
    """Evidence of rarity in a place's ledger that does the same; fixed on two of the four development networks."""

    quiet_decades: float = 0.0
    quiet_cases: int = 0
    """At most so many cases of `quiet_decades` or more are told too: a quiet input is told whole."""

    near_us: int = 2 * HOUR_US
    """Two findings about the same thing belong together when no more time than this lies between them."""

    campaign_us: int = DAY_US
    """An incident takes in what is noteworthy about its things for so long."""

    same_rule_us: int = 30 * MINUTE_US
    """Two places whose ledgers the same rare rule raised within this belong together."""

    max_peers: int = 20
    """A thing seen together with more hosts than this (a domain controller, a proxy, a scanner) bridges nothing."""

    max_case_entities: int = 200
    """A case that holds more hosts and accounts grows no further through what it shares."""

    learn_us: int = DAY_US
    """Nothing is unusual before so much has been seen; a shorter input learns for a quarter of its span."""

    budget_a_day: float = 0.0
    """Incidents a day and site that rarity alone may raise; 0 for no limit. What is sure is never throttled."""


SCAN = Policy(raise_signatures=2.0, quiet_decades=1.0, quiet_cases=5)
LIVE = Policy(raise_signatures=2.0, budget_a_day=5.0)

CLOSE_DECADES = 3.0
"""A raised ledger is over when no more than this is left in it, or after `IDLE_US` without anything new; what raises
it again within a day belongs to the same case."""

JOIN_DECADES = 1.0
"""What is worth less is context of a raised ledger, not part of it."""

IDLE_US = 6 * HOUR_US
