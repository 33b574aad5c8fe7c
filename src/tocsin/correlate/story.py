"""Tell an incident in sentences: the same facts in every language, each sentence from a message catalogue.

Enters: findings, their score, and a `Voice`. Leaves: plain sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tocsin.correlate.score import Score, stage_of, tactic_of
from tocsin.model import Finding, Party, attack
from tocsin.model.times import rfc3339
from tocsin.model.voice import Voice

MAX_SENTENCES = 12

HostOf = Callable[[str], str]
"""Gives the host behind an address, or an empty text."""


def title(result: Score, parties: Sequence[Party], host_of: HostOf, voice: Voice) -> str:
    """Name the incident by the furthest tactic, the place where it was reached, and the account most involved."""
    furthest = max(result.parts, key=lambda part: (stage_of(part), part.decades), default=None)
    tactic = tactic_of(furthest) if furthest is not None else ""
    what = attack.tactic_name(tactic, voice.lang) if tactic else voice.say("Suspicious activity")
    place = _place(furthest.first, host_of) if furthest is not None else ""
    place = place or next((one.name for kind in ("host", "cloud") for one in parties if one.kind == kind), "")
    who = next((one.name for one in parties if one.kind == "identity"), "")
    if place and who:
        return voice.say("{what} on {place} with the account {who}").format(what=what, place=place, who=who)
    if place:
        return voice.say("{what} on {place}").format(what=what, place=place)
    if who:
        return voice.say("{what} with the account {who}").format(what=what, who=who)
    return what


def sentences(group: Sequence[Finding], result: Score, host_of: HostOf, voice: Voice) -> Iterator[str]:
    """Tell the weightiest findings in order of time, then why this is one incident.

    The first sentence has the date; the others of that day only the time (UTC).
    """
    told = sorted(result.parts[:MAX_SENTENCES], key=lambda part: (part.first.time_us or 0, part.rule))
    day = ""
    for part in told:
        yield _sentence(part.first, day, host_of, voice)
        day = day or _stamp(part.first.time_us)[:10]
    rest = len(result.parts) - len(told)
    if rest > 0:
        yield voice.say("{count} more kinds of evidence are in the findings.").format(count=rest)
    yield _why(group, result, voice)


def _sentence(finding: Finding, day: str, host_of: HostOf, voice: Voice) -> str:
    place = _place(finding, host_of)
    who = _name(finding, "identity")
    when = _clock(finding.time_us, day)
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
    words = _title(finding, voice).rstrip(".")
    if finding.techniques:
        technique = finding.techniques[0]
        words += f" ({technique} {attack.name(technique, voice.lang)})"
    detail = next((finding.facts[key] for key in _DETAILS if key in finding.facts), "")
    if detail:
        words += voice.say(" — {detail}").format(detail=_short(detail))
    if finding.count > 1:
        words += voice.say(", {count} times").format(count=finding.count)
    return words


def _title(finding: Finding, voice: Voice) -> str:
    """Give a finding's title in the voice's language; a detector's sentence is filled with its facts after that."""
    message = finding.facts.get("message")
    if message is None:
        return voice.say(finding.title)
    try:
        return voice.say(message).format(**finding.facts)
    except (KeyError, IndexError, ValueError):
        return finding.title


_DETAILS = ("command", "operation", "query", "service", "registry", "share", "url", "file", "process", "resource")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:119] + "…"


def _name(finding: Finding, kind: str) -> str:
    return next((one.name for one in finding.entities if one.kind == kind), "")


def _place(finding: Finding, host_of: HostOf) -> str:
    """Name the finding's host; else its first address, with the host behind it where that is known."""
    address = _name(finding, "address")
    host = host_of(address)
    return _name(finding, "host") or (f"{host} ({address})" if host else address)


def _stamp(time_us: int | None) -> str:
    text = rfc3339(time_us)
    return text[:19].replace("T", " ") if text else ""


def _clock(time_us: int | None, day: str) -> str:
    stamp = _stamp(time_us)
    if not stamp:
        return ""
    return stamp[11:] if stamp[:10] == day else f"{stamp[11:]} UTC ({stamp[:10]})"


def _why(group: Sequence[Finding], result: Score, voice: Voice) -> str:
    layers = ", ".join(voice.say(_LAYERS[layer]) for layer in sorted({one.layer for one in group}))
    decades = f"{result.decades:.1f}".replace(".", "," if voice.lang == "fr" else ".")
    return voice.say("Evidence: {decades} decades from {rules} independent kinds, seen by: {layers}.").format(
        decades=decades, rules=len(result.parts), layers=layers
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
