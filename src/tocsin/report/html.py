"""The scan as one HTML page that opens anywhere: no script, no other file, no other machine.

Enters: a scan's result and a language. Leaves: the page. Every text that comes from logs is made visible
(`text.clean`) and escaped; a content security policy refuses all but the page's own style.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tocsin import __version__
from tocsin.model import LEVELS, Incident
from tocsin.model.incident import most_urgent_first
from tocsin.model.times import rfc3339
from tocsin.pipeline import ScanResult, Summary
from tocsin.report.lanes import chart
from tocsin.report.names import abridged, at_sight, brief, in_order
from tocsin.report.text import clean
from tocsin.report.words import (
    CONFIDENCE_WORDS,
    KIND_WORDS,
    LAYER_WORDS,
    LEVEL_SHAPES,
    LEVEL_WORDS,
    ROLE_WORDS,
    Speech,
    day_and_time,
    level_of,
    span,
    speech,
    stake_line,
    technique,
)

MAX_INCIDENTS = 50
MAX_FINDINGS = 100
MAX_PARTIES = 60
MAX_REJECTS = 50


def page(result: ScanResult, lang: str) -> str:
    """Give the page of a scan."""
    words = speech(lang)
    incidents = most_urgent_first(result.incidents)
    return (
        _environment()
        .get_template("page.html")
        .render(
            **_vocabulary(words),
            summary=result.summary,
            incidents=incidents[:MAX_INCIDENTS],
            unseen=max(0, len(incidents) - MAX_INCIDENTS),
            sites=", ".join(sorted({clean(one.site, 60) for one in incidents if one.site})[:5]),
            headline=_headline(incidents, words),
            nothing=_nothing(result.summary, words),
            figures=_figures(result.summary, words),
            css=_style(),
            policy=_policy(),
            version=__version__,
        )
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("tocsin.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=False,
    )


def _finalize(value: object) -> object:
    """Make every text that the template writes safe to show; the page's own markup passes."""
    return clean(value, 2000) if isinstance(value, str) and not isinstance(value, Markup) else value


@lru_cache(maxsize=1)
def _style() -> Markup:
    return Markup((files("tocsin.report") / "templates" / "page.css").read_text("utf-8").strip())


def _policy() -> str:
    digest = base64.b64encode(hashlib.sha256(str(_style()).encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _vocabulary(words: Speech) -> dict[str, object]:
    """Give the template its words, its tables and the few functions that it calls."""
    return {
        "lang": words.lang,
        "tr": words.tr,
        "n_": words.n_,
        "number": words.number,
        "seconds": words.seconds,
        "colon": words.colon,
        "titled": words.title,
        "levels": LEVELS,
        "level_words": LEVEL_WORDS,
        "level_shapes": LEVEL_SHAPES,
        "confidence_words": CONFIDENCE_WORDS,
        "layer_words": LAYER_WORDS,
        "kind_words": KIND_WORDS,
        "role_words": ROLE_WORDS,
        "level_of": level_of,
        "technique": technique,
        "stake_line": lambda stake: stake_line(stake, words),
        "day_and_time": day_and_time,
        "span": span,
        "rfc3339": rfc3339,
        "chart": chart,
        "clip": clean,
        "abridged": abridged,
        "at_sight": at_sight,
        "brief": brief,
        "in_order": in_order,
        "commonest": _commonest,
        "max_findings": MAX_FINDINGS,
        "max_parties": MAX_PARTIES,
        "max_rejects": MAX_REJECTS,
    }


def _commonest(by_source: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(by_source.items(), key=lambda item: (-item[1], item[0]))


def _headline(incidents: list[Incident], words: Speech) -> str:
    if not incidents:
        return words.tr("No incident found in what was read")
    text = words.n_("{n} incident", "{n} incidents", len(incidents)).format(n=words.number(len(incidents)))
    worst = words.tr(LEVEL_WORDS[level_of(incidents[0].urgency)])
    if len(incidents) == 1:
        return f"{text}{words.colon}{worst}"
    return words.tr("{incidents}, the worst: {level}").format(incidents=text, level=worst)


def _nothing(summary: Summary, words: Speech) -> str:
    if not summary.records:
        return words.tr("Nothing was read: there is no record in these files.")
    return words.tr("No incident found in what was read.")


def _figures(summary: Summary, words: Speech) -> list[tuple[str, str]]:
    return [
        (words.tr("events read"), words.number(summary.events)),
        (words.tr("unreadable"), words.number(summary.rejected)),
        (words.tr("rules"), words.number(summary.rules_loaded)),
        (words.tr("findings"), words.number(summary.findings)),
        (words.tr("incidents"), words.number(summary.incidents)),
        (words.tr("time taken"), words.seconds(summary.seconds)),
    ]
