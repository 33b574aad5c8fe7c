"""The FortiGate of the edge: its traffic log, and the SSL VPN.

Enters: connections that touch the Internet, the DMZ, guests or partners; VPN acts. Leaves: syslog lines.
Source: FortiOS Log Message Reference 7.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

from tocsin.simulate.acts import Vpn
from tocsin.simulate.cast import Place
from tocsin.simulate.recorders.contract import Recorder, Sink, Writes
from tocsin.simulate.recorders.suricata import EDGE
from tocsin.simulate.wires import Wire

_SERVICES = {443: "HTTPS", 80: "HTTP", 53: "DNS", 25: "SMTP", 22: "SSH", 3389: "RDP", 123: "NTP", 3128: "tcp/3128"}


class FortiGate(Recorder):
    """Writes FortiOS lines."""

    SOURCE = "fortigate"
    NETWORK = True

    def __init__(self, place: Place, sink: Sink) -> None:
        super().__init__(place, sink)
        self.lines = sink.file("fortigate/fortigate.log")
        self.name = f"FGT-{place.site.upper()}"
        self.serial = f"FG100FTK{place.rank:08}"
        self.head = lru_cache(maxsize=4096)(self._head)

    def _head(self, at_s: int) -> tuple[str, str]:
        moment = datetime.fromtimestamp(at_s, UTC).astimezone(self.place.zone_of_time)
        first = f'date={moment:%Y-%m-%d} time={moment:%H:%M:%S} devname="{self.name}" devid="{self.serial}" eventtime={at_s}'
        return first, f' tz="{moment:%z}" '

    def write(self, us: int, level: int, text: str) -> None:
        """Add a line; the device tells when a session is over."""
        first, zone = self.head(us // 1_000_000)
        self.lines.append((us, f"<{level}>{first}{us % 1_000_000 * 1000:09}{zone}{text}"))

    def wire(self, wire: Wire) -> None:
        """Write a session."""
        client, server = wire.client, wire.server
        if client.site and server.site and client.zone_kind not in EDGE and server.zone_kind not in EDGE:
            return
        number = 17 if wire.proto == "udp" else 1 if wire.proto == "icmp" else 6
        inward, outward = self._side(client.site, client.zone_kind), self._side(server.site, server.zone_kind)
        over = wire.state == "SF" and not wire.blocked
        done = wire.time_us + int(wire.duration * 1e6) + 200_000
        action = "deny" if wire.blocked else ("close" if number == 6 else "accept") if over else "timeout"
        sent, got = (wire.sent, wire.got) if over else (60, 0)
        service = _SERVICES.get(wire.port) or f"{wire.proto}/{wire.port}"
        policy = 0 if wire.blocked else 10 + (len(inward) * 7 + len(outward)) % 30
        self.write(
            done,
            188 if wire.blocked else 189,
            f'logid="{"0000000013"}" type="traffic" subtype="forward" level="{"warning" if wire.blocked else "notice"}" '
            f'vd="root" srcip={client.address} srcport={wire.sport} srcintf="{inward}" srcintfrole="{self._role(inward)}" '
            f'dstip={server.address} dstport={wire.port} dstintf="{outward}" dstintfrole="{self._role(outward)}" '
            f'sessionid={wire.no % 900_000_000} proto={number} action="{action}" policyid={policy} '
            f'policyname="{inward}-vers-{outward}" service="{service}" duration={int(wire.duration)} sentbyte={sent} '
            f"rcvdbyte={got} sentpkt={2 + sent // 1300} rcvdpkt={(2 if got else 0) + got // 1300}",
        )

    def _side(self, site: str, kind: str) -> str:
        if not site:
            return "wan1"
        return {"dmz": "dmz", "guest": "invites", "external": "partenaires"}.get(kind, "lan")

    def _role(self, side: str) -> str:
        return {"wan1": "wan", "dmz": "dmz"}.get(side, "lan")

    def acts(self) -> Mapping[type, Writes]:
        """Give what the device writes besides traffic."""
        return {Vpn: self.vpn}

    def vpn(self, act: Vpn) -> None:
        """Write a tunnel that comes up, goes down or is refused."""
        if act.server.site != self.site:
            return
        common = f'type="event" subtype="vpn" level="{"alert" if act.what == "failed" else "information"}" vd="root" '
        who = f'remip={act.address} srccountry="{act.country}" user="{act.account.name}"'
        number = 1 + act.no % 2_000_000_000
        if act.what == "failed":
            text = (
                f'logid="0101039426" {common}logdesc="SSL VPN login fail" action="ssl-login-fail" tunneltype="ssl-web" '
                f'tunnelid=0 {who} group="N/A" dst_host="N/A" reason="sslvpn_login_permission_denied" '
                'msg="SSL user failed to logged in"'
            )
        elif act.what == "down":
            text = (
                f'logid="0101039425" {common}logdesc="SSL VPN tunnel down" action="tunnel-down" tunneltype="ssl-tunnel" '
                f'tunnelid={number} {who} tunnelip={act.inside} group="vpn-teletravail" dst_host="N/A" reason="N/A" '
                f'duration={int(act.duration)} sentbyte={act.sent} rcvdbyte={act.got} msg="SSL tunnel shutdown"'
            )
        else:
            text = (
                f'logid="0101039424" {common}logdesc="SSL VPN tunnel up" action="tunnel-up" tunneltype="ssl-tunnel" '
                f'tunnelid={number} {who} tunnelip={act.inside} group="vpn-teletravail" dst_host="N/A" '
                'reason="tunnel established" msg="SSL tunnel established"'
            )
        self.write(act.time_us, 185 if act.what == "failed" else 190, text)
