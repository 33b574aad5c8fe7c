"""What a recorder must look like, and the sink that it writes to.

Enters: nothing. Leaves: `Sink` (lines by file, with the moment at which each was written) and the base of recorders.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tocsin.simulate.acts import Machine
from tocsin.simulate.cast import Place
from tocsin.simulate.wires import Wire

Line = tuple[int, str]
"""When it was written (microseconds), and the line without its end."""
Writes = Callable[[Any], None]


class Sink:
    """The lines of one stretch of time by file, such as `zeek/conn.log`. `silent`: machines' agents that do not send."""

    def __init__(self, silent: Mapping[str, list[tuple[int, int]]]) -> None:
        self.files: dict[str, list[Line]] = {}
        self.silent = silent

    def mute(self, machine: Machine, us: int) -> bool:
        """Say whether a machine's agents are silent at a moment."""
        return any(begin <= us < end for begin, end in self.silent.get(machine.full_name, ()))

    def file(self, name: str) -> list[Line]:
        """Give the lines of a file, to be added to."""
        return self.files.setdefault(name, [])


class Recorder:
    """The base of all recorders: knows the place and the sink."""

    SOURCE = ""
    NETWORK = False
    """Has a `wire`."""

    def __init__(self, place: Place, sink: Sink) -> None:
        self.place, self.site, self.sink = place, place.site, sink

    def wire(self, wire: Wire) -> None:
        """Write of a connection."""

    def acts(self) -> Mapping[type, Writes]:
        """Give what writes of each kind of act."""
        return {}
