"""The words that all reports share: urgency, confidence, layers, kinds of entities, times and numbers.

Enters: values of the model and a language. Leaves: what people read, in that language.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tocsin import i18n
from tocsin.i18n import N_
from tocsin.model import Confidence, EntityKind, Finding, Layer, Level, Stake, attack
from tocsin.model.voice import Voice
from tocsin.model.voice import title as finding_title

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_US = 253_402_300_799_000_000  # year 9999

URGENCY_FLOOR: dict[Level, int] = {"informational": 0, "low": 20, "medium": 40, "high": 60, "critical": 80}
"""The least urgency of each level, on the scale of 0-100."""

LEVEL_WORDS: dict[Level, str] = {
    "informational": N_("informational"),
    "low": N_("low"),
    "medium": N_("medium"),
    "high": N_("high"),
    "critical": N_("critical"),
}

LEVEL_SHAPES: dict[Level, str] = {"informational": "○", "low": "◔", "medium": "◑", "high": "▲", "critical": "◆"}
"""A shape for each level: a level is never told by colour alone."""

CONFIDENCE_WORDS: dict[Confidence, str] = {
    "A": N_("strong evidence"),
    "B": N_("good evidence"),
    "C": N_("weak evidence"),
}

LAYER_WORDS: dict[Layer, str] = {
    "network": N_("network"),
    "endpoint": N_("endpoint"),
    "identity": N_("identity"),
    "cloud": N_("cloud"),
    "other": N_("other"),
}

KIND_WORDS: dict[EntityKind, str] = {
    "host": N_("host"),
    "identity": N_("account"),
    "address": N_("address"),
    "domain": N_("domain"),
    "file": N_("file"),
    "cloud": N_("cloud resource"),
}

ROLE_WORDS: dict[str, str] = {
    "subject": N_("where it happened"),
    "source": N_("source"),
    "destination": N_("destination"),
    "actor": N_("who acted"),
    "target": N_("target"),
    "object": N_("object"),
}

KIND_ORDER: tuple[EntityKind, ...] = ("host", "identity", "cloud", "address", "domain", "file")


class Speech(NamedTuple):
    """One language: how it translates, counts, and writes numbers and times."""

    lang: str
    tr: Callable[[str], str]
    n_: Callable[[str, str, int], str]

    def title(self, finding: Finding) -> str:
        """Give a finding's title; that of a rule of other people stays as they wrote it."""
        return finding_title(finding, Voice(self.lang, self.tr))

    @property
    def colon(self) -> str:
        """The colon between a word and what it announces."""
        return "\u00a0: " if self.lang == "fr" else ": "

    def number(self, value: float, digits: int = 0) -> str:
        """Write a number with the separators of the language."""
        text = f"{value:,.{digits}f}"
        return text.replace(",", "\u202f").replace(".", ",") if self.lang == "fr" else text

    def seconds(self, value: float) -> str:
        """Write a duration given in seconds: `0.42 s`, `9.1 s`, `12 min`, `3 h 05`, `4 d`."""
        if value < 60:
            return self.number(value, 2 if value < 1 else 1) + "\u00a0s"
        minutes = round(value / 60)
        if minutes < 60:
            return f"{minutes}\u00a0min"
        if minutes < 48 * 60:
            return f"{minutes // 60}\u00a0h\u00a0{minutes % 60:02d}"
        return self.number(minutes // (24 * 60)) + "\u00a0" + self.tr(N_("d"))


def speech(lang: str) -> Speech:
    """Give the speech of a language (`en`, `fr`)."""
    catalogue = i18n.catalogue(lang)
    return Speech(lang, i18n.translator(lang), catalogue.ngettext)


def level_of(urgency: int) -> Level:
    """Give the level of an urgency."""
    return next((level for level, floor in reversed(URGENCY_FLOOR.items()) if urgency >= floor), "informational")


def moment(time_us: int | None) -> datetime | None:
    """Give a time as a UTC datetime; None when there is none or it is out of all calendars."""
    if time_us is None or not -62_135_596_800_000_000 <= time_us <= _LAST_US:
        return None
    return _EPOCH + timedelta(microseconds=time_us)


def day_and_time(time_us: int | None) -> str:
    """Write a time as `2026-11-02 02:14:07`, UTC; `—` when there is none."""
    at = moment(time_us)
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else "—"


def span(first_us: int | None, last_us: int | None) -> str:
    """Write two times, the day once when it is the same; one time when they are the same."""
    first, last = moment(first_us), moment(last_us)
    if first is None or last is None or f"{first:%F %T}" == f"{last:%F %T}":
        return day_and_time(first_us if first else last_us)
    second = f"{last:%H:%M:%S}" if first.date() == last.date() else day_and_time(last_us)
    return f"{day_and_time(first_us)} – {second}"


def technique(identifier: str, lang: str, whole: bool = True) -> str:
    """Name a technique with its id: `LSASS Memory (T1003.001)`; `whole` puts its parent's name before."""
    name = attack.full_name(identifier, lang) if whole else attack.name(identifier, lang)
    return identifier if name == identifier else f"{name} ({identifier})"


STATE_WORDS = {"stopped": N_("stops"), "degraded": N_("degraded mode"), "thinner": N_("less in reserve")}
"""What a care service suffers."""


def stake_line(stake: Stake, words: Speech) -> str:
    """Say what a care service would suffer, for how long it holds, and why."""
    holds = f" ({words.seconds(stake.holds_min * 60)})" if stake.state == "degraded" else ""
    way = " ← ".join(stake.because)
    return f"{stake.life_class}  {stake.service}{words.colon}{words.tr(STATE_WORDS[stake.state])}{holds} ← {way}"
