"""Cast a plot from the map and play it: who, when, and each act with its words.

Enters: a `Plot`, the places, the seed. Leaves: `Cue`s. The same seed casts the same; another one casts others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from ipaddress import ip_network
from random import Random
from typing import Any

from tocsin.care.problems import Problem
from tocsin.errors import InputError
from tocsin.i18n import N_, _
from tocsin.simulate.acts import KINDS, SYSTEM, Account, Act, Machine
from tocsin.simulate.calendar import MINUTE_US, midnight
from tocsin.simulate.cast import Place, outside
from tocsin.simulate.dice import dice, number
from tocsin.simulate.plots.model import Cue, Member, Plot, Step
from tocsin.simulate.plots.schema import fields_of

Actor = Machine | Account
_MENTION = re.compile(r"\{(?:([a-z_][a-z0-9_]*)\.([a-z_]+)|(n|random))\}")


def cues(plot: Plot, places: Sequence[Place], seed: int, first: date, days: int) -> list[Cue]:
    """Give all acts of a plot, by time.

    Raises:
        InputError: the map has nobody or nothing that the plot wants, or the plot begins after the simulation's end.
    """
    casting = Casting(plot, places, seed)
    begin = _begin(plot, casting.home, first, days)
    return sorted(casting.play(begin), key=lambda cue: cue.act.time_us)


def _begin(plot: Plot, home: Place, first: date, days: int) -> int:
    if plot.begin.weekday is None:
        rank = plot.begin.day - 1
    else:
        rank = (plot.begin.weekday - first.weekday()) % 7
    if rank >= days:
        hint = _("Simulate at least {days} days, or begin on another day.").format(days=rank + 1)
        raise InputError(_("{name}: it begins after the end of the simulation").format(name=plot.name), hint)
    return midnight(first + timedelta(days=rank), home.zone_of_time) + plot.begin.minute * MINUTE_US


class Casting:
    """A plot with its cast."""

    def __init__(self, plot: Plot, places: Sequence[Place], seed: int) -> None:
        self.plot, self.places, self.seed = plot, places, seed
        self.random = dice(seed, "plot", plot.name)
        self.home = places[int(self.random.random() * len(places))]
        self.countries: dict[str, str] = {}
        self.cast: dict[str, tuple[Actor, ...]] = self._always()
        for member in plot.cast:
            self.cast[member.name] = self._member(member)

    def _always(self) -> dict[str, tuple[Actor, ...]]:
        found: dict[str, tuple[Actor, ...]] = {"internet": (outside("203.0.113.250", "internet.example"),)}
        for name, roles in (("gateway", ("vpn", "firewall")), ("directory", ("domain_controller",))):
            several = self.home.of(*roles)
            found[name] = several[:1]
        return found

    def _member(self, member: Member) -> tuple[Actor, ...]:
        words = member.words
        random = dice(self.seed, "cast", self.plot.name, member.name)
        if "one_of" in words:
            return (Account(name=random.choice(_listed(words["one_of"])), kind="word"),)
        if "address" in words:
            self.countries[member.name] = str(words.get("country", ""))
            return tuple(outside(one, str(words.get("name", ""))) for one in _listed(words["address"]))
        found = self._accounts(words) if "account" in words else self._machines(member)
        if not found:
            hint = _("Change the words of “{name}”, or use another map.").format(name=member.name)
            raise InputError(f"{member.spot}: " + _("the map has nothing for “{name}”").format(name=member.name), hint)
        random.shuffle(found)
        ordered = sorted(found, key=lambda one: one.name) if "host" in words else found
        count = words.get("count", len(ordered) if "host" in words or isinstance(words.get("name"), tuple) else 1)
        return tuple(ordered[: int(str(count))])

    def _place(self, words: Mapping[str, object]) -> list[Place]:
        site = str(words.get("site", ""))
        if not site:
            return [self.home] if len(self.places) > 1 else list(self.places)
        if site == "other":
            return [one for one in self.places if one is not self.home] or [self.home]
        return [one for one in self.places if one.site == site]

    def _machines(self, member: Member) -> list[Actor]:
        words = member.words
        found: list[Actor] = []
        for place in self._place(words):
            if words.get("new") == "yes":
                found.append(self._new(place, member))
                continue
            desks = {one.name for one in place.desks_of.get(str(words.get("service", "")), ())}
            keys = [key for key in words if key not in {"count", "new", "site", "name"}]
            everybody = place.machines.values()
            found += [one for one in everybody if all(_fits(one, key, words[key], desks) for key in keys)]
        return found

    def _new(self, place: Place, member: Member) -> Machine:
        """Give a machine that the map does not know, with a free address of its zone."""
        zone = str(member.words.get("zone", ""))
        kind, prefix = place.zones.get(zone, ("", ""))
        if not prefix:
            known = ", ".join(place.zones)
            raise InputError(f"{member.spot}: " + _("the map has no zone “{name}”").format(name=zone), known)
        network = ip_network(prefix)
        taken = {one.address for one in place.machines.values()}
        start = number(self.seed, self.plot.name, member.name)
        free = (str(network[1 + (start + step) % (network.num_addresses - 2)]) for step in range(network.num_addresses))
        address = next((one for one in free if one not in taken), str(network[1]))
        name = str(member.words.get("name", "")) or f"inconnu-{start % 900 + 100}"
        role, system = str(member.words.get("role", "other")), str(member.words.get("os", "device"))
        return Machine(
            name=name, address=address, site=place.site, zone=zone, zone_kind=kind, role=role, os=system,
            full_name=f"{name}.{place.suffix}", domain=place.domain,
            ae_title=name.upper().replace("-", "_")[:16], rank=900_000 + start % 90_000,
        )  # fmt: skip

    def _accounts(self, words: Mapping[str, object]) -> list[Actor]:
        kind, names = str(words["account"]), _listed(words.get("name", ()))
        if kind == "system":
            return [SYSTEM]
        place = self._place(words)[0]
        if kind in {"local", "invented"}:
            domain = "" if kind == "local" else place.domain
            return [
                Account(name=one, site=place.site, kind="person", domain=domain, sid=f"S-1-5-21-9-9-9-{500 + rank}",
                        mail=f"{one}@{place.suffix}", rank=9_700_000 + rank)
                for rank, one in enumerate(names or ("administrateur",))
            ]  # fmt: skip
        service = str(words.get("service", ""))
        people = [one for one in place.people if not service or one.service == service]
        found: list[Account] = []
        if kind in {"person", "any"}:
            found += [one.account for one in people]
        if kind in {"admin", "any"}:
            found += [one.admin for one in place.people if one.admin is not None]
        found += [one for one in place.accounts.values() if kind in {one.kind, "any"}]
        if kind in {"vendor", "any"}:
            found += [account for _vendor, account, _targets, _bastion in place.vendors if account not in found]
        return [one for one in found if not names or one.name in names]

    def play(self, begin_us: int) -> Iterator[Cue]:
        """Give the acts, step by step."""
        begins: dict[str, int] = {"begin": begin_us}
        end = begin_us
        for step in filter(self._played, self.plot.steps):
            random = dice(self.seed, "step", self.plot.name, step.number)
            start = begins[step.since] if step.since else end
            at = start + int(step.after.draw(random) * 1e6)
            if step.name:
                begins[step.name] = at
            for turn in range(step.repeat or self._turns(step)):
                if turn:
                    at += int(step.every.draw(random) * 1e6)
                yield Cue(self._act(step, turn, at, random), self.plot.name, step, step.unseen_by)
            end = at

    def _played(self, step: Step) -> bool:
        """Say whether a step is one of those that the seed chose."""
        return step.when is None or any(one.name == step.when[1] for one in self.cast.get(step.when[0], ()))

    def _turns(self, step: Step) -> int:
        """Give how many members the largest group of the step has."""
        fields = {field: kind for field, kind, _must in fields_of(step.do).values()}
        named = [str(word) for field, word in step.words.items() if fields[field].startswith(("Machine", "Account"))]
        return max((len(self.cast.get(name, ())) for name in named), default=1) or 1

    def _act(self, step: Step, turn: int, at: int, random: Random) -> Act:
        values: dict[str, Any] = {"time_us": at, "no": random.getrandbits(63)}
        for field, kind, _must in fields_of(step.do).values():
            if field in step.words:
                values[field] = self._value(step, field, kind, turn, random)
        if "link" in KINDS[step.do]._fields and "link" not in values:
            ends = [getattr(values.get(end), "name", "") for end in ("client", "server")]
            values["link"] = number(self.seed, self.plot.name, step.number, *ends) >> 1
            values.setdefault("first", turn < self._turns(step))
        return KINDS[step.do](**values)

    def _value(self, step: Step, field: str, kind: str, turn: int, random: Random) -> object:
        word = step.words[field]
        if kind.startswith(("Machine", "Account")):
            return self._actor(step, str(word), kind, turn)
        if kind.startswith("tuple[Machine"):
            listed = word if isinstance(word, tuple) else (word,)
            return tuple(
                actor for name in listed for actor in self.cast.get(str(name), ()) if isinstance(actor, Machine)
            )
        if isinstance(word, tuple):
            return tuple(
                (one[0], self._text(one[1], turn, random)) if isinstance(one, tuple) else self._text(one, turn, random)
                for one in word
            )
        text = self._text(str(word), turn, random)
        return _TYPES.get(kind, str)(text)

    def _actor(self, step: Step, name: str, kind: str, turn: int) -> Actor:
        several = self.cast.get(name, ())
        actor = several[turn % len(several)] if several else None
        wanted = Machine if kind.startswith("Machine") else Account
        if not isinstance(actor, wanted):
            what = N_("a machine") if wanted is Machine else N_("an account")
            message = _("“{name}” is not {what} of this map").format(name=name, what=_(what))
            raise InputError(f"{step.spot}: {message}", _("Look at the cast of the plot."))
        return actor

    def _text(self, text: str, turn: int, random: Random) -> str:
        def said(match: re.Match[str]) -> str:
            if match[3] == "n":
                return str(turn + 1)
            if match[3] == "random":
                return f"{random.getrandbits(32):08x}"
            several = self.cast.get(match[1], ())
            if not several:
                return match[0]
            if match[2] == "country":
                return self.countries.get(match[1], "")
            return str(getattr(several[turn % len(several)], match[2], ""))

        return _MENTION.sub(said, text)


_TYPES: Mapping[str, Callable[[str], object]] = {
    "int": lambda text: int(text.replace("_", "")),
    "float": float,
    "bool": lambda text: text == "yes",
}


def _listed(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),) if value else ()


def _fits(machine: Machine, key: str, wanted: object, desks: set[str]) -> bool:
    """Say whether a machine is what a word of the cast wants."""
    if key == "host":
        return machine.name in _listed(wanted)
    if key == "service":
        return machine.name in desks
    return str(getattr(machine, key, "")) in _listed(wanted)


def problem_text(problem: Problem) -> str:
    """Write a problem of a plot with its place and what to do."""
    text, hint = problem.text(_), problem.help(_)
    return f"{problem.place}: {text}" + (f" {hint}" if hint else "")
