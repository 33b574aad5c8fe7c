"""Rows for stories of detectors that watch the inside of a network; times are seconds after a Monday, midnight UTC."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tocsin.detect.behaviour.contract import Detector, Sign
from tocsin.detect.behaviour.facts import Bound, FileOp, Flow, Logon, Remote
from tocsin.model import EventRef

HOUR, DAY = 3_600, 86_400
START_US = 1_772_409_600_000_000


def at(seconds: float) -> int:
    """Give the time so many seconds after the start."""
    return START_US + round(seconds * 1_000_000)


def ref(seconds: float, *parts: object) -> EventRef:
    """Give a reference that follows from what the row says."""
    return EventRef("/".join(map(str, (at(seconds), *parts))), "zeek.conn", at(seconds), "story", 0)


def flow(
    seconds: float,
    src: str,
    dst: str,
    port: int = 445,
    state: str = "SF",
    sent: int = 900,
    got: int = 2_000,
    proto: str = "tcp",
    service: str = "",
) -> Flow:
    """Make a connection; one that failed carries nothing."""
    if state in {"S0", "REJ"}:
        sent = got = 0
    event = ref(seconds, src, dst, port, proto)
    return Flow(at(seconds), src, dst, port, proto, service, sent, got, 1.0, state, event)


def knocks(
    begin: float, src: str, hosts: Iterable[str], ports: Iterable[int], every: float = 1.0, state: str = "S0"
) -> list[Flow]:
    """Make attempts in vain at every port of every machine."""
    doors = [(host, port) for host in hosts for port in ports]
    return [flow(begin + n * every, src, host, port, state) for n, (host, port) in enumerate(doors)]


def net(number: int, first: int = 1, last: int = 254) -> list[str]:
    """Give addresses of one network."""
    return [f"10.20.{number}.{host}" for host in range(first, last + 1)]


def file_op(
    seconds: float,
    action: str,
    name: str,
    before: str = "",
    client: str = "10.20.1.7",
    server: str = "10.20.9.1",
    share: str = "\\\\srv-fic1\\services",
) -> FileOp:
    """Make an operation on a share."""
    return FileOp(at(seconds), client, server, share, action, name, before, ref(seconds, client, action, name, before))


def remote(seconds: float, src: str, dst: str, how: str = "service", what: str = "CreateServiceW") -> Remote:
    """Make a remote procedure call."""
    return Remote(at(seconds), src, dst, how, what, ref(seconds, src, dst, how))


def logon(seconds: float, account: str, src: str, dst: str, kind: str = "network") -> Logon:
    """Make a log-on that succeeded."""
    return Logon(at(seconds), account, src, dst, kind, "", True, "", "", "", ref(seconds, account, src, dst))


def bound(seconds: float, host: str, address: str) -> Bound:
    """Say that a machine has an address."""
    return Bound(at(seconds), host, address, ref(seconds, host, address))


def tell(
    detector: Detector, rows: Sequence[Any], memory: Any = None, batch: int = 500, finish: bool = True
) -> list[Sign]:
    """Feed rows of any kinds by time, in batches of one kind, and give all signs."""
    memory = detector.memory() if memory is None else memory
    signs: list[Sign] = []
    held: list[Any] = []
    for row in sorted(rows, key=lambda row: row.time_us):
        if held and (type(row) is not type(held[0]) or len(held) >= batch):
            signs += detector.watch(type(held[0]).__name__, held, memory)
            held = []
        held.append(row)
    if held:
        signs += detector.watch(type(held[0]).__name__, held, memory)
    return [*signs, *detector.finish(memory)] if finish else signs


def written(sign: Sign) -> str:
    """Give the sentence of a sign."""
    return sign.message.format(**sign.facts)


def names(sign: Sign, role: str) -> list[str]:
    """Give the names of a sign's entities of a role."""
    return [entity.name for entity in sign.entities if entity.role == role]
