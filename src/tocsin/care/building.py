"""Make the care map of what the files say: look up every name, and turn entries into nouns.

Enters: what was written for each site. Leaves: a `CareMap` of everything that holds together, and the problems.
A name without a slash is looked up in its own hospital, then in the others; `site/name` says which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from tocsin.care.entries import Entry, Part, Word, Written
from tocsin.care.merging import merge, together
from tocsin.care.model import (
    ANY,
    INTERNET,
    Application,
    Backup,
    CareMap,
    Component,
    Conduit,
    Device,
    Host,
    Identity,
    Need,
    Ports,
    Service,
    Site,
    Vendor,
    Zone,
)
from tocsin.care.prefixes import Prefixes
from tocsin.care.problems import Problem, suggestion
from tocsin.i18n import N_

Names = dict[str, Entry]
"""Entries by id (`site/name`)."""
ANY_PORT = (Ports(),)
_DEVICE = ("maker", "model", "emdn", "contact", "ae_title", "software")


class Built:
    """Everything known of a map while it is built: entries by id, for each space of names, and the problems."""

    def __init__(self) -> None:
        self.sites: dict[str, Entry] = {}
        self.entries: dict[str, Names] = {
            name: {} for name in ("zones", "services", "applications", "hosts", "identities", "backups", "vendors")
        }
        self.sites_of: dict[tuple[str, str], list[str]] = {}
        self._spelled: dict[tuple[str, str], str] = {}
        self.flows: list[tuple[str, Entry]] = []
        self.problems: list[Problem] = []

    def add(self, site: str, written: Written) -> None:
        """Take in what the files of a site say."""
        merged, twice = merge(written.entries)
        self.problems += twice
        for (space, small), entry in merged.items():
            self.entries[space][f"{site}/{entry.name}"] = entry
            self.sites_of.setdefault((space, small), []).append(site)
            self._spelled[space, f"{site}/{small}"] = f"{site}/{entry.name}"
        self.flows += [(site, flow) for flow in written.flows]

    def find(self, site: str, text: str, spaces: Sequence[str]) -> str:
        """Give the id that a name stands for, or nothing; capitals make no difference."""
        small = text.lower()
        for space in spaces:
            if f"{site}/{text}" in self.entries[space]:
                return f"{site}/{text}"
            if (space, f"{site}/{small}") in self._spelled:
                return self._spelled[space, f"{site}/{small}"]
        for space in spaces:
            if "/" in text and text in self.entries[space]:
                return text
            others = self.sites_of.get((space, small), [])
            if len(others) == 1:
                return self._spelled[space, f"{others[0]}/{small}"]
        return ""

    def resolve(self, site: str, word: Word, spaces: Sequence[str]) -> str:
        """Give the id that a name stands for; a name that stands for nothing is a problem."""
        found = self.find(site, word.text, spaces)
        if not found:
            self.problems.append(self._dangling(site, word, spaces))
        return found

    def _dangling(self, site: str, word: Word, spaces: Sequence[str]) -> Problem:
        known = [one.partition("/")[2] for space in spaces for one in self.entries[space] if one.startswith(f"{site}/")]
        hint, facts = suggestion(word.text, known)
        facts |= {"name": word.text, "sections": ", ".join(spaces)}
        return Problem(word.place, N_("“{name}” is not in {sections}"), facts, hint or N_("Declare it, or correct it."))

    def all(self, site: str, words: list[Word], spaces: Sequence[str]) -> tuple[str, ...]:
        """Give the ids of names, each once, without those that stand for nothing."""
        found = (self.resolve(site, word, spaces) for word in words)
        return tuple(dict.fromkeys(one for one in found if one))

    def one(self, site: str, entry: Entry, key: str, space: str) -> str:
        """Give the id that a key names, or nothing."""
        return next(iter(self.all(site, entry.words(key), (space,))), "")


def build(written: Mapping[str, Written]) -> tuple[CareMap, Built]:
    """Make the map of what was written for each site."""
    built = Built()
    for site, one in written.items():
        if one.site is not None:
            built.sites[site] = one.site
        built.add(site, one)
    zones = _all(built, "zones", _zone)
    prefixes = Prefixes.of(zones.values())
    care = CareMap(
        sites={site: _site(site, entry) for site, entry in built.sites.items()},
        zones=zones,
        hosts={key: _host(built, site, entry, prefixes) for key, site, entry in _each(built, "hosts")},
        identities=_all(built, "identities", _identity),
        vendors=_all(built, "vendors", _vendor),
        applications=_all(built, "applications", _application),
        services=_all(built, "services", _service),
        backups=_all(built, "backups", _backup),
        conduits=_conduits(built),
    )
    return care, built


def _each(built: Built, space: str) -> Iterator[tuple[str, str, Entry]]:
    for key, entry in built.entries[space].items():
        yield key, key.partition("/")[0], entry


def _all(built: Built, space: str, make: Any) -> dict[str, Any]:
    return {key: make(built, site, entry) for key, site, entry in _each(built, space)}


def _named(site: str, entry: Entry) -> dict[str, Any]:
    return {"site": site, "name": entry.name, "label": entry.text("label"), "origin": entry.origin}


def _given(entry: Entry, *keys: str) -> dict[str, Any]:
    return {key: entry.values[key] for key in keys if key in entry.values}


def _site(site: str, entry: Entry) -> Site:
    given = _given(entry, "kind", "finess", "beds", "timezone", "contact")
    return Site(**_named(site, entry), **given, partners=entry.many("partners"))


def _zone(built: Built, site: str, entry: Entry) -> Zone:
    return Zone(
        **_named(site, entry),
        **_given(entry, "vlan"),
        life_class=entry.values.get("class", "A"),  # type: ignore[arg-type]
        kind=entry.values.get("kind", "care"),  # type: ignore[arg-type]
        addresses=entry.many("addresses"),
        within=built.one(site, entry, "within", "zones"),
    )


def _host(built: Built, site: str, entry: Entry, prefixes: Prefixes) -> Host:
    addresses = entry.many("address")
    zone = built.one(site, entry, "zone", "zones") or (prefixes.zone_at(site, addresses[0]) if addresses else "")
    medical = entry.section == "devices"
    return Host(
        **_named(site, entry),
        **_given(entry, "role", "system", "mac"),
        addresses=addresses,
        zone=zone,
        aliases=entry.many("aliases"),
        may_isolate=entry.values.get("may_isolate", "ask" if medical else "yes"),  # type: ignore[arg-type]
        device=Device(**{key: entry.text(key) for key in _DEVICE}) if medical else None,
    )


def _identity(built: Built, site: str, entry: Entry) -> Identity:
    return Identity(
        **_named(site, entry),
        **_given(entry, "owner"),
        kind=entry.values.get("kind", "person"),  # type: ignore[arg-type]
        accounts=entry.many("accounts"),
        vendor=built.one(site, entry, "vendor", "vendors"),
        hosts=built.all(site, entry.words("hosts"), ("hosts",)),
    )


def _vendor(built: Built, site: str, entry: Entry) -> Vendor:
    return Vendor(
        **_named(site, entry),
        **_given(entry, "contact"),
        windows=tuple(entry.values.get("windows", ())),  # type: ignore[arg-type]
        targets=built.all(site, entry.words("targets"), ("hosts", "zones")),
        ports=tuple(entry.values.get("ports", ())),  # type: ignore[arg-type]
        via=built.one(site, entry, "via", "hosts"),
    )


def _needs(built: Built, site: str, entry: Entry) -> tuple[Need, ...]:
    found = []
    for part in entry.parts("needs"):
        application = built.resolve(site, Word(part.name, part.spot), ("applications",))
        if application:
            autonomy, fallback = part.values.get("autonomy"), part.values.get("fallback", "")
            found.append(Need(application, autonomy, fallback, part.origin))  # type: ignore[arg-type]
    return tuple(found)


def _components(built: Built, site: str, entry: Entry) -> tuple[Component, ...]:
    return tuple(_component(built, site, part) for part in entry.parts("components"))


def _component(built: Built, site: str, part: Part) -> Component:
    words: list[Word] = part.values.get("members", [])  # type: ignore[assignment]
    members = built.all(site, words, ("hosts", "identities"))
    need: int = part.values.get("need", len(words))  # type: ignore[assignment]
    if not 1 <= need <= len(words):
        facts: dict[str, str | int] = {"name": part.name, "need": need, "members": len(words)}
        message = N_("“{name}” needs {need} of {members} members")
        hint = N_("Give a number from 1 to {members}.")
        built.problems.append(Problem(Word("", part.spot).place, message, facts, hint))
    need = min(max(need, 1), max(len(members), 1))
    return Component(part.name, need, members, part.origin)


def _application(built: Built, site: str, entry: Entry) -> Application:
    return Application(
        **_named(site, entry),
        vendor=built.one(site, entry, "vendor", "vendors"),
        recovery_time_min=entry.minutes("recovery_time"),
        recovery_point_min=entry.minutes("recovery_point"),
        needs=_needs(built, site, entry),
        components=_components(built, site, entry),
    )


def _service(built: Built, site: str, entry: Entry) -> Service:
    given = _given(entry, "kind", "procedure", "diversion", "contact", "plan", "tested", "load")
    return Service(
        **_named(site, entry),
        **given,
        life_class=entry.values.get("class", "A"),  # type: ignore[arg-type]
        downtime_min=entry.minutes("downtime"),
        recovery_point_min=entry.minutes("recovery_point"),
        autonomy_min=entry.minutes("autonomy"),
        needs=_needs(built, site, entry),
        components=_components(built, site, entry),
    )


def _backup(built: Built, site: str, entry: Entry) -> Backup:
    return Backup(
        **_named(site, entry),
        **_given(entry, "immutable", "offsite", "proved"),
        protects=built.all(site, entry.words("protects"), ("applications", "hosts")),
        kept_on=built.all(site, entry.words("kept_on"), ("hosts",)),
        every_min=entry.minutes("every"),
    )


def _conduits(built: Built) -> tuple[Conduit, ...]:
    """Give one conduit for each pair of ends; the same one declared and observed is one that is both."""
    found: dict[tuple[object, ...], Conduit] = {}
    for site, entry in built.flows:
        for conduit in _conduits_of(built, site, entry):
            key = conduit.source, conduit.target, conduit.ports, conduit.allow
            known = found.get(key)
            found[key] = _both(known, conduit) if known else conduit
    return tuple(found.values())


def _conduits_of(built: Built, site: str, entry: Entry) -> Iterator[Conduit]:
    ports = tuple(sorted(entry.values.get("ports") or ANY_PORT))  # type: ignore[call-overload]
    ends = [[_end(built, site, word) for word in entry.words(key)] for key in ("from", "to")]
    for source, target in product(*ends):
        if source and target:
            allow, vital = entry.yes("allow", True), entry.yes("vital")
            yield Conduit(site, source, target, ports, entry.text("purpose"), allow, vital, entry.origin)


def _end(built: Built, site: str, word: Word) -> str:
    if word.text in {INTERNET, ANY}:
        return word.text
    return built.resolve(site, word, ("hosts", "zones"))


def _both(first: Conduit, second: Conduit) -> Conduit:
    hand_first = first.origin.known != "observed" or second.origin.known == "observed"
    high, low = (first, second) if hand_first else (second, first)
    origin = together(high.origin, low.origin)
    purpose, vital = high.purpose or low.purpose, high.vital or low.vital
    return Conduit(high.site, high.source, high.target, high.ports, purpose, high.allow, vital, origin)
