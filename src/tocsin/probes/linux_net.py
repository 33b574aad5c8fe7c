"""What Linux says of the network: netfilter's packet log and the leases of DHCP servers.

Enters: kernel lines `… IN=eth0 OUT= … SRC=… DST=… PROTO=TCP`, lines of ISC dhcpd, Kea's kin and dnsmasq-dhcp.
Leaves: events `linux.netfilter` with netfilter's names and `prefix`; `linux.dhcp` with `action`, `ip`, `mac`,
`hostname`, `via`: which machine had an address when.
Source: Linux nf_log_syslog.c; ISC dhcpd dhcp.c; dnsmasq rfc2131.c.
"""

from __future__ import annotations

import re

from tocsin.model import Columns, Event, Layer, Native, Parsed
from tocsin.probes.contract import Envelope
from tocsin.probes.fill import fill
from tocsin.probes.pairs import carried, put

NAME = "linux_net"
LAYER: Layer = "network"
SOURCES = ("linux.netfilter", "linux.dhcp")

_PACKET = re.compile(r"(?:\[ *[\d.]+\] )?(.{0,64}?) ?\bIN=(\S*) OUT=(\S*) ")
_PAIR = re.compile(r"\b([A-Z]{2,9})=(\S*)")
_MAC = r"([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5})"
_LEASE = re.compile(
    r"DHCP([A-Z]+) (?:(?:on|of|for|from) ([\d.]+) (?:\([\d.]+\) )?)?(?:to|from) "
    + _MAC
    + r"(?: \((.*)\))? via ([^\s:]+)(.*)$"
)
_DNSMASQ = re.compile(r"(?:\d+ )?DHCP([A-Z]+)\(([^)]*)\) (?:([\d.]+) )?" + _MAC + r"(?: (.*))?$")
_ALLOWED = re.compile(r"\b(?:ACCEPT|ALLOW|PASS)", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:DROP|REJECT|DENY|DENIED|BLOCK)", re.IGNORECASE)


def claims_text(line: str, envelope: Envelope) -> bool:  # noqa: ARG001 - the door has one shape
    """Say whether a line is a packet log or a lease."""
    if " OUT=" in line and " PROTO=" in line and " SRC=" in line:
        return _PACKET.match(line) is not None
    return "DHCP" in line and (_LEASE.match(line) is not None or _DNSMASQ.match(line) is not None)


def read_text(line: str, envelope: Envelope) -> Parsed:
    """Read a line; its time is its header's."""
    packet = _PACKET.match(line)
    native = _packet(line, packet) if packet is not None else _lease(line)
    source = "linux.netfilter" if packet is not None else "linux.dhcp"
    return Parsed(source, envelope.time_us, {**carried(native, envelope)})


def _packet(line: str, found: re.Match[str]) -> dict[str, str]:
    fields: dict[str, str] = {"message": line}
    if found.group(1).strip():
        fields["prefix"] = found.group(1).strip()
    for key, value in _PAIR.findall(line, found.start(2) - 3):
        if value:
            put(fields, key, value)
    return fields


def _lease(line: str) -> dict[str, str]:
    found = _LEASE.match(line)
    if found is not None:
        kind, ip, mac, hostname, via, _ = found.groups()
    else:
        found = _DNSMASQ.match(line)
        if found is None:
            raise ValueError("no lease")
        kind, via, ip, mac, hostname = found.groups()
    said = {"message": line, "action": f"DHCP{kind}", "ip": ip, "mac": mac.lower(), "hostname": hostname, "via": via}
    return {key: value for key, value in said.items() if value}


_PACKET_TABLE: dict[str, str | tuple[str, ...]] = {
    "message": "message",
    "policy.name": "prefix",
    "device.hostname": "syslog_hostname",
    "src_endpoint.ip": "SRC",
    "src_endpoint.port": "SPT",
    "src_endpoint.zone": "IN",
    "dst_endpoint.ip": "DST",
    "dst_endpoint.port": "DPT",
    "dst_endpoint.zone": "OUT",
    "connection_info.protocol_name": "PROTO",
}
_LEASE_TABLE: dict[str, str | tuple[str, ...]] = {
    "activity_name": "action",
    "message": "message",
    "device.hostname": "hostname",
    "device.ip": "ip",
    "device.mac": "mac",
    "src_endpoint.ip": "ip",
    "src_endpoint.mac": "mac",
}


def columns(event: Event) -> Columns:
    """Give the flow, or who got which address."""
    native = event.native
    if event.source == "linux.dhcp":
        return {**fill(native, _LEASE_TABLE), "class_uid": 4004}
    found = fill(native, _PACKET_TABLE)
    found["class_uid"] = 4001
    action = _action(native)
    if action:
        found["rule.action"] = found["activity_name"] = action
    return found


def _action(native: Native) -> str:
    prefix = str(native.get("prefix", ""))
    if _DENIED.search(prefix):
        return "deny"
    return "allow" if _ALLOWED.search(prefix) else ""
