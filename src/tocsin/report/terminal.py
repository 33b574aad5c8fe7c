"""The scan on a terminal: the answer first, on one screen; `-v` says why, `-vv` shows the evidence.

Enters: a scan's result, the width and height of the screen, a language. Leaves: lines of text, with colour only
where it is asked for. Everything that comes from logs is made safe to show.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import NamedTuple

from tocsin.model import EventRef, Finding, Incident, Level, Party, Stake
from tocsin.model.incident import most_urgent_first
from tocsin.model.times import rfc3339
from tocsin.pipeline import ScanResult, Summary
from tocsin.report.names import FEW, Sight, at_sight, brief, full
from tocsin.report.text import clean
from tocsin.report.words import (
    CONFIDENCE_WORDS,
    KIND_WORDS,
    LAYER_WORDS,
    LEVEL_SHAPES,
    LEVEL_WORDS,
    Speech,
    level_of,
    span,
    speech,
    stake_line,
    technique,
)

_STYLES = {"bold": "1", "dim": "2", "critical": "1;31", "high": "31", "medium": "33", "low": "36", "informational": "2"}
_BEGINNING, _ENDING = 2, 3
_TECHNIQUES_SHOWN = 4
_DOZEN = 12
_MIN_WIDTH = 40
_FOOT_LINES = 4


class Screen(NamedTuple):
    """Where the lines go. `detail` is 0, 1 (`-v`) or 2 (`-vv`)."""

    width: int = 80
    height: int = 40
    colour: bool = False
    lang: str = "en"
    detail: int = 0

    def paint(self, text: str, style: str) -> str:
        """Give the text in a style, where there is colour."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour and text else text

    def wrap(self, text: str, first: str = "  ", rest: str = "    ") -> list[str]:
        """Break a text (already safe) in lines of the screen's width."""
        width = max(self.width, _MIN_WIDTH)
        return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def draw(result: ScanResult, screen: Screen) -> str:
    """Draw a scan."""
    words = speech(screen.lang)
    incidents = most_urgent_first(result.incidents)
    if not incidents:
        return "\n".join([*_nothing_found(result.summary, screen, words), *_figures(result.summary, screen, words), ""])
    shown, lines = _blocks(incidents, screen, words)
    more = len(incidents) - shown
    if more:
        text = words.n_("{n} more incident (-v shows all)", "{n} more incidents (-v shows all)", more)
        lines += [screen.paint(text.format(n=words.number(more)), "bold")]
    return "\n".join([*lines, *_figures(result.summary, screen, words), ""])


def _blocks(incidents: list[Incident], screen: Screen, words: Speech) -> tuple[int, list[str]]:
    """Draw as many incidents as the screen holds (all of them with `-v`), at least one."""
    lines: list[str] = []
    for shown, incident in enumerate(incidents):
        block = [*_incident(incident, screen, words), ""]
        if screen.detail == 0 and lines and len(lines) + len(block) + _FOOT_LINES > screen.height:
            return shown, lines
        lines += block
    return len(incidents), lines


def _incident(incident: Incident, screen: Screen, words: Speech) -> list[str]:
    lines = [_head(incident, screen, words)]
    lines += [screen.paint(line, "bold") for line in screen.wrap(clean(incident.title))]
    lines += screen.wrap(_clock(incident, words))
    lines += _entities(incident.entities, screen, words)
    lines += _story(incident.story, screen)
    lines += _stakes(incident.stakes, screen, words)
    if incident.techniques:
        lines += _techniques(incident.techniques, screen, words)
    if screen.detail:
        for reason in incident.why:
            lines += screen.wrap(clean(reason), "  • ", "    ")
        for finding in incident.findings:
            lines += _finding(finding, screen, words)
    return lines


def _head(incident: Incident, screen: Screen, words: Speech) -> str:
    level = level_of(incident.urgency)
    name = f"{LEVEL_SHAPES[level]} {words.tr(LEVEL_WORDS[level]).upper()}"
    urgency = words.tr("urgency {n}").format(n=incident.urgency)
    evidence = words.tr(CONFIDENCE_WORDS[incident.confidence])
    left = f"{name}  {urgency} · {incident.confidence}, {evidence}"
    right = f"{clean(incident.site)[:24]} · {clean(incident.id)[:24]}"
    gap = max(2, screen.width - len(left) - len(right))
    return screen.paint(name, level) + left[len(name) :] + " " * gap + screen.paint(right, "dim")


def _clock(incident: Incident, words: Speech) -> str:
    text = span(incident.first_us, incident.last_us) + " UTC"
    if incident.first_us is not None and incident.last_us is not None and incident.last_us > incident.first_us:
        text += f" ({words.seconds((incident.last_us - incident.first_us) / 1e6)})"
    layers = ", ".join(words.tr(LAYER_WORDS[layer]) for layer in incident.layers)
    return f"{text} · {layers}" if layers else text


def _entities(parties: tuple[Party, ...], screen: Screen, words: Speech) -> list[str]:
    """Name who and what is involved: a few of each kind, with `-v` a dozen in full, with `-vv` all."""
    lines: list[str] = []
    few = (FEW, _DOZEN, len(parties))[min(screen.detail, 2)]
    for sight in at_sight(parties, few):
        names = ", ".join(_name(party, screen.detail > 0) for party in sight.shown)
        lines += screen.wrap(f"{words.tr(KIND_WORDS[sight.kind])}{words.colon}{names}{_rest(sight)}")
    return lines


def _rest(sight: Sight) -> str:
    return f" (+{sight.rest})" if sight.rest else ""


def _name(party: Party, whole: bool) -> str:
    if not whole:
        return clean(brief(full(party)))
    others = ", ".join(clean(alias, 80) for alias in party.aliases if alias != party.name)
    return clean(party.name, 120) + (f" (= {others})" if others else "")


def _story(sentences: tuple[str, ...], screen: Screen) -> list[str]:
    """Tell the story; on one screen only how it began and how it ended, with their numbers."""
    lines: list[str] = []
    for number, sentence in enumerate(sentences, 1):
        if screen.detail or number <= _BEGINNING or number > len(sentences) - _ENDING:
            lines += screen.wrap(clean(sentence), f"{number:3}. ", "     ")
        elif number == _BEGINNING + 1:
            lines.append("     …")
    return lines


def _stakes(stakes: tuple[Stake, ...], screen: Screen, words: Speech) -> list[str]:
    """Say what of care hangs on it: a few services, with `-v` all of them."""
    shown = stakes if screen.detail else stakes[:FEW]
    lines = screen.wrap(words.tr("At stake for care") + words.colon) if shown else []
    for stake in shown:
        lines += screen.wrap(clean(stake_line(stake, words)), "  ♥ ", "      ")
    if len(stakes) > len(shown):
        lines.append(f"  ♥ +{len(stakes) - len(shown)}")
    return lines


def _techniques(ids: tuple[str, ...], screen: Screen, words: Speech) -> list[str]:
    shown = ids if screen.detail else ids[:_TECHNIQUES_SHOWN]
    names = " · ".join(clean(technique(identifier, words.lang, bool(screen.detail))) for identifier in shown)
    more = f" (+{len(ids) - len(shown)})" if len(ids) > len(shown) else ""
    return [screen.paint(line, "dim") for line in screen.wrap(f"ATT&CK{words.colon}{names}{more}")]


def _finding(finding: Finding, screen: Screen, words: Speech) -> list[str]:
    level: Level = finding.level
    times = f" ×{words.number(finding.count)}" if finding.count > 1 else ""
    who = ", ".join(clean(entity.name, 80) for entity in finding.entities)
    head = f"{span(finding.time_us, finding.last_us)}  {words.tr(LEVEL_WORDS[level])}{times}"
    lines = [f"  {LEVEL_SHAPES[level]} {head}"]
    lines += screen.wrap(clean(words.title(finding)) + (f" — {who}" if who else ""), "    ", "    ")
    lines += [screen.paint(line, "dim") for line in screen.wrap(_origin(finding, words), "    ", "    ")]
    if screen.detail > 1:
        for event in finding.events:
            lines += [screen.paint(line, "dim") for line in screen.wrap(_event(event), "      ", "        ")]
    return lines


def _origin(finding: Finding, words: Speech) -> str:
    """Say what raised a finding, with the rule's author and licence."""
    parts = [clean(finding.detector)]
    if finding.rule:
        rule = finding.rule
        parts = [words.tr("rule {id}").format(id=clean(rule.id, 60)), clean(rule.author), clean(rule.license, 60)]
    return " · ".join(part for part in [*parts, *finding.techniques] if part)


def _event(event: EventRef) -> str:
    return f"{rfc3339(event.time_us) or '—'} {event.source} {clean(event.file)}:{event.offset} {event.id}"


def _nothing_found(summary: Summary, screen: Screen, words: Speech) -> list[str]:
    """Say that nothing was found, in what, and what could not be read; never that all is well."""
    if not summary.records:
        text = words.tr("Nothing was read: there is no record in these files.")
        return [screen.paint(text, "bold"), ""]
    text = words.tr("No incident found in what was read.")
    lines = [screen.paint(text, "bold")]
    sources = sorted(summary.by_source.items(), key=lambda item: (-item[1], item[0]))
    if sources:
        listed = ", ".join(f"{clean(name, 60)} {words.number(count)}" for name, count in sources[:8])
        more = f", … (+{len(sources) - 8})" if len(sources) > 8 else ""
        lines += screen.wrap(words.tr("Read: {sources}").format(sources=listed + more))
    lines += screen.wrap(words.tr("An attack that these logs do not show, or that no rule knows, stays unseen."))
    return [*lines, ""]


def _figures(summary: Summary, screen: Screen, words: Speech) -> list[str]:
    """Give the totals in one line, then what could not be read or used."""
    events = words.n_("{n} event", "{n} events", summary.events).format(n=words.number(summary.events))
    findings = words.n_("{n} finding", "{n} findings", summary.findings).format(n=words.number(summary.findings))
    incidents = words.n_("{n} incident", "{n} incidents", summary.incidents)
    incidents = incidents.format(n=words.number(summary.incidents))
    took = words.tr("{events} in {duration}").format(events=events, duration=words.seconds(summary.seconds))
    rules = words.n_("{n} rule", "{n} rules", summary.rules_loaded).format(n=words.number(summary.rules_loaded))
    lines = screen.wrap(" · ".join([took, rules, findings, incidents]), "", "")
    return [screen.paint(line, "dim") for line in lines] + _shortfalls(summary, screen, words)


def _shortfalls(summary: Summary, screen: Screen, words: Speech) -> list[str]:
    lines: list[str] = []
    if summary.rejected:
        text = words.n_(
            "{n} record could not be read (--rejects FILE keeps it)",
            "{n} records could not be read (--rejects FILE keeps them)",
            summary.rejected,
        ).format(n=words.number(summary.rejected))
        lines += screen.wrap(f"{text}{_reasons(summary, words)}", "", "  ")
    for clock in summary.clocks:
        text = words.tr("Clock of {clock} {amount} slow: put right") if clock.seconds > 0 else ""
        text = text or words.tr("Clock of {clock} {amount} fast: put right")
        lines += screen.wrap(
            text.format(clock=clean(clock.clock, 60), amount=words.seconds(abs(clock.seconds))), "", "  "
        )
    if summary.rules_skipped:
        skipped = len(summary.rules_skipped)
        text = words.n_(
            "{n} rule could not be used (tocsin rules check)",
            "{n} rules could not be used (tocsin rules check)",
            skipped,
        )
        lines += screen.wrap(text.format(n=words.number(skipped)), "", "  ")
    return [screen.paint(line, "medium") for line in lines]


def _reasons(summary: Summary, words: Speech) -> str:
    """Name the commonest reasons among the kept rejects."""
    counts = Counter(clean(reject.reason, 80) for reject in summary.rejects)
    reasons = [f"{reason} ({words.number(count)})" for reason, count in counts.most_common(2)]
    return words.colon + ", ".join(reasons) if reasons else ""
