"""Play acts before the probes of one hospital: each act, what it brings, and its connections.

Enters: acts. Leaves: lines in the sink, by file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tocsin.simulate.acts import Act, Silence
from tocsin.simulate.cast import Place
from tocsin.simulate.follow import FOLLOWS
from tocsin.simulate.recorders import RECORDERS
from tocsin.simulate.recorders.contract import Recorder, Sink
from tocsin.simulate.wires import WIRES

NONE: frozenset[str] = frozenset()


class Stage:
    """The probes of a hospital for one stretch of time. `sources` limits them."""

    def __init__(
        self, place: Place, sources: frozenset[str] = NONE, silent: Mapping[str, list[tuple[int, int]]] | None = None
    ) -> None:
        self.place, self.sources = place, sources
        self.sink = Sink(silent or {})
        self._all = [kind(place, self.sink) for kind in RECORDERS if not sources or kind.SOURCE in sources]
        self._sets: dict[frozenset[str], _Set] = {NONE: _Set(self._all)}

    def play(self, acts: Iterable[Act], hidden: frozenset[str] = NONE) -> None:
        """Let the probes see acts; those of the `hidden` sources do not."""
        probes = self._sets.get(hidden)
        if probes is None:
            probes = _Set([one for one in self._all if one.SOURCE not in hidden])
            self._sets[hidden] = probes
        for act in acts:
            self._one(act, probes)

    def _one(self, act: Act, probes: _Set) -> None:
        kind = type(act)
        brings = FOLLOWS.get(kind)
        if brings is not None:
            for more in brings(self.place, act):
                self._one(more, probes)
        wires = WIRES.get(kind)
        if wires is not None:
            site = self.place.site
            for wire in wires(self.place, act):
                if site in (wire.client.site, wire.server.site):
                    for see in probes.wire:
                        see(wire)
        for write in probes.acts.get(kind, ()):
            write(act)


class _Set:
    """Recorders by what they take."""

    def __init__(self, recorders: list[Recorder]) -> None:
        self.wire = [one.wire for one in recorders if one.NETWORK]
        self.acts: dict[type, list[Callable[[Any], None]]] = {}
        for one in recorders:
            for kind, write in one.acts().items():
                self.acts.setdefault(kind, []).append(write)


def silences(acts: Iterable[Act]) -> dict[str, list[tuple[int, int]]]:
    """Give when machines are silent: host name -> from, until."""
    found: dict[str, list[tuple[int, int]]] = {}
    for act in acts:
        if isinstance(act, Silence):
            span = (act.time_us, act.time_us + int(act.duration * 1e6))
            found.setdefault(act.machine.full_name, []).append(span)
    return found
