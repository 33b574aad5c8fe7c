"""What a DNS question can carry besides its question: how many characters of it were hardly chosen by a person.

Enters: names and answers. Leaves: the zone that they reach, and characters.
Source: RFC 1035, RFC 5782 (look-ups in lists), RFC 6763 (service discovery).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from tocsin.detect.behaviour.domains import outside, parts
from tocsin.detect.behaviour.letters import drawn

NO_DOMAIN = "."
"""The zone of names whose last label cannot be a top-level domain: a tunnel straight to a server needs none."""
DRAWN_DECADES = 4.0
"""Of a hundred labels that people chose, one reads so."""
LEAST_CHARS, LONG_CHARS = 6, 32
"""Shorter labels say nothing about how they were made; longer ones carry whatever they read like."""
ANSWER_CHARS = 60
"""Answers below this are keys of verification and the like."""
MOST_ANSWER = 4_096
_POLICIES = ("v=", "k=", "google-site", "ms=", "docusign", "apple-domain", "facebook-domain")
_NIBBLES = 32
LOOKUPS = frozenset(
    (
        "spamhaus.org spamhaus.net surbl.org uribl.com sorbs.net abuse.ch cymru.com msbl.org "
        "barracudabrts.com barracudacentral.org sophosxl.net mcafee.com trellix.com trendmicro.com e5.sk "
        "eset.com senderbase.org mailspike.net ivmuri.com avast.com avira.com bitdefender.net "
        "kaspersky-labs.com f-secure.com"
    ).split()
)
"""Makers of look-ups by DNS whose names nobody else can answer."""


class Carried(NamedTuple):
    """The zone that a name is asked of, and how many of its characters may carry something."""

    zone: str
    chars: int


@lru_cache(maxsize=65_536)
def carried(name: str) -> Carried | None:
    """Weigh a name; None for what never leaves the site or only looks an address up (reverse names, block lists)."""
    if not outside(name):
        return None
    domain, _, rest = parts(name)
    labels = rest.split(".") if rest else []
    if _listing(labels):
        return None
    return Carried(domain or NO_DOMAIN, sum(len(label) for label in labels if _carries(label)))


def _carries(label: str) -> bool:
    if len(label) < LEAST_CHARS or label.startswith("_"):
        return False
    return len(label) >= LONG_CHARS or drawn(label) >= DRAWN_DECADES


def _listing(labels: list[str]) -> bool:
    """Say whether the labels begin with an address, back to front."""
    four = labels[:4]
    if len(four) == 4 and all(label.isdecimal() and len(label) <= 3 for label in four):
        return True
    return len(labels) >= _NIBBLES and all(len(label) == 1 for label in labels[:_NIBBLES])


def answered(answers: tuple[str, ...]) -> int:
    """Give how many characters came back in texts that are no mail policy and no key of a domain's owner."""
    found = 0
    for answer in answers:
        text = answer.split(" ", 2)[-1].lstrip('"').lower() if answer.startswith("TXT ") else answer.lower()
        if len(text) >= ANSWER_CHARS and not text.startswith(_POLICIES):
            found += len(text)
    return min(MOST_ANSWER, found)
