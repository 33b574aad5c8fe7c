"""Tell an incident in sentences: the same facts in every language, each sentence from a message catalogue.

Enters: findings, their score, and a `Voice`. Leaves: plain sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tocsin.correlate.score import Part, Score
from tocsin.model import Finding, Party, attack
from tocsin.model.times import rfc3339
from tocsin.model.voice import Voice

MAX_SENTENCES = 12

HostOf = Callable[[str], str]
"""Gives the host behind an address, or an empty text."""


def title(result: Score, parties: Sequence[Party], voice: Voice) -> str:
    """Name the incident by the furthest tactic, the place and the account."""
    what = attack.tactic_name(result.tactics[-1], voice.lang) if result.tactics else voice.say("Suspicious activity")
    place = next((one.name for kind in ("host", "cloud", "address") for one in parties if one.kind == kind), "")
    who = next((one.name for one in parties if one.kind == "identity"), "")
    if place and who:
        return voice.say("{what} on {place} with the account {who}").format(what=what, place=place, who=who)
    if place:
        return voice.say("{what} on {place}").format(what=what, place=place)
    if who:
        return voice.say("{what} with the account {who}").format(what=what, who=who)
    return what


def sentences(group: Sequence[Finding], result: Score, host_of: HostOf, voice: Voice) -> Iterator[str]:
    """Tell the weightiest findings in order of time, then why this is one incident."""
    told = sorted(result.parts[:MAX_SENTENCES], key=lambda part: (part.first.time_us or 0, part.rule))
    for part in told:
        yield _sentence(part, host_of, voice)
    rest = len(result.parts) - len(told)
    if rest > 0:
        yield voice.say("{count} more kinds of evidence are in the findings.").format(count=rest)
    yield _why(group, result, voice)


def _sentence(part: Part, host_of: HostOf, voice: Voice) -> str:
    finding = part.first
    place = _name(finding, "host") or _address(finding, host_of)
    who = _name(finding, "identity")
    when = _clock(finding.time_us)
    if when and place and who:
        text = voice.say("At {when}, on {place}, account {who}: {what}.")
    elif when and place:
        text = voice.say("At {when}, on {place}: {what}.")
    elif when and who:
        text = voice.say("At {when}, account {who}: {what}.")
    elif when:
        text = voice.say("At {when}: {what}.")
    elif place:
        text = voice.say("On {place}: {what}.")
    else:
        text = "{what}."
    return text.format(when=when, place=place, who=who, what=_what(finding, voice))


def _what(finding: Finding, voice: Voice) -> str:
    words = finding.title.rstrip(".")
    if finding.techniques:
        technique = finding.techniques[0]
        words += f" ({technique} {attack.name(technique, voice.lang)})"
    detail = next((finding.facts[key] for key in _DETAILS if key in finding.facts), "")
    if detail:
        words += voice.say(" — {detail}").format(detail=_short(detail))
    if finding.count > 1:
        words += voice.say(", {count} times").format(count=finding.count)
    return words


_DETAILS = ("command", "operation", "query", "service", "registry", "share", "url", "file", "process", "resource")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:119] + "…"


def _name(finding: Finding, kind: str) -> str:
    return next((one.name for one in finding.entities if one.kind == kind), "")


def _address(finding: Finding, host_of: HostOf) -> str:
    """Name the finding's first address by its host where that is known."""
    address = _name(finding, "address")
    host = host_of(address)
    return f"{host} ({address})" if host else address


def _clock(time_us: int | None) -> str:
    text = rfc3339(time_us)
    return text[:19].replace("T", " ") + " UTC" if text else ""


def _why(group: Sequence[Finding], result: Score, voice: Voice) -> str:
    layers = ", ".join(voice.say(_LAYERS[layer]) for layer in sorted({one.layer for one in group}))
    return voice.say("Evidence: {decades:.1f} decades from {rules} independent kinds, seen by: {layers}.").format(
        decades=result.decades, rules=len(result.parts), layers=layers
    )


def _n(message: str) -> str:
    """Mark a message for the catalogue."""
    return message


_LAYERS = {
    "network": _n("network"),
    "endpoint": _n("endpoint"),
    "identity": _n("identity"),
    "cloud": _n("cloud"),
    "other": _n("other sources"),
}
