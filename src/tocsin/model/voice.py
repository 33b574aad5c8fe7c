"""The language in which people are spoken to: passed in, so that deciding code stays pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tocsin.model.finding import Finding


class Voice(NamedTuple):
    """A language (`en`, `fr`) and the function that translates a message of the catalogue into it."""

    lang: str = "en"
    say: Callable[[str], str] = str


def title(finding: Finding, voice: Voice) -> str:
    """Give a finding's title in the voice's language.

    A detector's sentence is filled with its facts after that; the title of a rule that the catalogue does not know
    (other people's rules) stays as its author wrote it.
    """
    message = finding.facts.get("message")
    if message is None:
        return voice.say(finding.title)
    try:
        return voice.say(message).format(**finding.facts)
    except (KeyError, IndexError, ValueError):
        return finding.title


def _n(message: str) -> str:
    """Mark a message for the catalogue: it is translated where it is told."""
    return message
