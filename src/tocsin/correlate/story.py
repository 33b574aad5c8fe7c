"""Tell an incident in sentences: the same facts in every language, each sentence from a message catalogue.

Enters: findings, their score, and a `Voice`. Leaves: plain sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from tocsin.correlate.score import Score, stage_of, tactic_of
from tocsin.model import Finding, Party, attack
from tocsin.model.times import rfc3339
from tocsin.model.voice import Voice, _n
from tocsin.model.voice import title as finding_title

MAX_SENTENCES = 12

HostOf = Callable[[str], str]
"""Gives the host behind an address, or an empty text."""


def title(result: Score, parties: Sequence[Party], host_of: HostOf, voice: Voice) -> str:
    """Name the incident by the furthest tactic, the place where it was reached, and the account most involved."""
    furthest = max(result.parts, key=lambda part: (stage_of(part), part.decades), default=None)
    tactic = tactic_of(furthest) if furthest is not None else ""
    what = attack.tactic_name(tactic, voice.lang) if tactic else voice.say("Suspicious activity")
    place = _place(furthest.first, host_of, voice) if furthest is not None else ""
    host = next((one.name for one in parties if one.kind == "host"), "")
    if not place and host:
        place = voice.say("on {host}").format(host=host)
    elif not place and any(one.kind == "cloud" for one in parties):
        place = voice.say("in the cloud")
    who = next((one.name for one in parties if one.kind == "identity"), "")
    if place and who:
        return voice.say("{what} {place} with the account {who}").format(what=what, place=place, who=who)
    if place:
        return f"{what} {place}"
    if who:
        return voice.say("{what} with the account {who}").format(what=what, who=who)
    return what


class Sentence(NamedTuple):
    """A sentence with the ids of the findings that it rests on."""

    text: str
    evidence: tuple[str, ...]


def sentences(group: Sequence[Finding], result: Score, host_of: HostOf, voice: Voice) -> Iterator[Sentence]:
    """Tell the weightiest findings in order of time, then why this is one incident.

    The first sentence has the date; the others of that day only the time (UTC).
    """
    told = sorted(result.parts[:MAX_SENTENCES], key=lambda part: (part.first.time_us or 0, part.rule))
    day = ""
    for part in told:
        yield Sentence(_sentence(part.first, day, host_of, voice), (part.first.id,))
        day = day or _stamp(part.first.time_us)[:10]
    rest = result.parts[MAX_SENTENCES:]
    if rest:
        words = voice.say(_MORE if len(rest) > 1 else _ONE_MORE).format(count=len(rest))
        yield Sentence(words, tuple(part.first.id for part in rest))
    yield Sentence(_weight(group, result, voice), tuple(part.first.id for part in result.parts))


def _sentence(finding: Finding, day: str, host_of: HostOf, voice: Voice) -> str:
    what = _what(finding, voice)
    place = "" if _named(finding, what, "host", "address") else _place(finding, host_of, voice)
    who = "" if _named(finding, what, "identity") else _name(finding, "identity")
    when = _clock(finding.time_us, day)
    if when and place and who:
        text = voice.say("At {when}, {place}, account {who}: {what}.")
    elif when and place:
        text = voice.say("At {when}, {place}: {what}.")
    elif when and who:
        text = voice.say("At {when}, account {who}: {what}.")
    elif when:
        text = voice.say("At {when}: {what}.")
    elif place:
        text = voice.say("No date, {place}: {what}.")
    else:
        text = "{what}."
    told = text.format(when=when, place=place, who=who, what=what)
    return told[:1].upper() + told[1:]


def decimal(value: float, voice: Voice) -> str:
    """Write a number with one decimal."""
    return f"{value:.1f}".replace(".", "," if voice.lang == "fr" else ".")


def _what(finding: Finding, voice: Voice) -> str:
    words = _mid_sentence(finding, voice).rstrip(".")
    if finding.techniques:
        technique = finding.techniques[0]
        words += f" ({technique} {attack.name(technique, voice.lang)})"
    if finding.count > 1:
        words += voice.say(", {count} times").format(count=finding.count)
    if finding.also:
        words += voice.say(", seen on the network too")
    detail = next((finding.facts[key] for key in _DETAILS if key in finding.facts), "")
    if detail and "message" not in finding.facts and not detail.startswith(_NUMBERED):
        words += voice.say(" — “{detail}”").format(detail=_short(detail))
    return words


def _named(finding: Finding, words: str, *kinds: str) -> bool:
    """Say whether a detector's sentence names such an entity itself; titles of rules name none."""
    names = [one.name for one in finding.entities if one.kind in kinds]
    return "message" in finding.facts and any(name in words for name in names)


def _mid_sentence(finding: Finding, voice: Voice) -> str:
    """Give a title as it stands in a sentence: French ones that we wrote begin small, names and acronyms do not."""
    words = finding_title(finding, voice)
    ours = words != finding.title and not finding.facts.get("message", "").startswith("{")
    return words[:1].lower() + words[1:] if ours and words[1:2].islower() else words


_DETAILS = ("command", "operation", "query", "service", "registry", "share", "url", "file", "process", "resource")


_NUMBERED = "%{"
"""Windows names objects of the directory by such numbers, which tell a reader nothing."""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:119] + "…"


def _name(finding: Finding, kind: str) -> str:
    return next((one.name for one in finding.entities if one.kind == kind), "")


def _place(finding: Finding, host_of: HostOf, voice: Voice) -> str:
    """Say where: on the finding's host; else on the host behind its address, or from or at that address."""
    host = _name(finding, "host")
    if host:
        return voice.say("on {host}").format(host=host)
    addresses = [one for one in finding.entities if one.kind == "address"]
    first = next((one for one in addresses if one.role == "source"), next(iter(addresses), None))
    if first is None:
        return ""
    host = host_of(first.name)
    if host:
        return voice.say("on {host}").format(host=f"{host} ({first.name})")
    words = voice.say("from {address}") if first.role == "source" else voice.say("at {address}")
    return words.format(address=first.name)


def _stamp(time_us: int | None) -> str:
    text = rfc3339(time_us)
    return text[:19].replace("T", " ") if text else ""


def _clock(time_us: int | None, day: str) -> str:
    stamp = _stamp(time_us)
    if not stamp:
        return ""
    return stamp[11:] if stamp[:10] == day else f"{stamp[11:]} UTC ({stamp[:10]})"


def _weight(group: Sequence[Finding], result: Score, voice: Voice) -> str:
    layers = ", ".join(voice.say(_LAYERS[layer]) for layer in sorted({one.layer for one in group}))
    weight = decimal(result.decades, voice)
    kinds = len(result.parts)
    words = voice.say(_KINDS if kinds > 1 else _ONE_KIND)
    return words.format(kinds=kinds, weight=weight, layers=layers)


_ONE_MORE = _n("One more kind of evidence is in the findings.")
_MORE = _n("{count} more kinds of evidence are in the findings.")
_ONE_KIND = _n("Evidence: one kind, of weight {weight}, seen by: {layers}.")
_KINDS = _n("Evidence: {kinds} independent kinds, of weight {weight} in all, seen by: {layers}.")

_LAYERS = {
    "network": _n("network"),
    "endpoint": _n("endpoint"),
    "identity": _n("identity"),
    "cloud": _n("cloud"),
    "other": _n("other sources"),
}
