"""A third oracle: the program `rsigma` (Rust), where it is installed, on the native fields of events.

Enters: YAML rules and events. Leaves: for each rule the events that it matches. The program knows neither our log
sources nor the events' own names of fields, so it is run once for each set of labels and category, with the rules of
those and with the other names written into the events.
"""

from __future__ import annotations

import subprocess
from collections import defaultdict
from pathlib import Path

import orjson

from tests.reference import logsource, sigma
from tocsin.model import Event

INDEX = "tocsin_index"
Answers = dict[str, set[int]]


def answers(texts: list[str], events: list[Event], folder: Path) -> Answers:
    """Give for each rule id the events that `rsigma` matches; `folder` is for its input."""
    groups: dict[logsource.Labels, list[int]] = defaultdict(list)
    for index, event in enumerate(events):
        groups[logsource.labels(event)].append(index)
    by_source: dict[logsource.Wanted, list[tuple[sigma.Rule, str]]] = defaultdict(list)
    for text in texts:
        for rule in sigma.read([text])[0]:
            by_source[rule.logsource].append((rule, text))
    found: Answers = defaultdict(set)
    for indexes in groups.values():
        for wanted, rules in by_source.items():
            if logsource.satisfies(events[indexes[0]], wanted):
                _run(folder, rules, [(index, events[index]) for index in indexes], found)
    return found


def _run(folder: Path, rules: list[tuple[sigma.Rule, str]], events: list[tuple[int, Event]], found: Answers) -> None:
    place = folder / "rules"
    place.mkdir(exist_ok=True)
    for old in place.iterdir():
        old.unlink()
    for rule, text in rules:
        (place / f"{rule.id}.yml").write_text(text, "utf-8")
    fields = {name for rule, _ in rules for name in rule.fields}
    lines = [_line(index, rules[0][0].see(event), fields) for index, event in events]
    (folder / "events.ndjson").write_bytes(b"\n".join(lines))
    command = ["rsigma", "--output-format", "ndjson", "engine", "eval", "-q", "--include-event"]
    command += ["--input-format", "json", "-r", str(place), "-e", f"@{folder / 'events.ndjson'}"]
    done = subprocess.run(command, capture_output=True, check=True)
    for line in done.stdout.splitlines():
        hit = orjson.loads(line)
        found[hit["rule_id"]].add(hit["event"][INDEX])


def _line(index: int, seen: sigma.Seen, fields: set[str]) -> bytes:
    """Write an event with the fields that it has under another name."""
    native = seen.event.native
    others = {name: values for name in fields if name not in native for _, values in [seen.values(name)] if values}
    named = {name: values[0] if len(values) == 1 else values for name, values in others.items() if "." not in name}
    return orjson.dumps({**native, **named, INDEX: index})
