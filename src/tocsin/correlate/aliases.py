"""Which names mean the same thing, and when; what several use at once names nobody.

Enters: bindings with the quarter of an hour in which they were seen. Leaves: the true name of an entity at a time.
The order in which bindings come changes nothing.

A host has an address from the quarter in which it was seen with it until another host is seen with it; before the
first sighting it had it too (one sighting a day is common). Three hosts within four hours share it (NAT, VPN pool,
terminal server): then it is nobody's. A renamed host keeps its first name; accounts are one by their SID or object
id. An address that only a VPN session explains stands for the account.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter, defaultdict

from msgspec import Struct

from tocsin.correlate.bindings import Binding
from tocsin.model import EntityKind

QUARTER_US = 900_000_000
SHARED_BY = 3
"""An address seen with this many hosts within `SHARED_SLOTS` is shared."""
SHARED_SLOTS = 16
MAX_SLOTS = 700
"""Quarters kept of one pair: a week."""


def quarter(time_us: int | None) -> int:
    """Give the quarter of an hour of a time; -1 for none."""
    return -1 if time_us is None else time_us // QUARTER_US


class _Holder(Struct):
    """One host's sightings with one address."""

    count: int = 0
    slots: array[int] = array("q")


class Aliases:
    """Names and what they stand for. Bounded: beyond `limit` pairs new ones are ignored."""

    def __init__(self, limit: int = 1_000_000) -> None:
        self._limit = limit
        self._pairs = 0
        self._holders: defaultdict[str, dict[str, _Holder]] = defaultdict(dict)
        self._addresses: defaultdict[str, set[str]] = defaultdict(set)
        self._uids: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._sessions: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._renamed: dict[str, str] = {}
        self._turns: dict[str, tuple[list[int], list[str]]] = {}

    def bind(self, binding: Binding, slot: int = -1, count: int = 1) -> None:
        """Take one binding, seen `count` times in a quarter of an hour."""
        if self._pairs >= self._limit and not self._known(binding):
            return
        if binding.sort == "address":
            self._hold(binding, slot, count)
        elif binding.sort == "renamed":
            self._rename(binding.name, binding.alias)
        else:
            table = self._uids if binding.sort == "uid" else self._sessions
            self._pairs += binding.name not in table[binding.alias]
            table[binding.alias][binding.name] += count

    def _known(self, binding: Binding) -> bool:
        if binding.sort == "address":
            return binding.name in self._holders.get(binding.alias, ())
        table = self._uids if binding.sort == "uid" else self._sessions
        return binding.name in table.get(binding.alias, ())

    def _hold(self, binding: Binding, slot: int, count: int) -> None:
        holders = self._holders[binding.alias]
        holder = holders.get(binding.name)
        if holder is None:
            holder = holders[binding.name] = _Holder(0, array("q"))
            self._addresses[binding.name].add(binding.alias)
            self._pairs += 1
        holder.count += count
        if len(holder.slots) < MAX_SLOTS and (not holder.slots or holder.slots[-1] != slot):
            holder.slots.append(slot)
        self._turns.pop(binding.alias, None)

    def _rename(self, before: str, after: str) -> None:
        """Give two names one root, the first by alphabet: any order of events, even a circle, ends there."""
        one, other = sorted((self.name_of(before), self.name_of(after)))
        if one != other:
            self._renamed[other] = one
            self._pairs += 1

    def name_of(self, host: str) -> str:
        """Give the name under which a host goes, whatever it was renamed to."""
        while host in self._renamed:
            host = self._renamed[host]
        return host

    def host_of(self, address: str, time_us: int | None = None) -> str:
        """Give the host that had an address at a time, or an empty text when none or several did."""
        holders = self._holders.get(address)
        if not holders:
            return ""
        if len(holders) == 1:
            return self.name_of(next(iter(holders)))
        return self._holder(address, holders, quarter(time_us))

    def _holder(self, address: str, holders: dict[str, _Holder], slot: int) -> str:
        turns = self._turns.get(address)
        if turns is None:
            seen = sorted((at, self.name_of(host)) for host, holder in holders.items() for at in set(holder.slots))
            turns = self._turns[address] = ([at for at, _ in seen], [host for _, host in seen])
        slots, hosts = turns
        at = bisect_right(slots, slot) if slot >= 0 else len(slots)
        begin = bisect_right(slots, slots[max(0, at - 1)] - SHARED_SLOTS) if slot >= 0 else 0
        end = bisect_right(slots, slot + SHARED_SLOTS) if slot >= 0 else len(slots)
        if len(set(hosts[begin:end])) >= SHARED_BY:
            return ""
        last = slots[max(0, at - 1)]
        same = {host for one, host in zip(slots[:end], hosts[:end], strict=True) if one == last} or set(hosts[:1])
        if slot < 0:
            same = set(hosts)
        counts: Counter[str] = Counter()
        for host, holder in holders.items():
            counts[self.name_of(host)] += holder.count
        return min(same, key=lambda host: (-counts[host], host))

    def account_of(self, name: str) -> str:
        """Give the account behind a SID or object id; any other name stays."""
        names = self._uids.get(name)
        return min(names, key=lambda one: (-names[one], one)) if names else name

    def true(self, kind: EntityKind, name: str, time_us: int | None) -> tuple[EntityKind, str]:
        """Give what an entity truly is at a time: the host behind an address, the account behind an id."""
        if kind == "address":
            host = self.host_of(name, time_us)
            if host:
                return "host", host
            users = self._sessions.get(name)
            return ("identity", next(iter(users))) if users and len(users) == 1 else (kind, name)
        if kind == "host":
            return kind, self.name_of(name)
        return (kind, self.account_of(name)) if kind == "identity" else (kind, name)

    def addresses_of(self, host: str) -> tuple[str, ...]:
        """Give the addresses that a host was seen with and that are not shared, sorted."""
        names = [host, *(alias for alias in self._renamed if self.name_of(alias) == host)]
        found = {
            address for name in names for address in self._addresses.get(name, ()) if self._had(name, address, host)
        }
        return tuple(sorted(found))

    def _had(self, name: str, address: str, host: str) -> bool:
        """Say whether at some sighting the address was this host's alone."""
        holders = self._holders[address]
        return len(holders) == 1 or any(
            self._holder(address, holders, slot) == host for slot in sorted(set(holders[name].slots))
        )

    def names_of(self, host: str) -> tuple[str, ...]:
        """Give the other names that a host went by, sorted."""
        return tuple(sorted(alias for alias in self._renamed if self.name_of(alias) == host))
