"""Recorders: what each probe of the hospital writes of each act, in its product's own form.

Enters: acts and their connections. Leaves: lines with the moment at which they were written. A recorder is a class with
`SOURCE` (its name for `--sources` and `unseen_by`), `wire` for every connection where it watches the network, and
`acts()`: kind of act -> what writes it. The list below is the only registry.
"""

from __future__ import annotations

from tocsin.simulate.recorders import (
    atna,
    aws,
    backups,
    bastion,
    edr,
    entra,
    fortigate,
    linux,
    m365,
    stormshield,
    suricata,
    sysmon,
    windows,
    zeek,
)
from tocsin.simulate.recorders.contract import Recorder

RECORDERS: tuple[type[Recorder], ...] = (
    zeek.Zeek,
    suricata.Suricata,
    fortigate.FortiGate,
    stormshield.Stormshield,
    windows.Windows,
    sysmon.Sysmon,
    linux.Linux,
    edr.Edr,
    entra.Entra,
    m365.M365,
    aws.CloudTrail,
    atna.Atna,
    bastion.Wallix,
    backups.Backups,
)
SOURCES = tuple(recorder.SOURCE for recorder in RECORDERS)
