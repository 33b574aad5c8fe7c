"""One spelling for each name: hosts, accounts, addresses and domains as entities carry them.

Enters: names as products write them (`DOMAIN\\user`, `user@REALM`, `HOST$`, `host.domain.`, `::ffff:10.1.2.3`).
Leaves: canonical names, lower case; an empty text for what names nobody (`-`, `SYSTEM`, `127.0.0.1`).
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

NOBODY = frozenset(
    {
        "",
        "-",
        "system",
        "root",
        "local system",
        "localsystem",
        "local service",
        "network service",
        "localservice",
        "networkservice",
        "servizio locale",
        "système",
        "service local",
        "service réseau",
        "anonymous logon",
        "anonymous",
        "nobody",
        "unknown",
        "none",
        "null",
        "n/a",
        "(unknown)",
        "hidden",
        "iis apppool",
        "window manager",
    }
)
"""Accounts that every machine has: they name nobody and would join everything with everything."""

_NO_HOST = frozenset({"", "-", "localhost", "unknown", "none", "null", "n/a", "localhost.localdomain", "local"})
_DESKTOP_ACCOUNTS = ("dwm-", "umfd-", "defaultapppool")
_DOMAIN_SID = "s-1-5-21-"
"""SIDs of a domain's or machine's own accounts; all others are the same everywhere and name nobody."""


@lru_cache(maxsize=65_536)
def host(name: str) -> str:
    """Give the short host name in lower case; an address stays an address; nothing for a local name."""
    plain = name.strip().strip("\\").rstrip(".$").lower()
    if plain in _NO_HOST:
        return ""
    if address(plain) or not any(letter.isalpha() for letter in plain):
        return plain if routable(plain) else ""
    return plain.partition(".")[0]


@lru_cache(maxsize=65_536)
def account(name: str) -> str:
    """Give the account's bare name in lower case; nothing for machine accounts and accounts every machine has."""
    plain = name.strip().strip('"').lower()
    plain = plain.rpartition("\\")[2].rpartition("/")[2] if not plain.startswith("arn:") else plain
    if "@" in plain and not plain.startswith("@"):
        plain = plain.partition("@")[0]
    if plain in NOBODY or plain.endswith("$") or plain.startswith(_DESKTOP_ACCOUNTS):
        return ""
    return "" if plain.startswith("s-1-5-") and not plain.startswith(_DOMAIN_SID) else plain


@lru_cache(maxsize=65_536)
def address(text: str) -> str:
    """Give an address in its short standard form, IPv4-mapped IPv6 as IPv4; nothing when it is none."""
    parsed = _parsed(text)
    return str(parsed) if parsed is not None else ""


@lru_cache(maxsize=65_536)
def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed


@lru_cache(maxsize=65_536)
def routable(text: str) -> bool:
    """Say whether an address can name one machine: not loopback, unspecified, multicast, broadcast or link-local v6."""
    parsed = _parsed(text)
    if parsed is None:
        return False
    local = parsed.is_loopback or parsed.is_unspecified or parsed.is_multicast or parsed.is_reserved
    return not (local or str(parsed) == "255.255.255.255" or (parsed.version == 6 and parsed.is_link_local))


@lru_cache(maxsize=65_536)
def internal(text: str) -> bool:
    """Say whether an address belongs inside (RFC 1918, RFC 4193, RFC 6598, link-local)."""
    parsed = _parsed(text)
    return parsed is not None and not parsed.is_global


@lru_cache(maxsize=65_536)
def domain(name: str) -> str:
    """Give a DNS name in lower case without its last dot; nothing for addresses, reverse and single-label names."""
    plain = name.strip().rstrip(".").lower()
    if "." not in plain or address(plain) or plain.endswith((".arpa", ".local", ".localdomain")):
        return ""
    return plain
