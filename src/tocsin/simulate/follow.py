"""What an act brings with it: tickets before log-ons, log-ons before shares, names before visits.

Enters: an act. Leaves: the acts that come with it, which may bring others in turn. Plots and everyday life thus say
only what happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tocsin.simulate.acts import (
    Account,
    AccountChange,
    Act,
    Bastion,
    DirectoryUse,
    Logon,
    Lookup,
    Machine,
    Print,
    RemoteCall,
    ShareUse,
    Ticket,
    Visit,
)
from tocsin.simulate.cast import Place
from tocsin.simulate.text import mixed

Brings = Callable[[Place, Any], Iterator[Act]]
_BEFORE_US = 1_500
_KEYED = frozenset({"person", "admin", "service", "vendor", "break_glass"})


def _ticket(
    place: Place, act: Act, client: Machine, account: Account, service: str, kind: str, part: int
) -> Iterator[Act]:
    controller = place.controller(client.rank)
    if controller is not None and client.site == place.site and account.kind in _KEYED:
        early = _BEFORE_US * part + mixed(act.no, part) % 1_000
        yield Ticket(act.time_us - early, mixed(act.no, part), client, controller, account, kind, service)


def _logon(place: Place, act: Logon) -> Iterator[Act]:
    machine, client = act.machine, act.client
    if act.protocol != "kerberos":
        return
    if act.kind in {"interactive", "unlock"}:
        yield from _console(place, act)
    elif client is not None and act.reason in {"", "not_allowed"}:
        service = "TERMSRV" if act.kind == "remote" else "cifs"
        yield from _ticket(place, act, client, act.account, f"{service}/{machine.full_name}", "TGS", 3)
    if act.kind == "remote" and client is not None and not act.reason:
        yield act._replace(
            kind="network", no=mixed(act.no, 4), time_us=act.time_us - 900_000, carried=True, session=act.session + 1
        )


def _console(place: Place, act: Logon) -> Iterator[Act]:
    """A log-on at the console asks for a ticket, then for one of the machine itself."""
    controller = place.controller(act.machine.rank)
    if controller is None or act.account.kind not in _KEYED:
        return
    early = act.time_us - 4_000 - act.no % 3_000
    yield Ticket(early, mixed(act.no, 1), act.machine, controller, act.account, "AS", "krbtgt", reason=act.reason)
    if not act.reason:
        service = f"host/{act.machine.full_name}"
        yield Ticket(early + 2_500, mixed(act.no, 2), act.machine, controller, act.account, "TGS", service)


def _share(place: Place, act: ShareUse) -> Iterator[Act]:
    if act.first:
        number = act.link or act.no
        yield Logon(act.time_us - 3_000, mixed(number, 8), act.server, act.account, "network", act.client, carried=True)


def _remote_call(place: Place, act: RemoteCall) -> Iterator[Act]:
    if act.first and act.endpoint != "epmapper":
        number = act.link or act.no
        yield Logon(act.time_us - 3_000, mixed(number, 8), act.server, act.account, "network", act.client, carried=True)


def _directory(place: Place, act: DirectoryUse) -> Iterator[Act]:
    if act.what == "replicate":
        for part, operation in enumerate(("DRSBind", "DRSCrackNames", "DRSGetNCChanges")):
            link = mixed(act.no, 9)
            at = act.time_us - 20_000 + part * 8_000
            yield RemoteCall(
                at, mixed(act.no, 10 + part), act.client, act.server, act.account, "drsuapi", operation, link, part == 0
            )


def _account_change(place: Place, act: AccountChange) -> Iterator[Act]:
    if act.client is not None:
        at, link = act.time_us - 30_000, mixed(act.no, 9)
        yield RemoteCall(at, link, act.client, act.server, act.account, "samr", "SamrOpenUser", link)


def _visit(place: Place, act: Visit) -> Iterator[Act]:
    """The name is asked for by the client, or by the proxy where it goes out through one."""
    if not act.look_up:
        return
    proxy = place.first("proxy") if not act.server.site and act.client.zone in place.hides else None
    resolver = place.controller(act.client.rank) or place.first("dns")
    asking = proxy or act.client
    if resolver is not None and asking is not resolver and asking.site:
        early = act.time_us - 3_000 - act.no % 20_000
        yield Lookup(early, mixed(act.no, 6), asking, resolver, act.name, (act.server.address,))


def _print(place: Place, act: Print) -> Iterator[Act]:
    number = mixed(act.no, 8)
    yield Logon(act.time_us - 3_000, number, act.server, act.account, "network", act.client, carried=True)


def _bastion(place: Place, act: Bastion) -> Iterator[Act]:
    """The bastion logs on to the target with an account of its vault."""
    if act.what != "session":
        return
    at = act.time_us + 2_400_000
    login = Account(
        name=act.login, site=act.server.site, kind="admin", domain=act.server.domain, sid="S-1-5-21-0-0-0-500"
    )
    if act.service == "RDP":
        yield Logon(
            at,
            mixed(act.no, 8),
            act.server,
            login,
            "remote",
            act.machine,
            "negotiate",
            session=act.no % 97,
            carried=True,
        )


FOLLOWS: dict[type, Brings] = {
    Logon: _logon,
    ShareUse: _share,
    RemoteCall: _remote_call,
    DirectoryUse: _directory,
    AccountChange: _account_change,
    Visit: _visit,
    Print: _print,
    Bastion: _bastion,
}
"""Kind of act -> what it brings."""
