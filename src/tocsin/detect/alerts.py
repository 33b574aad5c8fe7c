"""Which sources carry other tools' alerts: only their events are asked for one, so the rest costs nothing.

A test walks over all golden cases: a source whose events have a `finding.title` must be listed here.
"""

from __future__ import annotations

FAMILIES = frozenset({"alerts", "cef", "leef", "crowdstrike", "defender", "harfanglab", "wazuh"})
"""Families of which any event may be an alert."""

SOURCES = frozenset(
    {
        "aws.guardduty",
        "aws.securityhub",
        "azure.activity",
        "azure.risk",
        "fortigate.utm",
        "m365.audit",
        "okta.system",
        "paloalto.threat",
        "stormshield.alarm",
        "stormshield.ses",
        "suricata.alert",
        "windows.microsoft-windows-windows-defender-operational",
        "zeek.intel",
        "zeek.notice",
    }
)
"""Sources whose events may be alerts, where the family is not listed."""


def may_alert(source: str) -> bool:
    """Say whether an event of this source may be another tool's alert."""
    return source in SOURCES or source.partition(".")[0] in FAMILIES
