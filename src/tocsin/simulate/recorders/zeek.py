"""Zeek with its JSON writer, on a mirror of the core: what goes from one zone to another.

Enters: connections. Leaves: conn.log, and of each protocol its own log; medical ones (`dicom`, `dicom_command`, `hl7`) as
Tocsin's own probe writes them from a capture.
Source: https://docs.zeek.org/en/current/script-reference/log-files.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tocsin.simulate.acts import (
    Lease,
    Logon,
    Lookup,
    Machine,
    Mail,
    Message,
    RemoteCall,
    ShareUse,
    Ssh,
    Study,
    Ticket,
    Visit,
)
from tocsin.simulate.agents import JA3, agent, ja3
from tocsin.simulate.cast import Place
from tocsin.simulate.recorders import medical
from tocsin.simulate.recorders.contract import Recorder, Sink, Writes
from tocsin.simulate.text import digest, epoch, mixed, quoted, uid
from tocsin.simulate.wires import PIPES, Wire, source_port

_HISTORY = {
    "SF": "ShADadFf",
    "S0": "S",
    "REJ": "Sr",
    "RSTO": "ShADadR",
    "RSTR": "ShADadr",
    "S1": "ShADad",
    "OTH": "Dd",
    "SH": "Sa",
}
_CIPHERS = ("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")


_AUTHORITIES = (
    "Certigna Services CA",
    "Sectigo RSA Domain Validation",
    "R11",
    "GlobalSign Atlas R3",
    "GEANT OV RSA CA 4",
)
_UNKNOWN = "unable to get local issuer certificate"


class Zeek(Recorder):
    """Writes Zeek's logs."""

    SOURCE = "zeek"
    NETWORK = True

    def __init__(self, place: Place, sink: Sink) -> None:
        super().__init__(place, sink)
        self.conn = sink.file("zeek/conn.log")
        self.inside: dict[type, Callable[[Wire, Any, str], None]] = {
            Lookup: self.dns,
            Visit: self.visit,
            Ticket: self.kerberos,
            Ssh: self.ssh,
            Study: self.study,
            Message: self.hl7,
            Mail: self.smtp,
            Lease: self.dhcp,
            Logon: self.logon,
        }

    def _seen(self, client: Machine, server: Machine) -> bool:
        """Say whether traffic passes the core: it stays inside one switch where both ends are of one zone."""
        own = self.site in {client.site, server.site}
        return own and (client.zone != server.zone or not client.zone)

    def head(self, wire: Wire, at_us: int) -> str:
        return (
            f'{{"ts":{epoch(at_us)},"uid":"{wire.uid}","id.orig_h":"{wire.client.address}","id.orig_p":{wire.sport},'
            f'"id.resp_h":"{wire.server.address}","id.resp_p":{wire.port}'
        )

    def wire(self, wire: Wire) -> None:
        """Write conn.log and what the connection carries."""
        client, server = wire.client, wire.server
        if client.zone == server.zone and client.zone:
            return
        if wire.blocked and not client.site:
            return
        act = wire.act
        state = "S0" if wire.blocked else wire.state
        done = wire.time_us + int(wire.duration * 1e6)
        self.conn.append((done, self._conn(wire, state)))
        if state in {"SF", "S1", "RSTO", "RSTR"}:
            writes = self.inside.get(type(act))
            if writes is not None:
                writes(wire, act, self.head(wire, wire.time_us + 1_500))

    def _conn(self, wire: Wire, state: str) -> str:
        client, server = wire.client, wire.server
        if state in {"S0", "REJ"}:
            sent = got = 0
            packets, answers = (3 if state == "S0" else 1), (0 if state == "S0" else 1)
        else:
            sent, got = wire.sent, wire.got
            packets, answers = 2 + sent // 1_300 + got // 2_800, 2 + got // 1_300 + sent // 2_800
        if wire.proto == "udp":
            packets, answers = max(1, sent // 1_200), max(1, got // 1_200)
        over = 28 if wire.proto == "udp" else 40
        service = f'"service":"{wire.service}",' if wire.service and sent + got else ""
        length = f'"duration":{wire.duration:.6f},"orig_bytes":{sent},"resp_bytes":{got},'
        history = ("D" if not got else "Dd") if wire.proto == "udp" else _HISTORY.get(state, "ShADadFf")
        proto = f'"proto":"{wire.proto}",{service}{length if state != "S0" or wire.duration else ""}'
        return (
            f'{self.head(wire, wire.time_us)},{proto}"conn_state":"{state}",'
            f'"local_orig":{"true" if client.site else "false"},"local_resp":{"true" if server.site else "false"},'
            f'"missed_bytes":0,"history":"{history}","orig_pkts":{packets},"orig_ip_bytes":{sent + over * packets},'
            f'"resp_pkts":{answers},"resp_ip_bytes":{got + over * answers}}}'
        )

    def dns(self, wire: Wire, act: Lookup, head: str) -> None:
        number = {"A": 1, "AAAA": 28, "PTR": 12, "SRV": 33, "TXT": 16, "MX": 15, "NULL": 10, "CNAME": 5}.get(
            act.qtype, 1
        )
        code = {"NOERROR": 0, "SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}.get(act.rcode, 0)
        own = "true" if act.name.endswith(self.place.suffix) else "false"
        answers = ""
        if act.answers:
            listed = ",".join(map(quoted, act.answers))
            ttl = 3600.0 if own == "true" else 60.0 + act.no % 240
            answers = f',"answers":[{listed}],"TTLs":[{",".join([str(ttl)] * len(act.answers))}]'
        self.sink.file("zeek/dns.log").append((
            wire.time_us + 20_000,
            f'{head},"proto":"udp","trans_id":{act.no & 65535},"rtt":{wire.duration:.6f},"query":{quoted(act.name)},'
            f'"qclass":1,"qclass_name":"C_INTERNET","qtype":{number},"qtype_name":"{act.qtype}","rcode":{code},'
            f'"rcode_name":"{act.rcode}","AA":{own},"TC":false,"RD":true,"RA":true,"Z":0{answers},"rejected":false}}',
        ))  # fmt: skip

    def visit(self, wire: Wire, act: Visit, head: str) -> None:
        if wire.leg == "proxy":
            method, host = ("CONNECT", f"{act.name}:{act.port}") if act.tls else (act.method, act.name)
            self._http(wire, act, head, method, host, f"{act.name}:{act.port}" if act.tls else act.path)
        elif act.tls:
            self._ssl(wire, act, head)
        else:
            self._http(wire, act, head, act.method, act.name, act.path)

    def _ssl(self, wire: Wire, act: Visit, head: str) -> None:
        cipher = _CIPHERS[2 if act.issuer else act.no % 3]
        old = cipher == _CIPHERS[2]
        resumed = old and not act.issuer and act.no % 5 == 0
        print_of = ja3(act.agent)
        name = f'"server_name":{quoted(act.name)},' if act.name else ""
        certificate = self._certificate(wire, act) if old and not resumed else ""
        self.sink.file("zeek/ssl.log").append((
            wire.time_us + 60_000,
            f'{head},"version":"{"TLSv12" if old else "TLSv13"}","cipher":"{cipher}","curve":"x25519",{name}'
            f'"resumed":{"true" if resumed else "false"},"next_protocol":"{"h2" if act.agent in JA3 else "http/1.1"}",'
            f'"established":true,"ssl_history":"{"CsxknGIi" if certificate else "CsiI"}",{certificate}'
            f'"ja3":"{print_of}","ja3s":"{print_of[8:]}{print_of[:8]}"}}',
        ))  # fmt: skip

    def _certificate(self, wire: Wire, act: Visit) -> str:
        """Give what a handshake of TLS 1.2 shows of the server's certificate: inside, the hospital's own authority signs."""
        subject = f"CN={act.name or wire.server.address}"
        own = f"CN=AC interne {self.place.domain},O={self.place.domain}"
        public = f"CN={_AUTHORITIES[len(act.name) % len(_AUTHORITIES)]},C=FR"
        issuer = subject if act.issuer == "self" else act.issuer or (own if wire.server.site else public)
        known = "self signed certificate" if issuer == subject else "ok" if issuer == public else _UNKNOWN
        chain = ",".join(f'"{digest(f"{issuer} {act.name} {rank}")}"' for rank in range(1 if issuer == subject else 2))
        return (
            f'"cert_chain_fps":[{chain}],"client_cert_chain_fps":[],"subject":{quoted(subject)},"issuer":{quoted(issuer)},'
            f'"sni_matches_cert":true,"validation_status":"{known}",'
        )

    def _http(self, wire: Wire, act: Visit, head: str, method: str, host: str, path: str) -> None:
        version = "1.1"
        reason = {200: "OK", 204: "No Content", 302: "Found", 404: "Not Found", 403: "Forbidden"}.get(act.status, "OK")
        said = "Connection established" if method == "CONNECT" else reason
        body = (
            ""
            if method == "CONNECT"
            else f',"resp_fuids":["{uid(mixed(wire.no, 3), "F")}"],"resp_mime_types":["{act.kind}"]'
        )
        if method != "CONNECT":
            self._file(wire, act)
        self.sink.file("zeek/http.log").append((
            wire.time_us + 80_000,
            f'{head},"trans_depth":1,"method":"{method}","host":{quoted(host)},"uri":{quoted(path)},"version":"{version}",'
            f'"user_agent":{quoted(agent(act.agent))},"request_body_len":{act.sent if method in {"POST", "PUT"} else 0},'
            f'"response_body_len":{0 if method == "CONNECT" else act.got},"status_code":{act.status},'
            f'"status_msg":"{said}","tags":[]{body}}}',
        ))  # fmt: skip

    def _file(self, wire: Wire, act: Visit) -> None:
        """Tell of the body that an answer carried."""
        self.sink.file("zeek/files.log").append((
            wire.time_us + 85_000,
            f'{{"ts":{epoch(wire.time_us + 70_000)},"fuid":"{uid(mixed(wire.no, 3), "F")}","tx_hosts":["{wire.server.address}"],'
            f'"rx_hosts":["{wire.client.address}"],"conn_uids":["{wire.uid}"],"source":"HTTP","depth":0,"analyzers":[],'
            f'"mime_type":"{act.kind}","duration":{wire.duration / 2:.6f},"local_orig":{"true" if wire.server.site else "false"},'
            f'"is_orig":false,"seen_bytes":{act.got},"total_bytes":{act.got},"missing_bytes":0,"overflow_bytes":0,"timedout":false}}',
        ))  # fmt: skip

    def kerberos(self, wire: Wire, act: Ticket, head: str) -> None:
        realm = self.place.suffix.upper()
        service = f"krbtgt/{realm}" if act.service == "krbtgt" else act.service
        client = f"{act.account.name}/{realm}"
        cipher = {"rc4": "rc4-hmac", "aes128": "aes128-cts-hmac-sha1-96"}.get(act.cipher, "aes256-cts-hmac-sha1-96")
        out = self.sink.file("zeek/kerberos.log")
        if act.kind == "AS" and act.preauth:
            first = wire._replace(uid=uid(mixed(wire.no, 2)), sport=source_port(wire.client, mixed(wire.no, 2)))
            out.append((
                wire.time_us - 3_000,
                f'{self.head(first, wire.time_us - 8_000)},"request_type":"AS","client":"{client}","service":"{service}",'
                '"success":false,"error_msg":"KDC_ERR_PREAUTH_REQUIRED","till":0.0,"forwardable":true,"renewable":true}',
            ))  # fmt: skip
        errors = {"bad_password": "KDC_ERR_PREAUTH_FAILED", "unknown_user": "KDC_ERR_C_PRINCIPAL_UNKNOWN"}
        errors |= {
            "locked": "KDC_ERR_CLIENT_REVOKED",
            "disabled": "KDC_ERR_CLIENT_REVOKED",
            "expired": "KDC_ERR_KEY_EXPIRED",
        }
        end = (
            f'"success":false,"error_msg":"{errors.get(act.reason, "KDC_ERR_S_PRINCIPAL_UNKNOWN")}"'
            if act.reason
            else f'"success":true,"till":{epoch(wire.time_us + 36_000_000_000)},"cipher":"{cipher}"'
        )
        out.append((
            wire.time_us + 4_000,
            f'{head},"request_type":"{act.kind}","client":"{client}","service":"{service}",{end},'
            '"forwardable":true,"renewable":true}',
        ))  # fmt: skip

    def ssh(self, wire: Wire, act: Ssh, head: str) -> None:
        good = "false" if act.reason else "true"
        self.sink.file("zeek/ssh.log").append((
            wire.time_us + 900_000,
            f'{head},"version":2,"auth_success":{good},"auth_attempts":{2 if act.reason else 1},'
            '"direction":"INTERNAL","client":"SSH-2.0-OpenSSH_9.2p1","server":"SSH-2.0-OpenSSH_9.2p1 Debian-2",'
            '"cipher_alg":"chacha20-poly1305@openssh.com","kex_alg":"curve25519-sha256","host_key_alg":"ssh-ed25519"}',
        ))  # fmt: skip

    def logon(self, wire: Wire, act: Logon, head: str) -> None:
        if act.kind == "remote":
            name = act.client.name[:15] if act.client else ""
            self.sink.file("zeek/rdp.log").append((
                wire.time_us + 300_000,
                f'{head},"cookie":"{act.account.name[:9]}","result":"encrypted","security_protocol":"HYBRID_EX",'
                f'"client_build":"RDP 10.12","client_name":{quoted(name)},"cert_count":0}}',
            ))  # fmt: skip
        elif act.protocol == "ntlm":
            client = act.client.name.upper()[:15] if act.client else ""
            good = "false" if act.reason else "true"
            self.sink.file("zeek/ntlm.log").append((
                wire.time_us + 5_000,
                f'{head},"username":"{act.account.name}","hostname":"{client}","domainname":"{act.account.domain}",'
                f'"server_nb_computer_name":"{act.machine.name.upper()[:15]}",'
                f'"server_dns_computer_name":"{act.machine.full_name}","success":{good}}}',
            ))  # fmt: skip

    def smtp(self, wire: Wire, act: Mail, head: str) -> None:
        listed = ",".join(map(quoted, act.recipients))
        self.sink.file("zeek/smtp.log").append((
            wire.time_us + 500_000,
            f'{head},"trans_depth":1,"helo":{quoted(wire.client.full_name or wire.client.name)},'
            f'"mailfrom":{quoted(act.sender)},"rcptto":[{listed}],"from":{quoted(act.sender)},"to":[{listed}],'
            f'"msg_id":"<{act.no:x}@{act.sender.rpartition("@")[2]}>","subject":{quoted(act.subject)},'
            f'"last_reply":"250 2.0.0 Ok: queued as {act.no & 0xFFFFFFFFFF:X}","path":["{wire.server.address}"],"tls":false}}',
        ))  # fmt: skip

    def dhcp(self, wire: Wire, act: Lease, head: str) -> None:
        client = act.client
        octets = f"{client.rank & 0xFFFFFF:06x}"
        mac = f"02:00:5e:{octets[:2]}:{octets[2:4]}:{octets[4:]}"
        self.sink.file("zeek/dhcp.log").append((
            wire.time_us + 10_000,
            f'{{"ts":{epoch(wire.time_us)},"uids":["{wire.uid}"],"client_addr":"{client.address}",'
            f'"server_addr":"{act.server.address}","mac":"{mac}","host_name":{quoted(client.name)},'
            f'"domain":"{self.place.suffix}","requested_addr":"{client.address}","assigned_addr":"{client.address}",'
            f'"lease_time":{act.lease_s}.0,"msg_types":["REQUEST","ACK"],"duration":{wire.duration:.6f}}}',
        ))  # fmt: skip

    def study(self, wire: Wire, act: Study, head: str) -> None:
        dicom, command = medical.study(act, head, self.head(wire, wire.time_us + 40_000))
        self.sink.file("zeek/dicom.log").append((wire.time_us + 30_000, dicom))
        if command:
            done = wire.time_us + int(wire.duration * 1e6)
            self.sink.file("zeek/dicom_command.log").append((done, command))

    def hl7(self, wire: Wire, act: Message, head: str) -> None:
        line = medical.message(act, head, self.site)
        self.sink.file("zeek/hl7.log").append((wire.time_us + int(wire.duration * 1e6), line))

    def acts(self) -> Mapping[type, Writes]:
        """Files and calls inside a connection have records of their own, under the connection's id."""
        return {ShareUse: self.share, RemoteCall: self.remote_call}

    def _carried(self, act: ShareUse | RemoteCall, port: int) -> str:
        number = act.link or act.no
        return (
            f'{{"ts":{epoch(act.time_us)},"uid":"{uid(number)}","id.orig_h":"{act.client.address}",'
            f'"id.orig_p":{source_port(act.client, number)},"id.resp_h":"{act.server.address}","id.resp_p":{port}'
        )

    def share(self, act: ShareUse) -> None:
        if not self._seen(act.client, act.server):
            return
        head = self._carried(act, 445)
        path = quoted(f"\\\\{act.server.full_name or act.server.name}\\{act.share}")
        if act.first:
            kind = "PIPE" if act.share.upper() == "IPC$" else "DISK"
            mapping = f'{head},"path":{path},"share_type":"{kind}"}}'
            self.sink.file("zeek/smb_mapping.log").append((act.time_us - 1_000, mapping))
        before = f',"prev_name":{quoted(act.before.replace("/", chr(92)))}' if act.before else ""
        name = quoted(act.name.replace("/", "\\"))
        seconds = act.time_us // 1_000_000
        times = "".join(
            f',"times.{what}":{seconds - age}.0'
            for what, age in (("modified", 86_400), ("accessed", 60), ("created", 9_000_000), ("changed", 86_400))
        )
        fuid = f',"fuid":"{uid(mixed(act.no, 6), "F")}"' if act.action in {"read", "write"} else ""
        self.sink.file("zeek/smb_files.log").append((
            act.time_us + 2_000,
            f'{head}{fuid},"action":"SMB::FILE_{act.action.upper()}","path":{path},"name":{name},"size":{act.size}'
            f"{before}{times}}}",
        ))  # fmt: skip

    def remote_call(self, act: RemoteCall) -> None:
        if not self._seen(act.client, act.server):
            return
        if act.endpoint in PIPES:
            port, pipe = (
                445,
                {"svcctl": "ntsvcs", "samr": "lsass", "lsarpc": "lsass", "netlogon": "lsass"}.get(
                    act.endpoint, act.endpoint
                ),
            )
            pipe = f"\\\\pipe\\\\{pipe}"
        elif act.endpoint == "epmapper":
            port, pipe = 135, "135"
        else:
            port = 49_664 + act.server.rank % 12
            pipe = str(port)
        head = self._carried(act, port)
        self.sink.file("zeek/dce_rpc.log").append((
            act.time_us + 3_000,
            f'{head},"rtt":{0.0004 + act.no % 3_000 / 1e6:.6f},"named_pipe":"{pipe}","endpoint":"{act.endpoint}",'
            f'"operation":"{act.operation}"}}',
        ))  # fmt: skip
