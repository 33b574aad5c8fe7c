"""What probes saw, for `tocsin care`: the verb `observe`, and `diff --observed`.

Enters: arguments of the command line. Leaves: text, JSON lines, files, exit codes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tocsin.cli import session
from tocsin.cli.care_more import DIFFERENT, MAP_HELP, Format, put, put_json
from tocsin.errors import ConfigError
from tocsin.i18n import N_, _
from tocsin.report.text import clean

if TYPE_CHECKING:
    from tocsin.care.atlas import Atlas
    from tocsin.discover.observing import Observed
    from tocsin.discover.places import Places

Paths = Annotated[list[str], typer.Argument(metavar=N_("PATH"), help=N_("Files or folders; - is standard input."))]
MapOption = Annotated[str, typer.Option("--map", metavar=N_("MAP"), help=MAP_HELP)]
Out = Annotated[Path | None, typer.Option("--out", metavar=N_("DIR"), help=N_("Write what was seen into this folder."))]
Site = Annotated[
    str | None, typer.Option("--site", metavar=N_("NAME"), help=N_("The hospital that the logs come from."))
]
Workers = Annotated[int | None, typer.Option("--workers", metavar=N_("N"), help=N_("Worker processes; 0 chooses."))]
Oui = Annotated[
    Path | None,
    typer.Option(
        "--oui",
        metavar=N_("FILE"),
        help=N_("Makers by hardware address: the IEEE’s oui.csv or oui.txt, or Wireshark’s manuf."),
    ),
]
All = Annotated[bool, typer.Option("--all", help=N_("Name every machine, with the reasons for its role."))]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help=N_("Print nothing but errors."))]


def observe(
    ctx: typer.Context,
    paths: Paths,
    maps: MapOption = "",
    out: Out = None,
    site: Site = None,
    workers: Workers = None,
    oui: Oui = None,
    every: All = False,
    quiet: Quiet = False,
    form: Format = "text",
) -> int:
    """Say what machines probes saw, what they do and who talks to whom; give the exit code."""
    from tocsin.cli import seen_tables

    settings = session.settings(ctx)
    if out is not None and out.is_file():
        raise ConfigError(_("{path} cannot be written").format(path=out), _("Choose another folder."))
    atlas = _atlas(maps)
    count = settings.workers if workers is None else max(0, workers)
    seen, places = _look(paths, atlas, _site(atlas, site, settings.site), count, oui)
    if out is not None:
        _write(out, seen, places if maps else None)
    if form == "json":
        put_json(_records(seen))
    elif not quiet:
        put(seen_tables.overview(seen, places, every))
    return 0


def _site(atlas: Atlas, asked: str | None, configured: str) -> str:
    """Give the hospital of the logs; in a group it must be said."""
    site = atlas.site(asked or configured)
    if len(atlas.map.sites) > 1 and site not in atlas.map.sites:
        known = ", ".join(atlas.map.sites)
        raise ConfigError(_("“{name}” is not a hospital of the map").format(name=site), f"--site: {known}")
    return site


def judge(ctx: typer.Context, maps: str, paths: list[str], site: str | None, form: str) -> int:
    """Hold what probes saw against a map; give the exit code."""
    from tocsin.cli import seen_tables
    from tocsin.discover.comparing import compare

    settings = session.settings(ctx)
    atlas = _atlas(maps)
    seen, places = _look(paths, atlas, _site(atlas, site, settings.site), settings.workers, None)
    remarks = compare(seen, places)
    if form == "json":
        put_json(seen_tables.record(one) for one in remarks)
    else:
        put(seen_tables.remarks(remarks))
    return DIFFERENT if remarks else 0


def _atlas(maps: str) -> Atlas:
    from tocsin.care import files
    from tocsin.care.atlas import Atlas
    from tocsin.care.model import CareMap

    return Atlas(files.load(maps).map) if maps else Atlas(CareMap())


def _look(paths: list[str], atlas: Atlas, site: str, workers: int, oui: Path | None) -> tuple[Observed, Places]:
    """Read logs, or what an earlier survey kept."""
    from tocsin import survey
    from tocsin.discover.places import Places

    if len(paths) == 1 and survey.is_kept(paths[0]):
        seen = survey.kept(paths[0])
        return seen, Places(atlas, seen.span.site or site)
    meter = _meter()
    try:
        seen = survey.survey(survey.Survey(tuple(paths), site, workers, oui), atlas, meter)
    finally:
        meter.close()
    return seen, Places(atlas, site)


def _meter() -> Any:
    from tocsin import i18n
    from tocsin.cli.progress import Meter
    from tocsin.report.words import speech

    moving = sys.stderr.isatty()
    return Meter(sys.stderr, speech(i18n.current()), moving, findings=False)


def _write(folder: Path, seen: Observed, places: Places | None) -> None:
    """Write everything as JSON lines, and YAML to put beside the map where there is one."""
    from tocsin.discover import keeping
    from tocsin.survey import SEEN

    texts: dict[Path, Iterable[bytes]] = {folder / SEEN: keeping.lines(seen)}
    if places is not None:
        texts[folder / f"observed-{places.site}.yaml"] = [keeping.yaml(seen, places).encode("utf-8")]
    for file, parts in texts.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with file.open("wb") as stream:
                stream.writelines(parts)
        except OSError as error:
            message = _("{path} cannot be written: {reason}").format(path=file, reason=error.strerror)
            raise ConfigError(message, _("Choose another folder.")) from error
        session.note(_("Written: {path}").format(path=clean(str(file))))


def _records(seen: Observed) -> Iterable[dict[str, Any]]:
    import msgspec

    for one in (seen.span, *seen.machines, *seen.flows):
        yield msgspec.to_builtins(one)
