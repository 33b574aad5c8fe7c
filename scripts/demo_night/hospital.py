"""The invented hospital: CH de Valbourg, its machines, people and clock. Nothing here is real."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 14, 22, 0, tzinfo=UTC)
"""Saturday evening, 23:00 in Valbourg (UTC+1)."""

HOURS = 6
DOMAIN = "VALBOURG"
SUFFIX = "chu-valbourg.example"
THIEF = "203.0.113.66"
C2 = "198.51.100.23"
C2_NAME = "cdn-telemetrie.example"
VPN_ADDRESS = "10.20.250.14"
ACCOUNT = "m.lefevre"
SERVICE = "svc-sauvegarde"


@dataclass(frozen=True)
class Machine:
    """One machine: name, address, class."""

    name: str
    address: str
    kind: str

    @property
    def full_name(self) -> str:
        return f"{self.name}.{SUFFIX}"


def _machines() -> list[Machine]:
    servers = ["SRV-AD1", "SRV-AD2", "SRV-FIC1", "SRV-PACS", "SRV-DPI", "SRV-SAUV", "SRV-RDS1", "SRV-LABO"]
    found = [Machine(name, f"10.20.1.{10 + index}", "server") for index, name in enumerate(servers)]
    for ward, net, count in (("URG", 10, 12), ("REA", 11, 6), ("CHIR", 12, 8), ("RAD", 13, 4), ("ADM", 14, 6)):
        found += [Machine(f"POSTE-{ward}-{i:02}", f"10.20.{net}.{20 + i}", "desk") for i in range(1, count + 1)]
    found += [Machine(f"MODALITE-{i}", f"10.20.30.{10 + i}", "modality") for i in range(1, 5)]
    return found


@dataclass
class Night:
    """The night's dice and clock, shared by all layers so that they tell the same story."""

    seed: int = 20261115
    machines: list[Machine] = field(default_factory=_machines)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self._by_name = {machine.name: machine for machine in self.machines}
        self.people = [f"{a}.{b}" for a in "abcejlmnps" for b in ("martin", "petit", "moreau", "roux", "garnier")]

    def machine(self, name: str) -> Machine:
        return self._by_name[name]

    def of(self, kind: str) -> list[Machine]:
        return [machine for machine in self.machines if machine.kind == kind]

    def moments(self, count: int) -> list[datetime]:
        """Give `count` moments of the night, in order."""
        seconds = sorted(self.dice.uniform(0, HOURS * 3600) for _ in range(count))
        return [START + timedelta(seconds=second) for second in seconds]

    def at(self, clock: str) -> datetime:
        """Give the UTC moment of a local clock time such as `02:11:05` (UTC+1)."""
        hour, minute, second = (int(part) for part in clock.split(":"))
        day = datetime(2026, 11, 15, tzinfo=UTC) + timedelta(hours=hour, minutes=minute, seconds=second)
        return day - timedelta(hours=1)

    def uid(self, prefix: str = "C") -> str:
        return prefix + "".join(self.dice.choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", k=17))


def iso(moment: datetime) -> str:
    """Write a moment as RFC 3339 with milliseconds."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
