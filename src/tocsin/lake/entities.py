"""Who and what an event names: hosts, accounts, addresses, domains, hashes, in one spelling each.

Enters: OCSF columns. Leaves: their entities, sorted.
"""

from __future__ import annotations

from functools import lru_cache

from tocsin.model import Columns
from tocsin.model import names as spell

_HOSTS = ("device.hostname", "src_endpoint.hostname", "dst_endpoint.hostname")
_ADDRESSES = ("src_endpoint.ip", "dst_endpoint.ip", "device.ip")
_ACCOUNTS = ("user.name", "actor.user.name", "user.email_addr")
_DOMAINS = ("query.hostname", "tls.sni")
_HASHES = ("process.hash", "file.hash")


def entities_of(columns: Columns) -> list[str]:
    """Give the entities of an event."""
    found: set[str] = set()
    for name in _ADDRESSES:
        value = columns.get(name)
        if value is not None:
            found.add(spell.address(str(value)))
    for names, spellings in ((_HOSTS, hosts), (_ACCOUNTS, accounts), (_DOMAINS, domains), (_HASHES, plain)):
        for name in names:
            value = columns.get(name)
            if value is not None:
                found.update(spellings(str(value)))
    found.discard("")
    return sorted(found)


@lru_cache(maxsize=65_536)
def hosts(name: str) -> tuple[str, ...]:
    """Give the spellings of a host: its short name, and its full one where it has a domain."""
    return spell.host(name), spell.domain(name)


@lru_cache(maxsize=65_536)
def accounts(name: str) -> tuple[str, ...]:
    """Give the spellings of an account: its bare name, and its address where it has one."""
    return spell.account(name), name.strip().lower() if "@" in name else ""


@lru_cache(maxsize=65_536)
def domains(name: str) -> tuple[str, ...]:
    """Give the spelling of a DNS name."""
    return (spell.domain(name),)


def plain(text: str) -> tuple[str, ...]:
    """Give a hash in lower case."""
    return (text.strip().lower(),)


def asked(name: str) -> list[str]:
    """Give the spellings under which an entity that a person names may stand in events."""
    address = spell.address(name)
    if address:
        return [address]
    full = spell.domain(name)
    if full and "@" not in name and "\\" not in name:
        return [full]
    found = {spell.host(name) if "@" not in name else "", spell.account(name), name.strip().lower()}
    if "@" in name:
        found = {name.strip().lower()}
    return sorted(found - {""})
