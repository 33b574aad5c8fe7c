"""Check rules, and run the tests that stand beside them.

Enters: paths. Leaves: problems (path, line, reason), and results of tests. Beside `x.yml` stands `x.test.yml`:

    source: windows.sysmon
    fires:
      - {EventID: 1, CommandLine: …}
    silent:
      - {EventID: 1, CommandLine: …}

Each event is run alone with the rules of `x.yml` only. For a file with a correlation rule each list is one sequence;
`_time` is an event's time in seconds. `_source` in an event takes the place of `source`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import yaml
from msgspec import Struct

from tocsin.detect.sigma import Compiled, Engine, compile_rules, parse
from tocsin.detect.sigma.sources import is_covered
from tocsin.model import Event, Origin
from tocsin.rulebook.finding import TEST_MARK, RuleFile, rule_files

_QUOTED = re.compile(r"'([^']+)'")


class Problem(Struct, frozen=True):
    """What is wrong with a rule file. `line` counts from 1; 0 when not known. A warning does not stop its use."""

    path: str
    line: int
    reason: str
    warning: bool = False


class Tested(Struct, frozen=True):
    """The tests of one rule file: how many events had to fire and to stay silent, and what went otherwise."""

    path: str
    fires: int
    silent: int
    failures: tuple[str, ...]

    @property
    def untested(self) -> bool:
        """Whether no test stands beside the rule."""
        return not (self.fires or self.silent or self.failures)


def check(paths: Sequence[Path]) -> list[Problem]:
    """Give everything that is wrong with the rules under the paths.

    Raises:
        ConfigError: a path does not exist.
    """
    problems: list[Problem] = []
    taken: dict[str, str] = {}
    for file in _files(paths):
        sheet = parse(file.text, str(file.path))
        problems += [
            Problem(file_.path, file_.line or _line(file.text, file_.reason), file_.reason) for file_ in sheet.skipped
        ]
        for rule in sheet.rules:
            if rule.id in taken:
                reason = f"its id {rule.id} is also that of {taken[rule.id]}"
                problems.append(Problem(rule.path, _line(file.text, f"id: {rule.id}"), reason))
            taken.setdefault(rule.id, rule.path)
            if rule.condition is not None and not is_covered(rule.logsource):
                reason = f"no probe gives events of this logsource: {rule.logsource}"
                problems.append(Problem(rule.path, _line(file.text, "logsource:"), reason, True))
    return problems


def _files(paths: Sequence[Path]) -> list[RuleFile]:
    return list({file.path: file for path in paths for file in rule_files(path)}.values())


def _line(text: str, reason: str) -> int:
    """Find the line that a reason speaks of: that of the first thing in quotes, else of the condition."""
    wanted = [*_QUOTED.findall(reason), reason, "condition:" if "condition" in reason.lower() else "detection:"]
    lines = text.split("\n")
    for part in wanted:
        for number, line in enumerate(lines, 1):
            if part in line:
                return number
    return 0


def test(paths: Sequence[Path]) -> list[Tested]:
    """Run the tests of every rule file under the paths.

    Raises:
        ConfigError: a path does not exist.
    """
    return [_test(file) for file in _files(paths)]


test.__test__ = False  # type: ignore[attr-defined]


def _test(file: RuleFile) -> Tested:
    path = file.path.with_name(f"{file.path.stem}{TEST_MARK}{file.path.suffix}")
    if not path.is_file():
        return Tested(str(file.path), 0, 0, ())
    compiled = compile_rules([parse(file.text, str(file.path))])
    failures = [f"{skipped.id or file.path.name}: {skipped.reason}" for skipped in compiled.skipped]
    try:
        body = yaml.safe_load(path.read_text("utf-8"))
        fires, silent = (_events(body, key) for key in ("fires", "silent"))
    except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError) as error:
        return Tested(str(file.path), 0, 0, (*failures, f"{path.name} cannot be read: {error}"))
    run = _sequence if any(rule.correlation for rule in compiled.rules) else _single
    failures += run(compiled, fires, True)
    failures += run(compiled, silent, False)
    return Tested(str(file.path), len(fires), len(silent), tuple(failures))


def _events(body: dict[str, Any], key: str) -> list[Event]:
    source = str(body.get("source", ""))
    return [_event(native, source, number) for number, native in enumerate(body.get(key) or [])]


def _event(given: dict[str, Any], source: str, offset: int) -> Event:
    native = {key: value for key, value in given.items() if key not in {"_time", "_source"}}
    time_us = round(float(given["_time"]) * 1_000_000) if "_time" in given else None
    raw = orjson.dumps(native, default=str, option=orjson.OPT_NON_STR_KEYS)
    return Event(str(given.get("_source") or source), time_us, native, raw, Origin.of("test", raw), offset)


def _single(compiled: Compiled, events: list[Event], wanted: bool) -> list[str]:
    """Run each event alone."""
    engine = Engine(compiled)
    failures: list[str] = []
    for number, event in enumerate(events, 1):
        found = [compiled.rules[rule].title for _, rule in engine.match([event])]
        if wanted and not found:
            failures.append(f"event {number} of 'fires' does not fire")
        elif found and not wanted:
            failures.append(f"event {number} of 'silent' fires: {found[0]}")
    return failures


def _sequence(compiled: Compiled, events: list[Event], wanted: bool) -> list[str]:
    """Run the events as one sequence through the correlation rules."""
    engine = Engine(compiled)
    timed = sorted(events, key=lambda event: event.time_us or 0)
    hits = [hit for index, rule in engine.match(timed) for hit in engine.hits_of(timed[index], rule)]
    matches = engine.correlate(hits)
    if wanted and events and not matches:
        return ["the sequence of 'fires' does not fire"]
    if matches and not wanted:
        return [f"the sequence of 'silent' fires: {compiled.rules[matches[0].rule].title}"]
    return []
