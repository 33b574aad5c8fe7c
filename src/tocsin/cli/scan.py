"""`tocsin scan`: logs in, incidents out; the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tocsin.cli import session
from tocsin.i18n import N_

NAME = "scan"
ABOUT = N_(
    "Read logs and tell which attacks they show. Files, folders, archives and compressed files are read as they are; "
    "each product is recognised from content, never from a name."
)
EXAMPLES = (
    (N_("what happened, on one screen"), "tocsin scan ./logs"),
    (N_("why: all incidents with their findings; -vv adds the events"), "tocsin scan -v ./logs"),
    (N_("a page to send to a colleague or to print"), "tocsin scan ./logs --html night.html"),
    (N_("for a program: exit code 1 when an incident is high or critical"), "tocsin scan ./logs --json --fail-on high"),
    (N_("the last day only, with rules of your own"), "tocsin scan /var/log --since 24h --rules ./rules"),
    (N_("with the map of your hospital: what of care hangs on it"), "tocsin scan ./logs --care ./map"),
    (N_("from another program"), "zcat conn.log.gz | tocsin scan -"),
)


Paths = Annotated[list[str], typer.Argument(metavar=N_("PATH"), help=N_("Files or folders; - is standard input."))]
Verbose = Annotated[
    int,
    typer.Option(
        "-v",
        "--verbose",
        count=True,
        show_default=False,
        help=N_("Show all incidents and their findings; twice: their events too."),
    ),
]
Html = Annotated[
    Path | None,
    typer.Option("--html", metavar=N_("FILE"), help=N_("Write a page that opens anywhere, without a server.")),
]
JsonLines = Annotated[
    bool, typer.Option("--json", help=N_("Print JSON lines as docs/schema/scan.schema.json describes them."))
]
FailOn = Annotated[
    str | None,
    typer.Option(
        "--fail-on",
        metavar=N_("LEVEL"),
        help=N_(
            "Exit with 1 when an incident reaches this level (informational, low, medium, high, critical) "
            "or this urgency (0-100)."
        ),
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since", metavar=N_("TIME"), help=N_("Leave out earlier events: 2026-11-02T02:14Z, or 24h before now.")
    ),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar=N_("TIME"), help=N_("Leave out later events; a day alone counts to its end.")),
]
Rules = Annotated[
    list[str] | None,
    typer.Option("--rules", metavar=N_("DIR"), help=N_("Use these Sigma rules too; may be given several times.")),
]
Intel = Annotated[
    list[str] | None,
    typer.Option(
        "--intel",
        metavar=N_("FILE"),
        help=N_("Look for these indicators too: STIX, MISP, CSV or one a line; may be given several times."),
    ),
]
Care = Annotated[
    str | None,
    typer.Option(
        "--care",
        metavar=N_("MAP"),
        help=N_(
            "The care map of the place: incidents then say what of care hangs on them, and vendors are held to theirs."
        ),
    ),
]
Site = Annotated[
    str | None, typer.Option("--site", metavar=N_("NAME"), help=N_("The hospital that the logs come from."))
]
Workers = Annotated[int | None, typer.Option("--workers", metavar=N_("N"), help=N_("Worker processes; 0 chooses."))]
Rejects = Annotated[
    Path | None,
    typer.Option("--rejects", metavar=N_("FILE"), help=N_("Write the records that could not be read, as JSON lines.")),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help=N_("Print nothing but errors, and what --json prints."))]


def run(
    ctx: typer.Context,
    paths: Paths,
    verbose: Verbose = 0,
    html: Html = None,
    json: JsonLines = False,
    fail_on: FailOn = None,
    since: Since = None,
    until: Until = None,
    rules: Rules = None,
    intel: Intel = None,
    care: Care = None,
    site: Site = None,
    workers: Workers = None,
    rejects: Rejects = None,
    quiet: Quiet = False,
) -> int:
    """Run the verb; give the exit code."""
    from tocsin import clock
    from tocsin.cli import results, times
    from tocsin.pipeline import ScanOptions

    settings = session.settings(ctx)
    limit = times.threshold(fail_on)
    for file in (html, rejects):
        results.check_writable(file)
    now_us = clock.now_us()
    options = ScanOptions(
        paths=tuple(paths),
        site=site or settings.site,
        rules=(*settings.rules, *(rules or ())),
        intel=tuple(intel or ()),
        care=settings.care if care is None else care,
        since_us=times.since(since, now_us),
        until_us=times.until(until, now_us),
        workers=settings.workers if workers is None else max(0, workers),
        data_dir=settings.data_dir,
    )
    result = results.perform(options, quiet=quiet, plain_progress=verbose > 0)
    if html:
        results.write_page(html, result)
    if rejects:
        results.write_rejects(rejects, result)
    if json:
        results.print_json(result)
    elif not quiet:
        results.print_screen(result, verbose)
        results.name_files(html, rejects)
    worst = max((incident.urgency for incident in result.incidents), default=-1)
    return int(limit is not None and worst >= limit)
