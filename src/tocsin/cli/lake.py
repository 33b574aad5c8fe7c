"""`tocsin lake`: the store of all events: load, stats, rejects, compact, retain, erase."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from tocsin.cli import session
from tocsin.cli.usage import Examples
from tocsin.errors import ConfigError
from tocsin.i18n import N_, _, n_

if TYPE_CHECKING:
    from tocsin.lake.setting_aside import Kept
    from tocsin.lake.upkeep import Retention, Stats

NAME = "lake"
ABOUT = N_("Keep every event in a lake that tocsin hunt can ask: load, count, compact, forget.")
EXAMPLES: Examples = (
    (N_("fill the lake of the data folder from logs; go on after an interruption"), "tocsin lake load ./logs"),
    (N_("what is in it"), "tocsin lake stats"),
)


class LakeVerb(NamedTuple):
    """One verb below `tocsin lake`."""

    name: str
    run: Callable[..., int]
    about: str
    examples: Examples


LakeFolder = Annotated[
    Path | None, typer.Option("--lake", metavar=N_("DIR"), help=N_("The lake; else the one in the data folder."))
]
Go = Annotated[bool, typer.Option("--go", help=N_("Do it. Without, only say what would be done."))]
Form = Annotated[Literal["text", "json"], typer.Option("--format", "-f", metavar="FORMAT", help=N_("text or json."))]


def _folder(ctx: typer.Context, lake: Path | None) -> Path:
    return lake or Path(session.settings(ctx).data_dir) / "lake"


def load(
    ctx: typer.Context,
    paths: Annotated[list[str], typer.Argument(metavar=N_("PATH"), help=N_("Files or folders; - is standard input."))],
    lake: LakeFolder = None,
    site: Annotated[
        str | None, typer.Option("--site", metavar=N_("NAME"), help=N_("The hospital that the logs come from."))
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar=N_("N"), help=N_("Worker processes; 0 chooses."))
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help=N_("Print nothing but errors."))] = False,
) -> int:
    """Load logs; give the exit code."""
    from tocsin.cli import filling

    settings = session.settings(ctx)
    count = settings.workers if workers is None else max(0, workers)
    loaded = filling.fill(_folder(ctx, lake), paths, site or settings.site, count, quiet)
    if not quiet:
        filling.tell(loaded)
    return 0


def stats(ctx: typer.Context, lake: LakeFolder = None, form: Form = "text") -> int:
    """Say what is in a lake; give the exit code."""
    from tocsin.lake import upkeep

    found = upkeep.stats(_folder(ctx, lake))
    session.put(_stats_json(found) if form == "json" else _stats_text(found))
    return 0


def _stats_json(found: Stats) -> str:
    import orjson

    from tocsin.model.times import rfc3339

    record = {
        "events": found.events,
        "rejects": found.rejects,
        "first": rfc3339(found.first_us),
        "last": rfc3339(found.last_us),
        "files": found.files,
        "size_bytes": found.size_bytes,
        "sites": dict(found.by_site),
        "sources": dict(found.by_source),
    }
    return orjson.dumps(record).decode() + "\n"


def _stats_text(found: Stats) -> str:
    from tocsin import i18n
    from tocsin.model.times import rfc3339
    from tocsin.report.text import clean
    from tocsin.report.words import speech

    words = speech(i18n.current())
    lines = [
        n_("{n} event", "{n} events", found.events).format(n=words.number(found.events))
        + " · "
        + n_("{n} record set aside", "{n} records set aside", found.rejects).format(n=words.number(found.rejects))
        + " · "
        + n_("{n} file", "{n} files", found.files).format(n=words.number(found.files))
        + f" · {found.size_bytes / (1 << 20):.1f} MiB"
    ]
    if found.first_us is not None:
        lines.append(f"{rfc3339(found.first_us)} → {rfc3339(found.last_us)}")
    for title, counted in ((_("By site:"), found.by_site), (_("By source:"), found.by_source)):
        lines += ["", title] if counted else []
        lines += [f"  {words.number(number):>14}  {clean(name, 60)}" for name, number in counted]
    return "\n".join(lines) + "\n"


def rejects(
    ctx: typer.Context,
    lake: LakeFolder = None,
    form: Form = "text",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, metavar=N_("N"), help=N_("How many are shown."))] = 20,
    replay: Annotated[
        bool, typer.Option("--replay", help=N_("Read them again: what can be read now becomes events."))
    ] = False,
) -> int:
    """Show the records that could not be read, or read them again; give the exit code."""
    from tocsin.lake import setting_aside

    folder = _folder(ctx, lake)
    if replay:
        done = setting_aside.replay(folder)
        text = n_("{n} record became events", "{n} records became events", done.records).format(n=done.records)
        session.note(text + " · " + _("{n} stay set aside").format(n=done.left))
        return 0
    for reject in setting_aside.newest(folder, limit):
        session.put(_reject_json(reject) if form == "json" else _reject_text(reject))
    return 0


def _reject_json(reject: Kept) -> str:
    import orjson

    from tocsin.model.times import rfc3339
    from tocsin.report.text import escape_json

    record = {"id": reject.id, "time": rfc3339(reject.time_us), "site": reject.site, "origin": reject.origin}
    more = {"offset": reject.offset, "reason": reject.reason, "raw": reject.raw.decode("utf-8", "backslashreplace")}
    return escape_json(orjson.dumps(record | more).decode()) + "\n"


def _reject_text(reject: Kept) -> str:
    from tocsin.report.text import clean

    raw = clean(reject.raw.decode("utf-8", "backslashreplace"), 74)
    return f"{clean(reject.origin, 60)} @{reject.offset}: {clean(reject.reason, 120)}\n    {raw}\n"


def compact(ctx: typer.Context, lake: LakeFolder = None) -> int:
    """Join small files and give back disk; give the exit code."""
    from tocsin import clock
    from tocsin.lake import upkeep
    from tocsin.lake.store import Lake, Writer

    folder = _folder(ctx, lake)
    Lake(folder)
    with Writer(folder) as writer:
        done = upkeep.compact(writer, clock.now_us())
    sizes = f"{done.bytes_before / (1 << 20):.1f} → {done.bytes_after / (1 << 20):.1f} MiB"
    session.note(
        _("files: {before} → {after}").format(before=done.files_before, after=done.files_after) + f" · {sizes}"
    )
    return 0


def retain(
    ctx: typer.Context,
    rules: Annotated[
        list[str],
        typer.Argument(metavar=N_("RULE"), help=N_("DAYS, SITE=DAYS, SITE/CLASS=DAYS or /CLASS=DAYS; several.")),
    ],
    lake: LakeFolder = None,
    go: Go = False,
) -> int:
    """Delete what is older than it may be; give the exit code."""
    from tocsin import clock
    from tocsin.lake import upkeep
    from tocsin.lake.store import Lake, Writer

    folder = _folder(ctx, lake)
    wanted = [_retention(text) for text in rules]
    Lake(folder)
    if not go:
        count = upkeep.count_to_retain(folder, wanted, clock.now_us())
        session.note(_would(count))
        return 0
    with Writer(folder) as writer:
        session.note(_erased(upkeep.retain(writer, wanted, clock.now_us())))
    return 0


def _retention(text: str) -> Retention:
    from tocsin.lake.upkeep import Retention

    where, _sign, days = text.rpartition("=")
    if not days.isdecimal():
        raise ConfigError(
            _("“{text}” is no retention").format(text=text),
            _("Write 365, CHU=365, CHU/network=90 or /network=90 (days)."),
        )
    site, _slash, data_class = where.partition("/")
    return Retention(int(days), site, data_class)


def erase(
    ctx: typer.Context,
    site: Annotated[str, typer.Option("--site", metavar=N_("NAME"), help=N_("The hospital whose rows are erased."))],
    host: Annotated[
        str, typer.Option("--host", metavar=N_("HOST"), help=N_("Only events that name this host, account or address."))
    ] = "",
    lake: LakeFolder = None,
    go: Go = False,
) -> int:
    """Erase a site or a host from the disk; give the exit code."""
    from tocsin.lake import upkeep
    from tocsin.lake.store import Writer

    folder = _folder(ctx, lake)
    count = upkeep.count_to_erase(folder, site, host)
    if not go:
        session.note(_would(count))
        return 0
    with Writer(folder) as writer:
        session.note(_erased(upkeep.erase(writer, site, host)))
    return 0


def _would(count: int) -> str:
    text = n_("{n} row would be erased.", "{n} rows would be erased.", count).format(n=count)
    return text + " " + _("Nothing was done; to do it, add --go.")


def _erased(count: int) -> str:
    return n_("{n} row erased.", "{n} rows erased.", count).format(n=count)


VERBS = (
    LakeVerb(
        "load",
        load,
        N_("Fill a lake from logs, read as a scan reads them. Each record is there once, whatever interrupts."),
        (
            (N_("a folder of logs; what is there already is not read again"), "tocsin lake load /var/log"),
            (N_("a hospital's logs into a lake of their own"), "tocsin lake load ./logs --site chu --lake ./lake"),
        ),
    ),
    LakeVerb(
        "stats",
        stats,
        N_("Say how many events a lake holds, from when, of which sites and sources."),
        ((N_("for a program"), "tocsin lake stats --format json"),),
    ),
    LakeVerb(
        "rejects",
        rejects,
        N_("Show the records that could not be read, with the reason; or read them again."),
        (
            (N_("the newest, with their reasons"), "tocsin lake rejects"),
            (N_("after an update that reads more"), "tocsin lake rejects --replay"),
        ),
    ),
    LakeVerb(
        "compact",
        compact,
        N_("Join small files, sort days that are over, give back the disk of what was deleted."),
        ((N_("each night, say by a timer"), "tocsin lake compact"),),
    ),
    LakeVerb(
        "retain",
        retain,
        N_(
            "Delete what is older than it may be kept, by site and class of data: system, finding, identity, network, "
            "inventory, application, other. Dry unless --go."
        ),
        (
            (N_("a year for all, three months for the network's flows"), "tocsin lake retain 365 /network=90"),
            (N_("really"), "tocsin lake retain 365 /network=90 --go"),
        ),
    ),
    LakeVerb(
        "erase",
        erase,
        N_("Erase a hospital, or one of its hosts or accounts, from the disk. Dry unless --go."),
        (
            (N_("how much would go"), "tocsin lake erase --site chu --host pc-12"),
            (N_("really, for good"), "tocsin lake erase --site chu --host pc-12 --go"),
        ),
    ),
)
