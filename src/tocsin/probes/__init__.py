"""Probes: one file per product; bytes and records in, events out. Pure.

The lists below are the only registry: a new probe is a module named here. Order matters only where two probes
could claim the same record: the more specific comes first.
"""

from tocsin.model import Columns, Event
from tocsin.probes import (
    alerts,
    atna,
    auditd,
    aws,
    azure,
    cef,
    defender,
    fortigate,
    gcp,
    harfanglab,
    ivanti,
    journald,
    keycloak,
    keyvalue,
    kubernetes,
    leef,
    linux_net,
    m365,
    netflow,
    okta,
    paloalto,
    plain,
    stormshield,
    suricata,
    syslog,
    unix_auth,
    wallix,
    wazuh,
    web_access,
    windows,
    zeek,
)
from tocsin.probes.contract import JsonProbe, Probe, TextProbe
from tocsin.probes.dispatch import Dispatcher

JSON_PROBES: tuple[JsonProbe, ...] = (
    zeek,
    suricata,
    windows,
    netflow,
    aws,
    defender,
    azure,
    m365,
    gcp,
    kubernetes,
    okta,
    keycloak,
    wazuh,
    harfanglab,
    journald,
    stormshield,
    paloalto,
    alerts,
)
"""`alerts` is last: it takes whatever looks like an alert."""
TEXT_PROBES: tuple[TextProbe, ...] = (
    windows,
    atna,
    auditd,
    unix_auth,
    stormshield,
    ivanti,
    fortigate,
    paloalto,
    wallix,
    web_access,
    linux_net,
    netflow,
    aws,
    keycloak,
    cef,
    leef,
    keyvalue,
)
OTHER_PROBES: tuple[Probe, ...] = (syslog, plain)

PROBES: tuple[Probe, ...] = tuple(dict.fromkeys((*JSON_PROBES, *TEXT_PROBES, *OTHER_PROBES)))
BY_FAMILY: dict[str, Probe] = {family: probe for probe in PROBES for family in probe.SOURCES}

DISPATCHER = Dispatcher(JSON_PROBES, TEXT_PROBES)


def columns(event: Event) -> Columns:
    """Give the OCSF columns of any event, by the probe of its source (`linux.auditd`) or else of its family."""
    return (BY_FAMILY.get(event.source) or BY_FAMILY.get(event.family, plain)).columns(event)
