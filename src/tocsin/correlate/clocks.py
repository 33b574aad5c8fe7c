"""Clocks that are wrong by a constant: found where two sources saw the same connection, and put right.

Enters: connections as several sources saw them (client port, both ends, time), and what Sysmon says of its own host's
clock. Leaves: how far each clock is off. A firewall that writes local time, a host nineteen hours late: both are
common, and correlation by time fails with them.

Connections are matched by address, port and port. Too many are thinned out by their client's port, in the same way
everywhere, so that what one source keeps the others keep too. An offset is believed when most of at least five pairs
agree on it; of several clocks that differ, the one that most others agree with is right, and the network's at par.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from statistics import median_low

from msgspec import Struct

from tocsin.detect.findings import reference
from tocsin.model import Event, EventRef, Native
from tocsin.model import names as spell

TOLERANCE_S = 120
"""A clock that is off by less is left alone."""

AGREE_S = 15
LEAST_PAIRS = 5
KEPT = 20_000
_SPREAD = 2_654_435_761
_ALL = 1 << 32

Connection = tuple[str, int, str, int]


class ClockOffset(Struct, frozen=True):
    """How far a clock is behind the true time, in seconds (negative: ahead), from how many observations.

    `clock` is a host for what Windows hosts write themselves, else a product (`fortigate`).
    """

    clock: str
    seconds: int
    pairs: int


class Meetings:
    """Connections with the times at which each clock saw them. Bounded by `limit` connections."""

    def __init__(self, limit: int = KEPT) -> None:
        self._limit = limit
        self._below = _ALL
        self.seen: dict[Connection, dict[str, int]] = {}
        self.witnesses: dict[Connection, EventRef] = {}
        """The event of a probe of the network that saw a connection."""

    def meet(self, event: Event) -> None:
        """Take one event, when its source tells a connection's ends."""
        reader = _READERS.get(event.source)
        if reader is None or event.time_us is None:
            return
        said = reader(event.native)
        if said is not None and self._kept(said[1][1]):
            if not said[0]:
                self.witnesses.setdefault(said[1], reference(event))
            self._add(said[1], said[0] or event.family, event.time_us)

    def merge(self, other: Meetings) -> None:
        """Take what was kept elsewhere."""
        for connection, times in other.seen.items():
            if self._kept(connection[1]):
                if connection in other.witnesses:
                    self.witnesses.setdefault(connection, other.witnesses[connection])
                for clock, time_us in times.items():
                    self._add(connection, clock, time_us)

    def _kept(self, port: int) -> bool:
        return port * _SPREAD % _ALL < self._below

    def _add(self, connection: Connection, clock: str, time_us: int) -> None:
        times = self.seen.setdefault(connection, {})
        times[clock] = min(time_us, times.get(clock, time_us))
        while len(self.seen) > self._limit and self._below > 1:
            self._below //= 2
            self.seen = {one: times for one, times in self.seen.items() if self._kept(one[1])}
            self.witnesses = {one: ref for one, ref in self.witnesses.items() if one in self.seen}

    def offsets(self) -> list[ClockOffset]:
        """Give the clocks that are off by more than the tolerance, by name."""
        pairs = _agreed(self._differences())
        found: dict[str, tuple[int, int]] = {}
        for group in _connected(pairs):
            found.update(_placed(group, pairs))
        return [
            ClockOffset(clock, seconds, count)
            for clock, (seconds, count) in sorted(found.items())
            if abs(seconds) > TOLERANCE_S
        ]

    def _differences(self) -> dict[tuple[str, str], list[int]]:
        differences: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for connection in sorted(self.seen):
            times = sorted(self.seen[connection].items())
            for rank, (one, one_us) in enumerate(times):
                for other, other_us in times[rank + 1 :]:
                    differences[one, other].append((one_us - other_us) // 1_000_000)
        return differences


Pairs = dict[tuple[str, str], tuple[int, int]]
"""Two clocks -> by how much the first is ahead of the second, and how many observations say so."""


def _agreed(differences: Mapping[tuple[str, str], list[int]]) -> Pairs:
    agreed: Pairs = {}
    for pair, seconds in differences.items():
        middle = median_low(sorted(seconds))
        near = [one for one in seconds if abs(one - middle) <= AGREE_S]
        if len(near) >= LEAST_PAIRS and 2 * len(near) > len(seconds):
            agreed[pair] = (middle, len(near))
            agreed[pair[1], pair[0]] = (-middle, len(near))
    return agreed


def _connected(pairs: Pairs) -> Iterator[list[str]]:
    """Give the groups of clocks that were compared with each other, directly or through others."""
    left = sorted({one for one, _ in pairs})
    while left:
        group = [left[0]]
        for clock in group:
            group += [other for one, other in sorted(pairs) if one == clock and other not in group]
        yield group
        left = [clock for clock in left if clock not in group]


def _placed(group: list[str], pairs: Pairs) -> dict[str, tuple[int, int]]:
    """Give each clock of a group how far it is behind the one that most agree with."""
    ahead = {group[0]: 0}
    for clock in group:
        for one, other in sorted(pairs):
            if one == clock and other not in ahead:
                ahead[other] = ahead[clock] - pairs[one, other][0]
    counts = Counter({clock: _rank(clock) for clock in group})
    for clock in group:
        counts[clock] += sum(10 for other in group if abs(ahead[other] - ahead[clock]) <= TOLERANCE_S)
    right = min(group, key=lambda clock: (-counts[clock], clock))
    seen = {clock: max(count for (one, _), (_, count) in pairs.items() if one == clock) for clock in group}
    return {clock: (ahead[right] - seconds, seen[clock]) for clock, seconds in ahead.items()}


def _rank(clock: str) -> int:
    """Of clocks that as many agree with, a network probe's is right first: it keeps time for all it sees."""
    return 2 if clock == "zeek" else 1 if clock == "suricata" else 0


Said = tuple[str, Connection] | None


def _ends(native: Native, src: str, sport: str, dst: str, dport: str) -> Connection | None:
    ours, theirs = native.get(src), native.get(dst)
    if not isinstance(ours, str) or not isinstance(theirs, str):
        return None
    try:
        return ours, int(native.get(sport, "")), theirs, int(native.get(dport, ""))
    except (TypeError, ValueError):
        return None


def _network(src: str, sport: str, dst: str, dport: str) -> Callable[[Native], Said]:
    def read(native: Native) -> Said:
        ends = _ends(native, src, sport, dst, dport)
        return None if ends is None else ("", ends)

    return read


def trace_clock(host: str) -> str:
    """Name the clock of a host's kernel trace, which writes the times of Sysmon's network events."""
    return f"{host} (Sysmon network events)"


def _sysmon(native: Native) -> Said:
    if native.get("EventID") != 3:
        return None
    ends = _ends(native, "SourceIp", "SourcePort", "DestinationIp", "DestinationPort")
    host = spell.host(str(native.get("Computer", "")))
    return None if ends is None or not host else (trace_clock(host), ends)


def _security(native: Native) -> Said:
    if native.get("EventID") != 5156:
        return None
    names = ("SourceAddress", "SourcePort", "DestAddress", "DestPort")
    inward = native.get("Direction") in {"%%14592", "Inbound"}
    ends = _ends(native, *((*names[2:], *names[:2]) if inward else names))
    host = spell.host(str(native.get("Computer", "")))
    return None if ends is None or not host else (host, ends)


_SURICATA = _network("src_ip", "src_port", "dest_ip", "dest_port")
_READERS: dict[str, Callable[[Native], Said]] = {
    "zeek.conn": _network("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"),
    "suricata.flow": _SURICATA,
    "suricata.tls": _SURICATA,
    "suricata.http": _SURICATA,
    "windows.sysmon": _sysmon,
    "linux.sysmon": _sysmon,
    "windows.security": _security,
    "fortigate.traffic": _network("srcip", "srcport", "dstip", "dstport"),
    "stormshield.connection": _network("src", "srcport", "dst", "dstport"),
    "paloalto.traffic": _network("src", "sport", "dst", "dport"),
}
