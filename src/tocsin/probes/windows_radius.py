"""Records of Microsoft's RADIUS server (NPS, IAS, RAS with Always On VPN) in the database-compatible format.

Enters: one line of comma-parted values. Leaves: native fields under the names of the format's description, empty
ones left out, and their OCSF columns.
Source: https://learn.microsoft.com/windows-server/networking/technologies/nps/nps-accounting
"""

from __future__ import annotations

import csv
import re

from tocsin.model import Columns, Event, Native, Parsed
from tocsin.probes.fill import Table, fill
from tocsin.probes.windows_times import text_us

SOURCE = "windows.nps"

_START = re.compile(r'"[^"]+","(?:IAS|RAS)",\d\d/\d\d/\d{4},\d\d:\d\d:\d\d,\d+,')
_NAMES = (
    "ComputerName",
    "ServiceName",
    "Record-Date",
    "Record-Time",
    "Packet-Type",
    "User-Name",
    "Fully-Qualified-Distinguished-Name",
    "Called-Station-ID",
    "Calling-Station-ID",
    "Callback-Number",
    "Framed-IP-Address",
    "NAS-Identifier",
    "NAS-IP-Address",
    "NAS-Port",
    "Client-Vendor",
    "Client-IP-Address",
    "Client-Friendly-Name",
    "Event-Timestamp",
    "Port-Limit",
    "NAS-Port-Type",
    "Connect-Info",
    "Framed-Protocol",
    "Service-Type",
    "Authentication-Type",
    "Policy-Name",
    "Reason-Code",
    "Class",
    "Session-Timeout",
    "Idle-Timeout",
    "Termination-Action",
    "EAP-Friendly-Name",
    "Acct-Status-Type",
    "Acct-Delay-Time",
    "Acct-Input-Octets",
    "Acct-Output-Octets",
    "Acct-Session-Id",
    "Acct-Authentic",
    "Acct-Session-Time",
    "Acct-Input-Packets",
    "Acct-Output-Packets",
    "Acct-Terminate-Cause",
    "Acct-Multi-Ssn-ID",
    "Acct-Link-Count",
    "Acct-Interim-Interval",
    "Tunnel-Type",
    "Tunnel-Medium-Type",
    "Tunnel-Client-Endpt",
    "Tunnel-Server-Endpt",
    "Acct-Tunnel-Conn",
    "Tunnel-Pvt-Group-ID",
    "Tunnel-Assignment-ID",
    "Tunnel-Preference",
    "MS-Acct-Auth-Type",
    "MS-Acct-EAP-Type",
    "MS-RAS-Version",
    "MS-RAS-Vendor",
    "MS-CHAP-Error",
    "MS-CHAP-Domain",
    "MS-MPPE-Encryption-Types",
    "MS-MPPE-Encryption-Policy",
    "Proxy-Policy-Name",
    "Provider-Type",
    "Provider-Name",
    "Remote-Server-Address",
    "MS-RAS-Client-Name",
    "MS-RAS-Client-Version",
)
_PACKETS = {
    "1": "access-request",
    "2": "access-accept",
    "3": "access-reject",
    "4": "accounting-request",
    "5": "accounting-response",
    "11": "access-challenge",
}
_COLUMNS: Table = {
    "device.hostname": "ComputerName",
    "device.ip": "NAS-IP-Address",
    "user.email_addr": "User-Name",
    "src_endpoint.ip": "Calling-Station-ID",
    "src_endpoint.hostname": "MS-RAS-Client-Name",
    "session.uid": "Acct-Session-Id",
    "policy.name": "Policy-Name",
    "auth_protocol": "EAP-Friendly-Name",
    "traffic.bytes_out": "Acct-Output-Octets",
    "traffic.bytes_in": "Acct-Input-Octets",
    "duration": "Acct-Session-Time",
}


def claims_text(line: str) -> bool:
    """Say whether a line is such a record."""
    return line.startswith('"') and _START.match(line) is not None


def read_text(line: str) -> Parsed:
    """Read a claimed line."""
    try:
        values = next(csv.reader([line.replace("\0", "")]), [])
    except csv.Error as error:
        raise ValueError(f"not a RADIUS record: {error}") from error
    native: Native = {name: value for name, value in zip(_NAMES, values, strict=False) if value}
    if len(values) > len(_NAMES):
        native["Other"] = values[len(_NAMES) :]
    month, day, year = native["Record-Date"].split("/")
    return Parsed(SOURCE, text_us(f"{year}-{month}-{day} {native['Record-Time']}"), native)


def columns(event: Event) -> Columns:
    """Give the OCSF columns: an authentication by way of a network device."""
    native = event.native
    columns = fill(native, _COLUMNS)
    kind = _PACKETS.get(str(native.get("Packet-Type")), "radius")
    columns |= {"class_uid": 3002, "activity_name": kind}
    domain, _, name = str(native.get("Fully-Qualified-Distinguished-Name", "")).rpartition("\\")
    if name:
        columns["user.name"] = name
    if domain:
        columns["user.domain"] = domain
    if "@" not in str(columns.get("user.email_addr", "")):
        columns.setdefault("user.name", columns.pop("user.email_addr", ""))
    if kind in {"access-accept", "access-reject"}:
        columns["status"] = "Success" if kind == "access-accept" else "Failure"
    return {column: value for column, value in columns.items() if value != ""}
