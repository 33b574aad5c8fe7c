"""`tocsin hunt`: ask the past: a question, SQL or a Sigma rule over a lake or over logs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tocsin.cli import session
from tocsin.errors import ConfigError
from tocsin.i18n import N_, _

if TYPE_CHECKING:
    from tocsin.config import Settings
    from tocsin.detect.sigma import Compiled
    from tocsin.lake.reading import Limits
    from tocsin.lake.store import Scope

NAME = "hunt"
ABOUT = N_(
    "Ask the past: what did this machine, account, address or file do? Also by SQL, or by a Sigma rule. Newest first."
)
EXAMPLES = (
    (N_("everything that an address or a host had to do with, in the last day"), "tocsin hunt 10.1.2.3 --since 24h"),
    (
        N_("an account's failed log-ons"),
        "tocsin hunt user=martin status=failure",
    ),
    (N_("a text inside a column; not, or and parentheses"), "tocsin hunt 'command~\"-enc \" not host=adm*'"),
    (N_("a text anywhere in the record"), "tocsin hunt '\"vssadmin delete shadows\"'"),
    (N_("a vendor's own field"), "tocsin hunt native.EventID=4688 --format json"),
    (N_("would this rule have rung? in logs, without a lake"), "tocsin hunt --rule new.yml --logs ./logs"),
    (N_("count with SQL"), "tocsin hunt --sql 'SELECT source, count(*) FROM events GROUP BY ALL'"),
)

Format = Literal["table", "json", "csv", "parquet"]

Query = Annotated[
    list[str] | None, typer.Argument(metavar=N_("QUESTION"), help=N_("field=value, field~text, @name, or any text."))
]
LakeFolder = Annotated[
    Path | None, typer.Option("--lake", metavar=N_("DIR"), help=N_("The lake; else the one in the data folder."))
]
Logs = Annotated[
    list[str] | None,
    typer.Option("--logs", metavar=N_("PATH"), help=N_("Ask these logs, not a lake; may be given several times.")),
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar=N_("TIME"), help=N_("Leave out earlier events: 2026-11-02T02:14Z, or 24h.")),
]
Until = Annotated[
    str | None, typer.Option("--until", metavar=N_("TIME"), help=N_("Leave out later events; a day counts to its end."))
]
Sites = Annotated[
    list[str] | None,
    typer.Option("--site", metavar=N_("NAME"), help=N_("Only this hospital; may be given several times.")),
]
Form = Annotated[
    Format, typer.Option("--format", "-f", metavar="FORMAT", help=N_("table, json (lines), csv or parquet."))
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar=N_("FILE"), help=N_("Write the answer there instead."))
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=0, metavar=N_("N"), help=N_("Newest events shown; 0: all."))]
Sql = Annotated[
    str | None, typer.Option("--sql", metavar="SQL", help=N_("One SELECT on the view events; nothing else is reached."))
]
RuleFile = Annotated[
    Path | None, typer.Option("--rule", metavar=N_("FILE"), help=N_("What this Sigma rule would have matched."))
]
Seconds = Annotated[
    float, typer.Option("--seconds", min=0.1, metavar=N_("N"), help=N_("Time that a question may take."))
]
Memory = Annotated[int, typer.Option("--memory", min=64, metavar="MB", help=N_("Memory that a question may take."))]
Fields = Annotated[bool, typer.Option("--fields", help=N_("List the fields that can be asked for, and stop."))]
Wide = Annotated[bool, typer.Option("--wide", "-w", help=N_("A line a field: everything known of each event."))]


def run(
    ctx: typer.Context,
    query: Query = None,
    lake: LakeFolder = None,
    logs: Logs = None,
    since: Since = None,
    until: Until = None,
    site: Sites = None,
    form: Form = "table",
    output: Output = None,
    limit: Limit = 100,
    wide: Wide = False,
    sql: Sql = None,
    rule: RuleFile = None,
    fields: Fields = False,
    seconds: Seconds = 60.0,
    memory: Memory = 512,
) -> int:
    """Run the verb; give the exit code."""
    from tocsin import clock
    from tocsin.cli import answers, results, times
    from tocsin.lake.reading import Limits
    from tocsin.lake.store import Scope

    settings = session.settings(ctx)
    if fields:
        answers.put_fields()
        return 0
    _check(query, sql, rule, lake, logs)
    results.check_writable(output)
    sink = answers.Sink(form, output, wide)
    now_us = clock.now_us()
    scope = Scope(tuple(site or ()), times.since(since, now_us), times.until(until, now_us))
    limits = Limits(seconds, memory)
    with tempfile.TemporaryDirectory(prefix="tocsin-hunt-") as scratch:
        folder = lake or Path(settings.data_dir) / "lake"
        if logs:
            folder = Path(scratch) / "lake"
            _fill(folder, logs, settings, site)
        if sql is not None:
            return _sql(folder, sql, scope, limits, sink)
        return _hunt(folder, query or [], rule, scope, limit, limits, sink)


def _check(query: list[str] | None, sql: str | None, rule: Path | None, lake: Path | None, logs: object) -> None:
    """Refuse what does not go together.

    Raises:
        ConfigError: nothing is asked for, or two things at once.
    """
    if sql is not None and (query or rule):
        raise ConfigError(_("--sql stands alone"), _("Write the whole question in SQL, or leave --sql out."))
    if sql is None and not query and rule is None:
        raise ConfigError(
            _("nothing is asked for"), _("Write a question, --sql or --rule; examples: tocsin hunt --help")
        )
    if lake is not None and logs:
        raise ConfigError(_("--lake and --logs do not go together"), _("Ask the one or the other."))
    if rule is not None and not rule.is_file():
        raise ConfigError(_("{path}: no such file").format(path=rule), _("Give the path of a Sigma rule."))


def _fill(folder: Path, logs: list[str], settings: Settings, sites: list[str] | None) -> None:
    """Load logs into a lake for this question only."""
    from tocsin.cli import filling

    filling.fill(folder, logs, sites[0] if sites else settings.site, settings.workers)


def _sql(folder: Path, sql: str, scope: Scope, limits: Limits, sink: object) -> int:
    from tocsin.cli import answers
    from tocsin.lake.reading import Reader
    from tocsin.lake.store import Lake

    assert isinstance(sink, answers.Sink)
    with Reader(Lake(folder), scope, limits) as reader:
        sink.put_any(reader.arrow(sql))
    return 0


def _hunt(
    folder: Path, query: list[str], rule: Path | None, scope: Scope, limit: int, limits: Limits, sink: object
) -> int:
    from tocsin.cli import answers
    from tocsin.lake import asking, hunting
    from tocsin.lake.store import Lake

    assert isinstance(sink, answers.Sink)
    rules = _rules(rule) if rule is not None else None
    found = hunting.hunt(Lake(folder), hunting.Hunt(asking.parse(query), rules, scope, limit), limits)
    sink.put_events(found.rows)
    answers.note_end(found.rows.num_rows, found.more, limit)
    return 0


def _rules(path: Path) -> Compiled:
    """Read the rules of a file.

    Raises:
        ConfigError: none of them can be used; the first reason is told.
    """
    from tocsin.detect.sigma import compile_rules, parse

    compiled = compile_rules([parse(path.read_text("utf-8", "replace"))])
    if not compiled.rules:
        reason = compiled.skipped[0].reason if compiled.skipped else _("it holds no rule")
        raise ConfigError(
            f"{path}: {reason}", _("See what is wrong with it: tocsin rules check {path}").format(path=path)
        )
    for skipped in compiled.skipped:
        session.note(_("not used: {title}: {reason}").format(title=skipped.id, reason=skipped.reason))
    return compiled
