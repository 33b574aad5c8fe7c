"""Which names mean the same thing: read from the events that say so.

Enters: events. Leaves: `Binding`s. Called for every event, so an event of a source that says nothing costs one
look-up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from msgspec import Struct

from tocsin.model import Event, Native
from tocsin.model import names as spell
from tocsin.probes import windows

Sort = Literal["address", "renamed", "uid", "session"]
"""`address`: a host had an address. `renamed`: a host had another name before. `uid`: an account's SID or object id.
`session`: an account had an address (VPN)."""


class Binding(Struct, frozen=True, order=True):
    """`name` (a host or an account) was also known as `alias`."""

    name: str
    alias: str
    sort: Sort = "address"


def bindings(event: Event) -> Iterator[Binding]:
    """Give the bindings that one event states."""
    reader = _READERS.get(event.source)
    if reader is not None:
        for name, alias, sort in reader(event.native):
            binding = _binding(name, alias, sort)
            if binding is not None:
                yield binding


def _binding(name: object, alias: object, sort: Sort) -> Binding | None:
    if not isinstance(name, str) or not isinstance(alias, str):
        return None
    owner = spell.host(name) if sort in {"address", "renamed"} else spell.account(name)
    if sort == "uid":
        plain = spell.account(alias)
    elif sort == "renamed":
        plain = spell.host(alias)
    else:
        plain = spell.address(alias)
        plain = plain if spell.routable(plain) else ""
    if not owner or not plain or owner == plain or spell.address(owner):
        return None
    return Binding(owner, plain, sort)


Said = Iterator[tuple[object, object, Sort]]


def _sysmon(native: Native) -> Said:
    if native.get("EventID") == 3 and str(native.get("Protocol", "tcp")).lower() == "tcp":  # UDP has no sure side
        ours = "SourceIp" if str(native.get("Initiated")).lower() == "true" else "DestinationIp"
        yield native.get("Computer"), native.get(ours), "address"


def _security(native: Native) -> Said:
    event_id = native.get("EventID")
    if event_id == 4624:
        yield native.get("WorkstationName"), native.get("IpAddress"), "address"
        yield native.get("TargetUserName"), native.get("TargetUserSid"), "uid"
    elif event_id in {4768, 4769}:
        name = str(native.get("TargetUserName", "")).partition("@")[0]
        if name.endswith("$"):
            yield name, native.get("IpAddress"), "address"
        elif event_id == 4768:
            yield name, native.get("TargetSid"), "uid"
    elif event_id == 5156:
        inward = native.get("Direction") in {"%%14592", "Inbound"}
        yield native.get("Computer"), native.get("DestAddress" if inward else "SourceAddress"), "address"
    elif event_id == 4781:
        before, after = str(native.get("OldTargetUserName", "")), str(native.get("NewTargetUserName", ""))
        if before.endswith("$") and after.endswith("$"):
            yield before, after, "renamed"


def _system(native: Native) -> Said:
    """6011: the NetBIOS name and DNS host name of this machine have been changed from … to …"""
    if native.get("EventID") == 6011:
        before = native.get("param1") or native.get("OldName")
        yield before, native.get("param2") or native.get("NewName"), "renamed"


def _zeek_dhcp(native: Native) -> Said:
    address = native.get("assigned_addr") or native.get("client_addr")
    yield native.get("client_fqdn") or native.get("host_name"), address, "address"


def _zeek_ntlm(native: Native) -> Said:
    yield native.get("hostname"), native.get("id.orig_h"), "address"
    server = native.get("server_dns_computer_name") or native.get("server_nb_computer_name")
    yield server, native.get("id.resp_h"), "address"


def _zeek_kerberos(native: Native) -> Said:
    client = str(native.get("client", "")).partition("/")[0]
    if client.endswith("$"):
        yield client, native.get("id.orig_h"), "address"


def _zeek_dns(native: Native) -> Said:
    """An inside name that resolves to an inside address; names outside say nothing of our machines."""
    answers = native.get("answers")
    first = answers[0] if isinstance(answers, list) and answers else str(answers or "").partition(",")[0]
    if isinstance(first, str) and spell.address(first) and spell.internal(first):
        yield native.get("query"), first, "address"


def _zeek_smb_mapping(native: Native) -> Said:
    path = str(native.get("path", ""))
    if path.startswith("\\\\"):
        yield path[2:].partition("\\")[0], native.get("id.resp_h"), "address"


def _suricata_dhcp(native: Native) -> Said:
    record = native.get("dhcp")
    if isinstance(record, dict):
        yield record.get("hostname"), record.get("assigned_ip"), "address"


def _entra(native: Native) -> Said:
    properties = native.get("properties")
    record = properties if isinstance(properties, dict) else native
    yield record.get("userPrincipalName"), record.get("userId"), "uid"


def _okta(native: Native) -> Said:
    actor = native.get("actor")
    if isinstance(actor, dict):
        yield actor.get("alternateId"), actor.get("id"), "uid"


def _fortigate_vpn(native: Native) -> Said:
    yield native.get("user") or native.get("xauthuser"), native.get("tunnelip") or native.get("assignip"), "session"


def _globalprotect(native: Native) -> Said:
    yield native.get("srcuser"), native.get("private_ip"), "session"


def _by_channel(native: Native) -> Said:
    """Read a Windows event that Wazuh carries under Windows' own names."""
    reader = _READERS.get(windows.source_of(str(native.get("Channel", ""))))
    if reader is not None:
        yield from reader(native)


_READERS: dict[str, Callable[[Native], Said]] = {
    "wazuh.alert": _by_channel,
    "wazuh.archive": _by_channel,
    "windows.sysmon": _sysmon,
    "linux.sysmon": _sysmon,
    "windows.security": _security,
    "windows.system": _system,
    "zeek.dhcp": _zeek_dhcp,
    "zeek.ntlm": _zeek_ntlm,
    "zeek.kerberos": _zeek_kerberos,
    "zeek.dns": _zeek_dns,
    "zeek.smb_mapping": _zeek_smb_mapping,
    "suricata.dhcp": _suricata_dhcp,
    "azure.signin": _entra,
    "okta.system": _okta,
    "fortigate.vpn": _fortigate_vpn,
    "paloalto.globalprotect": _globalprotect,
}
