"""The Stormshield that parts the medical zones from the rest of the hospital.

Enters: connections into or out of zones with medical or building devices. Leaves: SNS `filter` lines as syslog.
Source: SNS, "Description of audit logs" technical note.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from tocsin.simulate.cast import Place
from tocsin.simulate.recorders.contract import Recorder, Sink
from tocsin.simulate.wires import Wire

_NAMES = {443: "https", 80: "http", 53: "dns_udp", 104: "dicom", 445: "microsoft-ds", 88: "kerberos", 389: "ldap"}


class Stormshield(Recorder):
    """Writes SNS lines."""

    SOURCE = "stormshield"
    NETWORK = True

    def __init__(self, place: Place, sink: Sink) -> None:
        super().__init__(place, sink)
        self.lines = sink.file("stormshield/filter.log")
        self.name = f"SNS-{place.site.upper()}"
        self.local = lru_cache(maxsize=4096)(self._local)

    def _local(self, at_s: int) -> tuple[str, str]:
        moment = datetime.fromtimestamp(at_s, UTC).astimezone(self.place.zone_of_time)
        return f"{moment:%Y-%m-%d %H:%M:%S}", f"{moment:%z}"

    def wire(self, wire: Wire) -> None:
        """Write a connection when it is over."""
        client, server = wire.client, wire.server
        zones = self.place.medical_zones
        if client.zone == server.zone or not (client.zone in zones or server.zone in zones):
            return
        done = wire.time_us + int(wire.duration * 1e6)
        begun, _ = self.local(wire.time_us // 1_000_000)
        ended, zone = self.local(done // 1_000_000)
        over = wire.state == "SF" and not wire.blocked
        action, priority = ("block", 4) if wire.blocked else ("pass", 5)
        name = _NAMES.get(wire.port, "ephemeral_fw_tcp" if wire.port > 1023 else f"port_{wire.port}")
        sent, got = (wire.sent, wire.got) if over else (60, 0)
        inward, outward = client.zone or "out", server.zone or "out"
        self.lines.append((
            done,
            f'<134>id=firewall time="{ended}" fw="{self.name}" tz={zone} startime="{begun}" pri={priority} confid=01 '
            f'slotlevel=2 ruleid={10 + len(inward) % 9} rulename="{inward}_{outward}" srcif="Ethernet3" srcifname="{inward}" '
            f'ipproto={wire.proto} dstif="Ethernet2" dstifname="{outward}" proto={name} src={client.address} '
            f"srcport={wire.sport} srcportname=ephemeral_fw_tcp srcname={client.name} dst={server.address} "
            f"dstport={wire.port} dstportname={name} dstname={server.name} ipv=4 sent={sent} rcvd={got} "
            f'duration={wire.duration:.2f} action={action} logtype="filter"',
        ))  # fmt: skip
