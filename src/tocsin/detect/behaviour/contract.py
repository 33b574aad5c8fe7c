"""What a behavioural detector looks like: a plain module, one file, with its own bounded memory.

A detector watches rows of the kinds it `NEEDS` (facts/), in the order in which they were read, and says what is
unusual as `Sign`s. All of it is pure and deterministic: the same rows give the same signs. Most rows of one kind come
in order of time, but a file may hold older rows: a detector must not fail on time that goes backwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from tocsin.detect.behaviour.leash import Leash
from tocsin.model import Entity, EventRef, Layer


class Sign(NamedTuple):
    """One unusual thing: evidence in decades about some entities, with what one sentence needs.

    `message` is a text of the catalogue with named places (`"{src} contacts {dst} every {period}"`), `facts` fill
    them. `sure` marks what must always ring, whatever the budget (mass encryption, DCSync by a stranger).
    """

    time_us: int
    last_us: int
    decades: float
    message: str
    facts: dict[str, str]
    entities: tuple[Entity, ...]
    events: tuple[EventRef, ...]
    techniques: tuple[str, ...]
    times: int = 1
    sure: bool = False


class Detector(Protocol):
    """One detector: one module of this folder, listed in `__init__.py`."""

    @property
    def ID(self) -> str:
        """Its id in the design (`N1`)."""

    @property
    def NAME(self) -> str:
        """Its name in findings (`beacon`)."""

    @property
    def LAYER(self) -> Layer:
        """The layer that it sees."""

    @property
    def TECHNIQUES(self) -> tuple[str, ...]:
        """ATT&CK techniques that its signs may stand for."""

    @property
    def NEEDS(self) -> tuple[str, ...]:
        """Kinds of facts that it watches (`Flow`, `Logon`, …)."""

    def memory(self) -> Any:
        """Give an empty memory. Memories are bounded and can be written with `snapshot.dump` and read back."""

    def watch(self, kind: str, rows: Sequence[Any], memory: Any) -> Iterator[Sign]:
        """Learn from rows of one kind and give what is unusual in them."""

    def finish(self, memory: Any) -> Iterator[Sign]:
        """Give what can be told only at the end of a batch (or of an hour, when streaming)."""


class Leashed(NamedTuple):
    """A vendor's account: whose it is, and what was agreed."""

    vendor: str
    leash: Leash


class Surroundings(NamedTuple):
    """What is declared about the place: medical devices, machines that may scan, vendors' accounts.

    `devices` and `scanners` are addresses or networks; `leashed` is by account name; `offsets` gives, from each time
    on, how many minutes local time is ahead of UTC, in order of time.
    """

    devices: tuple[str, ...] = ()
    scanners: tuple[str, ...] = ()
    leashed: dict[str, Leashed] = {}  # noqa: RUF012 - never changed: an empty default
    offsets: tuple[tuple[int, int], ...] = ()


@runtime_checkable
class Informed(Protocol):
    """A detector that makes use of what is declared."""

    def know(self, memory: Any, surroundings: Surroundings) -> None:
        """Put into a memory what is declared about the place."""
