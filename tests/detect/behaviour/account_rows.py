"""Rows for the stories of account and cloud detectors, made short; times are minutes after a Monday at midnight UTC."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import count
from typing import Any

from tocsin.detect.behaviour.contract import Detector, Sign
from tocsin.detect.behaviour.facts import Bound, Call, Change, Logon, Ticket
from tocsin.model import EventRef

MINUTE_US = 60_000_000
HOUR = 60
DAY = 24 * HOUR
START_US = 1_772_409_600_000_000
_numbers = count()


def at(minutes: float) -> int:
    """Give the time so many minutes after the start."""
    return START_US + round(minutes * MINUTE_US)


def ref(minutes: float, source: str = "windows.security") -> EventRef:
    """Give a reference of its own."""
    number = next(_numbers)
    return EventRef(f"{number:012d}", source, at(minutes), "story", number)


def logon(
    minutes: float,
    account: str,
    src: str = "",
    dst: str = "srv-fichiers",
    kind: str = "network",
    ok: bool = True,
    reason: str = "",
    place: str = "",
    device: str = "",
) -> Logon:
    """Make a log-on."""
    return Logon(at(minutes), account, src, dst, kind, "", ok, reason, place, device, ref(minutes))


def ticket(
    minutes: float,
    account: str,
    service: str = "krbtgt",
    src: str = "10.1.0.5",
    kind: str = "TGS",
    cipher: str = "0x12",
    ok: bool = True,
    reason: str = "",
    preauth: str = "",
) -> Ticket:
    """Make a Kerberos ticket."""
    return Ticket(at(minutes), account, service, src, kind, cipher, ok, ref(minutes), reason, preauth)


def change(minutes: float, actor: str, what: str, target: str = "dc=chu", host: str = "srv-dc1") -> Change:
    """Make an access to or change of a directory object."""
    return Change(at(minutes), host, actor, target, what, ref(minutes))


def call(
    minutes: float,
    principal: str,
    action: str,
    service: str = "iam",
    region: str = "eu-west-3",
    src: str = "192.0.2.10",
    agent: str = "console/1.0",
    ok: bool = True,
    account: str = "111122223333",
    resource: str = "",
    what: str = "",
) -> Call:
    """Make a call of a cloud's interface."""
    event = ref(minutes, "aws.cloudtrail")
    return Call(at(minutes), principal, service, action, region, src, agent, ok, account, resource, event, what)


def bound(minutes: float, host: str, address: str) -> Bound:
    """Make a machine's address."""
    return Bound(at(minutes), host, address, ref(minutes))


def tell(detector: Detector, rows: Iterable[Any], memory: Any = None, batch: int = 500) -> list[Sign]:
    """Give the signs of rows fed in batches by kind, and of the end."""
    held = detector.memory() if memory is None else memory
    listed = list(rows)
    signs: list[Sign] = []
    for begin in range(0, len(listed), batch):
        part = listed[begin : begin + batch]
        for kind in detector.NEEDS:
            signs += detector.watch(kind, [row for row in part if type(row).__name__ == kind], held)
    return [*signs, *detector.finish(held)]


def names(sign: Sign, role: str) -> list[str]:
    """Give the names of a sign's entities in one role."""
    return [entity.name for entity in sign.entities if entity.role == role]


ACTIONS = ("CreateAccessKey", "AttachUserPolicy", "StopLogging", "ListUsers", "Consent to application")
RIGHT = "{1131f6ad-9c07-11d1-f79f-00c04fc2dcd2}"


def any_row(rng: random.Random, minutes: float) -> Any:
    """Make a row of any kind, of few accounts and machines."""
    who, host, address = (
        f"agent{rng.randrange(30)}",
        f"srv-{rng.randrange(9)}",
        f"10.0.{rng.randrange(3)}.{rng.randrange(9)}",
    )
    kinds = ("network", "remote", "interactive", "mfa", "cloud", "vpn", "service")
    return rng.choice(
        (
            lambda: logon(minutes, who, address, host, rng.choice(kinds), rng.random() < 0.6, device="x/1"),
            lambda: ticket(minutes, who, f"svc{rng.randrange(20)}", address, cipher=rng.choice(("0x17", "0x12"))),
            lambda: ticket(minutes, who, src=address, kind="AS", ok=rng.random() < 0.5, preauth=rng.choice("02")),
            lambda: change(minutes, who, rng.choice((RIGHT, "servicePrincipalName=GC/x", "%%7688")), "CN=X"),
            lambda: call(minutes, who, rng.choice(ACTIONS), region=rng.choice("ab"), src=address),
            lambda: bound(minutes, host, address),
        )
    )()
