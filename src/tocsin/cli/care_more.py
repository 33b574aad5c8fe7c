"""The verbs of `tocsin care` that bring data in, compare maps and write files: import, diff, export.

Enters: arguments of the command line. Leaves: text, files, exit codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tocsin.cli import session
from tocsin.errors import ConfigError
from tocsin.i18n import N_, _, n_
from tocsin.report.text import clean

if TYPE_CHECKING:
    from tocsin.care.diff import Change, FlowChange
    from tocsin.care.model import CareMap

FAULTY, DIFFERENT = 2, 1
Format = Annotated[Literal["text", "json"], typer.Option("--format", help=N_("Text for people, JSON for programs."))]
MAP_HELP = N_("Folder of the map, or the name of a map that ships: small, chu, ght.")
Map = Annotated[str, typer.Argument(metavar=N_("MAP"), help=MAP_HELP)]
_MOST = 40
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_JUDGED = {
    "forbidden": N_("forbidden, but seen"),
    "undeclared": N_("not declared, but seen"),
    "unused": N_("declared, never seen"),
}


def bring(
    ctx: typer.Context,
    maps: Annotated[Path, typer.Argument(metavar=N_("MAP"), help=N_("Folder of one hospital; made when needed."))],
    sources: Annotated[
        list[Path], typer.Argument(metavar=N_("FILE"), help=N_("CSV files, or JSON of Mercator's or NetBox's API."))
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help=N_("Show what would change, and write nothing."))] = False,
    kind: Annotated[
        str, typer.Option("--kind", metavar=N_("KIND"), help=N_("What a CSV holds, where its headings do not tell."))
    ] = "",
    only: Annotated[str, typer.Option("--only", metavar=N_("SITE"), help=N_("Take one site of NetBox only."))] = "",
    site: Annotated[
        str, typer.Option("--site", metavar=N_("NAME"), help=N_("Name of the hospital, for a folder that has none."))
    ] = "",
    form: Format = "text",
) -> int:
    """Bring another cartography into a map; give the exit code."""
    from tocsin import clock
    from tocsin.care import importing
    from tocsin.care.imports.tables import KINDS
    from tocsin.cli import care_tables as tables
    from tocsin.model.times import rfc3339

    session.settings(ctx)
    if kind and kind not in KINDS:
        raise ConfigError(
            _("“{name}” is no kind").format(name=kind), _("One of: {known}").format(known=", ".join(KINDS))
        )
    day = (rfc3339(clock.now_us()) or "")[:10]
    imported = importing.bring(maps, sources, importing.Choice(day, kind, only, site))
    faults = [one for one in imported.problems if not one.advice]
    if not dry_run:
        importing.save(imported)  # before anything is printed: the reader of our output may be gone early
    if form == "json":
        put_json([*map(_change_record, imported.changes)])
    else:
        told = [one for one in imported.problems if not one.advice or one.place.file in map(str, sources)]
        put(line for one in told for line in tables.problem_lines(one))
        put(_change_lines(imported.changes))
    for file in () if dry_run else imported.texts:
        session.note(_("Written: {path}").format(path=clean(str(file))))
    if faults:
        counted = n_(
            "{n} fault to correct (tocsin care check)", "{n} faults to correct (tocsin care check)", len(faults)
        )
        session.note(counted.format(n=len(faults)))
    return FAULTY if faults else 0


def diff(
    ctx: typer.Context,
    before: Annotated[str, typer.Argument(metavar=N_("BEFORE"), help=MAP_HELP)],
    after: Annotated[str, typer.Argument(metavar=N_("AFTER"), help=N_("The map to compare it with."))] = "",
    observed: Annotated[
        list[str] | None,
        typer.Option(
            "--observed",
            metavar=N_("PATH"),
            help=N_("Hold this against the map: logs, or a folder that tocsin care observe wrote. Repeatable."),
        ),
    ] = None,
    site: Annotated[
        str | None, typer.Option("--site", metavar=N_("NAME"), help=N_("The hospital that the logs come from."))
    ] = None,
    form: Format = "text",
) -> int:
    """Say what differs between two maps, or between a map and what was seen; give the exit code."""
    from tocsin.care import diff as comparing
    from tocsin.care import files

    if bool(after) == bool(observed):
        raise ConfigError(
            _("there is nothing to compare the map with, or too much"), _("Give a second map, or --observed PATH.")
        )
    if observed:
        from tocsin.cli import care_seen

        return care_seen.judge(ctx, before, observed, site, form)
    session.settings(ctx)
    old, new = files.load(before).map, files.load(after).map
    changes = comparing.compare(old, new)
    seen = [one for one in new.conduits if one.origin.known != "declared"]
    judged = comparing.judge(old, seen) if seen else ()
    if form == "json":
        put_json([*map(_change_record, changes), *map(_flow_record, judged)])
    else:
        put(_change_lines(changes))
        put(_judged_lines(new, judged))
        if not changes and not judged:
            session.put(_("The two maps say the same.") + "\n")
    return DIFFERENT if changes or judged else 0


def _change_lines(changes: Iterable[Change]) -> Iterator[str]:
    """Give each change on a line, by section; long sections are cut, with the number of the rest."""
    by_section: dict[str, list[Change]] = {}
    for one in changes:
        by_section.setdefault(one.section, []).append(one)
    for section, several in by_section.items():
        yield f"{section} ({len(several)})"
        for one in several[:_MOST]:
            detail = f"  {one.key}: {one.before or '—'} → {one.after or '—'}" if one.key else ""
            yield clean(f"  {_SIGNS[one.kind]} {one.id}{detail}", 160)
        if len(several) > _MOST:
            yield "  " + _("… and {n} more (--format json gives all)").format(n=len(several) - _MOST)


def _judged_lines(care: CareMap, judged: Iterable[FlowChange]) -> Iterator[str]:
    from tocsin.care.diff import ports

    kind = ""
    for one in judged:
        if one.kind != kind:
            kind = one.kind
            yield _(_JUDGED[kind])
        flow = one.conduit
        yield clean(f"  {care.short(flow.source)} → {care.short(flow.target)} {ports(flow.ports)}  {flow.purpose}", 160)


def _change_record(one: Change) -> dict[str, Any]:
    whole = {"type": "change", "kind": one.kind, "section": one.section, "id": one.id}
    return whole | ({"key": one.key, "before": one.before, "after": one.after} if one.key else {})


def _flow_record(one: FlowChange) -> dict[str, Any]:
    flow = one.conduit
    ends = {"from": flow.source, "to": flow.target, "ports": [str(port) for port in flow.ports]}
    return {"type": "flow", "kind": one.kind, **ends, "since": flow.origin.since, "last": flow.origin.last}


def export(
    ctx: typer.Context,
    maps: Map,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar=N_("DIR"), help=N_("Write one table a section into this folder."))
    ] = None,
    svg: Annotated[Path | None, typer.Option("--svg", metavar=N_("FILE"), help=N_("Draw the map."))] = None,
    by: Annotated[
        Literal["service", "zone"], typer.Option("--by", help=N_("Draw by care service, or by zone."))
    ] = "service",
) -> int:
    """Write a map as tables or as a drawing; give the exit code."""
    from tocsin.care import drawing, files, tables
    from tocsin.care.atlas import Atlas

    session.settings(ctx)
    if csv is None and svg is None:
        raise ConfigError(_("nothing to write"), _("Give --csv DIR, --svg FILE, or both."))
    care = files.load(maps).map
    if csv is not None:
        for section, text in tables.tables(care).items():
            _write(csv / f"{section}.csv", "\ufeff" + text)
    if svg is not None:
        draw = drawing.by_zone if by == "zone" else drawing.by_service
        _write(svg, draw(Atlas(care), _))
    return 0


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    except OSError as error:
        message = _("{path} cannot be written: {reason}").format(path=file, reason=error.strerror)
        raise ConfigError(message, _("Choose another file.")) from error
    session.note(_("Written: {path}").format(path=clean(str(file))))


def put(lines: Iterable[str]) -> None:
    """Write lines on standard output."""
    for line in lines:
        session.put(line + "\n")


def put_json(records: Iterable[dict[str, Any]]) -> None:
    """Write records as JSON lines on standard output."""
    import orjson

    for record in records:
        session.put(orjson.dumps(record).decode() + "\n")
