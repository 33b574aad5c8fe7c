"""Which host had which address: read from the events that say so.

Enters: events. Leaves: `Binding`s (host, address). Called for every event, so an event of a source that says
nothing costs one look-up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from tocsin.model import Event, Native
from tocsin.model import names as spell


class Binding(Struct, frozen=True, order=True):
    """A host was seen with an address."""

    host: str
    address: str


def bindings(event: Event) -> Iterator[Binding]:
    """Give the bindings that one event states."""
    reader = _READERS.get(event.source)
    if reader is not None:
        for name, address in reader(event.native):
            binding = _binding(name, address)
            if binding is not None:
                yield binding


def _binding(name: object, address: object) -> Binding | None:
    if not isinstance(name, str) or not isinstance(address, str):
        return None
    host, plain = spell.host(name), spell.address(address)
    if not host or spell.address(host) or not spell.routable(plain):
        return None
    return Binding(host, plain)


Pairs = Iterator[tuple[object, object]]


def _sysmon(native: Native) -> Pairs:
    if native.get("EventID") == 3:
        ours = "SourceIp" if str(native.get("Initiated")).lower() == "true" else "DestinationIp"
        yield native.get("Computer"), native.get(ours)


def _security(native: Native) -> Pairs:
    if native.get("EventID") == 4624:
        yield native.get("WorkstationName"), native.get("IpAddress")
    elif native.get("EventID") in {4768, 4769} and str(native.get("TargetUserName", "")).partition("@")[0].endswith(
        "$"
    ):
        yield str(native["TargetUserName"]).partition("@")[0], native.get("IpAddress")


def _zeek_dhcp(native: Native) -> Pairs:
    address = native.get("assigned_addr") or native.get("client_addr")
    yield native.get("client_fqdn") or native.get("host_name"), address


def _zeek_ntlm(native: Native) -> Pairs:
    yield native.get("hostname"), native.get("id.orig_h")
    yield native.get("server_dns_computer_name") or native.get("server_nb_computer_name"), native.get("id.resp_h")


def _zeek_kerberos(native: Native) -> Pairs:
    client = str(native.get("client", "")).partition("/")[0]
    if client.endswith("$"):
        yield client, native.get("id.orig_h")


def _zeek_dns(native: Native) -> Pairs:
    """An inside name that resolves to an inside address; names outside say nothing of our machines."""
    answers = native.get("answers")
    first = answers[0] if isinstance(answers, list) and answers else str(answers or "").partition(",")[0]
    if isinstance(first, str) and spell.address(first) and spell.internal(first):
        yield native.get("query"), first


def _zeek_smb_mapping(native: Native) -> Pairs:
    path = str(native.get("path", ""))
    if path.startswith("\\\\"):
        yield path[2:].partition("\\")[0], native.get("id.resp_h")


def _suricata_dhcp(native: Native) -> Pairs:
    record = native.get("dhcp")
    if isinstance(record, dict):
        yield record.get("hostname"), record.get("assigned_ip")


_READERS: dict[str, Callable[[Native], Pairs]] = {
    "windows.sysmon": _sysmon,
    "linux.sysmon": _sysmon,
    "windows.security": _security,
    "zeek.dhcp": _zeek_dhcp,
    "zeek.ntlm": _zeek_ntlm,
    "zeek.kerberos": _zeek_kerberos,
    "zeek.dns": _zeek_dns,
    "zeek.smb_mapping": _zeek_smb_mapping,
    "suricata.dhcp": _suricata_dhcp,
}
