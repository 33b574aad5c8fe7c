"""Put rules together: duplicates, filters and correlations resolved, ready for an `Engine`; and the cached form.

Enters: the sheets of rule files, in order of precedence. Leaves: `Compiled`, and its bytes (msgpack).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from tocsin.detect.sigma.rule import All, Correlation, Filter, Node, Rule, Sheet, Skipped

VERSION = 1
"""Of the cached form: counts up whenever the values of rule.py or their meaning change."""


class Compiled(Struct, frozen=True):
    """Rules ready to run. Hits name a rule by its index in `rules`.

    `silent` are rules that only feed correlations: their hits are no findings. `feeds` is rule index -> indexes of
    the correlation rules that count its hits.
    """

    rules: tuple[Rule, ...]
    skipped: tuple[Skipped, ...] = ()
    silent: frozenset[int] = frozenset()
    feeds: dict[int, tuple[int, ...]] = {}

    def base_of_correlation(self, rule: int) -> bool:
        """Say whether a correlation rule counts this rule's hits."""
        return rule in self.feeds


class _Cached(Struct, frozen=True, array_like=True):
    version: int
    key: str
    compiled: Compiled


def compile_rules(sheets: Iterable[Sheet]) -> Compiled:
    """Put the rules of all sheets together; of two with the same id the first counts."""
    rules: dict[str, Rule] = {}
    filters: list[Filter] = []
    skipped: list[Skipped] = []
    for sheet in sheets:
        skipped += sheet.skipped
        filters += sheet.filters
        for rule in sheet.rules:
            first = rules.setdefault(rule.id, rule)
            if first is not rule and _content(first) != _content(rule):
                skipped.append(Skipped(rule.id, f"its id is taken by '{first.title}' ({first.path})", rule.path))
    usable, lost = _with_references([_filtered(rule, filters) for rule in rules.values()])
    feeds, silent = _wired(usable)
    return Compiled(tuple(usable), (*skipped, *lost), silent, feeds)


def _content(rule: Rule) -> tuple[object, ...]:
    return rule.title, rule.logsource, rule.condition, rule.correlation


def _filtered(rule: Rule, filters: list[Filter]) -> Rule:
    if rule.condition is None:
        return rule
    conditions: list[Node] = [item.condition for item in filters if _applies(item, rule)]
    return msgspec.structs.replace(rule, condition=All((rule.condition, *conditions))) if conditions else rule


def _applies(item: Filter, rule: Rule) -> bool:
    named = not item.rules or rule.id in item.rules or (rule.name and rule.name in item.rules)
    return bool(named) and item.logsource.covers(rule.logsource)


def _with_references(rules: list[Rule]) -> tuple[list[Rule], list[Skipped]]:
    """Leave out correlations whose rules are not there, again and again as these are named by others."""
    lost: list[Skipped] = []
    while True:
        names = {name for rule in rules for name in (rule.id, rule.name) if name}
        broken = {rule.id: missing for rule in rules if rule.correlation and (missing := _missing(rule, names))}
        if not broken:
            return rules, lost
        lost += [Skipped(rule.id, broken[rule.id], rule.path) for rule in rules if rule.id in broken]
        rules = [rule for rule in rules if rule.id not in broken]


def _missing(rule: Rule, names: set[str]) -> str:
    assert rule.correlation is not None
    absent = [reference for reference in rule.correlation.rules if reference not in names]
    return f"it counts the rule '{absent[0]}', which is not loaded" if absent else ""


def indexes(rules: Iterable[Rule]) -> dict[str, int]:
    """Give the index of each rule by its id and by its name."""
    found: dict[str, int] = {}
    for index, rule in enumerate(rules):
        for name in (rule.id, rule.name):
            if name:
                found.setdefault(name, index)
    return found


def _wired(rules: list[Rule]) -> tuple[dict[int, tuple[int, ...]], frozenset[int]]:
    by_name = indexes(rules)
    feeds: dict[int, list[tuple[int, Correlation]]] = {}
    for index, rule in enumerate(rules):
        for reference in rule.correlation.rules if rule.correlation else ():
            base = by_name[reference]
            if rule.correlation is not None and base != index:
                feeds.setdefault(base, []).append((index, rule.correlation))
    silent = frozenset(base for base, users in feeds.items() if not any(user.generate for _, user in users))
    return {base: tuple(dict.fromkeys(index for index, _ in users)) for base, users in feeds.items()}, silent


def dump(compiled: Compiled, key: str = "") -> bytes:
    """Write the cached form. `key` says from what it was made."""
    return msgspec.msgpack.encode(_Cached(VERSION, key, compiled))


def load(data: bytes, key: str = "") -> Compiled | None:
    """Read the cached form; None when it is broken, of another version, or made from something else."""
    try:
        cached = msgspec.msgpack.decode(data, type=_Cached)
    except (msgspec.DecodeError, msgspec.ValidationError, ValueError, RecursionError):
        return None
    return cached.compiled if (cached.version, cached.key) == (VERSION, key) else None
