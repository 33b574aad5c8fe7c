"""The connections that an act makes, with their two ends and sizes: what all network probes write of, each its way.

Enters: an act. Leaves: `Wire`s. Ports and ids come from the act's number, so every probe tells of the same connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tocsin.simulate.acts import (
    Account,
    Act,
    Backup,
    Bastion,
    Lease,
    Logon,
    Lookup,
    Machine,
    Mail,
    Message,
    Noticed,
    Print,
    RemoteCall,
    ShareUse,
    Ssh,
    Study,
    Talk,
    Ticket,
    Visit,
    Vpn,
)
from tocsin.simulate.cast import Place, outside
from tocsin.simulate.text import mixed, uid


class Wire(NamedTuple):
    """One connection. `act` is what it carries, for those who look inside; `leg` proxy where it goes through one."""

    time_us: int
    no: int
    uid: str
    client: Machine
    server: Machine
    sport: int
    port: int
    proto: str
    service: str
    sent: int
    got: int
    duration: float
    state: str
    act: Act
    leg: str = ""
    blocked: bool = False
    image: str = ""
    account: Account | None = None


def source_port(machine: Machine, no: int) -> int:
    """Give a port of the range that a system takes for its own end."""
    if machine.os == "linux":
        return 32_768 + (no >> 17) % 28_232
    return 49_152 + (no >> 17) % 16_384


def _wire(
    act: Act,
    client: Machine,
    server: Machine,
    port: int,
    service: str = "",
    sent: int = 300,
    got: int = 300,
    duration: float = 0.1,
    proto: str = "tcp",
    state: str = "SF",
    part: int = 0,
    no: int = 0,
    at_us: int = 0,
    leg: str = "",
) -> Wire:
    number = no or (mixed(act.no, 100 + part) if part else act.no)
    sport = source_port(client, number)
    moment = at_us or act.time_us
    return Wire(
        moment, number, uid(number), client, server, sport, port, proto, service, sent, got, duration, state, act, leg
    )


def _lookup(place: Place, act: Lookup) -> Iterator[Wire]:
    size = len(act.name) + 18
    got = size + 16 * len(act.answers) if act.answers else size + 60
    yield _wire(act, act.client, act.server, 53, "dns", size, got, 0.001 + act.no % 30_000 / 1e6, "udp")


def _visit(place: Place, act: Visit) -> Iterator[Wire]:
    service = "ssl" if act.tls else "http"
    proxy = place.first("proxy") if not act.server.site and act.client.zone in place.hides else None
    if proxy is not None and act.client is not proxy:
        yield _wire(
            act, act.client, proxy, 3128, "http", act.sent + 200, act.got + 120, act.duration + 0.01, leg="proxy"
        )._replace(image=act.image, account=act.account)
        yield _wire(
            act,
            proxy,
            act.server,
            act.port,
            service,
            act.sent,
            act.got,
            act.duration,
            part=1,
            at_us=act.time_us + 3_000,
        )
        return
    yield _wire(act, act.client, act.server, act.port, service, act.sent, act.got, act.duration)._replace(
        image=act.image, account=act.account
    )


def _talk(place: Place, act: Talk) -> Iterator[Wire]:
    yield _wire(
        act, act.client, act.server, act.port, act.service, act.sent, act.got, act.duration, act.proto, act.state
    )._replace(blocked=act.blocked, image=act.image, account=act.account)


def _share(place: Place, act: ShareUse) -> Iterator[Wire]:
    if act.first:
        number = act.link or act.no
        at_us = act.time_us - 4_000
        service = "gssapi,smb,krb"
        yield _wire(act, act.client, act.server, 445, service, act.sent, act.got, act.duration, no=number, at_us=at_us)


PIPES = frozenset(
    {"svcctl", "atsvc", "winreg", "samr", "lsarpc", "srvsvc", "wkssvc", "netlogon", "spoolss", "eventlog"}
)
"""Interfaces that are reached over SMB, by a named pipe; the others have a port of their own."""


def _remote_call(place: Place, act: RemoteCall) -> Iterator[Wire]:
    if not act.first:
        return
    number = act.link or act.no
    if act.endpoint == "epmapper":
        yield _wire(act, act.client, act.server, 135, "dce_rpc", 160, 220, 0.01, no=number)
    elif act.endpoint in PIPES:
        yield _wire(act, act.client, act.server, 445, "gssapi,smb,dce_rpc,krb", 4_200, 3_100, 8.0, no=number)
    else:
        yield _wire(act, act.client, act.server, 135, "dce_rpc", 160, 220, 0.01, part=1)
        got = 2_400_000 if act.endpoint == "drsuapi" else 5_000
        port = 49_664 + act.server.rank % 12
        yield _wire(act, act.client, act.server, port, "gssapi,dce_rpc,krb", 6_000, got, 6.0, no=number)


def _ticket(place: Place, act: Ticket) -> Iterator[Wire]:
    yield _wire(act, act.client, act.server, 88, "krb_tcp", 1_500, 1_600, 0.004)


def _logon(place: Place, act: Logon) -> Iterator[Wire]:
    if act.client is None or act.carried:
        return
    if act.kind == "remote":
        length = 2.0 if act.reason else act.duration
        size = int(length * 400)
        yield _wire(act, act.client, act.machine, 3389, "ssl,rdp", 9_000 + size, 60_000 + size * 12, length)
    elif act.kind == "network":
        service = "gssapi,smb,ntlm" if act.protocol == "ntlm" else "gssapi,smb,krb"
        yield _wire(act, act.client, act.machine, 445, service, 1_900, 1_400, 0.4)


def _ssh(place: Place, act: Ssh) -> Iterator[Wire]:
    length = 2.5 if act.reason else act.duration
    yield _wire(act, act.client, act.server, 22, "ssh", 3_000 + int(length * 40), 4_000 + int(length * 220), length)


def _study(place: Place, act: Study) -> Iterator[Wire]:
    store = act.command == "C-STORE"
    sent, got = (act.size, 400 * act.number) if store else (900 + 200 * act.number, 1_200 + 900 * act.number)
    length = max(0.05, sent / 30e6 + act.number * 0.012)
    yield _wire(act, act.client, act.server, act.port, "", sent, got, length)


def _message(place: Place, act: Message) -> Iterator[Wire]:
    yield _wire(
        act, act.client, act.server, act.port, "", 600 + act.no % 1_800, 160 + act.no % 60, 0.02 + act.no % 90 / 1e3
    )


def _print(place: Place, act: Print) -> Iterator[Wire]:
    yield _wire(act, act.client, act.server, 445, "gssapi,smb,dce_rpc,krb", act.size, 4_000, 3.0)
    later = act.time_us + 2_000_000
    yield _wire(act, act.server, act.printer, 9100, "", act.size * 2, 300, 5.0, part=1, at_us=later)


def _mail(place: Place, act: Mail) -> Iterator[Wire]:
    yield _wire(act, act.client, act.server, 25, "smtp", act.size, 900, 0.6 + act.size / 8e6)


def _vpn(place: Place, act: Vpn) -> Iterator[Wire]:
    if act.what != "down":
        client = outside(act.address)
        up = act.what == "up"
        sent, got = (max(act.sent, 9_000), max(act.got, 20_000)) if up else (1_600, 4_200)
        yield _wire(act, client, act.server, 443, "ssl", sent, got, max(act.duration, 1.0) if up else 0.8)


_SERVICES = {"RDP": (3389, "ssl,rdp"), "SSH": (22, "ssh"), "HTTPS": (443, "ssl"), "HTTP": (80, "http")}


def _bastion(place: Place, act: Bastion) -> Iterator[Wire]:
    size = int(act.duration * 500)
    yield _wire(act, act.client, act.machine, 443, "ssl", 6_000 + size, 30_000 + size * 10, act.duration)
    if act.what == "session":
        port, service = _SERVICES.get(act.service, (443, "ssl"))
        later = act.time_us + 2_000_000
        length = max(1.0, act.duration - 3)
        yield _wire(
            act, act.machine, act.server, port, service, 5_000 + size, 25_000 + size * 9, length, part=1, at_us=later
        )


def _backup(place: Place, act: Backup) -> Iterator[Wire]:
    begun = act.time_us - int(act.duration * 1e6)
    share = act.size // max(1, len(act.targets))
    for part, target in enumerate(act.targets):
        yield _wire(
            act,
            act.machine,
            target,
            6162,
            "",
            40_000,
            share,
            act.duration * 0.9,
            part=part + 1,
            at_us=begun + part * 9_000_000,
        )
    if act.store is not None:
        yield _wire(
            act,
            act.machine,
            act.store,
            2500,
            "",
            int(act.size * 0.6),
            90_000,
            act.duration * 0.95,
            part=90,
            at_us=begun,
        )


def _noticed(place: Place, act: Noticed) -> Iterator[Wire]:
    yield _wire(act, act.client, act.server, act.port, act.service, 900, 4_000, 0.5, act.proto)


def _lease(place: Place, act: Lease) -> Iterator[Wire]:
    yield _wire(act, act.client, act.server, 67, "dhcp", 300, 300, 0.01, "udp")._replace(sport=68)


Wires = Callable[[Place, Any], Iterator[Wire]]
WIRES: dict[type, Wires] = {
    Lookup: _lookup,
    Visit: _visit,
    Talk: _talk,
    ShareUse: _share,
    RemoteCall: _remote_call,
    Ticket: _ticket,
    Logon: _logon,
    Ssh: _ssh,
    Study: _study,
    Message: _message,
    Print: _print,
    Mail: _mail,
    Vpn: _vpn,
    Bastion: _bastion,
    Backup: _backup,
    Noticed: _noticed,
    Lease: _lease,
}
"""Kind of act -> its connections."""
