"""Hunt: a question or a Sigma rule over the past of a lake, newest events first.

Enters: a `Hunt`. Leaves: the events' rows as an Arrow table, in order of time from the newest, each event once.
SQL narrows down; where it cannot decide (a rule, a vendor's own field) each candidate is made an event again and the
engine decides, so that the answer is that of a scan over the same events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from tocsin.detect.sigma import Compiled, Engine, Hit
from tocsin.detect.sigma.correlation import correlate, hits_of
from tocsin.detect.sigma.lookup import MISSING, look_up
from tocsin.detect.sigma.text import texts_of
from tocsin.errors import ConfigError
from tocsin.i18n import _
from tocsin.lake import narrowing, rows, table
from tocsin.lake.asking import EVERYTHING, Condition, NativeTerm, Question
from tocsin.lake.reading import LIMITS, Limits, Reader, name_in_sql
from tocsin.lake.store import Lake, Scope
from tocsin.model import Event

BATCH = 4096
MAX_KEPT = 2_000_000
"""Events of one answer; more are refused: the question is too wide to be of use."""

_FETCHED = 5_000
_ALL = ", ".join(name_in_sql(name) for name in table.EVENTS.names)

Key = tuple[int, str]
"""Time (microseconds) and id of an event."""


class Hunt(NamedTuple):
    """What is asked of which part of a lake. `limit` 0: everything."""

    question: Question = Question(EVERYTHING)
    rules: Compiled | None = None
    scope: Scope = Scope()
    limit: int = 100


class Found(NamedTuple):
    """The rows found, newest first; `more` says whether the limit left some out."""

    rows: pa.Table
    more: bool


def hunt(lake: Lake, asked: Hunt, limits: Limits = LIMITS) -> Found:
    """Answer a hunt.

    Raises:
        ConfigError: the answer has more events than anybody can use.
        InputError: the lake cannot be read, or the question took more time or memory than it may.
    """
    with Reader(lake, asked.scope, limits) as reader:
        keys = _keys(reader, asked)
        more = bool(asked.limit) and len(keys) > asked.limit
        return Found(_rows(reader, keys[: asked.limit or None]), more)


def _keys(reader: Reader, asked: Hunt) -> list[Key]:
    """Give time and id of the events found, newest first, one more than the limit."""
    decided = asked.rules is None and not asked.question.natives
    if decided:
        return _decided(reader, asked.question.condition, asked.limit)
    if asked.rules is not None and any(rule.correlation for rule in asked.rules.rules):
        return _newest(_correlated(reader, asked), asked.limit)
    condition = _narrowed(reader, asked)
    kept: set[Key] = set()
    judge = _judge(asked)
    for events, keys in _candidates(reader, condition):
        kept.update(keys[index] for index in judge(events))
        if asked.limit and len(kept) > 16 * (asked.limit + BATCH):
            kept = set(_newest(kept, asked.limit))
        _refuse_too_many(kept)
    return _newest(kept, asked.limit)


def _newest(found: set[Key], limit: int) -> list[Key]:
    """Give the newest, one more than the limit, in order."""
    return sorted(found, key=lambda key: (-key[0], key[1]))[: limit + 1 if limit else None]


def _decided(reader: Reader, condition: Condition, limit: int) -> list[Key]:
    """Let SQL answer alone. Doubles (a log that was loaded twice under two names) are seldom: looked for when met."""
    newest = f" ORDER BY time DESC, event_id LIMIT {limit + 1}" if limit else ""
    for distinct in ("", "DISTINCT "):
        found: set[Key] = set()
        seen = 0
        sql = f"SELECT {distinct}time, event_id FROM events WHERE {condition.sql}{newest}"
        for batch in reader.batches(f"SELECT epoch_us(time), event_id FROM ({sql})", condition.parameters):
            seen += len(batch)
            found.update((time_us, event_id) for time_us, event_id in batch)
            _refuse_too_many(found)
        if not limit or seen <= limit or len(found) > limit:
            break
    return _newest(found, limit)


def _refuse_too_many(found: set[Key]) -> None:
    if len(found) > MAX_KEPT:
        raise ConfigError(
            _("more than {n} events answer this").format(n=MAX_KEPT),
            _("Ask for less time (--since, --until), or let SQL count: tocsin hunt --sql"),
        )


def _narrowed(reader: Reader, asked: Hunt) -> Condition:
    """Give the question's condition and that of the rules together."""
    parts = [asked.question.condition]
    if asked.rules is not None:
        parts.append(_of_rules(reader, asked.rules))
    return Condition(
        " AND ".join(f"({part.sql})" for part in parts), tuple(one for part in parts for one in part.parameters)
    )


def _of_rules(reader: Reader, rules: Compiled) -> Condition:
    """Give the condition that some rule may hold."""
    known = [str(row[0]) for row in reader.ask("SELECT DISTINCT source FROM events").rows]
    parts: list[str] = []
    parameters: list[str | int | float] = []
    for rule in rules.rules:
        sources = narrowing.sources_of(rule.logsource, known) if rule.condition is not None else []
        if rule.condition is not None and sources:
            found = narrowing.narrowed(rule.condition)
            parts.append(f"(source IN ({', '.join('?' * len(sources))}) AND {found.sql})")
            parameters += [*sources, *found.parameters]
    return Condition("(" + " OR ".join(parts) + ")", tuple(parameters)) if parts else Condition("false")


def _candidates(reader: Reader, condition: Condition) -> Iterator[tuple[list[Event], list[Key]]]:
    """Give candidates as events, with their keys: an event without a time has that of its arrival there."""
    selected = ", ".join((*rows.COLUMNS_OF_EVENT, "event_id"))
    sql = f"SELECT {selected} FROM events WHERE {condition.sql}"
    for batch in reader.batches(sql, condition.parameters, BATCH):
        yield [rows.event_of(row[:-1]) for row in batch], [(row[1], row[-1]) for row in batch]


Judge = Callable[[Sequence[Event]], Iterable[int]]


def _judge(asked: Hunt) -> Judge:
    """Give the function that says which of a batch of candidates are part of the answer."""
    engine = Engine(asked.rules) if asked.rules is not None else None
    natives = asked.question.natives

    def judge(events: Sequence[Event]) -> Iterable[int]:
        matched = range(len(events)) if engine is None else {index for index, _rule in engine.match(events)}
        return [index for index in matched if all(_holds(term, events[index]) for term in natives)]

    return judge


def _holds(term: NativeTerm, event: Event) -> bool:
    """Say whether an event fulfils a comparison with a vendor's own field; letter case aside, `*` any text."""
    value = look_up(event.native, (term.field,))
    texts = [] if value is MISSING else [text.lower() for text in texts_of(value) if text is not None]
    wanted = term.value.lower()
    if term.within:
        found = any(wanted in text for text in texts)
    elif "*" in wanted:
        found = any(_like(text, wanted.split("*")) for text in texts)
    else:
        found = wanted in texts
    return found is not term.negated


def _like(text: str, pieces: list[str]) -> bool:
    """Say whether a text starts with the first piece, ends with the last and has the others between, in order."""
    first, *between, last = pieces
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    place, end = len(first), len(text) - len(last)
    for piece in between:
        place = text.find(piece, place, end)
        if place < 0:
            return False
        place += len(piece)
    return True


def _correlated(reader: Reader, asked: Hunt) -> set[Key]:
    """Give the events that stand behind the matches of correlation rules, and those of rules that count for none."""
    rules = asked.rules
    assert rules is not None
    engine = Engine(rules)
    hits: list[tuple[Hit, Key]] = []
    kept: set[Key] = set()
    for events, keys in _candidates(reader, _narrowed(reader, asked)):
        for index, rule in engine.match(events):
            hits += [(hit, keys[index]) for hit in hits_of(rules, events[index], rule)]
            if rule not in rules.silent:
                kept.add(keys[index])
            if len(hits) > MAX_KEPT:
                _refuse_too_many({(0, str(rank)) for rank in range(MAX_KEPT + 1)})
    hits.sort(key=lambda pair: (pair[0].time_us, pair[0].event, pair[0].correlation))
    for match in correlate(rules, [hit for hit, _key_ in hits]):
        kept.update(hits[index][1] for index in match.hits)
    return kept


def _rows(reader: Reader, keys: Sequence[Key]) -> pa.Table:
    """Fetch the rows of events, in their order."""
    parts = [_fetched(reader, keys[start : start + _FETCHED]) for start in range(0, len(keys), _FETCHED)]
    return pa.concat_tables([table.EVENTS.empty_table(), *parts])


def _fetched(reader: Reader, keys: Sequence[Key]) -> pa.Table:
    ids = [event_id for _time, event_id in keys]
    instants = ", ".join(f"make_timestamptz({time_us})" for time_us in sorted({time_us for time_us, _id in keys}))
    marks = ", ".join("?" * len(ids))
    sql = f"SELECT {_ALL} FROM events WHERE time IN ({instants}) AND event_id IN ({marks})"
    found = reader.arrow(sql, ids).cast(table.EVENTS)
    place = {event_id: rank for rank, event_id in enumerate(ids)}
    first: dict[str, int] = {}
    for row, event_id in enumerate(found.column("event_id").to_pylist()):
        first.setdefault(event_id, row)
    order = [first[event_id] for event_id in sorted(first, key=place.__getitem__)]
    return found.take(pa.array(order, pa.int64()))


def times_us(found: pa.Table) -> list[int]:
    """Give the times of rows in microseconds since 1970 UTC."""
    times: list[int] = pc.cast(found.column("time"), pa.int64()).to_pylist()
    return times
