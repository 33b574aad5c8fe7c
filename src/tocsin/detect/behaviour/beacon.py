"""N1 Beacon: a machine that calls a rare destination as a timer does.

Enters: connections, HTTP requests and TLS handshakes. Leaves, at the end of a batch or hour: a sign for each pair of a
machine and a destination whose contacts are far more regular than chance, weighted by how few others go there.

Sees: command and control that calls home with a sleep of seconds to hours, with jitter up to about 80 %, lost calls,
tasking bursts and the machine asleep at night; by address, and by the name asked for (TLS, HTTP, behind a proxy or
a network of shared servers). Judged by the intervals' likelihood against chance, persistence, equal sizes, rarity.
Misses: fewer than four calls; sleeps drawn at random without a centre (an exponential: see N2); more jitter than
80 % with few calls; a destination that a fifth of all machines use, or that hides in a popular service; calls inside
one long connection (N2); DNS (N3) and NTP as such; beacons between two machines inside weigh at most one decade.
Benign when: updates, licences, telemetry, time and monitoring of a device that is the only one of its kind here; a
poller with many regular destinations inside is left out.
Source: BEHAVIOUR.md section 3; compare RITA v5 (active countermeasures), whose score needs a day and ignores rarity
below 50 machines; ATT&CK T1071, T1573, T1029.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from tocsin.detect.behaviour.actors import known, machine, span
from tocsin.detect.behaviour.beacon_pairs import BeaconMemory, Pair, take_flows, take_web
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Flow, Web
from tocsin.detect.behaviour.rhythm import rhythm
from tocsin.detect.behaviour.sides import INNER, Ends
from tocsin.detect.behaviour.visitors import common, fresh, hosts_of, machines_of, rarity
from tocsin.model import Entity, Layer
from tocsin.model import names as spell
from tocsin.model.voice import _n

ID = "N1"
NAME = "beacon"
LAYER: Layer = "network"
TECHNIQUES = ("T1071", "T1029")
NEEDS = ("Flow", "Web")

NEW_WEIGHT = 1.25
TOLD_LEAST = 3.0
"""Score from which a pair is told, with half a decade; the highest of RITA's networks that is no beacon has 1.3."""
TOLD_MORE = 2.0
KNOWN_DECADES, FRESH_DECADES, INNER_DECADES = 1.5, 2.5, 1.0
"""Of a thousand devices some dozens are the only ones of their kind here and call their maker by a timer, with all that
a beacon has: alone it makes no incident, unless it is new."""
INNER_WEIGHT = 0.5
POLLED = 4
"""A machine with more regular destinations inside is a poller (monitoring, inventory, backup)."""
_AT_ONCE = 1_024


class Judged(NamedTuple):
    """A pair with its score, and what the score was made of."""

    src: str
    dst: str
    score: float
    starts: int
    period_s: float
    width: float
    near: float
    same_size: float
    hosts: int
    fresh: bool


def memory() -> BeaconMemory:
    """Give an empty memory."""
    return BeaconMemory()


def watch(kind: str, rows: Sequence[Flow] | Sequence[Web], memory: BeaconMemory) -> Iterator[Sign]:
    """Take contacts; nothing is told before `finish`."""
    if kind == "Flow":
        take_flows(rows, memory)  # type: ignore[arg-type]
    else:
        take_web(rows, memory)  # type: ignore[arg-type]
    yield from ()


def judge(memory: BeaconMemory, changed_only: bool = False) -> Iterator[Judged]:
    """Give all followed pairs with their scores, without telling any."""
    machines = machines_of({pair.side for pair in memory.pairs.values()}, memory.visitors)
    length = memory.rings.length
    followed = sorted(
        (length(pair.key), ends, hosts)
        for ends, pair in memory.pairs.items()
        if (pair.changed or not changed_only)
        and not common(hosts := hosts_of(ends[1], pair.side, memory.visitors), machines[pair.side])
    )  # like lengths together: small tables
    for begin in range(0, len(followed), _AT_ONCE):
        part = [(ends, hosts) for _, ends, hosts in followed[begin : begin + _AT_ONCE]]
        yield from _judge(part, machines, memory)


def _judge(followed: list[tuple[Ends, int]], machines: dict[str, int], memory: BeaconMemory) -> Iterator[Judged]:
    found = rhythm(*memory.rings.table([memory.pairs[ends].key for ends, _ in followed]))
    for ends, _ in followed:
        memory.pairs[ends].changed = False
    for line in np.flatnonzero(found.evidence > 0).tolist():
        ends, hosts = followed[line]
        pair = memory.pairs[ends]
        new = fresh(*ends, pair.last_us, memory.visitors)
        weight = (NEW_WEIGHT if new else 1.0) * (INNER_WEIGHT if pair.side == INNER else 1.0)
        yield Judged(
            *ends,
            float(found.evidence[line]) * rarity(hosts, machines[pair.side]) * weight,
            int(found.starts[line]),
            float(found.period_s[line]),
            float(found.width[line]),
            float(found.near[line]),
            float(found.same_size[line]),
            hosts,
            new,
        )


def finish(memory: BeaconMemory) -> Iterator[Sign]:
    """Tell the pairs that call like a timer, once each, and again only when there is much more evidence."""
    ready = [one for one in judge(memory, changed_only=True) if _grown(one, memory.pairs[one.src, one.dst])]
    for one in ready:
        memory.pairs[one.src, one.dst].told = one.score
    timers = Counter(src for (src, _), pair in memory.pairs.items() if pair.side == INNER and pair.told)
    by_name = {(one.src, memory.pairs[one.src, one.dst].address) for one in ready if not spell.address(one.dst)}
    for one in sorted(ready, key=lambda one: (-one.score, one.src, one.dst)):
        pair = memory.pairs[one.src, one.dst]
        polls = pair.side == INNER and timers[one.src] > POLLED
        if not polls and (one.src, one.dst) not in by_name:
            yield _sign(one, pair)


def _grown(one: Judged, pair: Pair) -> bool:
    return one.score >= TOLD_LEAST and one.score >= pair.told + (TOLD_MORE if pair.told else 0.0)


def _sign(one: Judged, pair: Pair) -> Sign:
    most = INNER_DECADES if pair.side == INNER else FRESH_DECADES if one.fresh else KNOWN_DECADES
    facts = {
        "src": one.src,
        "dst": one.dst,
        "count": str(one.starts),
        "period": _period(one.period_s),
        "jitter": f"{one.width * 100:.0f}",
        "share": f"{one.near * 100:.0f}",
        "hosts": str(one.hosts),
        "port": str(pair.port),
        "span": span(pair.last_us - pair.first_us),
        "score": f"{one.score:.1f}",
    }
    message = _n(
        "{src} contacted {dst} {count} times in {span}, every {period} ±{jitter} % ({share} % of the time);"
        " {hosts} host(s) here contact it"
    )
    if one.same_size > 0:
        facts["same"] = f"{one.same_size * 100:.0f}"
    if one.fresh:
        facts["fresh"] = "7 d"
    return Sign(
        pair.first_us,
        pair.last_us,
        min(most, (one.score - 2.0) / 2),
        message,
        facts,
        known(machine(one.src, "source"), _destination(one.dst), machine(pair.address, "destination")),
        tuple(dict.fromkeys(([pair.first] if pair.first else []) + pair.lasts)),
        TECHNIQUES,
        one.starts,
    )


def _destination(name: str) -> Entity | None:
    domain = spell.domain(name)
    return Entity("domain", domain, "destination") if domain else machine(name, "destination")


def _period(seconds: float) -> str:
    """Write a period: `45 s`, `5 min`, `1.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
