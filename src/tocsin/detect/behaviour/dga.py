"""Domains made by an algorithm: a machine that asks for one domain after the other that nobody registered.

Enters: DNS questions with their answers. Leaves: a sign for a machine, and another when one of such domains answers.

Sees: three or more domains in a day that do not exist and read as if drawn (letters, digits, hexadecimal); ten or more
in ten minutes whatever they read like (words put together), where machines here, and this one, usually do not; the
drawn domain that answers within an hour of it.
Misses: algorithms of words that try less than ten in ten minutes; domains that resolvers answer instead of refusing
(captive portals, sinkholes); subdomains of one registered domain (see `dns_tunnel`); bursts before some hundred
ten-minute spans of machines were seen; machines behind a resolver, where only the resolver is seen.
Benign when: mail gateways and crawlers that look up senders' dead domains (their own habit is learned); a probe of
vulnerabilities or a test of the filter; advertisements' drawn domains that a filter refuses.
Source: BEHAVIOUR.md N4; M. Antonakakis et al., From Throw-Away Traffic to Bots, 2012; D. Plohmann et al., A
Comprehensive Measurement Study of Domain Generating Malware, 2016; ATT&CK T1568.002.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import log10

from tocsin.detect.behaviour.actors import (
    DAY_US,
    HOUR_US,
    Ref,
    in_order,
    known,
    machine,
    packed,
    span,
    touch,
    unpacked,
)
from tocsin.detect.behaviour.carried import LOOKUPS
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.domains import outside, parts
from tocsin.detect.behaviour.facts import Query
from tocsin.detect.behaviour.letters import DRAWN, drawn
from tocsin.detect.behaviour.memory import Distinct, key64
from tocsin.model import Entity, Layer
from tocsin.model import names as spell
from tocsin.model.voice import _n

ID = "N4"
NAME = "dga"
LAYER: Layer = "network"
TECHNIQUES = ("T1568.002",)
NEEDS = ("Query",)

LEAST, BURST = 3, 10
"""Domains that are judged by their letters, and by their number (BEHAVIOUR.md N4: ten in ten minutes)."""
SPAN_US = 600_000_000
CLIENTS, MISSED, ANSWERING, ASKED = 20_000, 64, 50_000, 50_000
"""Machines followed (up to 20 KB each while they miss domains), domains of one, domains that answered or did not."""
COMMON = 5
"""A domain that so many machines miss is a broken link, not an algorithm's."""

SHARE, MOST_EACH, LEAST_EACH = 0.25, 1.2, -0.5
"""What a domain's letters add: a quarter of their decades, within bounds."""
BASE = -2.0
"""Drawn names of short-lived hosts and typing errors are commoner than algorithms."""
MOST_LETTERS, LEAST_LETTERS = 6.0, -1.0
PRIOR = 5.0
MOST_WORDS = 2.5
"""What a burst alone is worth."""
FEW_TOPS = 3
"""Algorithms use few top-level domains; dead links have many."""
ANSWER_DRAWN = 1.5
"""After a burst less is asked of the letters of the domain that answers."""
TOLD_LEAST, TOLD_MORE, MOST_DECADES, ANSWER_DECADES = 1.0, 1.0, 4.0, 2.0
CLOSELY, SELDOM = 24, 8
"""The first missed domains of a machine are judged one by one, later ones now and then: a flood costs little."""
_FORGET = 1 << 20


@dataclass(slots=True)
class Miss:
    """One domain that did not exist."""

    time_us: int
    drawn: float
    ref: Ref


_NOTHING = Miss(0, 0.0, ("", "", None, "", 0))


@dataclass(slots=True)
class Client:
    """What one machine asked for in vain; `spans` and `busy` are its ten minutes, and those with a burst."""

    missed: dict[str, Miss] = field(default_factory=dict)
    count: int = 0
    span: int = -1
    inside: int = 0
    spans: int = 0
    busy: int = 0
    told: float = 0.0
    told_us: int = -DAY_US


@dataclass
class DgaMemory:
    """What the detector remembers; `spans[n]` counts machines' ten minutes with n missed domains."""

    clients: dict[str, Client] = field(default_factory=dict)
    answering: dict[str, int] = field(default_factory=dict)
    askers: Distinct = field(default_factory=lambda: Distinct(ASKED))
    spans: list[int] = field(default_factory=lambda: [0] * (MISSED + 1))


def memory() -> DgaMemory:
    """Give an empty memory."""
    return DgaMemory()


def watch(kind: str, rows: Sequence[Query], memory: DgaMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Take questions; tell when there is enough."""
    for row in in_order(rows):
        client = touch(memory.clients, row.src, Client, CLIENTS)
        if row.time_us // SPAN_US > client.span:
            _next_span(client, row.time_us // SPAN_US, memory)
        if row.rcode == "NXDOMAIN":
            yield from _missed(row, client, memory)
        elif row.answers:
            yield from _answered(row, client, memory)


def finish(memory: DgaMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _next_span(client: Client, number: int, memory: DgaMemory) -> None:
    """Learn from ten minutes that are over."""
    if client.span >= 0:
        memory.spans[min(client.inside, MISSED)] += 1
        client.spans += 1
        client.busy += client.inside >= BURST
        if sum(memory.spans) > _FORGET:
            memory.spans = [count // 2 for count in memory.spans]
    client.span, client.inside = number, 0


def _bare(name: str) -> str:
    """Give the domain of a name that asks for nothing but it."""
    if not outside(name):
        return ""
    domain, _, rest = parts(name)
    return domain if rest in {"", "www"} and domain not in LOOKUPS else ""


def _answered(row: Query, client: Client, memory: DgaMemory) -> Iterator[Sign]:
    """Remember which domains are there; tell a drawn one that is new and answers soon after a machine was told."""
    if not outside(row.name):
        return
    domain, label, rest = parts(row.name)
    if not domain:
        return
    new = domain not in memory.answering
    touch(memory.answering, domain, lambda: 1, ANSWERING)
    soon = 0 <= row.time_us - client.told_us <= HOUR_US
    if new and soon and rest in {"", "www"} and drawn(label) >= ANSWER_DRAWN and any(map(spell.address, row.answers)):
        yield _answer(row, domain, client)


def _missed(row: Query, client: Client, memory: DgaMemory) -> Iterator[Sign]:
    domain = _bare(row.name)
    if not domain or domain in memory.answering or domain in client.missed:
        return
    if memory.askers.add(key64("askers", domain), row.src) >= COMMON:
        return
    _forget(client, row.time_us)
    client.count += 1
    client.missed[domain] = Miss(row.time_us, drawn(parts(domain).label), packed(row.event))
    client.inside += row.time_us // SPAN_US == client.span
    if client.count <= CLOSELY or client.count % SELDOM == 0:
        yield from _judge(row, client, memory)


def _forget(client: Client, now_us: int) -> None:
    """Let go what is older than a day, and the first of too many."""
    if len(client.missed) < MISSED and now_us - next(iter(client.missed.values()), _NOTHING).time_us <= DAY_US:
        return
    old = [domain for domain, miss in client.missed.items() if now_us - miss.time_us > DAY_US]
    if len(client.missed) - len(old) >= MISSED:
        old.append(next(domain for domain in client.missed if domain not in old))
    for domain in old:
        del client.missed[domain]


def _judge(row: Query, client: Client, memory: DgaMemory) -> Iterator[Sign]:
    if len(client.missed) < LEAST:
        return
    if row.time_us - client.told_us > DAY_US:
        client.told = 0.0
    recent = {domain: miss for domain, miss in client.missed.items() if row.time_us - miss.time_us < SPAN_US}
    burst = _burst(len(recent), client, memory)
    letters = _letters(client.missed) + max(0.0, burst)
    words = min(MOST_WORDS, burst + _alike(recent)) if len(recent) >= BURST else 0.0
    decades = min(MOST_DECADES, max(letters, words))
    if decades >= TOLD_LEAST and decades >= client.told + (TOLD_MORE if client.told else 0.0):
        client.told, client.told_us = decades, row.time_us
        yield _sign(row, client.missed if letters >= words else recent, decades)


def _letters(missed: dict[str, Miss]) -> float:
    each = (max(LEAST_EACH, min(MOST_EACH, miss.drawn * SHARE)) for miss in missed.values())
    return BASE + max(LEAST_LETTERS, min(MOST_LETTERS, sum(each)))


def _burst(number: int, client: Client, memory: DgaMemory) -> float:
    """Give the decades of so many missed domains in ten minutes, by all machines' spans and this one's own."""
    if number < BURST:
        return 0.0
    here = sum(memory.spans[min(number, MISSED) :])
    peers = (here + 0.5) / (sum(memory.spans) + 1)
    return -log10((client.busy + PRIOR * peers) / (client.spans + PRIOR)) - 1


def _alike(recent: dict[str, Miss]) -> float:
    """Weigh whether the domains could be one algorithm's: few endings."""
    tops = {domain.rpartition(".")[2] for domain in recent}
    return 0.5 if len(tops) <= FEW_TOPS else -0.5


def _sign(row: Query, missed: dict[str, Miss], decades: float) -> Sign:
    first_us = min(miss.time_us for miss in missed.values())
    last_us = max(miss.time_us for miss in missed.values())
    strange = sorted(missed, key=lambda domain: (-missed[domain].drawn, domain))
    facts = {
        "src": row.src,
        "domains": str(len(missed)),
        "span": span(last_us - first_us),
        "names": ", ".join(strange[:3]),
        "drawn": str(sum(miss.drawn >= DRAWN for miss in missed.values())),
    }
    return Sign(
        first_us,
        last_us,
        decades,
        _n(
            "{src} asked for {domains} domains that do not exist in {span} ({names}…); {drawn} of them read as if drawn"
        ),
        facts,
        known(machine(row.src, "source")),
        unpacked(miss.ref for miss in missed.values()),
        TECHNIQUES,
        len(missed),
    )


def _answer(row: Query, domain: str, client: Client) -> Sign:
    address = next(filter(None, map(spell.address, row.answers)), "")
    facts = {"src": row.src, "domain": domain, "address": address, "domains": str(len(client.missed))}
    refs = [*(miss.ref for miss in client.missed.values()), packed(row.event)]
    return Sign(
        row.time_us,
        row.time_us,
        ANSWER_DECADES,
        _n("{domain} answered {src} ({address}) after {domains} domains like it that do not exist"),
        facts,
        known(machine(row.src, "source"), Entity("domain", domain, "destination"), machine(address, "destination")),
        unpacked(refs),
        (*TECHNIQUES, "T1071.001"),
    )
