"""What care loses when things stop or are suspected, now and later.

Enters: an `Atlas` and ids of hosts, identities or applications. Leaves: effects on services, harm, risk. Pure.
Source: harm of an action on a service = weight × load × max(0, duration − autonomy) if its k-of-n need is broken;
a service counts once however many of its parts are cut (design notes on response, §2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from tocsin.care.atlas import WEIGHT, Atlas
from tocsin.care.model import Application, CareMap, Component, Service

State = Literal["stopped", "degraded", "thinner"]
STATES: tuple[State, ...] = ("stopped", "degraded", "thinner")


class Effect(Struct, frozen=True):
    """What a service suffers.

    `stopped`: one of its own components is broken, or a need without degraded mode. `degraded`: it goes on by its
    procedure for `holds_min`. `thinner`: it works, with less in reserve. `because` goes from the service down to what
    stopped, as ids and names of components.
    """

    service: str
    state: State
    holds_min: int = 0
    because: tuple[str, ...] = ()
    fallback: str = ""


class _Fall(Struct):
    """What stopping some things does, worked out application by application."""

    stopped: frozenset[str]
    broken: dict[str, tuple[str, ...]]
    """Applications that stop, with the way down to the cause."""


def effects(atlas: Atlas, stopped: Iterable[str]) -> tuple[Effect, ...]:
    """Give what services suffer when hosts, identities or applications stop, the worst first."""
    gone = frozenset(stopped)
    touched = {service for key in gone for service in atlas.services_of(key)}
    fall = _Fall(gone, {})
    found = (_effect(atlas, fall, atlas.map.services[key]) for key in sorted(touched))
    return tuple(sorted((one for one in found if one), key=lambda one: _severity(atlas.map, one)))


def _severity(care: CareMap, effect: Effect) -> tuple[int, str, int, str]:
    return STATES.index(effect.state), care.services[effect.service].life_class, effect.holds_min, effect.service


def _effect(atlas: Atlas, fall: _Fall, service: Service) -> Effect | None:
    own = _broken_component(fall.stopped, service)
    if own:
        holds = service.autonomy_min or 0
        return Effect(service.id, "degraded" if holds else "stopped", holds, (service.id, *own), service.procedure)
    worst: Effect | None = None
    for need in service.needs:
        way = _way_down(atlas, fall, need.application)
        if way:
            holds = _first(need.autonomy_min, service.autonomy_min)
            state: State = "degraded" if holds else "stopped"
            fallback = need.fallback or service.procedure
            one = Effect(service.id, state, holds, (service.id, *way), fallback)
            worst = one if worst is None or one.holds_min < worst.holds_min else worst
    return worst or _thinner(atlas, fall, service)


def _first(*values: int | None) -> int:
    return next((value for value in values if value is not None), 0)


def _broken_component(stopped: frozenset[str], owner: Service | Application) -> tuple[str, ...]:
    """Give the name of a component that no longer has enough members, and the first that stopped."""
    for component in owner.components:
        lost = [member for member in component.members if member in stopped]
        if lost and len(component.members) - len(lost) < component.need:
            return component.name, lost[0]
    return ()


def _way_down(atlas: Atlas, fall: _Fall, key: str) -> tuple[str, ...]:
    """Give the way from an application down to what stops it; empty when it works."""
    if key not in fall.broken:
        fall.broken[key] = ()  # also ends a circle
        application = atlas.map.applications[key]
        own = () if key in fall.stopped else _broken_component(fall.stopped, application)
        fall.broken[key] = (key, *own) if own or key in fall.stopped else _way_by_need(atlas, fall, application)
    return fall.broken[key]


def _way_by_need(atlas: Atlas, fall: _Fall, application: Application) -> tuple[str, ...]:
    """An application whose own need has an autonomy goes on without it (a cache, a local copy)."""
    for need in application.needs:
        way = () if need.autonomy_min else _way_down(atlas, fall, need.application)
        if way:
            return (application.id, *way)
    return ()


def _thinner(atlas: Atlas, fall: _Fall, service: Service) -> Effect | None:
    for component in atlas.components_of(service):
        lost = next((member for member in component.members if member in fall.stopped), "")
        if lost:
            return Effect(service.id, "thinner", because=(service.id, component.name, lost))
    return None


def harm(atlas: Atlas, stopped: Iterable[str], duration_min: int, hour_of_week: int | None = None) -> float:
    """Give the care lost, in weighted minutes of a class A service at full load.

    `hour_of_week` (0 = Monday 00:00, local time) is when it begins; without it, full load is assumed.
    """
    return sum(_harm(atlas.map, effect, duration_min, hour_of_week) for effect in effects(atlas, stopped))


def _harm(care: CareMap, effect: Effect, duration_min: int, hour_of_week: int | None) -> float:
    service = care.services[effect.service]
    if effect.state == "thinner":
        return 0.0
    if hour_of_week is None:
        return WEIGHT[service.life_class] * max(0, duration_min - effect.holds_min)
    return WEIGHT[service.life_class] * _loaded_minutes(service, hour_of_week, effect.holds_min, duration_min)


def _loaded_minutes(service: Service, hour_of_week: int, first: int, last: int) -> float:
    """Give the minutes from `first` to `last`, each counted by the load of its hour."""
    total, minute = 0.0, first
    while minute < last:
        end = min(last, (minute // 60 + 1) * 60)
        total += service.load_at(hour_of_week + minute // 60) * (end - minute)
        minute = end
    return total


def risk(atlas: Atlas, service: str, suspected: Mapping[str, float]) -> float:
    """Give the probability (0-1) that a service is broken when hosts or identities are taken with given probabilities.

    Each component counts once, however many applications need it; members are taken independently.
    """
    working = 1.0
    for component in atlas.components_of(atlas.map.services[service]):
        working *= 1.0 - _broken_probability(component, suspected)
    return 1.0 - working


def _broken_probability(component: Component, suspected: Mapping[str, float]) -> float:
    """Give the probability that more members are taken than the component can spare (Poisson binomial)."""
    chances = [min(1.0, max(0.0, suspected[member])) for member in component.members if member in suspected]
    spare = len(component.members) - component.need
    if len(chances) <= spare:
        return 0.0
    taken = [1.0]
    for chance in chances:
        taken = [
            (taken[n] if n < len(taken) else 0.0) * (1 - chance) + (taken[n - 1] * chance if n else 0.0)
            for n in range(len(taken) + 1)
        ]
    return max(0.0, 1.0 - sum(taken[: spare + 1]))


def risks(atlas: Atlas, suspected: Mapping[str, float]) -> dict[str, float]:
    """Give the risk of every service that stands on a suspected host or identity."""
    touched = {service for key in suspected for service in atlas.services_of(key)}
    return {service: risk(atlas, service, suspected) for service in sorted(touched)}
