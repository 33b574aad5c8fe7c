"""Why an incident is one, and what would change that: what joins it, what it would be without its heaviest evidence,
what one more finding would do.

Enters: a case with its score, the policy, a `Voice`. Leaves: plain sentences.
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.correlate.cases import Case
from tocsin.correlate.policy import Policy
from tocsin.correlate.score import SURE_DECADES, Score, witnesses
from tocsin.correlate.story import decimal
from tocsin.model.voice import Voice, _n, title

SHOWN = 5


def why(case: Case, result: Score, policy: Policy, voice: Voice) -> Iterator[str]:
    """Give the sentences, at most six."""
    yield from _joined(case, voice)
    yield from _raised(case, result, policy, voice)
    yield from _without(result, policy, voice)
    yield from _more(result, voice)
    if case.full:
        yield voice.say(_FULL).format(most=policy.max_case_entities)
    if case.more:
        yield voice.say(_KEPT).format(count=case.more)


def _joined(case: Case, voice: Voice) -> Iterator[str]:
    """Say which shared things make one incident of the parts."""
    names = [name for name, _ in sorted((case.shared or {}).items(), key=lambda item: (-item[1], item[0]))[:SHOWN]]
    if names:
        yield voice.say(_SHARED).format(names=", ".join(names))
    rules = sorted({link.what for link in case.links if link.because == "rule"})
    if rules:
        yield voice.say(_SAME_RULE).format(rule=rules[0])


def _raised(case: Case, result: Score, policy: Policy, voice: Voice) -> Iterator[str]:
    if case.ledger_us is not None:
        decades = decimal(case.ledger_decades, voice)
        yield voice.say(_RARE).format(decades=decades, enough=decimal(policy.raise_rarity, voice))
    elif result.signature < policy.raise_signatures:
        yield voice.say(_QUIET).format(decades=decimal(result.signature, voice))


def _without(result: Score, policy: Policy, voice: Voice) -> Iterator[str]:
    """Say what the incident would be if its heaviest evidence turned out to be harmless."""
    if not result.parts:
        return
    heaviest = result.parts[0]
    left = result.decades - heaviest.decades
    words = _STILL if left >= policy.raise_signatures else _NO_LONGER
    yield voice.say(words).format(what=title(heaviest.first, voice), decades=decimal(left, voice))


def _more(result: Score, voice: Voice) -> Iterator[str]:
    """Say what is missing for the highest confidence."""
    if result.confidence == "A":
        return
    kinds = max(0, 3 - witnesses(result.parts))
    layers = len({part.first.layer for part in result.parts})
    if kinds and layers < 2:
        yield voice.say(_MISSING_BOTH).format(kinds=kinds)
    elif kinds:
        yield voice.say(_MISSING_KINDS).format(kinds=kinds)
    elif layers < 2:
        yield voice.say(_MISSING_LAYER)
    else:
        yield voice.say(_MISSING_WEIGHT).format(decades=decimal(SURE_DECADES, voice))


_SHARED = _n("Its parts share: {names}.")
_SAME_RULE = _n("The same rare alert rose on several hosts within half an hour: {rule}.")
_RARE = _n("What is rare here came together: {decades} decades of rarity, {enough} are enough.")
_QUIET = _n("Told although weak ({decades} decades), because little else is unusual here.")
_STILL = _n("Without “{what}” {decades} decades would be left: still an incident.")
_NO_LONGER = _n("Without “{what}” {decades} decades would be left: no longer an incident.")
_MISSING_BOTH = _n("For confidence A, {kinds} more kinds of evidence and a second layer are missing.")
_MISSING_KINDS = _n("For confidence A, {kinds} more kinds of evidence are missing.")
_MISSING_LAYER = _n("For confidence A, evidence from a second layer is missing.")
_MISSING_WEIGHT = _n("For confidence A, one kind of evidence of {decades} decades is missing.")
_FULL = _n(
    "It was not joined with others where both held many hosts and accounts (more than {most} together): look at what"
    " links them."
)
_KEPT = _n("{count} more findings of the same kinds were counted and are not listed.")
