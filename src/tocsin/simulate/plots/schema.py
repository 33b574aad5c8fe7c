"""The form of a plot's file: sections, keys, and the words of each act, read from `acts.py`.

Enters: nothing. Leaves: tables from which plots are read and checked.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.simulate.acts import KINDS

TOP_KEYS = ("plot", "cast", "steps")
PLOT_KEYS = ("name", "label", "begin", "expect", "story")
EXPECT = ("incident", "nothing")
MEMBER_KEYS = (
    "address", "name", "country", "host", "role", "zone", "zone_kind", "os", "service", "site", "count", "new",
    "account", "one_of",
)  # fmt: skip
ACCOUNTS = ("person", "admin", "service", "vendor", "break_glass", "any", "system", "local", "invented")
STEP_KEYS = ("do", "technique", "say", "name_step", "since", "after", "repeat", "every", "unseen_by", "when")
ALIASES = {"machine": "on", "client": "from", "server": "to", "account": "by"}
"""Field of an act -> the word for it in a plot."""
GIVEN = frozenset({"time_us", "no"})

CHOICES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("logon", "kind"): ("interactive", "unlock", "network", "remote", "service", "batch", "explicit"),
    ("logon", "protocol"): ("kerberos", "ntlm", "negotiate"),
    ("logon", "reason"): ("bad_password", "unknown_user", "locked", "disabled", "expired", "not_allowed"),
    ("logoff", "kind"): ("interactive", "network", "remote", "service", "batch"),
    ("ticket", "kind"): ("AS", "TGS"),
    ("ticket", "cipher"): ("aes256", "aes128", "rc4"),
    ("ssh", "method"): ("password", "publickey"),
    ("install", "what"): ("service", "driver", "task", "runkey", "wmi"),
    ("file", "action"): ("create", "delete", "rename"),
    ("tamper", "what"): (
        "log_cleared", "audit_off", "service_stopped", "service_disabled", "defender_off", "sysmon_stopped",
        "catalog_deleted",
    ),
    ("directory", "what"): ("read", "write", "replicate"),
    ("account_change", "what"): (
        "created", "enabled", "password_reset", "disabled", "deleted", "group_added", "changed", "locked", "unlocked",
    ),
    ("lookup", "qtype"): ("A", "AAAA", "PTR", "SRV", "TXT", "MX", "NULL", "CNAME"),
    ("lookup", "rcode"): ("NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED"),
    ("talk", "proto"): ("tcp", "udp", "icmp"),
    ("talk", "state"): ("SF", "S0", "REJ", "RSTO", "RSTR", "S1", "OTH", "SH"),
    ("share", "action"): ("open", "read", "write", "rename", "delete", "close"),
    ("study", "command"): ("C-STORE", "C-FIND", "C-MOVE", "C-GET", "C-ECHO"),
    ("study", "result"): ("accepted", "rejected"),
    ("audit", "event"): ("query", "access", "images", "transfer", "export", "order", "login"),
    ("vpn", "what"): ("up", "down", "failed"),
    ("bastion", "what"): ("session", "refused"),
    ("bastion", "service"): ("RDP", "SSH", "HTTPS", "HTTP"),
    ("backup", "result"): ("Success", "Warning", "Failed"),
    ("alert", "level"): ("low", "medium", "high", "critical"),
}  # fmt: skip
"""Fields that take one of a few words, by act."""


def word_of(field: str) -> str:
    """Give the word of a plot for a field of an act."""
    return ALIASES.get(field, field)


def fields_of(do: str) -> dict[str, tuple[str, str, bool]]:
    """Give the words of an act: word -> field, its type as written, and whether it must be given."""
    kind = KINDS[do]
    defaults = kind._field_defaults
    return {
        word_of(field): (field, str(kind.__annotations__[field].__forward_arg__), field not in defaults)
        if hasattr(kind.__annotations__[field], "__forward_arg__")
        else (field, str(kind.__annotations__[field]), field not in defaults)
        for field in kind._fields
        if field not in GIVEN
    }
