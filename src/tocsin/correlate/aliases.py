"""Which names mean the same host, from bindings; addresses that several hosts share resolve to nobody.

Enters: bindings. Leaves: the host behind an address, and a host's addresses.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from tocsin.correlate.bindings import Binding

SHARED_BY = 3
"""An address seen with this many hosts is shared (NAT, VPN pool, terminal server, reused lease)."""


class Aliases:
    """Address -> host, most often seen first. Bounded: beyond `limit` pairs new ones are ignored."""

    def __init__(self, limit: int = 1_000_000) -> None:
        self._limit = limit
        self._pairs: Counter[Binding] = Counter()
        self._hosts: dict[str, str] | None = None

    def bind(self, binding: Binding, count: int = 1) -> None:
        """Take one binding."""
        if binding in self._pairs or len(self._pairs) < self._limit:
            self._pairs[binding] += count
            self._hosts = None

    def host_of(self, address: str) -> str:
        """Give the host behind an address, or an empty text when none or several are."""
        if self._hosts is None:
            self._hosts = self._resolve()
        return self._hosts.get(address, "")

    def addresses_of(self, host: str) -> tuple[str, ...]:
        """Give a host's addresses, sorted."""
        return tuple(sorted(b.address for b in self._pairs if b.host == host and self.host_of(b.address) == host))

    def _resolve(self) -> dict[str, str]:
        seen: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        for binding, count in self._pairs.items():
            seen[binding.address].append((-count, binding.host))
        return {address: min(hosts)[1] for address, hosts in seen.items() if len(hosts) < SHARED_BY}
