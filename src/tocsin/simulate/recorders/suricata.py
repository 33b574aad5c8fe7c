"""Suricata at the edge: what comes from or goes to the Internet, the DMZ, guests and partners.

Enters: connections. Leaves: EVE records (flow, dns, tls, http, alert) with the sensor's local time zone.
Source: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from tocsin.simulate.acts import Lookup, Noticed, Visit
from tocsin.simulate.agents import agent, ja3
from tocsin.simulate.cast import Place
from tocsin.simulate.recorders.contract import Recorder, Sink
from tocsin.simulate.text import quoted
from tocsin.simulate.wires import Wire

EDGE = frozenset({"dmz", "guest", "external"})
_NAMES = {"ssl": "tls", "http": "http", "dns": "dns", "ssh": "ssh", "smtp": "smtp"}


class Suricata(Recorder):
    """Writes EVE."""

    SOURCE = "suricata"
    NETWORK = True

    def __init__(self, place: Place, sink: Sink) -> None:
        super().__init__(place, sink)
        self.eve = sink.file("suricata/eve.json")
        self.local = lru_cache(maxsize=4096)(self._local)

    def _local(self, at_s: int) -> tuple[str, str]:
        moment = datetime.fromtimestamp(at_s, UTC).astimezone(self.place.zone_of_time)
        return f"{moment:%Y-%m-%dT%H:%M:%S}", f"{moment:%z}"

    def stamp(self, us: int) -> str:
        text, zone = self.local(us // 1_000_000)
        return f"{text}.{us % 1_000_000:06}{zone}"

    def wire(self, wire: Wire) -> None:
        """Write the flow when it is over, and what it carries."""
        client, server = wire.client, wire.server
        at_edge = not client.site or not server.site or client.zone_kind in EDGE or server.zone_kind in EDGE
        if not at_edge and type(wire.act) is not Noticed:
            return
        flow_id = wire.no & 0x7FFFFFFFFFFFF
        ends = (
            f'"src_ip":"{client.address}","src_port":{wire.sport},"dest_ip":"{server.address}","dest_port":{wire.port},'
            f'"proto":"{wire.proto.upper()}"'
        )
        act = wire.act
        kind = type(act)
        if wire.state == "SF" and not wire.blocked:
            if kind is Visit:
                self._visit(wire, act, flow_id, ends)  # type: ignore[arg-type]
            elif kind is Lookup:
                self._dns(wire, act, flow_id, ends)  # type: ignore[arg-type]
            elif kind is Noticed:
                self._alert(wire, act, flow_id, ends)  # type: ignore[arg-type]
        self._flow(wire, flow_id, ends)

    def _head(self, us: int, flow_id: int, kind: str, ends: str) -> str:
        return f'{{"timestamp":"{self.stamp(us)}","flow_id":{flow_id},"in_iface":"ens192","event_type":"{kind}",{ends}'

    def _flow(self, wire: Wire, flow_id: int, ends: str) -> None:
        over = wire.state == "SF" and not wire.blocked
        sent, got = (wire.sent, wire.got) if over else (60, 0 if wire.state == "S0" or wire.blocked else 40)
        end = wire.time_us + int(wire.duration * 1e6)
        done = end + 60_000_000
        name = wire.service.partition(",")[0]
        app = f'"app_proto":"{_NAMES.get(name, "failed")}",' if wire.proto == "tcp" and over else ""
        tcp = ""
        if wire.proto == "tcp":
            back = "1b" if over else "14" if wire.state == "REJ" else "00"
            flags = "1b" if over else "02"
            tcp = f',"tcp":{{"tcp_flags":"{"1b" if over else "16"}","tcp_flags_ts":"{flags}","tcp_flags_tc":"{back}"}}'
        state = "closed" if over and wire.proto == "tcp" else "established" if over else "new"
        alerted = "true" if type(wire.act) is Noticed else "false"
        packets, answers = 2 + sent // 1_300, (2 if got else 0) + got // 1_300
        self.eve.append((
            done,
            f"{self._head(done, flow_id, 'flow', ends)},{app}"
            f'"flow":{{"pkts_toserver":{packets},"pkts_toclient":{answers},"bytes_toserver":{sent + 54 * packets},'
            f'"bytes_toclient":{got + 54 * answers},"start":"{self.stamp(wire.time_us)}","end":"{self.stamp(end)}",'
            f'"age":{int(wire.duration)},"state":"{state}","reason":"timeout","alerted":{alerted}}}{tcp}}}',
        ))  # fmt: skip

    def _visit(self, wire: Wire, act: Visit, flow_id: int, ends: str) -> None:
        at = wire.time_us + 45_000
        if wire.leg == "proxy" or not act.tls:
            method, name = ("CONNECT", f"{act.name}:{act.port}") if wire.leg and act.tls else (act.method, act.path)
            self.eve.append((
                at,
                f"{self._head(at, flow_id, 'http', ends)},\"tx_id\":0,\"http\":{{\"hostname\":{quoted(act.name)},"
                f'"url":{quoted(name)},"http_user_agent":{quoted(agent(act.agent))},"http_content_type":"{act.kind}",'
                f'"http_method":"{method}","protocol":"HTTP/1.1","status":{act.status},"length":{act.got}}}}}',
            ))  # fmt: skip
            return
        print_of = ja3(act.agent)
        sni = f'"sni":{quoted(act.name)},' if act.name else ""
        self.eve.append((
            at,
            f"{self._head(at, flow_id, 'tls', ends)},\"tls\":{{{sni}\"version\":\"TLS 1.3\","
            f'"ja3":{{"hash":"{print_of}"}},"ja3s":{{"hash":"{print_of[8:]}{print_of[:8]}"}}}}}}',
        ))  # fmt: skip

    def _dns(self, wire: Wire, act: Lookup, flow_id: int, ends: str) -> None:
        at = wire.time_us + 20_000
        found = ",".join(
            f'{{"rrname":{quoted(act.name)},"rrtype":"{act.qtype}","ttl":300,"rdata":{quoted(one)}}}'
            for one in act.answers
        )
        self.eve.append((
            at,
            f"{self._head(at, flow_id, 'dns', ends)},\"dns\":{{\"version\":2,\"type\":\"answer\",\"id\":{act.no & 65535},"
            f'"flags":"8180","qr":true,"rd":true,"ra":true,"rrname":{quoted(act.name)},"rrtype":"{act.qtype}",'
            f'"rcode":"{act.rcode}","answers":[{found}]}}}}',
        ))  # fmt: skip

    def _alert(self, wire: Wire, act: Noticed, flow_id: int, ends: str) -> None:
        at = wire.time_us + 120_000
        name = _NAMES.get(wire.service.partition(",")[0], "failed")
        self.eve.append((
            at,
            f"{self._head(at, flow_id, 'alert', ends)},\"alert\":{{\"action\":\"allowed\",\"gid\":1,"
            f'"signature_id":{act.number},"rev":{1 + act.number % 7},"signature":{quoted(act.signature)},'
            f'"category":{quoted(act.category)},"severity":{act.severity}}},"app_proto":"{name}",'
            f'"flow":{{"pkts_toserver":6,"pkts_toclient":7,"bytes_toserver":{wire.sent},"bytes_toclient":{wire.got},'
            f'"start":"{self.stamp(wire.time_us)}"}}}}',
        ))  # fmt: skip
