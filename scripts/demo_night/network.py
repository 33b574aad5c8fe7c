"""The network layer: Zeek TSV (conn), Zeek JSON (dns, dce_rpc, smb_files, rdp, ssl), Suricata EVE, FortiGate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from demo_night.hospital import ACCOUNT, C2, C2_NAME, SUFFIX, THIEF, VPN_ADDRESS, Night

Row = tuple[datetime, dict[str, object]]

CONN_COLUMNS = """
ts:time uid:string id.orig_h:addr id.orig_p:port id.resp_h:addr id.resp_p:port proto:enum service:string
duration:interval orig_bytes:count resp_bytes:count conn_state:string local_orig:bool local_resp:bool
missed_bytes:count history:string orig_pkts:count orig_ip_bytes:count resp_pkts:count resp_ip_bytes:count
tunnel_parents:set[string]
"""
CONN_FIELDS = [column.partition(":")[0] for column in CONN_COLUMNS.split()]
CONN_TYPES = [column.partition(":")[2] for column in CONN_COLUMNS.split()]

_SITES = ["www.has-sante.example", "update.editeur-dpi.example", "mail.ght-nord.example", "www.meteo.example"]


def conn_lines(night: Night) -> Iterator[str]:
    """Give Zeek's conn.log as its TSV writer writes it."""
    yield from ("#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tconn")
    yield "#open\t2026-11-14-23-00-00"
    yield "#fields\t" + "\t".join(CONN_FIELDS)
    yield "#types\t" + "\t".join(CONN_TYPES)
    for moment, record in sorted([*_everyday_conns(night), *_attack_conns(night)], key=lambda row: row[0]):
        record["ts"] = f"{moment.timestamp():.6f}"
        yield "\t".join(str(record.get(name, "-")) for name in CONN_FIELDS)
    yield "#close\t2026-11-15-05-00-00"


def _conn(
    night: Night, source: str, target: str, port: int, service: str, sent: int, got: int, s: float
) -> dict[str, object]:
    return {
        "uid": night.uid(),
        "id.orig_h": source,
        "id.orig_p": night.dice.randint(49152, 65535),
        "id.resp_h": target,
        "id.resp_p": port,
        "proto": "udp" if port in {53, 123} else "tcp",
        "service": service,
        "duration": f"{s:.6f}",
        "orig_bytes": sent,
        "resp_bytes": got,
        "conn_state": "SF",
        "local_orig": "T",
        "local_resp": "T" if target.startswith("10.") else "F",
        "missed_bytes": 0,
        "history": "Dd" if port in {53, 123} else "ShADadFf",
        "orig_pkts": 2 + sent // 1200,
        "orig_ip_bytes": sent + 80,
        "resp_pkts": 2 + got // 1200,
        "resp_ip_bytes": got + 80,
    }


def _everyday_conns(night: Night) -> Iterator[Row]:
    dice = night.dice
    desks, servers, modalities = night.of("desk"), night.of("server"), night.of("modality")
    pacs = night.machine("SRV-PACS").address
    for moment in night.moments(14_000):
        desk = dice.choice(desks).address
        server, port, service = dice.choice(
            [
                ("10.20.1.10", 53, "dns"),
                ("10.20.1.10", 88, "krb_tcp"),
                ("10.20.1.12", 445, "gssapi,smb"),
                ("10.20.1.14", 443, "ssl"),
                (f"192.0.2.{dice.randint(10, 40)}", 443, "ssl"),
            ]
        )
        yield (
            moment,
            _conn(
                night,
                desk,
                server,
                port,
                service,
                dice.randint(60, 9000),
                dice.randint(90, 90_000),
                dice.uniform(0, 40),
            ),
        )
    for moment in night.moments(900):
        yield (
            moment,
            _conn(
                night,
                dice.choice(modalities).address,
                pacs,
                11112,
                "-",
                dice.randint(10**5, 10**7),
                2400,
                dice.uniform(1, 60),
            ),
        )
    for moment in night.moments(500):
        yield (
            moment,
            _conn(night, dice.choice(servers).address, "10.20.1.17", 2575, "-", dice.randint(300, 2000), 180, 0.2),
        )


def _attack_conns(night: Night) -> Iterator[Row]:
    rds, files = night.machine("SRV-RDS1").address, night.machine("SRV-FIC1").address
    backup, directory = night.machine("SRV-SAUV").address, night.machine("SRV-AD1").address
    yield night.at("02:16:02"), _conn(night, VPN_ADDRESS, rds, 3389, "ssl", 900_000, 12_000_000, 2300)
    for step in range(34):
        moment = night.at("02:18:40") + timedelta(seconds=step * 60 + night.dice.uniform(-4, 4))
        yield moment, _conn(night, rds, C2, 443, "ssl", 1420 + night.dice.randint(0, 30), 2210, 0.4)
    yield night.at("02:29:10"), _conn(night, rds, backup, 445, "gssapi,smb,dce_rpc", 410_000, 9000, 12)
    yield night.at("02:38:05"), _conn(night, rds, directory, 135, "dce_rpc", 900, 700, 1)
    yield night.at("02:38:06"), _conn(night, rds, directory, 49667, "gssapi,dce_rpc,krb", 8000, 2_400_000, 6)
    yield night.at("02:43:11"), _conn(night, files, "198.51.100.77", 443, "ssl", 3_214_557_120, 2_100_000, 512)
    yield night.at("02:52:00"), _conn(night, rds, files, 445, "gssapi,smb", 210_000_000, 180_000_000, 400)


def zeek_records(night: Night) -> Iterator[Row]:
    """Give the other Zeek logs as its JSON writer writes them into one stream (`_path` names the log)."""
    yield from _dns(night)
    rds, backup = night.machine("SRV-RDS1").address, night.machine("SRV-SAUV").address
    directory, files = night.machine("SRV-AD1").address, night.machine("SRV-FIC1").address
    yield _zeek(night, "02:16:02", "rdp", VPN_ADDRESS, rds, 3389, cookie=ACCOUNT, result="encrypted")
    yield _zeek(night, "02:18:41", "ssl", rds, C2, 443, version="TLSv12", server_name=C2_NAME, established=True,
                ja3="a0e9f5d64349fb13191bc781f81f42e1", validation_status="self signed certificate")  # fmt: skip
    for operation in ("SamrConnect5", "SamrEnumerateDomainsInSamServer", "SamrQueryInformationDomain"):
        yield _zeek(night, "02:22:04", "dce_rpc", rds, directory, 445, endpoint="samr", operation=operation,
                    named_pipe="\\pipe\\lsass", rtt=0.001)  # fmt: skip
    yield _zeek(night, "02:29:11", "smb_mapping", rds, backup, 445, path=f"\\\\SRV-SAUV.{SUFFIX}\\ADMIN$",
                share_type="DISK")  # fmt: skip
    yield _zeek(night, "02:29:12", "smb_files", rds, backup, 445, action="SMB::FILE_OPEN", name="PSEXESVC.exe",
                path=f"\\\\SRV-SAUV.{SUFFIX}\\ADMIN$", size=383_872)  # fmt: skip
    for operation in ("OpenSCManagerW", "CreateServiceW", "StartServiceW"):
        yield _zeek(night, "02:29:13", "dce_rpc", rds, backup, 445, endpoint="svcctl", operation=operation,
                    named_pipe="\\pipe\\ntsvcs", rtt=0.002)  # fmt: skip
    for operation in ("DRSBind", "DRSCrackNames", "DRSGetNCChanges"):
        yield _zeek(night, "02:38:07", "dce_rpc", rds, directory, 49667, endpoint="drsuapi", operation=operation,
                    named_pipe="49667", rtt=0.003)  # fmt: skip
    for step in range(160):
        name = f"Services\\Radiologie\\compte-rendu-{step:04}.docx"
        yield _zeek(night, f"02:52:{step * 20 // 60 % 60:02}", "smb_files", rds, files, 445, action="SMB::FILE_RENAME",
                    name=f"{name}.vbg-locked", prev_name=name, path="\\\\SRV-FIC1\\commun", size=48_000)  # fmt: skip


def _zeek(night: Night, clock: str, log: str, source: str, target: str, port: int, **fields: object) -> Row:
    moment = night.at(clock)
    record: dict[str, object] = {
        "_path": log,
        "ts": moment.timestamp(),
        "uid": night.uid(),
        "id.orig_h": source,
        "id.orig_p": night.dice.randint(49152, 65535),
        "id.resp_h": target,
        "id.resp_p": port,
    }
    return moment, record | fields


def _dns(night: Night) -> Iterator[Row]:
    for moment in night.moments(5000):
        desk = night.dice.choice(night.of("desk")).address
        server = night.dice.choice(night.of("server"))
        name = night.dice.choice([*_SITES, server.full_name.lower(), server.full_name.lower()])
        answer = server.address if name.endswith(SUFFIX) else f"192.0.2.{night.dice.randint(10, 40)}"
        yield moment, _query(night, moment, desk, name) | {"answers": [answer], "TTLs": [300.0]}
    for clock, name in (("02:18:39", C2_NAME), ("02:43:10", "g.api.mega.co.nz")):
        moment = night.at(clock)
        source = night.machine("SRV-RDS1" if name == C2_NAME else "SRV-FIC1").address
        yield moment, _query(night, moment, source, name)


def _query(night: Night, moment: datetime, source: str, name: str) -> dict[str, object]:
    return {
        "_path": "dns",
        "ts": round(moment.timestamp(), 6),
        "uid": night.uid(),
        "id.orig_h": source,
        "id.orig_p": night.dice.randint(49152, 65535),
        "id.resp_h": "10.20.1.10",
        "id.resp_p": 53,
        "proto": "udp",
        "query": name,
        "qclass_name": "C_INTERNET",
        "qtype_name": "A",
        "rcode_name": "NOERROR",
    }


def eve_records(night: Night) -> Iterator[Row]:
    """Give Suricata's eve.json: flows, and two alerts."""
    for moment in night.moments(2500):
        desk = night.dice.choice(night.of("desk")).address
        yield (
            moment,
            _eve(night, moment, "flow", desk, f"192.0.2.{night.dice.randint(10, 40)}", flow={"pkts_toserver": 9}),
        )
    for clock, signature, severity, category in (
        (
            "02:18:42",
            "TOCSIN DEMO Observed malicious TLS certificate of a known loader",
            1,
            "Malware Command and Control Activity Detected",
        ),
        ("02:29:12", "TOCSIN DEMO PsExec service created over SMB", 2, "Potentially Bad Traffic"),
    ):
        moment, rds = night.at(clock), night.machine("SRV-RDS1").address
        target = C2 if severity == 1 else night.machine("SRV-SAUV").address
        alert = {"action": "allowed", "gid": 1, "signature_id": 9_000_000 + severity, "rev": 1, "signature": signature,
                 "category": category, "severity": severity}  # fmt: skip
        yield moment, _eve(night, moment, "alert", rds, target, alert=alert)


def _eve(night: Night, moment: datetime, kind: str, source: str, target: str, **fields: object) -> dict[str, object]:
    record: dict[str, object] = {
        "timestamp": f"{moment + timedelta(hours=1):%Y-%m-%dT%H:%M:%S.%f}+0100",
        "flow_id": night.dice.randrange(10**15),
        "in_iface": "ens192",
        "event_type": kind,
        "src_ip": source,
        "src_port": night.dice.randint(49152, 65535),
        "dest_ip": target,
        "dest_port": 445 if target.startswith("10.") else 443,
        "proto": "TCP",
    }
    return record | fields


def firewall_lines(night: Night) -> Iterator[str]:
    """Give the FortiGate's syslog: traffic all night, and the VPN log-ins."""
    rows = [(moment, _traffic(night)) for moment in night.moments(6000)]
    rows += [
        (moment, _vpn(night.dice.choice(night.people), "192.0.2.200", "10.20.250.9")) for moment in night.moments(6)
    ]
    rows.append((night.at("02:14:20"), _vpn(ACCOUNT, THIEF, VPN_ADDRESS)))
    for moment, text in sorted(rows):
        local = moment + timedelta(hours=1)
        stamp = f'date={local:%Y-%m-%d} time={local:%H:%M:%S} devname="FW-VALBOURG" devid="FG100FTK00000000"'
        yield f'<189>{stamp} eventtime={int(moment.timestamp() * 1e9)} tz="+0100" {text}'


def _traffic(night: Night) -> str:
    source, target = night.dice.choice(night.of("desk")).address, f"192.0.2.{night.dice.randint(10, 40)}"
    return (
        f'logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" srcip={source} '
        f'srcport={night.dice.randint(49152, 65535)} srcintf="lan" dstip={target} dstport=443 dstintf="wan1" '
        f'proto=6 action="close" policyid=12 policyname="sortie-web" service="HTTPS" duration=11 '
        f"sentbyte={night.dice.randint(600, 9000)} rcvdbyte={night.dice.randint(900, 90000)}"
    )


def _vpn(user: str, remote: str, tunnel: str) -> str:
    return (
        f'logid="0101039424" type="event" subtype="vpn" level="information" vd="root" logdesc="SSL VPN tunnel up" '
        f'action="tunnel-up" tunneltype="ssl-tunnel" tunnelid=1471 remip={remote} tunnelip={tunnel} user="{user}" '
        f'group="vpn-teletravail" dst_host="N/A" reason="tunnel established" msg="SSL tunnel established"'
    )
