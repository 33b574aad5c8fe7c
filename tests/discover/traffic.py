"""Traffic of an invented hospital as Zeek would log it: `Wire` writes JSON lines, a conversation a call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

START_S = 1_790_000_000
STORAGE = "1.2.840.10008.5.1.4.1.1."
WORKLIST = "1.2.840.10008.5.1.4.31"
FIND = "1.2.840.10008.5.1.4.1.2.2.1"


class Wire:
    """Writes logs into a folder; each call is a minute later than the one before."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "zeek.json"
        self._file.write_text("")
        self.minute = 0

    def log(self, stream: str, /, **fields: Any) -> None:
        """Write one record."""
        record = {"_path": stream, "ts": START_S + 60 * self.minute, "uid": f"C{self.minute}", **fields}
        with self._file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(record) + "\n")

    def flow(self, src: str, dst: str, port: int, service: str = "", proto: str = "tcp", **more: Any) -> dict[str, Any]:
        """Write one connection; give its ends for the protocol's own record."""
        self.minute += 1
        ends = {"id.orig_h": src, "id.orig_p": 50_000, "id.resp_h": dst, "id.resp_p": port}
        counts = {"orig_bytes": 900, "resp_bytes": 4000, "conn_state": "SF", "duration": 1.5}
        self.log("conn", **ends, proto=proto, **({"service": service} if service else {}), **{**counts, **more})
        return ends

    def dicom(
        self, src: str, dst: str, classes: list[str], titles: tuple[str, str], uid: str = "", port: int = 104
    ) -> None:
        """Write an association."""
        ends = self.flow(src, dst, port)
        software = {"implementation_class_uid": uid, "implementation_version": "V1"} if uid else {}
        names = {"calling_ae": titles[0], "called_ae": titles[1]}
        self.log("dicom", **ends, **names, **software, sop_classes=classes, result="accepted")

    def hl7(self, src: str, dst: str, kind: str, sender: str, receiver: str, port: int = 2575) -> None:
        """Write a message."""
        ends = self.flow(src, dst, port)
        message, _, trigger = kind.partition("^")
        names = {"sending_application": sender, "receiving_application": receiver}
        self.log("hl7", **ends, **names, message_type=message, trigger_event=trigger, is_orig=True, ack_code="AA")

    def logon(self, src: str, dst: str, name: str) -> None:
        """Write a ticket, a question for a name and a search of the directory."""
        ends = self.flow(src, dst, 88, "krb_tcp")
        self.log("kerberos", **ends, request_type="AS", client=f"{name}/CH", service="krbtgt/CH", success=True)
        ends = self.flow(src, dst, 53, "dns", "udp")
        self.log("dns", **ends, proto="udp", query="dpi.chu-exemple.fr", qtype_name="A", rcode_name="NOERROR")
        self.flow(src, dst, 389, "ldap_tcp")

    def lease(self, address: str, server: str, mac: str, name: str) -> None:
        """Write a DHCP lease."""
        self.minute += 1
        ends = {"client_addr": address, "server_addr": server, "assigned_addr": address}
        self.log("dhcp", **ends, mac=mac, host_name=name, msg_types=["REQUEST", "ACK"], client_software="MSFT 5.0")

    def page(self, src: str, dst: str, agent: str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", **more: Any) -> None:
        """Write a web page."""
        ends = self.flow(src, dst, 80, "http")
        self.log("http", **ends, **{"method": "GET", "uri": "/", "host": "x", "user_agent": agent, **more})


def a_day(folder: Path) -> Wire:
    """Write a quiet day of the small hospital (`ch-valbrume`): its servers, devices and some workstations."""
    wire = Wire(folder)
    desks = [f"10.20.10.{number}" for number in range(11, 17)]
    for desk in desks:
        _desk(wire, desk)
    _imaging(wire)
    _laboratory(wire)
    _house(wire)
    return wire


def _desk(wire: Wire, desk: str) -> None:
    wire.lease(desk, "10.20.1.10", f"02:00:00:00:00:{desk[-2:]}", f"pc-{desk[-2:]}")
    for controller in ("10.20.0.10", "10.20.0.11"):
        wire.logon(desk, controller, "sophie")
    wire.flow(desk, "10.20.2.11", 443, "ssl")
    ends = wire.flow(desk, "10.20.1.20", 445, "gssapi,smb")
    wire.log("smb_mapping", **ends, path=r"\\fic-01\urgences", share_type="DISK")
    ends = wire.flow(desk, "10.20.1.21", 445, "smb")
    wire.log("dce_rpc", **ends, endpoint="spoolss", operation="RpcOpenPrinter", named_pipe="spoolss")
    wire.page(desk, "10.20.4.11", uri="http://example.org/")


def _imaging(wire: Wire) -> None:
    for number, (address, title, kind) in enumerate(
        [("10.20.14.11", "CT_URG", "2"), ("10.20.14.13", "IRM1", "4"), ("10.20.14.31", "US1", "6.1")]
    ):
        uid = ("1.3.12.2.1107.5.1", "1.3.46.670589.11", "1.2.840.113619.6")[number]
        wire.dicom(address, "10.20.3.21", [WORKLIST], (title, "DMWL"), uid)
        wire.dicom(address, "10.20.3.10", [STORAGE + kind], (title, "PACS"), uid)
    for console in ("10.20.14.71", "10.20.14.72"):
        wire.logon(console, "10.20.0.10", "radio")
        wire.dicom(console, "10.20.3.10", [FIND], ("CONSOLE", "PACS"), "1.2.276.0.7230010.3.0.3", 11112)
    wire.hl7("10.20.3.20", "10.20.2.31", "ORU^R01", "RIS", "EAI")
    wire.hl7("10.20.2.31", "10.20.3.20", "ADT^A01", "EAI", "RIS")


def _laboratory(wire: Wire) -> None:
    for address in ("10.20.15.11", "10.20.15.13"):
        wire.hl7(address, "10.20.3.142", "OUL^R22", "CHEM", "MIDDLEWARE")
    wire.hl7("10.20.3.142", "10.20.3.140", "ORU^R01", "MIDDLEWARE", "SIL")
    wire.hl7("10.20.3.140", "10.20.2.31", "ORU^R01", "SIL", "EAI")
    wire.hl7("10.20.2.50", "10.20.2.31", "ADT^A01", "GAP", "EAI")
    for receiver in ("10.20.2.11", "10.20.3.140", "10.20.2.40"):
        wire.hl7("10.20.2.31", receiver, "ADT^A01", "EAI", "DPI", 6661)


def _house(wire: Wire) -> None:
    for number in range(11, 15):
        wire.flow("10.20.1.21", f"10.20.33.{number}", 9100)
        wire.flow(f"10.20.11.{number + 30}", "10.20.11.21", 24105, proto="udp")
    for server in ("10.20.2.11", "10.20.2.12", "10.20.2.21", "10.20.1.20"):
        wire.flow("10.20.5.10", server, 6162)
        wire.flow("10.20.1.27", server, 161, "snmp", "udp")
        wire.flow(server, "10.20.0.41", 514, "syslog", "udp")
    for front in ("10.20.2.11", "10.20.2.12"):
        wire.flow(front, "10.20.2.21", 1521)
    wire.flow("10.20.4.11", "198.51.100.80", 443, "ssl")
    wire.flow("10.20.4.12", "198.51.100.25", 25, "smtp")
    wire.flow("198.51.100.25", "10.20.4.12", 25, "smtp")
    wire.flow("10.20.5.10", "10.20.6.11", 902)
    for phone in ("10.20.40.101", "10.20.40.102", "10.20.40.103"):
        wire.flow(phone, "10.20.40.10", 5060, "sip", "udp")
    for _ in range(20):
        wire.minute += 20
        for pump in ("10.20.11.81", "10.20.11.82"):
            wire.flow(pump, "10.20.2.45", 9200)
