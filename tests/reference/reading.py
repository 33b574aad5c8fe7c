"""Events of a file, read as the product reads them, and the rules of a folder as engine and reference know them.

Enters: paths. Leaves: events; a matcher each of engine and reference with the same shape of answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.reference import sigma
from tocsin.detect.sigma import Engine, compile_rules, dump, load, parse
from tocsin.ingest import files
from tocsin.model import Event, Reject
from tocsin.probes.formats import BY_NAME

Matches = set[tuple[int, str]]
"""{(index of the event, id of the rule)}."""

Matcher = Callable[[list[Event]], Matches]


def events_of(path: Path) -> Iterator[Event]:
    """Give the events of one file."""
    for block in files.blocks(path, "test"):
        if not isinstance(block, Reject):
            yield from (item for item in BY_NAME[block.format].read(block) if isinstance(item, Event))


def texts_of(folders: list[Path]) -> list[str]:
    """Give the rule files under the folders."""
    return [path.read_text("utf-8") for folder in folders for path in sorted(folder.rglob("*.yml"))]


def reference(texts: list[str]) -> Matcher:
    """Give the reference evaluator over rules."""
    rules, _ = sigma.read(texts)
    evaluator = sigma.Evaluator(rules)

    def match(events: list[Event]) -> Matches:
        return {(at, rules[index].id) for at, event in enumerate(events) for index in evaluator.match(event)}

    return match


def engine(texts: list[str]) -> Matcher:
    """Give the product's engine over rules, in the form that the cache keeps."""
    compiled = load(dump(compile_rules(parse(text) for text in texts)))
    assert compiled is not None
    running = Engine(compiled)

    def match(events: list[Event]) -> Matches:
        return {(at, compiled.rules[index].id) for at, index in running.match(events)}

    return match


def differences(events: list[Event], ours: Matches, theirs: Matches) -> list[str]:
    """Compare the answers of engine (`ours`) and reference (`theirs`): rule, event and both answers, a line each."""
    return [
        *_described(ours - theirs, events, "engine yes, reference no"),
        *_described(theirs - ours, events, "reference yes, engine no"),
    ]


def _described(different: Matches, events: list[Event], answers: str) -> list[str]:
    return [
        f"rule {rule}: {answers}, on {events[at].source} {events[at].native!r}"[:1500] for at, rule in sorted(different)
    ]
