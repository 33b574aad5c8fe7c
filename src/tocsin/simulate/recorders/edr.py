"""Alerts of the EDR: HarfangLab on servers and in care, Defender in the offices.

Enters: alerts. Leaves: JSON lines in the form of each product's export.
Source: field names as the products' outputs show them; https://learn.microsoft.com/en-us/defender-endpoint/api/alerts
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from tocsin.simulate.acts import Alert
from tocsin.simulate.recorders.contract import Recorder, Writes
from tocsin.simulate.text import digest, guid, iso, mixed

_LEVELS = {"low": 20, "medium": 30, "high": 40, "critical": 50}


class Edr(Recorder):
    """Writes alerts."""

    SOURCE = "edr"

    def acts(self) -> Mapping[type, Writes]:
        """Give what each act leaves."""
        return {Alert: self.alert}

    def alert(self, act: Alert) -> None:
        """Write an alert by the product that watches the machine."""
        if act.machine.site != self.site or not act.machine.agent or self.sink.mute(act.machine, act.time_us):
            return
        record = self._defender(act) if act.machine.agent == "defender" else self._harfanglab(act)
        name = f"edr/{act.machine.agent}.json"
        self.sink.file(name).append((act.time_us + 2_000_000, orjson.dumps(record).decode()))

    def _harfanglab(self, act: Alert) -> dict[str, object]:
        machine, account = act.machine, act.account
        tags = [f"attack.{act.technique.lower()}"] if act.technique else []
        return {
            "log_type": "alert",
            "alert_unique_id": guid(act.no),
            "alert_time": iso(act.time_us + 1_200_000).replace("Z", "+00:00"),
            "@event_create_date": iso(act.time_us),
            "rule_name": act.title,
            "rule_id": guid(mixed(len(act.title), 3)),
            "msg": act.title,
            "type": "rtlogs",
            "alert_type": "sigma",
            "alert_subtype": "process",
            "level": act.level,
            "level_int": _LEVELS.get(act.level, 30),
            "status": "new",
            "tags": tags,
            "agent": {
                "agentid": guid(mixed(machine.rank, 4)),
                "hostname": machine.name,
                "ipaddress": machine.address,
                "osproducttype": "Windows" if machine.os == "windows" else "Debian GNU/Linux",
                "ostype": machine.os,
                "domainname": machine.domain,
            },
            "process": {
                "image_name": act.image,
                "commandline": act.command,
                "pid": 1_000 + act.no % 9_000,
                "username": f"{account.domain}\\{account.name}",
                "usersid": account.sid,
                "hashes": {"sha256": digest(act.image)},
            },
        }

    def _defender(self, act: Alert) -> dict[str, object]:
        machine, account = act.machine, act.account
        return {
            "id": f"da{act.no % 10**18}_{act.no % 10**9}",
            "incidentId": act.no % 90_000,
            "severity": {"critical": "High"}.get(act.level, act.level.title()),
            "status": "New",
            "classification": None,
            "detectionSource": "WindowsDefenderAtp",
            "category": "SuspiciousActivity",
            "title": act.title,
            "description": act.title,
            "alertCreationTime": iso(act.time_us + 60_000_000),
            "firstEventTime": iso(act.time_us),
            "lastEventTime": iso(act.time_us),
            "machineId": digest(machine.full_name, 20),
            "computerDnsName": machine.full_name,
            "mitreTechniques": [act.technique] if act.technique else [],
            "relatedUser": {"userName": account.name, "domainName": account.domain},
            "evidence": [
                {
                    "entityType": "Process",
                    "fileName": act.image.rpartition("\\")[2],
                    "filePath": act.image.rpartition("\\")[0],
                    "processCommandLine": act.command,
                    "sha256": digest(act.image),
                    "accountName": account.name,
                    "domainName": account.domain,
                }
            ],
        }
