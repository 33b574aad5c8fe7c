"""Tunnels in DNS: a machine that asks one domain for ever new names which carry data.

Enters: DNS questions with their answers; connections, to know whether answers were followed. Leaves: a sign for a
machine and a domain, within a day.

Sees: names with drawn or long labels under one domain, most of them asked once, in questions that nobody else here
asks: fast ones (dnscat2, iodine, dns2tcp) within some dozen questions, slow ones (some questions an hour) within the
day; data sent out in questions for addresses; data fetched in long TXT answers; servers asked without any domain.
Misses: less than some 300 characters a day; data written as words or in labels of less than six characters; short
labels in questions for addresses, as delivery networks have them; addresses asked back to front, as of block lists;
DNS inside TLS or HTTPS; one domain for each few questions; what a resolver asks for others, where the probe sees only
the resolver, is told of the resolver.
Benign when: a program that looks up hashes or telemetry under its maker's domain and runs on one machine only (known
makers count two decades less, each further machine counts against it); tests of a network's quality by unique names.
Source: BEHAVIOUR.md N3; RITA's count of subdomains; R. Perdisci et al. on unique names; ATT&CK T1071.004, T1048.003.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import log10
from zlib import crc32

from tocsin.detect.behaviour.actors import DAY_US, HOUR_US, in_order, known, machine, span, unpacked
from tocsin.detect.behaviour.carried import LOOKUPS, NO_DOMAIN, answered, carried
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.dns_zone import ODD, Zone, count
from tocsin.detect.behaviour.facts import Flow, Query
from tocsin.detect.behaviour.memory import Distinct, Moments, key64, pair64
from tocsin.detect.behaviour.sides import OUT, WORLD, side
from tocsin.model import Entity, Layer
from tocsin.model.voice import _n

ID = "N3"
NAME = "dns_tunnel"
LAYER: Layer = "network"
TECHNIQUES = ("T1071.004", "T1572", "T1048.003")
NEEDS = ("Query", "Flow")

LEAST_NAMES = 12
"""Fewer names prove nothing: a page of a big shop asks as many of one delivery network."""
ZONES = 20_000
"""Machines and domains followed (some 1.5 KB each); of too many those that carried least go."""
CLIENTS = 50_000
DNS_PORT = 53
NAME_CHARS = 255
"""A name has no more (RFC 1035)."""
CONTACTS = 200_000
"""Machines and addresses outside remembered as contacted (some 40 bytes each)."""
BASE = -1.5
"""Most domains with odd names under them are no tunnel."""
FEW_CHARS = 300.0
"""Characters that weigh nothing: a dozen identifiers of a delivery network."""
MOST_VOLUME, MOST_SHORT = 2.0, 1.0
LONG, LONGER = 24.0, 48.0
"""Mean characters of a name that are worth one decade, and one and a half: identifiers have 8 to 16."""
FAST = 100.0
"""Names an hour (BEHAVIOUR.md N3)."""
TOLD_LEAST, TOLD_MORE, MOST_DECADES = 1.0, 1.0, 3.5


@dataclass
class TunnelMemory:
    """What the detector remembers; `names` of a zone and day, `hosts` of a domain, `contacts` of a machine."""

    zones: dict[tuple[str, str], Zone] = field(default_factory=dict)
    names: Distinct = field(default_factory=lambda: Distinct(ZONES))
    hosts: Distinct = field(default_factory=lambda: Distinct(ZONES))
    clients: dict[str, int] = field(default_factory=dict)
    contacts: Moments = field(default_factory=lambda: Moments(CONTACTS, 1, DAY_US))


def memory() -> TunnelMemory:
    """Give an empty memory."""
    return TunnelMemory()


def watch(kind: str, rows: Sequence[Query | Flow], memory: TunnelMemory) -> Iterator[Sign]:
    """Count questions and contacts; a zone is told when its day ends, or in `finish`."""
    if kind == "Flow":
        _contacts(rows, memory)
        return
    for row in in_order(rows):
        if not isinstance(row, Query):
            continue
        one = carried(row.name)
        if one is None:
            continue
        if row.src not in memory.clients and len(memory.clients) < CLIENTS:
            memory.clients[row.src] = 1
        chars = one.chars + (answered(row.answers) if row.answers and row.qtype in ODD else 0)
        if chars:
            yield from _ask(row, one.zone, chars, memory)


def _contacts(rows: Sequence[Query | Flow], memory: TunnelMemory) -> None:
    """Remember who went where: most rows of a batch repeat a pair."""
    add = memory.contacts.add
    met = {(row[1], row[2]): row[0] for row in rows if row[3] != DNS_PORT}
    for (src, dst), time_us in met.items():
        if side(src, str(dst)) in {OUT, WORLD}:
            add(_contact(src, str(dst)), time_us)


def _contact(src: str, dst: str) -> int:
    """Give the key of a contact: there are very many, and a wrong one costs little, so quickly made."""
    return pair64(crc32(src.encode("utf-8", "replace")), crc32(dst.encode("utf-8", "replace")))


def _ask(row: Query, zone: str, chars: int, memory: TunnelMemory) -> Iterator[Sign]:
    ends = (row.src, zone)
    held = memory.zones.get(ends)
    if held is not None and row.time_us - held.first_us >= DAY_US:
        yield from _tell(ends, held, memory)
        held = None
    if held is None:
        if len(memory.zones) >= ZONES:
            _sweep(memory)
        held = memory.zones[ends] = Zone(row.time_us, row.time_us, key64(row.src, zone, row.time_us))
        memory.hosts.note(key64("hosts", zone), row.src)
    held.first_us, held.last_us = min(held.first_us, row.time_us), max(held.last_us, row.time_us)
    if row.name[:NAME_CHARS] == held.last_name:
        return  # the same name for another type, or asked again
    held.last_name = row.name[:NAME_CHARS]
    memory.names.note(held.key, row.name)
    count(row, chars, held)


def _sweep(memory: TunnelMemory) -> None:
    """Forget the eighth that carried least: asking for many domains does not push a tunnel out."""
    least = sorted(memory.zones, key=lambda ends: (memory.zones[ends].chars, memory.zones[ends].last_us, ends))
    for ends in least[: max(1, ZONES // 8)]:
        del memory.zones[ends]


def finish(memory: TunnelMemory) -> Iterator[Sign]:
    """Tell the zones that look like tunnels; again only with much more evidence."""
    for ends, held in sorted(memory.zones.items()):
        if held.changed:
            held.changed = False
            yield from _tell(ends, held, memory)


def _tell(ends: tuple[str, str], held: Zone, memory: TunnelMemory) -> Iterator[Sign]:
    names = min(held.asked, round(memory.names.estimate(held.key)))
    if names < LEAST_NAMES:
        return
    decades = min(MOST_DECADES, evidence(ends, held, names, memory))
    if decades >= TOLD_LEAST and decades >= held.told + (TOLD_MORE if held.told else 0.0):
        held.told = decades
        yield _sign(ends, held, names, decades, memory)


def evidence(ends: tuple[str, str], held: Zone, names: int, memory: TunnelMemory) -> float:
    """Give the decades for a tunnel: what it carries, in what, and who else does so."""
    src, zone = ends
    mean = held.chars / held.asked
    long = 1.5 if mean >= LONGER else 1.0 if mean >= LONG else 0.0
    odd = 2.0 if held.nobodys > held.asked / 2 else 1.0 if held.odd > held.asked / 2 else 0.0
    volume = max(
        -1.0, min(MOST_VOLUME if long or odd else MOST_SHORT, log10(held.chars * names / held.asked / FEW_CHARS))
    )
    hours = max(1.0, (held.last_us - held.first_us) / HOUR_US)
    fast = 0.5 if names / hours >= FAST else 0.0
    return (
        BASE
        + volume
        + long
        + odd
        + fast
        + _others(zone, memory)
        + _followed(src, held, memory)
        - _benign(zone, held, names)
    )


def _others(zone: str, memory: TunnelMemory) -> float:
    """Weigh who else asks such names of the domain: one more machine takes away more than many silent ones add."""
    if zone == NO_DOMAIN:
        return 0.0
    hosts = max(1.0, round(memory.hosts.estimate(key64("hosts", zone))))
    return min(0.5, log10(max(1.0, len(memory.clients) / hosts)) / 4) - 2 * log10(hosts)


def _followed(src: str, held: Zone, memory: TunnelMemory) -> float:
    """Weigh whether the machine went on to the addresses that it was given."""
    public = [address for address in held.addresses if not address.startswith("127.")]
    if held.address_questions <= held.asked / 2 or not public or not len(memory.contacts):
        return 0.0
    went = sum(bool(memory.contacts.of(_contact(src, address))[0]) for address in public)
    return -1.5 if went / len(public) >= 0.3 else 0.5 if not went else 0.0


def _benign(zone: str, held: Zone, names: int) -> float:
    """Weigh what look-ups do: makers that are known, answers that name no machine, names asked again and again."""
    again = 1.0 if names < held.asked / 4 else 0.3 if names < held.asked / 2 else 0.0
    listed = 1.5 if held.listed > held.asked / 10 else 0.0
    missing = 0.5 if held.missing > held.asked * 0.8 else 0.0
    return again + max(listed, missing, 2.0 if zone in LOOKUPS else 0.0)


def _sign(ends: tuple[str, str], held: Zone, names: int, decades: float, memory: TunnelMemory) -> Sign:
    src, zone = ends
    hosts = max(1, round(memory.hosts.estimate(key64("hosts", zone))))
    facts = {
        "src": src,
        "domain": zone,
        "names": str(names),
        "chars": str(held.chars),
        "types": ", ".join(sorted(held.types)),
        "span": span(held.last_us - held.first_us),
        "hosts": str(hosts),
    }
    message = _n(
        "{src} asked for {names} different names under {domain} in {span}; they carry {chars} characters"
        " (questions: {types}); {hosts} host(s) here ask such names of it"
    )
    if zone == NO_DOMAIN:
        message = _n(
            "{src} asked for {names} different names that belong to no domain in {span}; they carry {chars} characters"
            " (questions: {types})"
        )
    return Sign(
        held.first_us,
        held.last_us,
        decades,
        message,
        facts,
        known(machine(src, "source"), Entity("domain", zone, "destination") if zone != NO_DOMAIN else None),
        unpacked([*held.firsts, *held.lasts]),
        TECHNIQUES,
        held.asked,
    )
