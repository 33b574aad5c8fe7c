"""N7 New admin edge: a machine that administers another one for the first time.

Enters: connections, remote procedure calls, files of administrative shares, log-ons, addresses of machines. Leaves: a
sign for a first contact by an administration protocol that is unusual for that machine and for its kind.

Sees: SMB, RDP, WinRM, SSH, VNC, WMI and RPC between machines inside; services, tasks, registry, WMI and DCOM by remote
procedure call; administrative shares; log-ons by network, RDP and SSH. An edge is judged by how often machines of this
kind use that protocol towards that kind of machine (kinds are learned: a server is what many machines contact), and by
how often this source goes somewhere new, or this target is reached by somebody new, whichever is likelier.
Misses: edges that were used before; machines that administer new ones all the time; anything in the first day; sites
numbered publicly; what is inside an encrypted tunnel; tools that poll outwards (remote maintenance by cloud).
Benign when: a new administrator's machine, a replaced server, a machine whose address changed where no log names it,
a technician who mends something from somebody's desk.
Source: BEHAVIOUR.md N7; G. Ho et al., Hopper, USENIX Security 2021; ATT&CK T1021, T1047, T1569.002, T1053.005.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import log10
from typing import NamedTuple

from tocsin.detect.behaviour.actors import DAY_US, HOUR_US, known, machine, person, touch
from tocsin.detect.behaviour.contract import Sign
from tocsin.detect.behaviour.facts import Bound, FileOp, Flow, Logon, Remote
from tocsin.detect.behaviour.memory import Counts, Distinct, key64
from tocsin.detect.behaviour.outcomes import FAILED, UNKNOWN, outcome
from tocsin.detect.behaviour.sides import INNER, side
from tocsin.model import EventRef, Layer
from tocsin.model.voice import _n

ID = "N7"
NAME = "admin_edge"
LAYER: Layer = "network"
TECHNIQUES = (
    "T1021",
    "T1021.001",
    "T1021.002",
    "T1021.004",
    "T1021.005",
    "T1021.006",
    "T1047",
    "T1053.005",
    "T1569.002",
)
NEEDS = ("Bound", "Flow", "Remote", "FileOp", "Logon")

PORTS = {22: "ssh", 135: "rpc", 139: "smb", 445: "smb", 3389: "rdp", 5985: "winrm", 5986: "winrm"}
PORTS |= dict.fromkeys(range(5900, 5904), "vnc")
SERVICES = {"smb": "smb", "gssapi,smb": "smb", "smb,gssapi": "smb", "rdp": "rdp", "ssh": "ssh", "dce_rpc": "rpc"}
SERVICES |= {"rfb": "vnc", "vnc": "vnc", "ssl,rdp": "rdp", "rdp,ssl": "rdp"}
"""What the probe recognised, on any port; else the port is taken for it."""
PIPES = {
    "svcctl": "service",
    "atsvc": "task",
    "winreg": "registry",
    "psexesvc": "service",
    "remcom_communicaton": "service",
}
ADMIN_SHARES = ("\\c$", "\\d$", "\\admin$")
LOGONS = {"remote": "rdp", "ssh": "ssh", "network": "logon"}
TECHNIQUE = {
    "rdp": "T1021.001",
    "smb": "T1021.002",
    "share": "T1021.002",
    "ssh": "T1021.004",
    "vnc": "T1021.005",
    "winrm": "T1021.006",
    "wmi": "T1047",
    "task": "T1053.005",
    "service": "T1569.002",
}

GROUPS = {"ssh": "session", "rdp": "session", "winrm": "session", "vnc": "session", "smb": "files", "logon": "files"}
GROUP_SHARE = 0.2
"""Whoever opens sessions by SSH may open one by RDP: a fifth of a habit is passed on within a group; all others are
calls of procedures, which are a group as well."""

WARM_US = DAY_US
"""In the first day kinds of machines are learned and nothing is told: everything is new."""
SERVER_LEAST, SERVER_SHARE = 5, 0.02
"""A server is contacted by five machines, and by one in fifty."""
PEER_PORTS = frozenset({7680, *PORTS})
"""Contacts on these do not make a server: desks exchange updates, and are administered, by many."""
PRIOR = 5.0
PRESENCE = 0.125
"""An hour in which a machine is seen at all counts as an eighth of a use: who never administers is known to be so."""
MOST_DECADES, TELL, OFFSET = 3.0, 1.0, 1.0
OTHER_WAY = 1.0
"""Taken off when the two machines already know each other by another administration protocol."""
EDGES, HABITS, MACHINES, NAMES, RECENT = 500_000, 300_000, 50_000, 100_000, 50_000
EDGE_HALF_LIFE_S, HABIT_HALF_LIFE_S = 30 * 86_400.0, 14 * 86_400.0
WAITING = 50_000
TOLD_AN_HOUR = 5
"""Signs about one source in an hour: a roll-out, or a worm, is clear by then."""
TOLD_OF_TARGET = 2
"""Signs about one target in an hour: a new server is found by everybody at once."""
FORGOTTEN = 0.05


class Edge(NamedTuple):
    """One use of an administration protocol."""

    time_us: int
    src: str
    dst: str
    how: str
    account: str
    what: str
    event: EventRef


@dataclass
class EdgeMemory:
    """What the detector remembers."""

    edges: Counts = field(default_factory=lambda: Counts(EDGES, EDGE_HALF_LIFE_S))
    habits: Counts = field(default_factory=lambda: Counts(HABITS, HABIT_HALF_LIFE_S))
    clients: Distinct = field(default_factory=lambda: Distinct(MACHINES))
    """Sets of machines: those that contact one, those that administer it by a protocol, those of a kind, those of a
    kind that use a protocol towards a kind; all."""
    names: dict[str, str] = field(default_factory=dict)
    recent: dict[tuple[str, str], int] = field(default_factory=dict)
    """Pairs of this hour; and, as (source, target and protocol), edges."""
    until_us: int = 0
    since_us: int | None = None
    warm: bool = False
    """The first day is over: the kinds of machines are known."""
    waiting: list[tuple[int, str, str, str, bool]] = field(default_factory=list)
    """Time, source, target, protocol, whether new: not learned yet."""


def memory() -> EdgeMemory:
    """Give an empty memory."""
    return EdgeMemory()


Row = Bound | Flow | Remote | FileOp | Logon


def watch(kind: str, rows: Sequence[Row], memory: EdgeMemory) -> Iterator[Sign]:
    """Learn who administers whom; tell first contacts that are unusual."""
    if kind == "Bound":
        for row in rows:
            _bind(row, memory)  # type: ignore[arg-type]
        return
    if kind == "Flow":
        edges = _of_flows(_telling(rows, memory), memory)  # type: ignore[arg-type]
    else:
        read = {"Remote": _of_remote, "FileOp": _of_file, "Logon": _of_logon}[kind]
        read_all = [edge for row in rows for edge in read(row)]  # type: ignore[operator]
        edges = iter(sorted(read_all, key=lambda edge: (*edge[:6], edge.event.id)))
    for edge in edges:
        yield from _used(edge, memory)


def finish(memory: EdgeMemory) -> Iterator[Sign]:  # noqa: ARG001 - the door's shape
    """Everything is told at once."""
    yield from ()


def _order(row: Flow) -> tuple[int, str, str, int, str]:
    return (row[0], row[1], row[2], row[3], row[10].id)


def _bind(row: Bound, memory: EdgeMemory) -> None:
    touch(memory.names, row.address, lambda: row.host, NAMES)
    memory.names[row.address] = row.host


def _telling(rows: Sequence[Flow], memory: EdgeMemory) -> list[Flow]:
    """Give by time the connections that say something: administration, and pairs not met in this hour."""
    recent = memory.recent
    telling = []
    for row in rows:
        _, src, dst, port, _, service, _, got, _, _, _ = row
        if port in PORTS or service in SERVICES or (got and (src, dst) not in recent) or row[0] >= memory.until_us:
            telling.append(row)
    telling.sort(key=_order)
    return telling


def _of_flows(rows: Sequence[Flow], memory: EdgeMemory) -> Iterator[Edge]:
    """Give the edges among connections, and learn from the others who is a server."""
    recent = memory.recent
    for row in rows:
        time_us, src, dst, port, proto, service, sent, got, _, state, event = row
        how = SERVICES.get(service) or PORTS.get(port)
        if how is None or proto == "udp":
            if got and (src, dst) not in recent:
                _contact(src, dst, port, time_us, memory)
        elif side(src, dst) == INNER:
            what = outcome(proto, state, port, sent, got)
            if what == FAILED or (what == UNKNOWN and (state or sent)):
                continue
            yield Edge(time_us, src, dst, how, "", "", event)


def _contact(src: str, dst: str, port: int, time_us: int, memory: EdgeMemory) -> None:
    _turn(time_us, memory)
    memory.recent[src, dst] = 1
    if side(src, dst) == INNER:
        if port not in PEER_PORTS:
            _client(src, dst, memory)
        for name in (src, dst):
            _present(memory.names.get(name, name), time_us, memory)


def _client(src: str, dst: str, memory: EdgeMemory) -> None:
    source = key64("machine", src)
    memory.clients.add(key64("clients", dst), source)
    memory.clients.add(key64("clients"), source)


def _turn(time_us: int, memory: EdgeMemory) -> None:
    """Start a new hour: what was seen in it is not learned twice."""
    if time_us >= memory.until_us or len(memory.recent) >= RECENT:
        memory.recent.clear()
        _catch_up(memory)
        memory.until_us = time_us - time_us % HOUR_US + HOUR_US


def _of_remote(row: Remote) -> Iterator[Edge]:
    if side(row.src, row.dst) == INNER:
        yield Edge(row.time_us, row.src, row.dst, row.how, "", row.what, row.event)


def _of_file(row: FileOp) -> Iterator[Edge]:
    how = PIPES.get(row.name.lower(), "") if row.share.endswith("ipc$") else ""
    if not how and row.share.endswith(ADMIN_SHARES):
        how = "share"
    if how and side(row.client, row.server) == INNER:
        yield Edge(row.time_us, row.client, row.server, how, "", row.share.rpartition("\\")[2], row.event)


def _of_logon(row: Logon) -> Iterator[Edge]:
    how = LOGONS.get(row.kind, "")
    if how and row.success and row.src and row.dst and row.src != row.dst:
        yield Edge(row.time_us, row.src, row.dst, how, row.account, "", row.event)


def _used(edge: Edge, memory: EdgeMemory) -> Iterator[Sign]:
    """Judge and learn one use, once an hour."""
    src, dst = memory.names.get(edge.src, edge.src), memory.names.get(edge.dst, edge.dst)
    pair = (src, f"{dst}\0{edge.how}")
    _turn(edge.time_us, memory)
    if src == dst or pair in memory.recent:
        return
    memory.recent[pair] = 1
    _client(src, dst, memory)
    memory.clients.add(key64("users", dst, edge.how), key64("machine", src))
    _present(src, edge.time_us, memory)
    _present(dst, edge.time_us, memory)
    memory.since_us = edge.time_us if memory.since_us is None else memory.since_us
    time_us = edge.time_us
    new = memory.edges.add(key64("edge", src, dst, edge.how), time_us) < FORGOTTEN
    met = memory.edges.add(key64("met", src, dst), time_us) >= FORGOTTEN
    if time_us - memory.since_us < WARM_US:
        if len(memory.waiting) < WAITING:
            memory.waiting.append((time_us, src, dst, edge.how, new))
        return
    if not memory.warm:
        memory.warm = True
        _catch_up(memory)
    decades = _evidence(src, dst, edge.how, time_us, memory) - (OTHER_WAY if met else 0.0) if new else 0.0
    if len(memory.waiting) < WAITING:
        memory.waiting.append((time_us, src, dst, edge.how, new))
    told, told_of = (src, "\0told"), (dst, "\0told of")
    most = max(memory.recent.get(told, 0) - TOLD_AN_HOUR, memory.recent.get(told_of, 0) - TOLD_OF_TARGET)
    if decades >= TELL and most < 0:
        for one in (told, told_of):
            memory.recent[one] = memory.recent.get(one, 0) + 1
        yield _sign(edge, src, dst, min(MOST_DECADES, decades), memory)


def _catch_up(memory: EdgeMemory) -> None:
    """Learn the uses of the last hour (at first: of the first day): until then they do not excuse each other."""
    if memory.warm:
        for time_us, src, dst, how, new in memory.waiting:
            _learn(src, dst, how, new, time_us, memory)
        memory.waiting = []


def _kind(name: str, memory: EdgeMemory) -> str:
    """Tell servers from the rest by how many machines contact them."""
    clients = memory.clients.estimate(key64("clients", name))
    return (
        "server" if clients >= max(SERVER_LEAST, SERVER_SHARE * memory.clients.estimate(key64("clients"))) else "desk"
    )


def _evidence(src: str, dst: str, how: str, time_us: int, memory: EdgeMemory) -> float:
    """Give the decades of a first contact: so unusual a protocol between these kinds, times so unusual a novelty."""
    kind_src, kind_dst = _kind(src, memory), _kind(dst, memory)
    own = _habit(src, kind_src, how, kind_dst, time_us, memory)
    alike = _habit(src, kind_src, GROUPS.get(how, "calls"), kind_dst, time_us, memory)
    goes = _share(("new", src), ("used", src), ("news", kind_src), f"{kind_src} uses", time_us, memory)
    comes = _share(("newly", dst), ("in", dst), ("newlies", kind_dst), f"{kind_dst} used", time_us, memory)
    pair = max(own, GROUP_SHARE * alike, _popular(dst, how, memory))
    return -log10(min(1.0, pair)) - log10(min(1.0, max(goes, comes))) - OFFSET


def _popular(dst: str, how: str, memory: EdgeMemory) -> float:
    """Give the share of all machines that reach a target by a protocol: sooner or later everybody uses it."""
    users = memory.clients.estimate(key64("users", dst, how))
    return users / max(1.0, memory.clients.estimate(key64("clients"))) if users >= SERVER_LEAST else 0.0


def _habit(src: str, kind_src: str, how: str, kind_dst: str, time_us: int, memory: EdgeMemory) -> float:
    """Give how often a machine uses a protocol towards a kind; its prior is how many of its own kind ever did."""
    held, count = memory.habits.get, memory.clients.estimate
    doers, members = count(key64("doers", kind_src, how, kind_dst)), count(key64("members", kind_src))
    prior = min(1.0, (doers + 0.5) / (members + 1.0))
    used, seen = held(key64("pair", src, how, kind_dst), time_us), held(key64("out", src), time_us)
    return (used + PRIOR * prior) / (seen + PRIOR)


Key = tuple[str, ...]


def _share(own: Key, of: Key, peers: Key, all_peers: str, time_us: int, memory: EdgeMemory) -> float:
    """Give how often a machine does a thing, its kind's share standing for `PRIOR` uses."""
    held = memory.habits.get
    prior = (held(key64(*peers), time_us) + 0.5) / (held(key64("all", all_peers), time_us) + 1.0)
    return (held(key64(*own), time_us) + PRIOR * prior) / (held(key64(*of), time_us) + PRIOR)


def _learn(src: str, dst: str, how: str, new: bool, time_us: int, memory: EdgeMemory) -> None:
    kind_src, kind_dst = _kind(src, memory), _kind(dst, memory)
    group = GROUPS.get(how, "calls")
    keys: list[Key] = [("out", src), ("used", src), ("in", dst)]
    keys += [("all", f"{kind_src} uses"), ("all", f"{kind_dst} used")]
    for name in (how, group):
        keys += [("pair", src, name, kind_dst)]
        memory.clients.add(key64("doers", kind_src, name, kind_dst), key64("machine", src))
    if new:
        keys += [("new", src), ("news", kind_src), ("newly", dst), ("newlies", kind_dst)]
    for key in keys:
        memory.habits.add(key64(*key), time_us)


def _present(name: str, time_us: int, memory: EdgeMemory) -> None:
    """A machine was seen in this hour."""
    if (name, "") in memory.recent:
        return
    memory.recent[name, ""] = 1
    memory.habits.add(key64("out", name), time_us, PRESENCE)
    memory.clients.add(key64("members", _kind(name, memory)), key64("machine", name))


def _sign(edge: Edge, src: str, dst: str, decades: float, memory: EdgeMemory) -> Sign:
    kinds = f"{_kind(src, memory)} → {_kind(dst, memory)}"
    facts = {"src": src, "dst": dst, "how": edge.how, "kinds": kinds}
    facts |= {"account": edge.account} if edge.account else {}
    facts |= {"operation": edge.what} if edge.what else {}
    ends = (machine(edge.src, "source"), machine(edge.dst, "destination"), machine(src, "source"))
    technique = TECHNIQUE.get(edge.how, "T1021")
    return Sign(
        edge.time_us,
        edge.time_us,
        decades,
        _n("{src} reached {dst} by {how} for the first time; machines of its kind rarely do that ({kinds})"),
        facts,
        known(*ends, machine(dst, "destination"), person(edge.account, "actor") if edge.account else None),
        (edge.event,),
        (technique,),
    )
