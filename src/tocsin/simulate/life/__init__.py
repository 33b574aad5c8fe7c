"""Everyday life: what people, machines and devices do in a stretch of time.

Enters: a `Place` and a `Stretch`. Leaves: acts, in no order (the probes' lines are put in order). Each actor has its own
chance for each stretch, so any stretch can be made alone, anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tocsin.simulate.acts import Act
from tocsin.simulate.calendar import Stretch
from tocsin.simulate.cast import Place
from tocsin.simulate.life import (
    administration,
    background,
    exchanges,
    flows,
    imaging,
    operations,
    patching,
    remote,
    strangers,
    visitors,
    work,
)

Activity = Callable[[Place, Stretch], Iterator[Act]]
ACTIVITIES: tuple[Activity, ...] = (
    work.acts,
    background.acts,
    flows.acts,
    imaging.acts,
    exchanges.acts,
    administration.acts,
    operations.acts,
    patching.acts,
    remote.acts,
    visitors.acts,
    strangers.acts,
)


def acts(place: Place, stretch: Stretch) -> Iterator[Act]:
    """Give all that happens in a stretch."""
    for activity in ACTIVITIES:
        yield from activity(place, stretch)
